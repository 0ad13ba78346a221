"""Pages of corrections: the list, the form at an entry with its effect, and the decision of the second person."""

from collections.abc import Callable
from functools import partial
from typing import Literal

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import corrections, grounds, ledger, names, places, streams
from budget.tables import Entry, Stage
from budget.year_tables import Correction
from grants.shell import lists
from grants.shell.forms import Day, Form, Line, Money, Text, Typed
from grants.shell.forms import shown as prefilled
from grants.shell.language import N_, _
from grants.shell.web import Id, page, submitted

LIST = lists.Listing(
    name="dinh-chinh",
    table=Correction,
    columns=[
        lists.Column("id", N_("Số"), Correction.id, "code", says=corrections.number),
        lists.Column("kind", N_("Bút toán bị đính chính"), Correction.wrong.kind, says=lambda kind: _(ledger.KINDS[kind])),
        lists.Column("amount", N_("Số tiền"), Correction.amount, "money", total=True),
        lists.Column("state", N_("Trạng thái"), Correction.state, "status", says=corrections.status),
        lists.Column("stream", N_("Nguồn"), Correction.stream, "stream", says=streams.badge),
        lists.Column("year", N_("Năm"), Correction.year, "number", under="stream"),
        lists.Column("reason", N_("Lý do"), Correction.reason, "long"),
        lists.Column("document", N_("Căn cứ số"), Correction.document_number, under="reason"),
        lists.Column("made_by", N_("Người lập"), Correction.made_by.full_name, sort_by=Correction.made_by.sort_key),
        lists.Column("made_at", N_("Lúc"), Correction.made_at, "time", under="made_by"),
    ],
    order="-made_at",
    filters=[
        lists.chosen("state", N_("Trạng thái"), Correction.state, lambda: [(s.value, corrections.label(s)) for s in corrections.State]),
        lists.chosen("stream", N_("Nguồn"), Correction.stream, streams.options),
        lists.year("year", N_("Năm ngân sách"), Correction.year),
    ],
    href=lambda row: f"/corrections/{row['id']}",
    extra=[Correction.id],
)


class Proposed(Form):
    amount: Money
    reason: Text = Field(max_length=500)
    paper: Literal["correction_note", "treasury_voucher", "reconciliation_minutes", "adjustment_decision", "allocation_decision"]
    number: Line = Field(max_length=60)
    on: Day


class Refusal(Form):
    refusal: Text = Field(max_length=500)


async def visible(request: Request, id: int) -> Correction:
    if found := await corrections.visible_to(request.user).where(Correction.id == id).first():
        return found
    raise NotFoundException


async def entry_named(id: int) -> Entry:
    if entry := await ledger.entry(id):
        return entry
    raise NotFoundException


@get("/corrections")
async def correction_list(request: Request) -> Response:
    return await LIST.answer(request, corrections.seen_by(request.user), "budget/corrections.html")


@get("/budget/entries/{id:int}/correction")
async def new_correction(request: Request, id: Id) -> Template:
    entry = await entry_named(id)
    return await form_shown(entry, prefilled(entry, "amount"))


async def form_shown(entry: Entry, form: Typed, status_code: int = 200) -> Template:
    """What taking the entry back does to both accounts, and the form; or why it is not corrected, and what is done instead."""
    refusal = await corrections.obstacle(entry)
    return page(
        "budget/correction_new.html", entry=entry, kind=_(ledger.KINDS[entry.kind]), form=form, refusal=refusal,
        papers=[(code, _(ledger.PAPERS[code])) for code in corrections.PAPERS], whole=corrections.is_whole(entry),
        changes=[] if refusal else await effect(entry, entry.amount), status_code=status_code,
    )


async def effect(wrong: Entry, amount: int) -> list[tuple[str, int, int, str]]:
    """What each of the two accounts has free before and after, in đồng; the province's own budget is not counted here."""
    giver, taker = await places.of([wrong.into, wrong.out_of])
    return [
        (places.called(one), one["balance"] - one["held"], one["balance"] - one["held"] + change, "money")
        for one, change in ((giver, -amount), (taker, amount)) if one["stage_code"] != Stage.SOURCE
    ]


@post("/budget/entries/{id:int}/correction")
async def propose(request: Request, id: Id) -> Template | Redirect:
    entry = await entry_named(id)
    verb, again = partial(corrections.propose, entry), partial(form_shown, entry)
    return await submitted(request, Proposed, verb, shown=again, to=lambda made: f"/corrections/{made.id}")


@get("/corrections/{id:int}")
async def correction_page(request: Request, id: Id) -> Template:
    return await shown(request, id, Typed())


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    """What is taken back and why, on the strength of what, by whom; before the decision also what it changes."""
    row = await visible(request, id)
    wrong, waits = await ledger.entry(row.wrong), row.state == corrections.State.PROPOSED
    ground = await corrections.ground_of(wrong) if waits else None
    return page(
        "budget/correction.html", row=row, number=corrections.number(row.id), kind=_(ledger.KINDS[wrong.kind]), wrong=wrong, form=form,
        status=corrections.status(row.state), stream=streams.badge(row.stream), paper=_(ledger.PAPERS[row.document_kind]),
        people=await names.of([row.made_by, row.decided_by]), whole=corrections.is_whole(wrong),
        decider=grounds.who_decides(ground, row.stream) if ground
        else _("Tài chính phụ trách «{stream}»").format(stream=streams.label(row.stream)),
        changes=await effect(wrong, row.amount) if waits else [], can_decide=waits and await corrections.can_decide(request.user, row),
        status_code=status_code,
    )  # fmt: skip


async def step(request: Request, id: int, shape: type[Form], verb: Callable) -> Template | Redirect:
    row = await visible(request, id)
    return await submitted(request, shape, partial(verb, row), shown=partial(shown, request, id), to=f"/corrections/{id}")


@post("/corrections/{id:int}/approval")
async def approve(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Form, corrections.approve)


@post("/corrections/{id:int}/refusal")
async def refuse(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Refusal, lambda row, refusal, by: corrections.refuse(row, reason=refusal, by=by))


ROUTES = [correction_list, new_correction, propose, correction_page, approve, refuse]
