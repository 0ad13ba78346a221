"""The final evaluation of a project: its grade is its council's, frees the lead person, and asks for registration."""

from datetime import UTC, date, datetime

import pytest
from asyncpg import CheckViolationError, PostgresError

from grants.people.tables import Obligation, Role
from grants.projects import evaluations, reports
from grants.proposals.tables import Product
from grants.shell.changes import Refused, at
from grants.shell.database import rows
from tests.browsing import browsing
from tests.makers import a_person
from tests.makers_projects import START, a_filed_report, a_project, a_running_project, an_evaluated_project, now_as

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]

SPRING, LATER = datetime(2026, 3, 20, 3, tzinfo=UTC), datetime(2027, 3, 1, 3, tzinfo=UTC)


async def test_a_grade_frees_the_lead_and_asks_for_registration_within_thirty_working_days():
    with at(LATER):
        project = await an_evaluated_project(starts_on=START, months=12, grade="excellent")
        assert (project.state, project.grade, project.graded_on) == ("evaluated", "excellent", date(2027, 3, 1))
        owed = {o.kind: o for o in await Obligation.objects()}
        assert owed["leading_project"].settled_on == date(2027, 3, 1)
        assert (owed["result_unregistered"].due, owed["result_unregistered"].settled_on) == (date(2027, 4, 12), None)
        assert owed["result_unregistered"].organisation == project.lead_organisation
        officer = await a_person(Role.OFFICER)
        for wrong in ({"certificate": " "}, {"registered_on": date(2027, 2, 28)}, {"registered_on": date(2027, 3, 2)},
                      {"by": await a_person(Role.LEADER)}):
            with pytest.raises(Refused):
                await evaluations.register(
                    project, **({"certificate": "07/GCN", "registered_on": date(2027, 3, 1), "by": officer} | wrong)
                )
        await evaluations.register(project, certificate="07/GCN", registered_on=date(2027, 3, 1), by=officer)
    assert (await now_as(project)).state == "registered"
    assert await Obligation.count().where(Obligation.settled_on.is_null()) == 0


async def test_a_failed_project_frees_its_lead_and_has_nothing_to_register():
    with at(LATER):
        project = await an_evaluated_project(starts_on=START, months=12, grade="fail")
        assert [o.kind for o in await Obligation.objects().where(Obligation.settled_on.is_null())] == []
        with pytest.raises(Refused, match="không đạt"):
            await evaluations.register(
                project, certificate="7", registered_on=date(2027, 3, 1), by=await a_person(Role.OFFICER)
            )


async def test_no_grade_while_a_report_is_open_nor_before_the_agreement_nor_twice():
    officer, lead = await a_person(Role.OFFICER), await a_person(Role.RESEARCHER)
    fine = {"grade": "pass", "decision_number": "1/QĐ", "by": officer}
    with at(datetime(2027, 1, 20, 3, tzinfo=UTC)):
        project = await a_running_project(lead=lead, starts_on=START, months=12)
        await evaluations.note_council_grade(project, "pass", by=officer)
    with at(LATER):
        waiting = await a_project()
        with pytest.raises(Refused, match="không thể chuyển"):
            await evaluations.evaluate(waiting, decided_on=date(2027, 2, 1), **fine)
        with pytest.raises(Refused, match="số 1 chưa được chấp nhận"):
            await evaluations.evaluate(project, decided_on=date(2027, 2, 1), **fine)
        report = (await reports.of(project))[0]
        await a_filed_report(report, lead)
        with pytest.raises(Refused, match="số 1 chưa được chấp nhận"):
            await evaluations.evaluate(project, decided_on=date(2027, 2, 1), **fine)
        await reports.accept(report, by=officer)
        for wrong in ({"decided_on": date(2027, 1, 19)}, {"decided_on": date(2027, 3, 2)}, {"grade": "good"}, {"grade": "excellent"},
                      {"decision_number": ""}):
            with pytest.raises(Refused):
                await evaluations.evaluate(project, **(fine | {"decided_on": date(2027, 2, 1)} | wrong))
        await evaluations.evaluate(project, decided_on=date(2027, 2, 1), **fine)
        with pytest.raises(Refused, match="không thể chuyển"):
            await evaluations.evaluate(project, decided_on=date(2027, 2, 1), **fine)


