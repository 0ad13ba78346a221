"""Who works on a project in these tests."""

import pytest

from grants.people.tables import Role
from tests.makers import a_person


@pytest.fixture
async def officer(db):
    return await a_person(Role.OFFICER)


@pytest.fixture
async def lead(db):
    return await a_person(Role.RESEARCHER)
