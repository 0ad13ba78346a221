"""Votes on topics and projects given before the session and given there are both kept; only the session's count."""

import pytest
from asyncpg import PostgresError

from grants.people.people import today
from grants.people.tables import Role
from grants.shell.changes import Refused, at, now
from review import matters, meetings, minutes, preliminary, resolutions, verdicts
from review.matter_tables import Matter
from review.preliminary_tables import PreliminaryVote
from review.tables import Panel
from tests.browsing import browsing
from tests.makers import a_person, the_rules
from tests.makers_votes import a_rule_set, all_present, fresh, the_board
from tests.review.test_councils import AGAINST, FAVOUR, a_finished_project, a_topic, closed, invited, sheet, vote_of, voted

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def in_session(*against: int, but: tuple[int, ...] = ()) -> tuple:
    """A topic council of seven whose members had all voted before it sits; and its matter, members, officer."""
    await the_rules()
    officer = await a_person(Role.OFFICER)
    panel = await matters.found_on_topics([await a_topic()], by=officer)
    members = await invited(panel, 7, officer)
    matter = await Matter.objects().first()
    for n, member in enumerate(members):
        await voted(member, matter, AGAINST if n in against else FAVOUR)
    await all_present(panel, by=officer, but=but)
    await Panel.update({Panel.meets_at: now()}).where(Panel.id == panel.id)
    await meetings.open_session(await fresh(panel), by=officer)
    return await fresh(panel), matter, members, officer


async def votes_anew(member, matter, content: dict) -> None:
    vote = await vote_of(member, matter)
    await preliminary.score_again(vote, by=member)
    await verdicts.save(vote, content, review="Đã rõ sau thảo luận.", by=member)
    await verdicts.give(await fresh(vote), by=member)


async def counted(panel, officer):
    await the_board(panel, by=officer)
    await meetings.count(await fresh(panel), by=officer)
    return await fresh(panel)


async def test_a_vote_taken_up_again_at_the_session_alone_counts_and_what_it_said_before_is_shown_beside_it():
    panel, matter, members, officer = await in_session(5, 6)
    assert not await preliminary.can_see(officer, panel)
    async with browsing() as browser:
        here = await browser().sign_in(members[6])
        vote = await vote_of(members[6], matter)
        await here.open(f"/votes/{vote.id}")
        await here.submit(f"/votes/{vote.id}/rescoring")
        assert "Phiếu sơ bộ của bạn trước phiên họp: Không thực hiện." in here.page.words
        await here.submit(f"/votes/{vote.id}/content", **FAVOUR, then="give")
        assert f"/votes/{vote.id}/rescoring" not in {form.get("action") for form in here.page.all("form")}
        panel = await counted(panel, officer)
        (line,) = await resolutions.lines(panel, by=officer)
        assert line["steps"] == ["6 trên 7 phiếu đề nghị thực hiện, quá 3/4."]  # 5 of 7 as it stood before the session
        _heads, found = resolutions.preliminary_table([line])
        assert sorted(row[2:] for row in found) == (
            [["Không thực hiện", "Không thực hiện"], ["Không thực hiện", "Thực hiện"]] + [["Thực hiện", "Thực hiện"]] * 5
        )
        drafted = await minutes.drafted(panel, by=officer)
        assert "7 phiếu được nộp trước phiên họp; 1 phiếu trong số đó được đánh giá lại" in drafted["preliminary"]
        for person, sees in ((officer, True), (members[0], True), (members[6], False)):
            reader = await browser().sign_in(person)
            await reader.open(f"/panels/{panel.id}/resolutions")
            assert ("Phiếu sơ bộ, trước phiên họp" in reader.page.words) is sees
            as_file = (await reader.client.get(f"/panels/{panel.id}/resolutions?format=csv&votes=preliminary")).text
            assert ("Phiếu sơ bộ" in as_file) is sees and members[6].full_name not in as_file


