"""A small province's money: its offices, a year, a call with 1 tỷ allocated, and an application's committed account."""

import asyncio
from types import SimpleNamespace

import asyncpg
import pytest

from budget import ledger
from budget.tables import Stage
from grants.shell import database
from tests.makers import a_call, a_proposal
from tests.makers_budget import a_year, allocated, the_offices


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
