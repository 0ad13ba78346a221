"""Sessions, the throttle, the second factor: who is signed in, for how long, and how often one may guess."""

import asyncio
from datetime import timedelta

import pyotp
import pytest

from grants.duties import DUTIES
from grants.people import accounts, people
from grants.people.tables import Person, Role
from grants.shell import config, sessions
from grants.shell.changes import Refused, at, changing, now
from grants.shell.config import settings
from grants.shell.database import rows
from grants.shell.jobs import once
from grants.shell.tables import Session
from tests.browsing import browsing
from tests.makers import PASSWORD, a_person

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


# --- sessions ---------------------------------------------------------------------------------------------------------

async def test_a_session_ends_after_two_idle_hours_and_after_twelve_in_all():
    ada = await a_person(Role.RESEARCHER)
    start = now()
    async with browsing() as browser:
        here = await browser().sign_in(ada)
        for minutes in range(0, 12 * 60 - 10, 110):
            with at(start + timedelta(minutes=minutes)):
                assert (await here.open("/account")).answer.url.path == "/account", minutes
        with at(start + timedelta(hours=12, minutes=1)):
            assert (await here.open("/account")).answer.url.path == "/sign-in"
        idle = await browser().sign_in(ada)
        with at(start + timedelta(hours=2, minutes=1)):
            assert (await idle.open("/account")).answer.url.path == "/sign-in"


async def test_only_the_hash_of_a_session_is_kept_and_signing_out_ends_it_for_good():
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        here = await browser().sign_in(ada)
        token = here.client.cookies["session"]
        assert (await Session.select(Session.token))[0]["token"] == sessions.hashed(token)
        await here.open("/account")
        await here.submit("/sign-out")
        assert "session" not in here.client.cookies
        here.client.cookies.set("session", token)
        assert (await here.open("/account")).answer.url.path == "/sign-in"


async def test_an_account_that_is_closed_is_out_at_once():
    ada = await a_person(Role.RESEARCHER)
    async with browsing() as browser:
        here = await browser().sign_in(ada)
        async with changing(ada, by=None, did="closed") as person:
            person.closed_at = now()
        assert (await here.open("/account")).answer.url.path == "/sign-in"


async def test_an_address_that_fails_on_many_accounts_has_to_wait():
    ada = await a_person(Role.RESEARCHER)
    for n in range(sessions.PER_ADDRESS):
        await sessions.attempt("sign-in", f"nobody{n}@grants.test", "203.0.113.9")
    with pytest.raises(Refused, match="15 phút"):
        await accounts.sign_in(ada.email, PASSWORD, address="203.0.113.9")
    assert await accounts.sign_in(ada.email, PASSWORD, address="203.0.113.10")
    with at(now() + sessions.WINDOW + timedelta(seconds=1)):
        assert await accounts.sign_in(ada.email, PASSWORD, address="203.0.113.9")


class Verifying:
    """The hasher, counting how often it is asked."""

    def __init__(self, real):
        self.hash, self.real, self.asked = real.hash, real, []

    def verify(self, kept, password):
        self.asked.append(kept)
        return self.real.verify(kept, password)


async def guess(account: str, n: int) -> None:
    with pytest.raises(Refused):
        await accounts.sign_in(account, f"doan-mo-lan-{n}", address=f"203.0.113.{n}")


async def test_of_many_guesses_at_once_only_five_are_looked_at(monkeypatch):
    ada = await a_person(Role.RESEARCHER)
    monkeypatch.setattr(sessions, "HASHER", Verifying(sessions.HASHER))
    await asyncio.gather(*(guess(ada.email, n) for n in range(100)))
    assert len(sessions.HASHER.asked) == sessions.FAILURES == len(await rows("SELECT 1 FROM attempt"))


async def test_of_many_guesses_at_once_from_one_address_only_thirty_are_looked_at():
    noted = await asyncio.gather(*(sessions.attempt("sign-in", f"nobody{n}@grants.test", "203.0.113.9") for n in range(100)))
    assert sum(one is not None for one in noted) == sessions.PER_ADDRESS


