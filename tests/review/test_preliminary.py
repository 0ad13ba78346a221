"""Points given before the session and points given there are both kept; only the session's count."""

import asyncio
import io

import openpyxl
import pytest
from asyncpg import PostgresError

from grants.people.tables import Role
from grants.proposals.tables import Proposal
from grants.shell.changes import Refused
from grants.shell.database import rows
from review import ballots, meetings, minutes, preliminary, standings
from review.preliminary_tables import Preliminary
from tests.browsing import browsing
from tests.makers import a_call, a_person, a_proposal
from tests.makers_votes import a_panel, a_rule_set, all_present, ballot_of, fresh, give, given_by_all, judges_of, points, the_board

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def in_session(*totals: int, but: tuple[int, ...] = (), call=None) -> tuple:
    """A session in which everyone had handed in before: panel, application, judges, officer."""
    application = await a_proposal(Proposal.State.IN_REVIEW, **{"call": call} if call else {})
    panel, officer = await a_panel(application), await a_person(Role.OFFICER)
    await given_by_all(panel, application, list(totals or [70] * 7))
    await all_present(panel, by=officer, but=but)
    await meetings.open_session(panel, by=officer)
    return await fresh(panel), application, await judges_of(panel), officer


async def scores_anew(judge, application, total: int) -> None:
    ballot = await ballot_of(judge, application)
    await preliminary.score_again(ballot, by=judge)
    sheet = points(total)
    await ballots.save(ballot, points=sheet, comments=dict.fromkeys(sheet, "Sau thảo luận."), review="Đã rõ hơn.", by=judge)
    await ballots.give(await fresh(ballot), by=judge)


async def test_the_count_takes_the_session_s_points_and_the_preliminary_ones_stand_beside_them():
    panel, application, judges, officer = await in_session()
    await scores_anew(judges[3], application, 84)
    await the_board(panel, by=officer)
    await meetings.count(panel, by=officer)
    panel, ballot = await fresh(panel), await ballot_of(judges[3], application)
    kept = await preliminary.of(ballot)
    assert (kept.total, kept.review, ballot.total, ballot.review) == (70, "Nên thực hiện.", 84, "Đã rõ hơn.")
    (line,), _scheme = await standings.lines(panel, by=officer)
    assert (line.mean, sorted((one.total, one.preliminary) for one in line.sheets)) == ("72,00", [(70, 70)] * 6 + [(84, 70)])
    _heads, found = standings.preliminary_table([line])
    assert sorted(row[2:] for row in found) == [[70, 70]] * 6 + [[70, 84]]
    drafted = await minutes.drafted(panel, by=officer)
    assert drafted["preliminary"].startswith(
        "Điểm được tính là điểm tại phiên họp. 7 phiếu được nộp trước phiên họp; 1 phiếu trong số đó được chấm lại"
    )


async def test_preliminary_points_are_shown_after_the_count_to_the_offices_and_the_chair_to_no_other_member():
    panel, application, judges, officer = await in_session()
    assert not await preliminary.can_see(officer, panel)
    await scores_anew(judges[3], application, 84)
    await the_board(panel, by=officer)
    await meetings.count(panel, by=officer)
    async with browsing() as browser:
        for person, sees in ((officer, True), (judges[0], True), (judges[3], False), (judges[5], False)):
            here = await browser().sign_in(person)
            await here.open(f"/panels/{panel.id}/count-sheet")
            assert ("Điểm sơ bộ, trước phiên họp" in here.page.words) is sees
            as_file = (await here.client.get(f"/panels/{panel.id}/count-sheet?format=csv&points=preliminary")).text
            assert ("Điểm sơ bộ" in as_file) is sees and judges[3].full_name not in as_file


async def test_one_scores_again_only_at_the_session_present_once_and_where_the_rule_set_lets_one():
    panel, application, judges, officer = await in_session(but=(7,))
    with pytest.raises(Refused, match="có mặt"):  # absent
        await preliminary.score_again(await ballot_of(judges[6], application), by=judges[6])
    with pytest.raises(Refused, match="có mặt"):  # somebody else's
        await preliminary.score_again(await ballot_of(judges[1], application), by=judges[2])
    await scores_anew(judges[1], application, 75)
    with pytest.raises(Refused, match="một lần"):
        await preliminary.score_again(await ballot_of(judges[1], application), by=judges[1])
    await the_board(panel, by=officer)
    await meetings.count(panel, by=officer)
    with pytest.raises(Refused, match="trong phiên họp"):
        await preliminary.score_again(await ballot_of(judges[2], application), by=judges[2])
    strict = await a_call(rule_set=(await a_rule_set("strict", scores_again=False)).id)
    panel, application, judges, officer = await in_session(call=strict)
    with pytest.raises(Refused, match="bộ quy tắc cho phép"):
        await preliminary.score_again(await ballot_of(judges[2], application), by=judges[2])


