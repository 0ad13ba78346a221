"""Pages of a panel: the list, founding, composition, applications with their reviewers, conflicts, the invitation."""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from types import SimpleNamespace
from typing import Annotated

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import BeforeValidator, Field

from grants.calls.tables import Call
from grants.people import people
from grants.people.people import holds, titled
from grants.people.tables import Person
from grants.rules import words
from grants.rules.content import PanelRule
from grants.shell import dates, lists
from grants.shell.changes import require
from grants.shell.database import rows
from grants.shell.forms import Form, Line, MaybeDay, MaybeId, MaybeLine, Text, Typed, nothing, shown
from grants.shell.language import N_, _
from grants.shell.web import Id, page, see, submitted
from review import invitations, matters, nominations, panels, revotes, seats
from review.tables import Panel, Seat

LIST = lists.Listing(
    name="hoi-dong",
    table=Panel,
    columns=[
        lists.Column("name", N_("Hội đồng"), Panel.name, "long"),
        lists.Column("call", N_("Thông báo"), Panel.call.code, "code"),
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


class Reason(Form):
    reason: Text = Field(max_length=500)


async def visible(request: Request, id: int) -> Panel:
    """The panel; to an official with a part in an application before it, why they do not see it yet."""
    seen, office = panels.visible_to(request.user).where(Panel.id == id), holds(request.user, *panels.SEE_ALL)
    if panel := await (seen.where(panels.judged_by(request.user)) if office else seen).first():
        return panel
    if office and (panel := await Panel.objects().where(Panel.id == id).first()):
        await panels.require_no_part(request.user, panel)
    raise NotFoundException


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


async def formed(call: int | None, *, by: Person) -> Panel:
    chosen = await Call.objects().where(Call.id == call).first() if call else None
    require(chosen, _("Hãy chọn thông báo."))
    return await panels.form(chosen, by=by)


@post("/panels")
async def form(request: Request) -> Template | Redirect:
    return await submitted(request, Founding, formed, shown=founding, to=lambda panel: f"/panels/{panel.id}", at="call")


# --- composition ---

@get("/panels/{id:int}")
async def show(request: Request, id: Id) -> Template:
    return await composition(request, id, Typed())


async def composition(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    panel = await visible(request, id)
    changes = panels.can_change(request.user, panel)
    call, on_matters = await panels.call_of(panel), matters.is_on_matters(panel)
    beside = await nominations.candidates(call, only_nominated=True) if changes and not on_matters else []
    known = await invitations.council(panel, also=[one.person for one in beside])
    beside = [one for one in beside if one.person not in known.parts]
    forming = changes and panel.state == Panel.State.FORMING
    return page(
        "review/panels/show.html", form=form, status_code=status_code, **around(request, panel, "members"),
        members=await panels.members(panel), part_name=panels.part_name, call=call, rule=known.rule, officer=known.officer,
        quorum=quorum_in_words(known.rule), on_matters=on_matters,
        faults=(await matters.faults(panel) if on_matters else await invitations.faults(panel, known)) if forming else [],
        parts=[(part.value, panels.part_name(part)) for part in panels.Part],
        roster=await roster(known.parts) if on_matters and changes else choices(beside),
        applications=len(await matters.of(panel)) if on_matters else len(known.waiting),
        nominated=[(one, known.against(one.person)) for one in beside],
        revotes=await revotes.notices(panel, reasons=panels.can_see_applications(request.user)),
    )


def quorum_in_words(rule: PanelRule) -> str:
    """What the session needs."""
    named = ", ".join(f"{seat.at_least} {words.called(seat.seat)}" for seat in rule.quorum.named)
    return _("ít nhất {share} thành viên, trong đó có {named}").format(share=rule.quorum.share, named=named)


def choices(beside: list[nominations.Candidate]) -> list[tuple[str, str]]:
    """Who may be given a seat: those whom the federation named and who have agreed, with how well their fields meet."""
    return [(str(one.person), f"{one.name} – {one.match[0].lower()}") for one in beside if one.nomination and one.consented]


async def roster(sitting: Collection[int]) -> list[tuple[str, str]]:
    """Who of the roster may be given a seat on a council that needs no nomination."""
    found = await rows(
        "SELECT e.person, p.full_name, p.academic_rank, p.degree, o.short_name FROM expert e JOIN person p ON p.id = e.person "
        "JOIN organisation o ON o.id = e.association WHERE e.retired_on IS NULL AND e.consented_at IS NOT NULL "
        "AND e.person <> ALL($1) ORDER BY p.sort_key, e.id", list(sitting)
    )
    return [(str(row["person"]), f"{titled(SimpleNamespace(**row))} – {row['short_name']}") for row in found]


@get("/panels/{id:int}/edition")
async def edit(request: Request, id: Id) -> Template:
    return await editing(request, id)


async def editing(request: Request, id: int, form: Typed | None = None, status_code: int = 200) -> Template:
    panel = await visible(request, id)
    return page(
        "review/panels/edit.html", status_code=status_code, **around(request, panel, "members"),
        form=form or shown(panel, "name", "decision_number", "decided_on", "meets_at", "place"),
        earliest=await panels.earliest_meeting(await panels.rule_of(panel)) if panel.state == Panel.State.FORMING else None,
    )


@post("/panels/{id:int}/edition")
async def describe(request: Request, id: Id) -> Template | Redirect:
    verb = partial(panels.describe, await visible(request, id))
    return await submitted(request, Description, verb, shown=partial(editing, request, id), to=f"/panels/{id}")


async def seated(panel: Panel, *, person: int | None, part: str, by: Person) -> None:
    require(part in list(panels.Part), _("Hãy chọn vai trò."))
    require(person and await Person.exists().where(Person.id == person), _("Hãy chọn một chuyên gia."))
    await seats.take(panel, await people.person(person), part, by=by)


@post("/panels/{id:int}/seats")
async def take(request: Request, id: Id) -> Template | Redirect:
    verb = partial(seated, await visible(request, id))
    return await submitted(request, Taking, verb, shown=partial(composition, request, id), to=f"/panels/{id}", at="person")


async def seat_of(panel: Panel, id: int) -> Seat:
    if seat := await Seat.objects().where((Seat.id == id) & (Seat.panel == panel.id)).first():
        return seat
    raise NotFoundException


@get("/panels/{id:int}/seats/{seat:int}/departure")
async def departure(request: Request, id: Id, seat: Id) -> Template:
    return await leaving(request, id, seat, Typed())


async def leaving(request: Request, id: int, seat: int, form: Typed, status_code: int = 200) -> Template:
    panel = await visible(request, id)
    leaves = await seat_of(panel, seat)
    return page(
        "review/panels/departure.html", form=form, seat=leaves, name=titled(await people.person(leaves.person)),
        part=panels.part_name(leaves.part).lower(), status_code=status_code, **around(request, panel, "members"),
    )


@post("/panels/{id:int}/seats/{seat:int}/departure")
async def vacate(request: Request, id: Id, seat: Id) -> Template | Redirect:
    verb = partial(seats.vacate, await seat_of(await visible(request, id), seat))
    return await submitted(request, Reason, verb, shown=partial(leaving, request, id, seat), to=f"/panels/{id}", at="reason")


@post("/panels/{id:int}/invitation")
async def invite(request: Request, id: Id) -> Redirect:
    panel = await visible(request, id)
    await (matters if matters.is_on_matters(panel) else invitations).invite(panel, by=request.user)
    return see(f"/panels/{id}")


ROUTES = [index, new, form, show, edit, describe, take, departure, vacate, invite]
