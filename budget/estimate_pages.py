"""Pages of the year's estimate: list, lines, what finance says to each, and the decision."""

from typing import Literal

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import estimates, positions, streams
from budget.tables import Estimate, EstimateLine, Stream
from grants.people.people import today
from grants.projects.heads import again
from grants.shell import lists
from grants.shell.changes import Refused
from grants.shell.dates import budget_year
from grants.shell.forms import Day, Form, Invalid, Line, MaybeLine, Money, Text, Typed, read, shown
from grants.shell.language import N_, _
from grants.shell.web import Id, page, see

LIST = lists.Listing(
    name="du-toan",
    table=Estimate,
    columns=[
        lists.Column("year", N_("Năm ngân sách"), Estimate.year, "number"),
        lists.Column("state", N_("Trạng thái"), Estimate.state, "status", says=estimates.status),
        lists.Column("made_by", N_("Người lập"), Estimate.made_by.full_name, sort_by=Estimate.made_by.sort_key),
        lists.Column("proposed_at", N_("Gửi lúc"), Estimate.proposed_at, "time"),
        lists.Column("decision", N_("Quyết định số"), Estimate.decision_number),
        lists.Column("decided_on", N_("Ngày"), Estimate.decided_on, "date"),
    ],
    order="-year",
    filters=[
        lists.chosen("state", N_("Trạng thái"), Estimate.state, lambda: [(s.value, estimates.label(s)) for s in estimates.State]),
    ],
    href=lambda row: f"/estimates/{row['id']}",
    extra=[Estimate.id],
)


class YearForm(Form):
    year: int = Field(ge=2020, le=2100)


class LineForm(Form):
    stream: Literal["capital", "recurrent"]
    purpose: Literal["continuing", "new", "management", "fund_contribution", "infrastructure"]
    name: Line
    proposed: Money


class Agreement(Form):
    amount: Money
    reason: MaybeLine = ""


class Decision(Form):
    number: Line = Field(max_length=60)
    on: Day


class Return(Form):
    reason: Text = Field(max_length=500)


async def visible(request: Request, id: int) -> Estimate:
    if estimate := await estimates.visible_to(request.user).where(Estimate.id == id).first():
        return estimate
    raise NotFoundException


async def line_of(estimate: Estimate, id: int) -> EstimateLine:
    if line := await EstimateLine.objects().where((EstimateLine.id == id) & (EstimateLine.estimate == estimate.id)).first():
        return line
    raise NotFoundException


@get("/estimates")
async def estimate_list(request: Request) -> Response:
    return await LIST.answer(
        request, estimates.seen_by(request.user), "budget/estimates.html", can_draft=estimates.can_draft(request.user)
    )


@get("/estimates/new")
async def new_estimate() -> Template:
    return page("budget/estimate_new.html", form=Typed({"year": str(budget_year(today()) + 1)}))


@post("/estimates")
async def open_estimate(request: Request) -> Template | Redirect:
    try:
        form = await read(YearForm, request)
        estimate = await estimates.open_estimate(form.year, by=request.user)
    except Invalid as invalid:
        return page("budget/estimate_new.html", form=invalid, status_code=422)
    except Refused as refused:
        return page("budget/estimate_new.html", form=again(form, refused), status_code=409)
    return see(f"/estimates/{estimate.id}")


@get("/estimates/{id:int}")
async def estimate_page(request: Request, id: Id) -> Template:
    return await estimate_shown(request, await visible(request, id), Typed())


async def estimate_shown(request: Request, estimate: Estimate, form: Typed, status_code: int = 200) -> Template:
    lines = await estimates.lines_of(estimate)
    return page(
        "budget/estimate.html", estimate=estimate, status=estimates.status(estimate.state), groups=grouped(lines), form=form,
        total=sums(lines), can_draft=estimates.can_draft(request.user, estimate), can_decide=estimates.can_decide(request.user, estimate),
        mine=await streams.answered_by(request.user) if estimate.state == estimates.State.PROPOSED else set(),
        streams_offered=stream_choices(), purposes=purpose_choices(), step=next_step(estimate, lines), status_code=status_code,
    )


