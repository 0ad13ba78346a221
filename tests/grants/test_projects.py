"""A project from its award on: its number, who sees it, its agreement, milestones, and its pages."""

import asyncio
from datetime import UTC, date, datetime

import pytest

from grants.people.tables import Obligation, Role
from grants.projects import agreements, evaluations, milestones, projects, reports
from grants.projects.tables import Project, Report, Slice
from grants.proposals.tables import TeamMember
from grants.shell.changes import Refused, at, now
from grants.shell.database import Engine
from grants.shell.events import Event
from grants.shell.tables import Letter
from tests.browsing import browsing
from tests.makers import a_person, a_proposal, an_organisation
from tests.makers_projects import START, a_filed_report, a_project, a_running_project, now_as

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]

SPRING, LATER = datetime(2026, 3, 20, 3, tzinfo=UTC), datetime(2027, 3, 1, 3, tzinfo=UTC)


async def test_a_project_begins_with_its_number_its_slices_and_its_lead_bound():
    lead, leader = await a_person(Role.RESEARCHER, full_name="Đỗ Thị Mận"), await a_person(Role.LEADER)
    proposal = await a_proposal("awarded", lead=lead, title="Sầu riêng Krông Pắc")
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
    leader, proposal = await a_person(Role.LEADER), await a_proposal("awarded")
    with pytest.raises(Refused, match="cộng lại"):
        await projects.begin(proposal, amount=10, slices=[(2026, "capital", 9)], by=leader)
    await projects.begin(proposal, amount=10, slices=[(2026, "capital", 10)], by=leader)
    with pytest.raises(Refused, match="đã có nhiệm vụ"):
        await projects.begin(proposal, amount=10, slices=[(2026, "capital", 10)], by=leader)
    assert await Project.count() == await Slice.count() == await Obligation.count() == 1


async def test_twenty_awards_at_once_get_twenty_numbers_in_a_row():
    leader = await a_person(Role.LEADER)
    proposals = [await a_proposal("awarded") for _n in range(20)]
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
    proposals = [await a_proposal("awarded") for _n in range(20)]
    made = await asyncio.gather(
        *(projects.begin(p, amount=1, slices=[(2026, "fund", 1)], by=leader) for p in proposals), return_exceptions=True
    )
    assert any(isinstance(one, Refused) for one in made)
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


# --- the agreement ---------------------------------------------------------------------------------------------------

async def test_an_agreement_sets_the_project_running_and_its_reports_due_every_six_months():
    officer, home = await a_person(Role.OFFICER), await an_organisation()
    lead, head = await a_person(Role.RESEARCHER, of=home), await a_person(Role.SIGNATORY, of=home)
    project = await a_project(lead=lead, months=24)
    with at(SPRING):
        await agreements.sign(
            project, number="12/HĐ-SKHCN", agreed_on=date(2026, 3, 2), starts_on=date(2026, 3, 15), months=24, by=officer
        )
    project = await now_as(project)
    assert (project.state, project.agreement_number) == ("running", "12/HĐ-SKHCN")
    assert (project.starts_on, project.ends_on) == (date(2026, 3, 15), date(2028, 3, 14))
    assert [(r.number, r.due, r.state) for r in await reports.of(project)] == [
        (1, date(2026, 9, 15), "due"), (2, date(2027, 3, 15), "due"), (3, date(2027, 9, 15), "due"),
    ]
    letters = await Letter.select(Letter.person, Letter.subject).order_by(Letter.id)
    assert letters == [
        {"person": lead.id, "subject": "Hợp đồng 12/HĐ-SKHCN đã được ghi nhận"},
        {"person": head.id, "subject": "Hợp đồng 12/HĐ-SKHCN đã được ghi nhận"},
    ]


async def test_a_report_that_would_fall_on_a_day_off_falls_due_on_the_next_working_day():
    project = await a_running_project(starts_on=date(2026, 1, 5), months=12)  # 5 July 2026 is a Sunday
    assert [r.due for r in await reports.of(project)] == [date(2026, 7, 6)]


async def test_a_project_shorter_than_a_period_reports_once_at_its_end():
    project = await a_running_project(starts_on=date(2026, 1, 5), months=6)
    assert [r.due for r in await reports.of(project)] == [date(2026, 7, 4)]


