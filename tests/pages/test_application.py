"""An application through its pages: started, written part by part, certified, handed in, opened and confirmed."""

import io
import re
from datetime import timedelta

import pytest
from pypdf import PdfWriter

from grants.calls.tables import AskedDocument
from grants.people.tables import Role
from grants.proposals.tables import BudgetLine, Document, Proposal, Section
from grants.shell.changes import at
from tests.browsing import browsing
from tests.makers import a_call, a_person, a_proposal, an_organisation

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


def a_pdf() -> bytes:
    out, writer = io.BytesIO(), PdfWriter()
    writer.add_blank_page(200, 200)
    writer.write(out)
    return out.getvalue()


async def a_call_that_asks():
    call = await a_call()
    await AskedDocument(call=call.id, code="letter", name="Đơn đăng ký", name_en="Letter", form_code="B1-1-ĐON").save()
    return call


async def test_a_researcher_writes_an_application_and_hands_it_in_and_the_officer_opens_it():
    university = await an_organisation("Trường Đại học Tây Nguyên")
    lead, rector = await a_person(Role.RESEARCHER, of=university), await a_person(Role.SIGNATORY, of=university)
    officer, call = await a_person(Role.OFFICER), await a_call_that_asks()
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        await ada.open(f"/calls/{call.id}")
        await ada.open(f"/calls/{call.id}/application")
        await ada.submit(f"/calls/{call.id}/application", title="Bảo tồn voi nhà ở Buôn Đôn")
        here = ada.page.answer.url.path
        await ada.open(f"{here}/general")
        await ada.submit(
            f"{here}/general", title_en="Elephants", summary="Chăm sóc voi nhà.", field="401", months="24", signatory="",
            lead_organisation=str(university.id),
        )
        await ada.open(f"{here}/general")
        await ada.submit(f"{here}/general", signatory=str(rector.id))
        for code in ("need", "objective", "content", "method", "application", "capacity"):
            await ada.open(f"{here}/sections/{code}")
            await ada.submit(f"{here}/sections/{code}", text=f"Đoạn viết về {code}.")
        await ada.open(f"{here}/team")
        await ada.submit(f"{here}/team/1", months="18")
        await ada.open(f"{here}/products")
        await ada.submit(f"{here}/products", form="I", name="Bài báo", unit="bài", quantity="2", quality="Scopus")
        await ada.open(f"{here}/budget")
        await ada.submit(f"{here}/budget", requested="850 triệu", note="Thù lao")
        assert "850.000.000" in ada.page.words
        await ada.open(f"{here}/documents")
        await ada.submit(f"{here}/documents/1", files={"file": ("don.pdf", a_pdf(), "application/pdf")})
        assert "don.pdf" in ada.page.words
        head = await browser().sign_in(rector)
        await head.open(f"{here}/certification")
        await head.submit(f"{here}/certification")
        await ada.open(f"{here}/submission")
        await ada.submit(f"{here}/submission")
        assert ada.page.answer.url.path == f"{here}/receipt" and f"{call.code}-001" in ada.page.words
        assert (await ada.open(f"{here}/submission")).answer.url.path == here  # the browser's Back
        clerk = await browser().sign_in(officer)
    with at(call.deadline + timedelta(days=1)):
        async with browsing() as browser:
            clerk = await browser().sign_in(officer)
            await clerk.open(f"/calls/{call.id}")
            await clerk.submit(f"/calls/{call.id}/opening")
            assert "Đủ điều kiện" in clerk.page.words
            await clerk.submit("/proposals/1/eligibility", eligible="yes")
    assert (await Proposal.objects().first()).state == "eligible"


async def test_autosave_answers_with_the_time_and_a_lost_right_with_a_sentence():
    lead, stranger = await a_person(Role.RESEARCHER), await a_person(Role.RESEARCHER)
    draft = await a_proposal(lead=lead)
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        here = f"/proposals/{draft.id}/sections/need"
        await ada.open(here)
        token = ada.client.cookies["csrftoken"]
        answer = await ada.client.post(here, data={"text": "Nửa câu", "_csrf_token": token}, headers={"hx-request": "true"})
        assert answer.status_code == 200 and "Đã lưu lúc" in answer.text and "<html" not in answer.text
        assert (await Section.objects().where(Section.code == "need").first()).text == "Nửa câu"
        answer = await ada.client.post(here, data={"text": "a\x00b", "_csrf_token": token}, headers={"hx-request": "true"})
        assert answer.status_code == 422
        assert (await Section.objects().where(Section.code == "need").first()).text == "Nửa câu"
        eve = await browser().sign_in(stranger)
        assert (await eve.open(here)).status == 404
        assert (await eve.open("/proposals/99999/sections/need")).status == 404


async def test_a_wrong_amount_comes_back_with_everything_typed_and_adds_no_line():
    lead = await a_person(Role.RESEARCHER)
    draft = await a_proposal(lead=lead)
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        await ada.open(f"/proposals/{draft.id}/budget")
        await ada.submit(f"/proposals/{draft.id}/budget", requested="một ít", note="Điều tra nông hộ")
        assert ada.page.status == 422 and ada.page.errors()["requested"]
        assert ada.page.form(f"/proposals/{draft.id}/budget").xpath(".//*[@name='note']/@value") == ["Điều tra nông hộ"]
    assert await BudgetLine.count() == 1


