"""The audit trail: append only, sealed into a hash chain in batches by one writer, verified from outside."""

import hashlib
import json
from contextvars import ContextVar
from datetime import UTC, date, datetime

from piccolo.columns import JSONB, Array, BigInt, BigSerial, Bytea, Integer, Timestamptz, Varchar
from piccolo.table import Table
from piccolo.utils.encoding import load_json

from grants.shell.clock import now
from grants.shell.database import DB, rows

request_id: ContextVar[str] = ContextVar("request_id", default="")

SEALED_AT_ONCE = 5_000
OPEN_FOR = "1 hour"  # no transaction lives longer: the server ends it after a minute of silence


class Event(Table, tablename="event"):
    """One change of one thing: who, when, what it was before and after. The application cannot alter it."""

    id = BigSerial(primary_key=True)
    at = Timestamptz(index=True)
    by = Integer(null=True, default=None, index=True)
    did = Varchar(60)
    thing = Varchar(60)
    thing_id = BigInt()
    changed = JSONB()
    facts = JSONB()
    request = Varchar(40)


class Seal(Table, tablename="seal"):
    """A batch of events bound to all before it: hash = sha256(previous hash, then each event in the order of ids).

    `upto` is the highest event in this seal and all before it, so that the sealer need not open the old ones.
    """

    id = BigSerial(primary_key=True)
    at = Timestamptz()
    events = Array(base_column=BigInt())
    upto = BigInt()
    previous = Bytea()
    hash = Bytea()


SECRET = {"password", "totp", "token", "bank_account", "tax_number"}


def plain(row: Table) -> dict:
    """The row as plain JSON values; of a secret only a mark that shows whether it changed."""
    return {
        column._meta.name: mark(value) if column._meta.name in SECRET else simple(value, column)
        for column in row._meta.columns
        for value in (getattr(row, column._meta.name),)
    }


def mark(secret: object) -> str:
    return hashlib.sha256(str(secret).encode()).hexdigest()[:8] if secret else ""


def simple(value: object, column=None) -> object:
    """One value as JSON knows it; moments in UTC to the microsecond, so that equal moments are equal text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, JSONB | type(None) | bool | int):
        return value
    if isinstance(value, str) and isinstance(column, JSONB):
        return load_json(value)
    if isinstance(value, list | tuple):
        return [simple(each) for each in value]
    if isinstance(value, dict):
        return {str(key): simple(each) for key, each in value.items()}
    return value.value if hasattr(value, "value") else str(value)


def difference(before: dict, after: dict) -> dict:
    """Which fields changed: name → [before, after]."""
    names = before.keys() | after.keys()
    return {name: [before.get(name), after.get(name)] for name in sorted(names) if before.get(name) != after.get(name)}


async def append(by, did: str, row: Table, *, changed: dict, **facts) -> None:
    """Write one event in the current transaction."""
    at, who, did, thing, *rest = values(by, did, type(row), changed=changed, **facts)
    await rows(f"INSERT INTO event ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", at, who, did, thing, row.id, *rest)


COLUMNS = "at, by, did, thing, thing_id, changed, facts, request"


def values(by, did: str, table: type[Table], *, changed: dict, **facts) -> list:
    """What an event holds besides the thing's id, in the order of COLUMNS."""
    return [
        now(), by.id if by else None, did, table._meta.tablename, json.dumps(changed, ensure_ascii=False),
        json.dumps(simple(facts), ensure_ascii=False), request_id.get(),
    ]


async def seal() -> int:
    """Bind the events that are not yet sealed into the chain; return how many.

    One writer at a time. Events are taken as they become visible, so a slow transaction's event goes into a later
    batch and no writer ever waits for the seal.
    """
    async with DB.transaction():
        if not (await rows("SELECT pg_try_advisory_xact_lock(hashtext('seal')) AS mine"))[0]["mine"]:
            return 0
        old = await rows(f"SELECT id, upto FROM seal WHERE at < clock_timestamp() - interval '{OPEN_FOR}' ORDER BY id DESC LIMIT 1")
        seal_id, upto = (old[0]["id"], old[0]["upto"]) if old else (0, 0)
        found = await rows(UNSEALED, seal_id, upto)
        if not found:
            return 0
        last = await rows("SELECT hash, upto FROM seal ORDER BY id DESC LIMIT 1")
        previous, upto = (last[0]["hash"], last[0]["upto"]) if last else (bytes(32), 0)
        await rows(
            "INSERT INTO seal (at, events, upto, previous, hash) VALUES (clock_timestamp(), $1, $2, $3, $4)",
            [row["id"] for row in found], max(upto, found[-1]["id"]), previous, chained(previous, found),
        )
        return len(found)


CANON = "id, concat_ws('|', id, extract(epoch FROM at), by, did, thing, thing_id, changed, facts, request) AS canon"
# After the event $2, up to which all is sealed by now, those that no seal after the seal $1 names.
UNSEALED = f"""
    SELECT {CANON} FROM event WHERE id > $2
        AND NOT EXISTS (SELECT FROM (SELECT unnest(events) AS e FROM seal WHERE id > $1) recent WHERE e = event.id)
    ORDER BY id LIMIT {SEALED_AT_ONCE}
"""


def chained(previous: bytes, found: list[dict]) -> bytes:
    """The hash of a batch: sha256 over the previous hash and each event's canonical line."""
    digest = hashlib.sha256(previous)
    for row in found:
        digest.update(row["canon"].encode())
        digest.update(b"\n")
    return digest.digest()


async def verify() -> list[str]:
    """Recompute the whole chain; return a sentence for each seal that does not hold (empty: all is as it was)."""
    problems, previous, upto = [], bytes(32), 0
    for seal_row in await rows("SELECT id, events, upto, previous, hash FROM seal ORDER BY id"):
        upto = max(upto, *seal_row["events"])
        found = await rows(f"SELECT {CANON} FROM event WHERE id = ANY($1) ORDER BY id", seal_row["events"])
        if seal_row["previous"] != previous:
            problems.append(f"seal {seal_row['id']}: the seal before it was altered or taken away")
        if seal_row["upto"] != upto:
            problems.append(f"seal {seal_row['id']}: up to which event all is sealed was altered")
        if len(found) != len(seal_row["events"]):
            gone = sorted(set(seal_row["events"]) - {row["id"] for row in found})
            problems.append(f"seal {seal_row['id']}: events {gone[:10]} were deleted")
        elif chained(seal_row["previous"], found) != seal_row["hash"]:
            problems.append(f"seal {seal_row['id']}: an event among {found[0]['id']}–{found[-1]['id']} was altered")
        previous = seal_row["hash"]
    return problems