async def test_no_grade_is_recorded_before_the_council_has_graded_whoever_writes_it(owner):
    officer, lead = await a_person(Role.OFFICER), await a_person(Role.RESEARCHER)
    grade = {"grade": "pass", "decision_number": "1/QĐ", "decided_on": date(2027, 3, 1), "by": officer}
    with at(LATER):
        project = await a_running_project(lead=lead, starts_on=START, months=6)  # its time is over, its one report accepted
        report = (await reports.of(project))[0]
        await a_filed_report(report, lead)
        await reports.accept(report, by=officer)
        assert not await evaluations.can_evaluate(officer, project)
        with pytest.raises(Refused, match="Hội đồng nghiệm thu chưa xếp loại"):
            await evaluations.evaluate(project, **grade)
        by_hand = "UPDATE project SET state = 'evaluated', grade = 'pass', graded_on = '2027-03-01', grade_decision = '1'"
        for council in ("", ", council_grade = 'fail'"):
            with pytest.raises(PostgresError) as refused:
                await rows(by_hand + council)
            assert refused.value.sqlstate == "AG004"
        await owner.execute("SET session_replication_role = replica")  # past the guard that keeps a pinned rule set as it is
        await owner.execute("UPDATE rule_set SET content = jsonb_set(content, '{panels,final_evaluation,least_members}', '0')")
        assert await evaluations.can_evaluate(officer, project)
        async with browsing() as browser:  # a rule set that asks for no council says so where the grade is recorded
            ada = await browser().sign_in(officer)
            await ada.open(f"/projects/{project.id}/evaluation")
            assert "không đòi hội đồng nghiệm thu" in ada.page.words
        await evaluations.evaluate(project, **grade)
    assert (await now_as(project)).grade == "pass"


async def test_a_hand_in_the_database_cannot_register_a_failed_project_nor_run_one_without_agreement(owner):
    project = await a_project()
    for change in ("state = 'running'", "state = 'nowhere'", "approved = 0",
                   "state = 'registered', grade = 'fail', graded_on = '2026-01-01', grade_decision = '1', agreement_number = '1', "
                   "agreed_on = '2026-01-01', starts_on = '2026-01-01', ends_on = '2026-12-31', result_certificate = '1', "
                   "registered_on = '2026-01-01'"):
        with pytest.raises(CheckViolationError):
            await owner.execute(f"UPDATE project SET {change} WHERE id = $1", project.id)


async def test_the_grade_is_asked_for_once_the_council_has_graded_and_unverified_products_are_said():
    officer = await a_person(Role.OFFICER)
    with at(LATER):
        ended = await a_running_project(officer=officer, starts_on=START, months=12)
        begun = await a_running_project(officer=officer, starts_on=LATER.date(), months=12)
        await Product(proposal=ended.proposal, form="I", name="Quy trình", unit="quy trình", quantity=1).save()
        assert [await evaluations.can_evaluate(officer, one) for one in (ended, begun)] == [False, False]
        for one in (ended, begun):
            await evaluations.note_council_grade(one, "pass", by=officer)
            assert await evaluations.can_evaluate(officer, await now_as(one))
        async with browsing() as browser:
            ada = await browser().sign_in(officer)
            await ada.open(f"/projects/{ended.id}")
            assert f"/projects/{ended.id}/evaluation" in ada.page.links
            await ada.open(f"/projects/{ended.id}/evaluation")
            assert "Chưa sản phẩm cam kết nào được xác nhận" in ada.page.words
