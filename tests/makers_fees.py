"""Makers for fees on their way: a closed session whose members have said where they are paid, and management costs to pay them from."""

from types import SimpleNamespace

import asyncpg

from budget import fee_payments
from budget.payment_tables import FeePayment
from grants.people.people import today
from grants.people.tables import PayList, Person
from grants.proposals.tables import Proposal
from grants.shell import database
from grants.shell.changes import now
from review import fee_lists, meetings, minutes
from review.fee_tables import Fee
from review.roster_tables import PayDetail
from tests.makers import a_call, a_proposal
from tests.makers_budget import BILLION, Offices, a_year, the_offices
from tests.makers_votes import a_panel, all_present, fresh, given_by_all, judges_of, the_board

SOURCE = "recurrent:{year}:"


async def a_session(officer: Person):
    """One application judged by seven; the fourth and fifth review it. Every member has earned a session and a ballot or review."""
    application = await a_proposal(Proposal.State.IN_REVIEW, call=await a_call())
    panel = await a_panel(application, officer=officer)
    await given_by_all(panel, application, [80] * 7)
    await all_present(panel, by=officer)
    await meetings.open_session(panel, by=officer)
    await the_board(panel, by=officer)
    await meetings.count(panel, by=officer)
    await minutes.lock(await fresh(panel), remarks="", by=officer)
    return panel, await judges_of(panel)


async def paid_where(people: list[Person]) -> None:
    """Each has written down a bank account."""
    for n, person in enumerate(people):
        await PayDetail(person=person.id, bank="Ngân hàng Nông nghiệp", bank_account=f"5200 7{n:03d}", tax_number=f"80012345{n:02d}").save()


async def managed(offices: Offices, amount: int = BILLION) -> int:
    """An open year whose recurrent money holds management costs, by a decided estimate."""
    year = await a_year(offices, recurrent=amount)
    owner = await asyncpg.connect(**database.connection(database.owner_url()))
    try:  # the owner may load what was decided elsewhere
        await owner.execute("SET session_replication_role = replica")
        estimate = await owner.fetchval(
            "INSERT INTO estimate (year, state, made_by, decision_number, decided_on, decided_by) VALUES ($1, 'decided', $2, '01', $3, $4) "
            "RETURNING id", year, offices.officer.id, today(), offices.leader.id,
        )
        await owner.execute(
            "INSERT INTO estimate_line (estimate, stream, purpose, name, proposed, agreed, decided) "
            "VALUES ($1, 'recurrent', 'management', 'Chi hội đồng', $2, $2, $2)", estimate, amount,
        )
    finally:
        await owner.close()
    return year


async def a_world(amount: int = BILLION) -> SimpleNamespace:
    """Offices, a year with management costs, a closed session whose members can be paid."""
    offices = await the_offices()
    year = await managed(offices, amount)
    panel, judges = await a_session(offices.officer)
    await paid_where(judges)
    return SimpleNamespace(offices=offices, year=year, panel=panel, judges=judges, source=SOURCE.format(year=year))


async def closed(world: SimpleNamespace, name: str = "Thù lao phiên họp") -> PayList:
    return await fee_lists.close(name=name, until=today(), by=world.offices.officer)


async def charged(world: SimpleNamespace, pay_list: PayList) -> FeePayment:
    return await fee_payments.charge(pay_list, source=world.source, by=world.offices.officer)


async def a_list_of(world: SimpleNamespace, each: int) -> PayList:
    """A closed list that pays one expert one fee of `each` đồng, put in as the verbs would."""
    await Fee(panel=world.panel.id, person=world.judges[0].id, rate=f"rate_{each}_{await Fee.count()}", times=1, each=each, at=now()).save()
    return await closed(world)
