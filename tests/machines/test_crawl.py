"""Every role walks through the whole demo world: each link leads somewhere, each form answers, sane and hostile."""

from collections import Counter

import httpx
import pytest

from grants.people.tables import Role
from tests.browsing import Page, browsing
from tests.machines.crawler import LEAVES, MARK, SCRIPT, Visitor, assert_harmless
from tests.machines.routes import ROUTES
from tests.world import email

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]


async def visitor(browser, role: Role | None, mail: str = "") -> Visitor:
    here = browser()
    if role:
        await here.sign_in_as(mail or email(role))
    return Visitor(role.value if role else "nobody", here)


async def test_every_link_leads_somewhere_and_no_page_is_an_island(province):
    """What a page offers can be opened by whom it is offered to; whoever may open a page finds a link to it."""
    wrong, reached = [], set()
    async with browsing() as browser:
        for role in [None, *Role]:
            one = await visitor(browser, role)
            await one.walk("/desk" if role else "/")
            wrong += one.wrong
            reached |= {kind[0] for kind in one.kinds}
            assert len(one.seen) > 8, one.seen
    # The demo's mailbox is offered after registering; its letters lead where only their own readers may go.
    aside = {"/up", "/letters"}
    islands = {route.path for route in ROUTES if route.method == "GET" and not route.gaps} - reached - aside
    assert not wrong, listed(wrong)
    assert islands == set()


async def test_every_form_answers_to_whatever_is_typed(province):
    """Each kind of form once with all that is hostile, by the first role that meets it; then each as it stands."""
    tried, pressed, wrong = {}, Counter(), []
    async with browsing() as browser:
        for role in [*Role, None]:
            one = await visitor(browser, role)
            await one.walk("/desk" if role else "/")
            walked = len(one.wrong)
            for kind, forms in one.forms.items():
                if kind not in tried and not forms[0].action.startswith(LEAVES):
                    tried[kind] = one
                    await one.torment(forms[0])
            for kind, forms in one.forms.items():
                if pressed[kind] < 2 and not forms[0].action.startswith((*LEAVES, "/account")):
                    pressed[kind] += 1
                    await one.press_as_it_stands(forms[0])
            wrong += one.wrong[walked:]
        afterwards = await visitor(browser, Role.OFFICER)
        await afterwards.walk("/desk")
        wrong += afterwards.wrong
    assert not wrong, listed(wrong)
    assert MARK and len(tried) > 20, sorted(tried)


def listed(wrong: list) -> str:
    return "\n" + "\n".join(map(str, wrong))


@pytest.mark.parametrize("text", [
    f'<p>{SCRIPT}</p>', '<p onclick="x()">x</p>', '<a href="javascript:x()">x</a>',
])
def test_the_control_hostile_text_that_came_through_is_noticed(text):
    answer = httpx.Response(200, html=f"<p>{text}", request=httpx.Request("GET", "http://127.0.0.1:8000/"))
    with pytest.raises(AssertionError):
        assert_harmless(Page(answer, strict=False))
