"""The roster: joining, agreeing, carrying work, leaving; and nominations. Verbs first, then the story in the pages."""

import asyncio
import io
from datetime import timedelta

import openpyxl
import pytest

from grants.desk import waiting
from grants.people import people
from grants.people.people import today
from grants.people.tables import Membership, Person, Role
from grants.shell.changes import Refused, at, now
from grants.shell.dates import show_date
from grants.shell.tables import Letter
from review import experts, nominations, panels
from review.roster_tables import Expert, Nomination
from review.tables import Ballot
from tests.browsing import browsing
from tests.makers import PASSWORD, a_call, a_person, a_proposal, an_organisation
from tests.makers_review import a_panel, an_association, an_expert, an_invited_panel

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def entry(person: Person) -> Expert:
    return await Expert.objects().where(Expert.person == person.id).first()


async def roles(person: Person) -> set[str]:
    return {post.role for post in (await people.person(person.id)).posts}


async def test_an_enrolled_person_becomes_an_expert_and_is_asked_to_agree():
    keeper, ada, club = await a_person(Role.ASSOCIATION), await a_person(Role.RESEARCHER), await an_association("Hội Cây trồng")
    expert = await experts.enrol(ada, association=club, load=4, by=keeper)
    assert await roles(ada) == {Role.RESEARCHER, Role.EXPERT}
    assert (expert.association, expert.load, expert.consented_at) == (club.id, 4, None)
    letter = await Letter.objects().where(Letter.person == ada.id).first()
    assert letter.link == f"/experts/{expert.id}"
    with pytest.raises(Refused, match="đã có trong danh sách"):
        await experts.enrol(ada, association=club, by=keeper)
    with pytest.raises(Refused, match="Chỉ liên hiệp hội"):
        await experts.enrol(await a_person(), association=club, by=await a_person(Role.OFFICER))


async def test_two_enrolments_at_once_make_one_entry():
    keeper, ada, club = await a_person(Role.ASSOCIATION), await a_person(), await an_association()
    answers = await asyncio.gather(
        *(experts.enrol(ada, association=club, by=keeper) for _n in range(5)), return_exceptions=True
    )
    assert [type(one) for one in answers if isinstance(one, Exception)] == [Refused] * 4
    assert await Expert.count() == 1 and await Membership.count().where(Membership.person == ada.id) == 1


async def test_moving_to_another_association_moves_the_post():
    keeper, first, second = await a_person(Role.ASSOCIATION), await an_association(), await an_association()
    ada = await an_expert(association=first)
    with at(now() + timedelta(days=2)):
        await experts.revise(await entry(ada), association=second, load=3, by=keeper)
    with at(now() + timedelta(days=3)):
        assert [post.organisation for post in (await people.person(ada.id)).posts] == [second.id]


async def test_an_expert_leaves_and_comes_back_without_the_old_consent():
    keeper, club = await a_person(Role.ASSOCIATION), await an_association()
    ada = await an_expert(association=club)
    with pytest.raises(Refused, match="lý do"):
        await experts.retire(await entry(ada), reason=" ", by=keeper)
    await experts.retire(await entry(ada), reason="Chuyển công tác", by=keeper)
    with pytest.raises(Refused, match="không có trong danh sách"):
        await experts.require_ready(ada.id)
    with at(now() + timedelta(days=1)):
        assert await roles(ada) == set()
        await experts.enrol(ada, association=club, by=keeper)
        assert await roles(ada) == {Role.EXPERT}
        with pytest.raises(Refused, match="chưa đồng ý"):
            await experts.require_ready(ada.id)
    assert await Expert.count() == 1


async def test_who_sits_on_a_living_panel_does_not_leave_the_roster():
    panel = await a_panel()
    member = (await panels.members(panel))[0]
    with pytest.raises(Refused, match=panel.name):
        await experts.retire(await Expert.objects().get(Expert.id == member.expert), reason="Nghỉ", by=await a_person(Role.ASSOCIATION))


