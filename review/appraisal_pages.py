"""Pages of the budget appraisal: the list, founding a team, the budget line by line, the conclusion."""

from functools import partial
from typing import Annotated

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import BeforeValidator, Field

from grants.people import organisations
from grants.people.people import titled
from grants.people.tables import Person, Role
from grants.proposals import proposals
from grants.proposals.drafts import SOURCES
from grants.proposals.tables import BudgetLine, Proposal
from grants.shell.changes import require
from grants.shell.dates import local, show_on_paper
from grants.shell.forms import Form, Line, MaybeText, Money, Typed, Whole
from grants.shell.language import N_, _, either, speaking
from grants.shell.lists import Column, Filter, Listing, as_file, chosen, file_wanted
from grants.shell.searches import containing
from grants.shell.web import Id, Over, page, submitted
from review import appraisals
from review.appraisal_tables import Appraisal
from review.appraisals import PARTS, Part, State

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


def somebody(typed: object) -> object:
    if not typed:
        raise ValueError(_("Hãy chọn một người."))
    return typed


Somebody = Annotated[int, Field(default="", gt=0, lt=2**31, validate_default=True), BeforeValidator(somebody)]


class Team(Form):
    proposal: int = Field(gt=0, lt=2**31)
    head: Somebody
    deputy: Somebody
    funding: Somebody
    council: Somebody
    secretary: Somebody


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
    return await team_page(request, Typed({"proposal": request.query_params.get("proposal", "")}))


async def team_page(request: Request, form: Typed, status_code: int = 200) -> Template:
    proposal = await waiting(request, form.values.get("proposal", ""))
    nobody = [("", _("Chọn người"))]
    return page(
        "review/appraisals/new.html", proposal=proposal, parts=[(part.value, _(words)) for part, words in PARTS.items()], form=form,
        officials=nobody + [(str(row["id"]), row["full_name"]) for row in await appraisals.officials(proposal.id)],
        judges=nobody + [(str(row["id"]), row["full_name"]) for row in await appraisals.panel_representatives(proposal.id)],
        status_code=status_code,
    )


async def waiting(request: Request, typed: str) -> Proposal:
    """The recommended application whose team is being named."""
    id = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
    proposal = await proposals.visible_to(request.user).where(Proposal.id == id).first()
    if proposal is None or proposal.state != Proposal.State.RECOMMENDED or not appraisals.can_open(request.user):
        raise NotFoundException
    return proposal


async def opened(proposal: int, *, by: Person, **chosen: int) -> Appraisal:
    found = {row.id: row for row in await Person.objects().where(Person.id.is_in(list(chosen.values())))}
    require(len(found) == len(set(chosen.values())), _("Hãy chọn một người."))
    about = await proposals.visible_to(by).where(Proposal.id == proposal).first()
    require(about, _("Không có hồ sơ này."))
    return await appraisals.open_appraisal(about, {part: found[chosen[part.value]] for part in Part}, by=by)


@post("/appraisals")
async def open_appraisal(request: Request) -> Template | Redirect:
    return await submitted(request, Team, opened, shown=partial(team_page, request), to=lambda row: f"/appraisals/{row.id}")


@get("/appraisals/{id:int}")
async def shown(request: Request, id: Id) -> Template | Response:
    if wanted := file_wanted(request):
        return await file_of(await appraisals.lines(await visible(request, id)), wanted)
    return await appraisal_page(request, id)


async def appraisal_page(request: Request, id: int, form: Typed | None = None, status_code: int = 200) -> Template:
    """The budget line by line: requested, appraised, the reasons; sums by year and source; the conclusion."""
    appraisal = await visible(request, id)
    found, team = await appraisals.lines(appraisal), await appraisals.team(appraisal)
    changes = await appraisals.history(appraisal)
    proposal = await Proposal.objects().where(Proposal.id == appraisal.proposal).first()
    rule = await appraisals.rule_for(appraisal.proposal)
    return page(
        "review/appraisals/show.html", appraisal=appraisal, proposal=proposal, status=appraisals.status(appraisal.state),
        lines=[reasoned(row, changes) for row in found],
        sums=[row | {"source": _(SOURCES[row["source"]])} for row in appraisals.by_year_and_source(found)],
        totals=totals(found), team=[named(row) for row in team], changes=[changed(c, found) for c in changes],
        may=await appraisals.can_change(request.user, appraisal), quorum=rule.quorum.share, status_code=status_code,
        form=form or Typed(),
    )


