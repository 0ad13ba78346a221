"""Periodic reports: drafts that are not lost, filing in order, acceptance, and what is owed for being late."""

import asyncio
from datetime import UTC, date, datetime

import pytest
from asyncpg import CheckViolationError, InsufficientPrivilegeError, PostgresError

from grants.people.tables import Obligation, Role
from grants.projects import projects, reports
from grants.projects.tables import FiledReport, Project, Report
from grants.proposals.tables import TeamMember
from grants.shell.changes import Refused, at, now
from grants.shell.database import rows
from grants.shell.events import Event
from grants.shell.tables import Letter
from tests.browsing import browsing, standing_in
from tests.makers import a_person
from tests.makers_projects import a_filed_report, a_running_project, now_as

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]

IN_TIME, LATE = datetime(2026, 7, 6, 3, tzinfo=UTC), datetime(2026, 7, 6, 17, tzinfo=UTC)  # the day it is due; the day after
TEXT = {"done": "Đã điều tra 120 hộ.", "next_steps": "Phân tích.", "spent": 200_000_000}


async def first_report(lead, **more) -> Report:
    """The first of three reports of a project that runs two years from 5 January 2026."""
    return (await reports.of(await a_running_project(lead=lead, **more)))[0]


async def test_a_draft_is_kept_without_being_filed_and_filed_by_the_lead(officer, lead):
    report = await first_report(lead, officer=officer)
    with at(IN_TIME):
        await reports.draft(report, done="Mới viết một nửa", next_steps="", spent=0, by=lead)
        assert (await now_as(report)).state == "due"
        await reports.file(report, **TEXT, by=lead)
    report = await now_as(report)
    assert (report.state, report.done, report.spent, report.filed_by) == ("filed", TEXT["done"], 200_000_000, lead.id)


async def test_an_editor_of_the_team_drafts_but_does_not_file_and_others_do_neither(officer, lead):
    report = await first_report(lead, officer=officer)
    project = await now_as(await Project.objects().first())
    editor, reader, stranger = [await a_person(Role.RESEARCHER) for _n in range(3)]
    for person, access in ((editor, "editor"), (reader, "reader")):
        await TeamMember(
            proposal=project.proposal, person=person.id, email=person.email, full_name=person.full_name, access=access,
            joined_at=now(),
        ).save()
    with at(IN_TIME):
        await reports.draft(report, **TEXT, by=editor)
        for person in (reader, stranger, officer):
            with pytest.raises(Refused, match="không thuộc nhóm soạn"):
                await reports.draft(report, **TEXT, by=person)
        for person in (editor, reader, stranger, officer):
            with pytest.raises(Refused, match="Chỉ chủ nhiệm"):
                await reports.file(report, **TEXT, by=person)


async def test_a_returned_report_says_why_is_corrected_and_accepted(officer, lead):
    report = await first_report(lead, officer=officer)
    call_officer = await projects.officer_of(await Project.objects().first())
    with at(IN_TIME):
        await reports.file(report, **TEXT, by=lead)
        for refused in (reports.draft(report, **TEXT, by=lead), reports.file(report, **TEXT, by=lead)):
            with pytest.raises(Refused):
                await refused
        with pytest.raises(Refused, match="điều cần sửa"):
            await reports.send_back(report, remark="  ", by=officer)
        await reports.send_back(report, remark="Thiếu số liệu xã Cư M'gar.", by=officer)
        assert (await now_as(report)).remark == "Thiếu số liệu xã Cư M'gar."
        await reports.file(report, **(TEXT | {"done": "Đã bổ sung."}), by=lead)
        await reports.accept(report, by=officer)
        for again in (reports.accept(report, by=officer), reports.send_back(report, remark="Nữa", by=officer)):
            with pytest.raises(Refused, match="không thể chuyển"):
                await again
    report = await now_as(report)
    assert (report.state, report.decided_by, report.remark) == ("accepted", officer.id, "")
    letters = await Letter.select(Letter.person, Letter.subject).order_by(Letter.id)
    assert [(each["person"], each["subject"].split(" của ")[0]) for each in letters[1:]] == [
        (call_officer.id, "Báo cáo số 1"), (lead.id, "Báo cáo số 1 cần sửa"),
        (call_officer.id, "Báo cáo số 1"), (lead.id, "Báo cáo số 1 được chấp nhận"),
    ]