def grouped(lines: list[EstimateLine]) -> list[tuple]:
    """Stream by stream: its badge, its lines with their purpose in words, its sums."""
    return [
        (streams.badge(stream), [(line, estimates.purpose_label(line.purpose)) for line in lines if line.stream == stream],
         sums([line for line in lines if line.stream == stream]))
        for stream in estimates.BUDGETED if any(line.stream == stream for line in lines)
    ]  # fmt: skip


def sums(lines: list[EstimateLine]) -> dict[str, int | None]:
    """The sum of each column; None for a column that nothing stands in yet."""
    return {
        name: sum(values) if (values := [v for line in lines if (v := getattr(line, name)) is not None]) else None
        for name in ("proposed", "agreed", "decided")
    }


def next_step(estimate: Estimate, lines: list[EstimateLine]) -> tuple[str, str, str]:
    """Who has to do what now."""
    if estimate.state == estimates.State.DRAFT:
        return _("Cán bộ Sở KH&CN"), _("Lập đủ các dòng rồi gửi cơ quan tài chính"), ""
    if estimate.state == estimates.State.PROPOSED:
        waiting = [line for line in lines if line.agreed is None]
        who = ", ".join(streams.label(stream) for stream in dict.fromkeys(line.stream for line in waiting))
        return _("Tài chính phụ trách {streams}").format(streams=who), _("Cho ý kiến {count} dòng").format(count=len(waiting)), ""
    if estimate.state == estimates.State.AGREED:
        return _("Lãnh đạo UBND tỉnh"), _("Quyết định giao dự toán"), ""
    return _("Không ai"), _("Dự toán đã ghi vào sổ ngân sách"), "idle"


def stream_choices() -> list[tuple[str, str]]:
    return [(stream.value, streams.label(stream)) for stream in estimates.BUDGETED]


def purpose_choices() -> list[tuple[str, str]]:
    return [(purpose.value, _(words)) for purpose, words in estimates.PURPOSES.items()]


@post("/estimates/{id:int}/lines")
async def propose_line(request: Request, id: Id) -> Template | Redirect:
    estimate = await visible(request, id)
    try:
        form = await read(LineForm, request)
        await estimates.propose_line(estimate, by=request.user, **form.model_dump())
    except Invalid as invalid:
        return await estimate_shown(request, estimate, invalid, 422)
    except Refused as refused:
        return await estimate_shown(request, estimate, again(form, refused), 409)
    return see(f"/estimates/{id}")


@get("/estimates/{id:int}/lines/{line:int}")
async def line_page(request: Request, id: Id, line: Id) -> Template:
    """Change a draft's line, or say what finance agrees to."""
    estimate = await visible(request, id)
    found = await line_of(estimate, line)
    form = shown(found, "stream", "purpose", "name", "proposed", "reason")
    form.values["amount"] = str(found.proposed if found.agreed is None else found.agreed)
    return await line_shown(request, estimate, found, form)


async def line_shown(request: Request, estimate: Estimate, line: EstimateLine, form: Typed, status_code: int = 200) -> Template:
    lines = await estimates.lines_of(estimate)
    return page(
        "budget/estimate_line.html", estimate=estimate, line=line, form=form, purpose=estimates.purpose_label(line.purpose),
        stream=streams.badge(line.stream), can_draft=estimates.can_draft(request.user, estimate),
        can_agree=estimate.state == estimates.State.PROPOSED and await streams.can_approve(request.user, line.stream),
        streams_offered=stream_choices(), purposes=purpose_choices(),
        whole=sum(one.proposed if one.agreed is None else one.agreed for one in lines if one.stream == line.stream),
        status_code=status_code,
    )


