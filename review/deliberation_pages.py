"""Pages of what a session does beside the ballots: the counting board, votes on conclusions, opinions that differ."""

from collections.abc import Callable
from functools import partial

from litestar import Request, post
from litestar.response import Redirect, Template
from pydantic import Field

from grants.people.tables import Person
from grants.shell.forms import Form, MaybeId, Text, Whole
from grants.shell.web import Id, submitted
from review import deliberations
from review.meeting_pages import session_page, visible
from review.tables import Panel


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


async def step(request: Request, id: int, shape: type[Form], verb: Callable, at: str) -> Template | Redirect:
    panel = await visible(request, id)
    again = partial(session_page, request, id)
    return await submitted(request, shape, partial(verb, panel), shown=again, to=f"/panels/{id}/session", at=at)


@post("/panels/{id:int}/counting-board")
async def elect(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Board, deliberations.elect, "board")


@post("/panels/{id:int}/motions")
async def put_to_vote(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Conclusion, deliberations.put_to_vote, "words")


async def spoken(panel: Panel, *, member: int | None, opinion: str, by: Person) -> None:
    """A member's own opinion; the secretary names the member for whom it is written down."""
    await deliberations.dissent(panel, member or by.id, opinion, by=by)


@post("/panels/{id:int}/dissents")
async def dissent(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Opinion, spoken, "opinion")


ROUTES = [elect, put_to_vote, dissent]
