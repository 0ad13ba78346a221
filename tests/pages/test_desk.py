"""The desk: each kind of work finds the person it waits for, letters are read, and the page stays cheap."""

from datetime import timedelta

import pytest

from budget.tables import Reservation
from grants import access
from grants.desk import news, waiting
from grants.desk.kinds import EVERYBODY, OF_ROLE
from grants.people import people
from grants.people.tables import Role
from grants.proposals import drafts, submissions, teams
from grants.proposals.tables import Proposal, TeamMember
from grants.shell import config, mail
from grants.shell.changes import Refused, add, at, now
from grants.shell.tables import Letter
from review.tables import Seat
from tests.browsing import browsing
from tests.counting import statements
from tests.makers import a_call, a_person, a_proposal, an_organisation
from tests.makers_votes import a_panel

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def what_waits_for(person) -> list[tuple[str, str]]:
    return [(one.what, one.href) for one in await waiting.for_person(await people.person(person.id))]


async def test_every_kind_of_work_of_every_role_can_be_asked_of_an_empty_house():
    for role in Role:
        assert await waiting.for_person(await a_person(role)) == []
    assert {kind.href for kind in EVERYBODY} and set(OF_ROLE) <= set(Role)


async def test_every_piece_of_work_leads_to_a_page_that_whoever_it_waits_for_may_open():
    """The address is a route, and open to the role; what waits for everybody may need the role that brought it about."""
    for role, kinds in {None: EVERYBODY, **OF_ROLE}.items():
        for kind in kinds:
            path = kind.href.format(id=1).partition("?")[0]
            fitting = [r for r in access.ROUTES if r.startswith("GET ") and fits(r.removeprefix("GET "), path)]
            assert fitting, kind.href
            allowed = access.ROUTES[min(fitting, key=lambda route: route.count("{"))]
            assert role is None or not allowed or role in allowed, (role, kind.href)


def fits(route: str, path: str) -> bool:
    parts, asked = route.split("/"), path.split("/")
    return len(parts) == len(asked) and all(one.startswith("{") or one == other for one, other in zip(parts, asked, strict=True))


async def test_a_draft_waits_for_its_lead_until_the_deadline_and_for_nobody_else():
    ada, eve = await a_person(Role.RESEARCHER), await a_person(Role.RESEARCHER)
    proposal = await a_proposal(lead=ada)
    assert await what_waits_for(ada) == [("Hoàn thành và nộp hồ sơ", f"/proposals/{proposal.id}")]
    assert await what_waits_for(eve) == []
    await a_proposal(lead=eve, call=await a_call(opens_at=now() - timedelta(days=40), deadline=now() - timedelta(days=1)))
    assert await what_waits_for(eve) == []


async def test_what_is_still_being_written_waits_for_no_signatory_until_its_team_asks():
    university = await an_organisation()
    ada, head = await a_person(Role.RESEARCHER, of=university), await a_person(Role.SIGNATORY, of=university)
    proposal = await a_proposal(lead=ada, signatory=head.id)
    with pytest.raises(Refused, match="Chưa gửi được"):
        await submissions.ask_to_certify(proposal, by=ada)
    assert await waiting.for_person(head) == []
    await drafts.add_product(proposal, by=ada, form="I", name="Bài báo", unit="bài", quantity=2, quality="")
    await submissions.ask_to_certify(proposal, by=ada)
    found = await waiting.for_person(head)
    assert [(one.what, one.href, one.waiting, one.late) for one in found] == [
        ("Xác nhận hồ sơ của tổ chức", f"/proposals/{proposal.id}/certification", ada.full_name, False)
    ]
    await a_proposal(lead=ada, signatory=head.id, certified_at=now(), certified_by=head.id)
    assert len(await waiting.for_person(head)) == 1


