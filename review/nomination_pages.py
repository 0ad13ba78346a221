"""Pages of nominations: the federation names experts for a call's panel, the officer reads them."""

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from grants.calls import calls
from grants.calls.tables import Call
from grants.shell.changes import Refused
from grants.shell.forms import Form, Invalid, MaybeLine, Typed, Whole, read
from grants.shell.web import Id, page, see
from review import experts, nominations, panels
from review.tables import Expert, Nomination, Panel


class Chosen(Form):
    experts: list[Whole] = []
    reason: MaybeLine = ""


async def visible_call(request: Request, id: int) -> Call:
    if call := await calls.visible_to(request.user).where(Call.id == id).first():
        return call
    raise NotFoundException


@get("/calls/{id:int}/nominations")
async def nominated(request: Request, id: Id) -> Template:
    return await naming(request, await visible_call(request, id), Typed({"q": request.query_params.get("q", "")}))


async def naming(request: Request, call: Call, form: Typed, status_code: int = 200) -> Template:
    panel = await Panel.objects().where((Panel.call == call.id) & (Panel.kind == "selection")).first()
    found = await nominations.candidates(call, typed=form.values.get("q", ""))
    return page(
        "review/experts/nominations.html", call=call, form=form, status_code=status_code, panel=panel,
        fields=await nominations.fields_of(call), nominated=[one for one in found if one.nomination],
        others=[one for one in found if not one.nomination], can_nominate=nominations.can_nominate(request.user),
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


@post("/nominations/{id:int}/withdrawal")
async def withdraw(request: Request, id: Id) -> Redirect:
    nomination = await Nomination.objects().where(Nomination.id == id).first()
    if nomination is None:
        raise NotFoundException
    await nominations.withdraw(nomination, by=request.user)
    return see(f"/calls/{nomination.call}/nominations")


ROUTES = [nominated, nominate, withdraw]
