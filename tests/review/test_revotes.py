"""A vote taken anew: an upheld objection sends the application back, and what was voted before stays as it was."""

from datetime import timedelta

import pytest
from asyncpg import IntegrityConstraintViolationError, PostgresError, RaiseError

from grants.people import posts
from grants.people.people import today
from grants.people.tables import Organisation, Role
from grants.proposals import objections
from grants.proposals.tables import Proposal, TeamMember
from grants.shell.changes import Refused, at, now
from grants.shell.database import rows
from review import appraisals, ballots, conflicts, invitations, meetings, minutes, overruling, panels, revotes, seats, vetting
from review.appraisal_tables import Appraisal, Appraiser
from review.revote_tables import SetAside
from review.tables import AssignedReviewer, Ballot, Panel, Seat, Standing
from tests.browsing import browsing
from tests.makers import a_person, a_proposal
from tests.makers_votes import a_call_of, a_panel, a_team, all_present, fresh, give, given_by_all, judges_of, points, the_board

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
EIGHT = [80, 82, 78, 84, 76, 80, 80, 79]
ORDER = {"same_council": True, "decision_number": "88/QĐ-SKHCN", "reason": "Ủy viên nhận việc tại tổ chức chủ trì."}


async def counted(*totals: list[int], places: int | None = None) -> tuple[Panel, list[Proposal]]:
    """Applications of one call that a council of eight has counted, with its minutes locked."""
    call = await a_call_of(places)
    applications = [await a_proposal(Proposal.State.IN_REVIEW, call=call) for _one in totals]
    panel = await a_panel(*applications, count=8)
    officer = await a_person(Role.OFFICER)
    for application, given in zip(applications, totals, strict=True):
        await given_by_all(panel, application, given)
    await all_present(panel, by=officer)
    await meetings.open_session(panel, by=officer)
    await the_board(panel, by=officer)
    await meetings.count(panel, by=officer)
    await minutes.lock(await fresh(panel), remarks="", by=officer)
    return await fresh(panel), [await fresh(one) for one in applications]


async def objected(application: Proposal, judge):
    """The judge takes a post with the applicant after the vote, and that is found."""
    body = await Organisation.objects().get(Organisation.id == application.lead_organisation)
    await posts.appoint(judge, Role.RESEARCHER, body, since=today(), by=await a_person(Role.ADMIN))
    await vetting.vet(application.id, by=None)
    return next(one for one in await objections.of(application.id) if one.settled_at is None)


async def votes_anew(new: Panel, officer, total: int) -> None:
    """The council that votes anew is invited, gives its ballots and counts them, three weeks later."""
    before = await conflicts.before(new)
    sitting = [one for one in await Seat.objects().where(Seat.panel == new.id).order_by(Seat.id) if one.part == Seat.Part.MEMBER]
    for proposal in before:
        for one in sitting[:2]:
            await AssignedReviewer(panel=new.id, proposal=proposal, person=one.person).save()
    meets = now() + timedelta(days=21)
    decision = {"decision_number": new.decision_number, "decided_on": new.decided_on}
    await panels.describe(new, name=new.name, **decision, meets_at=meets, place="Phòng họp số 2", by=officer)
    await invitations.invite(await fresh(new), by=officer)
    for judge in await judges_of(new):
        for ballot in await Ballot.objects().where((Ballot.panel == new.id) & (Ballot.judge == judge.id)):
            await give(ballot, total, by=judge)
    with at(meets):
        await all_present(new, by=officer)
        await meetings.open_session(new, by=officer)
        await the_board(new, by=officer)
        await meetings.count(new, by=officer)


async def kept_of(panel: Panel) -> list:
    """All that was voted and written down."""
    return [
        await rows(f"SELECT * FROM {table} WHERE panel = $1 ORDER BY id", panel.id) for table in ("ballot", "standing", "minutes", "seat")
    ]


