"""The story of a panel in the pages: founded, seated, refused for a conflict, shared out, invited; and who sees what of it."""

from datetime import timedelta
from itertools import chain

import pytest

from grants.calls import calls
from grants.people import people
from grants.people.people import today
from grants.people.tables import Obligation, Person, Role, Tie
from grants.proposals import openings
from grants.proposals.tables import Proposal
from grants.shell.changes import now
from grants.shell.dates import local
from review import nominations, panels, reviewers
from review.roster_tables import Expert
from review.tables import AssignedReviewer, Ballot, Panel, Seat
from tests.browsing import Browser, browsing
from tests.counting import statements
from tests.makers import LONG_AGO, a_call, a_person, a_proposal, an_organisation
from tests.makers_review import PARTS, a_panel, an_expert, an_invited_panel

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
MOST_STATEMENTS = 12


async def seated(here: Browser, where: str, person: Person, part: str) -> None:
    await here.open(where)
    await here.submit(f"{where}/seats", person=str(person.id), part=part)


async def test_an_officer_founds_seats_shares_out_and_invites():
    university = await an_organisation("Trường Đại học Tây Nguyên")
    call = await a_call()
    proposal = await a_proposal("eligible", call=call, lead=await a_person(Role.RESEARCHER, of=university))
    await a_proposal("eligible", call=call)
    people_ = [await an_expert() for _n in range(7)]
    colleague = await an_expert("Hồ Thị Lan", of=university)
    chosen = await Expert.objects().order_by(Expert.id)
    await nominations.nominate(call, chosen, by=await a_person(Role.ASSOCIATION))
    async with browsing() as browser:
        here = await browser().sign_in(await a_person(Role.OFFICER))
        await here.open("/panels/new")
        await here.submit("/panels", call=str(call.id))
        where = here.page.answer.url.path
        assert "có 0 thành viên, cần ít nhất 7" in here.page.words and "Không thể mời" in here.page.words
        await seated(here, where, colleague, "chair")
        assert here.page.status == 409
        assert here.page.errors()["person"] == (
            "Không thể mời vào hội đồng vì xung đột lợi ích: Hồ Thị Lan công tác tại Trường Đại học Tây Nguyên; "
            f"hồ sơ {proposal.reference} do Trường Đại học Tây Nguyên chủ trì."
        )
        await here.open(f"{where}/conflicts")
        assert "Loại khỏi hội đồng" in here.page.words and "Hồ Thị Lan" in here.page.words
        for person, part in zip(people_, PARTS, strict=True):
            await seated(here, where, person, part)
            assert here.page.status == 200, here.page.words
        await here.open(f"{where}/edition")
        await here.submit(
            f"{where}/edition", decision_number="215/QĐ-SKHCN", decided_on=f"{today():%d/%m/%Y}",
            meets_at=f"{local(now() + timedelta(days=30)):08:30 %d/%m/%Y}", place="Phòng họp số 2",
        )
        assert here.page.answer.url.path == where, here.page.words
        await here.open(f"{where}/applications")
        await here.submit(f"{where}/reviewers")
        assert "Chưa giao" not in here.page.words
        await here.open(where)
        await here.submit(f"{where}/invitation")
        assert "Đã mời, đang đánh giá" in here.page.words
    assert await Ballot.count() == 14 and await AssignedReviewer.count() == 4
    assert {p["state"] for p in await Proposal.select(Proposal.state)} == {"in_review"}


async def test_an_exception_is_recorded_with_its_reason_and_shown():
    panel = await a_panel(members=6)
    lead = (await Proposal.objects().first()).lead
    friend = await an_expert("Y Wơn Niê")
    await Tie(person=friend.id, other=lead, kind=Tie.Kind.OTHER).save()
    await nominations.nominate(await panels.call_of(panel), [await entry(friend)], by=await a_person(Role.ASSOCIATION))
    async with browsing() as browser:
        here = await browser().sign_in(await people.person(panel.officer))
        await here.open(f"/panels/{panel.id}/conflicts")
        waiver, = [link for link in here.page.links if link.endswith("/waiver")]
        await here.open(waiver)
        await here.submit(waiver)
        assert here.page.errors() == {"reason": "Hãy điền mục này."}
        await here.submit(waiver, reason="Chỉ gặp ở một hội thảo")
        assert "Chấp nhận ngoại lệ Chỉ gặp ở một hội thảo" in here.page.words
        await seated(here, f"/panels/{panel.id}", friend, "member")
        assert here.page.status == 200 and "7 thành viên" in here.page.words
        assert (await here.open(waiver.replace("declared_other", "kinship"))).status == 404


