"""The server's clock, and how it is stopped."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime

_stopped: ContextVar[datetime | None] = ContextVar("stopped", default=None)


def now() -> datetime:
    """The server's clock, with its zone; stopped inside `at()`."""
    return _stopped.get() or datetime.now(UTC)


@contextlib.contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Stop the clock at `moment`: for tests and for building the demo world's past."""
    token = _stopped.set(moment)
    try:
        yield
    finally:
        _stopped.reset(token)
