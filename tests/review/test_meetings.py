"""A session from attendance to locked minutes: quorum in words, one count, numbers that agree everywhere, secrecy."""

import asyncio
import csv
import io
import random
import re
from collections import Counter
from datetime import timedelta

import asyncpg
import openpyxl
import pytest

from grants.calls.tables import Topic
from grants.people.people import titled
from grants.people.tables import Organisation, Role, Succession
from grants.proposals.tables import Proposal, TeamMember
from grants.shell.changes import Refused, at, now
from grants.shell.database import DB, rows
from grants.shell.dates import VIETNAM
from grants.shell.tables import Letter
from review import ballots, meetings, minutes, standings
from review.tables import Ballot, Minutes, Panel, Seat, Standing
from tests.browsing import XHTML, browsing
from tests.counting import statements
from tests.makers import a_call, a_person, a_proposal, an_organisation
from tests.makers_votes import MOST, a_panel, a_rule_set, all_present, ballot_of, fresh, given_by_all, judges_of, the_board

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
S = Panel.State
FINE = [80, 82, 78, 84, 76, 80, 80]


async def a_session(*totals: list, places: int | None = None, amounts: tuple = (), **more) -> tuple[Panel, list[Proposal], object]:
    """A panel in session on one application for each list of totals, all seven present, ballots given; and its officer."""
    officer = await a_person(Role.OFFICER)
    call = await a_call(places=places, **more)
    applications = [
        await a_proposal(Proposal.State.IN_REVIEW, call=call, amount=amounts[n] if amounts else 900_000_000)
        for n in range(len(totals))
    ]
    panel = await a_panel(*applications, officer=officer)
    for application, given in zip(applications, totals, strict=True):
        await given_by_all(panel, application, given)
    await all_present(panel, by=officer)
    await meetings.open_session(panel, by=officer)
    await the_board(panel, by=officer)
    return panel, applications, officer


# --- who must be there ---

@pytest.mark.parametrize(("absent", "missing"), [
    ((), []),
    ((6, 7), []),
    ((2, 6, 7), ["Có mặt 4 trên 7 thành viên, cần ít nhất 5."]),
    ((1,), ["Chủ tịch vắng mặt, phó chủ tịch có mặt nhưng chưa có giấy uỷ quyền."]),
    ((1, 2), ["Chủ tịch vắng mặt và không có phó chủ tịch được uỷ quyền."]),
    ((4,), ["Thiếu ủy viên phản biện: có mặt 1, cần 2."]),
    ((3,), ["Thiếu ủy viên thư ký khoa học: có mặt 0, cần 1."]),
])
async def test_the_session_opens_only_with_quorum_and_says_what_is_missing(absent, missing):
    officer = await a_person(Role.OFFICER)
    panel = await a_panel(officer=officer)
    await all_present(panel, by=officer, but=absent)
    assert list((await meetings.attendance(panel)).missing) == missing
    if missing:
        with pytest.raises(Refused, match=missing[0][:20]):
            await meetings.open_session(panel, by=officer)
    else:
        await meetings.open_session(panel, by=officer)
    assert (await fresh(panel)).state == (S.INVITED if missing else S.IN_SESSION)


async def test_a_vice_chair_with_a_letter_stands_in_and_being_remote_counts():
    officer = await a_person(Role.OFFICER)
    panel = await a_panel(officer=officer)
    seats = await Seat.objects().where(Seat.panel == panel.id).order_by(Seat.id)
    marks = {seat.id: meetings.Mark("remote") for seat in seats} | {
        seats[0].id: meetings.Mark("absent"), seats[1].id: meetings.Mark("room", "07/GUQ"), seats[6].id: meetings.Mark("room", "08/GUQ"),
    }
    await meetings.attend(panel, marks, by=officer)
    assert (await meetings.attendance(panel)).met
    assert [seat.delegation for seat in await Seat.objects().order_by(Seat.id)] == ["", "07/GUQ", "", "", "", "", ""]


async def test_only_the_officer_and_the_secretary_run_a_session():
    panel = await a_panel()
    judges = await judges_of(panel)
    await all_present(panel, by=judges[2])
    with pytest.raises(Refused, match="thư ký khoa học"):
        await meetings.open_session(panel, by=judges[0])
    await meetings.open_session(panel, by=judges[2])
    await the_board(panel, by=judges[2])
    with pytest.raises(Refused, match="thư ký khoa học"):
        await meetings.count(panel, by=judges[0])


async def an_insider(role: Role, application: Proposal):
    """An official who is in the team of an application."""
    person = await a_person(role)
    await TeamMember(proposal=application.id, person=person.id, email=person.email, full_name=person.full_name, joined_at=now()).save()
    return person


