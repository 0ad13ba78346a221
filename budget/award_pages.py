"""Pages of awards: what waits for the leader, what was decided, and the decision on one application."""

from collections.abc import Callable
from functools import partial

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import awards, names, positions, reservations, steps, streams
from budget.tables import Award
from grants.calls import calls
from grants.calls.tables import Call
from grants.people import counsels
from grants.people.people import holds
from grants.people.tables import Organisation, Role
from grants.projects.tables import Project
from grants.proposals import proposals
from grants.proposals.tables import Proposal
from grants.shell import lists
from grants.shell.forms import Day, Form, Invalid, Line, Text, Typed, posted
from grants.shell.language import N_, _
from grants.shell.web import Id, page, submitted

WAITING = lists.Listing(
    name="cho-quyet-dinh",
    table=Proposal,
    columns=[
        lists.Column("reference", N_("Số tiếp nhận"), Proposal.reference, "code"),
        lists.Column("title", N_("Tên hồ sơ"), Proposal.title, "long", english=Proposal.title_en),
        lists.Column("call", N_("Thông báo"), Proposal.call.code, "code", under="reference"),
        lists.Column("lead", N_("Chủ nhiệm"), Proposal.lead.full_name, sort_by=Proposal.lead.sort_key),
        lists.Column("state", N_("Trạng thái"), Proposal.state, "status", says=proposals.status),
        lists.Column("requested_state", N_("Ngân sách đề nghị"), Proposal.requested_state, "money", total=True),
        lists.Column("appraised", N_("Thẩm định"), Proposal.appraised, "money", total=True),
    ],
    order="reference",
    filters=[
        lists.search(Proposal.folded),
        lists.chosen("state", N_("Trạng thái"), Proposal.state, lambda: [(s.value, proposals.label(s)) for s in awards.MAY_BE_DECLINED]),
        lists.year("year", N_("Năm của thông báo"), Proposal.call.year),
    ],
    href=lambda row: f"/awards/{row['id']}",
    extra=[Proposal.id],
)

DECIDED = lists.Listing(
    name="quyet-dinh-phe-duyet",
    table=Award,
    columns=[
        lists.Column("reference", N_("Số tiếp nhận"), Award.proposal.reference, "code"),
        lists.Column("title", N_("Tên hồ sơ"), Award.proposal.title, "long", english=Award.proposal.title_en),
        lists.Column("call", N_("Thông báo"), Award.proposal.call.code, "code", under="reference"),
        lists.Column("outcome", N_("Kết quả"), Award.outcome, "status", says=awards.status),
        lists.Column("amount", N_("Được duyệt"), Award.amount, "money", total=True),
        lists.Column("number", N_("Quyết định số"), Award.decision_number),
        lists.Column("on", N_("Ngày"), Award.decided_on, "date", under="number"),
    ],
    order="-on",
    filters=[
        lists.search(Award.proposal.folded),
        lists.chosen("outcome", N_("Kết quả"), Award.outcome, lambda: [(o.value, awards.label(o)) for o in awards.Outcome]),
        lists.year("year", N_("Năm của thông báo"), Award.proposal.call.year),
    ],
    href=lambda row: f"/awards/{row['id']}",
    extra=[Award.proposal.as_alias("id")],
)


class Approval(Form):
    number: Line = Field(max_length=60)
    on: Day


class Refusal(Form):
    refusal_number: Line = Field(max_length=60)
    refusal_on: Day
    reasons: Text = Field(max_length=1000)


async def visible(request: Request, id: int) -> Proposal:
    """An application that waits for a decision or has one."""
    found = await Proposal.objects().where((Proposal.id == id) & proposals.judged_by(request.user)).first()
    if found and (found.state in awards.MAY_BE_DECLINED or await awards.of(found)):
        return found
    raise NotFoundException


def views(decided: bool) -> list[tuple[str, str, bool]]:
    return [(_("Chờ quyết định"), "/awards", not decided), (_("Đã quyết định"), "/awards/decided", decided)]


@get("/awards")
async def award_list(request: Request) -> Response:
    condition = proposals.judged_by(request.user) & awards.waiting()
    closing = await awards.calls_with_losers(request.user)
    return await WAITING.answer(request, condition, "budget/awards.html", views=views(False), calls=closing)


@get("/awards/decided")
async def decided_list(request: Request) -> Response:
    return await DECIDED.answer(request, awards.seen_by(request.user), "budget/awards.html", views=views(True), calls=[])


