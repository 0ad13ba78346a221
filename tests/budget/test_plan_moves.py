"""An appraised application whose year ended before its award: the plan moves to the next year by decision, and is not appraised again."""

from datetime import timedelta

import pytest

from budget import awards, grounds, plan_moves, reservations, years
from budget.grounds import Act
from budget.tables import Reservation
from grants.people.people import person, today
from grants.proposals import proposals
from grants.proposals.tables import BudgetLine, Proposal
from grants.shell.changes import Refused, at, now
from grants.shell.database import rows
from grants.shell.tables import Letter
from tests.browsing import browsing
from tests.console import answered_otherwise
from tests.makers_budget import BILLION, FROM_THE_JOURNAL, a_year, adjusted, after, allocated, state_of
from tests.makers_projects import now_as

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


@pytest.fixture
async def late(world):
    """An application of 900 triệu appraised and held in its year; the year ended without an award, the next one is open."""
    for one in await reservations.request(world.proposal, by=world.offices.officer):
        await reservations.approve(one, by=world.offices.recurrent)
    await years.open_year(world.year + 1, by=world.offices.leader)
    world.next = await after_money(world)
    await adjusted(world.offices, world.year)
    with at(after(world.year)):
        world.proposal = await now_as(world.proposal)
        yield world


async def after_money(world):
    """The next year has money, and the call its share of it."""
    await a_year(world.offices, world.year + 1, recurrent=10 * BILLION)
    return await allocated(world.offices, world.call, year=world.year + 1)


async def proposed(world, **more):
    (ground,) = await grounds.of_act(Act.MOVE_PLAN, today())
    asked = {"ground": ground.id, "reason": "Hội đồng họp lại tháng 12", "by": world.offices.officer} | more
    return await plan_moves.propose(world.proposal, **asked)


async def approved(world, row, **more) -> None:
    await plan_moves.approve(row, **{"number": "12/QĐ-UBND", "on": today(), "by": world.offices.leader} | more)


async def test_a_plan_moves_to_the_next_year_with_its_amounts_and_is_held_and_awarded_there(late):
    before = await proposals.slices(late.proposal)
    await approved(late, await proposed(late))
    assert before == [(late.year, "recurrent", 900_000_000)]
    assert not await Letter.exists().where(Letter.person == late.proposal.lead)  # what the panel found is told with the award
    assert await proposals.slices(late.proposal) == [(late.year + 1, "recurrent", 900_000_000)]
    line = await BudgetLine.objects().first()
    assert (line.moved_from, line.requested, line.appraised) == (late.year, line.requested, 900_000_000)
    assert [one.state for one in await reservations.of(late.proposal)] == ["freed"]
    assert await state_of(late.allocated) == (1_000_000_000, 0)
    (asked,) = await reservations.request(await now_as(late.proposal), by=late.offices.officer)
    assert (asked.year, asked.amount) == (late.year + 1, 900_000_000)
    await reservations.approve(asked, by=late.offices.recurrent)
    project = await awards.award(await now_as(late.proposal), number="1/QĐ", on=today(), by=late.offices.leader)
    assert (project.approved, await state_of(late.next)) == (900_000_000, (100_000_000, 0))
    assert await rows(FROM_THE_JOURNAL) == []


async def test_the_team_reads_the_years_it_asked_for_until_the_award_and_the_offices_where_the_plan_lies(late):
    await approved(late, await proposed(late))
    line, lead = await BudgetLine.objects().first(), await person(late.proposal.lead)
    async with browsing() as browser:
        ada, eva = await browser().sign_in(lead), await browser().sign_in(late.offices.officer)

        async def year(who) -> str:
            page = await who.open(f"/proposals/{late.proposal.id}/budget")
            (cell,) = [td.text for tr in page.all("tr") if tr.get("id") == f"line-{line.id}" for td in tr if td.get("class") == "number"]
            return cell

        assert (await year(ada), await year(eva)) == (str(late.year), str(late.year + 1))
        await rows("UPDATE proposal SET state = 'declined'")
        assert await year(ada) == str(late.year + 1)


