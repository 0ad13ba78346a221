"""Pages of what was found after the vote: the finding with its facts, and the exception an officer may make."""

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from grants.people import people
from grants.people.people import titled
from grants.proposals.tables import Objection, Proposal
from grants.rules import overview
from grants.shell.changes import Refused
from grants.shell.forms import Invalid, Typed, read
from grants.shell.web import Id, page, see
from review import overruling
from review.panel_pages import Reason


async def visible(request: Request, id: int) -> Objection:
    if found := await Objection.objects().where((Objection.id == id) & overruling.seen_by(request.user)).first():
        return found
    raise NotFoundException


@get("/objections/{id:int}")
async def show(request: Request, id: Id) -> Template:
    return await finding(request, await visible(request, id), Typed())


async def finding(request: Request, objection: Objection, form: Typed, status_code: int = 200) -> Template:
    mine = overruling.can_overrule(request.user, objection)
    return page(
        "review/panels/objection.html", objection=objection, form=form, status_code=status_code, can_overrule=mine,
        proposal=await Proposal.objects().where(Proposal.id == objection.proposal).first(), kind=overview.label(objection.kind),
        grounds=await overruling.grounds(objection) if mine else "",
        settled_by=titled(await people.person(objection.settled_by)) if objection.settled_by else "",
    )


@post("/objections/{id:int}/settlement")
async def overrule(request: Request, id: Id) -> Template | Redirect:
    objection = await visible(request, id)
    try:
        form = await read(Reason, request)
        await overruling.overrule(objection, reason=form.reason, by=request.user)
    except Invalid as invalid:
        return await finding(request, objection, invalid, 422)
    except Refused as refused:
        return await finding(request, objection, Typed({"reason": form.reason}, {"reason": str(refused)}), 409)
    return see(f"/objections/{id}")


ROUTES = [show, overrule]
