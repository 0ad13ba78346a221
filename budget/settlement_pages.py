"""Pages of settlements: the list, a project's, the sheet that is filled in, the decision, the paper and the workbook."""

from collections.abc import Callable
from functools import partial

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import names, settlement_decisions, settlements, streams
from budget.payment_tables import Settlement
from budget.settlements import Claim
from grants.people import organisations
from grants.people.people import today
from grants.people.tables import Organisation, Role
from grants.projects import heads
from grants.projects.tables import Project
from grants.shell import dates, lists, money
from grants.shell.changes import Refused
from grants.shell.forms import Day, Form, Line, Text, Typed, posted
from grants.shell.language import N_, _, either, speaking
from grants.shell.money import in_words, show
from grants.shell.web import Id, Over, page, see, submitted

LIST = lists.Listing(
    name="quyet-toan",
    table=Settlement,
    columns=[
        lists.Column("id", N_("Số"), Settlement.id, "code", says=settlements.number),
        lists.Column("year", N_("Năm"), Settlement.year, says=lambda year: str(year) if year else _("Toàn bộ")),
        lists.Column("state", N_("Trạng thái"), Settlement.state, "status", says=settlements.status),
        lists.Column("title", N_("Tên nhiệm vụ"), Settlement.project.title, "long", english=Settlement.project.title_en),
        lists.Column("project", N_("Nhiệm vụ"), Settlement.project.code, "code"),
        lists.Column("made_at", N_("Lập lúc"), Settlement.made_at, "time"),
        lists.Column("decision", N_("Quyết định số"), Settlement.decision_number),
        lists.Column("decided_on", N_("Ngày"), Settlement.decided_on, "date"),
    ],
    order="-id",
    filters=[
        lists.search(Settlement.project.folded),
        lists.chosen("state", N_("Trạng thái"), Settlement.state, lambda: [(s.value, settlements.label(s)) for s in settlements.State]),
        lists.year("year", N_("Năm ngân sách"), Settlement.year),
    ],
    href=lambda row: f"/settlements/{row['id']}",
)
LINES = [
    (N_("Nội dung chi"), "text"), (N_("Năm"), "number"), (N_("Nguồn"), "stream"), (N_("Phương thức"), "text"), (N_("Dự toán"), "money"),
    (N_("Đề nghị quyết toán"), "money"), (N_("Quyết toán"), "money"), (N_("Lý do chênh lệch"), "text"),
]
SUMS = [
    (N_("Nguồn"), "stream"), (N_("Năm"), "number"), (N_("Đã thanh toán"), "money"), (N_("Quyết toán"), "money"),
    (N_("Đơn vị được giữ"), "money"), (N_("Phải nộp trả"), "money"),
]


class Decision(Form):
    number: Line = Field(max_length=60)
    on: Day


class Refusal(Form):
    reason: Text = Field(max_length=500)


async def visible(request: Request, id: int) -> Settlement:
    if found := await settlements.visible_to(request.user).where(Settlement.id == id).first():
        return found
    raise NotFoundException


@get("/settlements")
async def settlement_list(request: Request) -> Response:
    return await LIST.answer(request, settlements.seen_by(request.user), "budget/settlements.html")


@get("/projects/{id:int}/settlements")
async def project_settlements(request: Request, id: Id) -> Template:
    """A project's settlements, and what waits to be settled."""
    project = await heads.visible(request, id)
    found = await Settlement.objects().where((Settlement.project == project.id) & settlements.seen_by(request.user)).order_by(Settlement.id)
    still = await settlements.unsettled(project, None)
    return heads.framed(
        request,
        "budget/project_settlements.html",
        project,
        "/payments",
        found=[
            [
                (settlements.number(s.id), f"/settlements/{s.id}"),
                s.year or _("Toàn bộ"),
                settlements.status(s.state),
                s.decision_number or "–",
                s.decided_on,
            ]
            for s in found
        ],
        still=[[one["year"], streams.badge(one["stream"]), one["paid"], one["advanced"]] for one in still],
        years=sorted({one["year"] for one in still if one["paid"]}),
        can_propose=settlements.can_propose(request.user, project),
    )


@get("/projects/{id:int}/settlements/new")
async def new(request: Request, id: Id) -> Template:
    """The sheet to fill in, with what was paid shared out as planned."""
    project = await heads.visible(request, id)
    if not settlements.can_propose(request.user, project):
        raise Over(f"/projects/{id}/settlements")
    year = lists.whole(request.query_params["year"]) if request.query_params.get("year") else None
    lines = await settlements.sheet(project, year)
    typed = {
        "year": str(year or ""),
        **{f"{kind}-{line['id']}": str(line["declared"]) for line in lines for kind in ("declared", "approved")},
    }
    return await sheet_shown(request, project, year, Typed(typed), lines=lines)


async def sheet_shown(
    request: Request, project: Project, year: int | None, form: Typed, status_code: int = 200, *, lines: list[dict] | None = None
) -> Template:
    lines = await settlements.sheet(project, year) if lines is None else lines
    still = await settlements.unsettled(project, year)
    return heads.framed(
        request, "budget/settlement_new.html", project, "/payments", form=form, year=year, status_code=status_code,
        lines=[line | {"label": either(line["name"], line["name_en"]), "stream": streams.badge(line["source"])} for line in lines],
        still=[[one["year"], streams.badge(one["stream"]), one["paid"], one["advanced"]] for one in still],
    )


