"""A debt that outlasts its budget year: it is carried over by decision, owed in the next year, and comes back where it stands."""

import pytest

from budget import grounds, ledger, lending, positions, recoveries, statements, year_end, years
from budget.grounds import Act
from budget.ledger import Kind
from budget.tables import Stage
from grants.invariants import ALL
from grants.people.people import today
from grants.shell.changes import Refused, at
from grants.shell.database import rows
from tests.makers_budget import BILLION, FROM_THE_JOURNAL, a_paper, a_year, adjusted, after, as_owner, closed, emptied
from tests.makers_funds import agreed, drawn, the_fund, with_product
from tests.makers_payments import an_accepted_report, paid
from tests.makers_projects import now_as

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
LENT = 900_000_000


@pytest.fixture
async def owed(db):
    """900 triệu lent to a project in four parts; the year is over, the next one open with 1 tỷ of the fund."""
    world = await with_product(await the_fund(), "loan")
    world.loan = await agreed(world)
    await drawn(world, LENT)
    await a_year(world.offices, world.year + 1, recurrent=BILLION, fund=BILLION)
    await adjusted(world.offices, world.year)
    world.loan = await now_as(world.loan)
    return world


async def repaid(world, amount: int, number: str = "BC-1") -> None:
    await lending.repaid(world.loan, amount=amount, number=number, on=today(), by=world.offices.treasurer)
    world.loan = await now_as(world.loan)


async def carried(world) -> None:
    """The debt is proposed for carrying over by the officer and confirmed by the fund's finance."""
    (debt,) = [one for one in await year_end.left(world.year) if one.stage == "lent"]
    assert debt.may == (Act.CARRY_OVER,)
    ground = next(one.id for one in await grounds.of_act(Act.CARRY_OVER, today()) if one.code == "carry-fund")
    await year_end.propose(world.year, {debt.account: (Act.CARRY_OVER.value, ground)}, by=world.offices.officer)
    await year_end.confirm(world.year, "fund", number="41/QĐ-QUY", on=today(), by=world.offices.fund)


async def lent_by_year(world) -> dict[int, int]:
    found = await rows("SELECT year, balance FROM ledger_account WHERE stage = 'lent' AND balance > 0 ORDER BY year")
    return {row["year"]: row["balance"] for row in found}


async def wrong(*about: str) -> list[str]:
    return [one.name for one in ALL if any(word in one.name for word in about) and await rows(one.sql)]


async def test_a_debt_is_carried_over_the_year_closes_and_what_comes_back_is_the_next_year_s_free_money(owed):
    with at(after(owed.year)):
        await carried(owed)
        assert await lent_by_year(owed) == {owed.year + 1: LENT}
        await emptied(owed.offices, owed.year)
        await closed(owed.offices, owed.year)
        before = await ledger.free(Stage.APPROPRIATED, "fund", owed.year + 1)
    with at(after(owed.year, month=6)):
        stands = await lending.standing(owed.loan)
        due = stands["principal_due"] + stands["interest_due"]
        assert (stands["principal_due"], stands["owed"]) == (450_000_000, LENT)
        await repaid(owed, due)
        assert await ledger.free(Stage.APPROPRIATED, "fund", owed.year + 1) == before + due
        assert await lent_by_year(owed) == {owed.year + 1: LENT - 450_000_000}
    assert await wrong("loan", "carried", "closed", "year") == []
    assert await rows(FROM_THE_JOURNAL) == []


async def test_both_years_add_up_with_a_debt_carried_over(owed):
    with at(after(owed.year)):
        await carried(owed)
        this, coming = [next(one for one in await positions.bridges(year) if one.stream == "fund") for year in (owed.year, owed.year + 1)]
        assert (this.decided, this.carried_out, this.appropriated) == (10 * BILLION, -LENT, 10 * BILLION - LENT)
        assert (coming.decided, coming.carried_in, coming.appropriated) == (BILLION, LENT, BILLION + LENT)
        (opening,) = [one for one in await year_end.openings(owed.year) if one.stream == "fund"]
        assert (opening.carried, opening.opened) == (LENT, LENT)
        for year in (owed.year, owed.year + 1):
            assert await statements.of_year(await years.of(year), "fund")