@get("/appraisals/{id:int}/minutes")
async def minutes(request: Request, id: Id) -> Template:
    """The minutes of a concluded appraisal (B3-1, B3-2), out of the same lines and sums as its page; its words stay Vietnamese."""
    appraisal = await visible(request, id)
    if appraisal.state != State.CONCLUDED:
        raise Over(f"/appraisals/{id}")
    with speaking("vi"):
        found, team = await appraisals.lines(appraisal), [named(row) for row in await appraisals.team(appraisal)]
        changes = await appraisals.history(appraisal)
        proposal = await Proposal.objects().where(Proposal.id == appraisal.proposal).first()
        rule = await appraisals.rule_for(appraisal.proposal)
        held = await appraisals.held_with(appraisal, [row["person"] for row in team if row["present"]])
        return page(
            "review/appraisals/minutes.html", appraisal=appraisal, proposal=proposal, team=team, share=rule.quorum.share, held=held,
            lines=[reasoned(row, changes) for row in found],
            sums=[row | {"source": _(SOURCES[row["source"]])} for row in appraisals.by_year_and_source(found)], totals=totals(found),
            office=await organisations.acting(Role.OFFICER, local(appraisal.concluded_at).date(), appraisal.opened_by),
            day=show_on_paper(appraisal.concluded_at), head=part(team, "head"), secretary=part(team, "secretary"),
        )


def part(team: list[dict], wanted: str) -> str:
    return next((row["name"] for row in team if row["part"] == wanted), "")


def worded(row: dict) -> dict:
    group = f"{row['group_number']}. {either(row['group_name'], row['group_name_en'])}"
    return row | {"group": group, "source_name": _(SOURCES[row["source"]])}


def reasoned(row: dict, changes: list[dict]) -> dict:
    """A line with why it differs from the request: the reason of its last change; the earlier ones stay in the history."""
    said = [change["reason"] for change in changes if change["line"] == row["id"]]
    return worded(row) | {"reason": said[-1] if said and row["appraised"] != row["requested"] else ""}


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


async def file_of(found: list[dict], wanted: str) -> Response:
    heads = [(_("Nhóm chi"), "text"), (_("Năm"), "code"), (_("Nguồn"), "text"), (_("Thuyết minh"), "text"),
             (_("Đề nghị"), "money"), (_("Sau thẩm định"), "money")]
    rows = [[w["group"], str(w["year"]), w["source_name"], w["note"], w["requested"], w["appraised"]] for w in map(worded, found)]
    sums = [None, None, None, None, totals(found)["requested"], totals(found)["appraised"]]
    return await as_file("tham-dinh", wanted, heads, rows, sums)


async def line_of(request: Request, id: Id, line: Id) -> tuple[Appraisal, BudgetLine]:
    appraisal = await visible(request, id)
    found = await BudgetLine.objects().where((BudgetLine.id == line) & (BudgetLine.proposal == appraisal.proposal)).first()
    if found is None:
        raise NotFoundException
    return appraisal, found


@get("/appraisals/{id:int}/lines/{line:int}")
async def line_form(request: Request, id: Id, line: Id) -> Template:
    return await line_page(request, id, line)


async def line_page(request: Request, id: int, line: int, form: Typed | None = None, status_code: int = 200) -> Template:
    appraisal, found = await line_of(request, id, line)
    if not await appraisals.can_change(request.user, appraisal):
        raise Over(f"/appraisals/{id}")
    row = worded(next(row for row in await appraisals.lines(appraisal) if row["id"] == found.id))
    return page(
        "review/appraisals/line.html", appraisal=appraisal, line=row, form=form or Typed({"after": str(row["appraised"])}),
        changes=await appraisals.history(appraisal, found.id), status_code=status_code,
    )


@post("/appraisals/{id:int}/lines/{line:int}")
async def change_line(request: Request, id: Id, line: Id) -> Template | Redirect:
    verb = partial(appraisals.change_line, *await line_of(request, id, line))
    return await submitted(request, Change, verb, shown=partial(line_page, request, id, line), to=f"/appraisals/{id}")


@post("/appraisals/{id:int}/conclusion")
async def conclude(request: Request, id: Id) -> Template | Redirect:
    verb = partial(appraisals.conclude, await visible(request, id))
    return await submitted(request, Conclusion, verb, shown=partial(appraisal_page, request, id), to=f"/appraisals/{id}")


ROUTES = [listed, open_form, open_appraisal, shown, minutes, line_form, change_line, conclude]