async def test_before_the_session_a_ballot_stays_handed_in():
    application = await a_proposal(Proposal.State.IN_REVIEW)
    judge = (await judges_of(await a_panel(application)))[2]
    await give(await ballot_of(judge, application), 70, by=judge)
    with pytest.raises(Refused, match="trong phiên họp"):
        await preliminary.score_again(await ballot_of(judge, application), by=judge)


async def test_the_count_waits_for_a_ballot_that_was_taken_up_again_and_never_takes_half_of_one():
    panel, application, judges, officer = await in_session()
    await the_board(panel, by=officer)
    await preliminary.score_again(await ballot_of(judges[1], application), by=judges[1])
    with pytest.raises(Refused, match="chưa nộp"):
        await meetings.count(panel, by=officer)
    await ballots.give(await ballot_of(judges[1], application), by=judges[1])
    again = preliminary.score_again(await ballot_of(judges[2], application), by=judges[2])
    answers = await asyncio.gather(meetings.count(panel, by=officer), again, return_exceptions=True)
    assert sorted(type(one).__name__ for one in answers) == ["NoneType", "Refused"]
    assert await rows("SELECT id FROM ballot WHERE number IS NOT NULL AND state <> 'given'") == []


async def test_the_database_keeps_both_apart_whoever_asks(owner):
    panel, application, judges, officer = await in_session()
    one, other = await ballot_of(judges[1], application), await ballot_of(judges[2], application)
    await scores_anew(judges[1], application, 84)
    for attack, said in (
        ("UPDATE preliminary_score SET total = 84", "cannot be changed"), ("DELETE FROM preliminary_score", "cannot be changed"),
        (f"UPDATE ballot SET total = 99 WHERE id = {other.id}", "handed in"),
        (f"UPDATE ballot SET state = 'accepted', total = NULL, given_at = NULL, review = 'x' WHERE id = {other.id}", "handed in"),
        (f"UPDATE ballot SET state = 'accepted', total = NULL, given_at = NULL WHERE id = {one.id}", "handed in"),  # a second time
        (f"UPDATE score SET points = 0 WHERE ballot = {other.id}", "points of a ballot"),
    ):
        with pytest.raises(PostgresError, match=said):
            await owner.execute(attack)
    await owner.execute("SET session_replication_role = replica; DELETE FROM preliminary_score; SET session_replication_role = origin")
    with pytest.raises(PostgresError, match="handed in"):  # without what is kept, nothing is taken up
        await owner.execute(f"UPDATE ballot SET state = 'accepted', total = NULL, given_at = NULL WHERE id = {other.id}")
    forged = Preliminary(ballot=other.id, total=12, points='{"1": 12}', comments="{}", review="x", given_at=other.given_at)
    with pytest.raises(PostgresError, match="not handed in like this"):
        await forged.save()


async def test_a_member_scores_again_on_the_page_and_a_spreadsheet_says_which_points_it_holds():
    panel, application, judges, _officer = await in_session()
    ballot = await ballot_of(judges[3], application)
    async with browsing() as browser:
        here = await browser().sign_in(judges[3])
        await here.open(f"/ballots/{ballot.id}")
        await here.submit(f"/ballots/{ballot.id}/rescoring")
        assert "Điểm sơ bộ của bạn trước phiên họp: 70." in here.page.words
        sheet = await here.client.get(f"/ballots/{ballot.id}/spreadsheet")
        book = openpyxl.load_workbook(io.BytesIO(sheet.content))
        assert (book.worksheets[0]["B1"].value, book.worksheets[0]["C4"].value) == ("Phiếu chấm tại phiên họp", "tai-hop")
        book.worksheets[0]["C4"] = "truoc-hop"
        old = io.BytesIO()
        book.save(old)
        await here.open(f"/ballots/{ballot.id}")
        await here.submit(f"/ballots/{ballot.id}/spreadsheet", files={"spreadsheet": ("phieu.xlsx", old.getvalue(), KIND)})
        assert here.page.status == 422 and "trước phiên họp" in here.page.errors()["spreadsheet"]
        await here.open(f"/ballots/{ballot.id}/check")
        await here.submit(f"/ballots/{ballot.id}/submission")
        assert f"/ballots/{ballot.id}/rescoring" not in {form.get("action") for form in here.page.all("form")}
