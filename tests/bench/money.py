"""`python -m tests.bench.money`: how the pages of money stand against the journal's length, and how many postings a second."""

import argparse
import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable

import asyncpg

from budget import allocations, ledger, streams
from budget.ledger import Kind, Paper
from budget.tables import Account, Allocation, Stage
from grants.people.people import today
from grants.shell import database, schema
from grants.shell.database import DB
from tests import makers
from tests.bench import world
from tests.bench.load import Measured, get, measure

STREAM, CALLS, PROJECTS, CONNECTIONS = "recurrent", 20, 200, 16
SIZES = [10_000, 100_000, 1_000_000]
PLENTY = 10**14  # đồng: a year whose money does not run out
PAGES = {"positions": "/budget", "statement": "/budget/statements"}

# Copies of one row of a table, each with a number of its own, without its triggers.
COPIES = """
    INSERT INTO {table} SELECT (jsonb_populate_record(t, jsonb_build_object('id', {first} + n) || {changed})).*
    FROM {table} t, generate_series(1, {count}) n WHERE t.id = {id}
"""
# A payment is two entries: the hold and what settles it. Each project in turn, a month in turn.
ENTRIES = """
    INSERT INTO ledger_entry (id, at, kind, state, out_of, "into", amount, resolves, document_kind, document_number, document_date,
        made_by, approved_by, key)
    SELECT 1000000 + 2 * n + half, now(), 'payment', (ARRAY['pending', 'posted'])[half + 1], a.committed, a.paid, 1000,
        CASE WHEN half = 1 THEN 1000000 + 2 * n END, 'treasury_voucher', 'KB-' || n,
        make_date($3, 1 + (n % 12)::int, 1 + (n % 28)::int), $4, $5, 'bench-' || n || '-' || half
    FROM generate_series($1::bigint, $2::bigint - 1) n JOIN bench_pair a ON a.at = n % {projects}, generate_series(0, 1) half
"""
SUMMED = """
    UPDATE ledger_account a SET balance = s.balance FROM (
        SELECT account, sum(amount) AS balance FROM (
            SELECT "into" AS account, amount FROM ledger_entry WHERE state = 'posted'
            UNION ALL SELECT out_of, -amount FROM ledger_entry WHERE state = 'posted') e GROUP BY account) s
    WHERE s.account = a.id AND a.balance <> s.balance
"""


def paper() -> Paper:
    return Paper("treasury_voucher", "KB-1", today())


async def settle(owner: asyncpg.Connection) -> dict:
    """A year with money, twenty calls and two hundred projects whose agreements are committed."""
    year = today().year
    officer, finance = [row["id"] for row in await owner.fetch("SELECT id FROM person ORDER BY id LIMIT 2")]
    who = {"made_by": officer, "approved_by": finance}
    proposal = await makers.a_proposal("awarded")
    call = await owner.fetchval("SELECT call FROM proposal WHERE id = $1", proposal.id)
    await owner.execute("SET session_replication_role = replica")
    await owner.execute(COPIES.format(
        table="call", first=800_000, count=CALLS, id=call, changed="jsonb_build_object('code', 'BENCH-' || n)",
    ))  # fmt: skip
    await owner.execute(COPIES.format(
        table="proposal", first=800_000, count=PROJECTS, id=proposal.id,
        changed=f"jsonb_build_object('reference', 'BENCH-H-' || n, 'call', 800001 + n % {CALLS})",
    ))  # fmt: skip
    await owner.execute("SET session_replication_role = origin")
    await owner.execute("CREATE TABLE bench_pair (at bigint PRIMARY KEY, committed bigint, paid bigint)")
    source, whole = [await ledger.account(stage, STREAM, year) for stage in (Stage.SOURCE, Stage.APPROPRIATED)]
    await ledger.post(Kind.APPROPRIATION, PLENTY, out_of=source, into=whole, paper=paper(), key="bench-year", **who)
    each = PLENTY // CALLS // 2
    for n in range(CALLS):
        here = await ledger.account(Stage.ALLOCATED, STREAM, year, call=800_001 + n)
        await ledger.post(Kind.ALLOCATION, each, out_of=whole, into=here, paper=paper(), key=f"bench-call-{n}", **who)
    for n in range(PROJECTS):
        at = {"call": 800_001 + (n + 1) % CALLS, "proposal": 800_001 + n}
        here, committed, paid = [
            await ledger.account(Stage.ALLOCATED, STREAM, year, call=at["call"]),
            await ledger.account(Stage.COMMITTED, STREAM, year, **at), await ledger.account(Stage.PAID, STREAM, year, **at),
        ]  # fmt: skip
        amount = each * CALLS // PROJECTS // 2
        held = await ledger.reserve(Kind.RESERVATION, amount, out_of=here, into=committed, paper=paper(), key=f"bench-held-{n}", **who)
        await ledger.settle(held, paper=paper(), key=f"bench-committed-{n}", **who)
        await owner.execute("INSERT INTO bench_pair VALUES ($1, $2, $3)", n, committed.id, paid.id)
    return who


