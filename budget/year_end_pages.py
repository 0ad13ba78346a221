"""Pages of the end of a budget year: what still stands in the way, what becomes of each remainder, and the close."""

from collections.abc import Callable
from functools import partial
from typing import Literal

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import calendar_days, grounds, ledger, payments, plan_moves, reservations, streams, year_end, years
from budget.grounds import Act
from budget.tables import BudgetYear, Reservation, Stage
from budget.year_tables import Remainder
from grants.people.people import today
from grants.shell import lists
from grants.shell.changes import Refused
from grants.shell.forms import Day, Form, Line, Text, Typed, above, posted
from grants.shell.language import N_, _, either
from grants.shell.web import Id, page, see, submitted


class Confirmation(Form):
    stream: Literal["capital", "recurrent", "fund"]
    number: Line = Field(max_length=60)
    on: Day


class Reason(Form):
    reason: Text = Field(max_length=500)


async def known(year: int) -> BudgetYear:
    if found := await years.of(year):
        return found
    raise NotFoundException


async def with_ends(rows: list[dict]) -> None:
    """The last day of each year's adjustment period."""
    ends = await calendar_days.adjustments_end([row["year"] for row in rows])
    for row in rows:
        row["ends"] = ends[row["year"]]


YEARS = lists.Listing(
    name="cuoi-nam-ngan-sach",
    table=BudgetYear,
    columns=[
        lists.Column("year", N_("Năm"), BudgetYear.year, "code"),
        lists.Column("state", N_("Tình trạng"), BudgetYear.state, "status", says=years.status),
        lists.Column("ends", N_("Hết thời gian chỉnh lý"), BudgetYear.id, "date", sortable=False),
    ],
    order="-year",
    filters=[lists.chosen("state", N_("Tình trạng"), BudgetYear.state, lambda: [(s.value, years.status(s)[0]) for s in BudgetYear.State])],
    href=lambda row: f"/year-ends/{row['year']}",
    prepare=with_ends,
)


@get("/year-ends")
async def year_end_list(request: Request) -> Response:
    """The budget years and how far each has come."""
    return await YEARS.answer(request, None, "budget/year_ends.html")


@get("/year-ends/{year:int}")
async def year_end_page(request: Request, year: Id) -> Template:
    return await shown(request, year, Typed())


async def shown(request: Request, number: int, form: Typed, status_code: int = 200) -> Template:
    """The steps of the year's end on one page, each with what is left to do in it."""
    year = await known(number)
    left = await year_end.left(year.year)
    mine = await streams.answered_by(request.user)
    waiting = await year_end.waiting(year.year)
    in_force = await grounds.in_force(today())
    options = {act: [(str(one.id), grounds.label(one)) for one in in_force if one.act == act] for act in (Act.CARRY_OVER, Act.CANCEL)}
    return page(
        "budget/year_end.html", year=year, status=years.status(year.state), form=form, mine=mine, status_code=status_code,
        ends=await calendar_days.adjustment_ends(year.year), over=today().year > year.year,
        payments=[[(payments.label(row["state"]), row["href"]), row["code"], streams.badge(row["stream"]), row["amount"]]
                  for row in await year_end.held_payments(year.year)],
        held=[row | {"words": reservations.status(row["state"]), "badge": streams.badge(row["stream"]),
                     "may": row["state"] == "approved" and row["stream"] in mine and row["made_by"] != request.user.id}
              for row in await year_end.stale_reservations(year.year)],
        unawarded=[[(row["reference"] or "–", f"/proposals/{row['id']}/plan-move"), either(row["title"], row["title_en"]), row["amount"],
                    plan_moves.status(plan_moves.State.PROPOSED) if row["move"] else None]
                   for row in await plan_moves.waiting(year.year, request.user)],
        left=[(stream, streams.badge(stream), own) for stream in streams.LABELS if (own := [one for one in left if one.stream == stream])],
        stage=lambda one: _(ledger.STAGES[Stage(one.stage)]), choices=lambda one: choices_for(one, options),
        waiting=[(stream, streams.badge(stream), own, sum(row["amount"] for row in own)) for stream in streams.LABELS
                 if (own := [waiting_row(row) for row in waiting if row["stream"] == stream])],
        may_propose=year_end.can_propose(request.user), may_ask=years.can_ask_to_close(request.user), me_id=request.user.id,
        may_close=bool(mine) and year.closing_asked_by not in (None, request.user.id),
        openings=[[streams.badge(one.stream), one.carried, one.opened, one.cancelled] for one in await year_end.openings(year.year)],
    )  # fmt: skip


