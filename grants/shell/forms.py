"""Reading what people typed: a form either becomes clean values or comes back whole with a sentence at each field."""

import unicodedata
from typing import Annotated, TypeVar

from email_validator import EmailNotValidError, validate_email
from litestar import Request
from litestar.datastructures import UploadFile
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from grants.shell import dates, files, money
from grants.shell.changes import Refused
from grants.shell.config import settings
from grants.shell.language import _
from grants.shell.text import forbidden, legible, nfc

Shape = TypeVar("Shape", bound=BaseModel)


class Typed:
    """What stands in a form: the values as a person types them and the sentence at each field that was refused."""

    def __init__(self, values: dict[str, object] | None = None, errors: dict[str, str] | None = None):
        self.values = {name: as_typed(value) for name, value in (values or {}).items()}
        self.errors = errors or {}


class Invalid(Exception, Typed):
    """A form that cannot be accepted as it is; shown again with everything typed still in it (422)."""

    def __init__(self, values: dict[str, object], errors: dict[str, str]):
        Exception.__init__(self, errors)
        Typed.__init__(self, values, errors)


class Form(BaseModel):
    """A form's fields and their rules."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, arbitrary_types_allowed=True)

    @field_validator("*", mode="before")
    @classmethod
    def can_be_kept(cls, value: object) -> object:
        """Whatever the field is, a character that no text may hold is refused before anything reads it."""
        if any(isinstance(one, str) and forbidden(one, multiline=True) for one in (value if isinstance(value, list) else [value])):
            raise ValueError(_("Mục này có ký tự không đọc được. Hãy xoá rồi gõ lại."))
        return value


def one_line(text: str) -> str:
    if forbidden(text) is not None:
        raise ValueError(_("Mục này chỉ nhận chữ trên một dòng, không nhận ký tự điều khiển."))
    return nfc(text)


def name_of_person(text: str) -> str:
    strange = [c for c in text if not (c.isalnum() or unicodedata.category(c).startswith("M") or c in " .,'’ʼ‘`-–()")]
    if strange or not text[:1].isalpha() or sum(map(str.isalpha, text)) < 2:
        raise ValueError(_("Họ và tên viết bằng chữ cái, ví dụ: Nguyễn Văn An, H’Len Niê."))
    return text


def many_lines(text: str) -> str:
    text = text.replace("\r\n", "\n")
    if forbidden(text, multiline=True) is not None:
        raise ValueError(_("Mục này có ký tự không đọc được. Hãy xoá rồi gõ lại."))
    return nfc(text)


def mail_address(text: str) -> str:
    """A mail address in lower case; addresses under .test exist only outside production."""
    try:
        checked = validate_email(text, check_deliverability=False, test_environment=not settings().production)
    except EmailNotValidError:
        raise ValueError(_("Địa chỉ thư chưa đúng. Ví dụ: ten@donvi.vn")) from None
    return checked.normalized.lower()


def nothing(value: object) -> object:
    """An empty box means: not given."""
    return None if isinstance(value, str) and not value.strip() else value


Line = Annotated[str, AfterValidator(one_line), Field(min_length=1, max_length=300)]
Name = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(one_line), AfterValidator(name_of_person)]
Email = Annotated[str, Field(min_length=1, max_length=254), AfterValidator(mail_address)]
MaybeLine = Annotated[str, AfterValidator(one_line), Field(max_length=300)]
Text = Annotated[str, AfterValidator(many_lines), Field(min_length=1, max_length=20_000)]
MaybeText = Annotated[str, AfterValidator(many_lines), Field(max_length=20_000)]
Money = Annotated[int, BeforeValidator(money.read)]
MaybeMoney = Annotated[int | None, BeforeValidator(lambda v: None if nothing(v) is None else money.read(v))]
Day = Annotated[object, BeforeValidator(dates.read_date)]
MaybeDay = Annotated[object, BeforeValidator(lambda v: None if nothing(v) is None else dates.read_date(v))]
Moment = Annotated[object, BeforeValidator(dates.read_datetime)]
Ticked = Annotated[bool, BeforeValidator(lambda v: v in (True, "on", "1", "true"))]
MaybeId = Annotated[Annotated[int, Field(gt=0, lt=2**31)] | None, BeforeValidator(nothing)]
Whole = Annotated[int, Field(ge=0, lt=2**31)]


async def read(shape: type[Shape], request: Request) -> Shape:
    """The form as clean values. Raises `Invalid` with everything typed and a sentence for each field."""
    posted = await request.form()
    given = {}
    for key, value in posted.multi_items():
        if key == "_csrf_token":
            continue
        if isinstance(value, UploadFile):
            given[key] = value
            continue
        many = shape.model_fields.get(key) and "list" in str(shape.model_fields[key].annotation)
        given[key] = [*given.get(key, []), value] if many else value
    errors = {name: files.too_large() for name, value in given.items() if isinstance(value, UploadFile) and files.is_too_large(value)}
    try:
        form = shape.model_validate(given)
    except ValidationError as problem:
        errors = sentences(problem) | errors
    if errors:
        raise Invalid({name: value for name, value in given.items() if not isinstance(value, UploadFile)}, errors)
    return form


async def posted(request: Request) -> dict[str, str]:
    """What stands in a form whose fields depend on its rows: text as it may be kept, in one Unicode form and without control characters."""
    pairs = (await request.form()).multi_items()
    return {name: nfc(legible(value)) for name, value in pairs if isinstance(value, str) and name != "_csrf_token"}


def sentences(problem: ValidationError) -> dict[str, str]:
    """Field → the first thing wrong with it, in words."""
    found = {}
    for error in problem.errors():
        found.setdefault(str(error["loc"][0]) if error["loc"] else "", sentence(error))
    return found


def sentence(error: dict) -> str:
    """One pydantic error as a person would say it."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "missing" or error.get("input") == "" or context.get("min_length") == 1:
        return _("Hãy điền mục này.")
    if kind in ("string_too_short", "too_short"):
        return _("Ít nhất {count} ký tự.").format(count=context["min_length"])
    if kind in ("string_too_long", "too_long"):
        return _("Tối đa {count} ký tự.").format(count=context["max_length"])
    if kind.startswith("int"):
        return _("Hãy gõ một số nguyên.")
    if kind in ("greater_than_equal", "greater_than"):
        return _("Số quá nhỏ: từ {least} trở lên.").format(least=context["ge"] if "ge" in context else context["gt"] + 1)
    if kind in ("less_than_equal", "less_than"):
        return _("Số quá lớn: tối đa {most}.").format(most=context["le"] if "le" in context else context["lt"] - 1)
    return _("Giá trị này không có trong danh sách.") if kind in ("enum", "literal_error") else _("Mục này chưa đúng.")


def shown(row: object, *names: str) -> Typed:
    """A form that shows what the row holds now."""
    return Typed({name: getattr(row, name) for name in names})


def again(form: Form, refused: Refused, field: str = "") -> Typed:
    """What was typed, with the rule's no above it, or at the field it concerns."""
    return Typed(form.model_dump(), {refused.at or field: str(refused)})


def above(typed: Typed) -> Typed:
    """What is wrong with a form that stands in a row of a table, on top of the page: many rows have a field of that name."""
    return Typed({}, {"": " ".join(typed.errors.values())})


def as_typed(value: object) -> object:
    """A value as it stands in a field: text, or a list of texts where many are chosen."""
    if isinstance(value, str):
        return legible(value)
    if isinstance(value, dict):
        return value
    if value is None or value is False:
        return ""
    if value is True:
        return "on"
    if isinstance(value, list):
        return [as_typed(one) for one in value]
    if hasattr(value, "hour"):
        return dates.local(value).strftime("%Y-%m-%dT%H:%M")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
