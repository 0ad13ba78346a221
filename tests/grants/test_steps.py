"""What comes next: every state of an application, a call and a report says who acts, what, and by when."""

from datetime import timedelta

import pytest

from grants.calls import steps as call_steps
from grants.calls.tables import Call
from grants.people.people import today
from grants.people.tables import Role
from grants.proposals import proposals, steps
from grants.proposals.proposals import State
from grants.proposals.tables import Proposal, TeamMember
from grants.rules import rules
from grants.shell.changes import at, now
from grants.shell.dates import day_of
from tests.browsing import browsing
from tests.makers import a_call, a_person, a_proposal

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


def of_page(page) -> str:
    found = page.html.xpath("//*[contains(@class, 'next-step')]")
    assert len(found) == 1, page.words[:300]
    return " ".join("".join(found[0].itertext()).split())


async def past_call(**more) -> Call:
    return await a_call(state=Call.State.CLOSED, deadline=now() - timedelta(days=2), opened_on=today(), **more)


@pytest.mark.parametrize("state", [state for state in State if state != State.DRAFT])
async def test_in_every_state_officials_and_team_read_what_comes_next(state):
    officer, lead = await a_person(Role.OFFICER), await a_person(Role.RESEARCHER)
    proposal = await a_proposal(state, lead=lead, call=await past_call(officer=officer.id))
    async with browsing() as browser:
        clerk, ada = await browser().sign_in(officer), await browser().sign_in(lead)
        told = of_page(await ada.open(f"/proposals/{proposal.id}"))
        ended = state in (State.DECLINED, State.INELIGIBLE, State.WITHDRAWN)
        assert told.startswith("Bước tiếp theo") != ended, "where nothing more comes, nothing is called a next step"
        if state in proposals.IN_HAND and state != State.SUBMITTED:
            assert ("Đánh giá, thẩm định" in told) == (state not in (State.ELIGIBLE,))
        if state != State.WITHDRAWN:
            known = of_page(await clerk.open(f"/proposals/{proposal.id}"))
            assert ("Người thực hiện" in known) != ended and ("Người thực hiện" in told) != ended


async def test_the_team_reads_the_same_next_step_whatever_the_panel_concluded():
    lead = await a_person(Role.RESEARCHER)
    call = await past_call()
    found = set()
    for state in (State.IN_REVIEW, State.RECOMMENDED, State.NOT_RECOMMENDED, State.APPRAISED):
        proposal = await a_proposal(state, lead=lead, call=call, session_on=today() - timedelta(days=3), since=today())
        found.add(await steps.next_step(proposal, call, lead, office=False))
    assert len(found) == 1
    officer = await a_person(Role.OFFICER)
    assert len({await steps.next_step(one, call, officer, office=True) for one in await Proposal.objects()}) == 4


async def test_the_day_comes_from_the_pinned_rules_and_the_day_the_state_began():
    call = await past_call()
    calendar = await rules.calendar()
    officer = await a_person(Role.OFFICER)
    handed_in = await a_proposal(State.SUBMITTED, call=call)
    step = await steps.next_step(handed_in, call, officer, office=True)
    assert (step.what, step.due) == ("Xác nhận hồ sơ hợp lệ hay không", calendar.due(day_of(call.deadline), 7))
    recommended = await a_proposal(State.RECOMMENDED, call=call, since=today())
    step = await steps.next_step(recommended, call, officer, office=True)
    assert step.due == calendar.due(calendar.due(today(), 20, "days"), 10, "days") and step.left
    judged = await a_proposal(State.IN_REVIEW, call=call, session_on=today() + timedelta(days=9))
    assert (await steps.next_step(judged, call, officer, office=True)).due == today() + timedelta(days=9)


