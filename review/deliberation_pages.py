"""Pages of what a session does beside the ballots: the counting board, votes on conclusions, opinions that differ."""

from litestar import Request, post
from litestar.response import Redirect, Template
from pydantic import Field

from grants.shell.changes import Refused
from grants.shell.forms import Form, Invalid, MaybeId, Text, Typed, Whole, read
from grants.shell.web import Id, see
from review import deliberations
from review.meeting_pages import session_page, visible


class Board(Form):
    board: list[Whole] = Field(default_factory=list, max_length=20)


class Conclusion(Form):
    words: Text = Field(max_length=2000)
    yes: Whole
    no: Whole
    abstained: Whole


class Opinion(Form):
    member: MaybeId = None
    opinion: Text = Field(max_length=5000)


@post("/panels/{id:int}/counting-board")
async def elect(request: Request, id: Id) -> Template | Redirect:
    panel = await visible(request, id)
    try:
        form = await read(Board, request)
        await deliberations.elect(panel, form.board, by=request.user)
    except Invalid as invalid:
        return await session_page(request, panel, invalid, 422)
    except Refused as refused:
        return await session_page(request, panel, Typed({"board": [str(one) for one in form.board]}, {"board": str(refused)}), 409)
    return see(f"/panels/{id}/session")


@post("/panels/{id:int}/motions")
async def put_to_vote(request: Request, id: Id) -> Template | Redirect:
    panel = await visible(request, id)
    try:
        form = await read(Conclusion, request)
        await deliberations.put_to_vote(panel, form.words, yes=form.yes, no=form.no, abstained=form.abstained, by=request.user)
    except Invalid as invalid:
        return await session_page(request, panel, invalid, 422)
    except Refused as refused:
        typed = {name: str(value) for name, value in form.model_dump().items()}
        return await session_page(request, panel, Typed(typed, {"words": str(refused)}), 409)
    return see(f"/panels/{id}/session")


@post("/panels/{id:int}/dissents")
async def dissent(request: Request, id: Id) -> Template | Redirect:
    """A member's own opinion; the secretary names the member for whom it is written down."""
    panel = await visible(request, id)
    try:
        form = await read(Opinion, request)
        await deliberations.dissent(panel, form.member or request.user.id, form.opinion, by=request.user)
    except Invalid as invalid:
        return await session_page(request, panel, invalid, 422)
    except Refused as refused:
        typed = {"opinion": form.opinion, "member": str(form.member or "")}
        return await session_page(request, panel, Typed(typed, {"opinion": str(refused)}), 409)
    return see(f"/panels/{id}/session")


ROUTES = [elect, put_to_vote, dissent]
