"""Pages of the year's estimate while it is drawn up: list, lines, calculator, and the sheet that is filled in and read back."""

import itertools
from collections.abc import Callable
from functools import partial
from typing import Literal

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import classifications, estimate_basis, estimate_decisions, estimate_parts, estimate_sheets, estimates, streams
from budget.estimate_letters import named
from budget.estimate_parts import Part
from budget.sheets import BadSheet
from budget.tables import Estimate, EstimateLine
from grants.people.people import holds, today
from grants.people.tables import Role
from grants.shell import lists
from grants.shell.changes import Refused
from grants.shell.dates import budget_year
from grants.shell.forms import Form, Line, MaybeLine, Money, Typed, shown
from grants.shell.language import N_, _
from grants.shell.web import Id, Over, page, see, submitted

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
    classification: MaybeLine = Field(default="", max_length=40)
    name: Line
    proposed: Money


class Calculation(Form):
    stream: Literal["capital", "recurrent"]
    classification: MaybeLine = Field(default="", max_length=40)
    count: int = Field(ge=1, le=9999)  # as many as the working shows; a sum of such lines stays a whole number of the database


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
    """The next year that has none yet."""
    there = set(await Estimate.select(Estimate.year).output(as_list=True))
    year = next(year for year in itertools.count(budget_year(today()) + 1) if year not in there)
    return await new_shown(Typed({"year": str(year)}))


async def new_shown(form: Typed, status_code: int = 200) -> Template:
    return page("budget/estimate_new.html", form=form, status_code=status_code)


@post("/estimates")
async def open_estimate(request: Request) -> Template | Redirect:
    return await submitted(request, YearForm, estimates.open_estimate, shown=new_shown, to=lambda made: f"/estimates/{made.id}")


@get("/estimates/{id:int}")
async def estimate_page(request: Request, id: Id) -> Response:
    estimate = await visible(request, id)
    if wanted := lists.file_wanted(request):
        return await as_file(estimate, wanted)
    return await estimate_shown(request, id, Typed())


async def as_file(estimate: Estimate, wanted: str) -> Response:
    """The lines with the sums that the page shows; filled in, it is read back."""
    lines, parts = await estimates.lines_of(estimate), await estimate_parts.of(estimate)
    heads = [(_(label), kind) for label, kind in estimate_sheets.HEADS]
    table = heads, estimate_sheets.as_lines(lines, parts), estimate_sheets.totals(lines)
    return await lists.as_file(f"du-toan-{estimate.year}", wanted, *table)


async def estimate_shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    estimate = await visible(request, id)
    lines, parts = await estimates.lines_of(estimate), await estimate_parts.of(estimate)
    answering = estimate_parts.answered(estimate, parts) if holds(request.user, Role.FINANCE) else set()
    written = estimate_parts.written(estimate, parts) if estimates.can_draft(request.user) else set()
    return page(
        "budget/estimate.html", estimate=estimate, status=estimates.status(estimate.state), form=form, total=sums(lines), written=written,
        mine=answering & await streams.answered_by(request.user) if answering else set(), groups=grouped(lines, parts, estimate),
        can_decide=estimate_decisions.can_decide(request.user, estimate, parts), step=next_step(estimate, lines, parts),
        to_send=sum(line.proposed for line in lines if line.stream in written), status_code=status_code,
    )


def grouped(lines: list[EstimateLine], parts: dict[str, Part], estimate: Estimate) -> list[dict]:
    """Stream by stream: its badge, its lines with their purpose in words, its sums, and how far its part has come."""
    return [
        {"badge": streams.badge(stream), "lines": [(line, estimates.purpose_label(line.purpose)) for line in own], "sums": sums(own),
         "status": stream_status(own, parts[stream], estimate), "all_agreed": all(line.agreed is not None for line in own),
         "answered": sum(line.agreed is not None for line in own), "part": parts[stream]}
        for stream in estimates.BUDGETED if (own := [line for line in lines if line.stream == stream])
    ]  # fmt: skip


