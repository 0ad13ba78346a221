"""The frame of every page: headers, cookies, sessions, second factor, throttle, letters, and a database that goes and comes back."""

import asyncio
import json
import re
from datetime import timedelta

import pyotp
import pytest
from aiosmtpd.controller import Controller

from grants.duties import DUTIES
from grants.people import accounts, people
from grants.people.tables import Person, Role
from grants.shell import config, database, events, mail, sessions
from grants.shell.changes import Refused, at, changing, now
from grants.shell.config import settings
from grants.shell.database import DB, rows
from grants.shell.jobs import once
from grants.shell.tables import Letter, Session
from grants.shell.web import HEADERS
from tests.browsing import browsing
from tests.machines.routes import ROUTES
from tests.makers import PASSWORD, a_person

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


# --- headers and cookies ---------------------------------------------------------------------------------------------

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


# --- sessions --------------------------------------------------------------------------------------------------------

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


# --- second factor ---------------------------------------------------------------------------------------------------

async def test_the_second_factor_is_turned_on_asked_for_and_takes_each_code_once():
    leader = await a_person(Role.LEADER)
    async with browsing() as browser:
        here = await browser().sign_in(leader)
        await here.open("/account")
        secret = here.page.form("/account/second-factor").xpath(".//*[@name='secret']/@value")[0]
        await here.submit("/account/second-factor", code="000000", current_password=PASSWORD)
        assert here.page.status == 422 and here.page.errors()["code"]
        assert here.page.form("/account/second-factor").xpath(".//*[@name='secret']/@value") == [secret]
        await here.submit("/account/second-factor", code=pyotp.TOTP(secret).at(now()), current_password=PASSWORD)
        assert await Session.count() == 0
        for seconds, code, lets_in in ((60, "", False), (60, "123456", False), (60, None, True), (61, None, False), (120, None, True)):
            with at(now() + timedelta(seconds=seconds)):
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
        for password, code, status in (("", True, 422), ("sai-mat-khau-roi", True, 422), (PASSWORD, False, 422), (PASSWORD, True, 200)):
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


# --- the audit trail -------------------------------------------------------------------------------------------------

async def test_the_chain_holds_with_many_writers_and_every_event_is_sealed_once():
    folk = [await a_person() for _n in range(8)]

    async def write(person: Person, n: int) -> None:
        async with changing(person, by=person, did="renamed") as person:
            person.position = f"Trưởng phòng {n}"
            await asyncio.sleep(0.001 * (n % 3))

    async def keep_sealing() -> None:
        while True:
            await events.seal()
            await asyncio.sleep(0)

    sealing = [asyncio.create_task(keep_sealing()) for _n in range(2)]
    await asyncio.gather(*(write(person, n) for n in range(15) for person in folk))
    for task in sealing:
        task.cancel()
    await asyncio.gather(*sealing, return_exceptions=True)
    await events.seal()
    sealed = await rows("SELECT e AS id FROM seal, unnest(events) e ORDER BY e")
    assert sealed == await rows("SELECT id FROM event ORDER BY id") and len(sealed) == 120
    assert await events.verify() == []


async def test_a_slow_transaction_s_event_gets_into_a_later_seal():
    slow, quick = await a_person(), await a_person()
    async with changing(slow, by=slow, did="thought_over") as row:
        row.position = "Nghĩ lâu"
        await rows("SELECT nextval('event_id_seq')")
        await asyncio.create_task(renamed(quick))
        assert await asyncio.create_task(events.seal()) >= 0
    await events.seal()
    assert await events.verify() == []
    assert len(await rows("SELECT 1 FROM seal, unnest(events)")) == await count_events()


