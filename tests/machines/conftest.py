"""The demo world, which these tests walk through and knock at."""

import pytest

from tests.world import Statements, copied


@pytest.fixture
async def province(demo_world):
    """The application on its own copy of the demo world."""
    async with copied(demo_world) as url:
        yield url


@pytest.fixture
async def counted_province(demo_world):
    """The same, with every statement written down."""
    statements = Statements([])
    async with copied(demo_world, statements=statements):
        yield statements
