"""A visitor who opens every link and presses every button, in the order in which they stand."""

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import parse_qsl, urlsplit

from tests.browsing import XHTML, Browser, Page, standing_in
from tests.machines.routes import ROUTES, Route

OF_EACH = 2  # pages of one kind that are opened
OF_FORMS = 1  # forms of one kind that are kept
MARK = "hostile()"
SCRIPT = f'"><script>{MARK}</script><img src=x onerror={MARK}>'
LEAVES = ("/sign-out",)

HOSTILE = {
    "a NUL": "Cà phê\x00 Đắk Lắk",
    "twenty thousand letters": "ư" * 20_001,
    "below zero": "-1",
    "beyond a bigint": str(2**63),
    "script": SCRIPT,
    "from right to left": "\u202e\u2067\u0627\u0644\u0642\u0647\u0648\u0629\u200f\u2066",
    "a quote": "'; DROP TABLE event; -- \\",
    "a picture": "☕🐘👩🏽\u200d🌾",
    "no such day": "31/02/2026",
    "far years": "99/99/9999 25:61",
    "no number": "NaN",
    "a power": "1e309",
    "a place": "../../etc/passwd",
    "a template": "{{7*7}}${7*7}%s%n",
    "list": '["1", 2, {"a": null}]',
    "spaces": " \t \u00a0\u3000 ",
    "lines": "một\r\nhai\u2028ba",
    "other digits": "١٢٣",
    "year one": "01/01/0001",
}


def pattern(route: Route) -> re.Pattern:
    """The addresses of a route."""
    kinds = dict(route.kinds)
    return re.compile(re.sub(r"{(\w+)}", lambda gap: r"\d+" if kinds[gap[1]] == "int" else "[^/]+", route.path))


PATTERNS = [(route, pattern(route)) for route in sorted(ROUTES, key=lambda route: route.path.count("{"))]


def route_of(method: str, address: str) -> Route | None:
    return route_at(method, urlsplit(address).path)


@cache
def route_at(method: str, path: str) -> Route | None:
    return next((route for route, addresses in PATTERNS if route.method == method and addresses.fullmatch(path)), None)


@dataclass
class Found:
    """A form as it stands in a page."""

    method: str
    action: str
    page: str
    values: dict
    names: list[str]
    files: list[str]
    buttons: list[tuple[str, str]]


