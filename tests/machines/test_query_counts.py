"""How many SQL statements a page takes: the same with one row as with many, and never more than twelve."""

import re

import pytest

from grants.people.tables import Role
from grants.shell import lists
from tests.browsing import XHTML, browsing
from tests.machines.routes import MISSING, ROUTES, ids_of
from tests.world import Statements, email

pytestmark = pytest.mark.anyio
MOST = 12
ROLES = [Role.OFFICER, Role.AUDITOR, Role.FINANCE, Role.LEADER, Role.EXPERT, Role.ASSOCIATION, Role.TREASURER, Role.ADMIN, Role.RESEARCHER]


async def statements_of(here, address: str, counted: Statements) -> tuple[int, int, int]:
    """Status, statements and rows of the tables of a page (its second request: the first may fill what is kept in memory)."""
    if (await here.client.get(address)).is_redirect:  # where it leads is a page of its own, counted there
        counted.seen.clear()
        return (await here.client.get(address)).status_code, len(counted.seen), 0
    counted.seen.clear()
    page = await here.open(address)
    found = list(counted.seen)
    lines = len(page.html.findall(f".//{XHTML}tbody/{XHTML}tr")) if page.html is not None else 0
    return page.status, len(found), lines


async def test_a_list_takes_as_many_statements_for_one_row_as_for_many(counted_province, monkeypatch):
    """Each list, shown one row at a time and then by two: both pages are full, so both are counted and summed apart from their rows."""
    wrong, compared, left = [], 0, {route for route in ROUTES if route.method == "GET" and not route.gaps}
    async with browsing() as browser:
        for role in ROLES:
            here = await browser().sign_in_as(email(role))
            for route in sorted((route for route in left if route.open_to(role)), key=lambda route: route.path):
                left.remove(route)
                monkeypatch.setattr(lists, "PER_PAGE", 1)
                _status, one, few = await statements_of(here, route.path, counted_province)
                monkeypatch.setattr(lists, "PER_PAGE", 2)
                _status, two, many = await statements_of(here, route.path, counted_province)
                compared += few < many
                if two != one - (few == many and two < one) or one > MOST:
                    wrong.append((route.path, role.value, f"{one} statements for {few} rows, {two} for {many}"))
    assert compared > 8
    assert not wrong, "\n" + "\n".join(map(str, wrong))


async def test_no_page_takes_more_than_twelve_statements(counted_province):
    """Every page of a thing, for the largest of its kind among the first ones, by the first role that may see it."""
    wrong, left = [], {route for route in ROUTES if route.method == "GET" and route.is_about_a_thing and route.table}
    async with browsing() as browser:
        for role in ROLES:
            here = await browser().sign_in_as(email(role))
            for route in sorted((route for route in left if route.open_to(role)), key=lambda route: route.path):
                ids = await ids_of(route.table)
                inner = (await ids_of(route.nested_table)) if route.nested_table else [MISSING]
                for id in ids[:: len(ids) // 6 + 1]:
                    status, count, _lines = await statements_of(here, route.filled(id, inner[0]), counted_province)
                    if status == 200:
                        left.discard(route)
                        if count > MOST:
                            wrong.append((route.path, role.value, f"{count} statements for {route.filled(id)}", repeated(counted_province)))
                            break
    assert not wrong, "\n" + "\n".join(map(str, wrong))


def repeated(counted: Statements) -> str:
    """The statement that was run most often, to see what a loop asks again and again."""
    shapes = [re.sub(r"\$?\d+", "N", sql)[:120] for sql in counted.seen]
    most = max(shapes, key=shapes.count)
    return f"{shapes.count(most)}× {most}"


async def test_the_count_counts(counted_province):
    """The control: three statements are three."""
    from grants.shell.database import DB, rows

    counted_province.seen.clear()
    for n in range(3):
        async with DB.transaction():
            await rows(f"SELECT {n}")
    assert counted_province.seen == ["SELECT 0", "SELECT 1", "SELECT 2"]
