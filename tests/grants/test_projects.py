"""A project from its award on: its number, who sees it, its agreement."""

import asyncio
from datetime import UTC, datetime

import pytest
from asyncpg import UniqueViolationError

from grants.people.tables import Obligation, Role
from grants.projects import projects
from grants.projects.tables import Project, Slice
from grants.proposals.tables import TeamMember
from grants.shell.changes import Refused, at, now
from tests.makers import a_person, an_organisation
from tests.makers_projects import a_project, an_awarded_proposal

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def test_a_project_begins_with_its_number_its_slices_and_its_lead_bound():
    lead, leader = await a_person(Role.RESEARCHER, full_name="Đỗ Thị Mận"), await a_person(Role.LEADER)
    proposal = await an_awarded_proposal(lead=lead, title="Sầu riêng Krông Pắc")
    with at(datetime(2026, 3, 1, tzinfo=UTC)):
        project = await projects.begin(
            proposal, amount=900, slices=[(2026, "capital", 500), (2027, "recurrent", 400), (2027, "fund", 0)], by=leader
        )
    assert (project.code, project.state, project.approved) == ("DL-2026-001", "awarded", 900)
    assert "sau rieng krong pac" in project.folded and "do thi man" in project.folded
    assert await Slice.select(Slice.year, Slice.source, Slice.approved).order_by(Slice.id) == [
        {"year": 2026, "source": "capital", "approved": 500}, {"year": 2027, "source": "recurrent", "approved": 400},
    ]
    owed = await Obligation.objects()
    assert [(o.kind, o.person, o.organisation, o.project, str(o.due), o.settled_on) for o in owed] == [
        ("leading_project", lead.id, None, project.id, "2026-03-01", None)
    ]


async def test_a_project_begins_once_and_its_slices_add_up():
    leader, proposal = await a_person(Role.LEADER), await an_awarded_proposal()
    with pytest.raises(Refused, match="cộng lại"):
        await projects.begin(proposal, amount=10, slices=[(2026, "capital", 9)], by=leader)
    await projects.begin(proposal, amount=10, slices=[(2026, "capital", 10)], by=leader)
    with pytest.raises(Refused, match="đã có nhiệm vụ"):
        await projects.begin(proposal, amount=10, slices=[(2026, "capital", 10)], by=leader)
    assert await Project.count() == await Slice.count() == await Obligation.count() == 1


async def test_twenty_awards_at_once_get_twenty_numbers_in_a_row():
    leader = await a_person(Role.LEADER)
    proposals = [await an_awarded_proposal() for _n in range(20)]
    with at(datetime(2026, 3, 1, tzinfo=UTC)):
        made = await asyncio.gather(
            *(projects.begin(p, amount=1, slices=[(2026, "fund", 1)], by=leader) for p in proposals)
        )
    assert sorted(p.code for p in made) == [f"DL-2026-{n:03d}" for n in range(1, 21)]


async def test_without_its_lock_two_awards_at_once_get_the_same_number(monkeypatch):
    """The control of the race above: the lock taken away, the table's own constraint has to stop it."""
    asked = projects.rows

    async def unlocked(sql: str, *values):
        return [] if "advisory" in sql else await asked(sql, *values)

    monkeypatch.setattr(projects, "rows", unlocked)
    leader = await a_person(Role.LEADER)
    proposals = [await an_awarded_proposal() for _n in range(20)]
    made = await asyncio.gather(
        *(projects.begin(p, amount=1, slices=[(2026, "fund", 1)], by=leader) for p in proposals), return_exceptions=True
    )
    assert any(isinstance(one, UniqueViolationError) for one in made)
    assert await Project.count() == sum(isinstance(one, Project) for one in made)


async def test_numbers_start_again_each_year_and_do_not_stop_at_999(owner):
    with at(datetime(2025, 12, 31, 16, tzinfo=UTC)):
        first = await a_project()
    with at(datetime(2025, 12, 31, 17, tzinfo=UTC)):  # midnight in Buôn Ma Thuột
        second = await a_project()
        await owner.execute("UPDATE project SET code = 'DL-2026-999' WHERE id = $1", second.id)
        third, fourth = await a_project(), await a_project()
    assert (first.code, third.code, fourth.code) == ("DL-2025-001", "DL-2026-1000", "DL-2026-1001")


async def test_offices_see_all_projects_a_team_its_own_and_a_stranger_none():
    home = await an_organisation()
    lead = await a_person(Role.RESEARCHER, of=home)
    mine, other = await a_project(lead=lead), await a_project()
    helper, invited = await a_person(Role.EXPERT), await a_person(Role.RESEARCHER)
    for person, joined in ((helper, now()), (invited, None)):
        await TeamMember(
            proposal=mine.proposal, person=person.id, email=person.email, full_name=person.full_name, joined_at=joined
        ).save()

    async def seen(person) -> set[int]:
        return {project.id for project in await projects.visible_to(person)}

    for role in (Role.OFFICER, Role.FINANCE, Role.TREASURER, Role.LEADER, Role.AUDITOR):
        assert await seen(await a_person(role)) == {mine.id, other.id}
    assert await seen(lead) == await seen(helper) == await seen(await a_person(Role.SIGNATORY, of=home)) == {mine.id}
    for stranger in (invited, await a_person(Role.RESEARCHER, of=home), await a_person(Role.EXPERT),
                     await a_person(Role.ASSOCIATION), await a_person(Role.ADMIN), await a_person(Role.SIGNATORY)):
        assert await seen(stranger) == set()
