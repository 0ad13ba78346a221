"""Pages of the assignment: what is wished, the answer with its reasons, changes by hand with their cost, putting it to work."""

import json
from datetime import date
from functools import partial
from typing import Annotated, Literal

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from grants.people.tables import Person
from grants.shell.database import rows
from grants.shell.forms import Form, MaybeDay, MaybeId, Ticked, Typed
from grants.shell.language import _, either
from grants.shell.web import Id, page, see, submitted
from review import assignment, assignment_reading, assignment_runs, matters
from review.assignment import Wanted
from review.assignment_tables import AssignmentRun
from review.panel_pages import around
from review.panel_pages import visible as visible_panel
from review.tables import Panel

Percent = Annotated[int, Field(ge=1, le=100)]
FIRST = {"aim": "total", "pool": "members", "cap": "50"}


class Wishes(Form):
    aim: Literal["total", "worst", "lot"]
    pool: Literal["members", "nominated"]
    cap: Percent = 50
    apart: Ticked = False
    refill: Ticked = False
    answer_by: MaybeDay = None


class Change(Form):
    application: int = Field(gt=0, lt=2**31)
    put_in: MaybeId = None
    take_out: MaybeId = None
    others_stay: Ticked = False


async def visible(request: Request, id: int) -> AssignmentRun:
    if run := await assignment_runs.visible_to(request.user).where(AssignmentRun.id == id).first():
        return run
    raise NotFoundException


async def selecting(request: Request, id: int) -> Panel:
    """A panel on the applications of a call; topics and final evaluations name their reviewers one by one."""
    panel = await visible_panel(request, id)
    if matters.is_on_matters(panel):
        raise NotFoundException
    return panel


@get("/panels/{id:int}/assignments")
async def index(request: Request, id: Id) -> Template:
    return await listed(request, id, Typed(FIRST))


