"""The classification is a list with periods that finance keeps; old codes stay readable."""

from datetime import date

import pytest

from budget import classifications, ledger
from budget.ledger import Kind
from budget.tables import Allocation, Stage
from budget.year_tables import Classification
from grants.shell.changes import Refused
from seed.load import classifications as classifications_of
from seed.load import table
from tests.browsing import browsing
from tests.makers import a_call, the_rules
from tests.makers_budget import BILLION, a_paper, as_owner

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


async def test_an_allocation_offers_the_codes_that_have_money_and_names_them_where_it_is_refused(world):
    """The office asks without a code what only stands under one: the refusal says under which there is how much."""
    await the_rules()
    async with as_owner():
        await ledger.post(
            Kind.APPROPRIATION, 2 * BILLION, out_of=await ledger.account(Stage.SOURCE, "recurrent", world.year),
            into=await ledger.account(Stage.APPROPRIATED, "recurrent", world.year, classification="417-100-102"),
            paper=a_paper(), key="coded", **world.who,
        )
    here = f"/calls/{(await a_call()).id}/allocations"
    asked = {"stream": "recurrent", "year": str(world.year), "amount": "9,5 tỷ"}
    async with browsing() as browser:
        officer = await browser().sign_in(world.offices.officer)
        await officer.open(here)
        offered = officer.page.form(here).xpath(".//*[@name='classification']/descendant-or-self::*/@value")
        assert offered == ["", "417-100-102"]
        await officer.submit(here, **asked)
        assert officer.page.status == 409
        assert "Nguồn này chỉ còn 9.000.000.000 ₫." in officer.page.words
        assert "Mã mục lục khác của nguồn này còn tiền: 417-100-102 (2.000.000.000 ₫)." in officer.page.words
        await officer.submit(here, **asked | {"classification": "417-100-102", "amount": "2,1 tỷ"})
        assert "chỉ còn 2.000.000.000 ₫" in officer.page.words and "chưa gắn mã (9.000.000.000 ₫)" in officer.page.words
        await officer.submit(here, **asked | {"classification": "417-100-102", "amount": "2 tỷ"})
    assert [(one.classification, one.amount) for one in await Allocation.objects()] == [("417-100-102", 2 * BILLION)]


async def test_a_code_of_an_office_that_was_merged_away_is_offered_only_for_the_years_before():
    shipped = classifications_of(table("budget_codes"))
    await Classification.delete(force=True)
    await Classification.insert(*[Classification(**row) for row in shipped])
    years = [year for year in range(2024, 2029) if any(code.startswith("413-") for code, _name in await classifications.choices(year))]
    assert years == [2024, 2025]
    assert all(row["valid_to"] is None for row in shipped if not row["code"].startswith("413-"))
