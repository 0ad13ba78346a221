"""Pages of a panel: the list, founding, composition, applications with their reviewers, conflicts, the invitation."""

from datetime import datetime
from typing import Annotated

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import BeforeValidator, Field

from grants.calls.tables import Call
from grants.people import people
from grants.people.people import titled
from grants.people.tables import Person
from grants.proposals import proposals
from grants.rules import overview
from grants.rules.content import PanelRule
from grants.rules.content import Seat as Sits
from grants.shell import dates, lists
from grants.shell.changes import Refused
from grants.shell.database import rows
from grants.shell.forms import Form, Invalid, Line, MaybeDay, MaybeId, MaybeLine, Text, Typed, nothing, read, shown
from grants.shell.language import N_, _, either
from grants.shell.web import Id, page, see
from review import conflicts, invitations, nominations, panels, reviewers, seats
from review.tables import Panel, Seat

LIST = lists.Listing(
    name="hoi-dong",
    table=Panel,
    columns=[
        lists.Column("name", N_("Hội đồng"), Panel.name),
        lists.Column("call", N_("Thông báo"), Panel.call.code),
        lists.Column("decision", N_("Quyết định"), Panel.decision_number),
        lists.Column("decided", N_("Ngày quyết định"), Panel.decided_on, "date"),
        lists.Column("meets", N_("Họp"), Panel.meets_at, "time"),
        lists.Column("state", N_("Trạng thái"), Panel.state, "status", says=panels.status),
    ],
    order="-meets",
    filters=[
        lists.search(Panel.call.folded),
        lists.chosen("state", N_("Trạng thái"), Panel.state, lambda: [(s.value, panels.label(s)) for s in panels.State]),
        lists.year("year", N_("Năm"), Panel.call.year),
    ],
    href=lambda row: f"/panels/{row['id']}",
    extra=[Panel.id],
)


MaybeMoment = Annotated[datetime | None, BeforeValidator(lambda typed: None if nothing(typed) is None else dates.read_datetime(typed))]


class Founding(Form):
    call: MaybeId = None


class Description(Form):
    name: Line
    decision_number: MaybeLine = Field(default="", max_length=60)
    decided_on: MaybeDay = None
    meets_at: MaybeMoment = None
    place: MaybeLine = ""


class Taking(Form):
    person: MaybeId = None
    part: MaybeLine = ""


class Reviewing(Form):
    reviewers: list[int] = []


class Reason(Form):
    reason: Text = Field(max_length=500)


async def visible(request: Request, id: int) -> Panel:
    if panel := await panels.visible_to(request.user).where(Panel.id == id).first():
        return panel
    raise NotFoundException


async def with_applications(request: Request, id: int) -> Panel:
    """The panel for those who may see its applications and conflicts; for others there is nothing here."""
    panel = await visible(request, id)
    if not panels.can_see_applications(request.user):
        raise NotFoundException
    return panel


def around(request: Request, panel: Panel, here: str) -> dict:
    """What every page of a panel shows around its own content."""
    return {
        "panel": panel, "tabs": panels.tabs(panel, request.user, here), "status": panels.status(panel.state),
        "can_change": panels.can_change(request.user, panel),
    }


@get("/panels")
async def index(request: Request) -> Response:
    return await LIST.answer(
        request, panels.seen_by(request.user), "review/panels/list.html", can_form=panels.can_form(request.user)
    )


@get("/panels/new")
async def new() -> Template:
    return await founding(Typed())


async def founding(form: Typed, status_code: int = 200) -> Template:
    calls = await rows(
        "SELECT id, code, title FROM call c WHERE state IN ('published', 'closed') AND NOT EXISTS "
        "(SELECT FROM panel p WHERE p.call = c.id AND p.kind = 'selection') ORDER BY deadline DESC, id"
    )
    options = [(str(call["id"]), f"{call['code']} – {call['title']}") for call in calls]
    return page("review/panels/new.html", form=form, calls=options, status_code=status_code)


