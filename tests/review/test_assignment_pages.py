"""The pages of an assignment: asked for, left and found again, changed by one pair, put to work."""

import asyncio

import pytest

from grants.people.tables import Role
from review import assignment_runs, reviewers
from review.assignment import Wanted
from review.assignment_tables import AssignmentRun
from tests.browsing import browsing
from tests.counting import statements
from tests.makers import a_person
from tests.review.test_assignment import TWO, a_panel_of, officer_of, specialists, worked_out

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def test_the_officer_asks_leaves_returns_changes_one_pair_and_appoints():
    coffee, farmer, _fisher, _vet, teacher = everyone = await specialists()
    panel, (on_coffee, _on_lobster) = await a_panel_of(*everyone, applications=TWO)
    async with browsing() as browser:
        here = await browser().sign_in(await officer_of(panel))
        await here.open(f"/panels/{panel.id}/assignments")
        await here.submit(f"/panels/{panel.id}/assignments", refill="on")
        assert here.page.status == 409 and "Hãy ghi hạn trả lời" in here.page.words
        await here.submit(f"/panels/{panel.id}/assignments", refill="")
        where = here.page.answer.url.path
        assert "Bạn có thể rời trang này" in here.page.words
        await assignment_runs.solve_waiting()
        await asyncio.gather(*assignment_runs.working)
        await here.open(where)
        assert "là lớn nhất có thể trong các giới hạn, đã chứng minh" in here.page.words
        await here.open(f"{where}/applications/{on_coffee.id}")
        await here.submit(f"{where}/changes", put_in="cô giáo")
        assert here.page.status == 422 and list(here.page.errors()) == ["put_in"]
        await here.submit(f"{where}/changes", take_out=str(farmer.id), put_in=str(teacher.id))
        await assignment_runs.solve(int(here.page.answer.url.path.split("/")[-1]))
        await here.open(here.page.answer.url.path)
        assert "thay đổi −" in here.page.words and "Đã đổi" in here.page.words
        await here.submit(f"{here.page.answer.url.path}/appointment")
        assert here.page.answer.url.path == f"/panels/{panel.id}/applications" and "Giáo Văn Dục" in here.page.words
    assert set((await reviewers.of_panel(panel))[on_coffee.id]) == {coffee.id, teacher.id}


async def test_nobody_but_officer_and_auditor_sees_a_run():
    everyone = await specialists()
    panel, _proposals = await a_panel_of(*everyone, applications=TWO)
    await assignment_runs.ask_for(panel, Wanted(), by=await officer_of(panel))
    assert await AssignmentRun.count().where(assignment_runs.seen_by(await officer_of(panel))) == 1
    assert await AssignmentRun.count().where(assignment_runs.seen_by(await a_person(Role.AUDITOR))) == 1
    for role in (Role.RESEARCHER, Role.EXPERT, Role.ASSOCIATION, Role.LEADER, Role.FINANCE):
        assert await AssignmentRun.count().where(assignment_runs.seen_by(await a_person(role))) == 0


async def test_the_pages_of_a_run_take_at_most_twelve_statements():
    everyone = await specialists()
    panel, proposals = await a_panel_of(*everyone, applications=TWO)
    run = await worked_out(panel)
    async with browsing() as browser:
        here = await browser().sign_in(await officer_of(panel))
        for page in (f"/panels/{panel.id}/assignments", f"/assignments/{run.id}", f"/assignments/{run.id}/applications/{proposals[0].id}"):
            assert (await here.open(page)).status == 200
            with statements() as asked:
                await here.open(page)
            assert len(asked) <= 12, (page, len(asked))