async def listed(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    panel = await selecting(request, id)
    found = await assignment_runs.visible_to(request.user).where(AssignmentRun.panel == panel.id).order_by(
        AssignmentRun.id, ascending=False
    )
    return page(
        "review/assignments/list.html", **around(request, panel, "assignments"), form=form, status_code=status_code,
        runs=[summary(run, len(found) - n) for n, run in enumerate(found)],
        aims=[(key, _(words)) for key, words in assignment.AIMS.items()],
        pools=[(key, _(words)) for key, words in assignment.POOLS.items()],
    )


def summary(run: AssignmentRun, number: int) -> list:
    """A run, the panel's `number`th, as a line of its list."""
    wanted, answer = Wanted.of(run), json.loads(run.answer) if run.answer else None
    total, worst = (assignment_reading.points(answer["total"]), assignment_reading.points(answer["worst"])) if answer else (None, None)
    return [(_("Lần {number}").format(number=number), f"/assignments/{run.id}"), run.asked_at, _(assignment.AIMS[wanted.aim]), total, worst,
            assignment_runs.status(run)]


async def asked(panel: Panel, *, answer_by: date | None, by: Person, **wishes) -> AssignmentRun:
    return await assignment_runs.ask_for(panel, Wanted(**wishes), by=by, answer_by=answer_by)


@post("/panels/{id:int}/assignments")
async def ask(request: Request, id: Id) -> Template | Redirect:
    verb = partial(asked, await selecting(request, id))
    return await submitted(request, Wishes, verb, shown=partial(listed, request, id), to=to_run)


def to_run(run: AssignmentRun) -> str:
    return f"/assignments/{run.id}"


@get("/assignments/{id:int}")
async def show(request: Request, id: Id) -> Template:
    """The run: how far it has come; then the answer, application by application."""
    run = await visible(request, id)
    panel = await visible_panel(request, run.panel)
    wanted, kept = Wanted.of(run), run.answer or run.flow
    context = around(request, panel, "assignments") | {
        "run": run, "wanted": wanted, "number": await assignment_runs.number_of(run),
        "said": assignment_runs.status(run), "aim": _(assignment.AIMS[wanted.aim]), "answer": None,
        "going": run.state in (assignment_runs.State.ASKED, assignment_runs.State.SOLVING), "points": assignment_reading.points,
        "can_apply": assignment_runs.can_apply(request.user, run, panel),
    }
    if kept is None:
        return page("review/assignments/show.html", **context)
    answer = json.loads(kept)
    previous = await AssignmentRun.objects().where(AssignmentRun.id == run.previous).first() if run.previous else None
    read_ = await assignment_reading.reading(run, answer, previous)
    return page(
        "review/assignments/show.html", **context | {
            "answer": answer, "lines": read_.lines(), "proof": assignment_reading.proof(wanted, answer),
            "unmet": assignment_reading.unmet(read_.inputs, answer, wanted.cap), "cost": cost(answer, previous), "previous": previous,
            "before": previous and await assignment_runs.number_of(previous),
            "newcomers": [one["name"] for n, one in enumerate(read_.inputs["experts"])
                          if not one["sits"] and any(e == n for _a, e in answer["pairs"])],
            "titled": await titles(read_.inputs),
        }
    )


async def titles(inputs: dict) -> dict[int, str]:
    """What the applications are called now, in the reader's language."""
    found = await rows("SELECT id, title, title_en FROM proposal WHERE id = ANY($1)", [one["id"] for one in inputs["applications"]])
    return {row["id"]: either(row["title"], row["title_en"]) for row in found}


def cost(answer: dict, previous: AssignmentRun | None) -> str | None:
    """What a change by hand has cost (or brought), against the answer it changed."""
    if previous is None or previous.answer is None:
        return None
    then = json.loads(previous.answer)["total"]
    return _("Tổng {before} → {after}, thay đổi {by}.").format(
        before=assignment_reading.points(then), after=assignment_reading.points(answer["total"]),
        by=assignment_reading.points(answer["total"] - then),
    )


@get("/assignments/{id:int}/applications/{proposal:int}")
async def application(request: Request, id: Id, proposal: Id) -> Template:
    return await changing(request, id, Typed({"application": str(proposal), "others_stay": "on"}))


async def changing(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    """One application of an answer: who reviews it, who else there is and at what cost, who may not and why."""
    run = await visible(request, id)
    panel = await visible_panel(request, run.panel)
    if run.answer is None:
        raise NotFoundException
    read_ = await assignment_reading.reading(run, json.loads(run.answer))
    line = next((one for one in read_.lines() if str(one.id) == form.values.get("application")), None)
    if line is None:
        raise NotFoundException
    proposal = line.id
    others, kept = read_.others(proposal), {person for a, person in read_.inputs["kept"] if a == proposal}
    return page(
        "review/assignments/application.html", **around(request, panel, "assignments"), run=run, line=line, form=form,
        number=await assignment_runs.number_of(run),
        status_code=status_code, points=assignment_reading.points, others=[one for one in others if not one.why],
        barred=[one for one in others if one.why], open=assignment_runs.can_apply(request.user, run, panel) or bool(run.applied_at),
        put_in=[("", _("Để hệ thống chọn người thay")), *((str(one.person), one.name, aside(one)) for one in others if not one.why)],
        take_out=[("", _("Không thay ra ai"))] + [(str(one.person), one.name) for one in line.reviewers if one.person not in kept],
    )


def aside(one: assignment_reading.Pair) -> str:
    """What stands beside a name that may be chosen: likeness, cost, reasons."""
    likeness = _("Độ phù hợp {value}.").format(value=assignment_reading.points(one.value))
    if one.price is None:
        return f"{likeness} {one.reason}."
    loss = _("Tổng giảm {price} nếu các hồ sơ khác được xếp lại.").format(price=assignment_reading.points(one.price))
    return f"{likeness} {loss} {one.reason}."


@post("/assignments/{id:int}/changes")
async def change(request: Request, id: Id) -> Template | Redirect:
    verb = partial(assignment_runs.change, await visible(request, id))
    return await submitted(request, Change, verb, shown=partial(changing, request, id), to=to_run, at="put_in")


@post("/assignments/{id:int}/appointment")
async def appoint(request: Request, id: Id) -> Redirect:
    run = await visible(request, id)
    await assignment_runs.apply(run, by=request.user)
    return see(f"/panels/{run.panel}/applications")


ROUTES = [index, ask, show, application, change, appoint]
