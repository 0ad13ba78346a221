"""One's own profile, saved while it is written."""

from typing import Annotated

from litestar import Request, get, post
from litestar.response import Redirect, Template
from pydantic import AfterValidator, BeforeValidator, Field, create_model

from grants.people import profiles
from grants.shell.changes import Refused, now
from grants.shell.dates import local
from grants.shell.forms import Form, Invalid, Line, MaybeLine, MaybeText, Typed, read, shown
from grants.shell.language import LANGUAGES, _
from grants.shell.text import read_orcid
from grants.shell.web import fragment, page, see

PUBLIC = ("full_name", "academic_rank", "degree", "position", "keywords", "orcid", "phone", "language")


def in_list(*codes: str):
    def check(value: str) -> str:
        if value not in codes:
            raise ValueError(_("Giá trị này không có trong danh sách."))
        return value

    return AfterValidator(check)


def number(value: str) -> str:
    if value and not set(value) <= set("0123456789 +.()-"):
        raise ValueError(_("Số điện thoại chỉ gồm chữ số, ví dụ 0262 3 812 345."))
    return value


class ProfileForm(Form):
    full_name: Annotated[Line, Field(max_length=120)]
    academic_rank: Annotated[str, in_list("", *profiles.RANKS)] = ""
    degree: Annotated[str, in_list("", *profiles.DEGREES)] = ""
    position: Annotated[MaybeLine, Field(max_length=200)] = ""
    fields: list[Annotated[str, Field(max_length=10)]] = []
    keywords: Annotated[MaybeLine, Field(max_length=500)] = ""
    orcid: Annotated[str | None, BeforeValidator(lambda typed: read_orcid(typed) if typed.strip() else None)] = None
    phone: Annotated[MaybeLine, Field(max_length=20), AfterValidator(number)] = ""
    language: Annotated[str, in_list(*LANGUAGES)] = "vi"


RecordForm = create_model("RecordForm", __base__=Form, **{heading: (MaybeText, "") for heading in profiles.HEADINGS})


async def show(request: Request, form: Typed | None = None, record: Typed | None = None, status_code: int = 200) -> Template:
    kept = await profiles.record_of(request.user)
    chosen = form.values.get("fields") if form else None
    return page(
        "people/profile.html", person=request.user, form=form or shown(request.user, *PUBLIC),
        record=record or shown(kept, *profiles.HEADINGS), chosen=request.user.fields if chosen is None else chosen,
        groups=await profiles.fields(),
        ranks=titles(profiles.RANKS), degrees=titles(profiles.DEGREES), languages=list(LANGUAGES.items()),
        headings=[(name, _(title), _(hint)) for name, (title, hint) in profiles.HEADINGS.items()], status_code=status_code,
    )


def titles(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    return [("", _("Không có")), *((code, code) for code in codes)]


def is_autosave(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"


def saved(message: str | None = None, status_code: int = 200) -> Template:
    time = None if message else local(now()).strftime("%H:%M")
    return fragment("people/_saved.html", time=time, message=message, status_code=status_code)


@get("/profile")
async def profile(request: Request) -> Template:
    return await show(request)


@post("/profile")
async def revise(request: Request) -> Template | Redirect:
    posted = await request.form()
    try:
        form = await read(ProfileForm, request)
        known = {code for _group, options in await profiles.fields() for code, _words in options}
        typed = form.model_dump() | {"fields": [code for code in form.fields if code in known]}
        await profiles.revise(request.user, by=request.user, **typed)
    except (Invalid, Refused) as problem:
        errors = problem.errors if isinstance(problem, Invalid) else {"orcid" if "ORCID" in str(problem) else "fields": str(problem)}
        status = 422 if isinstance(problem, Invalid) else 409
        if is_autosave(request):
            return saved(next(iter(errors.values())), status)
        values = {name: str(posted.get(name, "")) for name in PUBLIC} | {"fields": [str(code) for code in posted.getall("fields", [])]}
        return await show(request, form=Typed(values, errors), status_code=status)
    return saved() if is_autosave(request) else see("/profile")


@post("/profile/record")
async def write(request: Request) -> Template | Redirect:
    try:
        form = await read(RecordForm, request)
        await profiles.write(request.user, by=request.user, **form.model_dump())
    except Invalid as invalid:
        if is_autosave(request):
            return saved(next(iter(invalid.errors.values())), 422)
        return await show(request, record=invalid, status_code=422)
    return saved() if is_autosave(request) else see("/profile")


ROUTES = [profile, revise, write]
