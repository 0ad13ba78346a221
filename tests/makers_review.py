"""Makers of the review room: experts on the roster, panels with their seats."""

from datetime import timedelta

from grants.calls.tables import Call
from grants.people import people
from grants.people.tables import Membership, Organisation, Person, Role
from grants.proposals.tables import Proposal
from grants.shell.changes import now
from review import invitations, panels, reviewers, seats
from review.roster_tables import Expert, Nomination
from review.tables import Panel, Seat
from tests.makers import LONG_AGO, a_call, a_person, a_proposal, an_organisation


async def an_association(name: str = "") -> Organisation:
    return await an_organisation(name, kind=Organisation.Kind.ASSOCIATION)


async def an_expert(
    full_name: str = "", *, of: Organisation | None = None, association: Organisation | None = None, consented: bool = True, **more
) -> Person:
    """A person on the roster who has agreed to the use of their details; `of`: where they work."""
    association = association or await an_association()
    person = await a_person(*([Role.RESEARCHER] if of else []), of=of, full_name=full_name, **more)
    await Membership(person=person.id, organisation=association.id, role=Role.EXPERT, valid_from=LONG_AGO).save()
    await Expert(
        person=person.id, association=association.id, joined_on=LONG_AGO, consented_at=now() if consented else None
    ).save()
    return await people.person(person.id)


async def named_for(panel: Panel, person: Person) -> Person:
    """The federation has named this expert for the panel's call."""
    expert = await Expert.objects().where(Expert.person == person.id).first()
    await Nomination(call=panel.call, expert=expert.id, by=panel.officer, at=now(), reason="Đúng chuyên môn").save()
    return person


PARTS = (Seat.Part.CHAIR, Seat.Part.VICE_CHAIR, Seat.Part.SECRETARY, *[Seat.Part.MEMBER] * 4)


async def a_panel(
    *, applications: int = 2, members: int = 7, call: Call | None = None, officer: Person | None = None
) -> Panel:
    """A panel being formed for a call with eligible applications: its decision, its meeting, its seats and reviewers."""
    call = call or await a_call()
    officer = officer or await a_person(Role.OFFICER)
    for _n in range(applications):
        await a_proposal(Proposal.State.ELIGIBLE, call=call)
    panel = await panels.form(call, by=officer)
    await panels.describe(
        panel, by=officer, name=panel.name, decision_number="215/QĐ-SKHCN", decided_on=people.today(),
        meets_at=now() + timedelta(days=30), place="Phòng họp số 2, Sở Khoa học và Công nghệ",
    )
    for part in PARTS[:members]:
        await seats.take(panel, await named_for(panel, await an_expert()), part, by=officer)
    await reviewers.share_out(panel, by=officer)
    return await Panel.objects().where(Panel.id == panel.id).first()


async def an_invited_panel(**more) -> Panel:
    """A panel whose members have their ballots offered."""
    officer = more.pop("officer", None) or await a_person(Role.OFFICER)
    panel = await a_panel(officer=officer, **more)
    await invitations.invite(panel, by=officer)
    return await Panel.objects().where(Panel.id == panel.id).first()
