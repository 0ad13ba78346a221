"""What a hand at an SQL console of the application's role may try with payments, recoveries and settlements: the database refuses."""

import asyncio

import pytest

from budget import clearances, payments, recoveries, settlement_decisions, settlements
from budget.payment_tables import Threshold
from budget.settlements import Claim
from grants.people.people import person, today
from grants.people.tables import Membership, Role
from grants.proposals.tables import BudgetLine
from grants.shell.changes import Refused
from grants.shell.database import DB, rows
from tests.console import answered_otherwise
from tests.makers import LONG_AGO, a_person
from tests.makers_payments import a_running_project, an_accepted_report, approved, asked, paid
from tests.makers_projects import now_as

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
NO_RIGHT, BROKEN, TAKEN = "42501", "23514", "23505"
ACTS = {
    "raise a paid payment": ("UPDATE payment SET amount = amount + 1 WHERE id = {paid}", "PY001"),
    "move a paid payment to another year": ("UPDATE payment SET year = year + 1 WHERE id = {paid}", "PY001"),
    "unpay a payment": (
        "UPDATE payment SET state = 'approved', paid_entry = NULL, treasury_number = '', paid_on = NULL WHERE id = "
        "{paid}", "PY001",
    ),
    "delete a payment": ("DELETE FROM payment WHERE id = {asked}", "PY001"),
    "raise what was asked for before it is approved": ("UPDATE payment SET amount = amount + 1 WHERE id = {asked}", "PY001"),
    "ask in somebody else's name afterwards": ("UPDATE payment SET requested_by = {officer} WHERE id = {asked}", "PY001"),
    "approve without an approval": (
        "UPDATE payment SET state = 'approved', approved_by = {finance}, approved_at = now(), held_entry = {entry} "
        "WHERE id = {asked}", "PY002",
    ),
    "approve above a threshold with one approval": (
        "UPDATE payment SET state = 'approved', approved_by = {finance}, approved_at = now(), held_entry = {entry} "
        "WHERE id = {large}", "PY002",
    ),
    "pay what was never approved": (
        "UPDATE payment SET state = 'paid', paid_by = {treasurer}, paid_on = now(), treasury_number = '1', paid_entry "
        "= {entry} WHERE id = {asked}", "PY001",
    ),
    "be both approver and payer": (
        "UPDATE payment SET state = 'paid', paid_by = {finance}, paid_on = now(), treasury_number = '1', paid_entry = "
        "{entry} WHERE id = {approved}", "GL006",
    ),
    "raise an approved payment": ("UPDATE payment SET amount = amount + 1 WHERE id = {approved}", "PY001"),
    "put a paid payment in from the start": (
        "INSERT INTO payment (project, stream, year, kind, amount, purpose, state, requested_by, requested_at, approved_by, paid_by, "
        "paid_on, treasury_number, held_entry, paid_entry, reason, vouchers) "
        "VALUES ({project}, 'recurrent', 2026, 'payment', 5, '', 'paid', {lead}, "
        "now(), {finance}, "
        "{treasurer}, now(), '1', {entry}, {entry}, '', '')", "PY001",
    ),
    "approve a payment twice in one's name": (
        "INSERT INTO payment_approval (payment, threshold, by, at) VALUES ({large}, {threshold}, {finance}, "
        "now())", TAKEN,
    ),
    "take an approval away": ("DELETE FROM payment_approval", NO_RIGHT),
    "change who approved": ("UPDATE payment_approval SET by = {officer}", NO_RIGHT),
    "raise a cleared clearance": ("UPDATE clearance SET amount = amount + 1 WHERE id = {cleared}", "PY001"),
    "clear without an entry": ("UPDATE clearance SET state = 'cleared', decided_by = {finance} WHERE id = {filed}", BROKEN),
    "clear one's own": ("UPDATE clearance SET confirmed_by = filed_by, state = 'confirmed' WHERE id = {filed}", BROKEN),
    "put a cleared clearance in from the start": (
        "INSERT INTO clearance (project, stream, year, amount, vouchers, work, state, filed_by, filed_at, entry, reason) "
        "VALUES ({project}, 'recurrent', 2026, 5, 'x', '', 'cleared', {lead}, now(), {entry}, '')", "PY001",
    ),
    "lower a recovery that was decided": ("UPDATE recovery SET amount = 1 WHERE id = {recovery}", "PY001"),
    "put off the day of a recovery": ("UPDATE recovery SET due = due + 365 WHERE id = {recovery}", "PY001"),
    "call a recovery off after the decision": ("UPDATE recovery SET state = 'refused' WHERE id = {recovery}", BROKEN),
    "repay more than is owed": ("UPDATE recovery SET repaid = amount + 1 WHERE id = {recovery}", BROKEN),
    "call it repaid": ("UPDATE recovery SET state = 'repaid' WHERE id = {recovery}", BROKEN),
    "delete a recovery": ("DELETE FROM recovery", "PY001"),
    "rewrite what came back": ("UPDATE recovery_payment SET amount = 1", NO_RIGHT),
    "rewrite an approved settlement": ("UPDATE settlement SET decision_number = '999' WHERE id = {settlement}", "PY001"),
    "reopen an approved settlement": ("UPDATE settlement SET state = 'proposed' WHERE id = {settlement}", "PY001"),
    "rewrite a line of an approved settlement": (
        "UPDATE settlement_line SET approved = 1, reason = 'x' WHERE settlement = "
        "{settlement}", "PY001",
    ),
    "rewrite the sum of an approved settlement": (
        "UPDATE settlement_sum SET back = 0, approved = 0 WHERE settlement = "
        "{settlement}", "PY001",
    ),
    "take a line out of an approved settlement": ("DELETE FROM settlement_line WHERE settlement = {settlement}", "PY001"),
    "approve one's own settlement": (
        "INSERT INTO settlement (project, year, state, note, made_by, made_at, decided_by, decision_number, reason) "
        "VALUES ({project}, 1999, 'proposed', '', {officer}, now(), {officer}, '', '')", BROKEN,
    ),
    "forget a statement": ("DELETE FROM treasury_file", NO_RIGHT),
}  # fmt: skip


