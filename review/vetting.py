"""Vetting after the vote: the judges whose ballots counted are held against the records again, up to the award.

Asked at the count, when the appraisal concludes and whenever a post, a tie or a succession has changed since. What is
found becomes an objection of the application, which the award cannot pass by.
"""

from grants.people import people
from grants.people.people import today
from grants.people.tables import Person
from grants.proposals import objections
from grants.proposals.tables import Proposal
from grants.shell import mail
from grants.shell.database import DB, rows
from grants.shell.language import _, speaking
from review import conflicts

BEFORE_THE_AWARD = (Proposal.State.RECOMMENDED, Proposal.State.APPRAISED)


async def vet(proposal: int, *, by: Person | None) -> None:
    """Hold the judges of an application against the records: raise what is new, take back what is no longer so."""
    async with DB.transaction():
        seen = await objections.changes_so_far()
        found = await conflicts.at_award(proposal)
        for panel, hit, waived in found:
            with speaking("vi"):
                words = conflicts.explain(hit)
            if not waived and await objections.raise_one(proposal, hit.person, hit.kind.value, words, by=by):
                await tell_officer(panel, proposal, words)
        stands = {(hit.person, hit.kind.value) for _panel, hit, waived in found if not waived}
        for one in await objections.of(proposal):
            if one.settled_at is None and (one.person, one.kind) not in stands:
                with speaking("vi"):
                    await objections.settle(one, reason=_("Hồ sơ ghi nhận không còn cho thấy xung đột này."), by=None)
        await objections.note_vetting(proposal, seen, by=by)


async def tell_officer(panel: int, proposal: int, words: str) -> None:
    found = (await rows(
        "SELECT p.officer, r.reference FROM panel p, proposal r WHERE p.id = $1 AND r.id = $2", panel, proposal
    ))[0]
    await mail.tell(
        await people.person(found["officer"]), lambda: _("Xung đột lợi ích phát hiện sau khi bỏ phiếu"),
        lambda: _("Hồ sơ {reference}: {why} Hồ sơ chưa thể được phê duyệt cho đến khi việc này được giải quyết.").format(
            reference=found["reference"], why=words
        ),
        link=f"/proposals/{proposal}/review",
    )


async def look_again() -> None:
    """The worker's duty: every judged application that waits for its award, once a day and after each change that may matter."""
    stale = await rows(
        "SELECT v.proposal FROM vetting v JOIN proposal p ON p.id = v.proposal AND p.state = ANY($1) "
        "WHERE v.changes <> $2 OR (v.at AT TIME ZONE interval '7 hours')::date <> $3 ORDER BY v.proposal",
        [state.value for state in BEFORE_THE_AWARD], await objections.changes_so_far(), today(),
    )
    for row in stale:
        await vet(row["proposal"], by=None)