async def test_the_control_without_the_locks_more_guesses_pass(monkeypatch):
    """The same tries, counted and noted in one transaction, but with nobody waiting for anybody."""
    async def unlocked(sql, *values):
        return await (rows("SELECT pg_sleep(0.1)") if "pg_advisory" in sql else rows(sql, *values))

    monkeypatch.setattr(sessions, "rows", unlocked)
    noted = await asyncio.gather(*(sessions.attempt("sign-in", "ada@grants.test", f"203.0.113.{n}") for n in range(100)))
    assert sum(one is not None for one in noted) > sessions.FAILURES


async def test_guesses_at_the_code_count_like_guesses_at_the_password():
    secret = sessions.new_totp_secret()
    ada = await a_person(Role.LEADER, totp=secret)
    for n in range(5):
        with pytest.raises(Refused, match="không đúng"):
            await accounts.sign_in(ada.email, PASSWORD, address=f"203.0.113.{n}", code="000000")
    with pytest.raises(Refused, match="15 phút"):
        await accounts.sign_in(ada.email, PASSWORD, address="203.0.113.9", code=pyotp.TOTP(secret).at(now()))


async def test_who_signs_in_or_changes_the_password_rightly_is_never_made_to_wait():
    ada = await a_person(Role.RESEARCHER)
    for n in range(sessions.PER_ADDRESS + 1):
        assert await accounts.sign_in(ada.email, PASSWORD, address="203.0.113.1"), n
    await accounts.change_password(ada, old=PASSWORD, new=PASSWORD, address="203.0.113.1")
    assert await rows("SELECT 1 FROM attempt") == []


async def test_what_has_ended_is_taken_away_and_what_lives_stays():
    ada, start = await a_person(Role.RESEARCHER), now()
    with at(start - timedelta(minutes=16)):
        await sessions.attempt("sign-in", "old@grants.test", "203.0.113.1")
    with at(start - timedelta(hours=3)):
        await sessions.open_session(ada.id)
        await sessions.make_link("confirm", person=ada.id, days=0)
    await sessions.attempt("sign-in", "new@grants.test", "203.0.113.1")
    token, link = await sessions.open_session(ada.id), await sessions.make_link("confirm", person=ada.id)
    assert sessions.purge in DUTIES
    await once(DUTIES)
    assert [row["account"] for row in await rows("SELECT account FROM attempt")] == ["new@grants.test"]
    assert [row["token"] for row in await rows("SELECT token FROM session")] == [sessions.hashed(token)]
    assert [row["token"] for row in await rows("SELECT token FROM link")] == [sessions.hashed(link)]
    assert await people.behind(token)


async def test_passwords_are_hashed_off_the_loop():
    """While ten passwords are checked, with the cost of production, the loop goes on answering."""
    from argon2 import PasswordHasher

    cheap, sessions.HASHER = sessions.HASHER, PasswordHasher()
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        loop = asyncio.get_running_loop()
        while True:
            start = loop.time()
            await asyncio.sleep(0.001)
            longest = max(longest, loop.time() - start)

    try:
        one = await sessions.password_hash(PASSWORD)
        began = asyncio.get_running_loop().time()
        assert await sessions.password_fits(one, PASSWORD)
        alone = asyncio.get_running_loop().time() - began
        watcher = asyncio.create_task(watch())
        fits = await asyncio.gather(*(sessions.password_fits(one, PASSWORD) for _n in range(10)))
        watcher.cancel()
    finally:
        sessions.HASHER = cheap
    assert all(fits) and longest < max(10 * alone / 2, 0.1)


async def test_an_unknown_account_costs_as_much_as_a_wrong_password(monkeypatch):
    """Both answers hash once, so that time tells nothing."""
    ada = await a_person(Role.RESEARCHER)
    monkeypatch.setattr(sessions, "HASHER", Verifying(sessions.HASHER))
    for address in (ada.email, "nobody@grants.test"):
        with pytest.raises(Refused):
            await accounts.sign_in(address, "sai-mat-khau-roi", address="203.0.113.1")
    assert len(sessions.HASHER.asked) == 2


# --- second factor ----------------------------------------------------------------------------------------------------

