"""A session in the browser: the secretary's story, minutes that say what the screen says, and who may see what when."""

import csv
import io
import random
import re
from datetime import timedelta

import openpyxl
import pytest

from grants.people.people import titled
from grants.people.tables import Role
from grants.proposals.tables import Proposal
from grants.shell.changes import Refused, at, now
from grants.shell.database import rows
from grants.shell.dates import VIETNAM
from review import meetings, minutes
from review.tables import Panel, Seat
from tests.browsing import XHTML, browsing
from tests.counting import statements
from tests.makers import a_call, a_person, a_proposal
from tests.makers_votes import (
    FINE,
    MOST,
    a_panel,
    a_rule_set,
    a_session,
    all_present,
    ballot_of,
    fresh,
    give,
    given_by_all,
    judges_of,
    the_board,
)

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
S = Panel.State


def table(page, caption: str) -> list[list[str]]:
    """The cells of the table with this caption, as text."""
    for found in page.all("table"):
        if " ".join("".join(found.find(f"{XHTML}caption").itertext()).split()) == caption:
            body = found.find(f"{XHTML}tbody")
            return [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in body.findall(f"{XHTML}tr")]
    raise AssertionError(caption)


async def test_a_secretary_s_story_from_attendance_to_locked_minutes():
    officer = await a_person(Role.OFFICER)
    call = await a_call()
    applications = [await a_proposal(Proposal.State.IN_REVIEW, call=call) for _n in range(2)]
    panel = await a_panel(*applications, officer=officer)
    judges = await judges_of(panel)
    await given_by_all(panel, applications[0], [85, 84, 86, 83, 85, 87, 50])
    await given_by_all(panel, applications[1], [70, 71, 70, 70, 71, 70, 70])
    here = f"/panels/{panel.id}"
    async with browsing() as browser:
        lan = await browser().sign_in(judges[2])
        await lan.open(f"{here}/session")
        assert "Điểm danh cho đủ điều kiện họp" in lan.page.words and "Có mặt 0 trên 7 thành viên" in lan.page.words
        assert lan.page.form(f"{here}/attendance") is not None
        for path in ("ranking", "count-sheet"):
            assert (await lan.open(f"{here}/{path}")).answer.url.path == f"{here}/session"
        assert "Chưa có biên bản" in (await lan.open(f"{here}/minutes")).words
        await lan.open(f"{here}/session")
        seats = await Seat.select(Seat.id).where(Seat.panel == panel.id).order_by(Seat.id)
        await lan.submit(f"{here}/attendance", **{f"seat_{s['id']}": "room" for s in seats} | {f"seat_{seats[5]['id']}": "remote"})
        assert "Có mặt 7 trên 7 thành viên" in lan.page.words and "Có mặt, trực tuyến" in lan.page.words
        await lan.submit(f"{here}/session")
        assert f'action="{here}/count"' not in lan.page.text and "Bầu ban kiểm phiếu" in lan.page.words
        await lan.submit(f"{here}/counting-board", board=[str(judges[n].id) for n in (0, 1)])
        assert lan.page.errors() == {"board": "Ban kiểm phiếu có 3 người."}
        await lan.submit(f"{here}/counting-board", board=[str(judges[n].id) for n in (3, 4, 5)])
        await lan.submit(f"{here}/motions", words="Khoán đến sản phẩm cuối cùng", yes="5", no="1", abstained="0")
        assert lan.page.errors() == {"words": "Số tán thành, không tán thành và không biểu quyết phải cộng lại bằng 7 người có mặt."}
        await lan.submit(f"{here}/motions", yes="6")
        await lan.submit(f"{here}/dissents", member=str(judges[6].id), opinion="Kinh phí vẫn cao so với nội dung.")
        await lan.submit(f"{here}/count")
        assert lan.page.answer.url.path == f"{here}/ranking"
        on_screen = table(lan.page, "Tổng hợp kết quả đánh giá")
        assert [row[0] for row in on_screen] == ["1", "2"]
        assert on_screen[0][3:] == ["6/7", "85,00", "0,00", "85,00", "Kiến nghị thực hiện"]
        assert on_screen[1][3:] == ["7/7", "70,29", "0,00", "70,29", "Kiến nghị thực hiện"]
        assert "Điểm trung bình của tất cả 7 phiếu: 560 : 7 = 80,00." in lan.page.words
        matrix = table(lan.page, "Điểm trung bình từng tiêu chí, tính trên phiếu hợp lệ")
        exported = await lan.client.get(f"{here}/ranking?format=csv")
        lines = list(csv.reader(io.StringIO(exported.content.decode("utf-8-sig"))))[1:]
        assert [line[:8] for line in lines] == on_screen
        assert [line[8:] for line in lines] == [row[1:-1] for row in matrix]
        book = openpyxl.load_workbook(io.BytesIO((await lan.client.get(f"{here}/ranking?format=xlsx")).content))
        assert [[str(value) for value in row] for row in book.active.iter_rows(min_row=2, values_only=True)] == lines
        await lan.open(f"{here}/minutes")
        assert "Dự thảo, chưa khoá" in lan.page.words
        await lan.open(f"{here}/session")
        await lan.submit(f"{here}/minutes", remarks="Chủ nhiệm rút gọn nội dung 3.")
        assert lan.page.answer.url.path == f"{here}/minutes" and "Dự thảo" not in lan.page.words
        assert table(lan.page, "Tổng hợp kết quả đánh giá") == on_screen
        assert table(lan.page, "Điểm trung bình từng tiêu chí, tính trên phiếu hợp lệ") == matrix
        assert "Hội đồng biểu quyết: Khoán đến sản phẩm cuối cùng (6 tán thành, 1 không tán thành, 0 không biểu quyết)." in lan.page.words
        assert f"Ý kiến bảo lưu của {titled(judges[6])}: Kinh phí vẫn cao so với nội dung." in lan.page.words
        assert f"Ban kiểm phiếu: {'; '.join(titled(judges[n]) for n in (3, 4, 5))}." in lan.page.words
        assert "Chủ nhiệm rút gọn nội dung 3." in lan.page.words and "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in lan.page.words
        await lan.open(f"{here}/count-sheet")
        for application in applications:
            caption = f"Phiếu của hồ sơ {application.reference}"
            sheets = table(lan.page, caption)
            assert len(sheets) == 7
            minuted = await lan.open(f"{here}/minutes")
            assert table(minuted, caption) == sheets
            await lan.open(f"{here}/count-sheet")
    assert (await fresh(panel)).state == S.CLOSED


