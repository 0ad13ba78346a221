"""A project that breaks off: suspended, let go on, terminated; who is barred for it, what is paid and what is demanded back."""

from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from budget import closings, payments, recoveries
from grants.calls import calls
from grants.people.people import today
from grants.people.tables import Obligation, Role
from grants.projects import halts, milestones, reports
from grants.projects.tables import Project, ProjectDecision
from grants.proposals import openings
from grants.shell.changes import Refused, at
from grants.shell.events import Event
from grants.shell.tables import Letter
from tests.browsing import browsing
from tests.makers import a_call, a_person, a_proposal
from tests.makers_payments import a_running_project, approved, asked, paid
from tests.makers_projects import a_project, now_as
from tests.makers_projects import a_running_project as one_that_runs

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]

SPRING, SUMMER = datetime(2026, 3, 20, 3, tzinfo=UTC), datetime(2026, 8, 1, 3, tzinfo=UTC)
WHY = {"number": "31/QĐ-SKHCN", "reason": "Chủ nhiệm vắng mặt dài ngày."}


@pytest.fixture
async def running(world):
    return await a_running_project(world)


async def stopped(project: Project, verb, by, **more) -> Project:
    await verb(project, **WHY | {"on": today(), "by": by} | more)
    return await now_as(project)


async def debts(project: Project, kind: str) -> list[tuple[date, date | None]]:
    found = await Obligation.objects().where((Obligation.project == project.id) & (Obligation.kind == kind)).order_by(Obligation.id)
    return [(one.due, one.settled_on) for one in found]


async def test_a_suspension_is_a_decision_with_its_reason_and_bars_lead_and_organisation_from_its_day():
    officer, lead = await a_person(Role.OFFICER), await a_person(Role.RESEARCHER)
    project = await one_that_runs(lead=lead, officer=officer)
    with at(SPRING):
        project = await stopped(project, halts.suspend, officer, on=date(2026, 3, 18))
    assert project.state == "suspended"
    assert [(d.did, d.number, d.decided_on, d.by) for d in await halts.of(project)] == [
        ("suspended", "31/QĐ-SKHCN", date(2026, 3, 18), officer.id)
    ]
    (owed,) = await Obligation.objects().where(Obligation.kind == "suspended")
    assert (owed.person, owed.organisation, owed.due) == (lead.id, project.lead_organisation, date(2026, 3, 18))
    letter = await Letter.objects().where(Letter.person == lead.id).order_by(Letter.id, ascending=False).first()
    assert letter.subject == f"Nhiệm vụ {project.code} tạm dừng thực hiện"
    assert "Quyết định số 31/QĐ-SKHCN ngày 18/03/2026: Chủ nhiệm vắng mặt dài ngày." in letter.body
    assert [e["did"] for e in await Event.select(Event.did).where(Event.thing == "project_decision")] == ["recorded"]


@pytest.mark.parametrize(("days", "himself", "barred"), [
    (300, True, {"pi_suspended_within"}), (300, False, {"organisation_suspended_within"}),
    (500, True, {"pi_suspended_within"}), (500, False, set()),  # the organisation's year is over, the lead person's three are not
    (1100, True, set()),
])
async def test_who_was_suspended_is_barred_for_the_term_of_the_rules_also_when_the_project_goes_on(days, himself, barred):
    officer, lead = await a_person(Role.OFFICER), await a_person(Role.RESEARCHER)
    project = await one_that_runs(lead=lead, officer=officer)
    with at(SPRING):
        project = await stopped(await stopped(project, halts.suspend, officer), halts.resume, officer)
    call = await a_call(deadline=SPRING + timedelta(days=days))
    who = lead if himself else await a_person(Role.RESEARCHER)
    again = await a_proposal("submitted", lead=who, call=call, lead_organisation=project.lead_organisation)
    found = await openings.owed(again, call, await calls.rules_of(call))
    assert {code for code, _words in found if "suspended" in code} == barred


