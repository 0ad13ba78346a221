"""The page of approval thresholds: above which amount who else approves a payment, from when to when, on what ground."""

from typing import Literal

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from budget import approvals, streams
from budget.payment_tables import Threshold
from grants.people.people import today
from grants.shell.changes import Refused
from grants.shell.forms import Day, Form, Invalid, Line, Money, Ticked, Typed, again, read
from grants.shell.language import _
from grants.shell.web import Id, page, see


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
    try:
        form = await read(NewThreshold, request)
        await approvals.set_threshold(
            stream=form.stream,
            over=form.over,
            post=form.post,
            basis=form.basis,
            since=form.since,
            unverified=not form.verified,
            by=request.user,
        )
    except Invalid as invalid:
        return await shown(request, invalid, 422)
    except Refused as refused:
        return await shown(request, again(form, refused), 409)
    return see("/thresholds")


@post("/thresholds/{id:int}/end")
async def end(request: Request, id: Id) -> Template | Redirect:
    one = await Threshold.objects().where(Threshold.id == id).first()
    if one is None:
        raise NotFoundException
    try:
        await approvals.end_threshold(one, on=(await read(Ended, request)).on, by=request.user)
    except Invalid as invalid:
        return await shown(request, Typed({}, {"": invalid.errors["on"]}), 422)
    except Refused as refused:
        return await shown(request, Typed({}, {"": str(refused)}), 409)
    return see("/thresholds")


ROUTES = [threshold_list, set_threshold, end]