async def test_an_official_with_a_part_in_an_application_neither_sees_its_panel_s_votes_nor_runs_it_before_the_award():
    panel, (mine, rival), officer = await a_session(FINE, [60] * 7)
    insider, leader = [await an_insider(role, mine) for role in (Role.OFFICER, Role.LEADER)]
    for step in (meetings.attend(panel, {}, by=insider), meetings.count(panel, by=insider)):
        with pytest.raises(Refused, match="Chỉ cán bộ phụ trách"):
            await step
    await meetings.count(panel, by=officer)
    async with browsing() as browser:
        eve, lea, eva = [await browser().sign_in(one) for one in (insider, leader, officer)]
        for who in (eve, lea):
            for path in ("session", "ranking", "count-sheet", "minutes", "applications"):
                page = await who.open(f"/panels/{panel.id}/{path}")
                assert page.status == 409 and "Bạn có tên trong một hồ sơ trước hội đồng này" in page.words
            assert "Phiếu 1:" not in (await who.open(f"/proposals/{rival.id}/review")).words
        assert (await lea.open(f"/panels/{panel.id}/what-if")).status == 409
        assert (await eve.open(f"/panels/{panel.id}/calibration")).status == 409
        theirs, others = (await eve.open("/desk")).words, (await eva.open("/desk")).words
        for words in ("Khoá biên bản", "1 hồ sơ được kiến nghị"):
            assert words in others and words not in theirs
        assert (await eva.open(f"/panels/{panel.id}/ranking")).status == 200
        await rows("UPDATE proposal SET state = 'declined'")
        assert (await eve.open(f"/panels/{panel.id}/ranking")).status == 200


# --- the count ---

async def test_the_count_ranks_recommends_and_tells_no_applicant():
    panel, applications, officer = await a_session([85, 84, 86, 83, 85, 87, 50], FINE, [69, 70, 70, 70, 70, 70, 70])
    before = await Letter.count()
    await meetings.count(panel, by=officer)
    found = {s.proposal: (s.rank, s.shown, s.mean, s.recommended) for s in await Standing.objects()}
    first, second, third = (a.id for a in applications)
    assert found == {
        first: (1, "85,00", "85/1", True), second: (2, "80,00", "80/1", True), third: (3, "69,86", "489/7", False),
    }
    states = {p.id: p.state for p in await Proposal.objects()}
    assert states == {first: "recommended", second: "recommended", third: "not_recommended"}
    assert await Letter.count() == before
    assert (await fresh(panel)).state == S.COUNTED


async def test_with_one_place_the_better_is_chosen_and_the_other_is_told_why():
    panel, applications, officer = await a_session([85] * 7, FINE, places=1)
    await meetings.count(panel, by=officer)
    found, _scheme = await standings.lines(panel, by=officer)
    assert [(line.recommended, line.reasons) for line in found] == [
        (True, ["Điểm trung bình 85,00, đạt mức 70 trở lên."]),
        (False, ["Điểm trung bình 80,00, đạt mức 70 trở lên.", "Đạt yêu cầu, nhưng chỉ chọn 1 hồ sơ xếp cao nhất."]),
    ]


async def test_equal_scores_are_told_apart_by_the_money_asked_of_the_state():
    panel, applications, officer = await a_session(FINE, FINE, amounts=(900_000_000, 700_000_000), places=1)
    await meetings.count(panel, by=officer)
    found, _scheme = await standings.lines(panel, by=officer)
    assert [line.proposal for line in found] == [applications[1].id, applications[0].id]
    assert "Cùng 80,00 điểm; xếp trên vì đề nghị ngân sách ít hơn: 700.000.000 ₫ so với 900.000.000 ₫." in found[0].steps


async def test_the_bonus_goes_to_the_proposer_of_the_topic_even_under_its_new_name():
    old = await an_organisation("Trung tâm cũ")
    lead = await a_person(Role.RESEARCHER)
    new = await Organisation.objects().where(Organisation.id == lead.posts[0].organisation).first()
    await Succession(predecessor=old.id, successor=new.id, on=now().date()).save()
    topic = Topic(title="Giống cà phê", proposer=old.id)
    await topic.save()
    call = await a_call(topic=topic.id)
    officer, application = await a_person(Role.OFFICER), await a_proposal(Proposal.State.IN_REVIEW, call=call, lead=lead)
    panel = await a_panel(application, officer=officer)
    await given_by_all(panel, application, FINE)
    await all_present(panel, by=officer)
    await meetings.open_session(panel, by=officer)
    await the_board(panel, by=officer)
    await meetings.count(panel, by=officer)
    standing = await Standing.objects().first()
    assert (standing.mean, standing.score, standing.shown) == ("80/1", "88/1", "88,00")


