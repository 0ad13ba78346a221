"""A small province's money: its offices, a year, a call with 1 tỷ allocated, and an application's committed account."""

from types import SimpleNamespace

import pytest

from budget import ledger
from budget.tables import Stage
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