async def test_the_same_council_votes_anew_without_the_member_concerned_and_the_old_vote_stays_locked():
    panel, (application,) = await counted(EIGHT)
    judge = (await judges_of(panel))[5]
    objection = await objected(application, judge)
    was, officer = await kept_of(panel), await a_person(Role.OFFICER)
    new = await revotes.order(objection, **ORDER, decided_on=today(), by=officer)
    assert (await fresh(application)).state == "in_review"
    assert (await fresh(objection)).reason.startswith("Bỏ phiếu lại theo Quyết định số 88")
    assert [one.id for one in await judges_of(new)] == [one.id for one in await judges_of(panel) if one.id != judge.id]
    await votes_anew(new, officer, 90)
    assert await kept_of(panel) == was
    assert (await fresh(application)).state == "recommended"
    stood = await Standing.select(Standing.panel).where(Standing.proposal == application.id).order_by(Standing.id)
    assert [one["panel"] for one in stood] == [panel.id, new.id]
    assert [one for one in await objections.of(application.id) if one.settled_at is None] == []
    drafted = await minutes.drafted(await fresh(new), by=officer)
    assert drafted["revotes"] == [
        f"Bỏ phiếu lại đối với {application.reference} theo Quyết định số 88/QĐ-SKHCN ngày {today():%d/%m/%Y}."
    ]


async def test_a_second_vote_may_end_otherwise_than_the_first():
    panel, (application,) = await counted(EIGHT)
    objection = await objected(application, (await judges_of(panel))[5])
    officer = await a_person(Role.OFFICER)
    await votes_anew(await revotes.order(objection, **ORDER, decided_on=today(), by=officer), officer, 60)
    assert (await fresh(application)).state == "not_recommended"


async def test_rivals_for_the_same_place_are_voted_on_anew_too_and_what_failed_stays():
    panel, (first, second, failed) = await counted(EIGHT, [75] * 8, [50] * 8, places=1)
    objection = await objected(first, (await judges_of(panel))[5])
    new = await revotes.order(objection, **ORDER, decided_on=today(), by=await a_person(Role.OFFICER))
    assert await conflicts.before(new) == sorted([first.id, second.id])
    assert [(await fresh(one)).state for one in (first, second, failed)] == ["in_review", "in_review", "not_recommended"]


async def test_where_places_suffice_only_the_application_concerned_is_voted_on_and_the_others_keep_their_places():
    panel, (first, second) = await counted(EIGHT, [75] * 8, places=2)
    officer = await a_person(Role.OFFICER)
    new = await revotes.order(await objected(first, (await judges_of(panel))[5]), **ORDER, decided_on=today(), by=officer)
    assert await conflicts.before(new) == [first.id] and (await fresh(second)).state == "recommended"
    assert await meetings.places_of(new) == 1  # the other place is taken


async def test_a_new_council_begins_with_nobody():
    panel, (application,) = await counted(EIGHT)
    objection = await objected(application, (await judges_of(panel))[5])
    new = await revotes.order(objection, **ORDER | {"same_council": False}, decided_on=today(), by=await a_person(Role.OFFICER))
    assert await judges_of(new) == [] and (new.repeats, new.call, new.state) == (panel.id, panel.call, "forming")