@pytest.fixture
async def named(world):
    """A project with one of each, as far as it goes by the verbs."""
    await a_running_project(world)
    await an_accepted_report(world)
    done = await paid(world, 100_000_000, "payment")
    await paid(world, 90_000_000, number="KB-2")
    line = (await BudgetLine.objects().first()).id
    settlement = await settlements.propose(
        world.project, year=world.year, claims={line: Claim(100_000_000, 70_000_000, "Thiếu")}, by=world.offices.officer
    )
    await settlement_decisions.approve(settlement, number="1/TB", on=today(), by=world.offices.recurrent)
    demand = await now_as(await recoveries.Recovery.objects().first())
    await recoveries.decide(demand, number="2/QĐ", on=today(), by=world.offices.recurrent)
    clear = {"stream": "recurrent", "year": world.year, "vouchers": "PC-1", "work": "", "by": world.lead}
    one, two = [await clearances.file(world.project, amount=10, **clear) for _n in range(2)]
    await clearances.confirm(one, by=world.offices.officer)
    await clearances.clear(await now_as(one), by=world.offices.recurrent)
    threshold = Threshold(stream="", over=30_000_000, post="Trưởng phòng", basis="Quy chế", valid_from=LONG_AGO)
    await threshold.save()
    large = await asked(world, 40_000_000)
    await payments.approve(large, by=world.offices.recurrent)
    return {
        "paid": done.id, "asked": (await asked(world, 5)).id, "approved": (await approved(world, 6)).id, "large": large.id,
        "project": world.project.id, "lead": world.lead.id, "officer": world.offices.officer.id, "finance": world.offices.recurrent.id,
        "treasurer": world.offices.treasurer.id, "entry": done.paid_entry, "threshold": threshold.id, "cleared": one.id, "filed": two.id,
        "recovery": demand.id, "settlement": settlement.id,
    }  # fmt: skip


async def test_every_illegal_act_around_a_payment_is_refused_by_the_database(named, server):
    everything = " UNION ALL ".join(
        f"SELECT '{table}', md5(string_agg(t::text, ',' ORDER BY id)) FROM {table} t"
        for table in (
            "payment",
            "clearance",
            "recovery",
            "settlement",
            "settlement_line",
            "settlement_sum",
            "payment_approval",
            "ledger_account",
        )
    )
    before = await rows(everything)
    assert await answered_otherwise(server, ACTS, **named) == {}
    assert await rows(everything) == before