@post("/panels")
async def form(request: Request) -> Template | Redirect:
    try:
        typed = await read(Founding, request)
        call = await Call.objects().where(Call.id == typed.call).first() if typed.call else None
        if call is None:
            raise Refused(_("Hãy chọn thông báo."))
        return see(f"/panels/{(await panels.form(call, by=request.user)).id}")
    except Invalid as invalid:
        return await founding(invalid, 422)
    except Refused as refused:
        return await founding(Typed({}, {"call": str(refused)}), 422)


# --- composition ---

@get("/panels/{id:int}")
async def show(request: Request, id: Id) -> Template:
    return await composition(request, await visible(request, id), Typed())


async def composition(request: Request, panel: Panel, form: Typed, status_code: int = 200) -> Template:
    changes = panels.can_change(request.user, panel)
    call = await panels.call_of(panel)
    beside = await nominations.candidates(call) if changes else []
    known = await invitations.council(panel, also=[one.person for one in beside if one.nomination])
    beside = [one for one in beside if one.person not in known.parts]
    forming = changes and panel.state == Panel.State.FORMING
    return page(
        "review/panels/show.html", form=form, status_code=status_code, **around(request, panel, "members"),
        members=await panels.members(panel), part_name=panels.part_name, call=call, rule=known.rule, officer=known.officer,
        quorum=quorum_in_words(known.rule), faults=await invitations.faults(panel, known) if forming else [],
        parts=[(part.value, panels.part_name(part)) for part in panels.Part], roster=choices(beside),
        applications=len(known.waiting), nominated=[(one, known.against(one.person)) for one in beside if one.nomination],
    )


def quorum_in_words(rule: PanelRule) -> str:
    """What the session needs."""
    named = ", ".join(f"{seat.at_least} {overview.seat_name(seat.seat)}" for seat in rule.quorum.named)
    return _("ít nhất {share} thành viên, trong đó có {named}").format(share=rule.quorum.share, named=named)


def choices(beside: list[nominations.Candidate]) -> list[tuple[str, str]]:
    """Who may be given a seat: those nominated first, then the rest of the roster."""
    ready = [one for one in beside if one.consented]
    nominated = [(str(one.person), f"{one.name} – {one.match[0].lower()}") for one in ready if one.nomination]
    others = [(str(one.person), _("{name} (chưa được đề cử)").format(name=one.name)) for one in ready if not one.nomination]
    return nominated + others


@get("/panels/{id:int}/edition")
async def edit(request: Request, id: Id) -> Template:
    panel = await visible(request, id)
    return await editing(request, panel, shown(panel, "name", "decision_number", "decided_on", "meets_at", "place"))


async def editing(request: Request, panel: Panel, form: Typed, status_code: int = 200) -> Template:
    return page(
        "review/panels/edit.html", form=form, status_code=status_code, **around(request, panel, "members"),
        earliest=await panels.earliest_meeting(await panels.rule_of(panel)) if panel.state == Panel.State.FORMING else None,
    )


@post("/panels/{id:int}/edition")
async def describe(request: Request, id: Id) -> Template | Redirect:
    panel = await visible(request, id)
    try:
        form = await read(Description, request)
        await panels.describe(panel, by=request.user, **form.model_dump())
    except Invalid as invalid:
        return await editing(request, panel, invalid, 422)
    except Refused as refused:
        typed = {name: str(value or "") for name, value in form.model_dump().items()}
        return await editing(request, panel, Typed(typed, {"": str(refused)}), 422)
    return see(f"/panels/{id}")


@post("/panels/{id:int}/seats")
async def take(request: Request, id: Id) -> Template | Redirect:
    panel = await visible(request, id)
    try:
        form = await read(Taking, request)
        if form.part not in list(panels.Part):
            raise Refused(_("Hãy chọn vai trò."))
        await seats.take(panel, await chosen(form.person), form.part, by=request.user)
    except Invalid as invalid:
        return await composition(request, panel, invalid, 422)
    except Refused as refused:
        typed = {"person": str(form.person or ""), "part": form.part}
        return await composition(request, panel, Typed(typed, {"person": str(refused)}), 422)
    return see(f"/panels/{id}")


