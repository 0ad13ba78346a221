"""An agreement is amended: asked for before its end, decided by somebody else, carried out."""

import asyncio
from datetime import UTC, date, datetime

import asyncpg
import pytest

from grants.people.tables import Obligation, Organisation, Role
from grants.projects import amendments, evaluations, extensions, halts, projects, reports
from grants.projects.amendment_pages import next_step
from grants.projects.tables import Amendment, Project, Report
from grants.shell.changes import Refused, at
from grants.shell.database import DB, rows
from grants.shell.events import Event
from grants.shell.tables import Letter
from tests.browsing import browsing
from tests.makers import a_person, an_organisation
from tests.makers_projects import a_filed_report, a_member, a_running_project, now_as

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]

SPRING, SUMMER = datetime(2026, 3, 20, 3, tzinfo=UTC), datetime(2026, 8, 3, 3, tzinfo=UTC)
AFTER_THE_END = datetime(2027, 3, 1, 3, tzinfo=UTC)
WHY = "Mất mùa do hạn, phải bố trí lại một vụ thí nghiệm."


@pytest.fixture
async def lead(db):
    return await a_person(Role.RESEARCHER, of=await an_organisation())


@pytest.fixture
async def running(officer, lead) -> Project:
    """Signed for 24 months from 5 January 2026 to 4 January 2028."""
    return await a_running_project(lead=lead, officer=officer)


async def asked(project: Project, by, kind: str = "extension", **more) -> Amendment:
    return await amendments.ask(project, kind, **{"reason": WHY, "by": by} | ({"months": 6} if kind == "extension" else {}) | more)


async def granted(row: Amendment, by, **more) -> Amendment:
    await amendments.approve(row, **{"number": "88/SKHCN-QLKH", "on": projects.today(), "by": by} | more)
    return await now_as(row)


# --- an extension ----------------------------------------------------------------------------------------------------

async def test_an_extension_moves_the_end_adds_reports_and_leaves_the_agreement_as_it_was_signed_in_sight(running, lead, officer):
    head = await a_person(Role.SIGNATORY, of=await Organisation.objects().get(Organisation.id == running.lead_organisation))
    with at(SUMMER):
        row = await asked(running, lead, months=12)
        assert (row.state, await now_as(running)) == ("asked", running)  # asking alone changes nothing
        row = await granted(row, officer)
    project = await now_as(running)
    assert (row.state, row.annex, row.number, row.decided_by) == ("approved", 1, "88/SKHCN-QLKH", officer.id)
    assert (row.ends_before, row.ends_after, project.ends_on) == (date(2028, 1, 4), date(2029, 1, 4), date(2029, 1, 4))
    assert extensions.signed_end(project) == date(2028, 1, 4)
    assert [(r.number, r.due) for r in await reports.of(project)][2:] == [
        (3, date(2027, 7, 5)), (4, date(2028, 1, 5)), (5, date(2028, 7, 5)),
    ]
    assert project.approved == running.approved
    told = await Letter.select(Letter.person, Letter.subject).where(Letter.subject.like("Gia hạn%")).order_by(Letter.id)
    assert {one["person"] for one in told[1:]} == {lead.id, head.id}
    assert {one["subject"] for one in told} == {f"Gia hạn: {project.code}"}
    assert [e["did"] for e in await Event.select(Event.did).where(Event.thing == "amendment").order_by(Event.id)] == ["asked", "approved"]


@pytest.mark.parametrize(("agreed", "months", "says"), [
    (24, 12, None), (24, 13, "từ 1 đến 12 tháng"), (12, 6, None), (12, 7, "từ 1 đến 6 tháng"), (24, 0, "từ 1 đến 12 tháng"),
])
async def test_a_short_task_is_extended_by_less_under_the_circular_of_2014(officer, lead, owner, agreed, months, says):
    project = await a_running_project(lead=lead, officer=officer, months=agreed)
    await owner.execute("SET session_replication_role = replica")  # past the guard that keeps a pinned rule set as it is
    await owner.execute("UPDATE rule_set SET content = jsonb_set(content, '{ceilings}', (content -> 'ceilings') || "
                        "'{\"short_task_under_months\": 24, \"short_task_extension_months\": 6}')")
    with at(SPRING):
        if says:
            with pytest.raises(Refused, match=says):
                await asked(project, lead, months=months)
        else:
            await granted(await asked(project, lead, months=months), officer)
    assert await Amendment.count() == (0 if says else 1)