async def test_reports_are_filed_in_their_order_and_not_before_their_period(officer, lead):
    first, second, third = await reports.of(await a_running_project(lead=lead, officer=officer))
    with at(IN_TIME):
        with pytest.raises(Refused, match="số 1 trước"):
            await reports.file(second, **TEXT, by=lead)
        await reports.file(first, **TEXT, by=lead)
        await reports.file(second, **TEXT, by=lead)
        with pytest.raises(Refused, match="chưa bắt đầu"):
            await reports.file(third, **TEXT, by=lead)


async def test_reports_together_spend_no_more_than_was_approved(officer, lead):
    first, second, _third = await reports.of(await a_running_project(lead=lead, officer=officer, amount=500))
    with at(LATE):
        with pytest.raises(Refused, match="chỉ còn 500 ₫"):
            await reports.file(first, **(TEXT | {"spent": 501}), by=lead)
        await reports.file(first, **(TEXT | {"spent": 300}), by=lead)
        with pytest.raises(Refused, match="chỉ còn 200 ₫"):
            await reports.file(second, **(TEXT | {"spent": 201}), by=lead)
        await reports.file(second, **(TEXT | {"spent": 200}), by=lead)


async def test_a_report_needs_both_texts(officer, lead):
    report = await first_report(lead)
    for empty in ({"done": " "}, {"next_steps": ""}):
        with at(IN_TIME), pytest.raises(Refused, match="công việc"):
            await reports.file(report, **(TEXT | empty), by=lead)
    assert (await now_as(report)).state == "due"


async def test_only_an_officer_who_is_not_its_lead_decides_on_a_report(officer):
    lead = await a_person(Role.RESEARCHER, Role.OFFICER)
    report = await first_report(lead, officer=officer)
    with at(IN_TIME):
        await reports.file(report, **TEXT, by=lead)
        for person in (lead, await a_person(Role.LEADER), await a_person(Role.SIGNATORY), await a_person(Role.FINANCE)):
            with pytest.raises(Refused, match="Chỉ cán bộ quản lý nhiệm vụ"):
                await reports.accept(report, by=person)


async def test_the_database_itself_refuses_a_report_accepted_by_who_filed_it(owner, officer, lead):
    report = await first_report(lead, officer=officer)
    with at(IN_TIME):
        await reports.file(report, **TEXT, by=lead)
    with pytest.raises(CheckViolationError):
        await owner.execute("UPDATE report SET state = 'accepted', decided_by = filed_by WHERE id = $1", report.id)


async def test_a_report_is_overdue_the_day_after_its_day_and_owed_once_until_it_is_accepted(officer, lead):
    report = await first_report(lead, officer=officer)
    with at(IN_TIME):
        assert await reports.mark_overdue() == 0 and await owed() == []
    with at(LATE):
        assert await reports.mark_overdue() == 1
        assert await reports.mark_overdue() == 0
        project = await Project.objects().first()
        assert (project.late_since, await owed()) == (date(2026, 7, 6), [(date(2026, 7, 6), None)])
        assert (await Letter.objects().order_by(Letter.id, ascending=False).first()).person == lead.id
        await reports.file(report, **TEXT, by=lead)
        assert ((await now_as(project)).late_since, await owed()) == (None, [(date(2026, 7, 6), None)])
        await reports.send_back(report, remark="Thiếu", by=officer)
        assert (await now_as(project)).late_since == date(2026, 7, 6)
        await reports.file(report, **TEXT, by=lead)
        await reports.accept(report, by=officer)
        assert ((await now_as(project)).late_since, await owed()) == (None, [(date(2026, 7, 6), date(2026, 7, 7))])