async def chosen(id: int | None) -> Person:
    if id and await Person.exists().where(Person.id == id):
        return await people.person(id)
    raise Refused(_("Hãy chọn một chuyên gia."))


async def seat_of(panel: Panel, id: int) -> Seat:
    if seat := await Seat.objects().where((Seat.id == id) & (Seat.panel == panel.id)).first():
        return seat
    raise NotFoundException


@get("/panels/{id:int}/seats/{seat:int}/departure")
async def departure(request: Request, id: Id, seat: Id) -> Template:
    panel = await visible(request, id)
    return await leaving(request, panel, await seat_of(panel, seat), Typed())


async def leaving(request: Request, panel: Panel, seat: Seat, form: Typed, status_code: int = 200) -> Template:
    person = await people.person(seat.person)
    return page(
        "review/panels/departure.html", form=form, seat=seat, name=titled(person), status_code=status_code,
        part=panels.part_name(seat.part), **around(request, panel, "members"),
    )


@post("/panels/{id:int}/seats/{seat:int}/departure")
async def vacate(request: Request, id: Id, seat: Id) -> Template | Redirect:
    panel = await visible(request, id)
    leaves = await seat_of(panel, seat)
    try:
        form = await read(Reason, request)
        await seats.vacate(leaves, reason=form.reason, by=request.user)
    except Invalid as invalid:
        return await leaving(request, panel, leaves, invalid, 422)
    except Refused as refused:
        return await leaving(request, panel, leaves, Typed({"reason": form.reason}, {"reason": str(refused)}), 422)
    return see(f"/panels/{id}")


@post("/panels/{id:int}/invitation")
async def invite(request: Request, id: Id) -> Redirect:
    await invitations.invite(await visible(request, id), by=request.user)
    return see(f"/panels/{id}")


# --- applications and reviewers ---

@get("/panels/{id:int}/applications")
async def applications(request: Request, id: Id) -> Template:
    panel = await with_applications(request, id)
    found = await rows(
        """
        SELECT p.id, p.reference, p.title, p.title_en, p.state, p.requested_state, o.name AS organisation,
               coalesce(f.name, '–') AS field, coalesce(f.name_en, '–') AS field_en
        FROM proposal p LEFT JOIN organisation o ON o.id = p.lead_organisation LEFT JOIN field f ON f.code = p.field
        WHERE p.id = ANY($1) ORDER BY p.reference, p.id
        """,
        await conflicts.before(panel),
    )
    names = {one.person: one.name for one in await panels.members(panel)}
    held, needed = await reviewers.of_panel(panel), (await panels.rule_of(panel)).reviewers_per_application
    return page(
        "review/panels/applications.html", **around(request, panel, "applications"), label=proposals.status, either=either,
        found=[row | {"reviewers": [names[one] for one in held.get(row["id"], ()) if one in names]} for row in found],
        lacking=any(len(held.get(row["id"], ())) < needed for row in found),
    )


@post("/panels/{id:int}/reviewers")
async def share_out(request: Request, id: Id) -> Redirect:
    await reviewers.share_out(await with_applications(request, id), by=request.user)
    return see(f"/panels/{id}/applications")


@get("/panels/{id:int}/applications/{proposal:int}/reviewers")
async def reviewing(request: Request, id: Id, proposal: Id) -> Template:
    panel = await with_applications(request, id)
    held = await reviewers.of_panel(panel)
    return await naming_reviewers(request, panel, proposal, Typed({"reviewers": [str(one) for one in held.get(proposal, ())]}))


async def naming_reviewers(request: Request, panel: Panel, proposal: int, form: Typed, status_code: int = 200) -> Template:
    if proposal not in await conflicts.before(panel):
        raise NotFoundException
    sitting = [one for one in await panels.members(panel) if one.part == Seat.Part.MEMBER]
    hits = await conflicts.of_panel(panel, {one.person: Sits.REVIEWER.value for one in sitting})
    options = []
    for one in sitting:
        against = [conflicts.explain(hit) for hit, waived in hits if hit.person == one.person and hit.proposal == proposal and not waived]
        said = " ".join([_("Đang phản biện {count} hồ sơ của hội đồng này.").format(count=one.reviewing), *against])
        options.append((str(one.person), one.name, said))
    subject = (await rows("SELECT reference, title, title_en FROM proposal WHERE id = $1", proposal))[0]
    return page(
        "review/panels/reviewers.html", form=form, status_code=status_code, options=options, proposal=proposal, subject=subject,
        needed=(await panels.rule_of(panel)).reviewers_per_application, **around(request, panel, "applications"),
    )


