"""What the command line does."""

import asyncio
import contextlib
import os
import socket
import sys
import tarfile
from multiprocessing import get_context

from granian import Granian
from granian.constants import Interfaces

from grants.duties import DUTIES
from grants.shell import database, jobs, keeping, schema
from grants.shell.config import Misconfigured, settings

PASSWORD = "dak-lak-demo-2026"


async def prepare() -> None:
    """A database at today's schema."""
    url = database.owner_url()
    if not settings().owner_database_url:
        await schema.create_database(url)
    await schema.migrate(url)


def serve() -> None:
    """Prepare, then serve until Ctrl-C; what dies meanwhile is started again, and everything that was started is stopped."""
    require_free(settings().host, settings().port)
    keeping.adopt()
    asyncio.run(prepare())
    os.environ.setdefault("DATABASE_URL", database.owner_url())  # no other process may start a second server
    import grants.app  # noqa: F401 - before the forks, which then need no time for it

    if not seeded():
        sys.exit(1)  # it has said why
    print(f"\n  {settings().base_url}\n", flush=True)
    if not settings().production:
        print(accounts_in_words(), flush=True)
    sys.exit(keeping.keep(listen))


def seeded() -> bool:
    """Seed in a process of its own: the threads of the document store would not survive the server's fork."""
    process = get_context("fork").Process(target=seed_once)
    process.start()
    process.join()
    return process.exitcode == 0


def seed_once() -> None:
    try:
        asyncio.run(seed())
    except Misconfigured as problem:
        sys.exit(f"Refusing to start:\n{problem}")
    except KeyboardInterrupt:
        sys.exit(1)


def listen() -> None:
    """Serve, and do nothing else."""
    Granian(
        "grants.app:create_app", factory=True, interface=Interfaces.ASGI, address=settings().host, port=settings().port,
        workers=1, respawn_failed_workers=True, log_access=False, websockets=False,
    ).serve()


def require_free(host: str, port: int) -> None:
    """Refuse to serve where something serves already: the kernel would share the address out between both."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        raise Misconfigured(f"Something already serves on {host}:{port}. Stop it, or choose another PORT.")


def accounts_in_words() -> str:
    """The demo's accounts, for the person who has just started it."""
    names = "researcher signatory officer association expert1…expert9 capital recurrent treasurer leader auditor admin"
    lines = "\n".join(f"    {name}@grants.test" for name in names.split())
    return f"  Demo accounts, password {PASSWORD}:\n{lines}\n"


async def migrate() -> None:
    print(await schema.migrate(database.owner_url()))


async def seed() -> None:
    """Reference data always; the demo world once, and never in production."""
    from seed import load

    async with database.connected(owner=True):
        if settings().production and await schema.has_demo_accounts():
            raise Misconfigured("The database holds demo accounts, whose password everybody knows: production needs a database of its own.")
        await load.reference()
        if not settings().production and await schema.is_empty():
            print("  Loading the demo world …", flush=True)
            await load.world()


async def check() -> int:
    """Run every invariant and verify the audit trail; 1 if something does not hold."""
    from grants import checks

    async with database.connected():
        problems = await checks.problems()
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{checks.count()} invariants checked, {len(problems)} problems")
    return 1 if problems else 0


async def admin(email: str, organisation: str) -> None:
    """Make a registered person the first administrator, for the department that runs the system; only while there is none."""
    from grants.people import posts

    async with database.connected(owner=True):
        await posts.first_administrator(email, organisation)
    print(f"{email} is the administrator.")


async def work() -> None:
    async with database.connected():
        await jobs.work(DUTIES)


async def backup(file: str) -> None:
    """Database and documents into one file."""
    from grants.shell import backups

    done = await backups.backup(file)
    print(f"{file}: database {done.size:,} bytes, {done.documents} documents")


async def restore(file: str) -> int:
    """A backup into an empty database; then every invariant is checked, 1 if something does not hold."""
    from grants.shell import backups

    try:
        done = await backups.restore(file)
    except (backups.Unrestorable, tarfile.TarError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"restored: database {done.size:,} bytes, {done.documents} documents")
    return await check()
