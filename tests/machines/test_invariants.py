"""`check` on the whole demo world: nothing is wrong, and no invariant is blind."""

import asyncpg
import pytest

from grants import checks
from grants.invariants import ALL
from grants.shell import database, events
from tests.grants.test_checks import BREAKS

pytestmark = pytest.mark.anyio


async def test_the_demo_world_holds_and_every_invariant_sees_its_own_breach(province):
    """Lived through the verbs, nothing is wrong; then each rule is broken by hand, and its query names the breach."""
    owner = await asyncpg.connect(**database.connection(province))
    while await events.seal():
        pass
    assert await checks.problems() == []
    assert {one.name for one in ALL} == set(BREAKS)
    blind = []
    for one in ALL:
        assert await owner.fetch(one.sql) == [], one.name
        there = owner.transaction()
        await there.start()
        await owner.execute("SET LOCAL session_replication_role = replica")
        await owner.execute(BREAKS[one.name])
        if not await owner.fetch(one.sql):
            blind.append(one.name)
        await there.rollback()
    await owner.close()
    assert blind == []