async def test_a_reviewer_is_changed_by_hand_and_the_reason_against_a_person_stands_at_the_box():
    panel = await a_panel()
    proposal = await Proposal.objects().first()
    seat = await Seat.objects().where(Seat.part == "member").first()
    async with browsing() as browser:
        here = await browser().sign_in(await people.person(panel.officer))
        where = f"/panels/{panel.id}/applications/{proposal.id}/reviewers"
        await here.open(where)
        await here.submit(where, reviewers=[str(seat.person)])
        assert here.page.status == 200
        assert await AssignedReviewer.select(AssignedReviewer.person).where(AssignedReviewer.proposal == proposal.id) == [
            {"person": seat.person}
        ]
        await here.open(where)
        three = [str(one["person"]) for one in await Seat.select(Seat.person).where(Seat.part == "member").limit(3)]
        await here.submit(where, reviewers=three)
        assert here.page.status == 409 and here.page.errors() == {"reviewers": "Mỗi hồ sơ có 2 ủy viên phản biện."}
        ticked = here.page.html.xpath("//*[@name='reviewers' and @checked]/@value")
        assert ticked == three
        assert (await here.open(f"/panels/{panel.id}/applications/999999/reviewers")).status == 404


async def test_a_member_is_replaced_with_a_reason_after_the_invitation():
    panel = await an_invited_panel()
    seat = await Seat.objects().where(Seat.part == "chair").first()
    async with browsing() as browser:
        here = await browser().sign_in(await people.person(panel.officer))
        where = f"/panels/{panel.id}/seats/{seat.id}/departure"
        await here.open(where)
        await here.submit(where, reason="Đi công tác dài ngày")
        assert "6 thành viên" in here.page.words
        assert (await here.open(where)).status == 404
    assert {b["reason"] for b in await Ballot.select(Ballot.reason).where(Ballot.judge == seat.person)} == {"Đi công tác dài ngày"}


async def test_each_role_sees_its_part_of_a_panel():
    """Officials all; the federation the composition; a member the panel that invited them; nobody else anything."""
    panel = await an_invited_panel()
    forming = await a_panel()
    seat = await Seat.objects().where(Seat.panel == panel.id).first()
    member = await people.person(seat.person)
    proposal = await Proposal.objects().where(Proposal.call == panel.call).first()
    lead = await people.person(proposal.lead)
    parts = ("", "/applications", "/conflicts")
    async with browsing() as browser:

        async def answers(person: Person, of: Panel = panel) -> list[int]:
            here = await browser().sign_in(person)
            return [(await here.open(f"/panels/{of.id}{part}")).status for part in parts]

        for role in (Role.OFFICER, Role.LEADER, Role.AUDITOR):
            assert await answers(await a_person(role)) == [200, 200, 200]
        assert await answers(await a_person(Role.ASSOCIATION)) == [200, 403, 403]
        assert await answers(member) == [200, 403, 403]
        assert await answers(member, forming) == [404, 403, 403]
        assert await answers(await an_expert()) == [404, 403, 403]
        assert await answers(lead) == [404, 403, 403]  # as if there were none: whoever represents an agency may be a member


async def test_every_tab_that_is_offered_opens_at_every_step():
    for panel in (await a_panel(), await an_invited_panel()):
        seat = await Seat.objects().where(Seat.panel == panel.id).first()
        readers = [await a_person(role) for role in (Role.OFFICER, Role.LEADER, Role.AUDITOR, Role.ASSOCIATION)]
        async with browsing() as browser:
            for person in readers + [await people.person(seat.person)] * (panel.state == Panel.State.INVITED):
                here = await browser().sign_in(person)
                await here.open(f"/panels/{panel.id}")
                offered = [link for link in here.page.links if link.startswith(f"/panels/{panel.id}")]
                assert offered
                for link in offered + [f"/calls/{panel.call}/nominations"] * (person in readers):
                    assert (await here.open(link)).status == 200, (link, [post.role for post in person.posts])