def choices_for(one: year_end.Left, options: dict) -> list[tuple[str, str]]:
    """What may become of a remainder, each with its legal ground, as one selection."""
    return [
        (f"{act.value}:{ground}", f"{_(year_end.ACTS[act])}: {words}") for act in one.may for ground, words in options[act]
    ]


def waiting_row(row: dict) -> dict:
    what = row["reference"] or (_("Thông báo {code}").format(code=row["call"]) if row["call"] else row["classification"] or "–")
    return row | {
        "act": _(year_end.ACTS[Act(row["act"])]), "stage": _(ledger.STAGES[Stage(row["stage"])]), "what": what,
        "ground": f"{either(row['name'], row['name_en'])} ({row['basis']})",
    }


async def step(request: Request, year: int, shape: type[Form], verb: Callable) -> Template | Redirect:
    return await submitted(request, shape, verb, shown=partial(shown, request, year), to=f"/year-ends/{year}")


@post("/year-ends/{year:int}/adjustment")
async def adjust(request: Request, year: Id) -> Template | Redirect:
    return await step(request, year, Form, partial(years.adjust, await known(year)))


@post("/year-ends/{year:int}/remainders")
async def propose(request: Request, year: Id) -> Template | Redirect:
    """The chosen act and ground of each row: "left-<account>" is "carry_over:3"."""
    await known(year)
    typed = {name: value for name, value in (await posted(request)).items() if name.startswith("left-")}
    chosen = {}
    for name, value in typed.items():
        account, (act, _colon, ground) = name.removeprefix("left-"), value.partition(":")
        if account.isascii() and account.isdigit() and len(account) < 16 and ground.isascii() and ground.isdigit() and len(ground) < 10:
            chosen[int(account)] = (act, int(ground))
    try:
        await year_end.propose(year, chosen, by=request.user)
    except Refused as refused:
        return await shown(request, year, Typed(typed, {"": str(refused)}), 409)
    return see(f"/year-ends/{year}")


@post("/year-ends/{year:int}/confirmation")
async def confirm(request: Request, year: Id) -> Template | Redirect:
    await known(year)
    return await step(request, year, Confirmation, lambda stream, **said: year_end.confirm(year, stream, **said))


@post("/year-ends/{year:int}/remainders/{remainder:int}/refusal")
async def refuse(request: Request, year: Id, remainder: Id) -> Template | Redirect:
    row = await Remainder.objects().where((Remainder.id == remainder) & (Remainder.year == year)).first()
    if row is None:
        raise NotFoundException
    return await submitted(
        request, Reason, partial(year_end.refuse, row), shown=lambda typed, code: shown(request, year, above(typed), code),
        to=f"/year-ends/{year}",
    )


@post("/year-ends/{year:int}/reservations/{reservation:int}/release")
async def free(request: Request, year: Id, reservation: Id) -> Template | Redirect:
    row = await Reservation.objects().where((Reservation.id == reservation) & (Reservation.year == year)).first()
    if row is None:
        raise NotFoundException
    reason = _("Hết năm ngân sách {year}, hồ sơ chưa được phê duyệt.").format(year=year)
    return await step(request, year, Form, partial(reservations.free, row, reason=reason))


@post("/year-ends/{year:int}/closing-request")
async def ask_to_close(request: Request, year: Id) -> Template | Redirect:
    return await step(request, year, Form, partial(years.ask_to_close, await known(year)))


@post("/year-ends/{year:int}/closing")
async def close(request: Request, year: Id) -> Template | Redirect:
    return await step(request, year, Form, partial(years.close, await known(year)))


ROUTES = [year_end_list, year_end_page, adjust, propose, confirm, refuse, free, ask_to_close, close]
