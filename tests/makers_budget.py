"""Makers for money: the offices that answer for the streams, an open budget year with money in it, an allocated call."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from budget import ledger, streams, years
from budget.ledger import Kind, Paper
from budget.tables import Account, Stage, Stream
from grants.calls.tables import Call
from grants.people.people import today
from grants.people.tables import Organisation, Person, Role
from grants.shell.changes import at
from grants.shell.database import DB, rows
from tests.makers import LONG_AGO, a_person, an_organisation

BILLION = 1_000_000_000
# Accounts whose balance, hold or turnover is not what the journal says; always empty.
FROM_THE_JOURNAL = """
    SELECT a.id FROM ledger_account a WHERE
        a.balance <> coalesce((SELECT sum(amount) FROM ledger_entry WHERE state = 'posted' AND "into" = a.id), 0)
                   - coalesce((SELECT sum(amount) FROM ledger_entry WHERE state = 'posted' AND out_of = a.id), 0)
        OR a.held <> coalesce((SELECT sum(p.amount) FROM ledger_entry p WHERE p.state = 'pending' AND p.out_of = a.id
                               AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.resolves = p.id)), 0)
        OR a.balance <> coalesce((SELECT sum(came - went) FROM ledger_turnover t WHERE t.account = a.id), 0)
"""


async def state_of(account: Account) -> tuple[int, int]:
    """Balance and hold of an account as the database has them now."""
    found = await Account.objects().where(Account.id == account.id).first()
    return found.balance, found.held


@dataclass(frozen=True)
class Offices:
    """Who takes part in the money's way: one person each."""

    officer: Person
    capital: Person
    recurrent: Person
    fund: Person
    treasurer: Person
    leader: Person
    auditor: Person


async def the_offices() -> Offices:
    """One person for each part, and the three streams entrusted to three organisations since long ago."""
    people = {}
    for stream in Stream:
        answers = await an_organisation(f"Sở trả lời nguồn {stream.value}", kind=Organisation.Kind.DEPARTMENT)
        await streams.entrust(stream, answers, since=LONG_AGO, document="QĐ 01/2020", by=None)
        people[stream.value] = await a_person(Role.FINANCE, of=answers)
    for role in (Role.OFFICER, Role.TREASURER, Role.LEADER, Role.AUDITOR):
        people[role.value] = await a_person(role)
    return Offices(**people)


def a_paper(number: str = "0155/QĐ-UBND", kind: str = "estimate_decision") -> Paper:
    return Paper(kind, number, date(2026, 1, 5))


@contextlib.asynccontextmanager
async def as_owner() -> AsyncIterator[None]:
    """Post to the ledger itself, as the schema's owner loads what was decided elsewhere: no act of the office stands behind it."""
    async with DB.transaction():
        await rows("SET LOCAL ROLE NONE")
        yield


async def a_year(offices: Offices, year: int | None = None, **amounts: int) -> int:
    """An open budget year with these amounts appropriated by stream; 10 tỷ of recurrent money if none is said."""
    year = year or today().year
    await years.open_year(year, by=offices.leader)
    async with as_owner():
        for stream, amount in (amounts or {"recurrent": 10 * BILLION}).items():
            await ledger.post(
                Kind.APPROPRIATION, amount, out_of=await ledger.account(Stage.SOURCE, stream, year),
                into=await ledger.account(Stage.APPROPRIATED, stream, year), paper=a_paper(),
                made_by=offices.officer.id, approved_by=offices.leader.id, key=f"year-{year}-{stream}",
            )
    return year


async def allocated(offices: Offices, call: Call, amount: int = BILLION, *, stream: str = "recurrent", year: int | None = None) -> Account:
    """The account of a call to which `amount` was allocated out of the year's money."""
    year = year or today().year
    into = await ledger.account(Stage.ALLOCATED, stream, year, call=call.id)
    async with as_owner():
        await ledger.post(
            Kind.ALLOCATION, amount, out_of=await ledger.account(Stage.APPROPRIATED, stream, year), into=into,
            paper=a_paper("12/QĐ-STC", "allocation_decision"), made_by=offices.officer.id,
            approved_by=getattr(offices, stream).id, key=f"call-{call.id}-{stream}-{year}-{amount}",
        )
    return into


def after(year: int, month: int = 1, day: int = 8) -> datetime:
    """A morning after a budget year, in the adjustment period unless said otherwise."""
    return datetime(year + 1, month, day, 3, tzinfo=UTC)


async def adjusted(offices: Offices, year: int) -> None:
    """The year is over and in its adjustment period."""
    with at(after(year)):
        await years.adjust(await years.of(year), by=offices.recurrent)


async def emptied(offices: Offices, year: int) -> None:
    """Whatever is free in a year is cancelled, straight through the ledger."""
    left = await rows(
        "SELECT * FROM ledger_account WHERE year = $1 AND balance > held AND stage IN ('appropriated', 'allocated', 'committed')", year
    )
    for row in left:
        out_of = Account(**row, _exists_in_db=True)
        into = await ledger.account(
            Stage.CANCELLED, row["stream"], year, call=row["call"], proposal=row["proposal"], classification=row["classification"]
        )
        async with as_owner():
            await ledger.post(
                Kind.CANCELLATION, row["balance"] - row["held"], out_of=out_of, into=into, paper=a_paper(), made_by=offices.officer.id,
                approved_by=offices.leader.id, key=f"emptied-{row['id']}",
            )


async def closed(offices: Offices, year: int) -> None:
    """A year in adjustment is closed by two people; refused while anything is left."""
    await years.ask_to_close(await years.of(year), by=offices.officer)
    await years.close(await years.of(year), by=offices.recurrent)
