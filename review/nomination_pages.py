"""Pages of nominations: the federation names experts for a call's panel, the officer reads them."""

from functools import partial

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from grants.calls import calls
from grants.calls.tables import Call
from grants.people.tables import Person
from grants.shell.forms import Day, Form, MaybeLine, Typed, Whole
from grants.shell.web import Id, page, see, submitted
from review import experts, nominations, panels
from review.roster_tables import Expert, Nomination
from review.tables import Panel


class Chosen(Form):
    experts: list[Whole] = []
    reason: MaybeLine = ""


class Asking(Form):
    wanted: int = Field(ge=1, le=60)
    due: Day
    note: MaybeLine = Field(default="", max_length=500)


async def visible_call(request: Request, id: int) -> Call:
    if call := await calls.visible_to(request.user).where(Call.id == id).first():
        await panels.require_no_part_in(request.user, call)
        return call
    raise NotFoundException


@get("/calls/{id:int}/nominations")
async def nominated(request: Request, id: Id) -> Template:
    return await naming(request, id, Typed({"q": request.query_params.get("q", "")}))


async def naming(request: Request, id: int, form: Typed, status_code: int = 200, asking: Typed | None = None) -> Template:
    call = await visible_call(request, id)
    panel = await Panel.objects().where((Panel.call == call.id) & (Panel.kind == "selection") & Panel.repeats.is_null()).first()
    found = await nominations.candidates(call, typed=form.values.get("q", ""))
    return page(
        "review/experts/nominations.html", call=call, form=form, status_code=status_code, panel=panel,
        fields=await nominations.fields_of(call), nominated=[one for one in found if one.nomination],
        others=[one for one in found if not one.nomination], can_nominate=nominations.can_nominate(request.user),
        asked=await nominations.request_of(call), asking=asking or Typed({"wanted": "9"}),
        can_ask=nominations.can_ask(request.user, call) and (panel is None or panel.state == Panel.State.FORMING),
        can_form=panels.can_form(request.user), sees_experts=experts.can_see_work(request.user),
    )


async def chosen(call: Call, *, experts: list[int], reason: str, by: Person) -> None:
    found = await Expert.objects().where(Expert.id.is_in(experts)).order_by(Expert.id) if experts else []
    await nominations.nominate(call, found, reason=reason, by=by)


@post("/calls/{id:int}/nominations")
async def nominate(request: Request, id: Id) -> Template | Redirect:
    verb = partial(chosen, await visible_call(request, id))
    return await submitted(request, Chosen, verb, shown=partial(naming, request, id), to=f"/calls/{id}/nominations", at="experts")


@post("/calls/{id:int}/nomination-request")
async def ask(request: Request, id: Id) -> Template | Redirect:
    verb = partial(nominations.ask, await visible_call(request, id))

    async def again(asking: Typed, status_code: int) -> Template:
        return await naming(request, id, Typed(), status_code, asking)

    return await submitted(request, Asking, verb, shown=again, to=f"/calls/{id}/nominations", at="due")


@post("/nominations/{id:int}/withdrawal")
async def withdraw(request: Request, id: Id) -> Redirect:
    nomination = await Nomination.objects().where(Nomination.id == id).first()
    if nomination is None:
        raise NotFoundException
    await nominations.withdraw(nomination, by=request.user)
    return see(f"/calls/{nomination.call}/nominations")


ROUTES = [nominated, nominate, ask, withdraw]
