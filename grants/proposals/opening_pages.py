"""Pages of the opening session: what was found, confirming each application."""

from functools import partial
from typing import Annotated

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import BeforeValidator

from grants.calls import calls
from grants.calls.tables import Call
from grants.people.tables import Person
from grants.proposals import openings, proposals
from grants.proposals.proposal_pages import handed_in_page, visible
from grants.proposals.tables import Proposal
from grants.shell.database import rows
from grants.shell.forms import Form, MaybeLine
from grants.shell.language import _
from grants.shell.web import Id, page, see, submitted


class Confirmation(Form):
    remark: MaybeLine = ""
    eligible: Annotated[bool, BeforeValidator(lambda answer: answer == "yes")] = False


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
    own = {row["id"] for row in await Proposal.select(Proposal.id).where((Proposal.call == id) & proposals.team_of(request.user))}
    for row in listed:
        row["state"] = proposals.outward(row["state"]) if row["id"] in own else row["state"]
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
    say, again = partial(openings.confirm, proposal), partial(handed_in_page, request, id)
    return await submitted(request, Confirmation, say, shown=again, to=f"/calls/{proposal.call}/opening")


ROUTES = [opening, open_session, confirm]

