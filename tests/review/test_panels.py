"""Panels: who may sit, who reviews what, and what the invitation asks for."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from asyncpg import UniqueViolationError

from grants.people import people
from grants.people.tables import Person, Role, Tie
from grants.proposals.tables import Proposal, TeamMember
from grants.shell.changes import Refused, at, now
from grants.shell.tables import Letter
from review import conflicts, interests, invitations, panels, reviewers, seats
from review.roster_tables import Expert
from review.tables import AssignedReviewer, Ballot, Panel, Seat, Waiver
from tests.makers import a_call, a_person, a_proposal, an_organisation
from tests.makers_review import a_panel, an_expert, an_invited_panel, named_for

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
Part, State = Seat.Part, Panel.State


async def again(panel: Panel) -> Panel:
    return await Panel.objects().where(Panel.id == panel.id).first()


async def the_officer(panel: Panel) -> Person:
    return await people.person(panel.officer)


async def test_an_invitation_offers_every_member_every_application_and_names_two_reviewers_each():
    panel = await an_invited_panel(applications=3)
    assert panel.state == State.INVITED
    assert await Ballot.count() == 7 * 3
    assert {p["state"] for p in await Proposal.select(Proposal.state)} == {"in_review"}
    in_depth = await Ballot.objects().where(Ballot.assigned_reviewer.eq(True))
    assert sorted(b.proposal for b in in_depth) == sorted(2 * [p["id"] for p in await Proposal.select(Proposal.id)])
    plain = await Seat.select(Seat.person).where((Seat.panel == panel.id) & (Seat.part == Part.MEMBER.value))
    assert {b.judge for b in in_depth} <= {one["person"] for one in plain}
    assert await Letter.count().where(Letter.link == "/ballots") == 7


async def test_six_members_are_too_few_and_the_refusal_names_all_that_is_missing():
    panel = await a_panel(members=6)
    officer = await the_officer(panel)
    with pytest.raises(Refused, match="6 thành viên, cần ít nhất 7"):
        await invitations.invite(panel, by=officer)
    assert (await again(panel)).state == State.FORMING and await Ballot.count() == 0
    await seats.take(panel, await named_for(panel, await an_expert()), Part.MEMBER, by=officer)
    assert await invitations.faults(await again(panel)) == []


async def test_the_chair_sits_once_and_ten_do_not_fit():
    panel = await a_panel()
    officer = await the_officer(panel)
    with pytest.raises(Refused, match="Đã có chủ tịch"):
        await seats.take(panel, await named_for(panel, await an_expert()), Part.CHAIR, by=officer)
    for _n in range(2):
        await seats.take(panel, await named_for(panel, await an_expert()), Part.MEMBER, by=officer)
    with pytest.raises(Refused, match="nhiều nhất 9"):
        await seats.take(panel, await named_for(panel, await an_expert()), Part.MEMBER, by=officer)


async def test_a_conflict_with_any_application_of_the_call_blocks_the_seat_and_says_both_facts():
    panel = await a_panel(members=6)
    university = await an_organisation("Trường Đại học Tây Nguyên")
    call = await panels.call_of(panel)
    proposal = await a_proposal("eligible", call=call, lead=await a_person(Role.RESEARCHER, of=university))
    colleague = await named_for(panel, await an_expert("Hồ Thị Lan", of=university))
    with pytest.raises(Refused) as refused:
        await seats.take(panel, colleague, Part.MEMBER, by=await the_officer(panel))
    assert str(refused.value) == (
        "Không thể mời vào hội đồng vì xung đột lợi ích: Hồ Thị Lan công tác tại Trường Đại học Tây Nguyên; "
        f"hồ sơ {proposal.reference} do Trường Đại học Tây Nguyên chủ trì."
    )
    assert await Seat.count().where(Seat.person == colleague.id) == 0


async def test_a_conflict_that_arises_after_the_seat_was_taken_stops_the_invitation():
    panel = await a_panel()
    officer = await the_officer(panel)
    proposal = await Proposal.objects().first()
    chair = await Seat.objects().where(Seat.part == Part.CHAIR.value).first()
    who = await people.person(chair.person)
    await TeamMember(proposal=proposal.id, person=who.id, email=who.email, full_name=who.full_name, joined_at=now()).save()
    with pytest.raises(Refused, match="đăng ký tham gia với vai trò thành viên"):
        await invitations.invite(panel, by=officer)
    await seats.vacate(chair, by=officer)
    await seats.take(panel, await named_for(panel, await an_expert()), Part.CHAIR, by=officer)
    await invitations.invite(panel, by=officer)
    assert await Ballot.count() == 14


async def test_the_officer_overrules_only_what_the_rule_set_lets_them_and_with_a_reason():
    panel = await a_panel(members=6)
    officer = await the_officer(panel)
    proposal = await Proposal.objects().first()
    friend, brother = [await named_for(panel, await an_expert()) for _n in range(2)]
    await Tie(person=friend.id, other=proposal.lead, kind=Tie.Kind.OTHER).save()
    await Tie(person=brother.id, other=proposal.lead, kind=Tie.Kind.KINSHIP).save()
    hit, = await conflicts.blocking(panel, {friend.id: "member"})
    kin, = await conflicts.blocking(panel, {brother.id: "member"})
    with pytest.raises(Refused, match="Quy tắc không cho phép ngoại lệ"):
        await conflicts.waive(panel, kin, reason="Không có ai khác", by=officer)
    with pytest.raises(Refused, match="lý do"):
        await conflicts.waive(panel, hit, reason=" ", by=officer)
    await conflicts.waive(panel, hit, reason="Chỉ quen biết qua hội thảo", by=officer)
    await seats.take(panel, friend, Part.MEMBER, by=officer)
    assert [row["reason"] for row in await Waiver.select()] == ["Chỉ quen biết qua hội thảo"]
    with pytest.raises(Refused, match="quan hệ gia đình"):
        await seats.take(panel, brother, Part.MEMBER, by=officer)


async def test_who_did_not_agree_to_the_use_of_their_details_or_left_the_roster_does_not_sit():
    panel = await a_panel(members=6)
    officer = await the_officer(panel)
    with pytest.raises(Refused, match="chưa đồng ý"):
        await seats.take(panel, await an_expert(consented=False), Part.MEMBER, by=officer)
    gone = await an_expert()
    await Expert.update({Expert.retired_on: people.today()}).where(Expert.person == gone.id)
    for person in (gone, await a_person(Role.RESEARCHER)):
        with pytest.raises(Refused, match="không có trong danh sách"):
            await seats.take(panel, person, Part.MEMBER, by=officer)


async def test_the_officer_seats_only_whom_the_federation_named_for_this_call():
    panel, other = await a_panel(members=6), await a_panel()
    officer, stranger = await the_officer(panel), await an_expert("Y Wang Mlô")
    await named_for(other, stranger)
    with pytest.raises(Refused, match="Y Wang Mlô chưa được liên hiệp hội đề cử cho thông báo này"):
        await seats.take(panel, stranger, Part.MEMBER, by=officer)
    await named_for(panel, stranger)
    await seats.take(panel, stranger, Part.MEMBER, by=officer)


async def test_papers_must_reach_the_members_seven_working_days_before_the_session():
    panel = await a_panel()
    officer = await the_officer(panel)
    earliest = await panels.earliest_meeting(await panels.rule_of(panel))
    await panels.describe(
        panel, by=officer, name=panel.name, decision_number="1/QĐ", decided_on=people.today(), place="Sở KH&CN",
        meets_at=now() + (earliest - people.today() - timedelta(days=1)),
    )
    with pytest.raises(Refused, match=f"sớm nhất ngày {earliest:%d/%m/%Y}"):
        await invitations.invite(panel, by=officer)


async def test_a_panel_is_founded_by_a_decision_that_exists_and_meets_on_a_day_that_comes():
    panel = await a_panel()
    told = {"by": await the_officer(panel), "name": panel.name, "decision_number": "1/QĐ", "place": "Sở KH&CN"}
    with pytest.raises(Refused, match="không được sau hôm nay"):
        await panels.describe(panel, **told, decided_on=people.today() + timedelta(days=1), meets_at=now() + timedelta(days=30))
    with pytest.raises(Refused, match="Thời gian họp đã qua"):
        await panels.describe(panel, **told, decided_on=people.today(), meets_at=now() - timedelta(minutes=1))
    meets_at = now() + timedelta(days=1)
    await panels.describe(panel, **told, decided_on=people.today(), meets_at=meets_at)
    with at(meets_at + timedelta(days=1)):  # the day has gone by: the name may still be put right
        await panels.describe(panel, **told | {"name": "Hội đồng"}, decided_on=people.today(), meets_at=meets_at)


async def test_an_application_not_yet_opened_stops_the_invitation():
    panel = await a_panel()
    await a_proposal("submitted", call=await panels.call_of(panel))
    found = await invitations.faults(panel)
    assert [sentence for sentence in found if "chưa kết luận" in sentence] == ["Còn 1 hồ sơ chưa kết luận hợp lệ hay không."]


async def test_reviewers_come_from_the_plain_members_and_carry_no_more_than_their_load():
    panel = await a_panel()
    officer = await the_officer(panel)
    proposal = await Proposal.objects().first()
    chair = await Seat.objects().where(Seat.part == Part.CHAIR.value).first()
    with pytest.raises(Refused, match="chọn trong các ủy viên"):
        await reviewers.assign(panel, proposal.id, [chair.person], by=officer)
    busy = (await reviewers.of_panel(panel))[proposal.id][0]
    taken = (await reviewers.of_panel(panel))[proposal.id]
    free = (await Seat.select(Seat.person).where((Seat.part == Part.MEMBER.value) & Seat.person.not_in(taken)).first())["person"]
    await Expert.update({Expert.load: 0}).where(Expert.person == free)
    with pytest.raises(Refused, match="nhiều nhất 0"):
        await reviewers.assign(panel, proposal.id, [busy, free], by=officer)
    assert len((await reviewers.of_panel(panel))[proposal.id]) == 2


async def test_sharing_out_loads_the_members_evenly():
    panel = await a_panel(applications=6)
    held = await AssignedReviewer.select(AssignedReviewer.person).output(as_list=True)
    assert sorted(held.count(person) for person in set(held)) == [3, 3, 3, 3]
    assert await invitations.faults(panel) == []


async def test_a_member_who_declares_a_conflict_keeps_the_seat_and_loses_that_application():
    panel = await an_invited_panel()
    proposal = await Proposal.objects().first()
    seat = await Seat.objects().where(Seat.part == Part.MEMBER.value).first()
    member = await people.person(seat.person)
    await interests.declare(proposal.id, conflict=True, fact="là đồng tác giả một bài báo", by=member)
    assert await conflicts.blocking(panel) == []
    hit, = await conflicts.conflicts([member.id], [proposal.id])
    assert (hit.kind.value, hit.excludes, hit.declared) == ("declared_other", True, True)
    with pytest.raises(Refused, match="đồng tác giả"):
        await reviewers.require_fit_to_review(panel, proposal.id, member.id)
    officer = await the_officer(panel)
    assert await Letter.count().where((Letter.person == officer.id) & (Letter.link == f"/panels/{panel.id}/conflicts")) == 1
    with pytest.raises(Refused, match="đã khai"):
        await interests.declare(proposal.id, conflict=False, by=member)


async def test_a_member_replaced_after_the_invitation_leaves_no_open_ballot_and_the_new_one_gets_all():
    panel = await an_invited_panel()
    officer = await the_officer(panel)
    seat = await Seat.objects().where(Seat.part == Part.MEMBER.value).first()
    with pytest.raises(Refused, match="lý do"):
        await seats.vacate(seat, by=officer)
    await seats.vacate(seat, by=officer, reason="Đi công tác dài ngày")
    assert {b["state"] for b in await Ballot.select(Ballot.state).where(Ballot.judge == seat.person)} == {"declined"}
    comer = await named_for(panel, await an_expert())
    await seats.take(panel, comer, Part.MEMBER, by=officer)
    await reviewers.share_out(panel, by=officer)
    assert await Ballot.count().where((Ballot.judge == comer.id) & (Ballot.state == "offered")) == 2
    assert sorted(map(len, (await reviewers.of_panel(panel)).values())) == [2, 2]
    marked = await Ballot.select(Ballot.proposal, Ballot.judge).where(Ballot.assigned_reviewer.eq(True) & (Ballot.state == "offered"))
    named = {(one.proposal, one.person) for one in await AssignedReviewer.objects()}
    assert {(one["proposal"], one["judge"]) for one in marked} == named


async def test_a_call_has_one_selection_panel_even_when_two_officers_found_it_at_once():
    call = await a_call()
    officers = [await a_person(Role.OFFICER) for _n in range(6)]
    answers = await asyncio.gather(*(panels.form(call, by=one) for one in officers), return_exceptions=True)
    assert [type(one) for one in answers if isinstance(one, Exception)] == [Refused] * 5
    assert await Panel.count() == 1


async def test_the_database_itself_refuses_a_second_selection_panel():
    panel = await panels.form(await a_call(), by=await a_person(Role.OFFICER))
    with pytest.raises(UniqueViolationError):
        await Panel(call=panel.call, kind="selection", name="Thứ hai", officer=panel.officer).save()


async def test_nine_seats_hold_nine_people_when_many_are_seated_at_once():
    panel = await a_panel(members=7)
    officer = await the_officer(panel)
    comers = [await named_for(panel, await an_expert()) for _n in range(8)]
    await asyncio.gather(*(seats.take(panel, one, Part.MEMBER, by=officer) for one in comers), return_exceptions=True)
    assert await Seat.count() == 9


async def test_without_the_lock_on_the_panel_more_than_nine_would_sit(monkeypatch):
    """The control: the same race, the row of the panel not held."""
    panel = await a_panel(members=7)
    officer = await the_officer(panel)
    comers = [await named_for(panel, await an_expert()) for _n in range(8)]
    @asynccontextmanager
    async def not_held(row, **_more):
        yield row

    monkeypatch.setattr(seats, "changing", not_held)
    await asyncio.gather(*(seats.take(panel, one, Part.MEMBER, by=officer) for one in comers), return_exceptions=True)
    assert await Seat.count() > 9


async def test_who_may_know_of_a_panel():
    forming, invited = await a_panel(), await an_invited_panel()
    seat = await Seat.objects().where(Seat.panel == invited.id).first()
    sitting_in_forming = await Seat.objects().where(Seat.panel == forming.id).first()
    lead = await people.person((await Proposal.objects().first()).lead)

    async def seen(person: Person) -> list[int]:
        return sorted(p.id for p in await panels.visible_to(person))

    for role in (Role.OFFICER, Role.ASSOCIATION, Role.AUDITOR, Role.LEADER):
        assert await seen(await a_person(role)) == [forming.id, invited.id]
    assert await seen(await people.person(seat.person)) == [invited.id]
    for person in (await people.person(sitting_in_forming.person), lead, await an_expert(), await a_person(Role.FINANCE)):
        assert await seen(person) == []


async def test_an_invited_panel_meets_later_at_will_but_not_so_soon_that_papers_and_members_cannot_come():
    panel = await an_invited_panel()
    officer = await the_officer(panel)
    told = {"by": officer, "name": panel.name, "decision_number": "1/QĐ", "decided_on": people.today(), "place": "Sở KH&CN"}
    earliest = await panels.earliest_meeting(await panels.rule_of(panel))
    for moment in (now() + timedelta(minutes=5), now() + (earliest - people.today() - timedelta(days=1))):
        with pytest.raises(Refused, match=f"sớm nhất ngày {earliest:%d/%m/%Y}"):
            await panels.describe(panel, meets_at=moment, **told)
    await panels.describe(panel, meets_at=now() + (earliest - people.today()), **told)
    await panels.describe(panel, meets_at=now() + timedelta(days=90), **told)