async def test_what_the_head_handed_back_waits_for_the_team_with_the_reason_until_they_ask_again():
    university = await an_organisation()
    ada, head = await a_person(Role.RESEARCHER, of=university), await a_person(Role.SIGNATORY, of=university)
    proposal = await a_proposal(lead=ada, signatory=head.id)
    await drafts.add_product(proposal, by=ada, form="I", name="Bài báo", unit="bài", quantity=2, quality="")
    await submissions.ask_to_certify(proposal, by=ada)
    here = f"/proposals/{proposal.id}/certification"
    asked = ("Xác nhận hồ sơ của tổ chức", here)
    assert await what_waits_for(head) == [asked]
    async with browsing() as browser:
        rector, lead = await browser().sign_in(head), await browser().sign_in(ada)
        await rector.open(here)
        await rector.submit(f"{here}-refusal", reason="Ghi rõ xã tham gia.")
        assert await what_waits_for(head) == []
        page = await lead.open(here)
        assert "Thủ trưởng trả lại hồ sơ lúc" in page.words and "Ghi rõ xã tham gia." in page.words
        await lead.submit(f"{here}-request")
        assert "Thủ trưởng trả lại hồ sơ lúc" not in lead.page.words
    assert await what_waits_for(head) == [asked]


async def test_after_the_deadline_the_officer_has_seven_working_days_to_open_what_was_handed_in():
    officer = await a_person(Role.OFFICER)
    call = await a_call(opens_at=now() - timedelta(days=40), deadline=now() - timedelta(days=2))
    await a_proposal(Proposal.State.SUBMITTED, call=call)
    await a_proposal(Proposal.State.SUBMITTED, call=call)
    found = await waiting.for_person(officer)
    assert [(one.what, one.href, one.about) for one in found] == [("Mở hồ sơ", f"/calls/{call.id}/opening", f"{call.title}: 2 hồ sơ")]
    assert found[0].moment > now() and not found[0].late


async def test_work_comes_by_deadline_and_what_has_none_comes_last():
    officer = await a_person(Role.OFFICER, Role.RESEARCHER)
    late = await a_proposal(lead=officer, call=await a_call(deadline=now() + timedelta(days=3)))
    soon = await a_proposal(lead=officer, call=await a_call(deadline=now() + timedelta(days=1)))
    await a_proposal(Proposal.State.RECOMMENDED)
    hrefs = [one.href for one in await waiting.for_person(officer)]
    assert hrefs[:2] == [f"/proposals/{soon.id}", f"/proposals/{late.id}"] and "appraisals" in hrefs[2] and len(hrefs) == 3


async def test_a_kind_of_work_shows_eight_lines_and_says_how_many_more():
    ada, call = await a_person(Role.RESEARCHER), await a_call()
    for _n in range(10):
        await a_proposal(lead=ada, call=call)
    found = await waiting.for_person(ada)
    assert len(found) == 8 and ["2 việc nữa" in one.about for one in found] == [False] * 7 + [True]


async def test_the_desk_leads_to_the_work_and_to_the_letters():
    ada = await a_person(Role.RESEARCHER)
    proposal = await a_proposal(lead=ada)
    await mail.tell(ada, lambda: "Hồ sơ đã nhận", lambda: "Số 7.", link="/proposals")
    async with browsing() as browser:
        desk = await browser().sign_in(ada)
        assert desk.page.answer.url.path == "/desk"
        assert f"/proposals/{proposal.id}" in desk.page.links and "Hồ sơ đã nhận" in desk.page.words
        letter = await Letter.objects().first()
        await desk.open(f"/letters/mine/{letter.id}")
        await desk.submit(f"/letters/mine/{letter.id}/reading")
        await desk.open("/desk")
        assert "Hồ sơ đã nhận" not in desk.page.words
    assert (await Letter.objects().first()).read_at is not None


async def test_nobody_reads_or_marks_a_letter_to_somebody_else():
    ada, eve = await a_person(Role.RESEARCHER), await a_person(Role.RESEARCHER)
    letter = await mail.tell(ada, lambda: "Riêng", lambda: "Chỉ cho Ada.")
    async with browsing() as browser:
        desk = await browser().sign_in(eve)
        stranger, missing = await desk.open(f"/letters/mine/{letter.id}"), await desk.open("/letters/mine/99999")
        assert (stranger.status, stranger.words) == (404, missing.words)
        await desk.open("/letters/mine")
        await desk.submit("/letters/mine/reading")
    assert (await Letter.objects().first()).read_at is None