async def test_an_agreement_is_extended_once_whoever_asks_and_whatever_the_verb_forgets(running, lead, officer):
    with at(SPRING):
        await granted(await asked(running, lead), officer)
        with pytest.raises(Refused, match="chỉ cho gia hạn 1 lần"):
            await asked(running, lead)
    second = ("INSERT INTO amendment (project, kind, state, months, reason, asked_by, asked_at) "
              f"VALUES ({running.id}, 'extension', 'asked', 1, 'x', {lead.id}, now()) RETURNING id")
    id = (await rows(second))[0]["id"]
    with pytest.raises(asyncpg.PostgresError) as refused:
        await rows("UPDATE amendment SET state = 'approved', annex = 2, number = '9', decided_on = '2026-03-20', decided_at = now(), "
                   "ends_before = '2028-07-04', ends_after = '2028-08-04', decided_by = $2 WHERE id = $1", id, officer.id)
    assert refused.value.sqlstate == "AG002"


async def test_two_decisions_at_once_on_two_requests_extend_once(running, lead, officer, owner):
    with at(SPRING):
        first = await asked(running, lead)
        await owner.execute("DROP INDEX one_open_amendment")
        try:
            told = "project, kind, state, months, was, becomes, becomes_en, reason, asked_by, asked_at"
            await owner.execute(f"INSERT INTO amendment ({told}) SELECT {told} FROM amendment")
            second = await Amendment.objects().where(Amendment.id != first.id).first()
            done = await asyncio.gather(granted(first, officer), granted(second, officer), return_exceptions=True)
        finally:
            await owner.execute("DELETE FROM amendment WHERE state = 'asked'")
            await owner.execute("CREATE UNIQUE INDEX one_open_amendment ON amendment (project, kind) WHERE state = 'asked'")
    assert sorted(isinstance(one, Refused) for one in done) == [False, True]
    assert (await now_as(running)).ends_on == date(2028, 7, 4)


async def test_a_final_file_that_was_late_is_not_due_yet_once_a_timely_request_is_granted(officer, lead):
    project = await a_running_project(lead=lead, officer=officer, months=12)  # to 4 January 2027
    with at(SUMMER):
        (report,) = await reports.of(project)
        await a_filed_report(report, lead)
        await reports.accept(report, by=officer)
        row = await asked(project, lead)
    with at(AFTER_THE_END):
        assert await reports.mark_overdue() == 1
        assert (await now_as(project)).late_since is not None
        with pytest.raises(Refused, match="chưa hết hạn"):
            await asked(project, lead, "content", was="A", becomes="B")
        await granted(row, officer)
        assert await reports.mark_overdue() == 0
        project = await now_as(project)
        assert (project.ends_on, project.late_since) == (date(2027, 7, 4), None)
        assert await Report.count() == 1  # 6 January has passed meanwhile
        assert await Obligation.count().where((Obligation.kind == "overdue_final_evaluation") & Obligation.settled_on.is_null()) == 0


async def test_an_extension_granted_while_the_project_stands_still_moves_with_what_was_put_off(running, lead, officer):
    stop = {"number": "31/QĐ", "reason": "Chủ nhiệm ốm.", "by": officer}
    with at(SPRING):
        await halts.suspend(running, on=date(2026, 3, 20), **stop)
        row = await granted(await asked(await now_as(running), lead), officer)
        assert row.ends_after == date(2028, 7, 4)
    with at(SUMMER):
        await halts.resume(running, on=date(2026, 8, 3), **stop)
    still = date(2026, 8, 3) - date(2026, 3, 20)
    project = await now_as(running)
    assert (project.ends_on, extensions.signed_end(project)) == (date(2028, 7, 4) + still, date(2028, 1, 4))
    assert (await reports.of(project))[-1].due >= date(2028, 1, 5) + still


# --- who may, and what ------------------------------------------------------------------------------------------------

async def test_who_asks_for_a_change_never_decides_it(running, lead, officer):
    other = await a_person(Role.OFFICER)
    with at(SPRING):
        for stranger in (await a_person(Role.RESEARCHER), await a_person(Role.LEADER), await a_person(Role.FINANCE),
                         await a_person(Role.SIGNATORY)):
            with pytest.raises(Refused, match="đề nghị điều chỉnh"):
                await asked(running, stranger)
        row = await asked(running, officer)  # on the lead person's behalf
        for decider in (officer, lead, await a_person(Role.LEADER)):
            with pytest.raises(Refused, match="không phải người đề nghị"):
                await granted(row, decider)
            with pytest.raises(Refused, match="không phải người đề nghị"):
                await amendments.refuse(row, remark="Không", by=decider)
        with pytest.raises(Refused, match="đang chờ quyết định"):
            await asked(running, lead)
        await granted(row, other)
        with pytest.raises(Refused, match="đã có quyết định"):
            await amendments.refuse(row, remark="Không", by=other)
        mine = await asked(running, await projects.officer_of(running), "content", was="Sáu buôn", becomes="Năm buôn")
        assert (await next_step(mine, running)).who == "Cán bộ quản lý nhiệm vụ khác với người đề nghị"
    assert await Letter.exists().where((Letter.person == lead.id) & Letter.subject.like("Gia hạn%"))


