"""The classification is a list with periods that finance keeps; old codes stay readable."""

from datetime import date

import pytest

from budget import classifications
from budget.year_tables import Classification
from grants.shell.changes import Refused
from tests.browsing import browsing
from tests.makers import the_rules

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def test_a_code_is_added_used_in_its_years_and_ended(world):
    await the_rules()
    async with browsing() as browser:
        finance = await browser().sign_in(world.offices.recurrent)
        await finance.open("/budget/codes/new")
        await finance.submit(
            "/budget/codes", code="417-100-104", name="Đổi mới sáng tạo", name_en="Innovation", basis="TT mới", since="01/01/2027"
        )
        assert "417-100-104" in finance.page.words and "đã kiểm chứng" in finance.page.words
        made = await Classification.objects().where(Classification.code == "417-100-104").first()
        await finance.open(f"/budget/codes/{made.id}")
        await finance.submit(f"/budget/codes/{made.id}/end", on="31/12/2026")
        assert finance.page.status == 409
        await finance.submit(f"/budget/codes/{made.id}/end", on="31/12/2028")
    years = [year for year in range(2025, 2031) if "417-100-104" in dict(await classifications.choices(year))]
    assert years == [2027, 2028]
    with pytest.raises(Refused, match="năm 2030"):
        await classifications.require_known("417-100-104", 2030)
    await classifications.require_known("", 2030)
    assert (await classifications.names())["417-100-104"] == "Đổi mới sáng tạo"


async def test_only_finance_keeps_the_list_and_a_code_has_its_four_parts(world):
    said = {"name": "x", "name_en": "x", "basis": "x", "since": date(2027, 1, 1)}
    with pytest.raises(Refused, match="Chỉ cơ quan tài chính"):
        await classifications.record("417-100-104", by=world.offices.officer, **said)
    with pytest.raises(Refused, match="chương-loại-khoản"):
        await classifications.record("417100", by=world.offices.recurrent, **said)
