"""Two who decide the same thing at once: it is decided once, and by the right one; each race with its control without the lock."""

import asyncio

import asyncpg
import pytest

from budget import allocations, settlement_decisions, years
from budget.payment_tables import SettlementApproval
from budget.tables import Allocation, BudgetYear, Entry, Stage
from grants.people.people import today
from grants.people.tables import Organisation, Role
from grants.shell import database
from grants.shell.changes import at
from grants.shell.database import DB, rows
from grants.shell.schema import SQL
from tests.budget.test_ledger_races import whether
from tests.makers import a_call, a_person, the_rules
from tests.makers_budget import FROM_THE_JOURNAL, adjusted, after

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def colleague_of(person):
    """A second finance officer of the same stream."""
    return await a_person(Role.FINANCE, of=await Organisation.objects().get(Organisation.id == person.posts[0].organisation))


async def approved(settlement, by) -> None:
    await settlement_decisions.approve(settlement, number="7/QĐ", on=today(), by=by)


async def test_two_streams_that_approve_their_parts_at_once_approve_the_whole_once(two_streams):
    """Neither waits for the other in vain: whoever comes second sees the first one's part and books the whole."""
    offices = two_streams.offices
    got = await asyncio.gather(*(whether(approved(two_streams.settlement, by)) for by in (offices.capital, offices.recurrent)))
    assert got == [True, True]
    assert (await rows("SELECT state FROM settlement"), await SettlementApproval.count()) == ([{"state": "approved"}], 2)
    assert await Entry.count().where(Entry.kind == "settlement") == 2 and await rows(FROM_THE_JOURNAL) == []


async def test_one_stream_s_two_officers_approve_its_part_once(two_streams):
    first = two_streams.offices.recurrent
    second = await colleague_of(first)
    got = await asyncio.gather(*(whether(approved(two_streams.settlement, by)) for by in (first, second)))
    assert sorted(got) == [False, True] and await SettlementApproval.count() == 1


async def test_control_parts_approved_without_waiting_for_the_settlement_leave_it_approved_by_nobody(owner):
    """Each reads which parts lack, finds the other's, and leaves the whole to the other; the same officer's part is there twice."""
    await owner.execute("DROP TABLE IF EXISTS naive; CREATE TABLE naive (stream text, whole bool); GRANT ALL ON naive TO grants_app")
    both_have_read = asyncio.Barrier(3)

    async def one(stream: str) -> None:
        async with DB.transaction():
            there = {row["stream"] for row in await rows("SELECT stream FROM naive")}
            await both_have_read.wait()
            if stream not in there:
                await rows("INSERT INTO naive VALUES ($1, $2)", stream, there | {stream} == {"capital", "recurrent"})

    try:
        await asyncio.gather(one("capital"), one("recurrent"), one("recurrent"))
        found = await rows("SELECT stream, whole FROM naive ORDER BY stream")
        assert [tuple(row.values()) for row in found] == [("capital", False), ("recurrent", False), ("recurrent", False)]
    finally:
        await owner.execute("DROP TABLE naive")


@pytest.fixture
async def asked(world):
    """An allocation of 5 đồng that waits, on the morning after its year."""
    await the_rules()
    world.other = await a_call()
    with at(after(world.year)):
        world.asked = await allocations.propose(world.other, stream="recurrent", year=world.year, amount=5, by=world.offices.officer)
        yield world


def given(asked, by):
    return allocations.approve(asked.asked, number="1/QĐ", on=today(), by=by)


async def standing(asked) -> tuple[str, str, int]:
    """The year, the request, and what the call has."""
    here = await rows("SELECT coalesce(sum(balance), 0)::bigint AS n FROM ledger_account WHERE call = $1", asked.other.id)
    return (await years.of(asked.year)).state, (await Allocation.objects().first()).state, here[0]["n"]


async def test_an_allocation_is_approved_before_its_year_ends_or_not_at_all(asked):
    done, over = await asyncio.gather(
        whether(given(asked, asked.offices.recurrent)), whether(adjusted(asked.offices, asked.year))
    )
    assert over
    assert await standing(asked) == (("adjusting", "approved", 5) if done else ("adjusting", "proposed", 0))
    assert await rows(FROM_THE_JOURNAL) == []


async def test_control_an_allocation_that_does_not_lock_its_year_is_written_into_one_that_has_ended(asked, server, owner):
    await owner.execute("CREATE OR REPLACE FUNCTION ledger_lock(accounts bigint[]) RETURNS void LANGUAGE sql AS 'SELECT'")
    hand = await asyncpg.connect(**database.connection(server))
    out_of, into = [
        (await allocations.ledger.account(stage, "recurrent", asked.year, call=call)).id
        for stage, call in ((Stage.APPROPRIATED, None), (Stage.ALLOCATED, asked.other.id))
    ]
    try:
        open_still = hand.transaction()
        await open_still.start()
        await hand.execute(
            "INSERT INTO ledger_entry (at, kind, state, out_of, \"into\", amount, document_kind, document_number, document_date, made_by, "
            "approved_by, key) VALUES (now(), 'allocation', 'posted', $1, $2, 5, 'note', '1', '2026-01-05', $3, $4, 'late')",
            out_of, into, asked.offices.officer.id, asked.offices.recurrent.id,
        )
        await adjusted(asked.offices, asked.year)
        await open_still.commit()
    finally:
        await hand.close()
        await owner.execute((SQL / "ledger.sql").read_text())
    assert await standing(asked) == (BudgetYear.State.ADJUSTING, "proposed", 5)


async def test_one_who_approves_and_one_who_refuses_at_once_decide_once(asked):
    second = await colleague_of(asked.offices.recurrent)
    got = await asyncio.gather(
        whether(given(asked, asked.offices.recurrent)), whether(allocations.refuse(asked.asked, reason="Không đủ", by=second))
    )
    assert sorted(got) == [False, True]
    assert (await standing(asked))[1:] == (("approved", 5) if got[0] else ("refused", 0))


async def test_control_a_request_read_before_it_is_locked_is_decided_twice(owner):
    """Both read that it waits; both write what they decided, and the later one stays though the money went."""
    await owner.execute("DROP TABLE IF EXISTS naive; CREATE TABLE naive (state text, given int); GRANT ALL ON naive TO grants_app")
    await owner.execute("INSERT INTO naive VALUES ('proposed', 0)")
    both_have_read, approved_first = asyncio.Barrier(2), asyncio.Event()

    async def decide(state: str, given: int) -> None:
        async with DB.transaction():
            waits = (await rows("SELECT state FROM naive"))[0]["state"] == "proposed"
            await both_have_read.wait()
            if state == "refused":
                await approved_first.wait()
            if waits:
                await rows("UPDATE naive SET state = $1, given = given + $2", state, given)
        approved_first.set()

    try:
        await asyncio.gather(decide("approved", 5), decide("refused", 0))
        assert await rows("SELECT * FROM naive") == [{"state": "refused", "given": 5}]
    finally:
        await owner.execute("DROP TABLE naive")