async def test_what_an_agreement_may_not_be():
    officer, project = await a_person(Role.OFFICER), await a_project(months=18)
    fine = {"number": "1/HĐ", "agreed_on": date(2026, 3, 2), "starts_on": date(2026, 3, 2), "months": 18, "by": officer}
    with at(SPRING):
        for wrong, says in (
            ({"months": 19}, "từ 1 đến 18 tháng"), ({"months": 0}, "từ 1 đến 18 tháng"),
            ({"agreed_on": date(2026, 3, 21)}, "tương lai"), ({"agreed_on": date(2025, 3, 20)}, "quá một năm"),
            ({"starts_on": date(2035, 3, 2)}, "quá một năm"),
            ({"starts_on": date(2025, 2, 20)}, "quá một năm"),
            ({"by": await a_person(Role.LEADER)}, "Chỉ cán bộ quản lý nhiệm vụ"),
            ({"by": await a_person(Role.SIGNATORY)}, "Chỉ cán bộ quản lý nhiệm vụ"),
        ):
            with pytest.raises(Refused, match=says):
                await agreements.sign(project, **(fine | wrong))
        assert await Report.count() == 0
        await agreements.sign(project, **fine)
        with pytest.raises(Refused, match="không thể chuyển"):
            await agreements.sign(project, **fine)
    assert await Report.count() == 2


async def test_an_agreement_stays_under_the_months_of_the_rules_that_the_call_pinned(owner):
    project = await a_project(months=36)
    await owner.execute("SET session_replication_role = replica")  # past the guard that keeps a pinned rule set as it is
    await owner.execute("UPDATE rule_set SET content = jsonb_set(content, '{ceilings,months}', '30')")
    with pytest.raises(Refused, match="từ 1 đến 30 tháng"):
        await agreements.sign(
            project, number="1", agreed_on=START, starts_on=START, months=31, by=await a_person(Role.OFFICER)
        )


async def test_an_officer_who_leads_the_project_does_not_keep_its_file():
    lead = await a_person(Role.RESEARCHER, Role.OFFICER)
    project = await a_project(lead=lead)
    with pytest.raises(Refused, match="Chỉ cán bộ quản lý nhiệm vụ"):
        await agreements.sign(project, number="1", agreed_on=START, starts_on=START, months=12, by=lead)


async def test_a_milestone_lies_within_the_agreement_and_is_reached_once():
    officer, lead = await a_person(Role.OFFICER), await a_person(Role.RESEARCHER)
    project = await a_running_project(lead=lead, months=12)
    for outside in (date(2026, 1, 4), date(2027, 1, 5)):
        with pytest.raises(Refused, match="thời gian thực hiện"):
            await milestones.plan(project, name="Điều tra", due=outside, by=officer)
    with pytest.raises(Refused, match="Chỉ cán bộ quản lý nhiệm vụ"):
        await milestones.plan(project, name="Điều tra", due=date(2026, 3, 1), by=lead)
    milestone = await milestones.plan(project, name="Điều tra", due=date(2026, 3, 1), by=officer)
    with at(SPRING):
        for by, on in ((officer, date(2026, 3, 1)), (lead, date(2026, 3, 30)), (lead, date(2025, 12, 1))):
            with pytest.raises(Refused):
                await milestones.reach(milestone, on=on, by=by)
        await milestones.reach(milestone, on=date(2026, 3, 3), by=lead)
        with pytest.raises(Refused, match="đã được ghi"):
            await milestones.reach(milestone, on=date(2026, 3, 4), by=lead)
        with pytest.raises(Refused, match="đã được ghi"):
            await milestones.strike(await now_as(milestone), by=officer)
    assert (await now_as(milestone)).done_on == date(2026, 3, 3)


# --- pages -----------------------------------------------------------------------------------------------------------

async def test_a_project_s_life_in_the_browser_from_the_agreement_to_the_certificate():
    with at(LATER):
        officer, lead = await a_person(Role.OFFICER), await a_person(Role.RESEARCHER)
        project = await a_project(lead=lead, months=12)
        here = f"/projects/{project.id}"
        async with browsing() as browser:
            ada = await browser().sign_in(officer)
            await ada.open("/projects")
            assert here in ada.page.links and project.code in ada.page.words
            await ada.open(here)
            assert "Ghi nhận hợp đồng đã ký" in ada.page.words
            await ada.open(f"{here}/agreement")
            await ada.submit(f"{here}/agreement", number="", agreed_on="31/02/2026", starts_on="05/01/2026", months="13")
            assert ada.page.status == 422 and sorted(ada.page.errors()) == ["agreed_on", "number"]
            assert ada.page.form(f"{here}/agreement").xpath(".//*[@name='months']/@value") == ["13"]
            await ada.submit(f"{here}/agreement", number="12/HĐ", agreed_on="02/03/2026")
            assert ada.page.status == 409 and "từ 1 đến 12 tháng" in ada.page.words
            assert ada.page.form(f"{here}/agreement").xpath(".//*[@name='agreed_on']/@value") == ["02/03/2026"]
            await ada.submit(f"{here}/agreement", months="12")
            assert ada.page.answer.url.path == here and "Đang thực hiện" in ada.page.words
            await ada.submit(f"{here}/milestones", name="Điều tra vườn cà phê", due="01/03/2026")
            assert "Điều tra vườn cà phê" in ada.page.words
            bob = await browser().sign_in(lead)
            await bob.open(here)
            done = next(f.get("action") for f in bob.page.all("form") if f.get("action").endswith("/completion"))
            await bob.submit(done, on="hôm qua")
            assert bob.page.status == 422 and "Hãy gõ ngày" in bob.page.words
            await bob.submit(done, on="02/03/2026")
            assert "01/03/2026 02/03/2026" in bob.page.words
            assert not [f for f in bob.page.all("form") if f.get("action").endswith("/milestones")]
            await a_filed_report((await reports.of(project))[0], lead)
            await reports.accept((await reports.of(project))[0], by=officer)
            await ada.open(f"{here}/evaluation")
            assert "Hội đồng nghiệm thu chưa xếp loại" in ada.page.words and f"{here}/council" in ada.page.links
            await evaluations.note_council_grade(await now_as(project), "pass", by=officer)
            await ada.open(here)
            assert "Ghi quyết định công nhận kết quả nghiệm thu" in ada.page.words
            await ada.open(f"{here}/evaluation")
            await ada.submit(f"{here}/evaluation", grade="pass", decision_number="88/QĐ", decided_on="01/03/2027")
            assert "Đã nghiệm thu" in ada.page.words and "còn 30 ngày làm việc" in ada.page.words
            await ada.open(f"{here}/registration")
            await ada.submit(f"{here}/registration", certificate="07/GCN", registered_on="01/03/2027")
            assert "07/GCN" in ada.page.words and "Đã đăng ký kết quả" in ada.page.words