async def owed(kind: str = "overdue_report") -> list[tuple[date, date | None]]:
    found = await Obligation.objects().where(Obligation.kind == kind).order_by(Obligation.id)
    assert all(one.person and one.organisation and one.project for one in found)
    return [(one.due, one.settled_on) for one in found]


async def test_two_late_reports_are_owed_apart(officer, lead):
    first, second, _third = await reports.of(await a_running_project(lead=lead, officer=officer))
    with at(datetime(2027, 2, 1, tzinfo=UTC)):
        assert await reports.mark_overdue() == 2
        await a_filed_report(first, lead)
        await reports.accept(first, by=officer)
        assert await owed() == [(first.due, date(2027, 2, 1)), (second.due, None)]
        assert (await Project.objects().first()).late_since == second.due


async def test_a_final_file_is_owed_thirty_days_after_the_agreement_ends(officer, lead):
    report = await first_report(lead, officer=officer, months=12)  # until 4 January 2027
    with at(datetime(2026, 12, 1, tzinfo=UTC)):
        await a_filed_report(report, lead)
        await reports.accept(report, by=officer)
    with at(datetime(2027, 2, 3, 3, tzinfo=UTC)):
        assert await reports.mark_overdue() == 0
    with at(datetime(2027, 2, 4, 3, tzinfo=UTC)):
        assert await reports.mark_overdue() == 1
        assert await reports.mark_overdue() == 0
    assert (await owed(), await owed("overdue_final_evaluation")) == ([], [(date(2027, 2, 3), None)])
    assert (await Project.objects().first()).late_since == date(2027, 2, 3)


async def test_many_workers_at_once_write_an_overdue_report_down_once(officer, lead):
    await first_report(lead)
    with at(LATE):
        found = await asyncio.gather(*(reports.mark_overdue() for _n in range(8)))
    assert sum(found) == 1 and len(await owed()) == 1


async def test_one_project_that_cannot_be_marked_does_not_hold_up_those_after_it(officer, lead, owner, caplog):
    broken, sound = await first_report(lead), await first_report(await a_person(Role.RESEARCHER))
    await owner.execute(f"ALTER TABLE obligation ADD CONSTRAINT broken CHECK (kind <> 'overdue_report' OR project <> {broken.project})")
    try:
        with at(LATE):
            assert await reports.mark_overdue() == 1
        assert f"What project {broken.project} missed was not written down" in caplog.text
        assert [one.project for one in await Obligation.objects().where(Obligation.kind == "overdue_report")] == [sound.project]
    finally:
        await owner.execute("ALTER TABLE obligation DROP CONSTRAINT broken")
    with at(LATE):
        assert await reports.mark_overdue() == 1


async def test_without_the_project_s_lock_many_workers_write_it_down_again_and_again(lead, monkeypatch):
    """The control of the race above."""
    await first_report(lead)

    async def unlocked(id: int) -> Project:
        found = await Project.objects().get(Project.id == id)
        await asyncio.sleep(0.5)
        return found

    monkeypatch.setattr(projects, "locked", unlocked)
    with at(LATE):
        found = await asyncio.gather(*(reports.mark_overdue() for _n in range(8)))
    assert sum(found) > 1


