"""The ledger's verbs: what they move, what they refuse, and that balances always equal the journal."""

import pytest

from budget import ledger, positions, years
from budget.ledger import Kind
from budget.tables import Entry, Stage
from grants.people.people import today
from grants.shell.changes import Refused
from grants.shell.database import rows
from grants.shell.events import Event
from tests.makers_budget import BILLION, FROM_THE_JOURNAL, a_paper, a_year, adjusted, closed, emptied, state_of

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("bare_ledger", "db")]


async def hold(world, amount: int, key: str = "hold") -> Entry:
    return await ledger.reserve(
        Kind.RESERVATION, amount, out_of=world.allocated, into=world.committed, paper=a_paper(), key=key, **world.who
    )


async def test_a_reservation_is_held_settled_in_part_and_the_rest_is_free_again(world):
    pending = await hold(world, 700_000_000)
    assert await state_of(world.allocated) == (BILLION, 700_000_000)
    with pytest.raises(Refused, match=r"Nguồn này chỉ còn 300\.000\.000 ₫\."):
        await hold(world, 300_000_001, key="too much")
    award = {"paper": a_paper("09/QĐ"), "made_by": world.offices.officer.id, "approved_by": world.offices.leader.id}
    settled = await ledger.settle(pending, 600_000_000, key="award", **award)
    assert (settled.kind, settled.amount) == (Kind.COMMITMENT, 600_000_000)
    assert await state_of(world.allocated) == (400_000_000, 0)
    assert await state_of(world.committed) == (600_000_000, 0)
    with pytest.raises(Refused, match="đã được giải quyết"):
        await ledger.void(pending, key="again", **award)
    assert await rows(FROM_THE_JOURNAL) == []


async def test_a_voided_reservation_leaves_everything_as_it_was(world):
    pending = await hold(world, BILLION)
    await ledger.void(pending, paper=a_paper(), key="void", **world.who)
    assert await state_of(world.allocated) == (BILLION, 0)
    assert await state_of(world.committed) == (0, 0)
    assert await rows(FROM_THE_JOURNAL) == []


async def test_the_same_key_is_the_same_entry_and_another_content_is_refused(world):
    first, second = await hold(world, 5), await hold(world, 5)
    assert first.id == second.id
    assert await state_of(world.allocated) == (BILLION, 5)
    with pytest.raises(Refused, match="nội dung khác"):
        await hold(world, 6)
    assert await Event.count().where((Event.did == "entered") & (Event.thing_id == first.id)) == 1


async def test_a_correction_takes_an_entry_back_once(world):
    wrong = await Entry.objects().where(Entry.kind == Kind.ALLOCATION).first()
    await ledger.correct(wrong, 400_000_000, paper=a_paper("ĐC-1", "correction_note"), key="c1", **world.who)
    assert await state_of(world.allocated) == (600_000_000, 0)
    with pytest.raises(Refused, match="đã được đính chính"):
        await ledger.correct(wrong, 1, paper=a_paper("ĐC-2", "correction_note"), key="c2", **world.who)


async def test_what_is_held_cannot_be_corrected_away(world):
    await hold(world, BILLION)
    wrong = await Entry.objects().where(Entry.kind == Kind.ALLOCATION).first()
    with pytest.raises(Refused, match="chỉ còn 0 ₫"):
        await ledger.correct(wrong, paper=a_paper("ĐC-1", "correction_note"), key="c1", **world.who)


async def test_an_account_is_opened_once(world):
    again = await ledger.account(Stage.ALLOCATED, "recurrent", world.year, call=world.call.id)
    assert again.id == world.allocated.id


async def test_a_year_that_is_adjusted_takes_only_settlements_and_a_closed_one_nothing(world):
    pending = await hold(world, 5)
    await adjusted(world.offices, world.year)
    with pytest.raises(Refused, match="đang chỉnh lý"):
        await hold(world, 1, key="late")
    with pytest.raises(Refused, match="còn 5 ₫ đang giữ chờ"):
        await closed(world.offices, world.year)
    await ledger.void(pending, paper=a_paper(), key="void", **world.who)
    with pytest.raises(Refused, match="còn 10.000.000.000 ₫ chưa chuyển nguồn hoặc huỷ"):
        await closed(world.offices, world.year)
    await emptied(world.offices, world.year)
    with pytest.raises(Refused, match="hai người khác nhau"):
        await years.ask_to_close(await years.of(world.year), by=world.offices.recurrent)
        await years.close(await years.of(world.year), by=world.offices.recurrent)
    await closed(world.offices, world.year)
    wrong = await Entry.objects().where(Entry.kind == Kind.ALLOCATION).first()
    with pytest.raises(Refused, match="đã khoá sổ"):
        await ledger.correct(wrong, paper=a_paper(), key="c1", **world.who)


async def test_money_goes_into_the_next_year_only_as_a_carry_over(world):
    await a_year(world.offices, world.year + 1, recurrent=1)
    this = await ledger.account(Stage.APPROPRIATED, "recurrent", world.year)
    coming = await ledger.account(Stage.APPROPRIATED, "recurrent", world.year + 1)
    with pytest.raises(Refused, match="chuyển nguồn"):
        await ledger.post(Kind.VIREMENT, 5, out_of=this, into=coming, paper=a_paper(), key="v", **world.who)
    await adjusted(world.offices, world.year)
    await ledger.post(Kind.CARRY_OVER, 5, out_of=this, into=coming, paper=a_paper(), key="carry", **world.who)
    assert await state_of(coming) == (6, 0)


async def test_the_position_says_where_the_money_stands(world):
    fund = await ledger.account(Stage.APPROPRIATED, "fund", world.year)
    whole = await ledger.account(Stage.APPROPRIATED, "recurrent", world.year)
    await ledger.post(Kind.CONTRIBUTION, 2 * BILLION, out_of=whole, into=fund, paper=a_paper(), key="fund", **world.who)
    await ledger.settle(
        await hold(world, 600_000_000), paper=a_paper(), made_by=world.offices.officer.id,
        approved_by=world.offices.leader.id, key="award",
    )
    await hold(world, 100_000_000, key="second")
    capital, recurrent, of_fund = await positions.of_year(today().year)
    assert (capital.appropriated, of_fund.appropriated, of_fund.moved) == (0, 2 * BILLION, 2 * BILLION)
    assert recurrent == positions.Position(
        stream="recurrent", year=world.year, decided=10 * BILLION, moved=-2 * BILLION, appropriated=8 * BILLION,
        allocated=BILLION, reserved=100_000_000, committed=600_000_000,
        payable=600_000_000,
    )
    assert (recurrent.unallocated, recurrent.free) == (7 * BILLION, 7_300_000_000)
    assert positions.total([capital, recurrent, of_fund]).appropriated == 10 * BILLION


async def test_what_is_paid_back_for_a_closed_year_changes_nothing_in_the_bridge_of_the_running_one(world):
    one = {"call": world.call.id, "proposal": world.proposal.id}
    back, recovered = [await ledger.account(stage, "recurrent", world.year, **one) for stage in (Stage.RETURNED, Stage.RECOVERED)]
    before = await positions.bridges(world.year)
    await ledger.post(Kind.RECOVERY, 7, out_of=back, into=recovered, paper=a_paper(), key="closed", **world.who)
    assert await positions.bridges(world.year) == before
