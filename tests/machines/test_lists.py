"""Every list filters, sorts, pages and exports: file and screen hold the same rows, in the same order, with the same sums."""

import csv
import io
from urllib.parse import urlencode

import openpyxl
import pytest
from litestar.testing import RequestFactory

from grants.app import PAGES
from grants.people import people, people_pages
from grants.people.tables import Role
from grants.rules.tables import Holiday
from grants.shell import lists
from grants.shell.lists import Listing
from review import expert_pages
from tests.browsing import browsing
from tests.makers import a_call, a_person

pytestmark = pytest.mark.anyio
FACTORY = RequestFactory()


async def every_listing() -> list[Listing]:
    """All lists: those that stand in the pages' modules, and those made for their reader."""
    found = [people_pages.everybody(people.today()), await expert_pages.roster()]
    for module in PAGES:
        for value in vars(module).values():
            found += [one for one in (value.values() if isinstance(value, dict) else [value]) if isinstance(one, Listing)]
    return list({id(one): one for one in found}.values())


def some(listing: Listing):
    """So many rows of a list as a test has time for."""
    return listing.table._meta.primary_key <= 120


def asking(**params: str):
    return FACTORY.get("/list", query_params=params)


def words(value: object) -> str:
    """A cell of the screen's row as the file has it."""
    return str(lists.harmless(lists.plain(value)))


async def as_csv(listing: Listing, **params: str) -> list[list[str]]:
    answer = await listing.export(asking(**params), some(listing), "csv")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def as_xlsx(listing: Listing, **params: str) -> list[tuple]:
    answer = await listing.export(asking(**params), some(listing), "xlsx")
    return list(openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True).active.iter_rows(values_only=True))


async def the_same(listing: Listing, **params: str) -> int:
    """The screen with all its rows, and both files, compared; how many rows there are."""
    screen = await listing.shown(asking(**params), some(listing))
    rows = [[words(lists.worded(row[c.key], c.kind)) for c in listing.columns] for row in screen.rows]
    file, book = await as_csv(listing, **params), await as_xlsx(listing, **params)
    extra = 1 if screen.sums else 0
    assert file[1:len(rows) + 1] == rows and len(file) == len(book) == len(rows) + 1 + extra, (listing.name, params)
    if screen.sums:
        at = {c.key: n for n, c in enumerate(listing.columns)}
        assert {key: int(file[-1][at[key]]) for key in screen.sums} == screen.sums, listing.name
        assert {key: book[-1][at[key]] for key in screen.sums} == screen.sums, listing.name
    assert screen.count == len(rows), listing.name
    return len(rows)


async def test_every_list_filters_sorts_pages_and_exports_what_it_shows(province, monkeypatch):
    seen = filled = 0
    for listing in await every_listing():
        monkeypatch.setattr(lists, "PER_PAGE", 100_000)
        assert listing.filters, f"{listing.name} cannot be filtered"
        whole = await the_same(listing)
        seen, filled = seen + 1, filled + (whole > 1)
        for choice in listing.filters:
            values = [value for value, _words in choice.options()][:1] if choice.options else ["ca phe"] if choice.name == "q" else []
            for value in values:
                assert await the_same(listing, **{choice.name: value}) <= whole, (listing.name, choice.name)
        for column in listing.columns:
            if column.sortable and whole:
                up = [row.get("href", str(row)) for row in (await listing.shown(asking(sort=column.key), some(listing))).rows]
                down = [row.get("href", str(row)) for row in (await listing.shown(asking(sort=f"-{column.key}"), some(listing))).rows]
                assert up == down[::-1], (listing.name, column.key)
        monkeypatch.setattr(lists, "PER_PAGE", 7)
        pages = [await listing.shown(asking(page=str(n)), some(listing)) for n in range(1, min(3, -(-whole // 7)) + 1)]
        assert [len(one.rows) for one in pages] == [min(7, whole - 7 * n) for n in range(len(pages))], listing.name
        assert all((one.count, one.sums) == (pages[0].count, pages[0].sums) for one in pages), listing.name
    assert seen >= 40 and filled > 30, (seen, filled)


@pytest.mark.usefixtures("db")
async def test_a_search_shows_first_what_is_written_as_it_was_typed_unless_the_reader_chose_an_order():
    titles = ["Bảo tồn voi nhà", "Lò nung vôi", "Trồng xen ca cao với cà phê"]
    for n, title in enumerate(titles):
        await a_call(title=title, code=f"TB-{n}", title_en="Call", summary="Tóm tắt.")
    async with browsing() as browser:
        here = await browser().sign_in(await a_person(Role.OFFICER))

        async def found(query: str) -> list[str]:
            page = await here.open(f"/calls?{query}")
            return [title for title in sorted(titles, key=page.words.find) if title in page.words]

        for typed, first in (("voi", 0), ("vôi", 1), ("với", 2), ("VOI", 0), ("với cà phê", 2)):
            rows = await found(urlencode({"q": typed}))
            assert rows[0] == titles[first] and (len(rows) == 3) == (" " not in typed), (typed, rows)
        assert await found("q=voi&sort=code") == titles and await found("q=voi&sort=-code") == titles[::-1]
        form = here.page.html.xpath("//*[local-name()='form' and contains(@class, 'filters')]")[0]
        assert form.xpath(".//*[@name='sort']/@value") == ["-code"]
        await here.open("/calls")
        assert not here.page.html.xpath("//*[local-name()='form' and contains(@class, 'filters')]//*[@name='sort']")


@pytest.mark.usefixtures("db")
async def test_a_holiday_is_found_without_accents():
    await Holiday(day=people.today(), name="Tết Đoan Ngọ", working=False, basis="QĐ 1").save()
    async with browsing() as browser:
        here = await browser().sign_in(await a_person(Role.OFFICER))
        assert "Tết Đoan Ngọ" in (await here.open("/holidays?q=tet+doan")).words
        assert "Tết Đoan Ngọ" not in (await here.open("/holidays?q=tet+tay")).words
