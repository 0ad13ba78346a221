"""Bringing a database to today's schema: migrations as the owner, then what the application may do."""

import contextlib
import io

import asyncpg
from piccolo.apps.migrations.commands.forwards import run_forwards

from grants.shell.config import ROOT
from grants.shell.database import connected, connection, owner_url, rows

SQL = ROOT / "migrations"
# What the database itself keeps, in the order in which one needs the other; each file may be run again.
GUARDS = (
    "search", "ledger", "votes", "assignments", "rules", "views", "guards", "tally", "turnover", "decisions", "estimates",
    "payments", "fees", "opinions", "closing", "agreements", "acts", "order", "taken_over",
)


async def create_database(url: str) -> None:
    """Create the database named in `url` if the server does not have it yet (the embedded one, at its first start)."""
    wanted = connection(url)
    there = await asyncpg.connect(**{**wanted, "database": "postgres"})
    try:
        if not await there.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", wanted["database"]):
            await there.execute(f'CREATE DATABASE "{wanted["database"]}" ENCODING \'UTF8\' TEMPLATE template0')
    finally:
        await there.close()


async def migrate(url: str | None = None) -> str:
    """Run the migrations that have not run, then the guards. Returns what was said on the way. Raises on failure."""
    said = io.StringIO()
    async with connected(config=connection(url or owner_url()), size=2):
        await script("DROP VIEW IF EXISTS ledger_movement, verified_result")  # a migration may change what they read
        with contextlib.redirect_stdout(said):
            result = await run_forwards("grants")
        if not result.success:
            raise RuntimeError(result.message)
        for name in GUARDS:
            await script((SQL / f"{name}.sql").read_text())
    return said.getvalue()


async def script(sql: str) -> None:
    """Run a file of statements."""
    from grants.shell.database import DB

    async with DB.pool.acquire() as held:
        await held.execute(sql)


async def is_empty() -> bool:
    """Whether nobody has an account yet."""
    return not (await rows("SELECT 1 FROM person LIMIT 1"))


async def has_demo_accounts() -> bool:
    """Whether accounts of the demo world are among the people."""
    return bool(await rows("SELECT 1 FROM person WHERE demo LIMIT 1"))
