"""Writing an application as a person meets it: what is missing leads to its field, errors stand where they belong."""

import re

import pytest

from grants.calls import calls
from grants.calls.tables import Call
from grants.people.tables import Role
from grants.proposals import drafts, lines, submissions, teams
from grants.proposals.tables import BudgetLine, Partner, Proposal, Section, TeamMember
from grants.shell.changes import Refused, now
from grants.shell.tables import Letter
from tests.browsing import browsing
from tests.makers import a_call, a_person, a_proposal, an_organisation

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
MILLION = 1_000_000


async def a_draft(lead, **more) -> Proposal:
    return await a_proposal(lead=lead, **more)


async def a_call_of(**money: int) -> Call:
    """A call with money of these sources, in đồng."""
    call = await a_call()
    await calls.set_money(call, money, by=await a_person(Role.OFFICER))
    return await Call.objects().get(Call.id == call.id)


# --- the check page --------------------------------------------------------------------------------------------------

async def test_each_missing_thing_leads_to_the_place_where_it_is_put_right():
    lead = await a_person(Role.RESEARCHER)
    draft = await a_draft(lead, title_en="", summary="", months=None)
    await Section.delete(force=True).where(Section.code == "need")
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        page = await ada.open(f"/proposals/{draft.id}/submission")
        missing = {a.get("href"): a.text for a in page.html.xpath("//*[contains(@class, 'note')]//*[local-name()='a']")}
        here = f"/proposals/{draft.id}"
        assert missing[f"{here}/general#f-title_en"] == "Ghi tên tiếng Anh"
        assert {f"{here}/general#f-months", f"{here}/sections/need#f-text", f"{here}/products#f-form"} <= set(missing)
        for href in missing:
            path, _hash, spot = href.partition("#")
            assert (await ada.open(path)).html.xpath(f"//*[@id='{spot}']"), href
        page = await ada.open(f"{here}/submission")
        assert not re.search(r"(Sửa|Thay đổi) (phần )?(general|team|products|budget|documents|sections)", page.words)
        assert "Sửa phần Thông tin chung" in page.words
        await ada.open(f"{here}/general")
        page = await ada.submit(f"{here}/general", lead_organisation="²")  # a digit, but no number
        assert page.status == 422 and "lead_organisation" in page.errors()


async def test_a_field_of_science_is_read_by_its_name():
    lead = await a_person(Role.RESEARCHER)
    draft = await a_draft(lead, field="401")
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        words = (await ada.open(f"/proposals/{draft.id}/submission")).words
        name = re.search(r"Lĩnh vực ?(.+?) ?Thời gian thực hiện", words)[1]
        assert name != "401" and name.startswith("401 "), name


async def test_the_error_summary_names_the_field_of_each_sentence():
    lead = await a_person(Role.RESEARCHER)
    draft = await a_draft(lead)
    path = f"/proposals/{draft.id}/products"
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        await ada.open(path)
        page = await ada.submit(path, name="", unit="", quantity="không")
        said = [" ".join("".join(a.itertext()).split()) for a in page.html.xpath("//*[@class='error-summary']//*[local-name()='a']")]
        assert said == ["Tên sản phẩm: Hãy điền mục này.", "Đơn vị tính: Hãy điền mục này.", "Số lượng: Hãy gõ một số nguyên."]


# --- what was touched ------------------------------------------------------------------------------------------------

async def test_a_part_that_was_never_saved_does_not_say_when_it_was():
    lead = await a_person(Role.RESEARCHER)
    call = await a_call()
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        await ada.open(f"/calls/{call.id}/application")
        await ada.submit(f"/calls/{call.id}/application", title="Voi nhà Buôn Đôn")
        here = ada.page.answer.url.path
        for part in ("general", "sections/need", "sections/method"):
            assert "Đã lưu lúc" not in (await ada.open(f"{here}/{part}")).words, part
        await ada.open(f"{here}/sections/need")
        await ada.submit(f"{here}/sections/need", text="Hạn hán.")
        assert "Đã lưu lúc" in (await ada.open(f"{here}/sections/need")).words
        for part in ("general", "sections/method"):
            assert "Đã lưu lúc" not in (await ada.open(f"{here}/{part}")).words, part


