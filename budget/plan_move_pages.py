"""The page on which an appraised plan moves to the next year: what would change, the proposal, the decision."""

from collections.abc import Callable
from functools import partial

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import grounds, names, plan_moves, reservations, streams
from budget.grounds import Act
from budget.year_tables import PlanMove
from grants.people.people import today
from grants.proposals import proposals
from grants.proposals.tables import Proposal
from grants.shell.dates import budget_year
from grants.shell.forms import Day, Form, Line, Text, Typed
from grants.shell.web import Id, page, submitted


class Proposed(Form):
    ground: int = Field(gt=0, lt=2**31)
    reason: Text = Field(max_length=500)


class Decision(Form):
    number: Line = Field(max_length=60)
    on: Day


class Refusal(Form):
    refusal: Text = Field(max_length=500)


async def visible(request: Request, id: int) -> Proposal:
    """An application that the offices work on, never one's own."""
    judged = (Proposal.id == id) & proposals.judged_by(request.user)
    if found := await Proposal.objects().where(judged).first():
        return found
    raise NotFoundException


async def latest(proposal: Proposal) -> PlanMove | None:
    return await PlanMove.objects().where(PlanMove.proposal == proposal.id).order_by(PlanMove.id, ascending=False).first()


@get("/proposals/{id:int}/plan-move")
async def plan_move(request: Request, id: Id) -> Template:
    return await shown(request, id, Typed())


async def shown(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    """The plan by year and stream as it stands and as it would stand, and the next step with it."""
    proposal = await visible(request, id)
    row, slices = await latest(proposal), await proposals.slices(proposal)
    ended = bool(slices) and slices[0][0] < budget_year(today())
    movable = proposal.state == Proposal.State.APPRAISED and ended
    open_still = row is not None and row.state == plan_moves.State.PROPOSED
    return page(
        "budget/plan_move.html", proposal=proposal, form=form, status_code=status_code, row=row, movable=movable,
        year=slices[0][0] if slices else None, status=plan_moves.status(row.state) if row else None,
        plan=[[streams.badge(source), year, *([year + 1] if movable else []), amount] for year, source, amount in slices],
        held=[[streams.badge(one.stream), one.year, one.amount, reservations.status(one.state)] for one in await reservations.of(proposal)],
        people=await names.of([row.made_by, row.decided_by]) if row else ["–", "–"],
        choices=await grounds.choices(Act.MOVE_PLAN, today()) if movable else [],
        can_propose=movable and not open_still and plan_moves.can_propose(request.user),
        can_decide=open_still and await plan_moves.can_decide(request.user, row, proposal),
    )  # fmt: skip


async def step(request: Request, id: int, shape: type[Form], verb: Callable) -> Template | Redirect:
    return await submitted(request, shape, verb, shown=partial(shown, request, id), to=f"/proposals/{id}/plan-move")


async def open_move(request: Request, id: int) -> PlanMove:
    row = await latest(await visible(request, id))
    if row is None:
        raise NotFoundException
    return row


@post("/proposals/{id:int}/plan-move")
async def propose(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Proposed, partial(plan_moves.propose, await visible(request, id)))


@post("/proposals/{id:int}/plan-move/approval")
async def approve(request: Request, id: Id) -> Template | Redirect:
    return await step(request, id, Decision, partial(plan_moves.approve, await open_move(request, id)))


@post("/proposals/{id:int}/plan-move/refusal")
async def refuse(request: Request, id: Id) -> Template | Redirect:
    row = await open_move(request, id)
    return await step(request, id, Refusal, lambda refusal, by: plan_moves.refuse(row, reason=refusal, by=by))


ROUTES = [plan_move, propose, approve, refuse]
