"""Corrections for tests: from the proposal to the approval by a second finance officer."""

from datetime import date

from budget import corrections
from budget.tables import Entry
from budget.year_tables import Correction
from grants import invariants
from grants.people.tables import Organisation, Role
from grants.shell.database import rows
from tests.makers import a_person
from tests.makers_budget import FROM_THE_JOURNAL
from tests.makers_votes import fresh

ON = date(2026, 6, 30)
NOTE = {"paper": "correction_note", "number": "03/PĐC", "on": ON, "reason": "Gõ thừa một số 0."}


async def wrong() -> dict:
    """What breaks the invariants of money, rule by rule."""
    return {one.name: found for one in invariants.MONEY if (found := await rows(one.sql))}


async def corrected(world, entry: Entry, amount: int | None = None, by=None) -> Correction:
    """From the proposal to the approval; no invariant is broken by it."""
    before = await wrong()
    row = await corrections.propose(entry, amount=amount or entry.amount, by=world.offices.recurrent, **NOTE)
    await corrections.approve(row, by=by or world.second)
    assert (await wrong(), await rows(FROM_THE_JOURNAL)) == (before, [])
    return await fresh(row)


async def with_a_second(world):
    finance = await Organisation.objects().get(Organisation.id == world.offices.recurrent.posts[0].organisation)
    world.second = await a_person(Role.FINANCE, of=finance)
    return world