async def test_each_move_notes_the_day_on_which_the_state_began():
    officer = await a_person(Role.OFFICER)
    proposal = await a_proposal(State.ELIGIBLE, call=await past_call())
    with at(now() + timedelta(days=3)):
        await proposals.enter_review(proposal, by=officer, session_on=today() + timedelta(days=20))
        row = await Proposal.objects().get(Proposal.id == proposal.id)
        assert (row.since, row.session_on) == (today(), today() + timedelta(days=20))
        await proposals.postpone([proposal.id], to=today() + timedelta(days=25), by=officer)
    row = await Proposal.objects().get(Proposal.id == proposal.id)
    assert row.session_on == today() + timedelta(days=28)


async def test_a_call_says_what_comes_next_from_its_draft_to_its_last_decision():
    officer, ada = await a_person(Role.OFFICER), await a_person(Role.RESEARCHER)
    call = await a_call(state=Call.State.DRAFT)
    said = {}
    async with browsing() as browser:
        clerk, reader = await browser().sign_in(officer), await browser().sign_in(ada)
        for state in ("draft", "dry_run", "published"):
            await Call.update({Call.state: state}).where(Call.id == call.id)
            said[state] = of_page(await clerk.open(f"/calls/{call.id}"))
        await Call.update({Call.state: "closed", Call.deadline: now() - timedelta(days=1)}).where(Call.id == call.id)
        said["closed"] = of_page(await clerk.open(f"/calls/{call.id}"))
        await Call.update({Call.opened_on: today()}).where(Call.id == call.id)
        behind = {"submitted": "Xác nhận 1 hồ sơ", "eligible": "Lập hội đồng", "in_review": "Chấm 1 hồ sơ", "appraised": "Giữ kinh phí",
                  "recommended": "Thẩm định kinh phí 1 hồ sơ", "not_recommended": "Quyết định 1"}
        for state, words in behind.items():
            proposal = await a_proposal(state, call=call)
            assert words in of_page(await clerk.open(f"/calls/{call.id}"))
            assert "Đánh giá và quyết định" in of_page(await reader.open(f"/calls/{call.id}"))
            await Proposal.update({Proposal.state: "declined"}).where(Proposal.id == proposal.id)
        assert "đã có kết quả" in of_page(await clerk.open(f"/calls/{call.id}"))
    assert "Chạy thử" in said["draft"] and "ông bố" in said["dry_run"] and "Nộp hồ sơ" in said["published"] and "Mở hồ sơ" in said["closed"]


async def test_every_state_has_its_words():
    assert {state for state in State if state != State.DRAFT} <= set(steps.AHEAD)
    assert set(call_steps.BEHIND) == set(proposals.IN_HAND)


async def test_an_official_in_a_team_reads_of_that_application_what_its_team_reads():
    officer = await a_person(Role.OFFICER)
    call = await past_call(officer=officer.id)
    other, own = await a_proposal(State.RECOMMENDED, call=call), await a_proposal(State.RECOMMENDED, call=call)
    await TeamMember(
        proposal=own.id, person=officer.id, email=officer.email, full_name=officer.full_name, access="reader", joined_at=now(),
    ).save()
    async with browsing() as browser:
        clerk = await browser().sign_in(officer)
        office = await clerk.open("/proposals")
        assert other.title in office.words and own.title not in office.words
        lists = ("/proposals?state=recommended", "/proposals?sort=state", f"/proposals?call={call.id}", "/awards", "/proposals?format=csv")
        for address in lists:
            answer = await clerk.client.get(address)
            assert own.title not in answer.text and other.title in answer.text, address
        mine = await clerk.open("/proposals/mine")
        assert own.title in mine.words and other.title not in mine.words and "Đang đánh giá" in mine.words
        assert "Được kiến nghị" not in [tag.text for tag in mine.html.xpath("//*[contains(@class, 'tag')]")]
        for tab in ("history", "money"):
            assert (await clerk.open(f"/proposals/{own.id}/{tab}")).status == 404
            assert (await clerk.open(f"/proposals/{other.id}/{tab}")).status == 200
        assert "Được kiến nghị" not in (await clerk.open(f"/proposals/{own.id}/review")).words
