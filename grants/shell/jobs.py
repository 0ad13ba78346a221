"""The worker: what is done again and again behind the pages, each duty by itself and never twice at once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

logger = logging.getLogger("grants.work")
PAUSE = 2.0
Duty = Callable[[], Awaitable[object]]


async def work(duties: Sequence[Duty]) -> None:
    """Do every duty, rest two seconds, and again."""
    while True:
        await once(duties)
        await asyncio.sleep(PAUSE)


async def once(duties: Sequence[Duty]) -> None:
    """Do every duty; one that fails is logged and tried anew next time."""
    for duty in duties:
        try:
            await duty()
        except Exception:
            logger.exception("The duty %s failed; it is tried again.", duty.__name__)
