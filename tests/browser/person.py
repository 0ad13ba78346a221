"""A person in front of a real browser: opens, types, presses, and looks whether the page is in order."""

import json
from functools import cache

from playwright.async_api import Page

from grants.commands import PASSWORD
from grants.shell.config import ROOT
from tests import makers

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def axe() -> str:
    return (ROOT / "node_modules/axe-core/axe.min.js").read_text()


class InFront:
    """One browser page and who sits in front of it; what the browser complains about is kept."""

    def __init__(self, page: Page, *, scripts: bool):
        self.page, self.scripts, self.complaints = page, scripts, []
        page.on("console", lambda said: self.complain(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda fault: self.complain(str(fault)))

    def complain(self, text: str) -> None:
        expected = ("Failed to load resource", "net::ERR_INTERNET_DISCONNECTED")  # an answer of 4xx, a line that was cut on purpose
        if not any(each in text for each in expected):
            self.complaints.append(text)

    async def open(self, path: str) -> None:
        answer = await self.page.goto(path)
        assert answer.status == 200, (path, answer.status)

    async def sign_in(self, email: str, password: str = "") -> None:
        await self.open("/sign-in")
        await self.page.fill("#f-email", email)
        await self.page.fill("#f-password", password or (PASSWORD if email.endswith("@grants.test") else makers.PASSWORD))
        await self.page.click("main form button")
        await self.page.wait_for_url("**/desk")

    async def type(self, **typed: str) -> None:
        """Fill in boxes by their name: text, choice, or file (a tuple name, bytes)."""
        for name, value in typed.items():
            box = self.page.locator(f"main [name='{name}']").first
            kind = await box.evaluate("box => box.tagName === 'SELECT' ? 'select' : box.type") if self.scripts else await self.kind(box)
            if kind == "select" or kind == "select-one":
                await box.select_option(value)
            elif kind in ("radio", "checkbox"):
                await self.page.locator(f"main [name='{name}'][value='{value}']").check()
            else:
                await box.fill(value)

    async def kind(self, box) -> str:
        if await box.get_attribute("type"):
            return await box.get_attribute("type")
        return "select" if await self.page.locator(f"main select[name='{await box.get_attribute('name')}']").count() else "text"

    async def press(self, form: str, name: str = "") -> None:
        """Press the button of the form that posts to `form` (the one named `name`, if it has several)."""
        button = f"form[action='{form}'] button" + (f"[name='{name}']" if name else "")
        await self.page.locator(button).first.click()
        await self.page.wait_for_load_state()

    @property
    def path(self) -> str:
        return "/" + self.page.url.split("/", 3)[3].partition("?")[0].partition("#")[0]

    async def words(self) -> str:
        return " ".join((await self.page.locator("main").inner_text()).split())

    async def evaluated(self, script: str):
        """Run a script past the page's own policy, as a browser's developer tools do."""
        tools = await self.page.context.new_cdp_session(self.page)
        try:
            found = await tools.send("Runtime.evaluate", {"expression": script, "awaitPromise": True, "returnByValue": True})
        finally:
            await tools.detach()
        assert "exceptionDetails" not in found, found.get("exceptionDetails")
        return found["result"].get("value")

    async def is_in_order(self) -> None:
        """Nothing that axe finds, no sideways scroll on the narrowest screen, and the browser has nothing to complain about."""
        where = self.page.url
        await self.evaluated(axe() + ";0")
        found = await self.evaluated(
            f"axe.run(document, {{runOnly: {json.dumps(RULES)}, resultTypes: ['violations']}})"
            ".then(r => r.violations.map(v => [v.id, v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' … ')]))"
        )
        assert found == [], (where, found)
        size = self.page.viewport_size
        await self.page.set_viewport_size({"width": 320, "height": 640})
        wide = await self.evaluated(WIDER)
        await self.page.set_viewport_size(size)
        assert wide == [], (where, "wider than 320 px", wide)
        assert self.complaints == [], (where, self.complaints)


WIDER = """(() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > room + 1)
    .slice(0, 5).map(e => e.tagName + '.' + e.className + ' ' + Math.round(e.getBoundingClientRect().right));
})()"""
