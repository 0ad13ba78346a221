"""Pages of the budget appraisal: the list, founding a team, the budget line by line, the conclusion."""

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from grants.people import organisations
from grants.people.people import titled
from grants.people.tables import Person, Role
from grants.proposals import proposals
from grants.proposals.drafts import SOURCES
from grants.proposals.tables import BudgetLine, Proposal
from grants.shell.changes import Refused
from grants.shell.dates import local, show_on_paper
from grants.shell.forms import Form, Invalid, Line, MaybeId, MaybeText, Money, Typed, Whole, read
from grants.shell.language import N_, _, either, speaking
from grants.shell.lists import XLSX, Column, Filter, Listing, as_csv, as_xlsx, chosen, containing
from grants.shell.web import Id, attachment, page, see
from review import appraisals
from review.appraisals import PARTS, Part, State
from review.tables import Appraisal

LIST = Listing(
    name="tham-dinh-kinh-phi", table=Appraisal, order="-opened_at", href=lambda row: f"/appraisals/{row['id']}", extra=[Appraisal.id],
    columns=[
        Column("title", N_("Hồ sơ"), Appraisal.proposal.title, "long", english=Appraisal.proposal.title_en),
        Column("reference", N_("Mã hồ sơ"), Appraisal.proposal.reference, kind="code", under="title"),
        Column("state", N_("Trạng thái"), Appraisal.state, kind="status", says=appraisals.status),
        Column("requested", N_("Ngân sách đề nghị"), Appraisal.proposal.requested_state, kind="money", total=True),
        Column("appraised", N_("Sau thẩm định"), Appraisal.proposal.appraised, kind="money", total=True),
        Column("opened_at", N_("Lập tổ"), Appraisal.opened_at, kind="date"),
        Column("concluded_at", N_("Kết luận"), Appraisal.concluded_at, kind="date"),
    ],
    filters=[
        Filter("q", N_("Tìm (có dấu hoặc không dấu)"), containing(Appraisal.proposal.folded)),
        chosen("state", N_("Trạng thái"), Appraisal.state, lambda: [(state.value, appraisals.status(state)[0]) for state in State]),
    ],
)


class Team(Form):
    proposal: int = Field(gt=0, lt=2**31)
    head: MaybeId = None
    deputy: MaybeId = None
    funding: MaybeId = None
    council: MaybeId = None
    secretary: MaybeId = None


class Change(Form):
    after: Money
    reason: Line


class Conclusion(Form):
    present: list[Whole] = Field(default_factory=list, max_length=20)
    dissent: MaybeText = ""


async def visible(request: Request, id: Id) -> Appraisal:
    if appraisal := await appraisals.visible_to(request.user).where(Appraisal.id == id).first():
        return appraisal
    raise NotFoundException


@get("/appraisals")
async def listed(request: Request) -> Response:
    """The appraisals, and for the officer above them the recommended applications that still wait for one."""
    return await LIST.answer(
        request, appraisals.seen_by(request.user), "review/appraisals/list.html",
        waiting=await appraisals.unopened() if appraisals.can_open(request.user) else [],
    )


@get("/appraisals/new")
async def open_form(request: Request) -> Template:
    wanted = request.query_params.get("proposal", "")
    return await team_page(request, int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else 0, Typed())