async def test_the_demo_s_mailbox_is_open_to_all_and_not_there_in_production(monkeypatch, server):
    ada = await a_person(Role.RESEARCHER)
    letter = await mail.tell(ada, lambda: "Xác nhận địa chỉ", lambda: "Mở liên kết.", link="/confirm/abc")
    async with browsing() as browser:
        reader = browser()
        assert f"/letters/{letter.id}" in (await reader.open("/letters")).links
        assert "/confirm/abc" in (await reader.open(f"/letters/{letter.id}")).links
        for name, value in {
            "GRANTS_MODE": "production", "DATABASE_URL": "postgresql://web@/x", "OWNER_DATABASE_URL": server, "TRUSTED_PROXIES": "10.0.0.2",
            "SECRET_KEY": "x" * 40, "SMTP_URL": "smtp://localhost",
            "FILES_URL": "file:///tmp", "BASE_URL": "https://grants.example",
        }.items():
            monkeypatch.setenv(name, value)
        config.settings.cache_clear()
        try:
            assert (await reader.open("/letters")).status == 404
            assert (await reader.open(f"/letters/{letter.id}")).status == 404
        finally:
            monkeypatch.undo()
            config.settings.cache_clear()


async def test_changes_by_others_are_told_to_the_team_but_never_the_panel_s_result():
    from grants.proposals import proposals
    from grants.shell.changes import changing

    ada, officer = await a_person(Role.RESEARCHER), await a_person(Role.OFFICER, full_name="Trần Cán Bộ")
    proposal = await a_proposal(Proposal.State.IN_REVIEW, lead=ada)
    async with changing(proposal, by=officer, did="confirmed"):
        pass
    await proposals.conclude_review(proposal, recommended=True, by=officer)
    async with browsing() as browser:
        desk = await browser().sign_in(ada)
        assert "Hồ sơ: xác nhận" in desk.page.words
        assert "kết luận đánh giá" not in desk.page.words and "Trần Cán Bộ" not in desk.page.words


async def test_an_official_hears_of_their_own_application_what_its_team_hears():
    from grants.proposals import proposals
    from grants.shell.changes import changing

    head, officer = await a_person(Role.OFFICER, Role.SIGNATORY), await a_person(Role.OFFICER, full_name="Trần Cán Bộ")
    proposal = await a_proposal(Proposal.State.IN_REVIEW, signatory=head.id, title="Hồ sơ nhà")
    async with changing(proposal, by=officer, did="confirmed"):
        pass
    await proposals.conclude_review(proposal, recommended=True, by=officer)
    await proposals.conclude_review(await a_proposal(Proposal.State.IN_REVIEW, title="Hồ sơ người"), recommended=True, by=officer)
    async with browsing() as browser:
        desk = await browser().sign_in(head)
        assert "Hồ sơ: xác nhận – Hồ sơ nhà" in desk.page.words and "Cơ quan hoặc nhóm thực hiện" in desk.page.words
        assert "kết luận đánh giá – Hồ sơ người" in desk.page.words
        assert "kết luận đánh giá – Hồ sơ nhà" not in desk.page.words


async def test_an_office_hears_what_was_handed_in_but_nothing_of_a_draft():
    from grants.shell.changes import changing

    ada, officer = await a_person(Role.RESEARCHER), await a_person(Role.OFFICER)
    draft = await a_proposal(lead=ada, title="Bản thảo kín")
    handed_in = await a_proposal(Proposal.State.SUBMITTED, lead=ada, title="Đã nộp rồi")
    for proposal, did in ((draft, "budgeted"), (draft, "certified"), (draft, "submitted"), (handed_in, "submitted")):
        async with changing(proposal, by=ada, did=did):
            pass
    async with browsing() as browser:
        desk = await browser().sign_in(officer)
        assert "Hồ sơ: nộp – Đã nộp rồi" in desk.page.words and "Bản thảo kín" not in desk.page.words


@pytest.mark.parametrize("lines", [1, 30])
async def test_a_desk_takes_at_most_12_statements_however_much_waits(lines):
    everything = await a_person(*Role)
    call = await a_call()
    for _n in range(lines):
        await a_proposal(lead=everything, call=call)
        await mail.tell(everything, lambda: "Thư", lambda: "Nội dung.")
    async with browsing() as browser:
        desk = await browser().sign_in(everything)
        with statements() as asked:
            assert (await desk.open("/desk")).status == 200
    assert len(asked) <= 12, asked