@post("/panels/{id:int}/applications/{proposal:int}/reviewers")
async def assign(request: Request, id: Id, proposal: Id) -> Template | Redirect:
    panel = await with_applications(request, id)
    try:
        form = await read(Reviewing, request)
        await reviewers.assign(panel, proposal, form.reviewers, by=request.user)
    except Invalid as invalid:
        return await naming_reviewers(request, panel, proposal, invalid, 422)
    except Refused as refused:
        typed = {"reviewers": [str(one) for one in form.reviewers]}
        return await naming_reviewers(request, panel, proposal, Typed(typed, {"reviewers": str(refused)}), 422)
    return see(f"/panels/{id}/applications")


# --- conflicts ---

@get("/panels/{id:int}/conflicts")
async def show_conflicts(request: Request, id: Id) -> Template:
    panel = await with_applications(request, id)
    nominated = await nominations.candidates(await panels.call_of(panel), only_nominated=True)
    known = await invitations.council(panel, also=[one.person for one in nominated])
    names = {one.person: one.name for one in nominated} | {one.person: one.name for one in await panels.members(panel)}
    return page(
        "review/panels/conflicts.html", **around(request, panel, "conflicts"), names=names, checked=len(known.waiting),
        members=[(hit, waived) for hit, waived in known.hits if hit.person in known.parts],
        others=[(hit, waived) for hit, waived in known.hits if hit.person not in known.parts],
        references={row["id"]: row["reference"] for row in known.waiting}, explain=conflicts.explain, kind_name=overview.label,
        can_waive=lambda hit: panels.can_change(request.user, panel) and conflicts.can_waive(request.user, hit),
    )


async def hit_of(panel: Panel, person: int, proposal: int, kind: str) -> conflicts.Conflict:
    """The conflict that the address names, as the records show it now."""
    sits = (await conflicts.seats_of(panel)).get(person, Sits.MEMBER.value)
    for hit, _waived in await conflicts.of_panel(panel, {person: sits}):
        if hit.proposal == proposal and hit.kind.value == kind:
            return hit
    raise NotFoundException


WAIVER = "/panels/{id:int}/conflicts/{person:int}/{proposal:int}/{kind:str}/waiver"


@get(WAIVER)
async def excepting(request: Request, id: Id, person: Id, proposal: Id, kind: str) -> Template:
    panel = await with_applications(request, id)
    return waiving(request, panel, await hit_of(panel, person, proposal, kind), Typed())


def waiving(request: Request, panel: Panel, hit: conflicts.Conflict, form: Typed, status_code: int = 200) -> Template:
    return page(
        "review/panels/waiver.html", form=form, hit=hit, why=conflicts.explain(hit), status_code=status_code,
        **around(request, panel, "conflicts"),
    )


@post(WAIVER)
async def waive(request: Request, id: Id, person: Id, proposal: Id, kind: str) -> Template | Redirect:
    panel = await with_applications(request, id)
    hit = await hit_of(panel, person, proposal, kind)
    try:
        form = await read(Reason, request)
        await conflicts.waive(panel, hit, reason=form.reason, by=request.user)
    except Invalid as invalid:
        return waiving(request, panel, hit, invalid, 422)
    except Refused as refused:
        return waiving(request, panel, hit, Typed({"reason": form.reason}, {"reason": str(refused)}), 422)
    return see(f"/panels/{id}/conflicts")


ROUTES = [
    index, new, form, show, edit, describe, take, departure, vacate, invite, applications, share_out, reviewing, assign,
    show_conflicts, excepting, waive,
]
