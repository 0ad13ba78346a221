"""After the vote: what ties a judge to an application later is found at the award, and stands in its way."""

from datetime import timedelta

import pytest
from asyncpg import RaiseError

from budget import awards, reservations
from grants.people import posts
from grants.people.people import today
from grants.people.tables import Membership, Organisation, Role, Tie
from grants.proposals import objections
from grants.proposals.tables import Objection, Proposal, TeamMember
from grants.shell.changes import Refused, add, at, now, remove
from grants.shell.database import rows
from grants.shell.tables import Letter
from review import appraisals, meetings, overruling, vetting
from tests.browsing import browsing
from tests.makers import a_call, a_person, a_proposal
from tests.makers_budget import BILLION, a_year, allocated, the_offices
from tests.makers_votes import a_panel, a_team, all_present, given_by_all, judges_of, the_board

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
MANY = [80, 82, 78, 84, 76, 80, 80]


async def ready_for_award(totals=MANY, absent: tuple[int, ...] = ()) -> tuple[Proposal, list, object]:
    """An application counted, appraised, with its money held: nothing but the leader's decision is left."""
    offices = await the_offices()
    await a_year(offices)
    call = await a_call()
    application = await a_proposal(Proposal.State.IN_REVIEW, call=call)
    panel = await a_panel(application, officer=offices.officer)
    await given_by_all(panel, application, totals)
    await all_present(panel, by=offices.officer, but=absent)
    await meetings.open_session(panel, by=offices.officer)
    await the_board(panel, by=offices.officer)
    await meetings.count(panel, by=offices.officer)
    team = await a_team(panel)
    opened = await appraisals.open_appraisal(await latest(application), team, by=offices.officer)
    await appraisals.conclude(opened, present=[who.id for who in team.values()], dissent="", by=team["head"])
    await allocated(offices, call, BILLION)
    application = await latest(application)
    for one in await reservations.request(application, by=offices.officer):
        await reservations.approve(one, by=offices.recurrent)
    return application, await judges_of(panel), offices


async def latest(row):
    return await type(row).objects().where(type(row).id == row.id).first()


async def employ(person, organisation: int, *, by) -> Membership:
    """The admin gives a person a post, as on the page of people."""
    body = await Organisation.objects().where(Organisation.id == organisation).first()
    return await posts.appoint(person, Role.RESEARCHER, body, since=today(), by=by)


async def award(application: Proposal, offices) -> None:
    await awards.award(application, number="1024/QĐ-UBND", on=today(), by=offices.leader)


async def test_a_judge_who_joins_the_lead_organisation_after_the_session_is_found_at_the_award():
    application, judges, offices = await ready_for_award()
    assert await awards.obstacles(application) == []
    await employ(judges[5], application.lead_organisation, by=await a_person(Role.ADMIN))
    with pytest.raises(Refused, match="vừa có thay đổi"):
        await award(application, offices)
    await vetting.look_again()
    (found,) = await objections.of(application.id)
    assert (found.person, found.kind) == (judges[5].id, "same_employer")
    assert f"{judges[5].full_name} công tác tại" in found.words and application.reference in found.words
    with pytest.raises(Refused, match="phát hiện sau khi bỏ phiếu"):
        await award(application, offices)
    assert [letter.link for letter in await Letter.objects().where(Letter.subject.like("%phát hiện sau khi bỏ phiếu"))] == [
        f"/proposals/{application.id}/review"
    ]


async def test_without_the_vetting_the_award_would_have_passed():
    """The control: it is this look that stops it, nothing else."""
    application, judges, offices = await ready_for_award()
    await employ(judges[5], application.lead_organisation, by=await a_person(Role.ADMIN))
    await rows("DELETE FROM vetting")
    await award(application, offices)
    assert (await latest(application)).state == "awarded"


async def test_the_officer_overrules_where_the_result_does_not_hang_on_that_ballot_and_says_why():
    application, judges, offices = await ready_for_award()
    await employ(judges[5], application.lead_organisation, by=await a_person(Role.ADMIN))
    await vetting.look_again()
    (found,) = await objections.of(application.id)
    assert await overruling.grounds(found) == "result"
    with pytest.raises(Refused, match="Chỉ cán bộ"):
        await overruling.overrule(found, reason="Không sao", by=offices.leader)
    with pytest.raises(Refused, match="ghi lý do"):
        await overruling.overrule(found, reason=" ", by=offices.officer)
    insider = await a_person(Role.OFFICER)
    await TeamMember(proposal=application.id, person=insider.id, email=insider.email, full_name=insider.full_name, joined_at=now()).save()
    with pytest.raises(Refused, match="có tên trong hồ sơ"):
        await overruling.overrule(found, reason="Hồ sơ của tôi", by=insider)
    assert await Objection.count().where(overruling.seen_by(insider)) == 0
    await overruling.overrule(found, reason="Nhận việc sau phiên họp hai tuần", by=offices.officer)
    await vetting.look_again()
    await award(application, offices)
    assert (await latest(application)).state == "awarded"


