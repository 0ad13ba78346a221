"""Pages of what was found after the vote: the finding with its facts, and the exception an officer may make."""

from functools import partial
from typing import Literal

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from grants.people import people
from grants.people.people import titled
from grants.people.tables import Person
from grants.proposals.tables import Objection, Proposal
from grants.rules import words
from grants.shell.forms import Day, Form, Line, Text, Typed
from grants.shell.web import Id, page, submitted
from review import overruling, revotes
from review.panel_pages import Reason
from review.tables import Panel


class Order(Form):
    council: Literal["same", "new"]
    decision_number: Line = Field(max_length=60)
    decided_on: Day
    grounds: Text = Field(max_length=500)


async def visible(request: Request, id: int) -> Objection:
    if found := await Objection.objects().where((Objection.id == id) & overruling.seen_by(request.user)).first():
        return found
    raise NotFoundException


@get("/objections/{id:int}")
async def show(request: Request, id: Id) -> Template:
    return await finding(request, id, Typed())


async def finding(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    objection = await visible(request, id)
    mine = overruling.can_overrule(request.user, objection)
    return page(
        "review/panels/objection.html", objection=objection, form=form, status_code=status_code, can_overrule=mine,
        proposal=await Proposal.objects().where(Proposal.id == objection.proposal).first(), kind=words.called(objection.kind),
        grounds=await overruling.grounds(objection) if mine else "", can_order=await revotes.can_order(request.user, objection),
        back_to_vote=await revotes.named(objection) if mine else "", revote=await revotes.of(objection),
        settled_by=titled(await people.person(objection.settled_by)) if objection.settled_by else "",
    )


@post("/objections/{id:int}/settlement")
async def overrule(request: Request, id: Id) -> Template | Redirect:
    verb = partial(overruling.overrule, await visible(request, id))
    return await submitted(request, Reason, verb, shown=partial(finding, request, id), to=f"/objections/{id}", at="reason")


async def ordered(objection: Objection, *, council: str, grounds: str, by: Person, **decision) -> Panel:
    return await revotes.order(objection, same_council=council == "same", reason=grounds, by=by, **decision)


@post("/objections/{id:int}/revote")
async def order(request: Request, id: Id) -> Template | Redirect:
    """The decision that the vote is taken anew."""
    verb = partial(ordered, await visible(request, id))
    return await submitted(request, Order, verb, shown=partial(finding, request, id), to=lambda panel: f"/panels/{panel.id}")


ROUTES = [show, overrule, order]
