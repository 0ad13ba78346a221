"""Whatever stood in the way, what a person typed is still there, and there is a place to go on from."""

import pytest

from grants.calls.tables import Call
from grants.people.tables import Role
from grants.proposals.tables import Proposal, Section
from grants.shell import uploads
from grants.shell.database import rows
from review.opinion_tables import Opinion
from tests.browsing import Page, browsing
from tests.makers import a_call, a_person, a_proposal

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
LONG = "Hạn hán kéo dài ở Ea Súp.\r\n\r\nĐã có <3 nghiên cứu> & chưa ai đo «độ ẩm»."
HERE = {"origin": "http://127.0.0.1:8000"}


def to_copy(page: Page) -> list[str]:
    """The texts that the page gives back to be copied."""
    boxes = page.html.xpath("//*[local-name()='section' and @class='unsaid']//*[local-name()='textarea']")
    assert all(box.get("readonly") is not None and box.get("aria-label") for box in boxes)
    return ["".join(box.itertext()).removeprefix("\n") for box in boxes]


async def kept(proposal) -> str:
    return (await Section.objects().where((Section.proposal == proposal.id) & (Section.code == "need")).first()).text


@pytest.fixture
async def written(db):
    """A lead person, their draft, and its part «need» open in their browser."""
    lead = await a_person(Role.RESEARCHER)
    proposal = await a_proposal(lead=lead)
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        await ada.open(f"/proposals/{proposal.id}/sections/need")
        yield ada, proposal, f"/proposals/{proposal.id}/sections/need"


async def test_a_part_written_while_the_application_was_handed_in_elsewhere_can_be_copied(written):
    ada, proposal, path = written
    await rows("UPDATE proposal SET state = 'submitted', submitted_at = now(), reference = 'TB-1-001' WHERE id = $1", proposal.id)
    page = await ada.submit(path, text=LONG)
    assert page.status == 409 and [text for text in [*to_copy(page), page.words] if "Hạn hán kéo dài ở Ea Súp." in text]
    assert await kept(proposal) != LONG


async def test_what_was_typed_about_a_thing_that_is_gone_is_on_the_page_that_says_so(written):
    ada, proposal, path = written
    await rows("UPDATE team_member SET person = NULL WHERE proposal = $1", proposal.id)
    other = await a_person(Role.RESEARCHER)
    await rows("UPDATE proposal SET lead = $2 WHERE id = $1", proposal.id, other.id)
    page = await ada.submit(path, text=LONG)
    assert page.status == 404 and to_copy(page) == [LONG.replace("\r\n", "\n")]


async def test_a_reason_for_what_another_decided_meanwhile_is_given_back():
    officer = await a_person(Role.OFFICER)
    call = await a_call(state=Call.State.DRAFT, officer=officer.id)
    async with browsing() as browser:
        clerk = await browser().sign_in(officer)
        await clerk.open(f"/calls/{call.id}/edition")
        await rows("UPDATE call SET state = 'published' WHERE id = $1", call.id)
        page = await clerk.submit(f"/calls/{call.id}/edition", summary="Bản tóm tắt đã gõ cả buổi sáng")
        assert page.status == 409 and "Bản tóm tắt đã gõ cả buổi sáng" in page.text


async def test_a_form_given_back_with_everything_in_it_repeats_nothing(written):
    ada, proposal, _path = written
    path = f"/proposals/{proposal.id}/products"
    await ada.open(path)
    page = await ada.submit(path, form="II", name="Quy trình ghép chồi cà phê", unit="b" * 61, quantity="1")
    assert page.status == 422 and to_copy(page) == []


async def test_a_page_whose_token_is_another_by_now_is_sent_again_by_one_press(written):
    ada, proposal, path = written
    token = ada.page.form(path).xpath(".//*[@name='_csrf_token']/@value")[0]
    del ada.client.cookies["csrftoken"]
    answer = await ada.client.post(path, data={"text": LONG, "_csrf_token": token}, headers=HERE)
    ada.page = Page(answer)
    assert answer.status_code == 403 and "Ea Súp" in ada.page.words and await kept(proposal) != LONG
    page = await ada.submit(path)
    assert page.status == 200 and await kept(proposal) == LONG.replace("\r\n", "\n")


async def test_what_another_site_sends_here_is_not_even_repeated(written):
    ada, _proposal, path = written
    for headers in ({"origin": "https://khac.example"}, {"origin": "null"}, {"referer": "https://khac.example/x"}, {}):
        answer = await ada.client.post(path, data={"text": LONG, "_csrf_token": "0" * 128}, headers=headers)
        assert answer.status_code == 403 and "Ea Súp" not in answer.text, headers


