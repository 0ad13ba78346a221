"""A multi-year agreement: the full award is owed, each year is funded when it opens, and the later years stand in the estimates."""

from datetime import UTC, date, datetime

import pytest

from budget import awards, estimate_basis, estimates, grounds, ledger, obligations, reservations, year_end
from budget.grounds import Act
from budget.obligations import Year
from budget.tables import EstimateLine, Reservation
from grants.people.people import today
from grants.projects.tables import Project
from grants.proposals.tables import BudgetLine, Source
from grants.rules.tables import ExpenseGroup
from grants.shell.changes import Refused, at
from grants.shell.database import rows
from tests.makers_budget import FROM_THE_JOURNAL, a_year, adjusted, after, allocated

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def awarded(world) -> Project:
    """An application of 900 triệu this year and 600 triệu the next, reserved for what falls due and awarded."""
    group = await ExpenseGroup.objects().order_by(ExpenseGroup.number).first()
    await BudgetLine(
        proposal=world.proposal.id, group=group.id, year=world.year + 1, source=Source.RECURRENT, requested=600_000_000, note="Thù lao",
        appraised=600_000_000, approved=None,
    ).save()
    await type(world.proposal).update({type(world.proposal).appraised: 1_500_000_000}).where(type(world.proposal).id == world.proposal.id)
    for one in await reservations.request(world.proposal, by=world.offices.officer):
        await reservations.approve(one, by=world.offices.recurrent)
    return await awards.award(world.proposal, number="155/QĐ-UBND", on=today(), by=world.offices.leader)


def next_year(world) -> datetime:
    return datetime(world.year + 1, 2, 3, 3, tzinfo=UTC)


async def test_the_whole_award_is_owed_and_only_this_year_s_part_is_funded(world):
    project = await awarded(world)
    assert project.approved == 1_500_000_000
    assert await obligations.by_year(project) == [
        Year(world.year, "recurrent", planned=900_000_000, appropriated=900_000_000, committed=900_000_000, left=900_000_000),
        Year(world.year + 1, "recurrent", planned=600_000_000),
    ]
    assert [(row["year"], row["amount"]) for row in await obligations.horizon(world.year)] == [(world.year + 1, 600_000_000)]


async def test_when_the_next_year_opens_its_slices_are_asked_for_and_committed_all_at_once(world):
    project = await awarded(world)
    with at(next_year(world)):
        await a_year(world.offices, world.year + 1)
        await allocated(world.offices, world.call, year=world.year + 1)
        asked = await obligations.request_year(world.year + 1, by=world.offices.officer)
        assert [(one.year, one.amount) for one in asked] == [(world.year + 1, 600_000_000)]
        with pytest.raises(Refused, match="đã được đề nghị"):
            await obligations.request_year(world.year + 1, by=world.offices.officer)
        with pytest.raises(Refused, match="phụ trách «Kinh phí sự nghiệp»"):
            await obligations.commit_year(world.year + 1, "recurrent", by=world.offices.capital)
        assert await obligations.commit_year(world.year + 1, "recurrent", by=world.offices.recurrent) == 1
        assert await Reservation.count().where(Reservation.state == "committed") == 2
        whole = obligations.total(await obligations.by_year(project))
    assert (whole["planned"], whole["committed"]) == (1_500_000_000, 1_500_000_000)


async def test_what_was_not_spent_is_carried_and_the_table_shows_it_on_both_sides(world):
    project = await awarded(world)
    await a_year(world.offices, world.year + 1, recurrent=5)
    await adjusted(world.offices, world.year)
    with at(after(world.year)):
        ground = (await grounds.of_act(Act.CARRY_OVER, today()))[0].id
        left = [one for one in await year_end.left(world.year) if one.stage == "committed"]
        await year_end.propose(world.year, {left[0].account: ("carry_over", ground)}, by=world.offices.officer)
        await year_end.confirm(world.year, "recurrent", number="41", on=date(world.year + 1, 1, 8), by=world.offices.recurrent)
    here, there = await obligations.by_year(project)
    assert (here.committed, here.carried_out, here.left) == (900_000_000, 900_000_000, 0)
    assert (there.planned, there.carried_in, there.left) == (600_000_000, 900_000_000, 900_000_000)
    assert await rows(FROM_THE_JOURNAL) == []


async def test_the_later_slices_are_drawn_into_the_estimate_of_their_year_and_follow_the_projects(world):
    project = await awarded(world)
    estimate = await estimates.open_estimate(world.year + 1, by=world.offices.officer)
    line = (await estimates.lines_of(estimate))[0]
    assert (line.purpose, line.stream, line.proposed, line.working) == ("continuing", "recurrent", 600_000_000, project.code)
    assert await estimates.draw_continuing(estimate, by=world.offices.officer) == 0
    await Project.update({Project.state: "terminated"}).where(Project.id == project.id)
    assert await estimates.draw_continuing(estimate, by=world.offices.officer) == 1
    assert await EstimateLine.count() == 0


async def test_new_work_is_the_number_of_projects_times_the_average_of_three_years_with_its_working(world):
    await awarded(world)
    average = await estimate_basis.average("recurrent", world.year + 1)
    assert average.by_year == ((world.year - 2, 0, 0), (world.year - 1, 0, 0), (world.year, 1, 900_000_000))
    estimate = await estimates.open_estimate(world.year + 1, by=world.offices.officer)
    line = await estimates.propose_new_work(estimate, stream="recurrent", count=12, by=world.offices.officer)
    assert (line.name, line.proposed) == ("12 nhiệm vụ mở mới", 12 * 900_000_000)
    assert line.working == (
        f"12 nhiệm vụ × 900.000.000 ₫ một năm (bình quân {world.year - 2}–{world.year}: 900.000.000 ₫ cho 1 lượt nhiệm vụ-năm)"
    )
    with pytest.raises(Refused, match="không có nhiệm vụ nào"):
        await estimates.propose_new_work(estimate, stream="capital", count=1, by=world.offices.officer)


async def test_an_average_is_rounded_to_a_million():
    assert estimate_basis.Average(((2024, 1, 1_000_000), (2025, 1, 2_000_000))).amount == 2_000_000
    assert estimate_basis.Average(((2024, 3, 4_000_000),)).amount == 1_000_000
    assert estimate_basis.Average(((2024, 0, 0),)).amount == 0


async def test_a_call_s_code_goes_with_its_money_to_the_committed_account(world):
    from budget.tables import Stage
    from tests.makers import a_call, a_proposal

    call = await a_call()
    await ledger.account(Stage.ALLOCATED, "recurrent", world.year, call=call.id, classification="417-100-102")
    proposal = await a_proposal("appraised", call=call)
    account = await ledger.account(Stage.COMMITTED, "recurrent", world.year, call=call.id, proposal=proposal.id)
    assert account.classification == "417-100-102"