def tag_of(page, title: str) -> str:
    item = next(li for li in page.html.xpath("//*[@class='tasks']/*") if title in "".join(li.itertext()))
    return "".join(item.xpath(".//*[contains(@class, 'tag')]")[0].itertext()).strip()


async def test_partners_are_done_only_when_named_or_when_the_team_says_there_are_none():
    lead, university = await a_person(Role.RESEARCHER), await an_organisation()
    draft = await a_draft(lead)
    here = f"/proposals/{draft.id}"
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        assert tag_of(await ada.open(here), "Tổ chức phối hợp") == "Không bắt buộc"
        await ada.open(f"{here}/partners")
        await ada.submit(f"{here}/partners/none")
        assert tag_of(ada.page, "Tổ chức phối hợp") == "Xong"
        await ada.open(f"{here}/partners")
        await ada.submit(f"{here}/partners", organisation=str(university.id), task="Điều tra")
        assert tag_of(await ada.open(here), "Tổ chức phối hợp") == "Xong"
    assert not (await Proposal.objects().first()).no_partners
    with pytest.raises(Refused, match="đang có tổ chức phối hợp"):
        await drafts.go_alone(draft, by=lead)
    assert await Partner.count() == 1


# --- sources and ceilings --------------------------------------------------------------------------------------------

async def test_state_money_is_asked_only_of_a_source_that_the_call_has_money_of():
    lead = await a_person(Role.RESEARCHER)
    draft = await a_draft(lead, call=await a_call_of(recurrent=900 * MILLION))
    path = f"/proposals/{draft.id}/budget"
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        page = await ada.open(path)
        offered = page.html.xpath("//*[@name='source']/*/@value")
        assert offered == ["recurrent", "own"] and "Thông báo này cấp kinh phí từ: Kinh phí sự nghiệp." in page.words
        page = await ada.submit(path, source="capital", requested="100 triệu", note="Máy đo")
        assert page.status == 409
        assert page.errors() == {
            "source": "Thông báo này chỉ dùng: Kinh phí sự nghiệp. Không đề nghị được từ «Vốn đầu tư phát triển»."
        }
        assert "Máy đo" in page.text
    for source in ("capital", "fund"):
        with pytest.raises(Refused, match="chỉ dùng"):
            await lines.add_line(draft, by=lead, group=1, year=now().year, source=source, requested=MILLION)
    line = await BudgetLine.objects().first()
    with pytest.raises(Refused, match="chỉ dùng"):
        await lines.change_line(line, by=lead, source="fund")
    await lines.add_line(draft, by=lead, group=1, year=now().year, source="own", requested=MILLION)
    assert await BudgetLine.count() == 2


async def test_a_call_without_money_yet_takes_lines_of_every_source():
    lead = await a_person(Role.RESEARCHER)
    draft = await a_draft(lead)
    for source in ("capital", "recurrent", "fund", "own"):
        await lines.add_line(draft, by=lead, group=1, year=now().year, source=source, requested=MILLION)
    assert await BudgetLine.count() == 5


async def test_all_lines_of_a_source_stay_within_what_the_call_lets_one_application_ask():
    lead, officer = await a_person(Role.RESEARCHER), await a_person(Role.OFFICER)
    call = await a_call_of(recurrent=5000 * MILLION)
    await calls.limit_sources(call, {"recurrent": 1000 * MILLION, "capital": None}, by=officer)
    draft = await a_draft(lead, call=call, amount=900 * MILLION)
    path = f"/proposals/{draft.id}/budget"
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        page = await ada.open(path)
        assert "Kinh phí sự nghiệp: tối đa 1.000.000.000 ₫ cho một hồ sơ, còn đề nghị thêm được 100.000.000 ₫." in page.words
        page = await ada.submit(path, requested="101 triệu")
        assert page.status == 409 and "tối đa 1.000.000.000 ₫; với dòng này là 1.001.000.000 ₫" in page.errors()["requested"]
        await ada.submit(path, requested="100 triệu")
        assert ada.page.status == 200
    line = await BudgetLine.objects().order_by(BudgetLine.id, ascending=False).first()
    with pytest.raises(Refused, match="tối đa"):
        await lines.change_line(line, by=lead, requested=100 * MILLION + 1)
    assert (await Proposal.objects().first()).requested_state == 1000 * MILLION


