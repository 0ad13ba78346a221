"""How many statements a page asks of the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from grants.shell.database import DB


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements asked inside the block, without BEGIN and COMMIT. One request at a time: it sees the open connections."""
    asked: list[str] = []

    def note(record) -> None:
        if not record.query.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            asked.append(record.query)

    open_now = [holder._con for holder in DB.pool._holders if holder._con]
    for connection in open_now:
        connection.add_query_logger(note)
    try:
        yield asked
        assert asked, "nothing was asked: another connection did the work"
    finally:
        for connection in open_now:
            connection.remove_query_logger(note)
