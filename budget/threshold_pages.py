"""The page of approval thresholds: above which amount who else approves a payment, from when to when, on what ground."""

from functools import partial
from typing import Literal

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import approvals, streams
from budget.payment_tables import Threshold
from grants.people.people import today
from grants.shell.forms import Day, Form, Line, Money, Ticked, Typed, above
from grants.shell.language import _
from grants.shell.web import Id, page, submitted


class NewThreshold(Form):
    stream: Literal["", "capital", "recurrent", "fund"] = ""
    over: Money
    post: Line = Field(max_length=120)
    basis: Line
    since: Day
    verified: Ticked = False


class Ended(Form):
    on: Day


@get("/thresholds")
async def threshold_list(request: Request) -> Template:
    return await shown(request, Typed({"since": today().isoformat()}))


async def shown(request: Request, form: Typed, status_code: int = 200) -> Template:
    found = await Threshold.objects().order_by(Threshold.valid_from).order_by(Threshold.id)
    day = today()
    return page(
        "budget/thresholds.html", form=form, status_code=status_code, can_set=approvals.can_set(request.user), today=day,
        found=[(one, streams.badge(one.stream) if one.stream else None) for one in found],
        streams_offered=[("", _("Mọi nguồn")), *streams.options()],
    )


@post("/thresholds")
async def set_threshold(request: Request) -> Template | Redirect:
    return await submitted(
        request, NewThreshold, lambda verified, **said: approvals.set_threshold(unverified=not verified, **said),
        shown=partial(shown, request), to="/thresholds",
    )


@post("/thresholds/{id:int}/end")
async def end(request: Request, id: Id) -> Template | Redirect:
    one = await Threshold.objects().where(Threshold.id == id).first()
    if one is None:
        raise NotFoundException
    return await submitted(
        request, Ended, partial(approvals.end_threshold, one), shown=lambda typed, code: shown(request, above(typed), code),
        to="/thresholds",
    )


ROUTES = [threshold_list, set_threshold, end]