async def test_only_the_expert_agrees_and_takes_it_back():
    ada = await an_expert(consented=False)
    with pytest.raises(Refused, match="Chỉ chính chuyên gia"):
        await experts.consent(await entry(ada), by=await a_person(Role.ASSOCIATION))
    await experts.consent(await entry(ada), by=ada)
    assert (await entry(ada)).consented_at
    await experts.withdraw_consent(await entry(ada), by=ada)
    assert (await entry(ada)).consented_at is None


async def test_workload_counts_what_was_asked_and_what_came_in_time():
    panel = await an_invited_panel(applications=3)
    ballots = await Ballot.objects().order_by(Ballot.id)
    judge = ballots[0].judge
    in_time, late, _open = [ballot for ballot in ballots if ballot.judge == judge]
    for ballot, given in ((in_time, panel.meets_at - timedelta(days=1)), (late, panel.meets_at + timedelta(days=1))):
        ballot.state, ballot.total, ballot.given_at, ballot.answered_at = "given", 80, given, ballot.offered_at + timedelta(days=2)
        await ballot.save()
    work = await experts.workload(judge)
    assert {name: work[name] for name in ("panels", "offered", "unanswered", "accepted", "declined", "given", "in_time")} == {
        "panels": 1, "offered": 3, "unanswered": 1, "accepted": 2, "declined": 0, "given": 2, "in_time": 1,
    }
    assert work["days"] == 2


async def test_candidates_whose_field_meets_the_applications_come_first():
    call = await a_call()
    await a_proposal("eligible", call=call, field="401")
    other, near, exact = await an_expert(fields=["501"]), await an_expert(fields=["404"]), await an_expert(fields=["401", "501"])
    found = await nominations.candidates(call)
    assert [(one.person, one.match[0]) for one in found] == [
        (exact.id, "Đúng lĩnh vực"), (near.id, "Gần lĩnh vực"), (other.id, "Khác lĩnh vực")
    ]


async def test_a_nomination_needs_consent_counts_once_and_stays_once_the_expert_sits():
    keeper, panel = await a_person(Role.ASSOCIATION), await a_panel()
    call = await panels.call_of(panel)
    with pytest.raises(Refused, match="chưa đồng ý"):
        await nominations.nominate(call, [await entry(await an_expert(consented=False))], by=keeper)
    sitting = await Expert.objects().get(Expert.id == (await panels.members(panel))[0].expert)
    with pytest.raises(Refused, match="đã được đề cử"):
        await nominations.nominate(call, [sitting], by=keeper)
    with pytest.raises(Refused, match="đã tham gia hội đồng"):
        await nominations.withdraw(await Nomination.objects().first(), by=keeper)


async def test_the_officer_asks_for_names_and_the_federation_has_it_on_its_desk_until_there_are_enough():
    keeper, officer, call = await a_person(Role.ASSOCIATION), await a_person(Role.OFFICER), await a_call(state="closed")
    async with browsing() as browser:
        federation, office = await browser().sign_in(keeper), await browser().sign_in(officer)
        assert "Giới thiệu chuyên gia" not in (await federation.open("/desk")).words
        await office.open(f"/calls/{call.id}/nominations")
        assert "Đề nghị liên hiệp hội giới thiệu chuyên gia" in office.page.words
        await office.submit(f"/calls/{call.id}/nomination-request", wanted="2", due=show_date(today() - timedelta(days=1)))
        assert office.page.errors() == {"due": "Ngày cần có đề cử không được ở quá khứ."}
        await office.submit(f"/calls/{call.id}/nomination-request", wanted="2", due=show_date(today() + timedelta(days=5)))
        assert office.page.status == 200
        await federation.open("/desk")
        assert "Giới thiệu chuyên gia cho hội đồng" in federation.page.words and f"{call.title} (0/2)" in federation.page.words
        await nominations.nominate(call, [await entry(await an_expert()) for _n in range(2)], by=keeper)
        assert "Giới thiệu chuyên gia cho hội đồng" not in (await federation.open("/desk")).words
    assert [letter.link for letter in await Letter.objects().where(Letter.person == keeper.id)] == [f"/calls/{call.id}/nominations"]