async def test_a_vote_is_taken_up_again_only_by_a_member_present_once_and_never_counted_half(owner):
    panel, matter, members, officer = await in_session(but=(6,))
    with pytest.raises(Refused, match="có mặt"):  # absent
        await preliminary.score_again(await vote_of(members[5], matter), by=members[5])
    with pytest.raises(Refused, match="có mặt"):  # somebody else's
        await preliminary.score_again(await vote_of(members[1], matter), by=members[2])
    other, once = await vote_of(members[2], matter), await vote_of(members[1], matter)
    await votes_anew(members[1], matter, AGAINST)
    with pytest.raises(Refused, match="một lần"):
        await preliminary.score_again(once, by=members[1])
    opened = "UPDATE vote SET state = 'accepted', verdict = '', reasons = '[]', given_at = NULL"
    for attack, said in (
        ("UPDATE preliminary_vote SET verdict = 'favour'", "cannot be changed"), ("DELETE FROM preliminary_vote", "cannot be changed"),
        (f"UPDATE vote SET verdict = 'against' WHERE id = {other.id}", "handed in"),
        (f"{opened}, review = 'x' WHERE id = {other.id}", "handed in"), (f"{opened} WHERE id = {once.id}", "handed in"),
    ):
        with pytest.raises(PostgresError, match=said):
            await owner.execute(attack)
    forged = PreliminaryVote(vote=other.id, content="{}", verdict="against", reasons="[]", review="", given_at=other.given_at)
    await owner.execute("SET session_replication_role = replica; DELETE FROM preliminary_vote; SET session_replication_role = origin")
    with pytest.raises(PostgresError, match="not handed in like this"):
        await forged.save()
    with pytest.raises(PostgresError, match="handed in"):  # without what is kept, nothing is taken up
        await owner.execute(f"{opened} WHERE id = {other.id}")


async def test_a_rule_set_may_let_votes_stay_and_the_count_waits_for_one_that_was_taken_up_again():
    panel, matter, members, officer = await in_session()
    await the_board(panel, by=officer)
    strict = await a_rule_set("strict", kind="topic", scores_again=False)
    await Panel.update({Panel.rule_set: strict.id}).where(Panel.id == panel.id)
    with pytest.raises(Refused, match="bộ quy tắc cho phép"):
        await preliminary.score_again(await vote_of(members[3], matter), by=members[3])
    await Panel.update({Panel.rule_set: panel.rule_set}).where(Panel.id == panel.id)
    await preliminary.score_again(await vote_of(members[3], matter), by=members[3])
    with pytest.raises(Refused, match="chưa nộp"):
        await meetings.count(panel, by=officer)
    await verdicts.give(await vote_of(members[3], matter), by=members[3])
    await meetings.count(panel, by=officer)
    with pytest.raises(Refused, match="trong phiên họp"):
        await preliminary.score_again(await vote_of(members[4], matter), by=members[4])


async def test_every_member_of_a_final_evaluation_council_writes_a_review_and_a_grade_given_anew_counts():
    officer = await a_person(Role.OFFICER)
    project, products = await a_finished_project()
    panel = await matters.found_on_project(project, filed_on=today(), by=officer)
    members = await invited(panel, 9, officer)
    matter = await Matter.objects().first()
    excellent, passing = sheet(products, "excellent", (11, 3)), sheet(products, "pass", (10, 2))
    plain = await vote_of(members[7], matter)
    await verdicts.save(plain, excellent, review="", by=members[7])
    assert not plain.assigned_reviewer
    with pytest.raises(Refused, match="Chưa viết nhận xét"):
        await verdicts.give(plain, by=members[7])
    for n, member in enumerate(members):
        await voted(member, matter, passing if n > 6 else excellent)
    with at((await fresh(panel)).meets_at):
        await all_present(panel, by=officer)
        await meetings.open_session(await fresh(panel), by=officer)
        await votes_anew(members[0], matter, passing)
        panel = await counted(panel, officer)
        assert (await resolutions.lines(panel, by=officer))[0]["verdict"][0] == "Đạt"  # seven excellent of nine before, six now
    await closed(panel, officer)
    assert "9 phiếu được nộp trước phiên họp; 1 phiếu" in (await minutes.of(panel))["preliminary"]
