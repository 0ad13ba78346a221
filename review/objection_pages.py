"""Pages of what was found after the vote: the finding with its facts, and the exception an officer may make."""

from functools import partial

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from grants.people import people
from grants.people.people import titled
from grants.proposals.tables import Objection, Proposal
from grants.rules import overview
from grants.shell.forms import Typed
from grants.shell.web import Id, page, submitted
from review import overruling
from review.panel_pages import Reason


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
        proposal=await Proposal.objects().where(Proposal.id == objection.proposal).first(), kind=overview.label(objection.kind),
        grounds=await overruling.grounds(objection) if mine else "",
        settled_by=titled(await people.person(objection.settled_by)) if objection.settled_by else "",
    )


@post("/objections/{id:int}/settlement")
async def overrule(request: Request, id: Id) -> Template | Redirect:
    verb = partial(overruling.overrule, await visible(request, id))
    return await submitted(request, Reason, verb, shown=partial(finding, request, id), to=f"/objections/{id}", at="reason")


ROUTES = [show, overrule]
