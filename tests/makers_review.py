"""Makers of the review room: experts on the roster, panels with their seats."""

from grants.people import people
from grants.people.tables import Membership, Organisation, Person, Role
from grants.shell.changes import now
from review.tables import Expert
from tests.makers import LONG_AGO, a_person, an_organisation


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