@post("/estimates/{id:int}/lines/{line:int}")
async def change_line(request: Request, id: Id, line: Id) -> Template | Redirect:
    estimate = await visible(request, id)
    found = await line_of(estimate, line)
    try:
        form = await read(LineForm, request)
        await estimates.change_line(found, by=request.user, **form.model_dump())
    except Invalid as invalid:
        return await line_shown(request, estimate, found, invalid, 422)
    except Refused as refused:
        return await line_shown(request, estimate, found, again(form, refused), 409)
    return see(f"/estimates/{id}")


@post("/estimates/{id:int}/lines/{line:int}/removal")
async def remove_line(request: Request, id: Id, line: Id) -> Redirect:
    estimate = await visible(request, id)
    await estimates.remove_line(await line_of(estimate, line), by=request.user)
    return see(f"/estimates/{id}")


@post("/estimates/{id:int}/submission")
async def submit(request: Request, id: Id) -> Template | Redirect:
    estimate = await visible(request, id)
    await estimates.submit(estimate, by=request.user)
    return see(f"/estimates/{id}")


@post("/estimates/{id:int}/lines/{line:int}/agreement")
async def agree(request: Request, id: Id, line: Id) -> Template | Redirect:
    estimate = await visible(request, id)
    found = await line_of(estimate, line)
    try:
        form = await read(Agreement, request)
        await estimates.agree(found, form.amount, reason=form.reason, by=request.user)
    except Invalid as invalid:
        return await line_shown(request, estimate, found, invalid, 422)
    except Refused as refused:
        return await line_shown(request, estimate, found, again(form, refused), 409)
    return see(f"/estimates/{id}")


@get("/estimates/{id:int}/decision")
async def decision_page(request: Request, id: Id) -> Template:
    return await decision_shown(request, await visible(request, id), Typed())


async def decision_shown(request: Request, estimate: Estimate, form: Typed, status_code: int = 200) -> Template:
    if not estimates.can_decide(request.user, estimate):
        raise NotFoundException
    lines = await estimates.lines_of(estimate)
    before = {p.stream: p.appropriated for p in await positions.of_year(estimate.year)}
    given = sum(line.agreed for line in lines if line.purpose == estimates.Purpose.FUND)
    added = {Stream.FUND.value: given} | {
        stream.value: sum(line.agreed for line in lines if line.stream == stream and line.purpose != estimates.Purpose.FUND)
        for stream in estimates.BUDGETED
    }
    changes = [
        (streams.label(stream), before[stream], before[stream] + added[stream], "money") for stream in Stream if added[stream]
    ]
    return page(
        "budget/estimate_decision.html", estimate=estimate, changes=changes, whole=sum(line.agreed for line in lines),
        changed=[line for line in lines if line.agreed != line.proposed], form=form, status_code=status_code,
    )


@post("/estimates/{id:int}/decision")
async def decide(request: Request, id: Id) -> Template | Redirect:
    estimate = await visible(request, id)
    try:
        form = await read(Decision, request)
        await estimates.decide(estimate, number=form.number, on=form.on, by=request.user)
    except Invalid as invalid:
        return await decision_shown(request, estimate, invalid, 422)
    except Refused as refused:
        return await decision_shown(request, estimate, again(form, refused), 409)
    return see(f"/estimates/{id}")


@post("/estimates/{id:int}/return")
async def send_back(request: Request, id: Id) -> Template | Redirect:
    estimate = await visible(request, id)
    try:
        form = await read(Return, request)
    except Invalid as invalid:
        return await decision_shown(request, estimate, invalid, 422)
    await estimates.send_back(estimate, reason=form.reason, by=request.user)
    return see(f"/estimates/{id}")


ROUTES = [
    estimate_list, new_estimate, open_estimate, estimate_page, propose_line, line_page, change_line, remove_line, submit, agree,
    decision_page, decide, send_back,
]  # fmt: skip
