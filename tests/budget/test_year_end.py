"""The end of a budget year: every remainder is carried over or cancelled by two people, then the year closes for good."""

import asyncio
from datetime import date

import asyncpg
import pytest

from budget import grounds, ledger, positions, reservations, year_end, years
from budget.grounds import Act
from budget.ledger import Kind
from budget.tables import Entry, Reservation, Stage
from budget.year_tables import Remainder
from grants.calls.tables import Call
from grants.shell import database
from grants.shell.changes import Refused, at
from grants.shell.database import rows
from tests.makers import the_rules
from tests.makers_budget import BILLION, FROM_THE_JOURNAL, a_paper, a_year, adjusted, after, as_owner, closed

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def committed(world, amount: int = 300_000_000) -> None:
    """Of the call's 1 tỷ, this much is committed, and 50 triệu of that advanced."""
    async with as_owner():
        held = await ledger.reserve(
            Kind.RESERVATION, amount, out_of=world.allocated, into=world.committed, paper=a_paper(), key="held", **world.who
        )
        await ledger.settle(held, paper=a_paper(), key="award", **world.who)
        one = {"call": world.call.id, "proposal": world.proposal.id}
        advanced = await ledger.account(Stage.ADVANCED, "recurrent", world.year, **one)
        paying = await ledger.reserve(
            Kind.ADVANCE, 50_000_000, out_of=world.committed, into=advanced, paper=a_paper(), key="paying", **world.who
        )
        await ledger.settle(
            paying, paper=a_paper(), made_by=world.who["approved_by"], approved_by=world.offices.treasurer.id, key="paid"
        )


async def choose(world, act: Act) -> dict[int, tuple[str, int]]:
    """The same act for every remainder that may have it, else carried over."""
    await the_rules()
    found = {}
    for one in await year_end.left(world.year):
        chosen = act if act in one.may else Act.CARRY_OVER
        found[one.account] = (chosen.value, (await grounds.of_act(chosen, date(world.year, 12, 31)))[0].id)
    return found


async def settle(world, act: Act = Act.CARRY_OVER) -> int:
    with at(after(world.year)):
        await year_end.propose(world.year, await choose(world, act), by=world.offices.officer)
        day = date(world.year + 1, 1, 8)
        return await year_end.confirm(world.year, "recurrent", number="41/QĐ-STC", on=day, by=world.offices.recurrent)


@pytest.fixture
async def over(world):
    """The world's year is over, its next one open, and money lies at four stages."""
    await a_year(world.offices, world.year + 1, recurrent=5)
    await committed(world)
    await adjusted(world.offices, world.year)
    return world


async def test_what_is_carried_over_is_what_the_next_year_opens_with_and_the_year_closes(over):
    assert [(one.stage, one.free) for one in await year_end.left(over.year)] == [
        ("appropriated", 9 * BILLION), ("allocated", 700_000_000), ("committed", 250_000_000), ("advanced", 50_000_000)
    ]  # fmt: skip
    assert await settle(over) == 4
    assert await year_end.left(over.year) == []
    assert await year_end.openings(over.year) == [year_end.Opening("recurrent", 10 * BILLION, 10 * BILLION, 0)]
    before = {a["stage"]: a["balance"] for a in await rows(
        "SELECT stage, sum(balance)::bigint AS balance FROM ledger_account WHERE year = $1 GROUP BY stage", over.year + 1)}
    assert before == {
        "source": -5, "appropriated": 9 * BILLION + 5, "allocated": 700_000_000, "committed": 250_000_000, "advanced": 50_000_000,
    }  # fmt: skip
    await closed(over.offices, over.year)
    assert (await years.of(over.year)).state == "closed"
    assert await rows(FROM_THE_JOURNAL) == []


async def test_what_is_cancelled_is_no_longer_the_call_s_but_an_advance_cannot_be_cancelled(over):
    await settle(over, Act.CANCEL)
    stands = (await positions.of_year(over.year))[1]
    assert (stands.cancelled, stands.appropriated) == (9_950_000_000, 0)
    assert (await Call.objects().get(Call.id == over.call.id)).money == 50_000_000
    await closed(over.offices, over.year)


async def test_an_advance_is_never_proposed_to_be_cancelled(over):
    await the_rules()
    advanced = next(one for one in await year_end.left(over.year) if one.stage == "advanced")
    ground = (await grounds.of_act(Act.CANCEL, date(over.year, 12, 31)))[0].id
    with pytest.raises(Refused, match="không huỷ được"):
        await year_end.propose(over.year, {advanced.account: ("cancel", ground)}, by=over.offices.officer)


async def test_who_proposes_a_remainder_does_not_confirm_it(over):
    with at(after(over.year)):
        await year_end.propose(over.year, await choose(over, Act.CANCEL), by=over.offices.recurrent)
        with pytest.raises(Refused, match="phải là hai người"):
            await year_end.confirm(over.year, "recurrent", number="1", on=date(over.year + 1, 1, 8), by=over.offices.recurrent)
        with pytest.raises(Refused, match="phụ trách «Kinh phí sự nghiệp»"):
            await year_end.confirm(over.year, "recurrent", number="1", on=date(over.year + 1, 1, 8), by=over.offices.capital)


