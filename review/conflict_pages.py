"""Pages of a panel's conflicts: every hit with its two facts, and the exceptions that the rules allow."""

from functools import partial

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from grants.rules import words
from grants.rules.content import Seat as Sits
from grants.shell.forms import Typed
from grants.shell.web import Id, Token, page, submitted
from review import conflicts, invitations, nominations, panels
from review.panel_pages import Reason, around
from review.reviewer_pages import with_applications
from review.tables import Panel


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
        references={row["id"]: row["reference"] for row in known.waiting}, explain=conflicts.explain, kind_name=words.called,
        can_waive=lambda hit: panels.can_change(request.user, panel) and conflicts.can_waive(request.user, hit),
    )


async def hit_of(panel: Panel, person: int, proposal: int, kind: Token) -> conflicts.Conflict:
    """The conflict that the address names, as the records show it now."""
    sits = (await conflicts.seats_of(panel)).get(person, Sits.MEMBER.value)
    for hit, _waived in await conflicts.of_panel(panel, {person: sits}):
        if hit.proposal == proposal and hit.kind.value == kind:
            return hit
    raise NotFoundException


WAIVER = "/panels/{id:int}/conflicts/{person:int}/{proposal:int}/{kind:str}/waiver"


@get(WAIVER)
async def excepting(request: Request, id: Id, person: Id, proposal: Id, kind: Token) -> Template:
    return await waiving(request, id, person, proposal, kind, Typed())


async def waiving(
    request: Request, id: int, person: int, proposal: int, kind: str, form: Typed, status_code: int = 200
) -> Template:
    panel = await with_applications(request, id)
    hit = await hit_of(panel, person, proposal, kind)
    return page(
        "review/panels/waiver.html", form=form, hit=hit, why=conflicts.explain(hit), status_code=status_code,
        **around(request, panel, "conflicts"),
    )


@post(WAIVER)
async def waive(request: Request, id: Id, person: Id, proposal: Id, kind: Token) -> Template | Redirect:
    panel = await with_applications(request, id)
    verb = partial(conflicts.waive, panel, await hit_of(panel, person, proposal, kind))
    again = partial(waiving, request, id, person, proposal, kind)
    return await submitted(request, Reason, verb, shown=again, to=f"/panels/{id}/conflicts", at="reason")


ROUTES = [show_conflicts, excepting, waive]