async def test_what_the_team_appraised_holds_after_the_new_vote_unless_the_person_concerned_was_on_it():
    for concerned, holds in ((5, True), (0, False)):  # the chair speaks for the council on the team
        panel, (application,) = await counted(EIGHT)
        team = await a_team(panel)
        officer = await a_person(Role.OFFICER)
        opened = await appraisals.open_appraisal(application, team, by=officer)
        await appraisals.conclude(opened, present=[who.id for who in team.values()], dissent="", by=team[Appraiser.Part.HEAD])
        amount = (await fresh(application)).appraised
        objection = await objected(application, (await judges_of(panel))[concerned])
        new = await revotes.order(objection, **ORDER, decided_on=today(), by=officer)
        if concerned == 0:
            chair = await Seat.objects().where(Seat.panel == new.id).first()
            await rows("UPDATE seat SET part = 'chair' WHERE id = $1", chair.id)
            await rows("UPDATE seat SET part = 'vice_chair' WHERE panel = $1 AND part = 'member' AND id = (SELECT min(id) FROM seat "
                       "WHERE panel = $1 AND part = 'member')", new.id)
        await votes_anew(new, officer, 85)
        now_ = await fresh(application)
        assert (now_.state, now_.appraised) == (("appraised", amount) if holds else ("recommended", amount))
        assert (await fresh(opened)).set_aside is not holds
        assert (application.id in {row["id"] for row in await appraisals.unopened()}) is not holds
        assert await appraisals.can_change(team[Appraiser.Part.HEAD], await fresh(opened)) is False


async def test_only_an_officer_without_a_part_orders_it_once_and_only_before_the_award():
    panel, (application,) = await counted(EIGHT)
    objection = await objected(application, (await judges_of(panel))[5])
    insider = await a_person(Role.OFFICER)
    await TeamMember(proposal=application.id, person=insider.id, email=insider.email, full_name=insider.full_name, joined_at=now()).save()
    for person, said in ((await a_person(Role.LEADER), "Chỉ cán bộ"), (insider, "có tên trong hồ sơ")):
        with pytest.raises(Refused, match=said):
            await revotes.order(objection, **ORDER, decided_on=today(), by=person)
    officer = await a_person(Role.OFFICER)
    with pytest.raises(Refused, match="ở tương lai"):
        await revotes.order(objection, **ORDER, decided_on=today() + timedelta(days=1), by=officer)
    await revotes.order(objection, **ORDER, decided_on=today(), by=officer)
    with pytest.raises(Refused, match="đã được giải quyết"):
        await revotes.order(objection, **ORDER, decided_on=today(), by=officer)
    assert await Panel.count() == 2


async def test_who_has_a_part_in_a_rival_orders_no_new_vote_that_sets_the_rival_s_result_aside():
    panel, (application, rival) = await counted(EIGHT, [points - 2 for points in EIGHT], places=1)
    objection, insider = await objected(application, (await judges_of(panel))[5]), await a_person(Role.OFFICER)
    await TeamMember(proposal=rival.id, person=insider.id, email=insider.email, full_name=insider.full_name, joined_at=now()).save()
    assert {one["proposal"] for one in await revotes.touched(panel, application.id)} == {application.id, rival.id}
    with pytest.raises(Refused, match="trước hội đồng này"):
        await revotes.order(objection, **ORDER, decided_on=today(), by=insider)
    assert await Panel.count() == 1 and await SetAside.count() == 0


async def test_the_person_concerned_takes_no_seat_again_and_no_application_is_awarded_meanwhile(owner):
    panel, (application,) = await counted(EIGHT)
    judge, officer = (await judges_of(panel))[5], await a_person(Role.OFFICER)
    new = await revotes.order(await objected(application, judge), **ORDER, decided_on=today(), by=officer)
    with pytest.raises(Refused, match="không tham gia nữa"):
        await seats.seat(new, judge, Seat.Part.MEMBER, by=officer)
    for attack, said in (
        (f"INSERT INTO seat (panel, person, part, remote, delegation) VALUES ({new.id}, {judge.id}, 'member', false, '')", "objected to"),
        (f"UPDATE seat SET person = {judge.id} WHERE panel = {new.id} AND part = 'chair'", "objected to"),
        ("INSERT INTO award (proposal, outcome, amount, decision_number, decided_on, decided_by, decided_at) "
         f"VALUES ({application.id}, 'awarded', 1, '1/QĐ', now()::date, {officer.id}, now())", "still to be taken anew"),
        ("DELETE FROM set_aside", "cannot be changed"), ("UPDATE revote SET reason = 'x'", "cannot be changed"),
        ("DELETE FROM standing", "cannot be changed"), ("UPDATE minutes SET content = '{}'", "cannot be changed"),
        (f"UPDATE ballot SET total = 1 WHERE panel = {panel.id}", "handed in"),
    ):
        with pytest.raises(PostgresError, match=said):
            await owner.execute(attack)