# --- in the pages ----------------------------------------------------------------------------------------------------

async def test_the_federation_invites_a_newcomer_who_sets_a_password_and_agrees():
    keeper, club, institute = await a_person(Role.ASSOCIATION), await an_association("Hội Cà phê"), await an_organisation()
    async with browsing() as browser:
        here = await browser().sign_in(keeper)
        await here.open("/experts/new")
        await here.submit("/experts", email="lan@grants.test", association=str(club.id))
        assert here.page.status == 409 and here.page.errors() == {"email": "Địa chỉ này chưa có tài khoản. Hãy điền họ và tên để mời."}
        await here.submit("/experts", full_name="Hồ Thị Lan", degree="TS", workplace=str(institute.id))
        assert here.page.status == 200 and "TS. Hồ Thị Lan" in here.page.words and "Chờ chuyên gia đồng ý" in here.page.words
        where = here.page.answer.url.path
        letters = {letter.link.split("/")[1]: letter.link for letter in await Letter.objects().where(Letter.address == "lan@grants.test")}
        lan = browser()
        await lan.open(letters["password"])
        await lan.submit(letters["password"], password=PASSWORD, again=PASSWORD)
        await lan.sign_in(await people.by_email("lan@grants.test"))
        await lan.open(letters["experts"])
        assert lan.page.answer.url.path == where
        await lan.submit(f"{where}/consent")
        assert "Đang tham gia" in lan.page.words
        await here.open(where)
        await here.submit("/sign-out")
    person = await people.by_email("lan@grants.test")
    assert {(post.role, post.organisation) for post in person.posts} == {(Role.RESEARCHER, institute.id), (Role.EXPERT, club.id)}


async def test_the_roster_is_searched_without_accents_in_vietnamese_order_and_exported():
    club = await an_association("Hội Chăn nuôi")
    for name in ("Nguyễn Văn Đức", "Trần Thị Bình", "Lê Văn Ân", "Phạm Thị An"):
        await an_expert(name, association=club, fields=["401"])
    await an_expert("Vũ Bình", fields=["501"])
    async with browsing() as browser:
        here = await browser().sign_in(await a_person(Role.OFFICER))
        await here.open("/experts")
        names = here.page.html.xpath("//*[local-name()='tbody']/*[local-name()='tr']/*[local-name()='th']//text()[normalize-space()]")
        assert names == ["Phạm Thị An", "Lê Văn Ân", "Trần Thị Bình", "Vũ Bình", "Nguyễn Văn Đức"]
        await here.open(f"/experts?q=binh&association={club.id}&field=4&standing=active")
        assert "1 dòng" in here.page.words and "Trần Thị Bình" in here.page.words
        answer = await here.client.get(f"/experts?q=binh&association={club.id}&format=xlsx")
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        assert [row[0].value for row in sheet.iter_rows(min_row=2)] == ["Trần Thị Bình"]


async def test_an_expert_s_work_is_shown_to_the_office_and_the_federation_and_to_nobody_else():
    await an_invited_panel()
    expert = await Expert.objects().first()
    who = await people.person(expert.person)
    async with browsing() as browser:
        for role in (Role.OFFICER, Role.ASSOCIATION):
            here = await browser().sign_in(await a_person(role))
            await here.open(f"/experts/{expert.id}")
            assert here.page.status == 200 and "Nộp phiếu trước phiên họp" in here.page.words
        self = await browser().sign_in(who)
        await self.open(f"/experts/{expert.id}")
        assert self.page.status == 200 and "Nộp phiếu trước phiên họp" not in self.page.words
        other = await browser().sign_in(await an_expert())
        assert (await other.open(f"/experts/{expert.id}")).status == (await other.open("/experts/999999")).status == 404
        applicant = await browser().sign_in(await a_person(Role.RESEARCHER))
        assert (await applicant.open(f"/experts/{expert.id}")).status == 403


