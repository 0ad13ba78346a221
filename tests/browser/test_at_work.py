"""At work in a real browser: the session's end announced, what was typed sent after it, and lists that fit the screen."""

import pytest

from grants.people.tables import Role
from grants.proposals.tables import Section
from grants.shell.database import rows
from tests.makers import PASSWORD, a_person, a_proposal
from tests.world import email

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(200)]
LISTS = [
    "/calls", "/topics", "/proposals", "/panels", "/projects", "/estimates", "/outcomes/outputs", "/outcomes/rights", "/outcomes/transfers",
    "/allocations", "/reservations", "/awards", "/awards/decided", "/payments", "/budget/entries", "/appraisals",
]
TOO_WIDE = """[...document.querySelectorAll('.table-scroll')].filter(e => e.scrollWidth > e.clientWidth + 1)
  .map(e => e.getAttribute('aria-label') + ' ' + (e.scrollWidth - e.clientWidth))"""


async def test_no_list_scrolls_sideways_on_a_screen_of_1280(in_front):
    wide = {}
    async with in_front() as officer:
        await officer.sign_in(email(Role.OFFICER))
        for path in LISTS:
            await officer.open(path)
            if found := await officer.evaluated(TOO_WIDE):
                wide[path] = found
    assert wide == {}


async def test_a_session_about_to_end_says_so_and_staying_puts_the_end_off(in_front):
    lead = await a_person(Role.RESEARCHER)
    async with in_front() as ada:
        await ada.page.clock.install()
        await ada.sign_in(lead)
        warning = ada.page.locator(".session-warning")
        assert not await warning.is_visible()
        await ada.page.clock.fast_forward("01:55:00")
        await warning.filter(has_text="Phiên làm việc hết sau 4 phút nữa").wait_for()
        await ada.is_in_order()
        await warning.get_by_role("button").click()
        await warning.wait_for(state="hidden")
        await ada.page.clock.fast_forward("02:00:30")
        await warning.filter(has_text="Phiên làm việc đã hết").wait_for()


async def test_who_wants_to_stay_after_being_signed_out_elsewhere_is_told_at_once(in_front):
    lead = await a_person(Role.RESEARCHER)
    async with in_front() as ada:
        await ada.page.clock.install()
        await ada.sign_in(lead)
        await ada.page.clock.fast_forward("01:56:00")
        warning = ada.page.locator(".session-warning")
        await rows("DELETE FROM session WHERE person = $1", lead.id)
        await warning.get_by_role("button").click()
        await warning.filter(has_text="Phiên làm việc đã hết").wait_for()


@pytest.mark.parametrize("scripts", [True, False])
async def test_who_typed_for_long_signs_in_again_and_nothing_is_lost(in_front, scripts):
    lead = await a_person(Role.RESEARCHER)
    draft = await a_proposal(lead=lead)
    here = f"/proposals/{draft.id}/sections/method"
    async with in_front(scripts=scripts) as ada:
        await ada.sign_in(lead)
        await ada.open(here)
        await rows("DELETE FROM session WHERE person = $1", lead.id)
        await ada.type(here, text="Viết cả buổi sáng về cách tưới tiết kiệm.")
        await ada.press(here, here)
        assert "Những gì bạn vừa gõ vẫn còn" in await ada.words()
        await ada.send("/sign-in", email=lead.email, password=PASSWORD)
        assert "Viết cả buổi sáng về cách tưới tiết kiệm." in await ada.words()
        await ada.is_in_order()
        await ada.press(here)
        assert ada.path == here
    kept = await Section.objects().where((Section.proposal == draft.id) & (Section.code == "method")).first()
    assert kept.text == "Viết cả buổi sáng về cách tưới tiết kiệm."
