"""Beside the ballots: who counts, what was voted on, who disagreed; kept as it was said."""

import asyncpg
import pytest

from grants.people.tables import Role
from grants.proposals.tables import Proposal
from grants.shell.changes import Refused
from review import deliberations, meetings, minutes
from review.tables import Dissent, Motion, Teller
from tests.makers import a_call, a_person, a_proposal
from tests.makers_votes import a_panel, a_rule_set, all_present, fresh, given_by_all, judges_of, the_board

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def an_open_session(but: tuple[int, ...] = (), **rules):
    """A session of seven that was opened, everyone's ballot handed in; the officer who runs it."""
    officer = await a_person(Role.OFFICER)
    call = await a_call(**({"rule_set": (await a_rule_set(**rules)).id} if rules else {}))
    application = await a_proposal(Proposal.State.IN_REVIEW, call=call)
    panel = await a_panel(application, officer=officer)
    await given_by_all(panel, application, [80] * 7)
    await all_present(panel, by=officer, but=but)
    await meetings.open_session(panel, by=officer)
    return panel, await judges_of(panel), officer


async def test_no_ballot_is_opened_before_the_session_has_elected_three_of_those_present_to_count():
    panel, judges, officer = await an_open_session(but=(7,))
    with pytest.raises(Refused, match="Chưa bầu ban kiểm phiếu 3 người"):
        await meetings.count(panel, by=officer)
    for board, why in (([0, 1], "có 3 người"), ([0, 1, 1], "có 3 người"), ([0, 1, 2, 3], "có 3 người"), ([0, 1, 6], "có mặt")):
        with pytest.raises(Refused, match=why):
            await deliberations.elect(panel, [judges[n].id for n in board], by=officer)
    with pytest.raises(Refused, match="Chỉ cán bộ phụ trách"):
        await deliberations.elect(panel, [one.id for one in judges[:3]], by=judges[0])
    await deliberations.elect(panel, [judges[n].id for n in (0, 1, 2)], by=officer)
    await deliberations.elect(panel, [judges[n].id for n in (5, 4, 3)], by=judges[2])
    assert [row["person"] for row in await deliberations.board(panel)] == [judges[n].id for n in (5, 4, 3)]
    await meetings.count(panel, by=officer)
    with pytest.raises(Refused, match="trước khi kiểm phiếu"):
        await deliberations.elect(panel, [judges[n].id for n in (0, 1, 2)], by=officer)
    assert await Teller.count() == 3


async def test_a_teller_who_leaves_the_session_is_replaced_before_the_count():
    panel, _judges, officer = await an_open_session()
    await the_board(panel, by=officer)
    await all_present(panel, by=officer, but=(2,))
    with pytest.raises(Refused, match="Chưa bầu ban kiểm phiếu"):
        await meetings.count(panel, by=officer)
    await the_board(panel, by=officer)
    await meetings.count(panel, by=officer)


async def test_where_the_rule_set_has_no_counting_board_none_is_needed():
    panel, judges, officer = await an_open_session(counting_board=0)
    with pytest.raises(Refused, match="không yêu cầu"):
        await deliberations.elect(panel, [one.id for one in judges[:3]], by=officer)
    await meetings.count(panel, by=officer)


@pytest.mark.parametrize(("rule", "yes", "carried"), [
    (None, 7, None), ({"share": "2/3", "base": "present", "strictly": False}, 5, True),
    ({"share": "2/3", "base": "present", "strictly": False}, 4, False), ({"share": "6/7", "base": "present", "strictly": True}, 6, False),
], ids=["no rule", "two thirds reached", "two thirds missed", "exactly the share is not more than it"])
async def test_a_conclusion_is_carried_as_the_rule_set_says(rule, yes, carried):
    panel, _judges, officer = await an_open_session(vote=rule)
    motion = await deliberations.put_to_vote(panel, "Rút gọn nội dung 3", yes=yes, no=7 - yes, abstained=0, by=officer)
    assert motion.carried is carried


async def test_who_disagrees_says_it_in_the_session_and_it_stays_in_the_minutes_word_for_word(owner):
    panel, judges, officer = await an_open_session(but=(7,))
    with pytest.raises(Refused, match="chính thành viên"):
        await deliberations.dissent(panel, judges[3].id, "Không đồng ý", by=judges[4])
    with pytest.raises(Refused, match="có mặt"):
        await deliberations.dissent(panel, judges[6].id, "Không đồng ý", by=judges[6])
    await deliberations.dissent(panel, judges[3].id, "Kinh phí thiết bị còn cao.", by=judges[3])
    await the_board(panel, by=officer)
    await meetings.count(panel, by=officer)
    await deliberations.put_to_vote(panel, "Khoán từng phần", yes=6, no=0, abstained=0, by=officer)
    kept = await minutes.lock(await fresh(panel), remarks="", by=officer)
    assert '"Kinh phí thiết bị còn cao."' in kept.content and "Khoán từng phần" in kept.content
    with pytest.raises(Refused, match="trước khi khoá biên bản"):
        await deliberations.dissent(panel, judges[4].id, "Tôi cũng vậy", by=judges[4])
    for table in (Motion, Dissent):
        name = table._meta.tablename
        for statement in (f"UPDATE {name} SET words = 'khác'", f"DELETE FROM {name}"):
            with pytest.raises(asyncpg.PostgresError):
                await owner.execute(statement)
