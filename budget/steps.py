"""What comes next with the money of an application: asking for it, holding it, deciding; who does it by when."""

from budget import streams
from budget.tables import Reservation
from grants.calls.tables import Call
from grants.people.people import holds, person, titled
from grants.people.tables import Organisation, Person, Role
from grants.proposals import steps
from grants.proposals.tables import Proposal
from grants.rules.steps import Step
from grants.shell.language import _

Held = Reservation.State


async def of_proposal(
    proposal: Proposal, call: Call, held: list[Reservation], lacking: bool, reader: Person, *, officer: str = ""
) -> Step:
    """For an appraised application, who is to move its money now; else what its own room says.

    `lacking`: parts nobody asked for; `officer`: the name of the call's, where the page has it already.
    """
    step = await steps.next_step(proposal, call, reader, office=True)
    if proposal.state != Proposal.State.APPRAISED:
        return step
    waiting = next((one for one in held if one.state == Held.REQUESTED), None)
    if lacking:
        who, what = officer or titled(await person(call.officer)), _("Đề nghị tài chính giữ kinh phí")
        after = _("Tài chính từng nguồn duyệt, rồi lãnh đạo tỉnh quyết định.")
        return Step(who, what, step.due, f"/proposals/{proposal.id}/money", after, step.left)
    if waiting:
        link = f"/reservations/{waiting.id}"
        return Step(await finance_of(waiting), _("Duyệt giữ kinh phí"), step.due, link, _("Sau đó lãnh đạo tỉnh quyết định."), step.left)
    link = f"/awards/{proposal.id}" if holds(reader, Role.LEADER) else ""
    return Step(_("Lãnh đạo tỉnh"), _("Quyết định phê duyệt"), step.due, link, _("Kinh phí đã được giữ đủ."), step.left)


async def finance_of(reservation: Reservation) -> str:
    """The organisation that answers for the reservation's stream today."""
    answering = await streams.answering(reservation.stream)
    found = await Organisation.select(Organisation.name).where(Organisation.id == answering).first() if answering else None
    return found["name"] if found else _("Cơ quan tài chính phụ trách nguồn")


async def of_reservation(reservation: Reservation, proposal: Proposal, call: Call) -> Step:
    """What comes next with one reservation in each of its states."""
    link = f"/proposals/{proposal.id}/money"
    if reservation.state == Held.REQUESTED:
        return Step(await finance_of(reservation), _("Duyệt giữ kinh phí hoặc từ chối"), after=_("Người đề nghị được báo bằng thư."))
    if reservation.state == Held.REFUSED and proposal.state in (Proposal.State.APPRAISED, Proposal.State.AWARDED):
        return Step(titled(await person(call.officer)), _("Đề nghị lại, hoặc tìm nguồn khác"), link=link)
    if reservation.state == Held.APPROVED and proposal.state not in (Proposal.State.APPRAISED, Proposal.State.AWARDED):
        what = _("Giữ khoản này chờ bỏ phiếu lại, hoặc trả lại nguồn")
        return Step(await finance_of(reservation), what, link=link, after=_("Kết quả cũ của hội đồng không còn dùng."))
    if reservation.state == Held.APPROVED:
        after = _("Phê duyệt thì khoản này thành cam kết, không phê duyệt thì trả lại nguồn.")
        return Step(_("Lãnh đạo tỉnh"), _("Quyết định phê duyệt hồ sơ"), link=f"/awards/{proposal.id}", after=after)
    done = {
        Held.REFUSED: _("Đề nghị đã bị từ chối, không còn việc gì phải làm"), Held.COMMITTED: _("Khoản này đã thành cam kết"),
        Held.FREED: _("Khoản này đã trả lại nguồn"),
    }
    return Step("", done.get(Held(reservation.state), _("Khoản này đã xong")))