async def test_the_second_factor_is_turned_on_asked_for_and_takes_each_code_once():
    leader = await a_person(Role.LEADER)
    async with browsing() as browser:
        here = await browser().sign_in(leader)
        await here.open("/account")
        secret = here.page.form("/account/second-factor").xpath(".//*[@name='secret']/@value")[0]
        await here.submit("/account/second-factor", code="000000", current_password=PASSWORD)
        assert here.page.status == 409 and here.page.errors()["code"]
        assert here.page.form("/account/second-factor").xpath(".//*[@name='secret']/@value") == [secret]
        await here.submit("/account/second-factor", code=pyotp.TOTP(secret).at(now()), current_password=PASSWORD)
        assert await Session.count() == 0
        minute = now().replace(second=0, microsecond=0) + timedelta(minutes=1)  # so that 60 and 61 seconds later are one code's time
        for seconds, code, lets_in in ((60, "", False), (60, "123456", False), (60, None, True), (61, None, False), (120, None, True)):
            with at(minute + timedelta(seconds=seconds)):
                again = browser()
                await again.open("/sign-in")
                typed = pyotp.TOTP(secret).at(now()) if code is None else code
                await again.submit("/sign-in", email=leader.email, password=PASSWORD, code=typed)
                assert bool(again.client.cookies.get("session")) == lets_in, (seconds, code)


async def test_an_open_session_alone_does_not_replace_the_second_factor():
    """Someone at the unlocked screen of another knows neither the password nor the present code."""
    secret, leader = sessions.new_totp_secret(), await a_person(Role.LEADER)
    async with browsing() as browser:
        here = await browser().sign_in(leader)
        await Person.update({Person.totp: secret}).where(Person.id == leader.id)
        for password, code, status in (("", True, 422), ("sai-mat-khau-roi", True, 409), (PASSWORD, False, 409), (PASSWORD, True, 200)):
            await here.open("/account")
            new = here.page.form("/account/second-factor").xpath(".//*[@name='secret']/@value")[0]
            present = pyotp.TOTP(secret).at(now()) if code else ""
            await here.submit(
                "/account/second-factor", code=pyotp.TOTP(new).at(now()), current_password=password, current_code=present,
            )
            kept = await Person.objects().get(Person.id == leader.id)
            assert (here.page.status, kept.totp) == (status, new if status == 200 else secret), (password, code)
            assert PASSWORD not in here.page.text


async def test_in_production_an_office_works_only_with_a_second_factor(monkeypatch):
    monkeypatch.setattr(config, "refuse_unsafe", lambda made: None)  # the test's server is not a production server
    monkeypatch.setenv("GRANTS_MODE", "production")
    monkeypatch.setenv("SECRET_KEY", "s" * 40)
    settings.cache_clear()
    try:
        officer, ada = await a_person(Role.OFFICER, email="canbo@khcn.vn"), await a_person(Role.RESEARCHER, email="ada@khcn.vn")
        demo = await a_person(Role.RESEARCHER, email="demo@khcn.vn", demo=True)
        async with browsing() as browser:
            clerk = await browser().sign_in(officer)
            assert (await clerk.open("/calls")).answer.url.path == "/account"
            free = await browser().sign_in(ada)
            assert (await free.open("/calls")).answer.url.path == "/calls"
            secret = (await clerk.open("/account")).form("/account/second-factor").xpath(".//*[@name='secret']/@value")[0]
            await clerk.submit("/account/second-factor", code=pyotp.TOTP(secret).at(now()), current_password=PASSWORD)
            with at(now() + timedelta(seconds=60)):
                await clerk.open("/sign-in")
                await clerk.submit("/sign-in", email=officer.email, password=PASSWORD, code=pyotp.TOTP(secret).at(now()))
                assert (await clerk.open("/calls")).answer.url.path == "/calls"
            assert (await free.open("/letters")).status == 404  # the demo's mailbox of everybody
            with pytest.raises(Refused, match="minh hoạ"):
                await accounts.sign_in(demo.email, PASSWORD, address="203.0.113.1")
    finally:
        monkeypatch.undo()
        settings.cache_clear()