async def test_a_decision_has_its_paper_its_day_and_a_refusal_its_reason(running, lead, officer):
    with at(SUMMER):
        row = await asked(running, lead)
        for wrong, says in (({"number": " "}, "số văn bản"), ({"on": date(2026, 8, 2)}, "từ ngày đề nghị 03/08/2026"),
                            ({"on": date(2026, 8, 4)}, "đến hôm nay")):
            with pytest.raises(Refused, match=says):
                await granted(row, officer, **wrong)
        with pytest.raises(Refused, match="lý do không chấp thuận"):
            await amendments.refuse(row, remark=" ", by=officer)
        await amendments.refuse(row, remark="Còn đủ thời gian.", by=officer)
        assert (await now_as(running)).ends_on == date(2028, 1, 4)
        letter = await Letter.objects().where(Letter.person == lead.id).order_by(Letter.id, ascending=False).first()
        assert "Đề nghị không được chấp thuận. Lý do: Còn đủ thời gian." in letter.body
        again = await asked(running, lead)  # a refusal is no extension
        with pytest.raises(Refused, match="đề nghị của mình"):
            await amendments.withdraw(again, by=officer)
        await amendments.withdraw(again, by=lead)
        with pytest.raises(Refused, match="đã được rút"):
            await granted(again, officer)


async def test_work_that_the_council_has_graded_is_amended_no_more(running, lead, officer):
    with at(SPRING):
        row = await asked(running, lead)
        await evaluations.note_council_grade(running, "pass", by=officer)
        with pytest.raises(Refused, match="không còn ở bước thực hiện"):
            await granted(row, officer)
        with pytest.raises(Refused, match="đề nghị điều chỉnh"):
            await asked(await now_as(running), lead, "content", was="A", becomes="B")
        await amendments.refuse(row, remark="Đã nghiệm thu.", by=officer)


async def test_another_of_the_team_takes_the_project_over_and_the_one_before_is_free_and_reads_only(running, lead, officer):
    heir, outsider = await a_person(Role.RESEARCHER, full_name="Trần Thị Hoa"), await a_person(Role.RESEARCHER)
    await a_member(running, heir)
    with at(SPRING):
        for wrong in (outsider.id, lead.id, None):
            with pytest.raises(Refused, match="thành viên khác của nhóm"):
                await asked(running, lead, "lead", lead=wrong)
        row = await granted(await asked(running, lead, "lead", lead=heir.id), officer, on=date(2026, 3, 20))
        project = await now_as(running)
        assert (row.lead_before, project.lead) == (lead.id, heir.id) and "tran thi hoa" in project.folded
        owed = await Obligation.objects().where(Obligation.kind == "leading_project").order_by(Obligation.id)
        assert [(o.person, o.settled_on) for o in owed] == [(lead.id, date(2026, 3, 20)), (heir.id, None)]
        assert [await projects.can_write(one, project) for one in (lead, heir)] == [False, True]
        assert await Project.exists().where((Project.id == project.id) & projects.seen_by(lead))
        told = {one["person"] for one in await Letter.select(Letter.person).where(Letter.subject.like("Thay chủ nhiệm%"))}
        assert {lead.id, heir.id} <= told
    with at(SUMMER):
        (report, *_rest) = await reports.of(project)
        with pytest.raises(Refused, match="Chỉ chủ nhiệm"):
            await a_filed_report(report, lead)
        await a_filed_report(report, heir)


async def test_nobody_takes_over_who_leads_an_unfinished_project_or_would_decide_it_themselves(running, lead, officer):
    busy, keeper = await a_person(Role.RESEARCHER), await a_person(Role.RESEARCHER, Role.OFFICER)
    other = await a_running_project(lead=busy, officer=officer)
    with at(SPRING):
        await a_member(running, busy)
        await a_member(running, keeper)
        with pytest.raises(Refused, match=f"chưa được chủ trì: {other.code}"):
            await asked(running, lead, "lead", lead=busy.id)
        row = await asked(running, lead, "lead", lead=keeper.id)
        with pytest.raises(Refused, match="không phải người đề nghị"):
            await granted(row, keeper)


