"""The page on which a project is closed: what lacks, and the minutes of the liquidation."""

from functools import partial

from litestar import Request, get, post
from litestar.response import Redirect, Template
from pydantic import Field

from budget import closings
from grants.projects import closeouts, heads
from grants.projects.projects import State
from grants.shell.forms import Day, Form, Line, Typed
from grants.shell.web import Id, submitted


class Minutes(Form):
    number: Line = Field(max_length=60)
    on: Day


@get("/projects/{id:int}/closing")
async def closing(request: Request, id: Id) -> Template:
    return await shown(request, id, Typed())


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    """What must be so before the close, point by point, and the form once all is."""
    project = await heads.visible(request, id)
    points = await closings.checklist(project)
    whole = all(point.done for point in points)
    return heads.framed(
        request, "budget/closing.html", project, "/payments", form=form, status_code=status_code, points=points, whole=whole,
        closed=project.state == State.CLOSED, can_close=whole and closeouts.can_close(request.user, project),
    )


@post("/projects/{id:int}/closing")
async def close(request: Request, id: Id) -> Template | Redirect:
    project = await heads.visible(request, id)
    return await submitted(
        request, Minutes, partial(closings.close, project), shown=partial(shown, request, id), to=f"/projects/{id}/closing",
    )


ROUTES = [closing, close]
