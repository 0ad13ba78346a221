"""Pages of applications: list, starting one, the application itself, certifying, handing in, receipt, history."""

import json
from dataclasses import replace
from functools import partial

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from grants.calls import calls
from grants.calls.tables import Call
from grants.people.people import holds
from grants.people.tables import Role
from grants.proposals import drafts, history, lines, proposals, steps
from grants.proposals.tables import Document, Proposal
from grants.proposals.tasks import tasks
from grants.rules import rules
from grants.shell import files, lists
from grants.shell.database import rows
from grants.shell.forms import Form, Line, Typed
from grants.shell.language import N_, _
from grants.shell.web import Id, attachment, page, submitted

State = proposals.State


def columns(status) -> list[lists.Column]:
    return [
        lists.Column("reference", N_("Số tiếp nhận"), Proposal.reference, "code", says=lambda number: number or _("chưa nộp")),
        lists.Column("title", N_("Tên hồ sơ"), Proposal.title, "long", english=Proposal.title_en),
        lists.Column("lead", N_("Chủ nhiệm"), Proposal.lead.full_name, sort_by=Proposal.lead.sort_key),
        lists.Column(
            "organisation", N_("Tổ chức chủ trì"), Proposal.lead_organisation.short_name, sort_by=Proposal.lead_organisation.sort_key,
            under="lead",
        ),
        lists.Column("state", N_("Trạng thái"), Proposal.state, "status", says=status),
        lists.Column("submitted_at", N_("Ngày nộp"), Proposal.submitted_at, "date"),
        lists.Column("requested_state", N_("Ngân sách đề nghị"), Proposal.requested_state, "money", total=True),
    ]


async def call_code(id: str) -> str | None:
    found = await Call.select(Call.code).where(Call.id == int(id)).first() if lists.is_id(id) else None
    return found and found["code"]


def listing(columns: list[lists.Column], states: lists.Filter) -> lists.Listing:
    return lists.Listing(
        name="ho-so", table=Proposal, columns=columns, order="-submitted_at",
        filters=[
            lists.search(Proposal.folded), states,
            lists.year("call", N_("Thông báo"), Proposal.call, hidden=True, named=call_code),
            lists.year("year", N_("Năm"), Proposal.call.year),
        ],
        href=lambda row: f"/proposals/{row['id']}", extra=[Proposal.id],
    )


def outward_status(state: str) -> tuple[str, str]:
    return proposals.status(proposals.outward(state))


def outwardly(chosen: str):
    """Applications whose state looks so from outside; a panel's result must not be told by what a filter leaves out."""
    if chosen == "handed_in":
        return Proposal.state.is_in(proposals.HANDED_IN)
    return Proposal.state.is_in([state.value for state in State if proposals.outward(state) == chosen] or [""])


# Several states in one word, as the overview counts them.
TOGETHER = {
    "handed_in": (N_("Đã nộp, mọi bước"), [s.value for s in State if s not in (State.DRAFT, State.WITHDRAWN)]),
    "in_hand": (N_("Đang xét, mọi bước"), proposals.IN_HAND),
    "decided": (N_("Đã có kết quả"), [State.AWARDED.value, State.DECLINED.value, State.INELIGIBLE.value]),
}


def standing(chosen: str):
    """Applications in one state, or in several that have a word together."""
    if chosen in TOGETHER:
        return Proposal.state.is_in(TOGETHER[chosen][1])
    return Proposal.state == chosen if chosen in list(State) else None


OFFICE_LIST = listing(
    columns(proposals.status),
    lists.Filter(
        "state", N_("Trạng thái"), standing,
        lambda: [(s.value, proposals.label(s)) for s in State] + [(key, _(words)) for key, (words, _states) in TOGETHER.items()],
    ),
)
OWN_LIST = listing(
    [replace(column, sortable=column.key != "state") for column in columns(outward_status)],
    lists.Filter(
        "state", N_("Trạng thái"), outwardly,
        lambda: [
            *((s.value, proposals.label(s)) for s in State if proposals.outward(s) == s), ("handed_in", _(TOGETHER["handed_in"][0])),
        ],
    ),
)


class Title(Form):
    title: Line


def sees_results(request: Request) -> bool:
    """Officials see where an application stands; its team learns it with the decision."""
    return holds(request.user, *proposals.SEES_ALL)


async def visible(request: Request, id: int) -> Proposal:
    if proposal := await proposals.visible_to(request.user).where(Proposal.id == id).first():
        return proposal
    raise NotFoundException


@get("/proposals")
async def proposal_list(request: Request) -> Response:
    """Officials see what they work on; what they have a part in themselves is in the list of their own."""
    if not sees_results(request):
        return await OWN_LIST.answer(request, proposals.seen_by(request.user), "proposals/list.html", views=[])
    views = await views_of(request, mine=False)
    return await OFFICE_LIST.answer(request, proposals.judged_by(request.user), "proposals/list.html", views=views)


@get("/proposals/mine")
async def own_list(request: Request) -> Response:
    """The applications one has a part in, each in the state its team may know."""
    views = await views_of(request, mine=True) if sees_results(request) else []
    return await OWN_LIST.answer(request, proposals.team_of(request.user), "proposals/list.html", views=views)


async def views_of(request: Request, *, mine: bool) -> list[tuple[str, str, bool]]:
    """An official who has a part in applications changes between the office's list and the own one."""
    if not mine and not await proposals.has_any(request.user):
        return []
    return [(_("Hồ sơ của cơ quan"), "/proposals", not mine), (_("Hồ sơ tôi tham gia"), "/proposals/mine", mine)]


