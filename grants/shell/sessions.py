"""Sign-in: passwords, sessions that cannot be fixed beforehand, the throttle, the second factor, links by mail."""

import asyncio
import contextlib
import hashlib
import secrets
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import cache

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

from grants.shell.changes import now
from grants.shell.database import DB, rows
from grants.shell.tables import Attempt, Link, Session

HASHER = PasswordHasher()

IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)
FAILURES = 5
PER_ADDRESS = 30
WINDOW = timedelta(minutes=15)
ALIKE = 0.5  # seconds that asking for a letter takes, whether there is an account or not


def hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


@cache
def nobody() -> str:
    """What is verified when the account does not exist, so that both answers take as long; made once, at the first sign-in."""
    return HASHER.hash(secrets.token_hex(16))


async def password_hash(password: str) -> str:
    """Hash a password, in a thread: it takes long on purpose."""
    return await asyncio.to_thread(HASHER.hash, password)


async def password_fits(kept: str, password: str) -> bool:
    """Whether the password fits; takes as long when there is no account to fit."""
    try:
        against = await asyncio.to_thread(nobody)
        return await asyncio.to_thread(HASHER.verify, kept or against, password) and bool(kept)
    except Argon2Error:
        return False


@contextlib.asynccontextmanager
async def alike() -> AsyncIterator[None]:
    """What goes on inside takes as long for an address with an account as for one without, so that the answer tells nothing."""
    began = time.monotonic()
    try:
        yield
    finally:
        await asyncio.sleep(ALIKE - (time.monotonic() - began))


async def attempt(what: str, account: str, address: str = "", most: int = FAILURES) -> int | None:
    """Note a try before anything is checked; `what` is "sign-in", "register", "password" or "invite". Returns its id for `succeeded`.

    None after so many tries of an account (five) or thirty from an address within 15 minutes: wait. Counting and noting are one
    step under locks, so that of tries made at once no more than these pass. Without an address the account stands for it.
    """
    account, address = account[:254], (address or account)[:45]
    async with DB.transaction():
        await rows("SELECT pg_advisory_xact_lock(1, hashtext($1))", account)
        await rows("SELECT pg_advisory_xact_lock(2, hashtext($1))", address)
        found = await rows(
            "SELECT count(*) FILTER (WHERE account = $1) AS account, count(*) FILTER (WHERE address = $2) AS address "
            "FROM attempt WHERE at > $3 AND what = $4 AND (account = $1 OR address = $2)",
            account, address, now() - WINDOW, what,
        )
        if found[0]["account"] >= most or found[0]["address"] >= PER_ADDRESS:
            return None
        noted = Attempt(what=what, account=account, address=address, at=now())
        await noted.save()
    return noted.id


async def succeeded(attempt_id: int) -> None:
    """A try that succeeded does not count."""
    await rows("DELETE FROM attempt WHERE id = $1", attempt_id)


async def forget_attempts(account: str) -> None:
    """Whoever set a new password by a link may sign in at once."""
    await rows("DELETE FROM attempt WHERE account = $1", account)


async def purge() -> None:
    """Take away what has ended: tries that no longer count, sessions, links."""
    await rows("DELETE FROM attempt WHERE at <= $1", now() - WINDOW)
    await rows("DELETE FROM session WHERE ends_at <= $1 OR seen_at <= $2", now(), now() - IDLE)
    await rows("DELETE FROM link WHERE ends_at <= $1", now())


async def open_session(person_id: int, *, second_factor: bool = False) -> str:
    """A new session under a new random token, whatever the browser sent before. Returns the token for the cookie."""
    token = secrets.token_urlsafe(32)
    await Session(
        token=hashed(token), person=person_id, opened_at=now(), seen_at=now(), ends_at=now() + LONGEST,
        second_factor=second_factor,
    ).save()
    return token


async def seen(session: dict) -> None:
    """Keep the session alive; written at most once a minute."""
    if now() - session["seen_at"] > timedelta(minutes=1):
        await rows("UPDATE session SET seen_at = $2 WHERE id = $1", session["id"], now())


def seconds_left(session: dict) -> int:
    """How long the session still lasts if nothing more is asked for: two hours after the last page, twelve in all."""
    last = session["seen_at"] if now() - session["seen_at"] <= timedelta(minutes=1) else now()
    return max(0, int((min(last + IDLE, session["ends_at"]) - now()).total_seconds()))


async def close_session(token: str) -> None:
    await rows("DELETE FROM session WHERE token = $1", hashed(token))


async def close_all(person_id: int) -> None:
    """End every session of a person: after a change of password or of roles."""
    await rows("DELETE FROM session WHERE person = $1", person_id)


async def make_link(purpose: str, *, person: int | None = None, subject: int | None = None, days: int = 3) -> str:
    """A secret for a link by mail that works once, for `days` days. Returns the token."""
    token = secrets.token_urlsafe(32)
    await Link(
        token=hashed(token), purpose=purpose, person=person, subject=subject, ends_at=now() + timedelta(days=days)
    ).save()
    return token


async def link_of(purpose: str, token: str) -> Link | None:
    """The unused, living link behind a token."""
    return await Link.objects().where(
        (Link.token == hashed(token)) & (Link.purpose == purpose) & Link.used_at.is_null() & (Link.ends_at > now())
    ).first()


async def use_link(link: Link) -> bool:
    """Use the link up; False when someone was faster."""
    done = await rows("UPDATE link SET used_at = $2 WHERE id = $1 AND used_at IS NULL RETURNING id", link.id, now())
    return bool(done)


def new_totp_secret() -> str:
    return pyotp.random_base32()


def totp_address(secret: str, account: str) -> str:
    """What the QR code says to an authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name="KH&CN Đắk Lắk")


def totp_step(secret: str, code: str) -> int | None:
    """The 30-second step for which the code is right (one step of drift allowed), None when it is wrong."""
    totp, moment = pyotp.TOTP(secret), now()
    for drift in (0, -1, 1):
        then = moment + timedelta(seconds=30 * drift)
        if secrets.compare_digest(totp.at(then), code.replace(" ", "")):
            return int(then.timestamp()) // 30
    return None
