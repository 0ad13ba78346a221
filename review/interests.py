"""Interests: what an expert declares about one application, a conflict or that there is none."""

from grants.people.people import person
from grants.people.tables import Person
from grants.proposals.tables import Proposal
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.language import _
from review.tables import Ballot, Interest


async def can_declare(by: Person, proposal: int) -> bool:
    """Only who was offered the application to judge."""
    return await Ballot.exists().where((Ballot.judge == by.id) & (Ballot.proposal == proposal))


async def declare(proposal: int, *, conflict: bool, by: Person, fact: str = "") -> None:
    """Declare a conflict with an application (`fact` says which), or that there is none.

    A conflict once declared stays declared; the officer of the panel is told of it.
    """
    require(await can_declare(by, proposal), _("Hồ sơ này không được mời bạn đánh giá."))
    require(fact.strip() or not conflict, _("Hãy ghi rõ bạn có liên quan thế nào với hồ sơ."))
    async with DB.transaction():
        await rows("SELECT 1 FROM person WHERE id = $1 FOR NO KEY UPDATE", by.id)
        said = {"conflict": conflict, "fact": fact.strip(), "declared_at": now()}
        there = await Interest.objects().where((Interest.person == by.id) & (Interest.proposal == proposal)).first()
        if there is None:
            await add(Interest(person=by.id, proposal=proposal, **said), by=by, did="declared")
        else:
            async with changing(there, by=by, did="declared") as there:
                require(conflict or not there.conflict, _("Bạn đã khai có xung đột lợi ích với hồ sơ này."))
                there.conflict, there.fact, there.declared_at = said.values()
        if conflict:
            await tell_officers(proposal, by)


async def tell_officers(proposal: int, by: Person) -> None:
    """The officer of each panel that judges the application hears who declared a conflict."""
    panels = await rows(
        "SELECT DISTINCT p.id, p.name, p.officer FROM panel p JOIN ballot b ON b.panel = p.id "
        "WHERE b.proposal = $1 AND b.judge = $2 ORDER BY p.id",
        proposal, by.id,
    )
    reference = (await Proposal.select(Proposal.reference).where(Proposal.id == proposal).first())["reference"]
    for panel in panels:
        await mail.tell(
            await person(panel["officer"]), lambda: _("Chuyên gia khai có xung đột lợi ích"),
            lambda panel=panel: _("{name} khai có xung đột lợi ích với hồ sơ {reference} của {panel}.").format(
                name=by.full_name, reference=reference, panel=panel["name"]
            ),
            link=f"/panels/{panel['id']}/conflicts",
        )