async def test_a_password_typed_under_an_old_token_is_neither_shown_nor_sent_again():
    async with browsing() as browser:
        ada = browser()
        await ada.open("/sign-in")
        typed = {"email": "an@grants.test", "password": "mat khau rat dai", "code": "123456", "_csrf_token": "0" * 128}
        answer = await ada.client.post("/sign-in", data=typed, headers=HERE)
        assert answer.status_code == 403 and "mat khau" not in answer.text and "123456" not in answer.text
        assert (await ada.client.get("/sign-in")).status_code == 200


async def test_a_token_of_an_earlier_secret_is_replaced():
    async with browsing() as browser:
        ada = browser()
        ada.client.cookies.set("csrftoken", "0" * 128, domain="127.0.0.1", path="/")
        answer = await ada.client.post("/language", data={"language": "en", "back": "/"}, headers=HERE)
        assert answer.status_code == 403
        await ada.open("/help")
        assert (await ada.submit("/language", language="en", back="/help")).status == 200


async def test_a_file_that_is_too_large_is_said_at_its_field_and_the_rest_stays(monkeypatch):
    monkeypatch.setattr(uploads, "LARGEST", 30 * 1024)
    monkeypatch.setattr("grants.shell.files.LARGEST", 20 * 1024)
    officer = await a_person(Role.OFFICER)
    async with browsing() as browser:
        clerk = await browser().sign_in(officer)
        await clerk.open("/opinions/new")
        page = await clerk.submit(
            "/opinions", files={"given": ("lon.pdf", b"%PDF-" + b"x" * 26 * 1024 * 1024, "application/pdf")},
            kind="critique", about="paper", paper="Quy hoạch vùng sâm", question="Có nên trồng sâm ở độ cao này không?", due="30/11/2026",
        )
        assert page.status == 422 and page.errors() == {"given": "Tệp lớn hơn 20 MB. Hãy nén hoặc chia nhỏ tệp."}
        assert "Có nên trồng sâm ở độ cao này không?" in page.words
    assert await Opinion.count() == 0


async def test_a_text_beyond_measure_beside_a_file_is_refused(monkeypatch):
    monkeypatch.setattr(uploads, "MOST_TYPED", 1024)
    async with browsing() as browser:
        clerk = await browser().sign_in(await a_person(Role.OFFICER))
        await clerk.open("/opinions/new")
        page = await clerk.submit("/opinions", files={"given": ("a.pdf", b"x" * 26 * 1024 * 1024)}, question="dài " * 1000)
        assert page.status == 413


async def test_no_more_of_many_files_is_kept_than_of_a_few(monkeypatch):
    monkeypatch.setattr(uploads, "LARGEST", 1024)
    monkeypatch.setattr(uploads, "MOST_KEPT", 3 * 1024)
    async with browsing() as browser:
        clerk = await browser().sign_in(await a_person(Role.OFFICER))
        await clerk.open("/opinions/new")
        for count, status in ((2, 422), (3, 413)):
            files = {f"more{n}": ("a.pdf", b"x" * 2048) for n in range(count - 1)}
            page = await clerk.submit("/opinions", files=files | {"given": ("a.pdf", b"x" * 26 * 1024 * 1024)})
            assert page.status == status, count
            await clerk.open("/opinions/new")


# --- a place to go on from -------------------------------------------------------------------------------------------

async def test_going_back_to_a_step_that_is_over_leads_to_what_it_was_a_step_of():
    lead, call = await a_person(Role.RESEARCHER), await a_call()
    draft, judged = await a_proposal(lead=lead, call=call), await a_proposal(Proposal.State.ELIGIBLE, lead=lead, call=call)
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        for proposal, step, lands in (
            (judged, "submission", ""), (judged, "withdrawal", ""), (draft, "receipt", ""), (judged, "certification-request", ""),
            (judged, "team/7/removal", "/team"),
        ):
            page = await ada.open(f"/proposals/{proposal.id}/{step}")
            assert (page.status, page.answer.url.path) == (200, f"/proposals/{proposal.id}{lands}"), step


async def test_a_stranger_is_led_nowhere_but_to_the_list():
    proposal = await a_proposal(Proposal.State.SUBMITTED)
    async with browsing() as browser:
        eve = await browser().sign_in(await a_person(Role.RESEARCHER))
        for id in (proposal.id, 2_000_000_000):
            for step in ("/submission", "/withdrawal", ""):
                page = await eve.open(f"/proposals/{id}{step}")
                assert page.status == 404
            assert "/proposals" in page.links and f"/proposals/{id}" not in page.links