async def test_no_page_of_an_applicant_tells_who_judges():
    panel = await an_invited_panel()
    judges = [await people.person(one["person"]) for one in await Seat.select(Seat.person).where(Seat.panel == panel.id)]
    for number, judge in enumerate(judges):
        await Person.update({Person.full_name: f"Ủy viên Bí Mật {number}"}).where(Person.id == judge.id)
    proposal = await Proposal.objects().first()
    async with browsing() as browser:
        here = await browser().sign_in(await people.person(proposal.lead))
        seen = {"/desk", f"/proposals/{proposal.id}", "/proposals", "/calls", f"/calls/{panel.call}", "/panels", f"/panels/{panel.id}"}
        for path in sorted(seen):
            await here.open(path)
            assert "Bí Mật" not in here.page.text, path


async def test_a_page_of_a_panel_asks_no_more_for_nine_applications_and_thirty_experts_than_for_two():
    counted: dict[str, list[int]] = {}
    for amount, more in ((2, 0), (9, 30)):
        panel = await a_panel(applications=amount)
        call = await panels.call_of(panel)
        await nominations.nominate(call, [await entry(await an_expert()) for _n in range(3 + more)], by=await a_person(Role.ASSOCIATION))
        async with browsing() as browser:
            here = await browser().sign_in(await people.person(panel.officer))
            for path in ("/panels", *(f"/panels/{panel.id}{end}" for end in ("", "/applications", "/conflicts")),
                         "/experts", f"/calls/{call.id}/nominations"):
                with statements() as asked:
                    await here.open(path)
                assert here.page.status == 200
                counted.setdefault(path.replace(str(panel.id), "n").replace(str(call.id), "n"), []).append(len(asked))
    counted["/experts"][0] += 1  # three of them are one page, which is counted without asking
    assert {path: two for path, (two, _nine) in counted.items()} == {path: nine for path, (_two, nine) in counted.items()}
    assert max(chain.from_iterable(counted.values())) <= MOST_STATEMENTS, counted


async def entry(person: Person) -> Expert:
    return await Expert.objects().get(Expert.person == person.id)


async def test_the_opening_page_says_who_goes_on_and_says_one_debt_of_two_once():
    officer, call = await a_person(Role.OFFICER), await a_call(state="closed", opened_on=today())
    proposal = await a_proposal("eligible", call=call)
    async with browsing() as browser:
        office = await browser().sign_in(officer)
        assert "Lập hội đồng tuyển chọn và mời thành viên" in (await office.open(f"/calls/{call.id}/opening")).words
        await Proposal.update({Proposal.state: "in_review"}).where(Proposal.id == proposal.id)
        page = await office.open(f"/calls/{call.id}/opening")
        assert "Lập hội đồng" not in page.words and "Chấm điểm, họp và kiểm phiếu" in page.words
        await Proposal.update({Proposal.state: "recommended"}).where(Proposal.id == proposal.id)
        assert "Được kiến nghị" in (await office.open(f"/calls/{call.id}/opening")).words
        await Proposal.update({Proposal.signatory: officer.id}).where(Proposal.id == proposal.id)  # their own: told with the award
        assert "Được kiến nghị" not in (await office.open(f"/calls/{call.id}/opening")).words
    await Obligation(
        kind="overdue_report", person=proposal.lead, organisation=proposal.lead_organisation, subject="Báo cáo 6 tháng DL-2025-001",
        due=LONG_AGO,
    ).save()
    rules = await calls.rules_of(call)
    twice = rules.eligibility.bars[0].model_copy
    both = [twice(update={"code": "overdue_report", "who": who, "on": True, "term": None}) for who in ("pi", "organisation")]
    rules = rules.model_copy(update={"eligibility": rules.eligibility.model_copy(update={"bars": tuple(both)})})
    assert await openings.owed(proposal, call, rules) == [("pi_overdue_report", "Báo cáo quá hạn: Báo cáo 6 tháng DL-2025-001.")]


async def test_the_session_page_says_who_reviews_which_application():
    panel = await an_invited_panel()
    async with browsing() as browser:
        office = await browser().sign_in(await people.person(panel.officer))
        page = await office.open(f"/panels/{panel.id}/session")
    assert len(names := await reviewers.by_application(panel)) == 2
    for reference, both, handed_in in names:
        assert f"{reference} {both} {handed_in}" in page.words and both.count(",") == 1 and handed_in == "0/2"