async def test_nobody_overrules_a_conflict_on_whose_ballot_the_result_hangs():
    """70 by one vote: 68 without the member who has since become a colleague."""
    application, judges, offices = await ready_for_award([82, 68, 68, 68, 68, 68, 68])
    await employ(judges[0], application.lead_organisation, by=await a_person(Role.ADMIN))
    await vetting.look_again()
    (found,) = await objections.of(application.id)
    with pytest.raises(Refused, match="phụ thuộc vào phiếu"):
        await overruling.overrule(found, reason="Vẫn đạt", by=offices.officer)
    with pytest.raises(Refused, match="phát hiện sau khi bỏ phiếu"):
        await award(application, offices)


async def test_what_the_rule_set_lets_be_overruled_is_overruled_whatever_the_ballot_weighed():
    application, judges, offices = await ready_for_award([82, 68, 68, 68, 68, 68, 68])
    tie = Tie(person=judges[0].id, other=application.lead, kind=Tie.Kind.OTHER, note="góp vốn chung")
    await add(tie, by=None, did="declared")
    await vetting.look_again()
    (found,) = await objections.of(application.id)
    assert (found.kind, await overruling.grounds(found)) == ("declared_other", "rule")
    await overruling.overrule(found, reason="Góp vốn từ năm 2012, đã rút", by=offices.officer)
    await award(application, offices)


async def test_a_post_entered_by_mistake_and_taken_back_leaves_the_way_free_and_found_again_stands_in_it():
    application, judges, offices = await ready_for_award()
    post = await employ(judges[5], application.lead_organisation, by=await a_person(Role.ADMIN))
    await vetting.look_again()
    await remove(post, by=None, did="removed")
    await vetting.look_again()
    (found,) = await objections.of(application.id)
    assert (found.settled_by, found.reason) == (None, "Hồ sơ ghi nhận không còn cho thấy xung đột này.")
    assert await awards.obstacles(application) == []
    await employ(judges[5], application.lead_organisation, by=await a_person(Role.ADMIN))
    await vetting.look_again()
    (found,) = await objections.of(application.id)
    assert found.settled_at is None


async def test_the_judges_are_looked_at_again_every_day_because_posts_begin_on_a_day():
    application, judges, offices = await ready_for_award()
    post = Membership(
        person=judges[2].id, organisation=application.lead_organisation, role=Role.RESEARCHER, valid_from=today() + timedelta(days=1)
    )
    await add(post, by=None, did="appointed")
    await vetting.look_again()
    assert await objections.of(application.id) == []
    with at(now() + timedelta(days=1)):
        with pytest.raises(Refused, match="đối chiếu lại"):
            await award(application, offices)
        await vetting.look_again()
        assert [one.kind for one in await objections.of(application.id)] == ["same_employer"]


async def test_an_absent_member_whose_ballot_did_not_count_stands_in_nobody_s_way():
    application, judges, offices = await ready_for_award(absent=(7,))
    await employ(judges[6], application.lead_organisation, by=await a_person(Role.ADMIN))
    await vetting.look_again()
    assert await awards.obstacles(application) == []


async def test_the_database_itself_awards_nothing_over_an_objection(owner):
    application, judges, offices = await ready_for_award()
    await employ(judges[5], application.lead_organisation, by=await a_person(Role.ADMIN))
    await vetting.look_again()
    by_hand = (
        "INSERT INTO award (proposal, outcome, amount, decision_number, decided_on, decided_by, decided_at) "
        f"VALUES ({application.id}, 'awarded', 1, '1/QĐ', now()::date, {offices.leader.id}, now())"
    )
    with pytest.raises(RaiseError, match="objection"):
        await owner.execute(by_hand)
    await owner.execute("UPDATE objection SET settled_at = now(), reason = 'x'")
    await owner.execute(by_hand)


async def test_the_officer_finds_it_on_the_desk_and_settles_it_on_its_page():
    application, judges, offices = await ready_for_award()
    await employ(judges[5], application.lead_organisation, by=await a_person(Role.ADMIN))
    await vetting.look_again()
    (found,) = await objections.of(application.id)
    async with browsing() as browser:
        officer = await browser().sign_in(offices.officer)
        assert f"/objections/{found.id}" in (await officer.open("/desk")).text
        assert f"/objections/{found.id}" in (await officer.open(f"/proposals/{application.id}/review")).text
        page = await officer.open(f"/objections/{found.id}")
        assert "hồ sơ vẫn được kiến nghị" in page.text
        await officer.submit(f"/objections/{found.id}/settlement", reason="Nhận việc sau phiên họp")
        assert "Nhận việc sau phiên họp" in (await officer.open(f"/objections/{found.id}")).text
        applicant = await browser().sign_in(await a_person(Role.RESEARCHER))
        assert (await applicant.client.get(f"/objections/{found.id}")).status_code == 403
    assert (await Objection.objects().first()).settled_by == offices.officer.id