async def open_call(request: Request, id: int) -> Call:
    call = await calls.visible_to(request.user).where(Call.id == id).first()
    if call is None:
        raise NotFoundException
    return call


@get("/calls/{id:int}/application")
async def start_form(request: Request, id: Id) -> Template:
    return await starting(request, id, Typed())


async def starting(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    return page("proposals/start.html", call=await open_call(request, id), form=form, status_code=status_code)


@post("/calls/{id:int}/application")
async def start(request: Request, id: Id) -> Template | Redirect:
    draft, again = partial(proposals.draft, await open_call(request, id)), partial(starting, request, id)
    return await submitted(request, Title, draft, shown=again, to=lambda proposal: f"/proposals/{proposal.id}")


def tabs(proposal: Proposal, here: str, *, office: bool) -> list[tuple[str, str, bool]]:
    """The tabs of an application, each an address that its own room answers."""
    base = f"/proposals/{proposal.id}"
    found = [(_("Hồ sơ"), base)]
    if office or proposal.state in (State.AWARDED, State.DECLINED):
        found.append((_("Đánh giá"), f"{base}/review"))
    if office:
        found += [(_("Kinh phí"), f"{base}/money"), (_("Lịch sử"), f"{base}/history")]
    return [(label, href, href == here) for label, href in found]


@get("/proposals/{id:int}")
async def proposal_page(request: Request, id: Id) -> Template:
    proposal = await visible(request, id)
    if proposal.state == State.DRAFT:
        return await task_page(request, proposal, await proposals.call_of(proposal))
    return await handed_in_page(request, id, Typed(), proposal=proposal)


async def task_page(request: Request, proposal: Proposal, call: Call) -> Template:
    """The task list of a draft."""
    listed = await tasks(proposal, call)
    lacking = [lack for task in listed for lack in task.missing]
    return page(
        "proposals/tasks.html", proposal=proposal, call=call, tasks=listed, lacking=lacking,
        step=await steps.draft_step(proposal, call, lacking, request.user),
        can_submit=proposals.can_submit(request.user, proposal), status=proposals.status(proposal.state),
    )


async def last_handed_in(proposal: Proposal) -> tuple[dict | None, dict | None]:
    """The last snapshot (number, at, sha256, findings at the opening) and what it holds, its field in words; None before the first."""
    found = await rows(
        "SELECT s.number, s.at, s.sha256, s.content, f.name, f.name_en, (SELECT coalesce(json_agg(json_build_object("
        "'sentence', sentence, 'blocking', blocking) ORDER BY id), '[]') FROM finding WHERE proposal = s.proposal) AS findings "
        "FROM submission s LEFT JOIN field f ON f.code = s.content->>'field' WHERE s.proposal = $1 ORDER BY s.number DESC LIMIT 1",
        proposal.id,
    )
    if not found:
        return None, None
    kept, content = found[0], json.loads(found[0]["content"])
    content["field"] = rules.named_field(content["field"], kept["name"], kept["name_en"])
    return kept | {"findings": json.loads(kept["findings"])}, content


async def handed_in_page(
    request: Request, id: int, form: Typed, status_code: int = 200, *, proposal: Proposal | None = None
) -> Template:
    """A handed-in application as it was handed in; `form`: the remark that came back."""
    proposal = proposal or await visible(request, id)
    call = await proposals.call_of(proposal)
    office = sees_results(request) and not await proposals.is_own(request.user, proposal)
    kept, content = await last_handed_in(proposal)
    owner = proposal.lead == request.user.id
    return page(
        "proposals/show.html", proposal=proposal, call=call, kept=kept, content=content, office=office,
        status=proposals.status(proposal.state if office else proposals.outward(proposal.state)),
        step=await steps.next_step(proposal, call, request.user, office=office),
        tabs=tabs(proposal, f"/proposals/{proposal.id}", office=office), sections=drafts.SECTIONS, parts=drafts.PARTS,
        sources=drafts.SOURCES, forms=drafts.FORMS, money=lines.by_year(content["budget"]) if content else None,
        can_take_back=owner and proposal.state == State.SUBMITTED and calls.is_open(call),
        findings=[one for one in kept["findings"] if office or (proposal.state == State.INELIGIBLE and one["blocking"])] if kept else [],
        can_confirm=holds(request.user, Role.OFFICER) and proposal.state == State.SUBMITTED and call.opened_on is not None,
        form=form, status_code=status_code,
    )


@get("/proposals/{id:int}/documents/{document:int}/file")
async def download(request: Request, id: Id, document: Id) -> Response:
    """A document of the application, to save; never shown inline."""
    await visible(request, id)
    kept = await Document.objects().where((Document.id == document) & (Document.proposal == id)).first()
    if kept is None:
        raise NotFoundException
    return attachment(await files.content_of(kept.stored), kept.filename, "application/pdf")


@get("/proposals/{id:int}/history")
async def history_page(request: Request, id: Id) -> Template:
    """What happened to the application, newest first; for officials who have no part in it."""
    proposal = await visible(request, id)
    if not sees_results(request) or await proposals.is_own(request.user, proposal):
        raise NotFoundException
    return page(
        "proposals/history.html", proposal=proposal, status=proposals.status(proposal.state),
        tabs=tabs(proposal, f"/proposals/{id}/history", office=True), events=await history.of(proposal),
    )


ROUTES = [proposal_list, own_list, start_form, start, proposal_page, download, history_page]