async def typed_claims(request: Request) -> tuple[dict[str, str], dict[int, Claim], dict[str, str]]:
    """What was typed, the claims by line id, and what could not be read."""
    typed = await posted(request)
    claims, wrong = {}, {}
    for key in typed:
        kind, _dash, id = key.partition("-")
        if kind != "declared" or not id.isascii() or not id.isdigit() or len(id) > 9:
            continue
        amounts = []
        for name in (key, f"approved-{id}"):
            try:
                amounts.append(money.read(typed.get(name, "")))
            except ValueError as problem:
                wrong[name] = str(problem)
        if len(amounts) == 2:
            claims[int(id)] = Claim(*amounts, typed.get(f"reason-{id}", "")[:500].strip())
    return typed, claims, wrong


@post("/projects/{id:int}/settlements")
async def propose(request: Request, id: Id) -> Template | Redirect:
    project = await heads.visible(request, id)
    typed, claims, wrong = await typed_claims(request)
    year = lists.whole(typed["year"]) if typed.get("year") else None
    if wrong:
        return await sheet_shown(request, project, year, Typed(typed, wrong), 422)
    try:
        row = await settlements.propose(
            project,
            year=year,
            claims=claims,
            development_fund="development_fund" in typed,
            note=typed.get("note", "")[:1000],
            by=request.user,
        )
    except Refused as refused:
        return await sheet_shown(request, project, year, Typed(typed, {"": str(refused)}), 409)
    return see(f"/settlements/{row.id}")


@get("/settlements/{id:int}")
async def settlement_page(request: Request, id: Id) -> Response:
    row = await visible(request, id)
    if wanted := lists.file_wanted(request):
        lines, totals = await table_of(row)
        heads_ = [(_(label), kind) for label, kind in LINES]
        return await lists.as_file(settlements.number(row.id), wanted, heads_, lists.in_words(heads_, lines), totals)
    return await shown(request, id, Typed())


async def table_of(row: Settlement) -> tuple[list[list], list]:
    """The settlement's lines as page, paper and workbook have them, and their sums."""
    found = await settlements.lines_of(row)
    lines = [[
        f"{either(one['name'], one['name_en'])}{': ' if one['note'] else ''}{one['note']}", one["year"], streams.badge(one["stream"]),
        _("Không khoán") if one["actual"] else _("Khoán"), one["planned"], one["declared"], one["approved"], one["reason"],
    ] for one in found]
    return lines, [None, None, None, None, *(sum(line[n] for line in lines) for n in (4, 5, 6)), None]


async def sums_table(row: Settlement) -> list[list]:
    return [[streams.badge(one.stream), one.year, one.paid, one.approved, one.kept, one.back] for one in await settlements.sums_of(row)]


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    row = await visible(request, id)
    project = await Project.objects().get(Project.id == row.project)
    lines, totals = await table_of(row)
    sums = await sums_table(row)
    return page(
        "budget/settlement.html", row=row, project=project, number=settlements.number(row.id), form=form, status_code=status_code,
        status=settlements.status(row.state), about=settlements.about(row, project), people=await names.of([row.made_by, row.decided_by]),
        line_heads=[(_(label), kind) for label, kind in LINES], lines=lines, totals=["" if one is None else one for one in totals],
        sum_heads=[(_(label), kind) for label, kind in SUMS], sums=sums, back=sum(one[5] for one in sums),
        parts=await parts_table(row), own=[streams.label(stream) for stream in await settlement_decisions.own_parts(request.user, row)],
        settled=sum(one[2] - one[5] for one in sums),
    )


async def parts_table(row: Settlement) -> list[list]:
    """Who has approved the part of which stream: stream, unit, person, decision, day; a part that waits says so."""
    found, there = [], await settlement_decisions.given(row)
    units = await streams.names(row.year or today().year)
    people = dict(zip(there, await names.of([one.by for one in there.values()]), strict=True))
    for stream in sorted({one.stream for one in await settlements.sums_of(row)}):
        part = there.get(stream)
        said = [people[stream], part.number, part.on] if part else [_("Chưa phê duyệt"), "", None]
        found.append([streams.badge(stream), units.get(stream, "–"), *said])
    return found


@get("/settlements/{id:int}/paper")
async def paper(request: Request, id: Id) -> Template:
    """The settlement as it is signed, in Vietnamese whoever asks."""
    row = await visible(request, id)
    project = await Project.objects().get(Project.id == row.project)
    organisation = await Organisation.objects().get(Organisation.id == project.lead_organisation)
    with speaking("vi"):
        lines, totals = await table_of(row)
        sums, parts = await sums_table(row), await parts_table(row)
    settled, back = sum(one[2] - one[5] for one in sums), sum(one[5] for one in sums)
    return page(
        "budget/settlement_paper.html",
        row=row,
        project=project,
        organisation=organisation.name,
        number=settlements.number(row.id),
        lines=lines,
        totals=totals,
        sums=sums,
        parts=parts,
        parts_signed=[(part[1].upper(), part[2] if part[3] else "") for part in parts],
        settled=show(settled),
        settled_words=in_words(settled),
        back_amount=back,
        back_said=show(back),
        back_words=in_words(back),
        day=dates.show_on_paper(row.decided_on or today()),
        people=await names.of([row.made_by, row.decided_by]),
        issuer=await organisations.acting(Role.OFFICER, row.decided_on or today(), row.made_by),
        back=f"/settlements/{row.id}",
    )


async def step(request: Request, id: int, shape: type[Form], verb: Callable) -> Template | Redirect:
    row = await visible(request, id)
    return await submitted(request, shape, partial(verb, row), shown=partial(shown, request, id), to=f"/settlements/{id}")


@post("/settlements/{id:int}/approval")
async def approve(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Decision, settlement_decisions.approve)


@post("/settlements/{id:int}/refusal")
async def refuse(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Refusal, settlement_decisions.refuse)


ROUTES = [settlement_list, project_settlements, new, propose, settlement_page, paper, approve, refuse]
