"""A person in front of a real browser: opens, types, presses, and looks whether the page is in order."""

import json
from functools import cache

from playwright.async_api import Page

from grants.commands import PASSWORD
from grants.people.tables import Person
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
        # An answer of 4xx; a line that was cut on purpose.
        expected = ("Failed to load resource", "ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest")
        if not any(each in text for each in expected):
            self.complaints.append(text)

    async def open(self, path: str) -> None:
        answer = await self.page.goto(path)
        assert answer.status == 200, (path, answer.status)

    async def sign_in(self, who: Person | str) -> None:
        """As a person that a maker made, or by address as one of the demo's accounts."""
        demo = isinstance(who, str)
        await self.open("/sign-in")
        await self.send("/sign-in", email=who if demo else who.email, password=PASSWORD if demo else makers.PASSWORD)
        assert self.path == "/desk", await self.words()

    async def type(self, form: str, /, **typed) -> None:
        """Fill in boxes of the form that posts to `form` by their name: text, choice, or a file (name, bytes)."""
        for name, value in typed.items():
            boxes = self.page.locator(f"form[action='{form}'] [name='{name}']")
            await self.unfold(boxes.first)
            chosen = await self.page.locator(f"form[action='{form}'] select[name='{name}']").count()
            kind = "select" if chosen else await boxes.first.get_attribute("type")  # evaluate() never answers where scripts are off
            if kind == "select":
                await boxes.first.select_option(value)
            elif kind in ("radio", "checkbox"):
                await self.page.locator(f"form[action='{form}'] [name='{name}'][value='{value}']").check()
            elif kind == "file":
                await boxes.first.set_input_files({"name": value[0], "mimeType": "application/pdf", "buffer": value[1]})
            else:
                await boxes.first.fill(str(value))

    async def unfold(self, inside) -> None:
        """Open what a thing is folded into."""
        summary = self.page.locator("details:not([open])").filter(has=inside).locator("> summary")
        if not await inside.is_visible() and await summary.count():
            await summary.first.click()

    async def press(self, form: str, value: str = "") -> None:
        """Press the button of the form that posts to `form` (the one that sends `value`, if it has several)."""
        button = self.page.locator(f"form[action='{form}'] button" + (f"[value='{value}']" if value else "")).first
        await self.unfold(button)
        async with self.page.expect_navigation():
            await button.click()

    async def send(self, form: str, /, **typed) -> None:
        """Fill the form in and send it."""
        await self.type(form, **typed)
        await self.press(form)

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
        if not self.scripts:
            return
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
  const found = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
  const note = (box, what) => { if (box.width && box.right > room + 1) found.push(what + ' ' + Math.round(box.right)); };
  for (let text; text = texts.nextNode();) {
    range.selectNodeContents(text);
    if (!text.parentElement.closest('thead')) note(range.getBoundingClientRect(), 'text: ' + text.data.trim().slice(0, 60));
  }
  for (const e of document.body.querySelectorAll('*')) if (!e.closest('thead')) note(e.getBoundingClientRect(), e.outerHTML.slice(0, 90));
  return ['scrolls to ' + document.documentElement.scrollWidth, ...found.slice(0, 6)];
})()"""
