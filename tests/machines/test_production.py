"""A production server starts only with everything it needs, and never on the demo's accounts."""

import asyncio
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from grants.access import ANYONE
from grants.people.account_pages import address_of
from grants.people.tables import Role
from grants.shell import database, schema
from grants.shell.config import Misconfigured, settings
from tests.machines.routes import ROUTES
from tests.makers import a_person
from tests.world import replaced

GOOD = {
    "GRANTS_MODE": "production", "DATABASE_URL": "postgresql://grants@127.0.0.1:1/grants", "SECRET_KEY": "k" * 40,
    "SMTP_URL": "smtp://127.0.0.1:25", "FILES_URL": "file:///tmp", "BASE_URL": "https://khcn.example",
    "OWNER_DATABASE_URL": "postgresql://owner@127.0.0.1:1/grants", "TRUSTED_PROXIES": " 10.0.0.2, 10.0.0.3 ",
}


@pytest.mark.parametrize("change, says", [
    ({"DATABASE_URL": ""}, "DATABASE_URL"), ({"SECRET_KEY": ""}, "SECRET_KEY"), ({"SECRET_KEY": "short"}, "SECRET_KEY"),
    ({"SMTP_URL": ""}, "SMTP_URL"), ({"FILES_URL": ""}, "FILES_URL"), ({"BASE_URL": "http://khcn.example"}, "https"),
    ({"LITESTAR_DEBUG": "1"}, "LITESTAR_DEBUG"),
    ({"TRUSTED_PROXIES": "10.0.0.0/33"}, "TRUSTED_PROXIES"), ({"TRUSTED_PROXIES": "10.0.0.1/8"}, "TRUSTED_PROXIES"),
    ({"TRUSTED_PROXIES": "proxy.example"}, "TRUSTED_PROXIES"), ({"TRUSTED_PROXIES": "0.0.0.0/0"}, "every address"),
    ({"TRUSTED_PROXIES": ""}, "TRUSTED_PROXIES"), ({"TRUSTED_PROXIES": " , "}, "TRUSTED_PROXIES"),
    ({"OWNER_DATABASE_URL": ""}, "OWNER_DATABASE_URL"), ({"OWNER_DATABASE_URL": GOOD["DATABASE_URL"]}, "OWNER_DATABASE_URL"),
    ({"OWNER_DATABASE_URL": GOOD["DATABASE_URL"] + "?sslmode=require"}, "OWNER_DATABASE_URL"),
    ({"GRANTS_MODE": "prod"}, "GRANTS_MODE"), ({"GRANTS_MODE": "Production"}, "GRANTS_MODE"), ({"GRANTS_MODE": ""}, "GRANTS_MODE"),
])
def test_production_refuses_to_start_half_set(change, says, tmp_path):
    found = started({**GOOD, **change}, tmp_path)
    assert found.returncode != 0 and "Refusing to start" in found.stderr and says in found.stderr, found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize("host, starts", [
    ("127.0.0.1", True), ("127.0.0.2", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
    ("192.0.2.7", False), ("khcn.example", False), ("", False),
])
def test_the_demo_is_only_for_this_machine(host, starts, monkeypatch):
    monkeypatch.setenv("HOST", host)
    settings.cache_clear()
    try:
        if starts:
            assert not settings().production
        else:
            with pytest.raises(Misconfigured, match="HOST"):
                settings()
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_production_with_everything_set_starts_and_knows_its_proxies_by_address_and_by_range(monkeypatch):
    for name, value in (GOOD | {"TRUSTED_PROXIES": "192.0.2.7, 10.0.0.0/8 fd00::/8"}).items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    try:
        assert settings().production
        known = ["192.0.2.7", "10.0.0.1", "10.255.255.255", "fd00::1", "::ffff:10.1.2.3"]
        others = ["192.0.2.8", "11.0.0.1", "9.255.255.255", "fe80::1", "", "proxy", "10.0.0", "1" * 3000]
        assert [one for one in known + others if settings().trusts(one)] == known
    finally:
        monkeypatch.undo()
        settings.cache_clear()


@pytest.mark.parametrize("direct, forwarded, found", [
    ("10.0.0.2", "203.0.113.5", "203.0.113.5"), ("10.9.9.9", "198.51.100.1, 203.0.113.5, 10.0.0.7", "203.0.113.5"),
    ("203.0.113.9", "198.51.100.1", "203.0.113.9"), ("10.0.0.2", "", "10.0.0.2"), ("10.0.0.2", "10.0.0.3", "10.0.0.3"),
    ("10.0.0.2", " , 203.0.113.5 ,", "203.0.113.5"),
])
def test_a_request_comes_from_the_last_address_that_is_no_proxy_of_ours(direct, forwarded, found, monkeypatch):
    """What a stranger writes into the header before the first proxy counts for nothing."""
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.0/8")
    settings.cache_clear()
    try:
        request = SimpleNamespace(client=SimpleNamespace(host=direct), headers={"x-forwarded-for": forwarded})
        assert address_of(request) == found
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def started(environment: dict, folder, *words: str) -> subprocess.CompletedProcess:
    clean = {name: value for name, value in os.environ.items() if name not in GOOD and name != "LITESTAR_DEBUG"}
    return subprocess.run(
        [sys.executable, "-m", "grants", *(words or ("migrate",))], env=clean | {"DATA_DIR": str(folder)} | environment,
        capture_output=True, text=True, timeout=60, check=False,
    )


def test_production_refuses_a_database_with_demo_accounts(server, tmp_path):
    """The demo's password is known to everybody: a production server on the demo's database does not start."""
    url = replaced(server, "with_demo_people")

    async def fill() -> None:
        await schema.create_database(url)
        await schema.migrate(url)
        async with database.connected(config=database.connection(url)):
            await a_person(Role.RESEARCHER, demo=True)

    asyncio.run(fill())
    found = started({**GOOD, "OWNER_DATABASE_URL": url, "PORT": "1"}, tmp_path, "serve")
    assert found.returncode != 0 and "demo" in found.stderr.lower() and "Traceback" not in found.stderr, found.stderr[-500:]


def test_every_door_that_is_open_to_anyone_is_known():
    """A route open to the whole world is a decision: whoever adds one adds it here."""
    doors = {route.key for route in ROUTES if route.allowed == ANYONE and not route.path.startswith(("/open/", "/static/"))}
    assert doors == {
        "GET /", "GET /up", "GET /search", "GET /help", "GET /sign-in", "POST /sign-in", "POST /sign-out", "POST /language",
        "GET /register", "POST /register", "GET /confirm/{token}", "POST /confirm/{token}", "GET /password", "POST /password",
        "GET /password/{token}", "POST /password/{token}",
        "GET /letters", "GET /letters/{id}",  # the demo's mailbox; not there in production
    }


