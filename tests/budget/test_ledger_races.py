"""Many at once: money is conserved and nothing deadlocks; each race has a control that shows it is real without the lock."""

import asyncio

import asyncpg
import pytest

from budget import ledger
from budget.ledger import Kind
from budget.tables import Entry, Stage
from grants.shell import database
from grants.shell.changes import Refused
from grants.shell.database import DB, rows
from tests.makers_budget import BILLION, FROM_THE_JOURNAL, a_paper, adjusted, state_of

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("bare_ledger", "db")]
ASKED = 200
EACH = 7_000_000  # đồng; 1 tỷ holds 142 of them


async def whether(work) -> bool:
    try:
        await work
        return True
    except Refused:
        return False


async def test_two_hundred_reservations_at_once_hold_no_more_than_there_is(world):
    async def one(n: int) -> bool:
        return await whether(ledger.reserve(
            Kind.RESERVATION, EACH, out_of=world.allocated, into=world.committed, paper=a_paper(), key=f"r{n}", **world.who
        ))

    got = await asyncio.gather(*(one(n) for n in range(ASKED)))
    assert got.count(True) == BILLION // EACH
    assert await state_of(world.allocated) == (BILLION, BILLION // EACH * EACH)
    assert await rows(FROM_THE_JOURNAL) == []


async def test_control_reading_the_balance_first_and_writing_then_overspends(world, owner):
    """The same race on a copy of the account, as it would be without the ledger's lock."""
    await owner.execute("DROP TABLE IF EXISTS naive; CREATE TABLE naive (held bigint); INSERT INTO naive VALUES (0)")
    await owner.execute("CREATE TABLE naive_entry (amount bigint); GRANT ALL ON naive, naive_entry TO grants_app")
    try:
        async def one() -> None:
            async with DB.transaction():
                held = (await rows("SELECT held FROM naive"))[0]["held"]
                await asyncio.sleep(0.005)  # as a page would work on between reading and writing
                if BILLION - held >= EACH:
                    await rows("INSERT INTO naive_entry VALUES ($1)", EACH)
                    await rows("UPDATE naive SET held = $1", held + EACH)

        await asyncio.gather(*(one() for _n in range(ASKED)))
        promised = (await rows("SELECT sum(amount)::bigint AS amount FROM naive_entry"))[0]["amount"]
        kept = (await rows("SELECT held FROM naive"))[0]["held"]
        assert promised > kept, "the race did not show"
    finally:
        await owner.execute("DROP TABLE naive, naive_entry")


async def test_a_reservation_resolved_by_many_at_once_is_resolved_once(world):
    pending = await ledger.reserve(
        Kind.RESERVATION, 5, out_of=world.allocated, into=world.committed, paper=a_paper(), key="held", **world.who
    )

    async def one(n: int) -> bool:
        verb = ledger.settle if n % 2 else ledger.void
        return await whether(verb(pending, paper=a_paper(), key=f"s{n}", **world.who))

    got = await asyncio.gather(*(one(n) for n in range(30)))
    assert got.count(True) == 1
    assert await Entry.count().where(Entry.resolves == pending.id) == 1
    assert (await state_of(world.allocated))[1] == 0


async def test_the_same_key_at_once_is_one_entry(world):
    async def one() -> int:
        return (await ledger.reserve(
            Kind.RESERVATION, 5, out_of=world.allocated, into=world.committed, paper=a_paper(), key="same", **world.who
        )).id

    assert len(set(await asyncio.gather(*(one() for _n in range(30))))) == 1
    assert (await state_of(world.allocated))[1] == 5


async def test_an_account_opened_by_many_at_once_is_one(world):
    async def one() -> int:
        return (await ledger.account(Stage.ALLOCATED, "capital", world.year, call=world.call.id)).id

    assert len(set(await asyncio.gather(*(one() for _n in range(30))))) == 1


async def test_opposite_transfers_do_not_deadlock_and_lose_nothing(world):
    here = await ledger.account(Stage.APPROPRIATED, "recurrent", world.year)
    there = await ledger.account(Stage.APPROPRIATED, "recurrent", world.year, classification="102")
    third = await ledger.account(Stage.APPROPRIATED, "recurrent", world.year, classification="103")
    ways = [(here, there), (there, here), (there, third), (third, here), (here, third)]

    async def one(n: int) -> bool:
        """Two entries in one transaction, the second the other way round."""
        first, second = ways[n % 5], ways[(n + 1) % 5]
        async with DB.transaction():
            await ledger.lock(*first, *second)
            for out_of, into in (first, second):
                await ledger.post(
                    Kind.VIREMENT, 3, out_of=out_of, into=into, paper=a_paper(), key=f"v{n}-{out_of.id}-{into.id}", **world.who
                )
        return True

    before = sum([(await state_of(a))[0] for a in (here, there, third)])
    got = await asyncio.gather(*(whether(one(n)) for n in range(150)))
    assert got.count(True) >= 60
    assert sum([(await state_of(a))[0] for a in (here, there, third)]) == before
    assert await rows(FROM_THE_JOURNAL) == []


async def test_control_opposite_transfers_that_lock_as_they_come_deadlock(world, server):
    """Two transactions that take the same two accounts one after the other, each in its own order."""
    ids = [world.allocated.id, (await ledger.account(Stage.APPROPRIATED, "recurrent", world.year)).id]
    hands = [await asyncpg.connect(**database.connection(server)) for _n in range(2)]
    first_taken = asyncio.Barrier(2)

    async def one(hand, order) -> None:
        async with hand.transaction():
            await hand.execute("UPDATE ledger_account SET balance = balance WHERE id = $1", order[0])
            await first_taken.wait()
            await hand.execute("UPDATE ledger_account SET balance = balance WHERE id = $1", order[1])

    ends = await asyncio.gather(one(hands[0], ids), one(hands[1], ids[::-1]), return_exceptions=True)
    for hand in hands:
        await hand.close()
    assert [type(end) for end in ends if end] == [asyncpg.DeadlockDetectedError]


async def test_a_posting_and_the_end_of_its_year_cannot_both_win(world):
    """Whoever comes first: either the entry stands and the year ends after it, or it is refused."""
    async def late() -> bool:
        return await whether(ledger.reserve(
            Kind.RESERVATION, 5, out_of=world.allocated, into=world.committed, paper=a_paper(), key="late", **world.who
        ))

    posted, ended = await asyncio.gather(
        late(), whether(adjusted(world.offices, world.year))
    )
    assert ended
    assert (await state_of(world.allocated))[1] == (5 if posted else 0)