@pytest.mark.parametrize("seed", [3, 20, 267])
async def test_whatever_the_ballots_the_minutes_say_what_the_screen_says_to_the_last_digit(seed):
    """Random ballots on three applications, one member absent, two places: ranking, matrix and every count sheet."""
    chance = random.Random(seed)
    officer, call = await a_person(Role.OFFICER), await a_call(places=2)
    applications = [await a_proposal(Proposal.State.IN_REVIEW, call=call) for _n in range(3)]
    panel = await a_panel(*applications, officer=officer)
    for application in applications:
        most = chance.choice([70, 80, 100])
        await given_by_all(panel, application, [
            {n: chance.randrange(top + 1) for n, top in MOST.items()} if chance.random() < 0.3 else chance.randrange(55, most + 1)
            for _n in range(7)
        ])
    await all_present(panel, by=officer, but=(7,))
    await meetings.open_session(panel, by=officer)
    await the_board(panel, by=officer)
    await meetings.count(panel, by=officer)
    here = f"/panels/{panel.id}"
    captions = ["Tổng hợp kết quả đánh giá", "Điểm trung bình từng tiêu chí, tính trên phiếu hợp lệ"]
    sheets = [f"Phiếu của hồ sơ {application.reference}" for application in applications]
    async with browsing() as browser:
        office = await browser().sign_in(officer)
        ranking, counted = await office.open(f"{here}/ranking"), await office.open(f"{here}/count-sheet")
        draft = await office.open(f"{here}/minutes")
        await minutes.lock(await fresh(panel), remarks="", by=officer)
        locked = await office.open(f"{here}/minutes")
    for printed in (draft, locked):
        assert [table(printed, one) for one in captions] == [table(ranking, one) for one in captions]
        assert [table(printed, one) for one in sheets] == [table(counted, one) for one in sheets]
        assert all(len(table(printed, one)) == 6 for one in sheets)


async def test_the_minutes_stay_as_they_were_locked():
    panel, applications, officer = await a_session(FINE)
    await meetings.count(panel, by=officer)
    await minutes.lock(panel, remarks="", by=officer)
    before = await minutes.of(panel)
    await rows("UPDATE proposal SET title = 'Tên khác'")
    await rows("UPDATE person SET full_name = 'Người Khác'")
    assert await minutes.of(panel) == before and "Tên khác" not in str(before)
    async with browsing() as browser:
        page = await (await browser().sign_in(officer)).open(f"/panels/{panel.id}/minutes")
        assert "Tên khác" not in page.words and "Người Khác" not in page.words


