"""The demo world for tests: loaded once into a database of its own, copied for whoever wants to change it."""

import asyncio
import fcntl
import itertools
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from grants.people.tables import Role
from grants.shell import backups, database, schema

TEMPLATE = "the_demo_world"
ACCOUNTS = {
    Role.RESEARCHER: "researcher", Role.SIGNATORY: "signatory", Role.OFFICER: "officer", Role.ASSOCIATION: "association",
    Role.EXPERT: "expert1", Role.FINANCE: "capital", Role.TREASURER: "treasurer", Role.LEADER: "leader",
    Role.AUDITOR: "auditor", Role.ADMIN: "admin",
}
_copies = itertools.count(1)


def email(role: Role) -> str:
    return f"{ACCOUNTS[role]}@grants.test"


def load(owner_url: str, shared: Path) -> None:
    """The demo world in the template database: lived by the first of the run's processes, taken by the others from its backup."""
    url, kept = replaced(owner_url, TEMPLATE), shared / "demo-world.tar"
    with (shared / "living").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if kept.exists():
            asyncio.run(backups.restore(str(kept), url=url))
        else:
            asyncio.run(live(url))
            asyncio.run(backups.backup(str(kept), url=url))


async def live(url: str) -> None:
    from seed import load as seed

    await schema.create_database(url)
    await schema.migrate(url)
    async with database.connected(config=database.connection(url)):
        await seed.reference()
        await seed.world()


def replaced(url: str, name: str) -> str:
    """The same server's address with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@dataclass
class Statements:
    """The SQL that was run, but for what only opens, ends or tidies a transaction."""

    seen: list[str]

    def note(self, record) -> None:
        if not record.query.startswith(("BEGIN", "COMMIT", "ROLLBACK", "SELECT pg_advisory_unlock_all")):
            self.seen.append(" ".join(record.query.split()))

    @cached_property
    def config(self) -> dict:
        async def listen(connection) -> None:
            connection.add_query_logger(self.note)

        return {"init": listen}


@asynccontextmanager
async def copied(owner_url: str, *, statements: Statements | None = None):
    """A copy of the demo world that the application is connected to; gives the copy's address for the owner."""
    name = f"world_{next(_copies)}"
    admin = await asyncpg.connect(**database.connection(replaced(owner_url, "postgres")))
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        url = replaced(owner_url, name)
        more = statements.config if statements else {}
        async with database.connected(config=database.connection(url) | database.as_app() | more, size=16):
            yield url
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()