@get("/awards/{id:int}")
async def award_page(request: Request, id: Id) -> Template:
    return await shown(request, id, Typed())


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    """What is asked, the papers, what each decision changes, and what stands in its way."""
    proposal = await visible(request, id)
    if proposal.state == Proposal.State.NOT_RECOMMENDED:
        form.values.setdefault("reasons", awards.reasons_for(proposal))
    call = await proposals.call_of(proposal)
    decision = None if proposal.state in awards.MAY_BE_DECLINED else await awards.of(proposal)
    due, later = await reservations.parts(proposal)
    held_all = await reservations.of(proposal)
    asked = {(r.year, r.stream) for r in held_all if r.state in (awards.Held.REQUESTED, awards.Held.APPROVED, awards.Held.COMMITTED)}
    lacking = any((part.year, part.stream) not in asked for part in due)
    held = sum(r.amount for r in held_all if r.state == awards.Held.APPROVED)
    organisation = await Organisation.objects().where(Organisation.id == proposal.lead_organisation).first()
    project = decision and await Project.objects().where(Project.proposal == proposal.id).first()
    lead, decider, officer = await names.of([proposal.lead, decision and decision.decided_by, call.officer])
    appraised = decision is None and proposal.state == Proposal.State.APPRAISED
    obstacles = await awards.in_the_way_of(proposal, due, held_all) if appraised else []
    return page(
        "budget/award.html",
        step=None if decision else await steps.of_proposal(proposal, call, held_all, lacking, request.user, officer=officer),
        proposal=proposal, call=call, status=proposals.status(proposal.state), form=form,
        counsels=await counsels.of("proposal", proposal.id, by=request.user),
        lead=lead, organisation=organisation.name if organisation else "–",
        decision=decision, outcome=awards.status(decision.outcome) if decision else None, project=project,
        decider=decider, held=held,
        can_award=awards.can_award(request.user, proposal), can_decline=awards.can_decline(request.user, proposal),
        obstacles=obstacles, changes=await changes(proposal, due) if appraised and not obstacles else [],
        later=[[streams.badge(p.stream), p.year, p.amount] for p in later],
        amount=sum(part.amount for part in [*due, *later]), can_request=reservations.can_request(request.user, proposal),
        status_code=status_code,
    )  # fmt: skip


async def changes(proposal: Proposal, due: list[reservations.Part]) -> list[tuple]:
    """Before and after the award: what is committed out of each stream of the call, and what stays usable."""
    stands = {(p.stream, p.year): p for p in await positions.positions(call=proposal.call)}
    found = []
    for part in due:
        here = stands.get((part.stream, part.year)) or positions.Position(part.stream, part.year)
        name = _("«{stream}» {year}").format(stream=streams.label(part.stream), year=part.year)
        free = here.allocated - here.reserved - here.committed
        found += [
            (_("{name}: đã cam kết cho thông báo").format(name=name), here.committed, here.committed + part.amount, "money"),
            (_("{name}: đang giữ chỗ").format(name=name), here.reserved, max(0, here.reserved - part.amount), "money"),
            (_("{name}: thông báo còn dùng được").format(name=name), free, free, "money"),
        ]
    return [*found, (_("Hồ sơ"), proposals.label(proposal.state), proposals.label(Proposal.State.AWARDED))]


async def step(request: Request, id: int, shape: type[Form], verb: Callable) -> Template | Redirect:
    proposal = await visible(request, id)
    return await submitted(request, shape, partial(verb, proposal), shown=partial(shown, request, id), to=f"/awards/{id}")


@post("/awards/{id:int}/approval")
async def approve(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Approval, awards.award)


@post("/awards/{id:int}/refusal")
async def refuse(request: Request, id: Id) -> Template | Redirect:
    return await step(
        request, id, Refusal,
        lambda proposal, refusal_number, refusal_on, **said: awards.decline(proposal, number=refusal_number, on=refusal_on, **said),
    )


async def call_of(request: Request, id: int) -> Call:
    if call := await calls.visible_to(request.user).where(Call.id == id).first():
        return call
    raise NotFoundException


@get("/calls/{id:int}/refusals")
async def rest_page(request: Request, id: Id) -> Template:
    """The applications of a call that get no award, for one decision: not recommended, or recommended without money."""
    return await rest_shown(request, await call_of(request, id), Typed())


async def rest_shown(request: Request, call: Call, form: Typed, status_code: int = 200) -> Template:
    rest = [
        ((one.reference, f"/awards/{one.id}"), one.title, awards.reasons_for(one)) for one in await awards.losers(call, request.user)
    ]
    unfunded = await awards.unfunded(call, request.user)
    for one in unfunded:
        form.values.setdefault(f"reason-{one.id}", awards.reasons_for(one))
    return page(
        "budget/refusals.html", call=call, form=form, rest=rest, unfunded=[(one, proposals.status(one.state)) for one in unfunded],
        can_decide=holds(request.user, Role.LEADER), status_code=status_code,
    )


def unfunded_chosen(form: Typed) -> dict[int, str]:
    """The recommended applications that were ticked, each with its reason. Raises `Invalid` where one has none."""
    ticked = [key.removeprefix("also-") for key in form.values if key.startswith("also-") and lists.is_id(key.removeprefix("also-"))]
    reasons = {int(id): str(form.values.get(f"reason-{id}", "")).strip()[:1000] for id in ticked}
    if wrong := {f"reason-{id}": _("Hãy nêu lý do, người nộp sẽ đọc.") for id, reason in reasons.items() if not reason}:
        raise Invalid(form.values, wrong)
    return reasons


@post("/calls/{id:int}/refusals")
async def refuse_rest(request: Request, id: Id) -> Template | Redirect:
    call = await call_of(request, id)
    typed = Typed(await posted(request))

    async def decline(**decision) -> None:
        await awards.decline_rest(call, also=unfunded_chosen(typed), **decision)

    async def again(wrong: Typed, status_code: int) -> Template:
        return await rest_shown(request, call, Typed(typed.values, wrong.errors), status_code)

    return await submitted(request, Approval, decline, shown=again, to=f"/awards/decided?q={call.code}")


ROUTES = [rest_page, refuse_rest, award_list, decided_list, award_page, approve, refuse]