async def test_a_stranger_s_project_and_a_missing_one_answer_alike():
    project, stranger = await a_running_project(), await a_person(Role.RESEARCHER)
    report = (await reports.of(project))[0]
    async with browsing() as browser:
        with at(now()):  # a page says the minute it was asked for
            eve = await browser().sign_in(stranger)
            for theirs, missing in ((f"/projects/{project.id}", "/projects/99"),
                                    (f"/projects/{project.id}/reports", "/projects/99/reports"),
                                    (f"/projects/{project.id}/amendments", "/projects/2147483647/amendments"),
                                    (f"/reports/{report.id}", "/reports/99")):
                assert (await eve.open(theirs)).words == (await eve.open(missing)).words and eve.page.status == 404
        await eve.open("/projects")
        assert project.code not in eve.page.words and "0 dòng" in eve.page.words
        for path in ("agreement", "evaluation", "registration"):
            assert (await eve.open(f"/projects/{project.id}/{path}")).status == 403


async def test_what_a_person_may_not_do_is_refused_to_a_bare_post_too():
    lead = await a_person(Role.RESEARCHER, Role.OFFICER)
    project = await a_running_project(lead=lead)
    before = await Event.count()
    async with browsing() as browser:
        eve = await browser().sign_in(lead)
        token = {"_csrf_token": eve.client.cookies["csrftoken"]}
        for path in ("agreement", "evaluation", "registration", "milestones"):
            answer = await eve.client.post(f"/projects/{project.id}/{path}", data=token | {"name": "x"})
            assert answer.status_code == 404
    assert await Event.count() == before


async def test_the_list_is_searched_without_accents_filtered_summed_and_exported():
    with at(LATER):
        coffee = await a_running_project(title="Tái canh cà phê vối", amount=300, starts_on=START, months=12)
        await a_project(title="Bảo tồn voi ở Buôn Đôn", amount=500)
        await reports.mark_overdue()
        async with browsing() as browser:
            ada = await browser().sign_in(await a_person(Role.OFFICER))
            assert "800 ₫" in (await ada.open("/projects")).words
            for query in ("q=ca+phe+VOI", "state=running", "late=late", "q=" + coffee.code):
                page = await ada.open(f"/projects?{query}")
                assert "1 dòng" in page.words and "Tái canh" in page.words and "06/07/2026" in page.words
            assert "2 dòng" in (await ada.open("/projects?year=2026")).words
            assert "0 dòng" in (await ada.open("/projects?year=2025")).words
            assert "2 dòng" in (await ada.open("/projects?year=abc&state=nowhere&late=perhaps")).words
            kept = (await ada.client.get("/projects?late=late&format=csv")).text.splitlines()
            assert len(kept) == 3 and kept[1].startswith(coffee.code) and ",300," in kept[2]


async def test_the_list_takes_as_many_questions_for_thirty_projects_as_for_one(monkeypatch):
    asked = []
    query = Engine.run_querystring

    async def counted(self, *given, **more):
        asked.append(given)
        return await query(self, *given, **more)

    monkeypatch.setattr(Engine, "run_querystring", counted)
    ada = await a_person(Role.OFFICER)
    await a_project()
    async with browsing() as browser:
        here = await browser().sign_in(ada)
        asked.clear()
        await here.open("/projects")
        alone = len(asked)
        for _n in range(29):
            await a_project()
        asked.clear()
        await here.open("/projects")
        assert "30 dòng" in here.page.words and len(asked) == alone == 1