@pytest.mark.parametrize("content, sentence", [
    (b"MZ not a pdf", "không phải là PDF"),
    (b"%PDF-1.7 broken", "bị hỏng"),
    (b"", "không phải là PDF"),
])
async def test_a_file_that_is_no_pdf_is_refused_at_its_field(content, sentence):
    lead, call = await a_person(Role.RESEARCHER), await a_call_that_asks()
    draft = await a_proposal(lead=lead, call=call)
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        await ada.open(f"/proposals/{draft.id}/documents")
        await ada.submit(f"/proposals/{draft.id}/documents/1", files={"file": ("x.pdf", content, "application/pdf")})
        assert ada.page.status == 422 and sentence in ada.page.errors()["file-1"]
    assert await Document.count() == 0


async def test_the_list_exports_the_rows_and_the_sum_of_the_screen():
    officer, call = await a_person(Role.OFFICER), await a_call()
    for amount in (300_000_000, 450_000_000):
        await a_proposal(Proposal.State.SUBMITTED, call=call, amount=amount)
    async with browsing() as browser:
        clerk = await browser().sign_in(officer)
        await clerk.open("/proposals?q=ca+phe")
        assert "750.000.000" in clerk.page.words
        answer = await clerk.client.get("/proposals?q=ca+phe&format=csv")
        assert answer.headers["content-disposition"].startswith("attachment")
        lines = answer.text.splitlines()
        assert len(lines) == 4 and lines[-1].endswith("750000000")


async def test_neither_filter_nor_sort_tells_the_team_what_the_panel_concluded():
    lead, call = await a_person(Role.RESEARCHER), await a_call()
    for state in (Proposal.State.NOT_RECOMMENDED, Proposal.State.IN_REVIEW, Proposal.State.RECOMMENDED):
        await a_proposal(state, lead=lead, call=call)
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        answers = []
        for path in ("/proposals?state=in_review", "/proposals?sort=state", "/proposals", "/proposals?sort=-state"):
            page = await ada.open(path)
            answers.append([link.get("href") for link in page.html.xpath("//*[local-name()='tbody']//*[local-name()='a']")])
        assert len(answers[0]) == 3 and all(answer == answers[0] for answer in answers)
        assert (await ada.open("/proposals?state=recommended")).words.count("Đang đánh giá") <= 1


async def test_who_writes_over_words_saved_meanwhile_is_shown_both_and_decides():
    lead = await a_person(Role.RESEARCHER)
    draft = await a_proposal(lead=lead)
    here = f"/proposals/{draft.id}/sections/need"
    async with browsing() as browser:
        first, second = await browser().sign_in(lead), await browser().sign_in(lead)
        await first.open(here)
        seen = seen_on(await second.open(here), here)
        await first.submit(here, text="Ghi ở máy cơ quan.", go=here)
        autosave = {"text": "Gõ ở nhà.", "seen": seen, "_csrf_token": second.client.cookies["csrftoken"]}
        answer = await second.client.post(here, data=autosave, headers={"hx-request": "true"})
        assert answer.status_code == 409 and "vừa được lưu ở nơi khác" in answer.text
        assert await section_text() == "Ghi ở máy cơ quan."
        page = await second.submit(here, text="Gõ ở nhà.", go=here)
        assert page.status == 409 and "Ghi ở máy cơ quan." in page.words
        await second.submit(here, text="Gõ ở nhà, ghép với máy cơ quan.", go=here)
        assert await section_text() == "Gõ ở nhà, ghép với máy cơ quan."


async def test_a_page_that_saves_itself_goes_on_over_its_own_words():
    lead = await a_person(Role.RESEARCHER)
    draft = await a_proposal(lead=lead)
    here = f"/proposals/{draft.id}/sections/need"
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        page = await ada.open(here)
        typed, seen = {"_csrf_token": ada.client.cookies["csrftoken"]}, seen_on(page, here)
        for words in ("Một", "Một hai", "Một hai ba"):
            answer = await ada.client.post(here, data=typed | {"text": words, "seen": seen}, headers={"hx-request": "true"})
            seen = re.search(r'name="seen" id="f-seen" value="([^"]+)" hx-swap-oob', answer.text)[1]
        assert await section_text() == "Một hai ba"


async def test_the_general_part_is_not_written_over_unseen_either():
    lead = await a_person(Role.RESEARCHER)
    draft = await a_proposal(lead=lead)
    here = f"/proposals/{draft.id}/general"
    async with browsing() as browser:
        first, second = await browser().sign_in(lead), await browser().sign_in(lead)
        await first.open(here)
        await second.open(here)
        await first.submit(here, title="Tên ghi ở cơ quan")
        page = await second.submit(here, title="Tên gõ ở nhà")
        assert page.status == 409 and "vừa được lưu ở nơi khác" in page.words
        assert (await Proposal.objects().first()).title == "Tên ghi ở cơ quan"
        await second.submit(here, title="Tên gõ ở nhà")
        assert (await Proposal.objects().first()).title == "Tên gõ ở nhà"


def seen_on(page, form: str) -> str:
    return next(box.get("value") for box in page.form(form).iter() if box.get("name") == "seen")


async def section_text() -> str:
    return (await Section.objects().where(Section.code == "need").first()).text
