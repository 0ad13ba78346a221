"""Requests that no page of ours would send: odd content types, broken bodies, bad addresses, unknown methods."""

import itertools
import json

import pytest

from grants.people.tables import Role
from tests.browsing import Page, browsing
from tests.machines.crawler import assert_harmless
from tests.machines.routes import ROUTES
from tests.world import email

pytestmark = pytest.mark.anyio
BOUNDARY = "multipart/form-data; boundary=x"
NAMED = b'Content-Disposition: form-data; name="title"'
BODIES = [
    ("application/json", b"{"),
    ("application/json", json.dumps({"title": ["x"], "email": {"a": 1}}).encode()),
    ("application/json", b"[" * 50_000),
    ("application/x-www-form-urlencoded", b"title=%ff%fe&email=%00&%=%&=&&&;"),
    ("application/x-www-form-urlencoded; charset=utf-16", "title=cà phê".encode("utf-16")),
    ("application/x-www-form-urlencoded; charset=nonsense", b"title=x"),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(1500))),
    ("multipart/form-data", b"--x\r\n"),
    (BOUNDARY, b""),
    (BOUNDARY, b"--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nhalf"),
    (BOUNDARY, b"--x\r\n\r\nno name\r\n--x--\r\n"),
    (BOUNDARY, b"--x\r\nContent-Disposition: form-data; name=\"title\"; filename=\"a\x00b\"\r\n\r\nx\r\n--x--\r\n"),
    (BOUNDARY, b"--x\r\n%s\r\nContent-Type: text/plain; charset=nonsense\r\n\r\n\xff\r\n--x--\r\n" % NAMED),
    (BOUNDARY, b"--x\r\n%s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\xff\r\n--x--\r\n" % NAMED),
    ("multipart/form-data; boundary=" + "x" * 300, b"--x--"),
    ("text/plain", b"title=x"), ("application/xml", b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>"),
    ("application/msgpack", b"\xff\xff"), ("", b"title=x"), ("nonsense", b"\x00"), ("application/octet-stream", b"\x00" * 1000),
]
ADDRESSES = [
    "/%00", "/%ff", "/%e0%80%af", "/proposals/%00", "/proposals/%ff", "/proposals/-1", "/proposals/0", "/proposals/1e3", "/proposals/1.0",
    f"/proposals/{2**31}", f"/proposals/{2**63}", f"/proposals/{'9' * 400}", "/proposals/01", "/proposals/١", "/proposals/ 1",
    "/proposals//1", "/proposals/1/", "/../etc/passwd", "/static/../grants/app.py", "/static/%2e%2e/%2e%2e/pyproject.toml",
    "/static/..%2f..%2fREADME.md", "/static/", "/static", "/static/%00", "/confirm/%00", f"/confirm/{'x' * 5000}", "/password/..",
    "/open/calls/%27%22%3E", "/open/calls/%00", f"/open/projects/{'x' * 3000}", "/open/projects/%F0%9F%90%98",
    "/?" + "&".join(f"a{n}={n}" for n in range(500)), "/sign-in?next=//evil.example", "/sign-in?next=%00",
    "/sign-in?next=https:evil.example", "/search?q=%00", "/search?q=%ff%fe", "/search?q=%25%5C_", "/search?q=" + "%C6%B0" * 3000,
    "/search?q[]=1&q=2&q=3", "/%c0%ae%c0%ae/", "/;", "/..;/", "//evil.example/", "/\\evil",
]
QUERIES = [
    "page=-1&sort=;drop&year=99999999&q=%25", f"page={'9' * 40}&sort=--&year=-1&q=_", "page=x&sort=%00&year=%D9%A3&q=%00",
    "page=1&page=2&sort=-&year=1e9&q=%5C", "format=exe&q=%F0%9F%90%98%E2%80%AE", "format=xlsx&page=%00", "format=csv&q=%00&year=%00",
    "state=%00&stream=x&scheme=1&call=99999999999&id=-5&thing=%00&person=x&proposal=" + "9" * 30,
    "from=31/02/2026&until=01/01/0001&number=9223372036854775808&id=9223372036854775808", "from=%00&until=99999-99-99&number=%00&id=x",
]
HEADERS = [
    {"cookie": "session=%00; language=%ff; csrftoken=\""}, {"cookie": "session=" + "x" * 7000}, {"cookie": "language=../../etc"},
    {"cookie": ";;;=;=x"}, {"accept": "\"", "accept-language": "x" * 4000}, {"x-forwarded-for": "1" * 3000}, {"range": "bytes=5-1"},
    {"range": "bytes=0-0,-1,x"}, {"if-none-match": "\"x", "if-modified-since": "yesterday"}, {"referer": "javascript:alert(1)"},
    {"hx-request": "true", "hx-target": "\"><script>"}, {"x-http-method-override": "DELETE"}, {"content-length": "5"},
    {"host": "evil.example"}, {"host": "a b"}, {"content-type": "multipart/form-data; boundary="}, {"expect": "100-continue"},
    {"x-csrftoken": "\xff"},
]
DOORS = ("/sign-in", "/register", "/password", "/language", "/calls", "/topics", "/account/password", "/proposals/1/general")