async def grow(owner: asyncpg.Connection, upto: int, who: dict) -> None:
    """Bring the journal up to `upto` entries, in bulk; balances and turnover are summed up afterwards."""
    there = await owner.fetchval("SELECT count(*) FROM ledger_entry")
    done = await owner.fetchval("SELECT count(*) FROM ledger_entry WHERE id >= 1000000 AND state = 'posted'")
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        await owner.execute(
            ENTRIES.format(projects=PROJECTS), done, done + (upto - there) // 2, today().year, who["made_by"], who["approved_by"],
            timeout=600,
        )
        await owner.execute(SUMMED)
        await owner.execute("TRUNCATE ledger_turnover")
    await owner.execute((schema.SQL / "turnover.sql").read_text(), timeout=600)
    await owner.execute("SELECT setval(pg_get_serial_sequence('ledger_entry', 'id'), 10000000)")
    await owner.execute("VACUUM ANALYZE ledger_entry, ledger_account, ledger_turnover", timeout=600)


async def pages(owner: asyncpg.Connection, port: int, cookies: str, who: dict, seconds: float, sizes: list[int]) -> None:
    """Each page over one connection at each length of the journal."""
    lines: dict[str, list[str]] = {name: [] for name in PAGES}
    for size in sizes:
        began = time.perf_counter()
        await grow(owner, size, who)
        print(f"{size:,} entries are there ({time.perf_counter() - began:.0f} s)", flush=True)
        for name, path in PAGES.items():
            requests = itertools.cycle([get(path, cookies)])
            await measure(port, requests, connections=1, seconds=0.5)
            found: Measured = await measure(port, requests, connections=1, seconds=seconds)
            lines[name].append(f"{found.median:.1f} {found.p95:.1f}" + (f" ({found.wrong} wrong)" if found.wrong else ""))
    print(f"\n{'ms at 1 connection: median p95':32}" + "".join(f"{size:>16,}" for size in sizes) + "   (wanted: p95 of positions ≤ 60)")
    for name, found in lines.items():
        print(f"{name:32}" + "".join(f"{one:>16}" for one in found))
    print(flush=True)


async def many(work: Callable[[int, int], Awaitable[int]], seconds: float) -> float:
    """How many a second by sixteen at once: `work(who, n)` says how many postings it did."""
    await asyncio.gather(*(work(who, 0) for who in range(CONNECTIONS)))  # the connections are open, the statements prepared
    until, done = time.perf_counter() + seconds, 0

    async def one(who: int) -> None:
        nonlocal done
        for n in itertools.count(1):
            if time.perf_counter() > until:
                return
            more = await work(who, n)  # not `done += await …`: that would count from before the wait
            done += more

    began = time.perf_counter()
    await asyncio.gather(*(one(who) for who in range(CONNECTIONS)))
    return done / (time.perf_counter() - began)


BARE = (
    "SELECT id FROM bench_bare WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
    "UPDATE bench_bare SET balance = balance - 1 WHERE id = $1", "UPDATE bench_bare SET balance = balance + 1 WHERE id = $1",
)  # fmt: skip


async def bare(giver: int, taker: int) -> int:
    """The yardstick: lock two rows, change both, commit."""
    async with DB.transaction() as inside:
        await inside.connection.fetch(BARE[0], [giver, taker])
        await inside.connection.execute(BARE[1], giver)
        await inside.connection.execute(BARE[2], taker)
    return 1