async def test_sealing_opens_no_seal_older_than_an_hour(owner):
    """However long the chain is: what is read is the last hour's, and the old seals' word that all before is sealed."""
    await owner.execute("""
        INSERT INTO seal (at, events, upto, previous, hash)
        SELECT now() - interval '2 hours', ARRAY[n], n, '', '' FROM generate_series(1, 20000) n;
        ANALYZE seal; SELECT setval('event_id_seq', 20000)
    """)
    for _n in range(2):
        await renamed_to(await a_person(), "Việc")
        assert await events.seal() == 1
    last = await rows("SELECT upto, events FROM seal ORDER BY id DESC LIMIT 2")
    assert last == [{"upto": 20002, "events": [20002]}, {"upto": 20001, "events": [20001]}]
    plan = await owner.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {events.UNSEALED}", 20000, 20000)
    assert json.loads(plan)[0]["Plan"]["Shared Hit Blocks"] < 20


async def renamed(person: Person) -> None:
    database.DB.current_transaction.set(None)
    async with changing(person, by=person, did="renamed") as row:
        row.position = "Nhanh"


async def count_events() -> int:
    return (await rows("SELECT count(*) AS count FROM event"))[0]["count"]


@pytest.mark.parametrize("sql, says", [
    ("UPDATE event SET did = 'praised' WHERE id = 3", "altered"),
    ("UPDATE event SET by = NULL WHERE id = 3", "altered"),
    ("UPDATE event SET changed = '{}' WHERE id = 3", "altered"),
    ("UPDATE event SET at = at - interval '1 second' WHERE id = 3", "altered"),
    ("DELETE FROM event WHERE id = 3", "deleted"),
    ("DELETE FROM seal WHERE id = 1", "altered or taken away"),
    ("UPDATE seal SET upto = 1000000", "was altered"),
])
async def test_an_alteration_by_a_hand_in_the_database_is_noticed(owner, sql, says):
    ada = await a_person()
    for n in range(6):
        await renamed_to(ada, f"Việc {n}")
        if n == 2:
            await events.seal()
    await events.seal()
    assert await events.verify() == []
    await owner.execute("ALTER TABLE event DISABLE TRIGGER history_stays; ALTER TABLE seal DISABLE TRIGGER history_stays")
    await owner.execute(sql)
    await owner.execute("ALTER TABLE event ENABLE TRIGGER history_stays; ALTER TABLE seal ENABLE TRIGGER history_stays")
    problems = await events.verify()
    assert problems and says in problems[0]


async def renamed_to(person: Person, position: str) -> None:
    async with changing(person, by=person, did="renamed") as row:
        row.position = position


async def test_an_event_names_who_when_before_and_after_and_never_a_secret():
    ada, boss = await a_person(Role.RESEARCHER), await a_person(Role.ADMIN)
    async with changing(ada, by=boss, did="promoted", letter="12/QĐ") as row:
        row.position, row.password = "Viện trưởng", "bi-mat-moi"
    event = (await rows("SELECT by, did, thing, thing_id, changed::text, facts::text FROM event"))[0]
    assert (event["by"], event["did"], event["thing"], event["thing_id"]) == (boss.id, "promoted", "person", ada.id)
    assert '"position": ["", "Viện trưởng"]' in event["changed"] and "12/QĐ" in event["facts"]
    assert "bi-mat" not in event["changed"] and ada.password not in event["changed"] and '"password"' in event["changed"]


# --- one way to change a row -----------------------------------------------------------------------------------------

async def added_one(person: Person) -> None:
    async with changing(person, by=person, did="counted") as row:
        row.totp_used += 1


async def added_one_without_the_lock(person: Person) -> None:
    async with DB.transaction():
        row = await Person.objects().where(Person.id == person.id).first()
        await asyncio.sleep(0.002)
        row.totp_used += 1
        await row.save(columns=[Person.totp_used])


async def test_concurrent_changes_never_lose_one():
    ada = await a_person()
    await asyncio.gather(*(added_one(ada) for _n in range(60)))
    assert (await people.person(ada.id)).totp_used == 60
    assert await count_events() == 60