async def test_counting_asks_the_same_of_the_database_for_one_application_and_for_three():
    found = []
    for many in (1, 1, 3):  # at first the connection learns the types
        panel, _applications, _officer = await a_session(*[FINE] * many)
        with statements() as asked:
            await meetings.ranking_of(panel)
        found.append(len(asked))
    assert found[1] == found[2] <= 8


async def test_absent_members_and_those_who_declined_do_not_count():
    officer = await a_person(Role.OFFICER)
    application = await a_proposal(Proposal.State.IN_REVIEW)
    panel = await a_panel(application, officer=officer)
    judges = await judges_of(panel)
    await given_by_all(panel, application, [80, 82, 84, 80, 80, 79, None])
    await ballots.decline(await ballot_of(judges[6], application), reason="Bận", by=judges[6])
    await all_present(panel, by=officer, but=(6,))
    await meetings.open_session(panel, by=officer)
    await the_board(panel, by=officer)
    await meetings.count(panel, by=officer)
    found, _scheme = await standings.lines(panel, by=officer)
    assert (found[0].mean, len(found[0].sheets)) == ("81,20", 5)
    assert (await ballot_of(judges[5], application)).number is None


async def test_a_ballot_of_a_present_member_that_is_still_open_holds_the_count():
    officer = await a_person(Role.OFFICER)
    application = await a_proposal(Proposal.State.IN_REVIEW)
    panel = await a_panel(application, officer=officer)
    await given_by_all(panel, application, [80, 82, 84, 80, 80, None, None])
    await all_present(panel, by=officer, but=(7,))
    await meetings.open_session(panel, by=officer)
    await the_board(panel, by=officer)
    with pytest.raises(Refused, match="Còn 1 phiếu"):
        await meetings.count(panel, by=officer)
    await all_present(panel, by=officer, but=(6, 7))
    await meetings.count(panel, by=officer)
    assert await Standing.count() == 1


async def test_who_leaves_takes_the_quorum_along():
    panel, _applications, officer = await a_session(FINE)
    await all_present(panel, by=officer, but=(4,))
    with pytest.raises(Refused, match="phản biện"):
        await meetings.count(panel, by=officer)
    assert await Standing.count() == 0 and (await Ballot.select(Ballot.number).where(Ballot.number.is_not_null())) == []


async def test_counting_twice_at_once_counts_once_and_without_the_lock_it_would_count_twice():
    panel, _applications, officer = await a_session(FINE)
    found = await asyncio.gather(*(meetings.count(panel, by=officer) for _n in range(6)), return_exceptions=True)
    assert Counter(type(one).__name__ for one in found) == {"NoneType": 1, "Refused": 5}
    assert await Standing.count() == 1
    assert len(await rows("SELECT 1 FROM event WHERE thing = 'panel' AND did = 'counted'")) == 1

    await rows("UPDATE panel SET state = 'in_session'")
    gate = asyncio.Barrier(6)

    async def careless() -> bool:
        """The same check without the lock that `changing` takes: whether it believed itself the first."""
        async with DB.transaction():
            first = (await rows("SELECT state FROM panel WHERE id = $1", panel.id))[0]["state"] == S.IN_SESSION
            await gate.wait()
            await rows("UPDATE panel SET state = 'counted' WHERE id = $1", panel.id)
            return first

    assert await asyncio.gather(*(careless() for _n in range(6))) == [True] * 6


async def test_numbers_are_drawn_by_lot_and_say_nothing_of_the_seat():
    panel, applications, officer = await a_session(*[FINE] * 6)
    await meetings.count(panel, by=officer)
    drawn = []
    for application in applications:
        found = await Ballot.select(Ballot.number).where(Ballot.proposal == application.id).order_by(Ballot.judge)
        drawn.append(tuple(row["number"] for row in found))
        assert sorted(drawn[-1]) == [1, 2, 3, 4, 5, 6, 7]
    assert len(set(drawn)) > 1  # six equal draws out of 5040 each: never in practice


async def test_standings_and_minutes_cannot_be_altered_by_hand(owner):
    panel, _applications, officer = await a_session(FINE)
    await meetings.count(panel, by=officer)
    await minutes.lock(panel, remarks="", by=officer)
    for statement in ("UPDATE standing SET recommended = false", "DELETE FROM standing", "UPDATE minutes SET content = '{}'",
                      "UPDATE ballot SET number = number + 10"):
        with pytest.raises(asyncpg.PostgresError):
            await owner.execute(statement)
    with pytest.raises(Refused, match="chỉ một lần"):
        await minutes.lock(panel, remarks="Khác", by=officer)
    assert await Minutes.count() == 1


# --- in the browser ---

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
            assert (await lan.open(f"{here}/{path}")).status == 404
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
        assert (await fed.open(f"/panels/{panel.id}/session")).status == 403


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