async def test_of_two_projects_one_person_takes_over_one_though_both_are_decided_at_once(running, lead, officer):
    heir, theirs = await a_person(Role.RESEARCHER), await a_person(Role.RESEARCHER)
    other = await a_running_project(lead=theirs, officer=officer, number="13/HĐ-SKHCN")
    with at(SPRING):
        wanted = []
        for project, who in ((running, lead), (other, theirs)):
            await a_member(project, heir)
            wanted.append(await asked(project, who, "lead", lead=heir.id))
        await asyncio.gather(*(rows("SELECT pg_sleep(0.01)") for _two in wanted))  # a connection for each is open
        done = await asyncio.gather(*(granted(row, officer) for row in wanted), return_exceptions=True)
    assert sorted(isinstance(one, Refused) for one in done) == [False, True]
    assert await Project.count().where(Project.lead == heir.id) == 1


async def test_control_whoever_is_found_free_twice_before_either_is_written_leads_both(owner):
    await owner.execute("DROP TABLE IF EXISTS naive; CREATE TABLE naive (leads int); GRANT ALL ON naive TO grants_app")
    both_have_read = asyncio.Barrier(2)

    async def take_over(project: int) -> None:
        async with DB.transaction():
            free = not await rows("SELECT FROM naive")
            await both_have_read.wait()
            if free:
                await rows("INSERT INTO naive VALUES ($1)", project)

    try:
        await asyncio.gather(take_over(1), take_over(2))
        assert await rows("SELECT leads FROM naive ORDER BY 1") == [{"leads": 1}, {"leads": 2}]
    finally:
        await owner.execute("DROP TABLE naive")


async def test_a_new_title_stands_beside_the_one_that_was_awarded(running, lead, officer):
    with at(SPRING):
        with pytest.raises(Refused, match="giống nội dung hiện nay"):
            await asked(running, lead, "title", becomes=running.title)
        row = await granted(await asked(running, lead, "title", becomes="Chọn giống sầu riêng chịu hạn"), officer)
    project = await now_as(running)
    assert (row.was, project.title) == (running.title, "Chọn giống sầu riêng chịu hạn") and "sau rieng" in project.folded


# --- a hand in the database -------------------------------------------------------------------------------------------

ACTS = {
    "move the end": "UPDATE project SET ends_on = ends_on + 365",
    "change the number": "UPDATE project SET agreement_number = '99/HĐ'",
    "change the day of signature": "UPDATE project SET agreed_on = agreed_on - 1",
    "change the months agreed": "UPDATE project SET months = 36",
    "change who recorded it": "UPDATE project SET signed_by = NULL",
    "put somebody else in the lead": "UPDATE project SET lead = {other}",
    "rename the project": "UPDATE project SET title = 'Khác'",
    "alter what was asked": "UPDATE amendment SET months = 12",
    "delete a request": "DELETE FROM amendment",
    "add a decided one": "INSERT INTO amendment (project, kind, state, months, reason, asked_by, asked_at, decided_by, decided_at, remark) "
                         "SELECT project, kind, 'refused', 1, 'x', asked_by, now(), {other}, now(), 'x' FROM amendment",
    "decide what one asked for": "UPDATE amendment SET state = 'refused', decided_by = asked_by, decided_at = now(), remark = 'x'",
}


@pytest.mark.parametrize("act", ACTS)
async def test_an_agreement_is_not_amended_past_its_verbs(running, lead, officer, act):
    with at(SPRING):
        await asked(running, lead)
    with pytest.raises(asyncpg.PostgresError) as refused:
        await rows(ACTS[act].format(other=officer.id))
    assert refused.value.sqlstate == ("23514" if act == "decide what one asked for" else "AG001")


# --- pages -----------------------------------------------------------------------------------------------------------

