"""What a request asks of the database: the same application in this process, its statements noted one by one."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import httpx

from grants.app import create_app
from grants.shell.database import DB


@dataclass
class Asked:
    """The statements of one request (BEGIN and COMMIT too), how long they took (seconds), and the answer."""

    statements: list[str] = field(default_factory=list)
    seconds: float = 0
    answer: httpx.Response | None = None


@contextlib.asynccontextmanager
async def counting() -> AsyncIterator[Callable]:
    """`await ask(method, path, cookies, body)` → Asked, the second time it is asked, so that nothing is prepared any more."""
    app = create_app()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        noted = Asked()

        def note(record) -> None:
            noted.statements.append(record.query)
            noted.seconds += record.elapsed

        async def ask(method: str, path: str, cookies: str, body: str = "") -> Asked:
            nonlocal noted
            for connection in [holder._con for holder in DB.pool._holders if holder._con]:
                with contextlib.suppress(Exception):
                    connection.remove_query_logger(note)
                connection.add_query_logger(note)
            noted = Asked()
            headers = {"cookie": cookies, "content-type": "application/x-www-form-urlencoded"}
            answer = await client.request(method, path, headers=headers, content=body)
            noted.answer = answer
            return noted

        yield ask
