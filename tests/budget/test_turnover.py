"""The ledger's turnover: what came and went, by account, month and kind, is the journal summed up, corrections taken off."""

from datetime import date

import pytest

from budget import ledger
from budget.ledger import Kind, Paper
from budget.tables import Stage
from grants.shell import schema
from grants.shell.database import rows
from tests.makers_budget import FROM_THE_JOURNAL

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("bare_ledger", "db")]
ALL = "SELECT account, month, kind, came, went FROM ledger_turnover ORDER BY account, month, kind"


async def test_an_entry_turns_over_in_the_month_of_its_document_and_a_correction_takes_it_off_again(world):
    whole = await ledger.account(Stage.APPROPRIATED, "recurrent", world.year)
    may, june = Paper("allocation_decision", "5", date(2026, 5, 31)), Paper("correction_note", "6", date(2026, 6, 1))
    wrong = await ledger.post(Kind.ALLOCATION, 7, out_of=whole, into=world.allocated, paper=may, key="may", **world.who)
    await ledger.correct(wrong, 5, paper=june, key="june", **world.who)
    found = {(row["account"], row["month"].month): (row["came"], row["went"]) for row in await rows(ALL) if row["kind"] == "allocation"}
    assert found[whole.id, 5] == (0, 7) and found[world.allocated.id, 5] == (7, 0)
    assert found[whole.id, 6] == (0, -5) and found[world.allocated.id, 6] == (-5, 0)
    assert await rows("SELECT 1 FROM ledger_turnover WHERE kind = 'correction'") == []
    assert await rows(FROM_THE_JOURNAL) == []


async def test_what_is_held_has_not_turned_over(world):
    before = await rows(ALL)
    paper = Paper("appraisal_minutes", "7", date(2026, 5, 5))
    held = await ledger.reserve(Kind.RESERVATION, 5, out_of=world.allocated, into=world.committed, paper=paper, key="hold", **world.who)
    assert await rows(ALL) == before
    await ledger.void(held, paper=paper, key="void", **world.who)
    assert await rows(ALL) == before


async def test_a_database_that_had_entries_before_it_had_turnover_is_summed_up_once(world, owner):
    wrong = await ledger.post(
        Kind.ALLOCATION, 7, out_of=await ledger.account(Stage.APPROPRIATED, "recurrent", world.year), into=world.allocated,
        paper=Paper("allocation_decision", "5", date(2026, 5, 31)), key="may", **world.who,
    )
    await ledger.correct(wrong, 5, paper=Paper("correction_note", "6", date(2026, 6, 1)), key="june", **world.who)
    kept = await rows(ALL)
    await owner.execute("TRUNCATE ledger_turnover")
    for _again in range(2):
        await owner.execute((schema.SQL / "turnover.sql").read_text())
        assert await rows(ALL) == kept