async def test_an_extension_in_the_browser_from_the_request_to_the_printed_annex(running, lead, officer):
    here = f"/projects/{running.id}/amendments"
    with at(SPRING):
        async with browsing() as browser:
            bob, ada = await browser().sign_in(lead), await browser().sign_in(officer)
            await bob.open(f"/projects/{running.id}")
            assert here in bob.page.links
            await bob.open(here)
            assert "04/01/2028 04/01/2028" in bob.page.words and f"{here}/extension" in bob.page.links
            assert (await bob.open(f"{here}/nothing")).status == 404
            await bob.open(f"{here}/extension")
            await bob.submit(f"{here}/extension", months="", reason=WHY)
            assert bob.page.status == 422 and sorted(bob.page.errors()) == ["months"]
            await bob.submit(f"{here}/extension", months="13")
            assert bob.page.status == 409 and bob.page.errors() == {"months": "Gia hạn từ 1 đến 12 tháng."}
            await bob.submit(f"{here}/extension", months="6")
            there = bob.page.answer.url.path
            assert there.startswith("/amendments/") and "Chờ quyết định" in bob.page.words and "04/07/2028" in bob.page.words
            assert [form.get("action") for form in bob.page.all("form") if "/amendments/" in form.get("action")] == [f"{there}/withdrawal"]
            await ada.open("/desk")
            assert there in ada.page.links
            await ada.open(there)
            await ada.submit(f"{there}/refusal", refusal="")
            assert ada.page.status == 422 and sorted(ada.page.errors()) == ["refusal"]
            await ada.submit(f"{there}/approval", number="88/SKHCN", on="20/03/2026")
            assert ada.page.answer.url.path == there and "Được chấp thuận" in ada.page.words and "PL-01" in ada.page.words
            await ada.submit("/language", language="en")
            for reader in (bob, ada):  # a paper for signature is Vietnamese whoever prints it
                await reader.open(f"{there}/paper")
                assert "Số: PL-01/12/HĐ-SKHCN" in reader.page.words
                assert "Điều 1. Ngày kết thúc. Hợp đồng đang ghi: 04/01/2028. Nay thay bằng: 04/07/2028." in reader.page.words
            await bob.open(here)
            assert "04/01/2028 04/07/2028" in bob.page.words and there in bob.page.links
            assert f"{here}/extension" not in bob.page.links and f"{here}/content" in bob.page.links  # the rules allow one
            await bob.open(f"/projects/{running.id}")
            assert "Kết thúc khi ký hợp đồng04/01/2028" in bob.page.words
            eve = await browser().sign_in(await a_person(Role.RESEARCHER))
            assert {(await eve.open(path)).status for path in (here, there, f"{there}/paper", f"{here}/extension")} == {404}


async def test_every_kind_of_change_has_its_form_and_a_correction_its_page(running, lead, officer):
    heir, second = await a_person(Role.RESEARCHER), await a_person(Role.OFFICER)
    await a_member(running, heir)
    here = f"/projects/{running.id}"
    filled = {
        "lead": {"lead": str(heir.id)}, "content": {"was": "Ba vụ", "becomes": "Hai vụ"}, "title": {"becomes": "Tên mới"},
        "objective": {"was": "A", "becomes": "B"}, "products": {"was": "5 mô hình", "becomes": "4 mô hình"},
    }
    with at(SPRING):
        async with browsing() as browser:
            bob, eve = await browser().sign_in(lead), await browser().sign_in(second)
            await bob.open(f"{here}/amendments")
            asking = {link.rpartition("/")[2] for link in bob.page.links if link.startswith(f"{here}/amendments/")}
            assert asking == {"extension", *filled}  # nothing moves inside a lump sum before the agreement says that it is one
            for kind, typed in filled.items():
                await bob.open(f"{here}/amendments/{kind}")
                await bob.submit(f"{here}/amendments/{kind}", reason=WHY, **typed)
                assert bob.page.answer.url.path.startswith("/amendments/"), bob.page.words
            await eve.open(f"{here}/amendments")
            assert "Các lần điều chỉnh" in eve.page.words and f"{here}/agreement/correction" in eve.page.links
            await eve.open(f"{here}/agreement/correction")
            await eve.submit(f"{here}/agreement/correction", number="13/HĐ", reason="")
            assert eve.page.status == 422 and sorted(eve.page.errors()) == ["reason"]
            await eve.submit(f"{here}/agreement/correction", reason="Gõ nhầm số.")
            assert eve.page.answer.url.path == f"{here}/amendments" and "Gõ nhầm số." in eve.page.words
            ada = await browser().sign_in(officer)
            await ada.open(f"{here}/agreement/correction")  # who recorded it does not correct it
            assert ada.page.answer.url.path == f"{here}/amendments" and f"{here}/agreement/correction" not in ada.page.links


async def test_a_request_that_came_to_nothing_has_no_annex(running, lead, officer):
    row = await amendments.ask(running, "extension", months=3, reason="Thêm một vụ thu hoạch.", by=lead)
    async with browsing() as browser:
        bob = await browser().sign_in(lead)
        await bob.open(f"/amendments/{row.id}/paper")
        assert "Phụ lục hợp đồng" in bob.page.words
        await amendments.refuse(row, remark="Hợp đồng còn hơn một năm.", by=officer)
        await bob.open(f"/amendments/{row.id}/paper")
        assert bob.page.answer.url.path == f"/amendments/{row.id}" and f"/amendments/{row.id}/paper" not in bob.page.links
