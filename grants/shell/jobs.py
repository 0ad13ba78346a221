"""The worker: what is done again and again behind the pages, each duty by itself and never twice at once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from grants.shell import events, mail

logger = logging.getLogger("grants.work")
PAUSE = 2.0
DUTIES: list[Callable[[], Awaitable[object]]] = [mail.carry, events.seal]


async def work() -> None:
    """Do every duty, rest, and again; a duty that fails is logged and tried anew next time."""
    while True:
        await once()
        await asyncio.sleep(PAUSE)


async def once() -> None:
    for duty in DUTIES:
        try:
            await duty()
        except Exception:
            logger.exception("The duty %s failed; it is tried again.", duty.__name__)
