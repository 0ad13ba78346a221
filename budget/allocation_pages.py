"""Pages of allocations: the list, a call's money with the form that asks for more, and the decision."""

from collections.abc import Callable
from functools import partial
from typing import Literal

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import allocations, classifications, ledger, positions, streams, years
from budget.tables import Allocation, BudgetYear, Stage
from grants.calls import calls
from grants.calls.tables import Call
from grants.people.people import person, titled
from grants.shell import lists
from grants.shell.forms import Day, Form, Line, MaybeLine, Money, Text, Typed
from grants.shell.language import N_, _, either
from grants.shell.web import Id, page, submitted

LIST = lists.Listing(
    name="phan-bo",
    table=Allocation,
    columns=[
        lists.Column("call", N_("Thông báo"), Allocation.call.code, "code"),
        lists.Column("stream", N_("Nguồn"), Allocation.stream, "stream", says=streams.badge),
        lists.Column("year", N_("Năm"), Allocation.year, "number", under="stream"),
        lists.Column("classification", N_("Mã mục lục"), Allocation.classification, "code", under="call"),
        lists.Column("amount", N_("Số tiền"), Allocation.amount, "money", total=True),
        lists.Column("state", N_("Trạng thái"), Allocation.state, "status", says=allocations.status),
        lists.Column("made_by", N_("Người đề nghị"), Allocation.made_by.full_name, sort_by=Allocation.made_by.sort_key),
        lists.Column("made_at", N_("Lúc"), Allocation.made_at, "time", under="made_by"),
        lists.Column("document", N_("Quyết định số"), Allocation.document_number),
    ],
    order="-made_at",
    filters=[
        lists.chosen("state", N_("Trạng thái"), Allocation.state, lambda: [(s.value, allocations.label(s)) for s in allocations.State]),
        lists.chosen("stream", N_("Nguồn"), Allocation.stream, streams.options),
        lists.year("year", N_("Năm ngân sách"), Allocation.year),
    ],
    href=lambda row: f"/allocations/{row['id']}",
    extra=[Allocation.id],
)


class Proposed(Form):
    stream: Literal["capital", "recurrent", "fund"]
    year: int = Field(ge=2020, le=2100)
    classification: MaybeLine = Field(default="", max_length=40)
    amount: Money


class Decision(Form):
    number: Line = Field(max_length=60)
    on: Day


class Refusal(Form):
    reason: Text = Field(max_length=500)


async def visible(request: Request, id: int) -> Allocation:
    if allocation := await allocations.visible_to(request.user).where(Allocation.id == id).first():
        return allocation
    raise NotFoundException


async def visible_call(request: Request, id: int) -> Call:
    if call := await calls.visible_to(request.user).where(Call.id == id).first():
        return call
    raise NotFoundException


@get("/allocations")
async def allocation_list(request: Request) -> Response:
    return await LIST.answer(request, allocations.seen_by(request.user), "budget/allocations.html")


@get("/calls/{id:int}/allocations")
async def call_money(request: Request, id: Id) -> Template:
    """What a call was given out of each stream, and, for officers, the form that asks for more."""
    return await call_shown(request, id, Typed())


async def call_shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    call = await visible_call(request, id)
    form.values.setdefault("year", str(call.year))
    found = await Allocation.objects().where(Allocation.call == call.id).order_by(Allocation.id)
    codes = await classifications.names()
    open_years = [year.year for year in await years.all_years() if year.state == BudgetYear.State.OPEN and year.year >= call.year]
    left = await allocations.left(open_years)
    return page(
        "budget/call_money.html", call=call, title=either(call.title, call.title_en), form=form, status_code=status_code,
        positions=[[streams.badge(p.stream), p.year, p.allocated, p.reserved, p.committed, p.spent, p.allocated - p.reserved - p.committed]
                   for p in await positions.positions(call=call.id)],
        asked=[[(streams.label(a.stream), f"/allocations/{a.id}"), a.year, a.amount, allocations.status(a.state), a.document_number or "–"]
               for a in found],
        left=[[streams.badge(row["stream"]), row["year"], coded(codes, row["classification"]), row["free"]] for row in left],
        codes=[(code, coded(codes, code)) for code in codes if code in {row["classification"] for row in left}],
        streams_offered=streams.options(), can_propose=allocations.can_propose(request.user), years=open_years,
    )  # fmt: skip


def coded(codes: dict[str, str], code: str) -> str:
    """A code with its name; money that has none is said to have none."""
    return f"{code} {codes.get(code, '')}".strip()


@post("/calls/{id:int}/allocations")
async def propose(request: Request, id: Id) -> Template | Redirect:
    asking = partial(allocations.propose, await visible_call(request, id))
    return await submitted(request, Proposed, asking, shown=partial(call_shown, request, id), to=f"/calls/{id}/allocations")


@get("/allocations/{id:int}")
async def allocation_page(request: Request, id: Id) -> Template:
    return await shown(request, id, Typed())


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    """What is asked, and what approving it changes: the stream's free money and the call's, before and after."""
    allocation = await visible(request, id)
    call = await Call.objects().where(Call.id == allocation.call).first()
    place = (allocation.stream, allocation.year)
    free = await ledger.free(Stage.APPROPRIATED, *place, classification=allocation.classification)
    has = sum(p.allocated for p in await positions.positions(call=call.id))
    own = await ledger.free(Stage.ALLOCATED, *place, call=call.id)
    amount = allocation.amount
    return page(
        "budget/allocation.html", allocation=allocation, call=call, title=either(call.title, call.title_en),
        status=allocations.status(allocation.state), stream=streams.badge(allocation.stream),
        maker=titled(await person(allocation.made_by)),
        checker=titled(await person(allocation.decided_by)) if allocation.decided_by else None,
        can_approve=await allocations.can_approve(request.user, allocation), enough=amount <= free, free=free, form=form,
        answering=(await streams.names(allocation.year)).get(allocation.stream),
        changes=[
            (_("Còn phân bổ được của «{stream}» {year}").format(stream=streams.label(place[0]), year=place[1]),
             free, free - amount, "money"),
            (_("Thông báo {code} còn dùng được từ nguồn này").format(code=call.code), own, own + amount, "money"),
            (_("Tổng kinh phí của thông báo {code}").format(code=call.code), has, has + amount, "money"),
        ],
        status_code=status_code,
    )  # fmt: skip


async def step(request: Request, id: int, shape: type[Form], verb: Callable) -> Template | Redirect:
    allocation = await visible(request, id)
    return await submitted(request, shape, partial(verb, allocation), shown=partial(shown, request, id), to=f"/allocations/{id}")


@post("/allocations/{id:int}/approval")
async def approve(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Decision, allocations.approve)


@post("/allocations/{id:int}/refusal")
async def refuse(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Refusal, allocations.refuse)


ROUTES = [allocation_list, call_money, propose, allocation_page, approve, refuse]
