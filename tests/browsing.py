"""A browser without a screen: follows the links and submits the forms that stand in the pages, as a person would."""

import re
from collections import Counter
from contextlib import asynccontextmanager
from types import SimpleNamespace

import html5lib
import httpx
from lxml import etree
from lxml import html as quick

from grants.app import create_app

VOID = {"meta", "link", "input", "br", "hr", "img", "col", "source", "wbr"}
XHTML = "{http://www.w3.org/1999/xhtml}"


JUDGED: set[tuple] = set()  # kinds of answer, and tags inside tags, whose HTML was found valid


class Page:
    """An answer with its parsed document; every page that is fetched is checked."""

    def __init__(self, answer: httpx.Response):
        self.answer = answer
        self.status = answer.status_code
        self.text = answer.text if "text" in answer.headers.get("content-type", "") else ""
        self.html = None
        if answer.headers.get("content-type", "").startswith("text/html") and self.text:
            self.html = quick.document_fromstring(self.text.encode(), parser=quick.HTMLParser(encoding="utf-8"))
            quick.html_to_xhtml(self.html)
            if "<html" in self.text:
                self.check()

    def check(self) -> None:
        """Valid HTML, one title, unique ids, no inline script or style, the policy in the header."""
        assert not (left := unbalanced(self.text)), (str(self.answer.url), left)
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", self.text), str(self.answer.url)
        if kinds := self.kinds() - JUDGED:
            parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("lxml"))
            parser.parse(self.text)
            assert not parser.errors, (str(self.answer.url), parser.errors[:3])
            JUDGED.update(kinds)
        assert len(self.all("title")) == 1 and len(self.all("h1")) == 1, str(self.answer.url)
        ids = self.html.xpath("//@id")
        assert len(ids) == len(set(ids)), (str(self.answer.url), [i for i in ids if ids.count(i) > 1])
        assert not self.html.xpath("//@style | //@onclick"), str(self.answer.url)
        assert not self.html.xpath("//x:script[not(@src)]", namespaces={"x": XHTML[1:-1]}), str(self.answer.url)
        assert "default-src 'self'" in self.answer.headers["content-security-policy"]

    def kinds(self) -> set[tuple]:
        """What the page is made of. Judging HTML takes fifty times as long as reading it, so what was judged once is not again."""
        of = self.answer.request.method, re.sub(r"\d+", "0", self.answer.url.path), self.status
        inside = {(one.getparent().tag, one.tag, one.get("class")) for one in self.html.iterdescendants(etree.Element)}
        return {of} | inside

    def all(self, tag: str) -> list[etree._Element]:
        return self.html.findall(f".//{XHTML}{tag}")

    @property
    def words(self) -> str:
        return " ".join("".join(self.html.itertext()).split())

    @property
    def links(self) -> list[str]:
        return [a.get("href") for a in self.all("a") if a.get("href")]

    def form(self, action: str):
        """The form that posts to `action`."""
        found = [f for f in self.all("form") if f.get("action") == action]
        assert found, (action, self.status, self.words[:200], [f.get("action") for f in self.all("form")])
        return found[0]

    def errors(self) -> dict[str, str]:
        """Field name → the sentence at the field."""
        found = {}
        for note in self.html.xpath("//*[@id[starts-with(., 'f-') and contains(., '-error')]]"):
            found[note.get("id")[2:-6]] = " ".join("".join(note.itertext()).split())
        return found


def unbalanced(text: str) -> dict[str, int]:
    """Tags that are opened more often than closed, or less often."""
    found = Counter()
    for closes, name, itself in re.findall(r"<(/?)([a-z][a-z0-9]*)\b[^<>]*?(/?)>", text):
        found[name] += -1 if closes else not itself
    return {name: times for name, times in found.items() if times and name not in VOID}


class Browser:
    """One person's browser."""

    def __init__(self, client: httpx.AsyncClient):
        self.client = client
        self.page: Page | None = None

    async def open(self, path: str, **options) -> Page:
        self.page = Page(await self.client.get(path, follow_redirects=True, **options))
        return self.page

    async def submit(self, action: str, files: dict | None = None, **typed) -> Page:
        """Fill in the form of the open page that posts to `action`, submit it and follow where it leads."""
        form = self.page.form(action)
        values = standing_in(form) | {name: value for name, value in typed.items() if value is not None}
        self.page = Page(await self.client.post(
            action, data=values, files=files, follow_redirects=True, headers={"referer": str(self.page.answer.url)}
        ))
        return self.page

    async def sign_in_as(self, email: str) -> "Browser":
        """Sign in to one of the demo world's accounts."""
        from grants.commands import PASSWORD

        return await self.sign_in(SimpleNamespace(email=email), PASSWORD)

    async def sign_in(self, person, password: str = "") -> "Browser":
        from tests.makers import PASSWORD

        await self.open("/sign-in")
        await self.submit("/sign-in", email=person.email, password=password or PASSWORD)
        assert self.client.cookies.get("session"), self.page.words
        return self


def standing_in(form) -> dict:
    """What a browser would send for the form as it stands."""
    values = {}
    for box in form.iter(f"{XHTML}input", f"{XHTML}textarea", f"{XHTML}select", f"{XHTML}button"):
        name, kind = box.get("name"), box.get("type", "text")
        if not name or kind == "file" or (kind in ("checkbox", "radio") and box.get("checked") is None):
            continue
        if box.tag == f"{XHTML}button":
            values.setdefault(name, box.get("value") or "")
        elif box.tag == f"{XHTML}textarea":
            values[name] = (box.text or "").removeprefix("\n")
        elif box.tag == f"{XHTML}select":
            options = box.findall(f".//{XHTML}option")
            marked = [o for o in options if o.get("selected") is not None] or options[:1]
            values[name] = marked[0].get("value", "") if marked else ""
        elif kind == "checkbox" and name in values:
            values[name] = [*([values[name]] if isinstance(values[name], str) else values[name]), box.get("value", "on")]
        else:
            values[name] = box.get("value", "on" if kind == "checkbox" else "")
    return values


@asynccontextmanager
async def browsing(app=None):
    """Browsers onto one running application: `async with browsing() as browser: ada = browser()`."""
    app = app or create_app()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    opened = []

    def browser() -> Browser:
        client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")
        opened.append(client)
        return Browser(client)

    try:
        yield browser
    finally:
        for client in opened:
            await client.aclose()
