"""Whoever has a part in an application leaves its panel to others: forming, seating, inviting it, and what was found of its judges."""

import pytest

from grants.people.people import today
from grants.people.tables import Person, Role
from grants.proposals.tables import Proposal, TeamMember
from grants.shell.changes import Refused, now
from grants.shell.database import rows
from review import assignment_runs, invitations, matters, nominations, overruling, panels, reviewers, seats
from review.assignment import Wanted
from review.roster_tables import Expert, Nomination
from review.tables import Panel, Seat
from tests.browsing import browsing
from tests.makers import a_call, a_person, a_proposal
from tests.makers_review import a_panel, an_expert
from tests.review.test_councils import a_finished_project
from tests.review.test_revotes import EIGHT, counted, objected

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
SAID = "Bạn có tên trong một hồ sơ"


async def an_insider(role: Role, application: Proposal) -> Person:
    """An official who is in the team of an application."""
    person = await a_person(role)
    await TeamMember(proposal=application.id, person=person.id, email=person.email, full_name=person.full_name, joined_at=now()).save()
    return person


async def test_an_officer_with_a_part_in_an_application_neither_forms_its_panel_nor_asks_for_names_nor_does_the_federation_name_any():
    call = await a_call()
    mine = await a_proposal(Proposal.State.ELIGIBLE, call=call)
    insider, kin = await an_insider(Role.OFFICER, mine), await an_insider(Role.ASSOCIATION, mine)
    expert = await Expert.objects().where(Expert.person == (await an_expert()).id).first()
    for step in (
        panels.form(call, by=insider), nominations.ask(call, wanted=9, due=today(), by=insider),
        nominations.nominate(call, [expert], by=kin),
    ):
        with pytest.raises(Refused, match=SAID):
            await step
    assert (await Panel.count(), await Nomination.count()) == (0, 0)
    async with browsing() as browser:
        for person in (insider, kin):
            page = await (await browser().sign_in(person)).open(f"/calls/{call.id}/nominations")
            assert page.status == 409 and SAID in page.words
    await panels.form(call, by=await a_person(Role.OFFICER))  # the control: another officer does it


async def test_nor_do_they_change_its_seats_and_reviewers_nor_invite_it_nor_see_who_judges():
    panel = await a_panel()
    mine = await Proposal.objects().where(Proposal.call == panel.call).order_by(Proposal.id).first()
    insider = await an_insider(Role.OFFICER, mine)
    seat = await Seat.objects().where(Seat.panel == panel.id).order_by(Seat.id).first()
    was = await rows("SELECT count(*) AS n FROM event")
    for step in (
        panels.describe(panel, name="Hội đồng khác", by=insider), seats.take(panel, await an_expert(), Seat.Part.MEMBER, by=insider),
        seats.vacate(seat, by=insider), reviewers.assign(panel, mine.id, [], by=insider), reviewers.share_out(panel, by=insider),
        assignment_runs.ask_for(panel, Wanted(), by=insider), invitations.invite(panel, by=insider),
    ):
        with pytest.raises(Refused, match=f"{SAID}|đề cử"):
            await step
    assert await rows("SELECT count(*) AS n FROM event") == was
    run = await assignment_runs.ask_for(panel, Wanted(), by=await a_person(Role.OFFICER))
    async with browsing() as browser:
        eve, kin = await browser().sign_in(insider), await browser().sign_in(await an_insider(Role.ASSOCIATION, mine))
        for who, end in ((eve, ""), (eve, "/edition"), (eve, "/conflicts"), (eve, "/assignments"), (kin, "")):
            page = await who.open(f"/panels/{panel.id}{end}")
            assert page.status == 409 and SAID in page.words, end
        assert (await eve.client.get(f"/assignments/{run.id}")).status_code == 404
        assert "Hoàn tất hội đồng và mời thành viên" not in (await eve.open("/desk")).words
        other = await browser().sign_in(await a_person(Role.OFFICER))
        assert "Hoàn tất hội đồng và mời thành viên" in (await other.open("/desk")).words
        assert (await other.open(f"/panels/{panel.id}")).status == (await other.open(f"/assignments/{run.id}")).status == 200


async def test_nor_do_they_form_or_see_the_council_that_evaluates_their_own_project():
    project, _products = await a_finished_project()
    insider = await an_insider(Role.OFFICER, await Proposal.objects().get(Proposal.id == project.proposal))
    with pytest.raises(Refused, match=SAID):
        await matters.found_on_project(project, filed_on=today(), by=insider)
    assert await Panel.count() == 0
    panel = await matters.found_on_project(project, filed_on=today(), by=await a_person(Role.OFFICER))
    with pytest.raises(Refused, match=SAID):
        await matters.invite(panel, by=insider)
    async with browsing() as browser:
        here = await browser().sign_in(insider)
        for end in ("", "/matters", "/session"):
            assert (await here.open(f"/panels/{panel.id}{end}")).status == 409


async def test_what_was_found_against_a_rival_s_judge_is_not_told_to_who_has_a_part_in_the_call():
    panel, (rival, mine) = await counted(EIGHT, [75] * 8)
    objection = await objected(rival, await Person.objects().get(Person.id == (await rows(
        "SELECT person FROM seat WHERE panel = $1 AND part = 'member' ORDER BY id DESC", panel.id))[0]["person"]))
    insider = await an_insider(Role.OFFICER, mine)
    with pytest.raises(Refused, match=SAID):
        await overruling.overrule(objection, reason="Không ảnh hưởng.", by=insider)
    async with browsing() as browser:
        eve, other = await browser().sign_in(insider), await browser().sign_in(await a_person(Role.OFFICER))
        assert (await eve.client.get(f"/objections/{objection.id}")).status_code == 404
        for who, told in ((eve, False), (other, True)):
            for path in (f"/proposals/{rival.id}/review", "/desk"):
                page = await who.open(path)
                assert (f"/objections/{objection.id}" in page.links) is told, path
        assert objection.words in (await other.open(f"/objections/{objection.id}")).words