async def test_the_control_without_the_lock_changes_do_get_lost():
    ada = await a_person()
    await asyncio.gather(*(added_one_without_the_lock(ada) for _n in range(60)))
    assert (await people.person(ada.id)).totp_used < 60


async def test_a_change_that_fails_leaves_neither_row_nor_event_nor_connection_behind():
    ada = await a_person()
    for _n in range(40):  # more than the pool holds
        with pytest.raises(Refused):
            async with changing(ada, by=ada, did="tried") as row:
                row.position = "Không được"
                raise Refused("Không.")
        with pytest.raises(ZeroDivisionError):
            async with changing(ada, by=ada, did="tried") as row:
                row.position = "Không được"
                1 / 0  # noqa: B018
    assert (await people.person(ada.id)).position == "" and await count_events() == 0
    assert await database.answers()


async def test_a_row_that_is_gone_is_refused_and_not_made_again(owner):
    ada = await a_person()
    await owner.execute("DELETE FROM person WHERE id = $1", ada.id)
    with pytest.raises(Refused, match="không còn"):
        async with changing(ada, by=None, did="promoted"):
            pass
    assert await Person.count() == 0


# --- letters ---------------------------------------------------------------------------------------------------------

class Postman:
    """A real SMTP server's manners: keeps what it takes, and refuses as often as it is told to."""

    def __init__(self, refusals: int = 0):
        self.letters, self.refusals = [], refusals

    async def handle_DATA(self, server, session, envelope):
        if self.refusals:
            self.refusals -= 1
            return "451 Try again later"
        self.letters.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


@pytest.fixture
def smtp(monkeypatch):
    """Real SMTP on a free port, and the application told about it."""
    started = []

    def start(postman: Postman) -> Controller:
        controller = Controller(postman, hostname="127.0.0.1", port=free_port())
        controller.start()
        started.append(controller)
        monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{controller.port}")
        settings.cache_clear()
        return controller

    yield start
    for controller in started:
        controller.stop()
    monkeypatch.undo()
    settings.cache_clear()


def free_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


async def test_a_letter_goes_out_by_smtp_once_in_the_reader_s_language(smtp):
    from grants.shell.language import _

    postman = Postman()
    smtp(postman)
    ada, john = await a_person(email="ada@grants.test"), await a_person(email="john@grants.test", language="en")
    for reader in (ada, john):
        await mail.tell(reader, lambda: _("Đặt mật khẩu mới"), lambda: _("Mục này không còn nữa."), link="/password/x")
    assert await mail.carry() == 2 and await mail.carry() == 0
    assert [to for to, _letter in postman.letters] == [["ada@grants.test"], ["john@grants.test"]]
    assert "Set a new password" in postman.letters[1][1] and "/password/x" in postman.letters[0][1]
    assert all(letter.sent_at and letter.tries == 1 for letter in await Letter.objects())


async def test_a_letter_that_fails_is_tried_again_and_given_up_after_eight_times(smtp):
    postman = Postman(refusals=2)
    smtp(postman)
    ada = await a_person()
    await mail.tell(ada, lambda: "Một", lambda: "Nội dung")
    start = now()
    assert [await carried(start, minutes) for minutes in (0, 0.5, 1.1, 5, 6.2)] == [0, 0, 0, 0, 1]
    letter = await Letter.objects().first()
    assert (letter.tries, letter.trouble) == (3, "") and len(postman.letters) == 1
    postman.refusals = 99
    await mail.tell(ada, lambda: "Hai", lambda: "Nội dung")
    assert not any([await carried(start, 60 * hour) for hour in range(24 * 10)])
    given_up = await Letter.objects().where(Letter.subject == "Hai").first()
    assert (given_up.tries, given_up.sent_at) == (8, None) and "451" in given_up.trouble


async def carried(start, minutes: float) -> int:
    with at(start + timedelta(minutes=minutes)):
        return await mail.carry()