async def postings(owner: asyncpg.Connection, url: str, who: dict, seconds: float) -> None:
    """Payments held and settled in two hundred projects, and allocations that all leave one account; each beside its yardstick.

    An approval is the office's whole verb: asked, posted, the call's money written down, its maker told; the rest are entries by
    themselves, which the database takes here without an act of the office behind each.
    """
    third = await owner.fetchval("SELECT id FROM person WHERE id NOT IN ($1, $2) ORDER BY id LIMIT 1", *who.values())
    confirmed = {"made_by": who["approved_by"], "approved_by": third}
    await owner.execute(
        "CREATE TABLE bench_bare (id bigint PRIMARY KEY, balance bigint); "
        "INSERT INTO bench_bare SELECT id, 0 FROM ledger_account; GRANT ALL ON bench_bare TO grants_app"
    )
    await owner.execute("ALTER TABLE ledger_entry DISABLE TRIGGER entry_rests_on_its_act")  # postings by themselves, without their acts
    pairs = [tuple(row) for row in await owner.fetch("SELECT committed, paid FROM bench_pair ORDER BY at")]
    print(f"{f'a second at {CONNECTIONS} connections':48}{'postings':>12}{'bare':>12}{'bare / posting':>16}   (wanted: 300 postings)")
    for waits, setting in (("", "on"), (", not waiting for the disk", "off")):
        settings = database.connection(url) | database.as_app()
        settings["server_settings"] |= {"synchronous_commit": setting}
        async with database.connected(config=settings, size=CONNECTIONS):
            proposed = [Allocation(**row, _exists_in_db=True) for row in await owner.fetch(
                PROPOSED, STREAM, today().year, who["made_by"], CALLS, int(400 * seconds)
            )]
            for name, posted, plain in await rates(pairs, who, confirmed, proposed, seconds):
                print(f"{name + waits:48}{posted:>12.0f}{plain:>12.0f}{plain / posted:>16.1f}", flush=True)
    print(flush=True)


PROPOSED = """
    INSERT INTO allocation (call, stream, year, classification, amount, state, made_by, made_at, reason, document_number)
    SELECT 800001 + n % $4::int, $1, $2, '', 1, 'proposed', $3, now(), '', '' FROM generate_series(1, $5::int) n RETURNING *
"""


async def rates(
    pairs: list[tuple[int, int]], who: dict, confirmed: dict, proposed: list[Allocation], seconds: float
) -> list[tuple[str, float, float]]:
    """Of each kind of posting: how many a second, and how many of its yardstick."""
    run, accounts = f"{time.time_ns()}", {a.id: a for a in await Account.objects()}
    whole = await ledger.account(Stage.APPROPRIATED, STREAM, today().year)
    calls = [a for a in accounts.values() if a.stage == Stage.ALLOCATED]

    def pair(by: int, n: int) -> tuple[int, int]:
        return pairs[(by + CONNECTIONS * n) % len(pairs)]

    async def pay(by: int, n: int) -> int:
        committed, paid = (accounts[id] for id in pair(by, n))
        held = await ledger.reserve(Kind.PAYMENT, 1, out_of=committed, into=paid, paper=paper(), key=f"{run}-{by}-{n}", **who)
        await ledger.settle(held, paper=paper(), key=f"{run}-{by}-{n}-paid", **confirmed)
        return 2

    async def allocate(by: int, n: int) -> int:
        into, key = calls[(by + n) % len(calls)], f"{run}-{by}-{n}-given"
        await ledger.post(Kind.ALLOCATION, 1, out_of=whole, into=into, paper=paper(), key=key, **who)
        return 1

    finance = next(one for one in await streams.finance_of(STREAM) if one.id != who["made_by"])

    async def approve(_by: int, _n: int) -> int:
        await allocations.approve(proposed.pop(), number="1/QĐ", on=today(), by=finance)
        return 1

    return [
        ("payments over 200 projects", await many(pay, seconds), await many(lambda by, n: bare(*pair(by, n)), seconds)),
        ("allocations out of one account", await many(allocate, seconds),
         await many(lambda by, n: bare(whole.id, calls[(by + n) % len(calls)].id), seconds)),
        ("allocations approved, the whole verb", await many(approve, seconds),
         await many(lambda by, n: bare(whole.id, calls[(by + n) % len(calls)].id), seconds)),
    ]  # fmt: skip


async def main() -> None:
    from tests.bench.__main__ import served, signed_in  # it says where the bench's own database lies, before anything asks

    asked = argparse.ArgumentParser(prog="tests.bench.money", description=__doc__)
    asked.add_argument("--quick", action="store_true", help="one second each, and not a million entries")
    quick = asked.parse_args().quick
    seconds, sizes = (1.0, SIZES[:-1]) if quick else (4.0, SIZES)
    url = database.owner_url()
    await schema.create_database(url)
    await schema.migrate(url)
    owner = await asyncpg.connect(**database.connection(url))
    async with database.connected(config=database.connection(url), size=2):
        await world.settle(owner, supply=1)
        who = await settle(owner)
    with served("grants.app:create_app", url) as (port, _process):
        await pages(owner, port, signed_in(port, STREAM)[0], who, seconds, sizes)
    await postings(owner, url, who, seconds)
    await owner.close()


if __name__ == "__main__":
    asyncio.run(main())