async def test_what_lay_ahead_of_a_suspended_project_is_due_as_many_days_later_as_it_stood_still():
    officer, lead = await a_person(Role.OFFICER), await a_person(Role.RESEARCHER)
    project = await one_that_runs(lead=lead, officer=officer, months=12)  # report due 6 July, end 4 January 2027
    ahead = await milestones.plan(project, name="Điều tra", due=date(2026, 5, 1), by=officer)
    past = await milestones.plan(project, name="Khởi động", due=date(2026, 2, 1), by=officer)
    with at(SPRING):
        project = await stopped(project, halts.suspend, officer)
    with at(SUMMER):
        assert await reports.mark_overdue() == 0
        (report,) = await reports.of(project)
        with pytest.raises(Refused, match="đang thực hiện"):
            await reports.file(report, done="Xong", next_steps="Tiếp", spent=0, by=lead)
        project = await stopped(project, halts.resume, officer)
        assert await reports.mark_overdue() == 0
    still = date(2026, 8, 1) - date(2026, 3, 20)
    assert (project.state, project.ends_on, project.late_since) == ("running", date(2027, 1, 4) + still, None)
    assert (await reports.of(project))[0].due == date(2026, 11, 17) == date(2026, 7, 6) + still
    assert [(await now_as(one)).due for one in (past, ahead)] == [date(2026, 2, 1), date(2026, 5, 1) + still]
    assert await debts(project, "suspended") == [(date(2026, 3, 20), date(2026, 8, 1))]


async def test_a_terminated_project_frees_its_lead_and_owes_no_report_any_more():
    officer, lead = await a_person(Role.OFFICER), await a_person(Role.RESEARCHER)
    project = await one_that_runs(lead=lead, officer=officer)
    with at(SUMMER):
        assert await reports.mark_overdue() == 1
        project = await stopped(project, halts.terminate, officer)
        assert await reports.mark_overdue() == 0
    assert (project.state, project.late_since) == ("terminated", None)
    assert await Obligation.count().where(Obligation.settled_on.is_null()) == 0
    assert await debts(project, "suspended") == []  # an end for an outside cause bars nobody


async def test_a_project_whose_agreement_was_never_signed_is_terminated_and_its_file_closed(world):
    project = await a_project()
    officer = await a_person(Role.OFFICER)
    project = await stopped(project, halts.terminate, officer)
    await closings.close(project, number="03/BBTL", on=today(), by=officer)
    assert (await now_as(project)).state == "closed"


async def test_what_a_decision_that_breaks_off_may_not_be():
    officer, lead = await a_person(Role.OFFICER), await a_person(Role.RESEARCHER, Role.OFFICER)
    project = await one_that_runs(lead=lead, officer=officer)
    with at(SPRING):
        for wrong, says in (
            ({"by": lead}, "Chỉ cán bộ quản lý"), ({"by": await a_person(Role.LEADER)}, "Chỉ cán bộ quản lý"),
            ({"number": " "}, "số quyết định"), ({"reason": " "}, "lý do"),
            ({"on": date(2026, 3, 21)}, "đến hôm nay"), ({"on": date(2026, 1, 4)}, "từ 05/01/2026"),
        ):
            with pytest.raises(Refused, match=says):
                await stopped(project, halts.suspend, **{"by": officer} | wrong)
        with pytest.raises(Refused, match="đang tạm dừng"):
            await stopped(project, halts.resume, officer)
        assert await ProjectDecision.count() == 0 and await debts(project, "suspended") == []
        project = await stopped(project, halts.suspend, officer)
        with pytest.raises(Refused, match="không thể chuyển"):
            await stopped(project, halts.suspend, officer)
        with pytest.raises(Refused, match="từ 20/03/2026"):
            await stopped(project, halts.resume, officer, on=date(2026, 3, 19))
        project = await stopped(project, halts.terminate, officer)
        for verb in (halts.suspend, halts.resume, halts.terminate):
            with pytest.raises(Refused):
                await stopped(project, verb, officer)


async def test_a_decision_once_recorded_is_history(owner):
    officer = await a_person(Role.OFFICER)
    await stopped(await one_that_runs(officer=officer), halts.suspend, officer)
    for attack in ("UPDATE project_decision SET reason = 'khác'", "DELETE FROM project_decision"):
        with pytest.raises(asyncpg.PostgresError) as refused:
            await owner.execute(attack)
        assert refused.value.sqlstate == "GR001"


