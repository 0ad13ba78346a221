"""Small things that matter every day: autosave on a bad line, two languages, the keyboard, the double press, the Back button."""

import pytest

from grants.people.tables import Role
from grants.proposals.tables import Section
from grants.shell.database import rows
from tests.makers import PASSWORD, a_person, a_proposal
from tests.world import email

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(200)]
FOCUSED = """(() => { const e = document.activeElement, s = getComputedStyle(e);
  return [e.tagName, e.name || e.textContent.trim().slice(0, 40), s.outlineStyle !== 'none' || s.boxShadow !== 'none']; })()"""

SIZE = """(() => { const pressed = document.querySelector("main form[action='/sign-in'] button"), r = pressed.getBoundingClientRect();
  return [pressed.textContent, Math.round(r.width), Math.round(r.height)]; })()"""


async def kept_text(proposal: int) -> str:
    return (await Section.objects().where((Section.proposal == proposal) & (Section.code == "need")).first()).text


async def test_what_is_typed_on_a_lost_line_stays_and_is_kept_when_the_line_is_back(in_front):
    lead = await a_person(Role.RESEARCHER)
    draft = await a_proposal(lead=lead)
    here = f"/proposals/{draft.id}/sections/need"
    async with in_front() as ada:
        await ada.sign_in(lead)
        await ada.open(here)
        box, saved = ada.page.locator("textarea[name='text']"), ada.page.locator("form[data-autosave] .saved")
        async with ada.page.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 200):
            await box.fill("Hạn hán ở Ea Súp.")
        assert await kept_text(draft.id) == "Hạn hán ở Ea Súp."
        await ada.page.context.set_offline(True)
        await box.fill("Hạn hán ở Ea Súp và Krông Pắc.")
        await saved.filter(has_text="Chưa lưu được").wait_for()
        assert await box.input_value() == "Hạn hán ở Ea Súp và Krông Pắc." and await kept_text(draft.id) == "Hạn hán ở Ea Súp."
        async with ada.page.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 200):
            await ada.page.context.set_offline(False)
        assert await kept_text(draft.id) == "Hạn hán ở Ea Súp và Krông Pắc."
        async with ada.page.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 200):
            await box.press_sequentially(" 2026", delay=5)
        await saved.filter(has_text="Đã lưu lúc").wait_for()
        await ada.page.reload()
        assert await box.input_value() == "Hạn hán ở Ea Súp và Krông Pắc. 2026" == await kept_text(draft.id)


async def test_a_session_that_ended_does_not_lose_what_is_being_typed(in_front):
    lead = await a_person(Role.RESEARCHER)
    draft = await a_proposal(lead=lead)
    async with in_front() as ada:
        await ada.sign_in(lead)
        await ada.open(f"/proposals/{draft.id}/sections/need")
        await rows("DELETE FROM session WHERE person = $1", lead.id)
        box = ada.page.locator("textarea[name='text']")
        await box.fill("Viết khi phiên đã hết.")
        await ada.page.locator(".saved", has_text="Chưa lưu được").wait_for()
        assert await box.input_value() == "Viết khi phiên đã hết." and await ada.page.locator("h1").count() == 1


async def test_leaving_with_unsaved_words_asks_first(in_front):
    lead = await a_person(Role.RESEARCHER)
    draft = await a_proposal(lead=lead)
    async with in_front() as ada:
        await ada.sign_in(lead)
        await ada.open(f"/proposals/{draft.id}/sections/need")
        asked = []

        async def answer(dialog) -> None:
            asked.append(dialog.type)
            await dialog.accept()

        ada.page.on("dialog", answer)
        await ada.page.context.set_offline(True)
        await ada.page.locator("textarea[name='text']").press_sequentially("x")
        await ada.page.locator(".saved", has_text="Chưa lưu được").wait_for()
        await ada.page.context.set_offline(False)
        await ada.page.goto("/desk")
        assert asked == ["beforeunload"]


@pytest.mark.parametrize("scripts", [True, False])
async def test_the_language_is_chosen_once_and_stays(in_front, scripts):
    async with in_front(scripts=scripts) as officer:
        await officer.sign_in(email(Role.OFFICER))
        await officer.open("/proposals")
        assert await officer.page.locator("html").get_attribute("lang") == "vi"
        await officer.press("/language")
        assert officer.path == "/proposals" and await officer.page.locator("html").get_attribute("lang") == "en"
        assert "Application" in await officer.page.locator("h1").inner_text()
        await officer.is_in_order()
        for path in ("/desk", "/calls", "/panels", "/estimates"):
            await officer.open(path)
            assert await officer.page.locator("html").get_attribute("lang") == "en"
            await officer.is_in_order()


