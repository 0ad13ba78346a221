"""A small province's money: its offices, a year, a call with 1 tỷ allocated, and an application's committed account."""

import asyncio
from types import SimpleNamespace

import asyncpg
import pytest

from budget import ledger, settlements
from budget.ledger import Kind
from budget.settlements import Claim
from budget.tables import Stage
from grants.proposals.tables import BudgetLine
from grants.shell import database
from grants.shell.database import rows
from tests.makers import a_call, a_proposal
from tests.makers_budget import a_paper, a_year, allocated, as_owner, the_offices
from tests.makers_payments import a_running_project, an_accepted_report, paid


@pytest.fixture
async def world(db):
    offices = await the_offices()
    year, call = await a_year(offices), await a_call()
    proposal = await a_proposal("appraised", call=call)
    return SimpleNamespace(
        offices=offices, year=year, call=call, proposal=proposal, allocated=await allocated(offices, call),
        committed=await ledger.account(Stage.COMMITTED, "recurrent", year, call=call.id, proposal=proposal.id),
        who={"made_by": offices.officer.id, "approved_by": offices.recurrent.id},
    )


@pytest.fixture
async def spent(world):
    """A project that was paid 400 triệu for accepted work; its one budget line plans 900 triệu."""
    await a_running_project(world)
    await an_accepted_report(world)
    await paid(world, 400_000_000, "payment")
    world.line = (await BudgetLine.objects().first()).id
    return world


@pytest.fixture
async def two_streams(spent):
    """The same project was paid 200 triệu of capital money too; the settlement of the year is drawn up for both streams."""
    await rows(
        """
        INSERT INTO budget_line (proposal, "group", year, source, note, requested, appraised, approved, position)
        SELECT proposal, "group", year, 'capital', '', 200000000, 200000000, 200000000, 2 FROM budget_line WHERE id = $1
        """,
        spent.line,
    )
    place = {"call": spent.call.id, "proposal": spent.proposal.id}
    who, held = {"made_by": spent.offices.officer.id, "approved_by": spent.offices.leader.id}, 200_000_000
    at_stage = [await ledger.account(stage, "capital", spent.year) for stage in (Stage.SOURCE, Stage.APPROPRIATED)]
    async with as_owner():
        await ledger.post(Kind.APPROPRIATION, held, out_of=at_stage[0], into=at_stage[1], paper=a_paper(), key="more", **who)
        allocated = await ledger.account(Stage.ALLOCATED, "capital", spent.year, call=spent.call.id)
        committed = await ledger.account(Stage.COMMITTED, "capital", spent.year, **place)
        await ledger.post(Kind.ALLOCATION, held, out_of=at_stage[1], into=allocated, paper=a_paper(), key="given", **who)
        pending = await ledger.reserve(Kind.RESERVATION, held, out_of=allocated, into=committed, paper=a_paper(), key="kept", **who)
        await ledger.settle(pending, paper=a_paper(), key="awarded", **who)
    await paid(spent, held, "payment", number="KB-5", stream="capital")
    (own,) = await rows("SELECT id FROM budget_line WHERE source = 'capital'")
    claims = {spent.line: Claim(400_000_000, 400_000_000), own["id"]: Claim(held, held - 1, "Thiếu chứng từ")}
    spent.settlement = await settlements.propose(spent.project, year=spent.year, claims=claims, by=spent.offices.officer)
    return spent


@pytest.fixture
def bare_ledger(server):
    """The ledger by itself, without the acts of the office that its entries rest on (migrations/acts.sql): its own rules alone."""
    def switched(how: str) -> None:
        async def switch() -> None:
            owner = await asyncpg.connect(**database.connection(server))
            await owner.execute(f"ALTER TABLE ledger_entry {how} TRIGGER entry_rests_on_its_act")
            await owner.close()

        asyncio.run(switch())

    switched("DISABLE")
    yield
    switched("ENABLE")
