"""Pages of the opening session: what was found, confirming each application."""

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template

from grants.calls import calls
from grants.calls.tables import Call
from grants.people.tables import Person
from grants.proposals import openings, proposals
from grants.proposals.proposal_pages import handed_in_page, visible
from grants.shell.changes import Refused
from grants.shell.database import rows
from grants.shell.forms import Form, Invalid, MaybeLine, Typed, read
from grants.shell.language import _
from grants.shell.web import Id, page, see


class Confirmation(Form):
    remark: MaybeLine = ""
    eligible: str = ""


async def call_of(person: Person, id: int) -> Call:
    if call := await calls.visible_to(person).where(Call.id == id).first():
        return call
    raise NotFoundException


@get("/calls/{id:int}/opening")
async def opening(request: Request, id: Id) -> Template:
    call = await call_of(request.user, id)
    listed = await rows(
        "SELECT p.id, p.reference, p.title, p.state, p.requested_state, l.full_name, o.name AS organisation, "
        "coalesce(array_agg(f.sentence ORDER BY f.id) FILTER (WHERE f.id IS NOT NULL), '{}') AS findings "
        "FROM proposal p JOIN person l ON l.id = p.lead LEFT JOIN organisation o ON o.id = p.lead_organisation "
        "LEFT JOIN finding f ON f.proposal = p.id WHERE p.call = $1 AND p.state NOT IN ('draft', 'withdrawn') "
        "GROUP BY p.id, l.id, o.id ORDER BY p.reference", id,
    )
    for row in listed:
        row["status"] = proposals.status(row["state"])
    waiting = sum(row["state"] == "submitted" for row in listed)
    return page(
        "proposals/opening.html", call=call, listed=listed, waiting=waiting, can_open=openings.can_open(request.user),
        next=next_step({row["state"] for row in listed}),
    )


def next_step(states: set[str]) -> tuple[str, str] | None:
    """Who does what next once all applications are confirmed, as far as the least advanced of them says; None: nobody."""
    steps = {
        "eligible": (_("Cán bộ quản lý nhiệm vụ"), _("Lập hội đồng tuyển chọn và mời thành viên")),
        "in_review": (_("Hội đồng tuyển chọn"), _("Chấm điểm, họp và kiểm phiếu")),
        "recommended": (_("Cán bộ quản lý nhiệm vụ"), _("Lập tổ thẩm định kinh phí")),
        "appraised": (_("Lãnh đạo tỉnh"), _("Quyết định phê duyệt")),
        "not_recommended": (_("Lãnh đạo tỉnh"), _("Quyết định hồ sơ không được kiến nghị")),
    }
    return next((said for state, said in steps.items() if state in states), None)


@post("/calls/{id:int}/opening")
async def open_session(request: Request, id: Id) -> Redirect:
    await openings.open_session(await call_of(request.user, id), by=request.user)
    return see(f"/calls/{id}/opening")


@post("/proposals/{id:int}/eligibility")
async def confirm(request: Request, id: Id) -> Template | Redirect:
    proposal = await visible(request, id)
    call = await proposals.call_of(proposal)
    try:
        form = await read(Confirmation, request)
        await openings.confirm(proposal, eligible=form.eligible == "yes", remark=form.remark, by=request.user)
    except Invalid as invalid:
        return await handed_in_page(request, proposal, call, invalid, 422)
    except Refused as refused:
        if proposal.state != proposals.State.SUBMITTED or not call.opened_on:
            raise  # the page has no form to give back
        return await handed_in_page(request, proposal, call, Typed({"remark": form.remark}, {"remark": str(refused)}), 409)
    return see(f"/calls/{proposal.call}/opening")


ROUTES = [opening, open_session, confirm]