async def test_an_outage_of_three_days_loses_no_letter(smtp, monkeypatch):
    postman = Postman()
    monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{free_port()}")
    settings.cache_clear()
    ada, start = await a_person(), now()
    for n in range(3):
        await mail.tell(ada, lambda n=n: f"Thư {n}", lambda: "Nội dung")
    assert not any([await carried(start, 15 * quarter) for quarter in range(4 * 24 * 3)])
    assert {letter.trouble != "" for letter in await Letter.objects()} == {True}
    smtp(postman)
    assert sum([await carried(start, 24 * 60 * 3 + 15 * quarter) for quarter in range(4 * 24 * 3)]) == 3 == len(postman.letters)


async def test_a_letter_that_cannot_even_be_written_is_counted_and_does_not_hold_up_the_others(smtp):
    """A line break in a heading: Python's mail refuses it with ValueError, which is no SMTP trouble."""
    postman = Postman()
    smtp(postman)
    ada, eve = await a_person(email="ada@grants.test"), await a_person(email="eve@grants.test")
    await mail.tell(eve, lambda: "Một\nBcc: all@grants.test", lambda: "Nội dung")
    await mail.tell(ada, lambda: "Hai", lambda: "Nội dung")
    assert [await mail.carry(), await mail.carry()] == [0, 1]
    assert [to for to, _letter in postman.letters] == [["ada@grants.test"]]
    broken = await Letter.objects().where(Letter.person == eve.id).first()
    assert broken.tries == 1 and broken.trouble and broken.sent_at is None


async def test_while_a_letter_is_sent_nothing_is_locked_and_nobody_else_sends_it(smtp, owner):
    class Slow(Postman):
        async def handle_DATA(self, server, session, envelope):
            await asyncio.sleep(0.5)
            return await super().handle_DATA(server, session, envelope)

    postman = Slow()
    smtp(postman)
    await mail.tell(await a_person(), lambda: "Một", lambda: "Nội dung")
    sending = asyncio.create_task(mail.carry())
    await asyncio.sleep(0.2)
    assert await owner.fetchval("SELECT tries FROM letter FOR UPDATE NOWAIT") == 1
    assert await owner.fetchval("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'") == 0
    assert await mail.carry() == 0 and not sending.done()
    assert await sending == 1 and len(postman.letters) == 1


async def test_one_bad_letter_does_not_hold_up_the_others(smtp):
    class Picky(Postman):
        async def handle_RCPT(self, server, session, envelope, address, options):
            if address.startswith("nobody"):
                return "550 No such mailbox"
            envelope.rcpt_tos.append(address)
            return "250 OK"

    postman = Picky()
    smtp(postman)
    nobody, ada = await a_person(email="nobody@grants.test"), await a_person(email="ada@grants.test")
    for reader in (nobody, ada):
        await mail.tell(reader, lambda: "Một", lambda: "Nội dung")
    for _n in range(3):
        await mail.carry()
    assert [to for to, _letter in postman.letters] == [["ada@grants.test"]]
    assert (await Letter.objects().where(Letter.person == nobody.id).first()).trouble


async def test_many_workers_send_each_letter_once(smtp):
    postman = Postman()
    smtp(postman)
    ada = await a_person()
    for n in range(20):
        await mail.tell(ada, lambda n=n: f"Thư {n}", lambda: "Nội dung")
    await asyncio.gather(*(mail.carry() for _n in range(5)))
    assert len(postman.letters) == 20 and len({letter for _to, letter in postman.letters}) == 20


async def test_a_verb_that_fails_sends_no_letter(smtp):
    postman = Postman()
    smtp(postman)
    ada = await a_person()
    with pytest.raises(Refused):
        async with changing(ada, by=ada, did="tried"):
            await mail.tell(ada, lambda: "Một", lambda: "Nội dung")
            raise Refused("Không.")
    assert await mail.carry() == 0 and postman.letters == []