async def test_the_federation_nominates_several_at_once_and_the_officer_hears_of_it_once():
    keeper, call = await a_person(Role.ASSOCIATION), await a_call()
    await a_proposal("eligible", call=call)
    first, second, third = [await entry(await an_expert(f"Y {name} Niê")) for name in ("Bhĩ", "Điêu", "Wơn")]
    async with browsing() as browser:
        here = await browser().sign_in(keeper)
        where = f"/calls/{call.id}/nominations"
        await here.open(where)
        await here.submit(where)
        assert here.page.status == 409 and "Hãy chọn ít nhất một chuyên gia." in here.page.words
        await here.submit(where, experts=[str(first.id), str(third.id)], reason="Đúng chuyên ngành")
        assert "Đã đề cử 2 người" in here.page.words
        nomination = await Nomination.objects().where(Nomination.expert == third.id).first()
        await here.submit(f"/nominations/{nomination.id}/withdrawal")
        assert "Đã đề cử 1 người" in here.page.words
        await here.open(f"{where}?q=dieu")
        assert "Y Điêu Niê" in here.page.words and "Y Wơn Niê" not in here.page.words
        officer = await browser().sign_in(await people.person(call.officer))
        await officer.open(where)
        assert "Y Bhĩ Niê" in officer.page.words and "Đúng chuyên ngành" in officer.page.words
        await officer.submit("/panels")
        assert officer.page.answer.url.path.startswith("/panels/")
    assert await Letter.count().where(Letter.link == where) == 1
    assert second.id not in {one["expert"] for one in await Nomination.select(Nomination.expert)}


async def test_retiring_in_the_page_asks_for_a_reason_and_keeps_what_was_typed():
    keeper, ada = await a_person(Role.ASSOCIATION), await an_expert()
    expert = await entry(ada)
    async with browsing() as browser:
        here = await browser().sign_in(keeper)
        await here.open(f"/experts/{expert.id}/edition")
        await here.submit(f"/experts/{expert.id}/retirement")
        assert here.page.status == 422 and here.page.errors() == {"reason": "Hãy điền mục này."}
        await here.submit(f"/experts/{expert.id}/edition", load="0")
        assert here.page.errors()["load"] == "Số quá nhỏ: từ 1 trở lên."
        await here.submit(f"/experts/{expert.id}/edition", load="9")
        assert (await entry(ada)).load == 9
        await here.open(f"/experts/{expert.id}/edition")
        await here.submit(f"/experts/{expert.id}/retirement", reason="Chuyển ra Hà Nội")
        assert "Đã thôi tham gia" in here.page.words
    assert (await entry(ada)).retired_on == people.today()


async def test_an_entry_is_not_moved_to_an_organisation_that_is_no_association():
    federation = await a_person(Role.ASSOCIATION)
    expert = await entry(await an_expert())
    with pytest.raises(Refused, match="một hội thành viên hoặc liên hiệp hội"):
        await experts.revise(expert, association=await an_organisation(), load=3, by=federation)
    assert (await Expert.objects().get(Expert.id == expert.id)).association == expert.association


async def test_an_expert_s_desk_asks_for_their_agreement_until_it_is_given():
    ada = await an_expert(consented=False)
    expert = await entry(ada)
    asked = ("Cho biết có đồng ý để tỉnh dùng thông tin của mình", f"/experts/{expert.id}")
    assert [(one.what, one.href) for one in await waiting.for_person(ada)] == [asked]
    await experts.consent(expert, by=ada)
    assert await waiting.for_person(ada) == []
