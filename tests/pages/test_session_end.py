"""A session that ends takes nothing from who is typing: they are warned, sign in again, and send what they had typed."""

from datetime import timedelta

import pytest

from grants.people.tables import Role
from grants.proposals.tables import Section
from grants.shell import sessions
from grants.shell.changes import at, now
from grants.shell.database import rows
from tests.browsing import browsing
from tests.makers import PASSWORD, a_person, a_proposal

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
LONG = "Hạn hán kéo dài ở Ea Súp.\n\nĐã có <3 nghiên cứu> & chưa ai đo «độ ẩm»."


async def kept_text(proposal) -> str:
    found = await Section.objects().where((Section.proposal == proposal.id) & (Section.code == "need")).first()
    return found.text


async def test_what_was_sent_after_the_session_had_ended_is_sent_again_after_signing_in():
    lead = await a_person(Role.RESEARCHER)
    proposal = await a_proposal(lead=lead)
    path = f"/proposals/{proposal.id}/sections/need"
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        await ada.open(path)
        await rows("DELETE FROM session")
        page = await ada.submit(path, text=LONG)
        assert page.status == 401 and "Những gì bạn vừa gõ vẫn còn" in page.words and LONG not in await kept_text(proposal)
        page = await ada.submit("/sign-in", email=lead.email, password="sai-mat-khau")
        assert page.status == 422 and "vẫn còn" in page.words
        page = await ada.submit("/sign-in", email=lead.email, password=PASSWORD)
        assert page.status == 200 and "Hạn hán kéo dài ở Ea Súp." in page.words and lead.full_name in page.words
        page = await ada.submit(path)
        assert page.status == 200
    assert await kept_text(proposal) == LONG


async def test_neither_password_nor_token_travels_with_what_was_typed():
    lead = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        await ada.open("/account")
        await rows("DELETE FROM session")
        page = await ada.submit("/account/password", old="mat-khau-cu-dai", password="mat-khau-moi-dai", again="mat-khau-moi-dai")
        assert "mat-khau" not in page.text and page.answer.url.path == "/sign-in"


async def test_another_person_who_signs_in_instead_sends_nothing_to_what_is_not_theirs():
    lead, eve = await a_person(Role.RESEARCHER), await a_person(Role.RESEARCHER)
    proposal = await a_proposal(lead=lead)
    path = f"/proposals/{proposal.id}/sections/need"
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        await ada.open(path)
        await rows("DELETE FROM session")
        await ada.submit(path, text=LONG)
        await ada.submit("/sign-in", email=eve.email, password=PASSWORD)
        assert (await ada.submit(path)).status == 404
    assert await kept_text(proposal) != LONG


async def test_a_form_without_our_token_is_not_carried_anywhere():
    lead = await a_person(Role.RESEARCHER)
    proposal = await a_proposal(lead=lead)
    async with browsing() as browser:
        client = browser().client
        answer = await client.post(f"/proposals/{proposal.id}/sections/need", data={"text": LONG})
        assert answer.status_code == 403 and "Ea Súp" not in answer.text


async def test_autosave_says_that_the_session_has_ended_and_that_the_text_stays():
    lead = await a_person(Role.RESEARCHER)
    proposal = await a_proposal(lead=lead)
    path = f"/proposals/{proposal.id}/sections/need"
    async with browsing() as browser:
        ada = await browser().sign_in(lead)
        await ada.open(path)
        token = ada.page.form(path).xpath(".//*[@name='_csrf_token']/@value")[0]
        await rows("DELETE FROM session")
        answer = await ada.client.post(path, data={"_csrf_token": token, "text": LONG}, headers={"hx-request": "true"})
        assert answer.status_code == 409 and "Phiên làm việc đã hết" in answer.text and "saved failed" in answer.text


async def test_a_part_of_a_page_that_asks_after_the_end_is_not_answered_with_the_sign_in_page():
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        here = await browser().sign_in(ada)
        await rows("DELETE FROM session")
        for path in ("/session", "/desk"):
            answer = await here.client.get(path, headers={"hx-request": "true"})
            assert (answer.status_code, answer.text) == (401, ""), path
            assert (await here.client.get(path)).status_code == 303, "who follows a link is asked to sign in"


async def test_the_page_knows_how_long_the_session_lasts_and_any_request_puts_its_end_off():
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        here = await browser().sign_in(ada)
        page = await here.open("/desk")
        bar = page.html.xpath("//*[contains(@class, 'session-warning')]")[0]
        assert abs(int(bar.get("data-seconds")) - 7200) < 90 and bar.get("hidden") is not None
        assert "nếu không thao tác" in page.words
        with at(now() + timedelta(minutes=100)):
            assert int((await here.client.get("/session")).text) == 7200
        with at(now() + sessions.LONGEST - timedelta(minutes=3)):
            await rows("UPDATE session SET seen_at = $1", now())
            assert 0 < int((await here.client.get("/session")).text) <= 180, "twelve hours are the most, whatever one does"
