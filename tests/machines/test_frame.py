"""The frame of every page: headers, cookies, and a fault that says nothing of itself."""

import re

import pytest

from grants.people.tables import Role
from grants.shell.config import settings
from grants.shell.web import HEADERS
from tests.browsing import browsing
from tests.machines.routes import ROUTES
from tests.makers import PASSWORD, a_person

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def test_security_headers_stand_on_every_answer_errors_too():
    officer = await a_person(Role.OFFICER)
    async with browsing() as browser:
        for here in (browser(), await browser().sign_in(officer)):
            for address in [route.filled() for route in ROUTES if route.method == "GET"] + ["/nowhere", "/static/nothing.css"]:
                answer = await here.client.get(address)
                for name, value in HEADERS.items():
                    assert answer.headers[name] == value, (address, name)
                assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"]), address
                assert "server" not in answer.headers or "/" not in answer.headers["server"]
                if not address.startswith("/static/"):
                    assert answer.headers["cache-control"] in ("no-store", "no-cache"), address
            answer = await here.client.post("/sign-in", data={})
            assert answer.status_code == 403 and answer.headers["content-security-policy"] == HEADERS["content-security-policy"]


async def test_a_fault_shows_a_plain_page_with_its_number_and_nothing_of_itself(owner):
    """A table taken away under the running application: 500, headers, a number that is in the log, no word of SQL."""
    officer = await a_person(Role.OFFICER)
    async with browsing() as browser:
        here = await browser().sign_in(officer)
        await owner.execute("ALTER TABLE call RENAME TO call_gone")
        try:
            answer = await here.client.get("/calls")
        finally:
            await owner.execute("ALTER TABLE call_gone RENAME TO call")
        assert answer.status_code == 500
        assert answer.headers["x-request-id"] in answer.text and answer.headers["x-frame-options"] == "DENY"
        assert not re.search(r"call_gone|relation|Traceback|asyncpg|SELECT|\.py", answer.text)
        assert (await here.open("/calls")).status == 200


async def test_cookies_are_out_of_reach_of_scripts_and_other_sites():
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        here = browser()
        given = [(await here.open("/sign-in")).answer]
        token = here.client.cookies["csrftoken"]
        given.append(await here.client.post("/sign-in", data={"email": ada.email, "password": PASSWORD, "_csrf_token": token}))
        given.append(await here.client.post("/language", data={"language": "en", "back": "/", "_csrf_token": token}))
        cookies = [line for answer in given for line in answer.headers.get_list("set-cookie")]
    assert {line.split("=")[0] for line in cookies} == {"csrftoken", "session", "language"}
    for line in cookies:
        assert "httponly" in line.lower() and "samesite=lax" in line.lower(), line


async def test_cookies_and_transport_are_secure_behind_an_https_address(monkeypatch):
    monkeypatch.setenv("BASE_URL", "https://khcn.example")
    settings.cache_clear()
    try:
        ada = await a_person(Role.RESEARCHER)
        async with browsing() as browser:
            here = browser()
            here.client.base_url = "https://127.0.0.1:8000"
            answer = (await here.open("/sign-in")).answer
            assert "secure" in answer.headers["set-cookie"].lower() and answer.headers["strict-transport-security"].startswith("max-age=")
            await here.submit("/sign-in", email=ada.email, password=PASSWORD)
            assert here.client.cookies["session"]
    finally:
        monkeypatch.undo()
        settings.cache_clear()
