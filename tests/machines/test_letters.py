"""Letters: sent once, in the reader's language, through outages; none from a verb that failed."""

import asyncio
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller

from grants.shell import mail
from grants.shell.changes import Refused, at, changing, now
from grants.shell.config import settings
from grants.shell.tables import Letter
from tests.makers import a_person

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


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
