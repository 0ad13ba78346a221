"""Pages of the days off and the days worked instead: the list, one day, and the form for another."""

from functools import partial
from typing import Literal

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from grants.rules import holidays
from grants.rules.tables import Holiday
from grants.shell import lists
from grants.shell.forms import Day, Form, Line, Ticked, Typed
from grants.shell.language import N_, _
from grants.shell.searches import containing_unfolded
from grants.shell.web import Id, page, submitted

LIST = lists.Listing(
    name="ngay-nghi",
    table=Holiday,
    columns=[
        lists.Column("day", N_("Ngày"), Holiday.day, "date"),
        lists.Column("working", N_("Loại"), Holiday.working, says=holidays.kind_label),
        lists.Column("name", N_("Nội dung"), Holiday.name, "long"),
        lists.Column("basis", N_("Căn cứ"), Holiday.basis, "long"),
        lists.Column("unverified", N_("Kiểm chứng"), Holiday.unverified, "status", says=lambda no: holidays.status(None, no)),
        lists.Column("struck_on", N_("Thôi áp dụng từ"), Holiday.struck_on, "date"),
    ],
    order="-day",
    filters=[lists.search((Holiday.name,), containing_unfolded)],
    href=lambda row: f"/holidays/{row['id']}",
    extra=[Holiday.id],
)


class NewDay(Form):
    day: Day
    kind: Literal["holiday", "working"]
    name: Line = Field(max_length=120)
    basis: Line
    verified: Ticked = False


@get("/holidays")
async def holiday_list(request: Request) -> Response:
    return await LIST.answer(request, None, "rules/holidays.html", can_keep=holidays.can_keep(request.user))


@get("/holidays/new")
async def new_day() -> Template:
    return await new_shown(Typed({"kind": "holiday"}))


async def new_shown(form: Typed, status_code: int = 200) -> Template:
    kinds = [("holiday", _(holidays.KINDS[False])), ("working", _(holidays.KINDS[True]))]
    return page("rules/holiday_new.html", form=form, kinds=kinds, status_code=status_code)


@post("/holidays")
async def record(request: Request) -> Template | Redirect:
    async def write_down(kind: str, verified: bool, **said) -> Holiday:
        return await holidays.record(working=kind == "working", unverified=not verified, **said)

    return await submitted(request, NewDay, write_down, shown=new_shown, to="/holidays")


async def visible(id: int) -> Holiday:
    if found := await Holiday.objects().where(Holiday.id == id).first():
        return found
    raise NotFoundException


@get("/holidays/{id:int}")
async def day_page(request: Request, id: Id) -> Template:
    return await shown(request, id, Typed())


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    day = await visible(id)
    return page(
        "rules/holiday.html", holiday=day, form=form, kind=holidays.kind_label(day.working), status_code=status_code,
        status=holidays.status(day.struck_on, day.unverified), can_strike=holidays.can_keep(request.user) and day.struck_on is None,
    )


@post("/holidays/{id:int}/end")
async def strike(request: Request, id: Id) -> Template | Redirect:
    striking = partial(holidays.strike, await visible(id))
    return await submitted(request, Form, striking, shown=partial(shown, request, id), to="/holidays")


ROUTES = [holiday_list, new_day, record, day_page, strike]
