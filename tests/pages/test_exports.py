"""Exports: a file that does not hold every row says so in its last line."""

import io

import openpyxl
import pytest

from grants.people.tables import Role
from grants.shell import lists
from tests.browsing import browsing
from tests.makers import a_person, an_organisation

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


@pytest.mark.parametrize(("most", "last"), [(2, "Tệp chỉ có 2 dòng đầu trong 3 dòng; hãy lọc bớt rồi xuất lại."), (3, "Viện C")])
async def test_an_export_that_stops_early_says_so_in_its_last_line(monkeypatch, most, last):
    monkeypatch.setattr(lists, "MOST_EXPORTED", most)
    body = await an_organisation("Viện A")
    await an_organisation("Viện B")
    await an_organisation("Viện C")
    async with browsing() as browser:
        admin = await browser().sign_in(await a_person(Role.ADMIN, of=body))
        kept = (await admin.client.get("/organisations?format=csv")).text.splitlines()
        assert len(kept) == 4 and kept[-1].split(",")[0].strip('"') == last
        book = openpyxl.load_workbook(io.BytesIO((await admin.client.get("/organisations?format=xlsx")).content))
        assert [row[0] for row in book.active.iter_rows(values_only=True)][-1] == last