async def sound(answer) -> None:
    """Not a fault, a sound page, and never on to another site."""
    where = (answer.request.method, str(answer.request.url)[:200], answer.request.headers.get("content-type", "")[:80])
    assert answer.status_code < 500, where
    assert answer.headers["x-content-type-options"] == "nosniff", where
    assert_harmless(Page(answer))
    to = answer.headers.get("location", "/")
    assert to.startswith("/") and not to.startswith(("//", "/\\")), (where, to)


async def visitors(browser):
    return [browser(), await browser().sign_in_as(email(Role.OFFICER))]


async def test_bodies_that_are_no_forms(province):
    async with browsing() as browser:
        for here in await visitors(browser):
            await here.client.get("/help")
            token = {"x-csrftoken": here.client.cookies["csrftoken"]}
            for address, (kind, body) in itertools.product(DOORS, BODIES):
                headers = {"content-type": kind} if kind else {}
                await sound(await here.client.post(address, content=body, headers=token | headers))
                assert (await here.client.post(address, content=body, headers=headers)).status_code in (400, 403)


async def test_addresses_that_lead_nowhere(province):
    async with browsing() as browser:
        for here in await visitors(browser):
            for address in ADDRESSES:
                await sound(await here.client.get(f"http://127.0.0.1:8000{address}"))


async def test_lists_take_whatever_stands_after_the_question_mark(province):
    left = {route for route in ROUTES if route.method == "GET" and not route.gaps}
    async with browsing() as browser:
        for role in Role:
            here = await browser().sign_in_as(email(role))
            for route in sorted((route for route in left if route.open_to(role)), key=lambda route: route.path):
                left.remove(route)
                for query in QUERIES:
                    await sound(await here.client.get(f"{route.path}?{query}"))
    assert left == set()


async def test_headers_that_nobody_sends(province):
    async with browsing() as browser:
        for here in await visitors(browser):
            for address in ("/", "/calls", "/sign-in", "/nowhere", "/proposals/1"):
                for headers in HEADERS:
                    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
                    await sound(await here.client.get(address, headers=raw))


async def test_methods_that_are_not_ours(province):
    async with browsing() as browser:
        for here in await visitors(browser):
            for method in ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "BREW", "OPTIONS", "PROPFIND"):
                for address in ("/", "/calls", "/sign-in", "/proposals/1", "/nowhere", "/static/app.css"):
                    answer = await here.client.request(method, address)
                    await sound(answer)
                    assert answer.status_code >= 400 or method == "OPTIONS", (method, address, answer.status_code)


async def test_a_body_beyond_measure_is_refused(province):
    async with browsing() as browser:
        here = browser()
        await here.client.get("/help")
        headers = {"x-csrftoken": here.client.cookies["csrftoken"], "content-type": "application/x-www-form-urlencoded"}
        answer = await here.client.post("/sign-in", content=b"email=" + b"x" * (26 * 1024 * 1024), headers=headers)
        await sound(answer)
        assert answer.status_code == 413