async def team_page(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    proposal = await proposals.visible_to(request.user).where(Proposal.id == id).first()
    if proposal is None or proposal.state != Proposal.State.RECOMMENDED or not appraisals.can_open(request.user):
        raise NotFoundException
    nobody = [("", _("Chọn người"))]
    return page(
        "review/appraisals/new.html", proposal=proposal, parts=[(part.value, _(words)) for part, words in PARTS.items()], form=form,
        officials=nobody + [(str(row["id"]), row["full_name"]) for row in await appraisals.officials(id)],
        judges=nobody + [(str(row["id"]), row["full_name"]) for row in await appraisals.panel_representatives(id)],
        status_code=status_code,
    )


@post("/appraisals")
async def open_appraisal(request: Request) -> Template | Redirect:
    try:
        form = await read(Team, request)
    except Invalid as invalid:
        typed = invalid.values.get("proposal", "")
        return await team_page(request, int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0, invalid, 422)
    proposal = await proposals.visible_to(request.user).where(Proposal.id == form.proposal).first()
    if proposal is None:
        raise NotFoundException
    chosen_ones = {part: getattr(form, part.value) for part in Part}
    found = {row.id: row for row in await Person.objects().where(Person.id.is_in([id for id in chosen_ones.values() if id] or [0]))}
    team = {part: found[id] for part, id in chosen_ones.items() if id in found}
    typed = {name: "" if value is None else str(value) for name, value in form.model_dump().items()}
    missing = {part.value: _("Hãy chọn một người.") for part in Part if part not in team}
    if missing:
        return await team_page(request, proposal.id, Typed(typed, missing), 422)
    try:
        opened = await appraisals.open_appraisal(proposal, team, by=request.user)
    except Refused as refused:
        return await team_page(request, proposal.id, Typed(typed, {"": str(refused)}), 409)
    return see(f"/appraisals/{opened.id}")


@get("/appraisals/{id:int}")
async def shown(request: Request, id: Id) -> Template | Response:
    appraisal = await visible(request, id)
    wanted = request.query_params.get("format")
    if wanted in ("xlsx", "csv"):
        return await as_file(await appraisals.lines(appraisal), wanted)
    return await appraisal_page(request, appraisal)


async def appraisal_page(request: Request, appraisal: Appraisal, form: Typed | None = None, status_code: int = 200) -> Template:
    """The budget line by line: requested, appraised, the reasons; sums by year and source; the conclusion."""
    found, team = await appraisals.lines(appraisal), await appraisals.team(appraisal)
    changes = await appraisals.history(appraisal)
    proposal = await Proposal.objects().where(Proposal.id == appraisal.proposal).first()
    rule = await appraisals.rule_for(appraisal.proposal)
    return page(
        "review/appraisals/show.html", appraisal=appraisal, proposal=proposal, status=appraisals.status(appraisal.state),
        lines=[worded(row) | {"reasons": [c["reason"] for c in changes if c["line"] == row["id"]]} for row in found],
        sums=[row | {"source": _(SOURCES[row["source"]])} for row in appraisals.by_year_and_source(found)],
        totals=totals(found), team=[named(row) for row in team], changes=[changed(c, found) for c in changes],
        may=await appraisals.can_change(request.user, appraisal), quorum=rule.quorum.share, status_code=status_code,
        form=form or Typed({"present": [str(row["person"]) for row in team]}),
    )


@get("/appraisals/{id:int}/minutes")
async def minutes(request: Request, id: Id) -> Template:
    """The minutes of a concluded appraisal (B3-1, B3-2), out of the same lines and sums as its page; its words stay Vietnamese."""
    appraisal = await visible(request, id)
    if appraisal.state != State.CONCLUDED:
        raise NotFoundException
    with speaking("vi"):
        found, team = await appraisals.lines(appraisal), [named(row) for row in await appraisals.team(appraisal)]
        changes = await appraisals.history(appraisal)
        proposal = await Proposal.objects().where(Proposal.id == appraisal.proposal).first()
        rule = await appraisals.rule_for(appraisal.proposal)
        held = await appraisals.held_with(appraisal, [row["person"] for row in team if row["present"]])
        return page(
            "review/appraisals/minutes.html", appraisal=appraisal, proposal=proposal, team=team, share=rule.quorum.share, held=held,
            lines=[worded(row) | {"reasons": [c["reason"] for c in changes if c["line"] == row["id"]]} for row in found],
            sums=[row | {"source": _(SOURCES[row["source"]])} for row in appraisals.by_year_and_source(found)], totals=totals(found),
            office=await organisations.acting(Role.OFFICER, local(appraisal.concluded_at).date(), appraisal.opened_by),
            day=show_on_paper(appraisal.concluded_at), head=part(team, "head"), secretary=part(team, "secretary"),
        )


def part(team: list[dict], wanted: str) -> str:
    return next((row["name"] for row in team if row["part"] == wanted), "")


def worded(row: dict) -> dict:
    group = f"{row['group_number']}. {either(row['group_name'], row['group_name_en'])}"
    return row | {"group": group, "source_name": _(SOURCES[row["source"]])}


def totals(found: list[dict]) -> dict[str, int]:
    """All money and state money, before and after, in đồng."""
    state = [row for row in found if row["source"] in proposals.STATE_SOURCES]
    return {
        "requested": sum(row["requested"] for row in found), "appraised": sum(row["appraised"] for row in found),
        "state_requested": sum(row["requested"] for row in state), "state_appraised": sum(row["appraised"] for row in state),
    }


def named(row: dict) -> dict:
    who = Person(full_name=row["full_name"], degree=row["degree"], academic_rank=row["academic_rank"])
    return row | {"name": titled(who), "part_name": _(PARTS[Part(row["part"])])}


def changed(change: dict, found: list[dict]) -> dict:
    """A change as the timeline shows it."""
    line = worded(next(row for row in found if row["id"] == change["line"]))
    return {
        "when": change["at"], "who": change["full_name"],
        "what": f"{line['group']}, {line['year']}, {line['source_name']}", "before": change["before"], "after": change["after"],
        "reason": change["reason"],
    }


async def as_file(found: list[dict], wanted: str) -> Response:
    heads = [(_("Nhóm chi"), "text"), (_("Năm"), "code"), (_("Nguồn"), "text"), (_("Thuyết minh"), "text"),
             (_("Đề nghị"), "money"), (_("Sau thẩm định"), "money")]
    rows = [[w["group"], str(w["year"]), w["source_name"], w["note"], w["requested"], w["appraised"]] for w in map(worded, found)]
    sums = [None, None, None, None, totals(found)["requested"], totals(found)["appraised"]]
    if wanted == "csv":
        return attachment(as_csv(heads, rows, sums), "tham-dinh.csv", "text/csv; charset=utf-8")
    return attachment(as_xlsx(heads, rows, sums), "tham-dinh.xlsx", XLSX)


async def line_of(request: Request, id: Id, line: Id) -> tuple[Appraisal, BudgetLine]:
    appraisal = await visible(request, id)
    found = await BudgetLine.objects().where((BudgetLine.id == line) & (BudgetLine.proposal == appraisal.proposal)).first()
    if found is None:
        raise NotFoundException
    return appraisal, found


@get("/appraisals/{id:int}/lines/{line:int}")
async def line_form(request: Request, id: Id, line: Id) -> Template:
    appraisal, found = await line_of(request, id, line)
    return await line_page(request, appraisal, found, None)


async def line_page(request: Request, appraisal: Appraisal, line: BudgetLine, form: Typed | None, status_code: int = 200) -> Template:
    if not await appraisals.can_change(request.user, appraisal):
        raise NotFoundException
    row = worded(next(row for row in await appraisals.lines(appraisal) if row["id"] == line.id))
    return page(
        "review/appraisals/line.html", appraisal=appraisal, line=row, form=form or Typed({"after": str(row["appraised"])}),
        changes=await appraisals.history(appraisal, line.id), status_code=status_code,
    )


@post("/appraisals/{id:int}/lines/{line:int}")
async def change_line(request: Request, id: Id, line: Id) -> Template | Redirect:
    appraisal, found = await line_of(request, id, line)
    try:
        form = await read(Change, request)
    except Invalid as invalid:
        return await line_page(request, appraisal, found, invalid, 422)
    try:
        await appraisals.change_line(appraisal, found, after=form.after, reason=form.reason, by=request.user)
    except Refused as refused:
        return await line_page(request, appraisal, found, Typed({"after": str(form.after), "reason": form.reason}, {"": str(refused)}), 409)
    return see(f"/appraisals/{id}")


@post("/appraisals/{id:int}/conclusion")
async def conclude(request: Request, id: Id) -> Template | Redirect:
    appraisal = await visible(request, id)
    try:
        form = await read(Conclusion, request)
    except Invalid as invalid:
        return await appraisal_page(request, appraisal, invalid, 422)
    try:
        await appraisals.conclude(appraisal, present=form.present, dissent=form.dissent, by=request.user)
    except Refused as refused:
        typed = Typed({"present": [str(id) for id in form.present], "dissent": form.dissent}, {"": str(refused)})
        return await appraisal_page(request, appraisal, typed, 409)
    return see(f"/appraisals/{id}")


ROUTES = [listed, open_form, open_appraisal, shown, minutes, line_form, change_line, conclude]