async def test_the_database_sets_no_other_vote_aside(owner):
    """A decision is about the panel that counted, and about nobody else's standing."""
    panel, (application,) = await counted(EIGHT)
    other, (elsewhere,) = await counted(EIGHT)
    officer = await a_person(Role.OFFICER)
    new = await revotes.order(await objected(application, (await judges_of(panel))[5]), **ORDER, decided_on=today(), by=officer)
    foreign = await Standing.objects().where(Standing.panel == other.id).first()
    revote = (await rows("SELECT id, objection FROM revote"))[0]
    with pytest.raises(RaiseError, match="cannot be set aside"):
        await SetAside(revote=revote["id"], standing=foreign.id).save()
    with pytest.raises((RaiseError, IntegrityConstraintViolationError)):
        await owner.execute(
            "INSERT INTO revote (objection, panel, successor, same_council, decision_number, decided_on, reason, by, at) "
            f"VALUES ({revote['objection']}, {other.id}, {new.id}, true, '1', now()::date, 'x', {officer.id}, now())"
        )
    assert (await fresh(elsewhere)).state == "recommended"


async def test_the_officer_orders_it_on_the_objection_s_page_and_both_votes_name_each_other():
    panel, (application,) = await counted(EIGHT)
    objection = await objected(application, (await judges_of(panel))[5])
    async with browsing() as browser:
        officer = await browser().sign_in(await a_person(Role.OFFICER))
        await officer.open(f"/objections/{objection.id}")
        assert f"Các hồ sơ được bỏ phiếu lại: {application.reference}." in officer.page.words
        await officer.submit(f"/objections/{objection.id}/revote", council="same", decision_number="", decided_on="", grounds="")
        assert officer.page.status == 422 and set(officer.page.errors()) == {"decision_number", "decided_on", "grounds"}
        await officer.submit(
            f"/objections/{objection.id}/revote", council="same", decision_number="88/QĐ-SKHCN", decided_on=f"{today():%d/%m/%Y}",
            grounds="Ủy viên nhận việc tại tổ chức chủ trì.",
        )
        assert officer.page.answer.url.path.startswith("/panels/") and "Xem lần bỏ phiếu trước" in officer.page.words
        for where in ("session", "ranking", "minutes"):
            await officer.open(f"/panels/{panel.id}/{where}")
            assert "không còn được dùng: bỏ phiếu lại theo Quyết định số 88/QĐ-SKHCN" in officer.page.words
        assert "nhận việc" in officer.page.words
        member = await browser().sign_in((await judges_of(panel))[1])
        await member.open(f"/panels/{panel.id}/session")
        assert "Xem lần bỏ phiếu lại" in member.page.words and "nhận việc" not in member.page.words
        applicant = await browser().sign_in(await a_person(Role.RESEARCHER))
        assert (await applicant.client.post(f"/objections/{objection.id}/revote")).status_code == 403


async def test_points_of_the_old_vote_are_not_found_in_the_new_one():
    """The control of the whole: without the vote set aside the old standing would still be held against its judges."""
    panel, (application,) = await counted(EIGHT)
    objection = await objected(application, (await judges_of(panel))[5])
    assert await overruling.hit_of(objection) is not None
    await revotes.order(objection, **ORDER, decided_on=today(), by=await a_person(Role.OFFICER))
    assert await overruling.hit_of(objection) is None and await conflicts.counted_by(application.id) == []
    assert sum(points(80).values()) == 80 and await Appraisal.count() == 0 and ballots.State.GIVEN == "given"
