"""Pages of a budget year's calendar: what is due when, and the days of the cycle as they are kept: list, one day, another."""

from functools import partial
from typing import Literal

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import calendar_days, years
from budget.code_pages import verified
from budget.year_tables import YearDay
from grants.people.people import today
from grants.people.tables import Role
from grants.shell import lists
from grants.shell.dates import budget_year
from grants.shell.forms import Form, Line, MaybeId, Ticked, Typed
from grants.shell.language import N_, _, either
from grants.shell.web import Id, page, submitted

OF_YEAR = {-1: N_("năm trước"), 0: N_("trong năm"), 1: N_("năm sau")}
DAYS = lists.Listing(
    name="lich-nam-ngan-sach",
    table=YearDay,
    columns=[
        lists.Column("name", N_("Việc"), YearDay.name, "long", english=YearDay.name_en),
        lists.Column("role", N_("Nơi thực hiện"), YearDay.role, says=lambda role: _(calendar_days.ROLES[Role(role)]), under="name"),
        lists.Column("day", N_("Ngày"), YearDay.day, "number"),
        lists.Column("month", N_("Tháng"), YearDay.month, "number"),
        lists.Column("later", N_("Của năm"), YearDay.later, says=lambda later: _(OF_YEAR[later])),
        lists.Column("basis", N_("Căn cứ"), YearDay.basis, "long"),
        lists.Column("from_year", N_("Từ năm ngân sách"), YearDay.from_year),
        lists.Column("to_year", N_("Đến năm"), YearDay.to_year, under="from_year"),
        lists.Column("unverified", N_("Kiểm chứng"), YearDay.unverified, "status", says=verified),
    ],
    order="name",
    filters=[lists.chosen("role", N_("Nơi thực hiện"), YearDay.role, lambda: roles())],
    href=lambda row: f"/budget/calendar/days/{row['id']}",
    extra=[YearDay.id],
)
BudgetYear = Field(ge=2017, le=2100)


class NewDay(Form):
    instead: MaybeId = None
    name: Line
    name_en: Line
    role: Literal["officer", "finance", "leader"]
    later: Literal["-1", "0", "1"]
    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)
    basis: Line
    from_year: int = BudgetYear
    verified: Ticked = False


class Ending(Form):
    to_year: int = BudgetYear


def roles() -> list[tuple[str, str]]:
    return [(role.value, _(words)) for role, words in calendar_days.ROLES.items()]


@get("/budget/calendar")
async def calendar_page(request: Request) -> Template | Response:
    """What is due in a budget year's cycle, from its estimate to its settlement."""
    year, here = years.asked(request.query_params.get("year")), budget_year(today())
    heads = [
        (_("Việc"), "text"), (_("Hạn"), "date"), (_("Còn"), "text"), (_("Nơi thực hiện"), "text"), (_("Tình hình"), "status"),
        (_("Căn cứ"), "text"), (_("Kiểm chứng"), "status"),
    ]
    lines = [
        [due.name, due.day, due.left if not due.done and not due.passed else "–", _(calendar_days.ROLES[Role(due.role)]),
         calendar_days.status(due), due.basis, (_("chưa kiểm chứng"), "warn") if due.unverified else ""]
        for due in await calendar_days.of_year(year)
    ]  # fmt: skip
    if wanted := lists.file_wanted(request):
        return await lists.as_file(f"lich-ngan-sach-{year}", wanted, heads, lists.in_words(heads, lines))
    return page("budget/calendar.html", year=year, years=[here - 1, here, here + 1], heads=heads, lines=lines)


@get("/budget/calendar/days")
async def day_list(request: Request) -> Response:
    return await DAYS.answer(request, None, "budget/calendar_days.html", can_keep=calendar_days.can_keep(request.user))


@get("/budget/calendar/days/new")
async def new_day(request: Request) -> Template:
    """A new day of the cycle, or, with `instead` in the address, another day for what is there."""
    asked = request.query_params.get("instead", "")
    typed = {"from_year": str(budget_year(today()) + 1)}
    if lists.is_id(asked):
        names = ("name", "name_en", "role", "later", "month", "day", "basis")
        there = await visible(int(asked))
        typed |= {"instead": asked} | {name: str(getattr(there, name)) for name in names}
    return await new_shown(Typed(typed))


async def new_shown(form: Typed, status_code: int = 200) -> Template:
    open_days = await YearDay.objects().where(YearDay.to_year.is_null()).order_by(YearDay.name)
    return page(
        "budget/calendar_day_new.html", form=form, status_code=status_code, roles=roles(),
        laters=[(str(later), _(words)) for later, words in OF_YEAR.items()],
        there=[("", _("Việc mới")), *((str(one.id), either(one.name, one.name_en)) for one in open_days)],
    )


@post("/budget/calendar/days")
async def record(request: Request) -> Template | Redirect:
    async def write_down(instead: int | None, later: str, verified: bool, **said) -> YearDay:
        old = await visible(instead) if instead else None
        return await calendar_days.record(instead=old, later=int(later), unverified=not verified, **said)

    return await submitted(request, NewDay, write_down, shown=new_shown, to="/budget/calendar/days")


async def visible(id: int) -> YearDay:
    if found := await YearDay.objects().where(YearDay.id == id).first():
        return found
    raise NotFoundException


@get("/budget/calendar/days/{id:int}")
async def day_page(request: Request, id: Id) -> Template:
    return await shown(request, id, Typed())


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    row = await visible(id)
    return page(
        "budget/calendar_day.html", row=row, form=form, title=either(row.name, row.name_en), status=verified(row.unverified),
        who=_(calendar_days.ROLES[Role(row.role)]), later=_(OF_YEAR[row.later]), status_code=status_code,
        can_end=calendar_days.can_keep(request.user) and row.to_year is None,
    )


@post("/budget/calendar/days/{id:int}/end")
async def end(request: Request, id: Id) -> Template | Redirect:
    ending = partial(calendar_days.end, await visible(id))
    return await submitted(request, Ending, ending, shown=partial(shown, request, id), to="/budget/calendar/days")


ROUTES = [calendar_page, day_list, new_day, record, day_page, end]