async def test_a_line_of_news_names_the_project_and_the_amount_but_nothing_of_the_reader_s_own_application():
    officer, finance = await a_person(Role.OFFICER), await a_person(Role.FINANCE)
    other, own = await a_proposal(Proposal.State.APPRAISED), await a_proposal(Proposal.State.APPRAISED, lead=officer)
    for proposal in (other, own):
        held = Reservation(proposal=proposal.id, stream="recurrent", year=2026, amount=250_000_000, made_by=finance.id, made_at=now())
        await add(held, by=finance, did="requested")
    officer.session = {"id": 0}
    told = [line["what"] for line in await news.since(officer)]
    assert len(told) == 2
    assert any(other.title in one and "250.000.000 ₫" in one for one in told), told
    assert not any(own.title in one for one in told)


async def test_an_open_call_is_on_the_desk_of_whoever_may_apply_until_they_have_begun():
    call = await a_call()
    await a_call(opens_at=now() - timedelta(days=40), deadline=now() - timedelta(days=1))
    new, clerk = await a_person(), await a_person(Role.OFFICER)
    start = f"/calls/{call.id}/application"
    async with browsing() as browser:
        here, office = await browser().sign_in(new), await browser().sign_in(clerk)
        assert (call.title in here.page.words, start in here.page.links) == (True, True)
        assert [link for link in here.page.links if link.endswith("/application")] == [start]
        assert start not in office.page.links
        await here.open(start)
        await here.submit(start, title="Nghiên cứu trồng xen sầu riêng")
        assert start not in (await here.open("/desk")).links


async def test_an_invitation_waits_on_the_desk_of_the_invited_and_is_answered_there():
    lead, guest, eve = [await a_person(Role.RESEARCHER) for _n in range(3)]
    draft = await a_proposal(lead=lead)
    for who in (guest.email, "chua-co@grants.test"):
        member = await teams.invite(
            draft, by=lead, email=who, full_name="Trần Thị Bình", part="key_member", months=9, access="editor")
    mine = await TeamMember.objects().where(TeamMember.email == guest.email).first()
    asked = ("Trả lời lời mời tham gia hồ sơ", f"/invitations/{mine.id}")
    assert await what_waits_for(guest) == [asked] and await what_waits_for(eve) == []
    async with browsing() as browser:
        here, other = await browser().sign_in(guest), await browser().sign_in(eve)
        assert draft.title not in (await other.open(asked[1])).words
        assert draft.title not in (await here.open(f"/invitations/{member.id}")).words, "it is another's"
        assert "không còn dùng được" in (await here.open("/invitations/²")).words, "a digit, but no number"
        with pytest.raises(Refused, match="hết hạn"):
            await teams.join(str(member.id), by=guest)
        await here.open(asked[1])
        await here.submit(asked[1])
        assert here.page.answer.url.path == f"/proposals/{draft.id}"
    assert await what_waits_for(guest) == [("Cùng viết hồ sơ", f"/proposals/{draft.id}")]
    with pytest.raises(Refused, match="hết hạn"):
        await teams.turn_down(str(mine.id), by=guest)


async def test_one_person_does_not_send_letter_after_letter_to_strangers():
    lead = await a_person(Role.RESEARCHER)
    draft = await a_proposal(lead=lead)
    typed = {"full_name": "Trần Thị Bình", "part": "team_member", "months": 3, "access": "reader"}
    for n in range(teams.MOST_INVITED):
        await teams.invite(draft, by=lead, email=f"la{n}@grants.test", **typed)
    with pytest.raises(Refused, match="quá nhiều lần"):
        await teams.invite(draft, by=lead, email="la@grants.test", **typed)
    assert await Letter.count() == teams.MOST_INVITED
    with at(now() + timedelta(minutes=16)):
        await teams.invite(draft, by=lead, email="la@grants.test", **typed)


async def test_a_meeting_of_a_council_waits_for_each_of_its_members_until_it_has_met():
    panel = await a_panel(count=2, meets_at=now() + timedelta(days=5))
    for seat in await Seat.objects().where(Seat.panel == panel.id):
        member = await people.person(seat.person)
        assert [one.about for one in await waiting.for_person(member) if one.what == "Dự phiên họp hội đồng"] == [panel.name]
        with at(now() + timedelta(days=6)):
            assert not [one for one in await waiting.for_person(member) if one.what == "Dự phiên họp hội đồng"]
