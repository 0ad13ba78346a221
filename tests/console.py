"""A hand at an SQL console under the application's own role: what it tries, and what the database answers."""

import asyncpg

from grants.shell import database


async def answered_otherwise(server: str, acts: dict[str, tuple[str, str]], **known: object) -> dict[str, str | None]:
    """Of the acts (SQL with places for `known`, and the SQLSTATE it must be refused with) those that were not refused so.

    Gives act → what came instead; None for what was let through.
    """
    console = await asyncpg.connect(**database.connection(server) | database.as_app())
    try:
        answers = {act: await answer(console, sql.format(**known)) for act, (sql, _code) in acts.items()}
    finally:
        await console.close()
    return {act: answers[act] for act, (_sql, code) in acts.items() if answers[act] != code}


async def answer(console: asyncpg.Connection, sql: str) -> str | None:
    """The state of the refusal; None where there was none."""
    try:
        await console.execute(sql)
    except asyncpg.PostgresError as problem:
        return problem.sqlstate
    finally:
        if console.is_in_transaction():
            await console.execute("ROLLBACK")
    return None