async def test_who_proposes_a_move_does_not_decide_it_and_only_whom_the_ground_names_does(late):
    row = await proposed(late)
    for who in (late.offices.officer, late.offices.recurrent, late.offices.auditor):
        with pytest.raises(Refused, match="căn cứ pháp lý nêu"):
            await approved(late, row, by=who)
    with pytest.raises(Refused, match="đang chờ quyết định"):
        await proposed(late)
    with pytest.raises(Refused, match="Chỉ cán bộ quản lý nhiệm vụ"):
        await proposed(late, by=late.offices.recurrent)
    await plan_moves.refuse(row, reason="Không còn cần thiết", by=late.offices.leader)
    assert await proposals.slices(late.proposal) == [(late.year, "recurrent", 900_000_000)]
    assert [one.state for one in await reservations.of(late.proposal)] == ["approved"]


async def test_a_plan_moves_only_when_its_year_is_over_and_again_when_the_next_one_is(world):
    with pytest.raises(Refused, match=f"Năm ngân sách {world.year} chưa kết thúc"):
        await proposed(world)
    for year in (world.year, world.year + 1):
        with at(after(year)):
            await approved(world, await proposed(world))
            world.proposal = await now_as(world.proposal)
    line = await BudgetLine.objects().first()
    assert (line.year, line.moved_from) == (world.year + 2, world.year)


async def test_what_was_let_go_in_a_year_may_be_asked_for_again(late):
    """A plan over two years: what was held in the second year for its old second part is let go, and held anew for the first."""
    await rows('INSERT INTO budget_line (proposal, "group", year, source, note, requested, appraised, position) '
               'SELECT proposal, "group", year + 1, source, note, 50000000, 50000000, 9 FROM budget_line')
    (second,) = await reservations.request(late.proposal, by=late.offices.officer)
    await reservations.approve(second, by=late.offices.recurrent)
    await approved(late, await proposed(late))
    with at(after(late.year, day=9)):
        (asked,) = await reservations.request(await now_as(late.proposal), by=late.offices.officer)
    assert (asked.id, asked.year, asked.amount) == (second.id, late.year + 1, 900_000_000)
    await reservations.approve(asked, by=late.offices.recurrent)
    assert await state_of(late.next) == (1_000_000_000, 900_000_000)
    assert await Reservation.count() == 2


ACTS = {
    "move a line without a decision": ("UPDATE budget_line SET year = year + 1, moved_from = year", "PY007"),
    "forget from which year it came": ("UPDATE budget_line SET moved_from = 2000", "PY007"),
    "decide one's own": (
        "UPDATE plan_move SET state = 'approved', decided_by = made_by, document_number = '1', document_date = now()", "23514"),
    "put an approved move in from the start": (
        "INSERT INTO plan_move (proposal, year, ground, reason, state, made_by, made_at, decided_by, document_number, document_date, "
        "refusal) SELECT proposal, year, ground, reason, 'approved', made_by, made_at, {leader}, '1', now(), '' FROM plan_move", "GL019"),
    "propose a second one": (
        "INSERT INTO plan_move (proposal, year, ground, reason, state, made_by, made_at, document_number, refusal) "
        "SELECT proposal, year, ground, reason, 'proposed', made_by, made_at, '', '' FROM plan_move", "23505"),
    "delete it": ("DELETE FROM plan_move", "GL019"),
}  # fmt: skip


async def test_the_database_moves_no_plan_without_a_decision(late, server):
    await proposed(late)
    assert await answered_otherwise(server, ACTS, leader=late.offices.leader.id) == {}


async def test_the_year_s_end_lists_what_was_appraised_and_the_page_moves_it(late):
    here = f"/proposals/{late.proposal.id}/plan-move"
    async with browsing() as browser:
        officer, leader = await browser().sign_in(late.offices.officer), await browser().sign_in(late.offices.leader)
        await officer.open(f"/year-ends/{late.year}")
        assert here in [link.get("href") for link in officer.page.all("a")]
        await officer.open(here)
        (ground,) = await grounds.of_act(Act.MOVE_PLAN, today())
        await officer.submit(here, ground=str(ground.id), reason="Hội đồng họp lại")
        assert "Chờ quyết định" in officer.page.words
        await leader.open(here)
        await leader.submit(f"{here}/approval", number="12/QĐ-UBND", on=(today() + timedelta(days=2)).isoformat())
        assert "không ở tương lai" in leader.page.words
        await leader.submit(f"{here}/approval", number="12/QĐ-UBND", on=now().date().isoformat())
        assert "Đã chuyển năm" in leader.page.words
    assert await Proposal.exists().where((Proposal.id == late.proposal.id) & (Proposal.state == "appraised"))
