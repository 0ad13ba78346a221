"""Changes of a year's money: on a legal ground, made by one, decided by another, and only what there is."""

from datetime import date

import pytest

from budget import adjustments, allocations, grounds, ledger, positions
from budget.tables import Stage
from budget.year_tables import Adjustment, Ground
from grants.calls.tables import Call
from grants.people.people import today
from grants.people.tables import Role
from grants.shell.changes import Refused
from grants.shell.database import rows
from tests.makers import a_call, a_person, the_rules
from tests.makers_budget import BILLION, FROM_THE_JOURNAL

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
ON = date(2026, 1, 12)


async def ground(act: str) -> int:
    await the_rules()
    return (await grounds.of_act(act, today()))[0].id


async def ask(world, kind: str = "supplement", **more) -> Adjustment:
    said = {"stream": "recurrent", "year": world.year, "amount": BILLION, "reason": "Cần thêm", "by": world.offices.officer} | more
    return await adjustments.propose(kind, ground=await ground(kind), **said)


async def approve(adjustment: Adjustment, by) -> Adjustment:
    await adjustments.approve(adjustment, number="0463/QĐ-UBND", on=ON, by=by)
    return await Adjustment.objects().get(Adjustment.id == adjustment.id)


async def recurrent(world) -> positions.Position:
    return (await positions.of_year(world.year))[1]


async def test_a_supplement_is_decided_by_the_leader_and_stands_beside_what_was_first_given(world):
    asked = await ask(world, target="code:417-100-101")
    with pytest.raises(Refused, match="người quyết định là: Lãnh đạo"):
        await approve(asked, world.offices.recurrent)
    assert (await recurrent(world)).decided == 10 * BILLION
    done = await approve(asked, world.offices.leader)
    assert (done.state, (await recurrent(world)).decided) == ("approved", 11 * BILLION)
    assert await ledger.free(Stage.APPROPRIATED, "recurrent", world.year, classification="417-100-101") == BILLION
    assert await rows("SELECT kind, amount FROM ledger_entry WHERE kind IN ('appropriation', 'supplement') ORDER BY id") == [
        {"kind": "appropriation", "amount": 10 * BILLION}, {"kind": "supplement", "amount": BILLION},
    ]  # fmt: skip
    with pytest.raises(Refused, match="đã có quyết định"):
        await approve(asked, world.offices.leader)


async def test_who_makes_an_adjustment_does_not_decide_it(world):
    both = await a_person(Role.OFFICER, Role.LEADER)
    asked = await ask(world, target="code:", by=both)
    with pytest.raises(Refused, match="hai người khác nhau"):
        await approve(asked, both)
    with pytest.raises(Refused, match="Chỉ cán bộ"):
        await ask(world, target="code:", by=world.offices.leader)


async def test_a_cut_takes_back_at_most_what_is_free(world):
    with pytest.raises(Refused, match="chỉ còn 9.000.000.000 ₫"):
        await ask(world, "cut", source="code:", amount=9 * BILLION + 1)
    first, second = [await ask(world, "cut", source="code:", amount=5 * BILLION) for _n in range(2)]
    await approve(first, world.offices.leader)
    with pytest.raises(Refused, match="chỉ còn 4.000.000.000 ₫"):
        await approve(second, world.offices.leader)
    assert (await recurrent(world)).decided == 5 * BILLION


async def test_money_goes_from_one_call_to_another_and_back_to_the_stream_and_their_ceilings_follow(world):
    other = await a_call()
    there = await ask(world, "transfer", source=f"call:{world.call.id}", target=f"call:{other.id}", amount=400_000_000)
    await approve(there, world.offices.recurrent)
    back = await ask(world, "transfer", source=f"call:{other.id}", target="code:", amount=100_000_000)
    await approve(back, world.offices.recurrent)
    money = {call.id: call.money for call in await Call.objects().where(Call.id.is_in([world.call.id, other.id]))}
    assert money == {world.call.id: 600_000_000, other.id: 300_000_000}
    assert (await recurrent(world)).unallocated == 9_100_000_000
    assert await rows(FROM_THE_JOURNAL) == []
    with pytest.raises(Refused, match="là phân bổ"):
        await ask(world, "transfer", source="code:", target=f"call:{other.id}")


async def test_a_classification_changes_only_by_a_transfer(world):
    await approve(await ask(world, "transfer", source="code:", target="code:417-100-102"), world.offices.recurrent)
    call = await a_call()
    asked = await allocations.propose(
        call, stream="recurrent", year=world.year, amount=5, classification="417-100-102", by=world.offices.officer
    )
    with pytest.raises(Refused, match="đã dùng mã mục lục «417-100-102»"):
        await allocations.propose(
            call, stream="recurrent", year=world.year, amount=5, classification="417-100-101", by=world.offices.officer
        )
    await allocations.approve(asked, number="1", on=ON, by=world.offices.recurrent)
    account = await ledger.account(Stage.ALLOCATED, "recurrent", world.year, call=call.id)
    assert (account.classification, account.balance) == ("417-100-102", 5)
    with pytest.raises(Refused, match="không có trong danh mục"):
        await allocations.propose(
            await a_call(), stream="recurrent", year=world.year, amount=5, classification="999-100-101", by=world.offices.officer
        )


async def test_what_would_no_longer_be_possible_is_said_before_it_is_decided(world):
    await allocations.propose(await a_call(), stream="recurrent", year=world.year, amount=7 * BILLION, by=world.offices.officer)
    asked = await ask(world, "cut", source="code:", amount=4 * BILLION)
    assert await adjustments.shortfalls(asked) == [
        "Các đề nghị phân bổ đang chờ cần 7.000.000.000 ₫, chỉ còn 5.000.000.000 ₫."
    ]


async def test_what_units_are_given_leaves_the_position_but_not_the_statement(world):
    asked = await ask(world, "handover", source="code:", amount=3 * BILLION)
    await approve(asked, world.offices.recurrent)
    stands = await recurrent(world)
    assert (stands.decided, stands.moved, stands.appropriated, stands.unallocated) == (10 * BILLION, -3 * BILLION, 7 * BILLION, 6 * BILLION)


async def test_an_adjustment_rests_on_a_ground_that_is_in_force(world):
    known = await ground("cut")
    with pytest.raises(Refused, match="căn cứ pháp lý"):
        await adjustments.propose(
            "supplement", ground=known, stream="recurrent", year=world.year, amount=5, reason="x", target="code:", by=world.offices.officer
        )
    await Ground.update({Ground.valid_to: date(2025, 12, 31)}).where(Ground.act == "cut")
    with pytest.raises(Refused, match="căn cứ pháp lý"):
        await adjustments.propose(
            "cut", ground=known, stream="recurrent", year=world.year, amount=5, reason="x", source="code:", by=world.offices.officer
        )