async def test_a_remainder_that_has_changed_meanwhile_is_proposed_anew(over):
    with at(after(over.year)):
        await year_end.propose(over.year, await choose(over, Act.CARRY_OVER), by=over.offices.officer)
    one = {"call": over.call.id, "proposal": over.proposal.id}
    advanced, paid = [await ledger.account(stage, "recurrent", over.year, **one) for stage in (Stage.ADVANCED, Stage.PAID)]
    async with as_owner():
        await ledger.post(Kind.CLEARANCE, 20_000_000, out_of=advanced, into=paid, paper=a_paper(), key="late", **over.who)
    with at(after(over.year)), pytest.raises(Refused, match="đã đổi từ 50.000.000 ₫ thành 30.000.000 ₫"):
        await year_end.confirm(over.year, "recurrent", number="1", on=date(over.year + 1, 1, 8), by=over.offices.recurrent)
    assert await settle(over) == 4
    assert await Remainder.count().where(Remainder.state == "refused") == 4
    await closed(over.offices, over.year)


async def test_nothing_is_carried_into_a_year_that_is_not_open(world):
    await adjusted(world.offices, world.year)
    with pytest.raises(Refused, match="chưa mở để nhận"):
        await settle(world)


async def test_a_year_that_goes_on_is_not_adjusted_and_its_remainders_wait(world):
    with pytest.raises(Refused, match="chưa kết thúc"):
        await years.adjust(await years.of(world.year), by=world.offices.recurrent)
    with pytest.raises(Refused, match="không ở thời gian chỉnh lý"):
        await settle(world)


async def test_a_stale_reservation_is_let_go_of_by_the_finance_of_its_stream(world):
    for one in await reservations.request(world.proposal, by=world.offices.officer):
        await reservations.approve(one, by=world.offices.recurrent)
    held = await Reservation.objects().first()
    with pytest.raises(Refused, match="chưa kết thúc"):
        await reservations.free(held, reason="Hết năm", by=world.offices.recurrent)
    await adjusted(world.offices, world.year)
    assert [row["amount"] for row in await year_end.stale_reservations(world.year)] == [900_000_000]
    with at(after(world.year)):
        await reservations.free(held, reason="Hết năm", by=world.offices.recurrent)
    assert (await Reservation.objects().first()).state == "freed"
    assert await year_end.stale_reservations(world.year) == []


async def whether(work) -> bool:
    try:
        await work
    except Refused:
        return False
    return True


async def taken_back(wrong: Entry, over) -> None:
    async with as_owner():
        await ledger.correct(wrong, paper=a_paper(), key="late", **over.who)


async def test_a_cancellation_taken_back_and_the_close_of_its_year_cannot_both_win(over):
    """Taking a cancellation back gives the closed year's commitment money again, unless the close came first."""
    await settle(over, Act.CANCEL)
    await years.ask_to_close(await years.of(over.year), by=over.offices.officer)
    wrong = await Entry.objects().where(Entry.kind == "cancellation").first()
    ended, late = await asyncio.gather(
        whether(years.close(await years.of(over.year), by=over.offices.recurrent)),
        whether(taken_back(wrong, over)),
    )
    assert ended != late
    left = await rows("SELECT sum(balance)::bigint AS left FROM ledger_account WHERE year = $1 AND stage <> 'source' "
                      "AND stage NOT IN ('cancelled', 'paid')", over.year)
    assert (left[0]["left"] == 0) == ended


async def test_control_a_close_that_does_not_wait_for_the_posting_leaves_money_in_a_closed_year(over, server, owner):
    """Without the lock on the year, the late entry looks at a year that is still open and is written after the close."""
    await settle(over, Act.CANCEL)
    await years.ask_to_close(await years.of(over.year), by=over.offices.officer)
    wrong = await Entry.objects().where(Entry.kind == "cancellation").first()
    await owner.execute("CREATE OR REPLACE FUNCTION ledger_lock(accounts bigint[]) RETURNS void LANGUAGE sql AS 'SELECT'")
    hand = await asyncpg.connect(**database.connection(server))
    try:
        open_still = hand.transaction()
        await open_still.start()
        await hand.execute(
            "INSERT INTO ledger_entry (at, kind, state, out_of, \"into\", amount, corrects, document_kind, document_number, document_date, "
            "made_by, approved_by, key) VALUES (now(), 'correction', 'posted', $1, $2, $3, $4, 'note', '1', '2026-01-05', $5, $6, 'late')",
            wrong.into, wrong.out_of, wrong.amount, wrong.id, over.who["made_by"], over.who["approved_by"],
        )
        await years.close(await years.of(over.year), by=over.offices.recurrent)
        await open_still.commit()
    finally:
        await hand.close()
        from grants.shell.schema import SQL
        await owner.execute((SQL / "ledger.sql").read_text())
    left = await rows("SELECT y.state, sum(a.balance)::bigint AS left FROM ledger_account a JOIN budget_year y ON y.year = a.year "
                      "WHERE a.id = $1 GROUP BY 1", wrong.out_of)
    assert left == [{"state": "closed", "left": wrong.amount}]