# --- two approvers on one payment ----------------------------------------------------------------------------------------

async def two_approvers(world) -> list:
    unit = world.offices.recurrent.posts[0].organisation
    second = await a_person(Role.FINANCE)
    await Membership(person=second.id, organisation=unit, role=Role.FINANCE, valid_from=LONG_AGO).save()
    return [world.offices.recurrent, await person(second.id)]


async def test_two_approvers_at_once_hold_a_payment_s_money_once(world):
    await a_running_project(world)
    payment, both = await asked(world, 100), await two_approvers(world)

    async def one(by) -> bool:
        try:
            await payments.approve(payment, by=by)
            return True
        except Refused:
            return False

    got = await asyncio.gather(*(one(by) for by in both * 5))
    assert got.count(True) == 1
    assert await rows("SELECT count(*) AS n FROM payment_approval") == [{"n": 1}]
    assert await rows("SELECT sum(held)::bigint AS held FROM ledger_account") == [{"held": 100}]


async def test_control_approving_after_a_look_without_the_lock_approves_twice(world, owner):
    """The same race on a copy of the payment, as it would be without the row's lock."""
    await owner.execute("DROP TABLE IF EXISTS naive; CREATE TABLE naive (state text); INSERT INTO naive VALUES ('requested')")
    await owner.execute("CREATE TABLE naive_hold (by int); GRANT ALL ON naive, naive_hold TO grants_app")
    both = await two_approvers(world)
    looked = asyncio.Barrier(len(both * 5))  # all have read before the first writes
    try:
        async def one(by) -> None:
            async with DB.transaction():
                state = (await rows("SELECT state FROM naive"))[0]["state"]
                await asyncio.wait_for(looked.wait(), 20)
                if state == "requested":
                    await rows("INSERT INTO naive_hold VALUES ($1)", by.id)
                    await rows("UPDATE naive SET state = 'approved'")

        await asyncio.gather(*(one(by) for by in both * 5))
        assert (await rows("SELECT count(*) AS n FROM naive_hold"))[0]["n"] > 1, "the race did not show"
    finally:
        await owner.execute("DROP TABLE naive, naive_hold")


async def test_a_clearance_entered_by_two_at_once_is_entered_once(world):
    await a_running_project(world)
    await paid(world, 100)
    both = await two_approvers(world)
    one = await clearances.file(world.project, stream="recurrent", year=world.year, amount=60, vouchers="PC-1", by=world.lead)
    await clearances.confirm(one, by=world.offices.officer)
    one = await now_as(one)

    async def enter(by) -> bool:
        try:
            await clearances.clear(one, by=by)
            return True
        except Refused:
            return False

    got = await asyncio.gather(*(enter(by) for by in both * 5))
    assert got.count(True) == 1
    assert await rows("SELECT balance FROM ledger_account WHERE stage = 'paid'") == [{"balance": 60}]


async def test_a_recovery_repaid_by_two_at_once_is_repaid_once(world):
    await a_running_project(world)
    await paid(world, 100)
    await rows("UPDATE project SET state = 'evaluated', council_grade = 'fail', grade = 'fail', graded_on = now(), grade_decision = '8/QĐ'")
    demand = await recoveries.propose(
        await now_as(world.project), stream="recurrent", cause="advance", explanation="Quá hạn", by=world.offices.officer
    )
    await recoveries.decide(demand, number="2/QĐ", on=today(), by=world.offices.recurrent)
    demand, second = await now_as(demand), await a_person(Role.TREASURER)

    async def repay(n: int) -> bool:
        try:
            await recoveries.repay(demand, amount=100, number=f"NT-{n}", on=today(), by=(world.offices.treasurer, second)[n % 2])
            return True
        except Refused:
            return False

    got = await asyncio.gather(*(repay(n) for n in range(10)))
    assert got.count(True) == 1
    assert await rows("SELECT balance FROM ledger_account WHERE stage = 'recovered'") == [{"balance": 100}]