async def test_signing_in_and_reaching_a_list_takes_only_the_keyboard(in_front):
    ada = await a_person(Role.RESEARCHER)
    async with in_front() as here:
        await here.open("/sign-in")
        keyboard = here.page.keyboard
        await keyboard.press("Tab")
        assert (await here.evaluated(FOCUSED))[0] == "A" and "nội dung chính" in (await here.evaluated(FOCUSED))[1]
        await keyboard.press("Enter")
        await reach(here, "email")
        await keyboard.type(ada.email)
        await reach(here, "password")
        await keyboard.type(PASSWORD)
        async with here.page.expect_navigation():
            await keyboard.press("Enter")
        assert here.path == "/desk"
        await reach(here, "Hồ sơ")
        async with here.page.expect_navigation():
            await keyboard.press("Enter")
        assert here.path == "/proposals"


async def reach(here, wanted: str) -> None:
    """Press Tab until the thing has the focus; each stop on the way must show that it has it."""
    for _n in range(60):
        await here.page.keyboard.press("Tab")
        tag, name, shows = await here.evaluated(FOCUSED)
        assert shows or tag == "BODY", (here.page.url, tag, name)
        if name == wanted:
            return
    raise AssertionError(f"{wanted} cannot be reached by Tab")


async def test_everything_that_can_be_pressed_can_be_reached_by_tab(in_front):
    async with in_front() as officer:
        await officer.sign_in(email(Role.OFFICER))
        for path in ("/desk", "/calls", "/calls/new"):
            await officer.open(path)
            count = await officer.evaluated(
                "[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]"
                ".filter(e => e.checkVisibility() && !e.disabled && e.tabIndex < 0).map(e => e.outerHTML.slice(0, 120))"
            )
            assert count == [], path


async def test_on_a_phone_the_menu_folds_and_works_without_scripts(in_front):
    async with in_front(scripts=False, width=390) as officer:
        await officer.sign_in(email(Role.OFFICER))
        fold = officer.page.locator("details.fold")
        assert await fold.is_visible() and not await officer.page.locator("nav.side").is_visible()
        await fold.locator("summary").click()
        await fold.locator("a[href='/calls']").click()
        await officer.page.wait_for_url("**/calls")


async def test_a_form_that_comes_back_takes_the_focus_to_its_errors_and_each_error_to_its_field(in_front):
    async with in_front() as anyone:
        await anyone.open("/register")
        await anyone.send("/register", full_name="Trần Thị Bình", email="khong-phai-thu", password="ngan", again="khac")
        assert await anyone.evaluated("document.activeElement.className") == "error-summary"
        assert await anyone.page.locator("#f-full_name").input_value() == "Trần Thị Bình"
        await anyone.is_in_order()
        await anyone.page.locator(".error-summary a").first.click()
        assert await anyone.evaluated("document.activeElement.getAttribute('aria-invalid')") == "true"


async def test_a_button_pressed_twice_sends_once(in_front):
    lead = await a_person(Role.RESEARCHER)
    draft = await a_proposal(lead=lead)
    async with in_front() as ada:
        await ada.sign_in(lead)
        here = f"/proposals/{draft.id}/products"
        await ada.open(here)
        await ada.type(here, form="I", name="Bài báo", unit="bài", quantity=1)
        async with ada.page.expect_navigation():
            await ada.page.locator(f"form[action='{here}'] button").dblclick()
    assert (await rows("SELECT count(*) AS count FROM product WHERE proposal = $1", draft.id))[0]["count"] == 1


async def test_a_pressed_button_keeps_its_place_so_that_a_double_click_hits_nothing_else(in_front):
    async with in_front() as ada:
        await ada.open("/sign-in")
        words, *size = await ada.evaluated(SIZE)
        await ada.evaluated("document.addEventListener('submit', (event) => event.preventDefault())")  # the answer is a long time coming
        await ada.page.locator("main form[action='/sign-in'] button").click()
        busy, *now = await ada.evaluated(SIZE)
        assert words != busy == "Đang gửi…" and now == size
