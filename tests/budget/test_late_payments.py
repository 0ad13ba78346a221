"""A payment that is on its way when its year ends: it is paid before the end or not at all, and the year does not close over it."""

import asyncio
from datetime import date

import asyncpg
import pytest

from budget import payments, year_end, years
from budget.tables import BudgetYear, Payment
from grants.shell import database
from grants.shell.changes import Refused, at
from grants.shell.database import rows
from grants.shell.schema import SQL
from tests.budget.test_year_end import choose, whether
from tests.makers_budget import FROM_THE_JOURNAL, a_year, after
from tests.makers_payments import a_running_project, approved

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
AMOUNT = 100_000_000
# The treasury's confirmation as the verb posts it: it settles what the approval held.
CONFIRMED = """
    INSERT INTO ledger_entry (at, kind, state, out_of, "into", amount, resolves, document_kind, document_number, document_date, made_by,
        approved_by, key)
    SELECT now(), kind, 'posted', out_of, "into", amount, id, 'treasury_voucher', 'KB-9', '2026-12-31', approved_by, $2, 'late'
    FROM ledger_entry WHERE id = $1
"""


@pytest.fixture
async def late(world):
    """An advance is approved and held, and the 31st of December is over."""
    await a_running_project(world)
    world.payment = await approved(world, AMOUNT)
    with at(after(world.year)):
        yield world


def confirmed(late):
    return payments.confirm(late.payment, number="KB-9", on=date(late.year, 12, 31), by=late.offices.treasurer)


async def ended(late) -> None:
    await years.adjust(await years.of(late.year), by=late.offices.recurrent)


async def standing(late) -> tuple[str, str, int, int]:
    """The year, the payment, what is held for it and what was advanced."""
    accounts = (await rows(
        "SELECT coalesce(sum(held), 0)::bigint AS held, coalesce(sum(balance) FILTER (WHERE stage = 'advanced'), 0)::bigint AS advanced "
        "FROM ledger_account WHERE year = $1 AND proposal IS NOT NULL", late.year,
    ))[0]
    return (await years.of(late.year)).state, (await Payment.objects().first()).state, accounts["held"], accounts["advanced"]


async def test_a_late_payment_stands_before_the_end_of_its_year_or_not_at_all(late):
    paid, over = await asyncio.gather(whether(confirmed(late)), whether(ended(late)))
    assert over
    assert await standing(late) == (("adjusting", "paid", 0, AMOUNT) if paid else ("adjusting", "approved", AMOUNT, 0))
    assert await rows(FROM_THE_JOURNAL) == []


async def test_the_end_of_a_year_waits_for_a_payment_that_is_being_posted(late, server):
    hand = await asyncpg.connect(**database.connection(server))
    posting = hand.transaction()
    await posting.start()
    await hand.execute(CONFIRMED, late.payment.held_entry, late.offices.treasurer.id)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(ended(late), 0.3)
    await posting.commit()
    await hand.close()
    await ended(late)
    assert (await standing(late))[::3] == ("adjusting", AMOUNT)


async def test_control_without_the_lock_on_the_year_a_payment_is_posted_to_a_year_that_has_ended(late, server, owner):
    await owner.execute("CREATE OR REPLACE FUNCTION ledger_lock(accounts bigint[]) RETURNS void LANGUAGE sql AS 'SELECT'")
    hand = await asyncpg.connect(**database.connection(server))
    try:
        posting = hand.transaction()
        await posting.start()
        await hand.execute(CONFIRMED, late.payment.held_entry, late.offices.treasurer.id)
        await asyncio.wait_for(ended(late), 5)
        assert await standing(late) == ("adjusting", "approved", AMOUNT, 0)
        await posting.commit()
    finally:
        await hand.close()
        await owner.execute((SQL / "ledger.sql").read_text())
    assert (await standing(late))[::3] == ("adjusting", AMOUNT)


async def test_a_year_does_not_close_over_a_payment_on_its_way_and_the_payment_does_not_slip_in(late):
    """Everything else is carried over and another asks to close: the close and the late payment are both refused, until it is sent back."""
    await a_year(late.offices, late.year + 1, recurrent=5)
    await ended(late)
    await year_end.propose(late.year, await choose(late, year_end.Act.CARRY_OVER), by=late.offices.officer)
    await year_end.confirm(late.year, "recurrent", number="41/QĐ-STC", on=date(late.year + 1, 1, 8), by=late.offices.recurrent)
    await years.ask_to_close(await years.of(late.year), by=late.offices.officer)

    async def close() -> None:
        await years.close(await years.of(late.year), by=late.offices.recurrent)

    assert await asyncio.gather(whether(confirmed(late)), whether(close())) == [False, False]
    with pytest.raises(Refused, match="còn 100.000.000 ₫ đang giữ chờ"):
        await close()
    await payments.send_back(late.payment, reason="Hết năm", by=late.offices.treasurer)
    with pytest.raises(Refused, match="chưa chuyển nguồn hoặc huỷ"):
        await close()
    await year_end.propose(late.year, await choose(late, year_end.Act.CARRY_OVER), by=late.offices.officer)
    await year_end.confirm(late.year, "recurrent", number="42/QĐ-STC", on=date(late.year + 1, 1, 8), by=late.offices.recurrent)
    await close()
    assert (await years.of(late.year)).state == BudgetYear.State.CLOSED
    assert await whether(confirmed(late)) is False
    assert await rows(FROM_THE_JOURNAL) == []