async def test_who_gave_which_ballot_is_seen_by_the_auditor_alone():
    panel, _applications, officer = await a_session(FINE)
    await meetings.count(panel, by=officer)
    await minutes.lock(panel, remarks="", by=officer)
    judges = await judges_of(panel)
    auditor, leader = await a_person(Role.AUDITOR), await a_person(Role.LEADER)
    for person, may in ((officer, False), (leader, False), (judges[0], False), (judges[2], False), (auditor, True)):
        async with browsing() as browser:
            someone = await browser().sign_in(person)
            for path in ("ranking", "count-sheet", "count-sheet?format=csv", "ranking?format=csv"):
                answer = await someone.client.get(f"/panels/{panel.id}/{path}")
                assert answer.status_code == 200
                own = person.full_name  # stands in the top bar
                named = any(judge.full_name in answer.text for judge in judges if judge.full_name != own)
                assert named == (may and path.startswith("count-sheet")), (person.full_name, path)


async def test_where_the_vote_is_open_names_stand_on_the_count_sheet():
    call = await a_call(rule_set=(await a_rule_set("open", secret_ballot=False)).id)
    officer, application = await a_person(Role.OFFICER), await a_proposal(Proposal.State.IN_REVIEW, call=call)
    panel = await a_panel(application, officer=officer)
    await given_by_all(panel, application, FINE)
    await all_present(panel, by=officer)
    await meetings.open_session(panel, by=officer)
    await the_board(panel, by=officer)
    await meetings.count(panel, by=officer)
    async with browsing() as browser:
        page = await (await browser().sign_in(officer)).open(f"/panels/{panel.id}/count-sheet")
        by_name = {row[-1]: row[7] for row in table(page, f"Phiếu của hồ sơ {application.reference}")}
    assert by_name == {judge.full_name: str(total) for judge, total in zip(await judges_of(panel), FINE, strict=True)}


async def test_before_the_count_nobody_sees_points_not_even_the_officer():
    officer = await a_person(Role.OFFICER)
    application = await a_proposal(Proposal.State.IN_REVIEW)
    panel = await a_panel(application, officer=officer)
    await given_by_all(panel, application, [97, 97, 97, 97, 97, 97, None])
    async with browsing() as browser:
        eva = await browser().sign_in(officer)
        page = await eva.open(f"/panels/{panel.id}/session")
        assert [row[3] for row in table(page, "Thành viên và phiếu")] == ["1/1"] * 6 + ["0/1"]
        assert not re.search(r"(?<![\w/:-])97(?![\w/:-])", page.words)
        assert "Hội đồng chưa kiểm phiếu" in (await eva.open(f"/proposals/{application.id}/review")).words


async def test_a_stranger_s_session_and_a_missing_one_answer_alike():
    panel = await a_panel()
    stranger, federation = await a_person(Role.EXPERT), await a_person(Role.ASSOCIATION)
    async with browsing() as browser:
        eve = await browser().sign_in(stranger)
        for path in ("session", "ranking", "count-sheet", "minutes"):
            theirs, missing = await eve.open(f"/panels/{panel.id}/{path}"), await eve.open(f"/panels/99999/{path}")
            assert (theirs.status, theirs.words) == (missing.status, missing.words) and theirs.status == 404
        for path in ("session", "attendance", "count", "minutes"):
            answer = await eve.client.post(f"/panels/{panel.id}/{path}", data={"_csrf_token": eve.client.cookies["csrftoken"]})
            assert answer.status_code == 404
        fed = await browser().sign_in(federation)
        assert (await fed.open(f"/panels/{panel.id}/session")).status == 404
        assert (await fed.open(f"/panels/{panel.id}/ranking")).status == 403


async def test_a_member_who_does_not_run_the_session_may_look_but_not_act():
    panel = await a_panel()
    judges = await judges_of(panel)
    async with browsing() as browser:
        eva = await browser().sign_in(judges[6])
        page = await eva.open(f"/panels/{panel.id}/session")
        assert page.status == 200 and not [f for f in page.all("form") if f.get("action").startswith("/panels/")]
        answer = await eva.client.post(f"/panels/{panel.id}/session", data={"_csrf_token": eva.client.cookies["csrftoken"]})
        assert answer.status_code == 409
        letter = {f"seat_{1}": "room", "letter_2": "\x00", "seat_2": "room", "_csrf_token": eva.client.cookies["csrftoken"]}
        assert (await eva.client.post(f"/panels/{panel.id}/attendance", data=letter)).status_code in (409, 422)