def stream_status(lines: list[EstimateLine], part: Part, estimate: Estimate) -> tuple[str, str]:
    """How far a stream's part has come: drawn up, asked for, agreed, sent to the leaders, sent back, decided."""
    if part.decided:
        return estimates.status(estimates.State.DECIDED)
    if part.submitted:
        return _("Đã trình, chờ quyết định"), "warn"
    if part.returned:
        return _("Bị trả lại, đang lập lại"), "bad"
    if estimate.state == estimates.State.DRAFT:
        return estimates.status(estimate.state)
    waiting = sum(line.agreed is None for line in lines)
    return (_("Còn {count} dòng chờ ý kiến").format(count=waiting), "progress") if waiting else (_("Đã cho ý kiến, chưa trình"), "warn")


def sums(lines: list[EstimateLine]) -> dict[str, int | None]:
    """The sum of each column; None for a column that nothing stands in yet."""
    return {
        name: sum(values) if (values := [v for line in lines if (v := getattr(line, name)) is not None]) else None
        for name in ("proposed", "agreed", "decided")
    }


def next_step(estimate: Estimate, lines: list[EstimateLine], parts: dict[str, Part]) -> tuple[str, str, str]:
    """Who has to do what now: the officer, else finance, else the leaders."""
    there = dict.fromkeys(line.stream for line in lines)
    if estimate.state == estimates.State.DRAFT:
        return _("Cán bộ quản lý nhiệm vụ"), _("Lập đủ các dòng rồi gửi cơ quan tài chính"), ""
    if back := [stream for stream in there if parts[stream].returned]:
        return _("Cán bộ quản lý nhiệm vụ"), _("Lập lại phần {streams} rồi gửi cơ quan tài chính").format(streams=named(back)), ""
    if asked := [stream for stream in there if not parts[stream].submitted]:
        left = sum(line.agreed is None for line in lines if line.stream in asked)
        what = _("Cho ý kiến {count} dòng rồi trình lãnh đạo tỉnh").format(count=left) if left else _("Trình lãnh đạo tỉnh")
        return _("Tài chính phụ trách {streams}").format(streams=", ".join(streams.label(stream) for stream in asked)), what, ""
    if due := [stream for stream in there if parts[stream].waits]:
        return _("Lãnh đạo tỉnh"), _("Quyết định giao dự toán phần {streams}").format(streams=named(due)), ""
    return _("Không ai"), _("Dự toán đã ghi vào sổ ngân sách"), "idle"


def stream_choices() -> list[tuple[str, str]]:
    return [(stream.value, streams.label(stream)) for stream in estimates.BUDGETED]


def purpose_choices() -> list[tuple[str, str]]:
    return [(purpose.value, _(words)) for purpose, words in estimates.PURPOSES.items()]


@get("/estimates/{id:int}/lines/new")
async def new_line(request: Request, id: Id) -> Template:
    await drafted(request, id)
    return await line_shown(request, id, None, Typed())


@post("/estimates/{id:int}/lines")
async def propose_line(request: Request, id: Id) -> Template | Redirect:
    proposing = partial(estimates.propose_line, await visible(request, id))
    return await submitted(request, LineForm, proposing, shown=partial(line_shown, request, id, None), to=f"/estimates/{id}")


async def drafted(request: Request, id: int) -> Estimate:
    """An estimate of which this person may still write a part."""
    estimate = await visible(request, id)
    if not await estimates.drafted_by(request.user, estimate):
        raise Over(f"/estimates/{id}")
    return estimate


@get("/estimates/{id:int}/lines/{line:int}")
async def line_page(request: Request, id: Id, line: Id) -> Template:
    """One line; while its part is written, to be changed."""
    found = await line_of(await visible(request, id), line)
    return await line_shown(request, id, line, shown(found, "stream", "purpose", "classification", "name", "proposed"))


async def line_shown(request: Request, id: int, line_id: int | None, form: Typed, status_code: int = 200) -> Template:
    estimate = await visible(request, id)
    line = await line_of(estimate, line_id) if line_id else None
    written = await estimates.drafted_by(request.user, estimate)
    return page(
        "budget/estimate_line.html", estimate=estimate, line=line, form=form,
        purpose=estimates.purpose_label(line.purpose) if line else "", stream=streams.badge(line.stream) if line else None,
        can_draft=line.stream in written if line else bool(written),
        streams_offered=[one for one in stream_choices() if one[0] in written], purposes=purpose_choices(),
        codes=await classifications.choices(estimate.year), status_code=status_code,
    )


