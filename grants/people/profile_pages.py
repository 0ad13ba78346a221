"""One's own profile, saved while it is written."""

from functools import partial
from typing import Annotated

from litestar import Request, get, post
from litestar.response import Redirect, Template
from pydantic import AfterValidator, BeforeValidator, Field, create_model

from grants.people import profiles
from grants.people.tables import Person
from grants.shell.forms import Form, MaybeLine, MaybeText, Name, Typed, shown
from grants.shell.language import LANGUAGES, _
from grants.shell.text import read_orcid
from grants.shell.web import autosaved, page

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
    full_name: Name
    academic_rank: Annotated[str, in_list("", *profiles.RANKS)] = ""
    degree: Annotated[str, in_list("", *profiles.DEGREES)] = ""
    position: Annotated[MaybeLine, Field(max_length=200)] = ""
    fields: list[Annotated[str, Field(max_length=10)]] = []
    keywords: Annotated[MaybeLine, Field(max_length=500)] = ""
    orcid: Annotated[str | None, BeforeValidator(lambda typed: read_orcid(typed) if typed.strip() else None)] = None
    phone: Annotated[MaybeLine, Field(max_length=20), AfterValidator(number)] = ""
    language: Annotated[str, in_list(*LANGUAGES)] = "vi"


RecordForm = create_model("RecordForm", __base__=Form, **{heading: (MaybeText, "") for heading in profiles.HEADINGS})


async def show(request: Request, form: Typed | None = None, status_code: int = 200, *, record: Typed | None = None) -> Template:
    kept = await profiles.record_of(request.user)
    chosen = form.values.get("fields") if form else None
    return page(
        "people/profile.html", person=request.user, form=form or shown(request.user, *PUBLIC),
        record=record or shown(kept, *profiles.HEADINGS), chosen=request.user.fields if chosen is None else chosen,
        groups=await profiles.fields(),
        ranks=profiles.titles(profiles.RANKS), degrees=profiles.titles(profiles.DEGREES), languages=list(LANGUAGES.items()),
        headings=[(name, _(title), _(hint)) for name, (title, hint) in profiles.HEADINGS.items()], status_code=status_code,
    )


@get("/profile")
async def profile(request: Request) -> Template:
    return await show(request)


@post("/profile")
async def revise(request: Request) -> Template | Redirect:
    return await autosaved(request, ProfileForm, known_fields, shown=partial(show, request), to="/profile")


async def known_fields(*, by: Person, fields: list[str], **typed) -> None:
    """The profile with those of the ticked fields that are in the list."""
    known = {code for _group, options in await profiles.fields() for code, _words in options}
    await profiles.revise(by, by=by, fields=[code for code in fields if code in known], **typed)


@post("/profile/record")
async def write(request: Request) -> Template | Redirect:
    async def shown_again(record: Typed, status_code: int) -> Template:
        return await show(request, status_code=status_code, record=record)

    return await autosaved(request, RecordForm, partial(profiles.write, request.user), shown=shown_again, to="/profile")


ROUTES = [profile, revise, write]