async def test_what_a_borrower_repays_in_january_is_taken_off_the_debt_of_the_year_in_adjustment(owed):
    with at(after(owed.year)):
        free = await ledger.free(Stage.APPROPRIATED, "fund", owed.year)
        await repaid(owed, 100_000_000)
        assert await lent_by_year(owed) == {owed.year: LENT - 100_000_000}
        assert await ledger.free(Stage.APPROPRIATED, "fund", owed.year) == free + 100_000_000
        await carried(owed)
        assert await lent_by_year(owed) == {owed.year + 1: LENT - 100_000_000}
    assert await rows(FROM_THE_JOURNAL) == []


async def test_a_proposal_to_carry_over_more_than_is_still_owed_is_proposed_anew(owed):
    with at(after(owed.year)):
        (debt,) = [one for one in await year_end.left(owed.year) if one.stage == "lent"]
        ground = next(one.id for one in await grounds.of_act(Act.CARRY_OVER, today()) if one.code == "carry-fund")
        await year_end.propose(owed.year, {debt.account: (Act.CARRY_OVER.value, ground)}, by=owed.offices.officer)
        await repaid(owed, 100_000_000)
        with pytest.raises(Refused, match=r"đã đổi từ 900\.000\.000 ₫ thành 800\.000\.000 ₫"):
            await year_end.confirm(owed.year, "fund", number="41/QĐ", on=today(), by=owed.offices.fund)
        await carried(owed)
        assert await lent_by_year(owed) == {owed.year + 1: 800_000_000}


async def test_a_year_with_a_debt_left_in_it_does_not_close(owed):
    with at(after(owed.year)):
        await emptied(owed.offices, owed.year)
        with pytest.raises(Refused, match=r"còn 900\.000\.000 ₫ chưa chuyển nguồn"):
            await closed(owed.offices, owed.year)


async def test_a_debt_in_two_years_is_written_off_in_both(owed):
    """Carried over and then lent again in the new year is one debt; here the new year's part stands beside the old year's."""
    place = {"call": owed.call.id, "proposal": owed.proposal.id}
    with at(after(owed.year)):
        old, new = [await ledger.account(Stage.LENT, "fund", year, **place) for year in (owed.year, owed.year + 1)]
        who = {"made_by": owed.offices.officer.id, "approved_by": owed.offices.fund.id}
        async with as_owner():
            await ledger.post(Kind.CARRY_OVER, 400_000_000, out_of=old, into=new, paper=a_paper(), key="part", **who)
        assert await lent_by_year(owed) == {owed.year: 500_000_000, owed.year + 1: 400_000_000}
        row = await lending.propose_write_off(owed.loan, amount=LENT, grounds="Phá sản", by=owed.offices.officer)
        with pytest.raises(Refused, match="đang chỉnh lý"):
            await lending.decide_write_off(row, number="9/QĐ", on=today(), by=owed.offices.fund)
        await carried(owed)
        await lending.decide_write_off(row, number="9/QĐ", on=today(), by=owed.offices.fund)
    assert (await now_as(owed.loan)).state == "written_off"
    assert await lent_by_year(owed) == {}
    assert await rows(FROM_THE_JOURNAL) == []


async def test_what_a_project_of_the_fund_repays_in_january_goes_back_to_the_fund(db):
    """A recovery of the year in adjustment: out of what was paid, back into the fund's free money of that year."""
    world = await with_product(await the_fund(), "grant")
    await an_accepted_report(world)
    await paid(world, 300_000_000, "payment", stream="fund")
    await a_year(world.offices, world.year + 1, recurrent=BILLION, fund=BILLION)
    said = {"stream": "fund", "cause": "unproven", "explanation": "Thiếu chứng từ"}
    demand = await recoveries.propose(world.project, by=world.offices.officer, **said)
    await recoveries.decide(demand, number="16/QĐ", on=today(), by=world.offices.fund)
    await adjusted(world.offices, world.year)
    with at(after(world.year)):
        free = await ledger.free(Stage.APPROPRIATED, "fund", world.year)
        await recoveries.repay(await now_as(demand), amount=demand.amount, number="NT-1", on=today(), by=world.offices.treasurer)
        assert await ledger.free(Stage.APPROPRIATED, "fund", world.year) == free + demand.amount
    assert await rows(FROM_THE_JOURNAL) == []