async def test_a_ceiling_lowered_after_the_lines_were_written_stands_against_handing_in():
    lead, officer = await a_person(Role.RESEARCHER), await a_person(Role.OFFICER)
    call = await a_call_of(recurrent=5000 * MILLION)
    draft = await a_draft(lead, call=call, amount=900 * MILLION)
    await calls.limit_sources(call, {"recurrent": 800 * MILLION}, by=officer)
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        page = await ada.open(f"/proposals/{draft.id}/submission")
        assert "Giảm kinh phí từ «Kinh phí sự nghiệp»: đề nghị 900.000.000 ₫, tối đa 800.000.000 ₫" in page.words
        assert f"/proposals/{draft.id}/budget#line-1" in page.links


async def test_an_officer_sets_the_most_of_each_source_on_the_call():
    officer = await a_person(Role.OFFICER)
    call = await a_call(state=Call.State.DRAFT)
    path = f"/calls/{call.id}/edition"
    async with browsing() as browser:
        clerk = await browser().sign_in(officer)
        await clerk.open(path)
        await clerk.submit(path, ceiling_recurrent="800 triệu")
        assert "Tối đa từ Kinh phí sự nghiệp800.000.000 ₫" in clerk.page.words
        await clerk.open(path)
        await clerk.submit(path, ceiling_recurrent="")
        assert "Tối đa từ" not in clerk.page.words


# --- the team --------------------------------------------------------------------------------------------------------

async def test_an_error_about_a_member_stands_at_that_member_and_not_at_the_invitation():
    lead, eve = await a_person(Role.RESEARCHER), await a_person(Role.RESEARCHER)
    draft = await a_draft(lead)
    await teams.invite(draft, by=lead, email=eve.email, full_name="Y Eve", part="team_member", months=3, access="reader")
    member = await TeamMember.objects().where(TeamMember.email == eve.email).first()
    path = f"/proposals/{draft.id}/team/{member.id}"
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        await ada.open(f"/proposals/{draft.id}/team")
        page = await ada.submit(path, months="500")
        assert page.status == 422 and page.errors() == {f"months-{member.id}": "Số quá lớn: tối đa 120."}
        box = page.html.xpath(f"//*[@id='f-months-{member.id}']")[0]
        assert box.get("value") == "500"
        card = page.html.xpath(f"//*[@id='member-{member.id}']//*[local-name()='details']")[0]
        assert card.get("open") is not None
        assert page.html.xpath("//*[@class='error-summary']//@href") == [f"#f-months-{member.id}"]
        assert page.html.xpath("//*[@id='f-months']")[0].get("value") == ""
        await ada.submit(path, months="6")
        assert (await TeamMember.objects().get(TeamMember.id == member.id)).months == 6


async def an_invitation(lead, guest) -> tuple[Proposal, str]:
    draft = await a_draft(lead, certified_at=now(), certified_by=lead.id)
    await teams.invite(draft, by=lead, email=guest.email, full_name=guest.full_name, part="key_member", months=9, access="editor")
    letter = await Letter.objects().where(Letter.person == guest.id).order_by(Letter.id, ascending=False).first()
    return draft, letter.link


async def test_an_invitation_says_what_it_is_and_may_be_accepted_once():
    lead, guest, eve = [await a_person(Role.RESEARCHER) for _n in range(3)]
    draft, link = await an_invitation(lead, guest)
    async with browsing() as browser:
        other = await browser().sign_in(eve)
        assert draft.title not in (await other.open(link)).words
        here = await browser().sign_in(guest)
        words = (await here.open(link)).words
        assert all(told in words for told in (draft.title, lead.full_name, lead.email, "Thành viên chính", "Cùng soạn", "9"))
        await here.submit(link)
        assert here.page.answer.url.path == f"/proposals/{draft.id}"
        assert "không còn dùng được" in (await here.open(link)).words


