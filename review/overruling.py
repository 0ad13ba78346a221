"""Overruling what was found after the vote: whether the rules let the award go on in spite of it, and with what reason."""

from grants.people.people import holds
from grants.people.tables import Person, Role
from grants.proposals import objections, proposals
from grants.proposals.tables import Objection, Proposal
from grants.shell.changes import require
from grants.shell.database import DB
from grants.shell.language import _
from review import conflicts, meetings, panels
from review.conflicts import Conflict
from review.tables import Panel


def seen_by(person: Person):
    """What was found about a judge is for the offices; not for who has a part in the application, or in a rival that still waits."""
    if not holds(person, *proposals.SEES_ALL):
        return Objection.id < 0
    mine = Proposal.select(Proposal.call).where(proposals.undecided_of(person))
    rivals = Proposal.select(Proposal.id).where(Proposal.call.is_in(mine))
    return proposals.judged_in(person, Objection.proposal) & Objection.proposal.not_in(rivals)


async def hit_of(objection: Objection) -> tuple[Panel, Conflict] | None:
    """The conflict behind an objection as the records show it now, and the panel whose vote it touches."""
    for panel, hit, _waived in await conflicts.at_award(objection.proposal):
        if (hit.person, hit.kind.value) == (objection.person, objection.kind):
            return await Panel.objects().where(Panel.id == panel).first(), hit
    return None


async def grounds(objection: Objection) -> str:
    """What lets an officer overrule it: "rule" the rule set, "result" that it does not hang on this judge; else ""."""
    found = await hit_of(objection)
    if found is None:
        return ""
    panel, hit = found
    if hit.may_be_overruled:
        return "rule"
    return "result" if objection.proposal in await meetings.recommended_without(panel, objection.person) else ""


def can_overrule(person: Person, objection: Objection) -> bool:
    return objection.settled_at is None and holds(person, Role.OFFICER)


async def overrule(objection: Objection, *, reason: str, by: Person) -> None:
    """Let the award go on in spite of what was found, with the reason; only on the grounds that the rules know."""
    async with DB.transaction():
        require(holds(by, Role.OFFICER), _("Chỉ cán bộ quản lý nhiệm vụ mới chấp nhận ngoại lệ."))
        require(can_overrule(by, objection), _("Việc này đã được giải quyết."))
        await proposals.require_no_part(by, proposal := await Proposal.objects().get(Proposal.id == objection.proposal))
        await panels.require_no_part_in(by, await proposals.call_of(proposal))
        require(reason.strip(), _("Hãy ghi lý do chấp nhận ngoại lệ."))
        require(
            await grounds(objection),
            _("Quy tắc không cho phép ngoại lệ, và kết quả phụ thuộc vào phiếu của người này: {why}").format(why=objection.words),
        )
        await objections.settle(objection, reason=reason.strip(), by=by)
