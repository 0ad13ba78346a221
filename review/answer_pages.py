"""Pages of a team's answer to its reviews, where the rule set has that step."""

from functools import partial

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from grants.proposals import proposals
from grants.proposals.tables import Proposal
from grants.shell.forms import Form, Text, Typed
from grants.shell.web import Id, page, submitted
from review import answers


class Given(Form):
    words: Text = Field(max_length=10_000)


async def visible(request: Request, id: int) -> Proposal:
    """An application of one's own whose reviews may be read, or were answered."""
    found = await proposals.visible_to(request.user).where(Proposal.id == id).first()
    if found and await proposals.is_own(request.user, found) and (await answers.window(id) or await answers.of(id)):
        return found
    raise NotFoundException


@get("/proposals/{id:int}/answer")
async def show(request: Request, id: Id) -> Template:
    return await answering(request, id, Typed())


async def answering(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    proposal = await visible(request, id)
    there, given = await answers.window(id), await answers.of(id)
    return page(
        "review/meetings/answer.html", proposal=proposal, there=there, given=given, form=form, status_code=status_code,
        may=answers.can_answer(request.user, proposal) and given is None and there is not None and there.open,
    )


@post("/proposals/{id:int}/answer")
async def give(request: Request, id: Id) -> Template | Redirect:
    verb = partial(answers.give, await visible(request, id))
    return await submitted(request, Given, verb, shown=partial(answering, request, id), to=f"/proposals/{id}/answer", at="words")


ROUTES = [show, give]