async def test_the_team_reads_its_own_result_only_after_the_decision_and_without_names():
    lead = await a_person(Role.RESEARCHER)
    officer, call = await a_person(Role.OFFICER), await a_call()
    application = await a_proposal(Proposal.State.IN_REVIEW, call=call, lead=lead)
    panel = await a_panel(application, officer=officer)
    await given_by_all(panel, application, FINE)
    await all_present(panel, by=officer)
    await meetings.open_session(panel, by=officer)
    await the_board(panel, by=officer)
    await meetings.count(panel, by=officer)
    async with browsing() as browser:
        ada, eva = await browser().sign_in(lead), await browser().sign_in(officer)
        page = await ada.open(f"/proposals/{application.id}/review")
        assert "Kết quả hiện ở đây khi quyết định được công bố." in page.words and "80,00" not in page.words
        assert "Được kiến nghị" not in page.words
        page = await eva.open(f"/proposals/{application.id}/review")
        assert "560 : 7 = 80,00" in page.words and "Phiếu 1:" in page.words
        await rows("UPDATE proposal SET state = 'declined'")
        page = await ada.open(f"/proposals/{application.id}/review")
        assert "560 : 7 = 80,00" in page.words and "Phiếu 1:" not in page.words and "Nên thực hiện." in page.words
        assert not any(judge.full_name in page.text for judge in await judges_of(panel))
        assert (await (await browser().sign_in(await a_person(Role.RESEARCHER))).open(f"/proposals/{application.id}/review")).status == 404


async def test_a_session_is_not_opened_before_its_day_and_is_opened_early_on_it():
    officer = await a_person(Role.OFFICER)
    meets = now() + timedelta(days=3)
    panel = await a_panel(officer=officer, meets_at=meets)
    await all_present(panel, by=officer)
    with pytest.raises(Refused, match="Chưa đến ngày họp"):
        await meetings.open_session(panel, by=officer)
    with at(meets.astimezone(VIETNAM).replace(hour=0, minute=1)):
        await meetings.open_session(panel, by=officer)
    assert (await fresh(panel)).state == S.IN_SESSION


async def test_the_session_names_whom_it_waits_for_and_each_member_finds_what_they_still_owe_on_its_page():
    application = await a_proposal(Proposal.State.IN_REVIEW)
    panel = await a_panel(application)
    judges, here = await judges_of(panel), f"/panels/{panel.id}/session"
    await given_by_all(panel, application, [80, 80, 80, None, None, 80, None])
    seats = await Seat.objects().where(Seat.panel == panel.id).order_by(Seat.id)
    async with browsing() as browser:
        lan, chair, late = [await browser().sign_in(one) for one in (judges[2], judges[0], judges[4])]
        await lan.open(here)
        await lan.submit(f"/panels/{panel.id}/attendance", everyone="on", **{f"seat_{seats[6].id}": "absent"})
        for _who in ("nobody marked yet", "a page that was open before somebody was marked absent"):
            assert [one.present for one in await Seat.objects().where(Seat.panel == panel.id).order_by(Seat.id)] == [True] * 6 + [False]
            await lan.submit(f"/panels/{panel.id}/attendance", everyone="on", **{f"seat_{seats[6].id}": ""})
        await lan.submit(here)
        with statements() as asked:
            await chair.open(here)
        waits = " ".join("".join(chair.page.all("div[@id='waiting']")[0].itertext()).split())
        assert f"Còn chờ: {titled(judges[3])}; {titled(judges[4])}." in waits and titled(judges[6]) not in waits  # absent: not waited for
        assert "Bạn còn" not in waits and len(asked) <= 12
        ballot = await ballot_of(judges[4], application)
        with statements() as asked:
            await late.open(here)
        assert "Bạn còn 1 phiếu chưa nộp" in late.page.words and f"/ballots/{ballot.id}" in late.page.links and len(asked) <= 12
        for judge in judges[3:5]:
            await give(await ballot_of(judge, application), 80, by=judge)
        (looking,) = chair.page.all("div[@id='waiting']")
        assert (looking.get("hx-select"), looking.get("hx-swap")) == ("#waiting", "outerHTML")  # so that it ends with the waiting
        await chair.open(here)
        assert "Còn chờ" not in chair.page.words and "Bầu ban kiểm phiếu" in chair.page.words
        assert chair.page.all("div[@id='waiting']")[0].get("hx-trigger") is None