# --- money -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("verb", [halts.suspend, halts.terminate])
async def test_nothing_is_asked_for_or_approved_while_a_project_is_halted(running, owner, verb):
    waiting = await asked(running, 5_000_000)
    held = await approved(running, 6_000_000)
    running.project = await stopped(running.project, verb, running.offices.officer)
    with pytest.raises(Refused, match="khi hợp đồng còn hiệu lực"):
        await asked(running, 1_000_000)
    with pytest.raises(Refused, match="tạm dừng hoặc đã chấm dứt"):
        await payments.approve(waiting, by=running.offices.recurrent)
    attacks = {
        "ask": "INSERT INTO payment (project, stream, year, kind, amount, purpose, requested_by, requested_at, state) "
               "SELECT project, stream, year, kind, 1, purpose, requested_by, requested_at, 'requested' FROM payment LIMIT 1",
        "approve": "UPDATE payment SET state = 'approved' WHERE state = 'requested'",
    }
    answers = {}
    for name, attack in attacks.items():
        with pytest.raises(asyncpg.PostgresError) as refused:
            await owner.execute(attack)
        answers[name] = refused.value.sqlstate
    assert answers == dict.fromkeys(attacks, "PY008")
    await payments.refuse(waiting, reason="Nhiệm vụ đã dừng", by=running.offices.recurrent)
    await payments.confirm(held, number="KB-0091", on=today(), by=running.offices.treasurer)  # the treasury had paid it: a fact
    assert [(await now_as(one)).state for one in (waiting, held)] == ["refused", "paid"]


async def test_a_project_that_goes_on_is_paid_again(running):
    waiting = await asked(running, 5_000_000)
    running.project = await stopped(running.project, halts.suspend, running.offices.officer)
    running.project = await stopped(running.project, halts.resume, running.offices.officer)
    await payments.approve(waiting, by=running.offices.recurrent)
    await asked(running, 1_000_000)


async def test_what_a_terminated_project_received_may_be_demanded_back_for_not_finishing(running):
    await paid(running, 100_000_000)
    wanted = {"stream": "recurrent", "cause": "subjective", "explanation": "Bỏ dở", "by": running.offices.officer}
    with pytest.raises(Refused, match="không đạt, tạm dừng hoặc chấm dứt"):
        await recoveries.propose(running.project, **wanted)
    running.project = await stopped(running.project, halts.terminate, running.offices.officer)
    demand = await recoveries.propose(running.project, **wanted)
    assert demand.amount == 30_000_000  # 30 % of what was received, as the money was not a lump sum to the final product


# --- pages -----------------------------------------------------------------------------------------------------------

async def test_a_project_is_suspended_goes_on_and_is_terminated_in_the_browser():
    officer, lead = await a_person(Role.OFFICER), await a_person(Role.RESEARCHER)
    project = await one_that_runs(lead=lead, officer=officer)
    here = f"/projects/{project.id}"
    with at(SPRING):
        async with browsing() as browser:
            ada, bob = await browser().sign_in(officer), await browser().sign_in(lead)
            await ada.open(here)
            assert {f"{here}/suspension", f"{here}/termination"} <= set(ada.page.links) and f"{here}/resumption" not in ada.page.links
            await ada.open(f"{here}/suspension")
            await ada.submit(f"{here}/suspension", number="", on="hôm qua", reason="Chủ nhiệm ốm")
            assert ada.page.status == 422 and sorted(ada.page.errors()) == ["number", "on"]
            await ada.submit(f"{here}/suspension", number="31/QĐ", on="21/03/2026")
            assert ada.page.status == 409 and "đến hôm nay" in ada.page.words
            await ada.submit(f"{here}/suspension", on="20/03/2026")
            assert ada.page.answer.url.path == here and "Chủ nhiệm ốm" in ada.page.words
            assert "Ghi quyết định cho thực hiện tiếp hoặc chấm dứt" in ada.page.words
            await ada.open(f"{here}/resumption")
            await ada.submit(f"{here}/resumption", number="32/QĐ", on="20/03/2026", reason="Có chủ nhiệm trở lại")
            assert "Đang thực hiện" in ada.page.words
            await ada.open(f"{here}/termination")
            await ada.submit(f"{here}/termination", number="33/QĐ", on="20/03/2026", reason="Không còn khả năng")
            assert f"{here}/termination" not in ada.page.links and "Không còn khả năng" in ada.page.words
            await bob.open(here)
            assert "33/QĐ" in bob.page.words and not [link for link in bob.page.links if link.endswith("/termination")]
            assert (await bob.open(f"{here}/suspension")).status == 403
