"""The outbox: a letter is written in the transaction of what it tells, then carried to SMTP by the worker."""

import asyncio
import logging
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib

from grants.shell.changes import now
from grants.shell.config import settings
from grants.shell.database import rows
from grants.shell.language import either, speaking
from grants.shell.tables import Letter

logger = logging.getLogger("grants.mail")
SENDING = timedelta(seconds=50)
# How long to wait after each try before the next: in all more than three days. The first is longer than a try may last.
PAUSES = [
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8), timedelta(days=1),
    timedelta(days=2), timedelta(days=2),
]


async def tell(person, subject, body, *, link: str = "") -> Letter:
    """Write a letter to a person, in both languages; theirs goes out. `subject` and `body` are functions that say the words.

    It appears on their desk at once and goes out by mail from the worker. `link` is a path of ours.
    """
    letter = Letter(person=person.id, address=person.email, language=person.language, link=link, written_at=now(), next_try_at=now())
    with speaking("vi"):
        letter.subject, letter.body = subject()[:300], body()
    with speaking("en"):
        letter.subject_en, letter.body_en = subject()[:300], body()
    await letter.save()
    return letter


async def tell_address(address: str, subject: str, body: str, *, link: str = "") -> Letter:
    """Write to somebody who has no account yet."""
    letter = Letter(address=address, subject=subject[:300], body=body, link=link, written_at=now(), next_try_at=now())
    await letter.save()
    return letter


async def carry() -> int:
    """Send what waits, oldest first; a letter that fails is tried again later, and ends this round. Returns how many went out.

    Without SMTP (the demo) nothing is sent: letters are read on the page «Hộp thư minh hoạ».
    """
    if not settings().smtp_url:
        return 0
    sent = 0
    while await carry_one():
        sent += 1
    return sent


async def carry_one() -> bool:
    """Claim one letter, send it with no transaction open, and note how it went; a letter whose worker died is tried again too."""
    claimed = await rows(CLAIM, now(), PAUSES)
    if not claimed:
        return False
    letter = await Letter.objects().get(Letter.id == claimed[0]["id"])
    try:
        async with asyncio.timeout(SENDING.total_seconds()):
            await send(letter)
        letter.sent_at, letter.trouble = now(), ""
    except Exception as problem:  # whatever is wrong with one letter must not hold up the others
        letter.trouble = (str(problem) or type(problem).__name__)[:300]
        logger.warning("Letter %s was not sent: %s", letter.id, problem)
    await letter.save(columns=[Letter.sent_at, Letter.trouble])
    return letter.sent_at is not None


CLAIM = """
    UPDATE letter SET tries = tries + 1, next_try_at = $1 + ($2::interval[])[tries + 1]
    WHERE id = (
        SELECT id FROM letter WHERE sent_at IS NULL AND next_try_at <= $1 AND tries < array_length($2::interval[], 1)
        ORDER BY next_try_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""


async def send(letter: Letter) -> None:
    """Hand one letter to the SMTP server of SMTP_URL (smtp:// or smtps://user:password@host:port)."""
    message = EmailMessage()
    with speaking(letter.language):
        subject, body = either(letter.subject, letter.subject_en), either(letter.body, letter.body_en)
    message["From"], message["To"], message["Subject"] = settings().mail_from, letter.address, subject
    message["Message-ID"] = f"<letter-{letter.id}@{urlsplit(settings().base_url).hostname}>"
    message.set_content(body + (f"\n\n{settings().base_url}{letter.link}" if letter.link else ""))
    server = urlsplit(settings().smtp_url)
    await aiosmtplib.send(
        message, hostname=server.hostname, port=server.port, timeout=20,
        username=unquote(server.username) if server.username else None,
        password=unquote(server.password) if server.password else None,
        use_tls=server.scheme == "smtps",
    )
