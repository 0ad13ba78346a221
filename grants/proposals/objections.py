"""Objections: what was found against an application's judges after the vote, and stands in the way of the award."""

from grants.people.people import today
from grants.people.tables import Person
from grants.proposals.tables import Objection, Proposal, Vetting
from grants.shell.changes import add, changing, now
from grants.shell.database import DB, rows
from grants.shell.dates import day_of
from grants.shell.language import _

TELLING = ("membership", "tie", "succession", "interest")  # whose changes can tie a judge to an application


async def changes_so_far() -> int:
    """How many changes the records that tie people to applications have seen: any more means that one has to look again."""
    return (await rows("SELECT count(*) AS n FROM event WHERE thing = ANY($1)", list(TELLING)))[0]["n"]


async def note_vetting(proposal: int, changes: int, *, by: Person | None) -> None:
    """Write down that the judges were held against the records when those had seen `changes` changes."""
    async with DB.transaction():
        await rows("SELECT 1 FROM proposal WHERE id = $1 FOR NO KEY UPDATE", proposal)
        there = await Vetting.objects().where(Vetting.proposal == proposal).first()
        if there is None:
            await add(Vetting(proposal=proposal, changes=changes, at=now()), by=by, did="vetted")
        else:
            async with changing(there, by=by, did="vetted") as there:
                there.changes, there.at = changes, now()


async def raise_one(proposal: int, person: int, kind: str, words: str, *, by: Person | None) -> bool:
    """Raise an objection, or raise it anew where it had gone of itself; says whether it is news.

    One that an officer has settled stays settled.
    """
    there = await Objection.objects().where(
        (Objection.proposal == proposal) & (Objection.person == person) & (Objection.kind == kind)
    ).first()
    if there is None:
        row = Objection(proposal=proposal, person=person, kind=kind, words=words[:1000], raised_at=now())
        await add(row, by=by, did="raised")
        return True
    if there.settled_at is None or there.settled_by:
        return False
    async with changing(there, by=by, did="raised") as there:
        there.words, there.raised_at, there.settled_at, there.reason = words[:1000], now(), None, ""
    return True


async def settle(objection: Objection, *, reason: str, by: Person | None) -> None:
    """Take an objection out of the way. Who may, and when, is the rule of who raised it."""
    async with changing(objection, by=by, did="settled") as objection:
        objection.settled_at, objection.settled_by, objection.reason = now(), by and by.id, reason


async def of(proposal: int) -> list[Objection]:
    return await Objection.objects().where(Objection.proposal == proposal).order_by(Objection.id)


async def in_the_way(proposal: Proposal) -> list[str]:
    """What stands against the award, in words: objections not settled, or judges not held against the latest records."""
    stands = (await rows(
        "SELECT ARRAY(SELECT words FROM objection WHERE proposal = $1 AND settled_at IS NULL ORDER BY id) AS words, "
        "(SELECT changes FROM vetting WHERE proposal = $1) AS changes, (SELECT at FROM vetting WHERE proposal = $1) AS vetted_at",
        proposal.id,
    ))[0]
    found = [_("Xung đột lợi ích phát hiện sau khi bỏ phiếu: {why}").format(why=words) for words in stands["words"]]
    if stands["vetted_at"] and not found and (stands["changes"] != await changes_so_far() or day_of(stands["vetted_at"]) != today()):
        found.append(_("Nơi công tác hoặc quan hệ của chuyên gia vừa có thay đổi; hệ thống đang đối chiếu lại, hãy thử lại sau ít giây."))
    return found
