"""A session from attendance to locked minutes: quorum in words, one count, numbers that agree everywhere, secrecy."""

import asyncio
from collections import Counter

import asyncpg
import pytest

from grants.calls.tables import Topic
from grants.people.tables import Organisation, Role, Succession
from grants.proposals.tables import Proposal, TeamMember
from grants.shell.changes import Refused, now
from grants.shell.database import DB, rows
from grants.shell.tables import Letter
from review import ballots, meetings, minutes, standings
from review.tables import Ballot, Minutes, Panel, Seat, Standing
from tests.browsing import browsing
from tests.counting import statements
from tests.makers import a_call, a_person, a_proposal, an_organisation
from tests.makers_votes import FINE, a_panel, a_session, all_present, ballot_of, fresh, given_by_all, judges_of, the_board

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
S = Panel.State


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