async def test_a_report_is_accepted_once_by_two_officers_at_once(officer, lead):
    report = await first_report(lead)
    with at(IN_TIME):
        await reports.file(report, **TEXT, by=lead)
        others = [officer, await a_person(Role.OFFICER)]
        found = await asyncio.gather(*(reports.accept(report, by=one) for one in others), return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["NoneType", "Refused"]
    assert await Event.count().where((Event.did == "accepted") & (Event.thing == "report")) == 1


# --- pages -----------------------------------------------------------------------------------------------------------

async def test_a_report_in_the_browser_saved_filed_returned_and_accepted(officer, lead):
    report = await first_report(lead, officer=officer)
    here, filing, draft = f"/reports/{report.id}", f"/reports/{report.id}/filing", f"/reports/{report.id}/draft"
    with at(IN_TIME):
        async with browsing() as browser:
            ada, bob = await browser().sign_in(officer), await browser().sign_in(lead)
            await ada.open(f"/projects/{report.project}/reports")
            assert here not in ada.page.links and "Báo cáo số 1" in ada.page.words
            assert (await ada.open(here)).status == 404
            await bob.open(f"/projects/{report.project}/reports")
            assert here in bob.page.links
            await bob.open(here)
            typed = standing_in(bob.page.form(filing)) | {"done": "Mới viết <b>một nửa</b>", "spent": "abc"}
            answer = await bob.client.post(draft, data=typed, headers={"hx-request": "true"})
            assert answer.status_code == 422 and "Không đọc được số tiền" in answer.text
            answer = await bob.client.post(draft, data=typed | {"spent": ""}, headers={"hx-request": "true"})
            assert answer.status_code == 200 and "Đã lưu lúc 10:00" in answer.text
            await bob.open(here)
            assert "Mới viết <b>một nửa</b>" in bob.page.form(filing).xpath(".//*[@name='done']/text()")[0]
            await bob.submit(filing, next_steps="", spent="1,5 tỷ")
            assert bob.page.status == 422 and list(bob.page.errors()) == ["next_steps"]
            await bob.submit(filing, next_steps="Phân tích.", spent="1,5 tỷ")
            assert bob.page.status == 409 and "chỉ còn 1.000.000.000 ₫" in bob.page.words
            assert standing_in(bob.page.form(filing))["next_steps"] == "Phân tích."
            await bob.submit(filing, spent="200 triệu")
            assert "Đã nộp, chờ xem" in bob.page.words and not bob.page.all("textarea")
            await ada.open(here)
            await ada.submit(f"{here}/return", remark="")
            assert ada.page.status == 422 and list(ada.page.errors()) == ["remark"]
            await ada.submit(f"{here}/return", remark="Thiếu số liệu.")
            await bob.open(here)
            assert "đề nghị sửa: Thiếu số liệu." in bob.page.words
            await bob.submit(filing, done="Đã bổ sung số liệu.")
            await ada.open(here)
            await ada.submit(f"{here}/acceptance")
            assert "Đã được chấp nhận" in ada.page.words
            assert "200.000.000 ₫" in (await ada.open(f"/projects/{report.project}/reports")).words


async def test_a_draft_is_not_lost_when_the_rule_says_no(officer, lead):
    report = await first_report(lead, officer=officer)
    async with browsing() as browser:
        with at(IN_TIME):
            bob = await browser().sign_in(lead)
            await bob.open(f"/reports/{report.id}")
            typed = standing_in(bob.page.form(f"/reports/{report.id}/filing")) | {"done": "Bản viết dở", "spent": "7"}
            await reports.file(report, **TEXT, by=lead)
            answer = await bob.client.post(f"/reports/{report.id}/draft", data=typed, headers={"hx-request": "true"})
            assert answer.status_code == 409 and "không còn sửa được" in answer.text
    assert (await now_as(report)).done == TEXT["done"]


async def test_a_project_that_has_ended_is_not_locked_again_and_again_before_its_final_file_is_due(officer, lead, monkeypatch):
    report = await first_report(lead, officer=officer, months=12)
    with at(datetime(2026, 12, 1, tzinfo=UTC)):
        await a_filed_report(report, lead)
        await reports.accept(report, by=officer)
    held, locked = [], projects.locked

    async def counted(id: int) -> Project:
        held.append(id)
        return await locked(id)

    monkeypatch.setattr(projects, "locked", counted)
    for day, times in ((3, 0), (4, 1)):
        with at(datetime(2027, 2, day, 3, tzinfo=UTC)):
            await reports.mark_overdue()
        assert len(held) == times


async def test_while_a_returned_report_is_rewritten_everybody_else_reads_what_was_handed_in(officer, lead):
    report = await first_report(lead, officer=officer)
    finance, treasurer = await a_person(Role.FINANCE), await a_person(Role.TREASURER)
    with at(IN_TIME):
        await reports.file(report, **TEXT, by=lead)
        async with browsing() as browser:
            clerk = await browser().sign_in(officer)
            await clerk.open(f"/reports/{report.id}")
            await clerk.submit(f"/reports/{report.id}/return", remark="Thiếu số liệu.")
            assert clerk.page.answer.url.path == f"/projects/{report.project}/reports"
            await reports.draft(report, done="Đang viết lại, còn dang dở", next_steps="Chưa rõ", spent=777_000_000, by=lead)
            for person in (officer, finance, treasurer):
                reader = clerk if person is officer else await browser().sign_in(person)
                words = (await reader.open(f"/reports/{report.id}")).words
                assert TEXT["done"] in words and "dang dở" not in words and "777.000.000" not in words, person
                assert "Nhóm thực hiện đang sửa báo cáo" in words
                listed = (await reader.open(f"/projects/{report.project}/reports")).words
                assert "200.000.000 ₫" in listed and "777.000.000" not in listed
            ada = await browser().sign_in(lead)
            assert "dang dở" in (await ada.open(f"/reports/{report.id}")).text
        await reports.file(report, done="Đã bổ sung.", next_steps="Phân tích.", spent=300_000_000, by=lead)
    kept = await FiledReport.objects().where(FiledReport.report == report.id).order_by(FiledReport.number)
    assert [(one.number, one.done, one.spent) for one in kept] == [(1, TEXT["done"], 200_000_000), (2, "Đã bổ sung.", 300_000_000)]


async def test_what_was_filed_cannot_be_altered_even_by_hand(officer, lead, owner):
    report = await first_report(lead, officer=officer)
    with at(IN_TIME):
        await reports.file(report, **TEXT, by=lead)
    for sql in ("UPDATE filed_report SET spent = 1", "DELETE FROM filed_report"):
        with pytest.raises(InsufficientPrivilegeError):
            await rows(sql)
        with pytest.raises(PostgresError, match="cannot be changed"):
            await owner.execute(sql)


async def test_a_report_s_page_says_what_comes_next_in_each_of_its_states(officer, lead):
    report = await first_report(lead, officer=officer)
    with at(IN_TIME):
        async with browsing() as browser:
            ada, clerk = await browser().sign_in(lead), await browser().sign_in(officer)
            assert "Viết và nộp báo cáo" in (await ada.open(f"/reports/{report.id}")).words
            await reports.file(report, **TEXT, by=lead)
            assert "Xem báo cáo, chấp nhận hoặc trả lại" in (await clerk.open(f"/reports/{report.id}")).words
            await reports.send_back(report, remark="Thiếu số liệu.", by=officer)
            assert "rồi nộp lại" in (await ada.open(f"/reports/{report.id}")).words
            await reports.file(report, **TEXT, by=lead)
            await reports.accept(report, by=officer)
            assert "kỳ này đã xong" in (await clerk.open(f"/reports/{report.id}")).words


async def test_the_project_s_page_leads_to_a_report_not_handed_in_only_whoever_writes_it(officer, lead):
    """Once it is handed in, the officer finds it there too."""
    report = await first_report(lead, officer=officer)
    page = f"/projects/{report.project}"
    with at(IN_TIME):
        async with browsing() as browser:
            ada, clerk = await browser().sign_in(lead), await browser().sign_in(officer)
            assert f"/reports/{report.id}" in (await ada.open(page)).links
            assert f"/reports/{report.id}" not in (await clerk.open(page)).links
            await reports.file(report, **TEXT, by=lead)
            assert f"/reports/{report.id}" in (await clerk.open(page)).links
            assert TEXT["done"] in (await clerk.open(f"/reports/{report.id}")).words
