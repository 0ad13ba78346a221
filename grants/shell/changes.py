"""Every change of a row passes here: lock, fresh copy, save and audit event in one transaction."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Protocol, TypeVar

from asyncpg import ForeignKeyViolationError, UniqueViolationError
from piccolo.table import Table

from grants.shell import events
from grants.shell.clock import at, now
from grants.shell.database import DB
from grants.shell.language import _

__all__ = ["Actor", "Refused", "add", "at", "changing", "now", "remove", "require"]
Row = TypeVar("Row", bound=Table)


class Actor(Protocol):
    id: int


class Refused(Exception):
    """The one «no» of a rule: a sentence for the person who asked, and which word of theirs it is `at`, where it is one."""

    def __init__(self, sentence: str, at: str = ""):
        super().__init__(sentence)
        self.at = at


def require(held: object, sentence: str, at: str = "") -> None:
    """Go on only if the rule holds; otherwise refuse with the sentence, `at` an argument of the verb."""
    if not held:
        raise Refused(sentence, at)


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """What the database itself refuses, as a rule's «no»: something that is there already, or a choice that is not there."""
    try:
        yield
    except UniqueViolationError:
        raise Refused(_("Đã có một mục như vậy. Hãy kiểm tra mã, số, người hoặc ngày bị trùng.")) from None
    except ForeignKeyViolationError:
        raise Refused(_("Mục được chọn không có trong danh sách, hoặc đang được dùng ở chỗ khác.")) from None


async def add(row: Row, *, by: Actor | None, did: str, **facts) -> Row:
    """Keep a new row together with its audit event. `by=None` is the system itself."""
    async with DB.transaction():
        with refusing():
            await row.save()
        await events.append(by, did, row, changed=events.difference({}, events.plain(row)), **facts)
    return row


@contextlib.asynccontextmanager
async def changing(row: Row, *, by: Actor | None, did: str, **facts) -> AsyncIterator[Row]:
    """Lock `row`, hand over a fresh copy, then save what changed together with its audit event.

    Raises `Refused` when the row is gone. The caller's own `row` is stale from here on.
    """
    table = type(row)
    async with DB.transaction():
        # NO KEY UPDATE: rows that refer to this one hold a key share on it, and must not deadlock with its change.
        fresh = await table.objects().where(table._meta.primary_key == row.id).lock_rows("NO KEY UPDATE").first()
        require(fresh is not None, _("Mục này không còn nữa."))
        before = events.plain(fresh)
        yield fresh
        changed = events.difference(before, events.plain(fresh))
        if changed:
            with refusing():
                await fresh.save(columns=[getattr(table, name) for name in changed])
        await events.append(by, did, fresh, changed=changed, **facts)


async def remove(row: Table, *, by: Actor | None, did: str, **facts) -> None:
    """Take a row away; what it held stays in the audit event."""
    table = type(row)
    async with DB.transaction():
        fresh = await table.objects().where(table._meta.primary_key == row.id).lock_rows().first()
        require(fresh is not None, _("Mục này không còn nữa."))
        await events.append(by, did, fresh, changed=events.difference(events.plain(fresh), {}), **facts)
        with refusing():
            await fresh.remove()
