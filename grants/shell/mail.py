"""The outbox: a letter is written in the transaction of what it tells, then carried to SMTP by the worker."""

import logging
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib

from grants.shell.changes import now
from grants.shell.config import settings
from grants.shell.database import DB
from grants.shell.language import speaking
from grants.shell.tables import Letter

logger = logging.getLogger("grants.mail")
MOST_TRIES = 8


async def tell(person, subject, body, *, link: str = "") -> Letter:
    """Write a letter to a person, in their language: `subject` and `body` are functions that say the words.

    It appears on their desk at once and goes out by mail from the worker. `link` is a path of ours.
    """
    with speaking(person.language):
        letter = Letter(
            person=person.id, address=person.email, subject=subject()[:300], body=body(), link=link, written_at=now()
        )
    await letter.save()
    return letter


async def tell_address(address: str, subject: str, body: str, *, link: str = "") -> Letter:
    """Write to somebody who has no account yet."""
    letter = Letter(address=address, subject=subject[:300], body=body, link=link, written_at=now())
    await letter.save()
    return letter


async def carry() -> int:
    """Send what waits, oldest first; a letter that fails is tried again later. Returns how many went out.

    Without SMTP (the demo) nothing is sent: letters are read on the page «Hộp thư minh hoạ».
    """
    if not settings().smtp_url:
        return 0
    sent = 0
    while await carry_one():
        sent += 1
    return sent


async def carry_one() -> bool:
    async with DB.transaction():
        waiting = (
            await Letter.objects()
            .where(Letter.sent_at.is_null() & (Letter.tries < MOST_TRIES))
            .order_by(Letter.tries).order_by(Letter.id)
            .limit(1).lock_rows("UPDATE", skip_locked=True).first()
        )
        if waiting is None:
            return False
        waiting.tries += 1
        try:
            await send(waiting)
            waiting.sent_at, waiting.trouble = now(), ""
        except (aiosmtplib.SMTPException, OSError) as problem:
            waiting.trouble = str(problem)[:300]
            logger.warning("Letter %s was not sent: %s", waiting.id, problem)
        await waiting.save()
        return waiting.sent_at is not None


async def send(letter: Letter) -> None:
    """Hand one letter to the SMTP server of SMTP_URL (smtp:// or smtps://user:password@host:port)."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings().mail_from, letter.address, letter.subject
    message["Message-ID"] = f"<letter-{letter.id}@{urlsplit(settings().base_url).hostname}>"
    message.set_content(letter.body + (f"\n\n{settings().base_url}{letter.link}" if letter.link else ""))
    server = urlsplit(settings().smtp_url)
    await aiosmtplib.send(
        message, hostname=server.hostname, port=server.port, timeout=20,
        username=unquote(server.username) if server.username else None,
        password=unquote(server.password) if server.password else None,
        use_tls=server.scheme == "smtps",
    )
