"""Pages of adjustments: the list, the form with what is free where, and the decision with its effect."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import adjustments, classifications, grounds, streams, years
from budget.tables import Account, BudgetYear, Stage
from budget.year_tables import Adjustment
from grants.calls.tables import Call
from grants.people.people import person, titled, today
from grants.shell import lists
from grants.shell.forms import Day, Form, Line, MaybeLine, Money, Text, Typed
from grants.shell.language import N_, _
from grants.shell.web import Id, page, submitted

LIST = lists.Listing(
    name="dieu-chinh",
    table=Adjustment,
    columns=[
        lists.Column("kind", N_("Loại"), Adjustment.kind, says=adjustments.kind_label),
        lists.Column("stream", N_("Nguồn"), Adjustment.stream, "stream", says=streams.badge, under="kind"),
        lists.Column("year", N_("Năm"), Adjustment.year, "number", under="kind"),
        lists.Column("amount", N_("Số tiền"), Adjustment.amount, "money", total=True),
        lists.Column("state", N_("Trạng thái"), Adjustment.state, "status", says=adjustments.status),
        lists.Column("reason", N_("Lý do"), Adjustment.reason, "long"),
        lists.Column("document", N_("Quyết định số"), Adjustment.document_number, under="reason"),
        lists.Column("dated", N_("Ngày"), Adjustment.document_date, "date", under="reason"),
        lists.Column("made_by", N_("Người lập"), Adjustment.made_by.full_name, sort_by=Adjustment.made_by.sort_key),
        lists.Column("made_at", N_("Lúc"), Adjustment.made_at, "time", under="made_by"),
    ],
    order="-made_at",
    filters=[
        lists.chosen("kind", N_("Loại"), Adjustment.kind, lambda: [(k.value, _(words)) for k, words in adjustments.KINDS.items()]),
        lists.chosen("state", N_("Trạng thái"), Adjustment.state, lambda: [(s.value, adjustments.label(s)) for s in adjustments.State]),
        lists.chosen("stream", N_("Nguồn"), Adjustment.stream, streams.options),
        lists.year("year", N_("Năm ngân sách"), Adjustment.year),
    ],
    href=lambda row: f"/adjustments/{row['id']}",
    extra=[Adjustment.id],
)
Whole = Annotated[int, Field(gt=0, lt=2**31)]


class Proposed(Form):
    kind: Literal["supplement", "cut", "handover", "transfer"]
    stream: Literal["capital", "recurrent", "fund"]
    year: int = Field(ge=2020, le=2100)
    source: MaybeLine = Field(default="", max_length=60)
    target: MaybeLine = Field(default="", max_length=60)
    amount: Money
    ground: Whole
    reason: Text = Field(max_length=500)


class Decision(Form):
    number: Line = Field(max_length=60)
    on: Day


class Refusal(Form):
    reason: Text = Field(max_length=500)


async def visible(request: Request, id: int) -> Adjustment:
    if found := await adjustments.visible_to(request.user).where(Adjustment.id == id).first():
        return found
    raise NotFoundException


@get("/adjustments")
async def adjustment_list(request: Request) -> Response:
    return await LIST.answer(
        request, adjustments.seen_by(request.user), "budget/adjustments.html", can_propose=adjustments.can_propose(request.user)
    )


@get("/adjustments/new")
async def new_adjustment(request: Request) -> Template:
    """First what kind, which stream and year; then, with what is free where, the rest."""
    return await form_shown(Typed(dict(request.query_params)))


async def form_shown(form: Typed, status_code: int = 200) -> Template:
    open_years = [str(year.year) for year in await years.all_years() if year.state == BudgetYear.State.OPEN]
    kind, stream, year = (form.values.get(name, "") for name in ("kind", "stream", "year"))
    known = kind in {k.value for k in adjustments.KINDS} and stream in dict(streams.options()) and year in open_years
    found = await adjustments.places(stream, int(year)) if known else []
    if kind != "transfer":
        found = [place for place in found if place.code.startswith("code:")]
    return page(
        "budget/adjustment_new.html", form=form, years=[(year, year) for year in open_years],
        kinds=[(k.value, _(words)) for k, words in adjustments.KINDS.items()],
        streams_offered=streams.options(), known=known, kind=kind, places=[(place.code, place.name) for place in found],
        free=[[place.name, place.free] for place in found if place.free], grounds=await grounds.choices(kind, today()) if known else [],
        badge=streams.badge(stream) if known else None, kind_words=adjustments.kind_label(kind) if known else "", status_code=status_code,
    )


@post("/adjustments")
async def propose(request: Request) -> Template | Redirect:
    return await submitted(request, Proposed, adjustments.propose, shown=form_shown, to=lambda asked: f"/adjustments/{asked.id}")


@get("/adjustments/{id:int}")
async def adjustment_page(request: Request, id: Id) -> Template:
    return await shown(request, id, Typed())


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    """What is asked, what it rests on, and what each account has before and after."""
    adjustment = await visible(request, id)
    ground, (out_of, into) = await adjustments.ground_of(adjustment), await adjustments.accounts(adjustment)
    waits = adjustment.state == adjustments.State.PROPOSED
    names = await classifications.names()
    ends = [await named(out_of, names), await named(into, names)]
    changes = [
        (name, free, free + sign * adjustment.amount, "money")
        for (name, account), sign in zip(zip(ends, (out_of, into), strict=True), (-1, 1), strict=True)
        if account.stage not in (Stage.SOURCE, Stage.HANDED) and (free := account.balance - account.held) is not None
    ]
    return page(
        "budget/adjustment.html", adjustment=adjustment, kind=adjustments.kind_label(adjustment.kind), form=form, ends=ends,
        status=adjustments.status(adjustment.state), stream=streams.badge(adjustment.stream), ground=grounds.label(ground),
        decider=grounds.who_decides(ground, adjustment.stream), maker=titled(await person(adjustment.made_by)),
        checker=titled(await person(adjustment.decided_by)) if adjustment.decided_by else None,
        can_decide=await adjustments.can_decide(request.user, adjustment), changes=changes if waits else [],
        shortfalls=await adjustments.shortfalls(adjustment), status_code=status_code,
    )


async def named(account: Account, names: dict[str, str]) -> str:
    """An account as an adjustment speaks of it."""
    if account.stage == Stage.SOURCE:
        return _("Ngân sách tỉnh")
    if account.stage == Stage.HANDED:
        return _("Đơn vị dự toán, {code}").format(code=account.classification or "–")
    if account.call:
        call = await Call.select(Call.code).where(Call.id == account.call).first()
        return _("Thông báo {code}").format(code=call["code"])
    return adjustments.of_code(account.classification, names)


async def step(request: Request, id: int, shape: type[Form], verb: Callable) -> Template | Redirect:
    adjustment = await visible(request, id)
    return await submitted(request, shape, partial(verb, adjustment), shown=partial(shown, request, id), to=f"/adjustments/{id}")


@post("/adjustments/{id:int}/approval")
async def approve(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Decision, adjustments.approve)


@post("/adjustments/{id:int}/refusal")
async def refuse(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Refusal, adjustments.refuse)


ROUTES = [adjustment_list, new_adjustment, propose, adjustment_page, approve, refuse]