async def test_who_declines_an_invitation_leaves_the_team_and_the_lead_is_told():
    lead, guest, eve = [await a_person(Role.RESEARCHER) for _n in range(3)]
    draft, link = await an_invitation(lead, guest)
    token = link.rsplit("/", 1)[-1]
    with pytest.raises(Refused, match="địa chỉ thư khác"):
        await teams.turn_down(token, by=eve)
    async with browsing() as browser:
        here = await browser().sign_in(guest)
        await here.open(link)
        await here.submit(f"{link}/refusal")
        assert here.page.status == 200
    assert [one.person for one in await TeamMember.objects()] == [lead.id]
    told = await Letter.objects().where(Letter.person == lead.id).first()
    assert guest.full_name in told.body and draft.title in told.body
    assert (await Proposal.objects().first()).certified_at is None, "what the organisation stood behind has changed"
    for verb in (teams.join, teams.turn_down):
        with pytest.raises(Refused, match="đã dùng rồi"):
            await verb(token, by=guest)


# --- history and lists -----------------------------------------------------------------------------------------------

async def test_the_history_is_newest_first_and_a_day_s_writing_is_one_line_to_unfold():
    lead, officer = await a_person(Role.RESEARCHER), await a_person(Role.OFFICER)
    draft = await a_draft(lead)
    for code in ("need", "method", "content"):
        await drafts.write(draft, code, f"Viết {code}.", by=lead)
    await drafts.describe(draft, by=lead, title="Voi nhà ở Lắk")
    await Proposal.update({Proposal.state: "submitted", Proposal.reference: "TB-001", Proposal.submitted_at: now()}, force=True)
    async with browsing() as browser:
        clerk = await browser().sign_in(officer)
        page = await clerk.open(f"/proposals/{draft.id}/history")
        (entry,) = page.html.xpath("//*[@class='timeline']/*")
        assert "Soạn hồ sơ: lưu 4 lần" in "".join(entry.itertext())
        inside = [" ".join("".join(li.itertext()).split()) for li in entry.xpath(".//*[local-name()='details']//*[local-name()='li']")]
        assert [line.rsplit(": ", 1)[-1] for line in inside] == ["Ghi thông tin chung", *["Viết thuyết minh"] * 3]


async def test_a_filter_set_by_a_link_stays_on_filtering_and_is_a_chip_that_takes_it_away():
    officer = await a_person(Role.OFFICER)
    mine, other = await a_proposal(Proposal.State.SUBMITTED), await a_proposal(Proposal.State.SUBMITTED)
    call = await Call.objects().get(Call.id == mine.call)
    async with browsing() as browser:
        clerk = await browser().sign_in(officer)
        page = await clerk.open(f"/proposals?call={mine.call}&state=submitted")
        (chip,) = page.html.xpath("//*[@class='chip']")
        assert f"Thông báo: {call.code}" in "".join(chip.itertext()) and other.title not in page.words
        form = next(f for f in page.all("form") if f.get("class") == "filters")
        assert form.xpath(".//*[@name='call']/@value") == [str(mine.call)]
        page = await clerk.open(chip.get("href"))
        assert other.title in page.words and mine.title in page.words and "state=submitted" in chip.get("href")
        assert page.html.xpath("//*[@class='chip']") == []


async def test_a_finished_application_says_that_its_head_has_not_been_asked_until_the_team_asks():
    university = await an_organisation()
    ada, head = await a_person(Role.RESEARCHER, of=university), await a_person(Role.SIGNATORY, of=university)
    draft = await a_proposal(lead=ada, signatory=head.id)
    await drafts.add_product(draft, by=ada, form="I", name="Bài báo", unit="bài", quantity=2, quality="")
    here = f"/proposals/{draft.id}"
    async with browsing() as browser:
        page = await browser().sign_in(ada)
        assert "Gửi thủ trưởng đọc và xác nhận" in (await page.open(here)).words
        assert "chưa gửi thì người ký chưa biết" in (await page.open(f"{here}/certification")).words
        await page.submit(f"{here}/certification-request")
        assert "Đang chờ" in page.page.words and "chưa biết" not in page.page.words
        assert head.full_name in (await page.open(here)).words and "Gửi thủ trưởng" not in page.page.words
        await submissions.certify(await Proposal.objects().get(Proposal.id == draft.id), by=head)
        await drafts.add_product(draft, by=ada, form="I", name="Sách", unit="cuốn", quantity=1, quality="")
        assert "Gửi thủ trưởng đọc và xác nhận" in (await page.open(here)).words, "what was certified is another application by now"