@dataclass
class Visitor:
    """Who walks through the site in one browser, and what was wrong on the way."""

    who: str
    browser: Browser
    seen: set[str] = field(default_factory=set)
    kinds: Counter = field(default_factory=Counter)
    forms: dict[str, list[Found]] = field(default_factory=dict)
    wrong: list = field(default_factory=list)
    requests: int = 0

    async def walk(self, *starts: str) -> None:
        """Open the starts, then everything they lead to, a few pages of each kind."""
        queue = list(starts)
        while queue:
            address = queue.pop(0)
            if not self.is_new(address):
                continue
            page = await self.open(address)
            if page and page.html is not None:
                self.note_forms(page, address)
                queue += [link for link in page.links if link.startswith("/") and not link.startswith("//")]

    def is_new(self, address: str) -> bool:
        address = address.partition("#")[0]
        if address in self.seen or address.startswith("/static/"):
            return False
        route = route_of("GET", address)
        kind = (route.path if route else address, *sorted(key for key, _value in parse_qsl(urlsplit(address).query)))
        self.seen.add(address)
        self.kinds[kind] += 1
        return self.kinds[kind] <= OF_EACH

    async def open(self, address: str) -> Page | None:
        """Open a link of a page: it must lead somewhere, and the page must be sound."""
        try:
            page = await self.fetched(self.browser.client.get(address, follow_redirects=True))
        except AssertionError as problem:
            self.wrong.append((self.who, "GET", address, str(problem)[:300]))
            return None
        if page.status != 200:
            self.wrong.append((self.who, "GET", address, page.status))
        return page

    async def fetched(self, asking) -> Page:
        self.requests += 1
        answer = await asking
        assert answer.status_code < 500, f"{answer.status_code} {answer.headers.get('x-request-id')}"
        page = Page(answer)
        assert_harmless(page)
        return page

    def note_forms(self, page: Page, address: str) -> None:
        for form in page.all("form"):
            found = self.read(form, address)
            route = route_of(found.method, found.action)
            assert route, (address, found.method, found.action)
            kept = self.forms.setdefault(f"{route.key} {len(found.buttons)}", [])
            if len(kept) < OF_FORMS:
                kept.append(found)

    def read(self, form, address: str) -> Found:
        boxes = [box for tag in ("input", "textarea", "select") for box in form.iter(f"{XHTML}{tag}") if box.get("name")]
        return Found(
            method=(form.get("method") or "get").upper(), action=form.get("action") or urlsplit(address).path, page=address,
            values=standing_in(form), files=[box.get("name") for box in boxes if box.get("type") == "file"],
            names=list(dict.fromkeys(box.get("name") for box in boxes if box.get("type") != "file" and box.get("name") != "_csrf_token")),
            buttons=[(b.get("name"), b.get("value") or "") for b in form.iter(f"{XHTML}button") if b.get("name")],
        )

    async def send(self, found: Found, values: dict | list, why: str, files: dict | None = None) -> Page | None:
        """Submit a form with these values; any answer will do but a fault, a broken page, or a way out of the house."""
        values = dict(values) | {"_csrf_token": self.browser.client.cookies.get("csrftoken", "")}
        client = self.browser.client
        try:
            if found.method == "GET":
                values.pop("_csrf_token")
                asked = {name: value[:800] if isinstance(value, str) else value for name, value in values.items()}  # an address ends
                return await self.fetched(client.get(found.action, params=asked))
            page = await self.fetched(client.post(
                found.action, data=values, files=files, headers={"referer": f"http://127.0.0.1:8000{found.page}"}
            ))
            to = page.answer.headers.get("location", "/")
            assert to.startswith("/") and not to.startswith(("//", "/\\")), to
            return page
        except AssertionError as problem:
            self.wrong.append((self.who, why, found.method, found.action, str(problem)[:300]))

    async def press_as_it_stands(self, found: Found) -> None:
        """Press each button of the form without typing anything, and look where it leads."""
        for name, value in found.buttons or [(None, "")]:
            values = found.values | ({name: value} if name else {})
            page = await self.send(found, values, "as it stands")
            if page and 300 <= page.status < 400:
                await self.open(page.answer.headers["location"])

    async def torment(self, found: Found) -> None:
        """Everything wrong that can be typed: in all boxes at once, in each box alone, in none, in each twice."""
        for why, text in HOSTILE.items():
            await self.send(found, found.values | dict.fromkeys(found.names, text), why)
        for name in found.names[:8] if found.method == "POST" else ():
            await self.send(found, found.values | {name: HOSTILE["beyond a bigint"]}, f"beyond a bigint in {name}")
        await self.send(found, {}, "nothing")
        await self.send(found, {name: ["1", "2", SCRIPT] for name in found.names}, "each three times")
        await self.send(found, found.values | {"id": "1", "state": "approved", "__class__": "x", "a[b][]": "1"}, "more than asked")
        for name in found.files:
            for content, kind in ((b"", "application/pdf"), (b"%PDF-1.7\n\xff\xfe", "application/pdf"), (b"<script>", "text/html")):
                await self.send(found, found.values, f"file {kind}", files={name: (f"x\x01{SCRIPT}.pdf", content, kind)})
            await self.send(found, found.values | {name: "not a file"}, "no file")


def assert_harmless(page: Page) -> None:
    """Nothing that was typed has become a tag, an attribute or a script."""
    assert f"<script>{MARK}" not in page.text and "<img src=x" not in page.text, "hostile text is not escaped"
    if page.html is not None:
        handlers = page.html.xpath("//@*[starts-with(name(), 'on')]")
        assert not handlers, handlers
        assert not [link for link in page.links if link.lower().strip().startswith(("javascript:", "data:"))]
    elif page.answer.status_code == 200 and page.answer.content:
        kind = page.answer.headers.get("content-type", "")
        kept = "attachment" in page.answer.headers.get("content-disposition", "")
        assert kept or page.answer.url.path.startswith("/static/") or kind.startswith(("text/plain", "application/")), kind