@post("/estimates/{id:int}/lines/{line:int}")
async def change_line(request: Request, id: Id, line: Id) -> Template | Redirect:
    changing = partial(estimates.change_line, await line_of(await visible(request, id), line))
    return await submitted(request, LineForm, changing, shown=partial(line_shown, request, id, line), to=f"/estimates/{id}")


@post("/estimates/{id:int}/lines/{line:int}/removal")
async def remove_line(request: Request, id: Id, line: Id) -> Template | Redirect:
    removing = partial(estimates.remove_line, await line_of(await visible(request, id), line))
    return await submitted(request, Form, removing, shown=partial(estimate_shown, request, id), to=f"/estimates/{id}")


async def step(request: Request, id: int, verb: Callable) -> Template | Redirect:
    """A step of the whole estimate that needs nothing typed."""
    estimate = await visible(request, id)
    return await submitted(request, Form, partial(verb, estimate), shown=partial(estimate_shown, request, id), to=f"/estimates/{id}")


@post("/estimates/{id:int}/continuing")
async def draw_continuing(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, estimates.draw_continuing)


@get("/estimates/{id:int}/calculator")
async def calculator(request: Request, id: Id) -> Template:
    """What new work would cost: the planned number times the average of three years, with the working."""
    await drafted(request, id)
    return await calculator_shown(request, id, Typed(dict(request.query_params)))


async def calculator_shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    estimate = await visible(request, id)
    count = form.values.get("count", "")
    planned = int(count) if count.isascii() and count.isdigit() and len(count) < 5 else None
    averages = [(streams.badge(stream), await estimate_basis.average(stream, estimate.year)) for stream in estimates.BUDGETED]
    return page(
        "budget/estimate_calculator.html", estimate=estimate, form=form, averages=averages, planned=planned,
        streams_offered=stream_choices(), codes=await classifications.choices(estimate.year), status_code=status_code,
    )


@post("/estimates/{id:int}/calculator")
async def calculate(request: Request, id: Id) -> Template | Redirect:
    proposing = partial(estimates.propose_new_work, await visible(request, id))
    return await submitted(request, Calculation, proposing, shown=partial(calculator_shown, request, id), to=f"/estimates/{id}")


@get("/estimates/{id:int}/import")
async def import_page(request: Request, id: Id) -> Template:
    return await import_shown(request, id, [], Typed())


async def import_shown(request: Request, id: int, problems: list[str], form: Typed, status_code: int = 200) -> Template:
    estimate = await visible(request, id)
    writes = bool(await estimates.drafted_by(request.user, estimate))
    return page("budget/estimate_import.html", estimate=estimate, problems=problems, form=form, writes=writes, status_code=status_code)


@post("/estimates/{id:int}/import")
async def take_sheet(request: Request, id: Id) -> Template | Redirect:
    """A filled sheet: the officer's proposal while a part is written, finance's answer while it waits for that."""
    estimate = await visible(request, id)
    file = (await request.form()).get("file")
    writes = await estimates.drafted_by(request.user, estimate)
    take = estimate_sheets.take_proposal if writes else estimate_sheets.take_agreement
    try:
        if not isinstance(file, UploadFile):
            raise BadSheet([_("Hãy chọn một tệp XLSX.")])
        await take(estimate, await file.read(), by=request.user)
    except BadSheet as bad:
        said = Typed({}, {"file": _("Tệp chưa được nhận: {count} chỗ cần sửa.").format(count=len(bad.problems))})
        return await import_shown(request, id, bad.problems, said, 422)
    except Refused as refused:
        return await import_shown(request, id, [], Typed({}, {"file": str(refused)}), 409)
    return see(f"/estimates/{id}")


@post("/estimates/{id:int}/submission")
async def submit(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, estimates.submit)


ROUTES = [
    estimate_list, new_estimate, open_estimate, estimate_page, new_line, propose_line, line_page, change_line, remove_line,
    draw_continuing, calculator, calculate, import_page, take_sheet, submit,
]  # fmt: skip
