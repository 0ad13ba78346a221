"""Pages of nominations: the federation names experts for a call's panel, the officer reads them."""

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import Field

from grants.calls import calls
from grants.calls.tables import Call
from grants.shell.changes import Refused
from grants.shell.dates import show_date
from grants.shell.forms import Day, Form, Invalid, MaybeLine, Typed, Whole, read
from grants.shell.web import Id, page, see
from review import experts, nominations, panels
from review.tables import Expert, Nomination, Panel


class Chosen(Form):
    experts: list[Whole] = []
    reason: MaybeLine = ""


class Asking(Form):
    wanted: int = Field(ge=1, le=60)
    due: Day
    note: MaybeLine = Field(default="", max_length=500)


async def visible_call(request: Request, id: int) -> Call:
    if call := await calls.visible_to(request.user).where(Call.id == id).first():
        return call
    raise NotFoundException


@get("/calls/{id:int}/nominations")
async def nominated(request: Request, id: Id) -> Template:
    return await naming(request, await visible_call(request, id), Typed({"q": request.query_params.get("q", "")}))


async def naming(
    request: Request, call: Call, form: Typed, status_code: int = 200, asking: Typed | None = None
) -> Template:
    panel = await Panel.objects().where((Panel.call == call.id) & (Panel.kind == "selection")).first()
    found = await nominations.candidates(call, typed=form.values.get("q", ""))
    return page(
        "review/experts/nominations.html", call=call, form=form, status_code=status_code, panel=panel,
        fields=await nominations.fields_of(call), nominated=[one for one in found if one.nomination],
        others=[one for one in found if not one.nomination], can_nominate=nominations.can_nominate(request.user),
        asked=await nominations.request_of(call), asking=asking or Typed({"wanted": "9"}),
        can_ask=nominations.can_ask(request.user, call) and (panel is None or panel.state == Panel.State.FORMING),
        can_form=panels.can_form(request.user), sees_experts=experts.can_see_work(request.user),
    )


@post("/calls/{id:int}/nominations")
async def nominate(request: Request, id: Id) -> Template | Redirect:
    call = await visible_call(request, id)
    try:
        form = await read(Chosen, request)
        chosen = await Expert.objects().where(Expert.id.is_in(form.experts)).order_by(Expert.id) if form.experts else []
        await nominations.nominate(call, chosen, reason=form.reason, by=request.user)
    except Invalid as invalid:
        return await naming(request, call, invalid, 422)
    except Refused as refused:
        return await naming(request, call, Typed({"reason": form.reason, "experts": form.experts}, {"experts": str(refused)}), 422)
    return see(f"/calls/{id}/nominations")


@post("/calls/{id:int}/nomination-request")
async def ask(request: Request, id: Id) -> Template | Redirect:
    call = await visible_call(request, id)
    try:
        form = await read(Asking, request)
        await nominations.ask(call, wanted=form.wanted, due=form.due, note=form.note, by=request.user)
    except Invalid as invalid:
        return await naming(request, call, Typed(), 422, asking=invalid)
    except Refused as refused:
        typed = {"wanted": str(form.wanted), "due": show_date(form.due), "note": form.note}
        return await naming(request, call, Typed(), 422, asking=Typed(typed, {"due": str(refused)}))
    return see(f"/calls/{id}/nominations")


@post("/nominations/{id:int}/withdrawal")
async def withdraw(request: Request, id: Id) -> Redirect:
    nomination = await Nomination.objects().where(Nomination.id == id).first()
    if nomination is None:
        raise NotFoundException
    await nominations.withdraw(nomination, by=request.user)
    return see(f"/calls/{nomination.call}/nominations")


ROUTES = [nominated, nominate, ask, withdraw]
