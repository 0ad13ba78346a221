"""The year's pages: an adjustment proposed and decided, the end of a year in its steps, obligations; each with few statements."""

import pytest

from budget import adjustments, grounds, year_end, years
from budget.year_tables import Adjustment, Remainder
from grants.people.people import today
from grants.shell.changes import at
from tests.browsing import browsing
from tests.counting import statements
from tests.makers import a_call, the_rules
from tests.makers_budget import a_year, adjusted, after, allocated

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def test_a_supplement_is_drawn_up_shown_with_its_effect_and_decided(world):
    await the_rules()
    async with browsing() as browser:
        officer = await browser().sign_in(world.offices.officer)
        await officer.open("/adjustments/new")
        await officer.open(f"/adjustments/new?kind=supplement&stream=recurrent&year={world.year}")
        ground = str((await grounds.of_act("supplement", today()))[0].id)
        await officer.submit("/adjustments", target="code:417-100-101", amount="hai tỷ", ground=ground, reason="")
        assert officer.page.status == 422 and set(officer.page.errors()) == {"amount", "reason"}
        await officer.submit("/adjustments", target="code:417-100-101", amount="2 tỷ", ground=ground, reason="Nhiệm vụ phát sinh")
        here = officer.page.answer.url.path
        leader = await browser().sign_in(world.offices.leader)
        await leader.open(here)
        assert "2.000.000.000 ₫" in leader.page.words and "Nhiệm vụ phát sinh" in leader.page.words
        await leader.submit(f"{here}/approval", number="0463/QĐ-UBND", on="12/01/2026")
        assert "Đã ghi sổ" in leader.page.words and "0463/QĐ-UBND" in leader.page.words
        finance = await browser().sign_in(world.offices.recurrent)
        for page in ("/adjustments", "/adjustments?format=xlsx", "/budget/calendar", "/obligations", "/year-ends", "/budget/codes"):
            await finance.open(page)
            assert finance.page.status == 200, page
    assert (await Adjustment.objects().first()).state == "approved"


async def test_a_year_ends_on_its_page_step_by_step(world):
    await a_year(world.offices, world.year + 1, recurrent=5)
    await the_rules()
    await adjusted(world.offices, world.year)
    here = f"/year-ends/{world.year}"
    async with browsing() as browser:
        officer = await browser().sign_in(world.offices.officer)
        await officer.open(here)
        left = await year_end.left(world.year)
        known = {act: (await grounds.of_act(act, today()))[0].id for act in ("carry_over", "cancel")}
        chosen = {f"left-{one.account}": f"{act}:{known[act]}" for one, act in zip(left, ("cancel", "carry_over"), strict=True)}
        await officer.submit(f"{here}/remainders", **chosen)
        assert "Chờ xác nhận" in officer.page.words
        finance = await browser().sign_in(world.offices.recurrent)
        await finance.open(here)
        await finance.submit(f"{here}/confirmation", number="", on="05/01/2026")
        assert finance.page.status == 422
        await finance.submit(f"{here}/confirmation", number="41/QĐ-STC", on="05/01/2026")
        assert "1.000.000.000 ₫" in finance.page.words
        await officer.open(here)
        await officer.submit(f"{here}/closing-request")
        await finance.open(here)
        await finance.submit(f"{here}/closing")
        assert "Đã khoá sổ" in finance.page.words
    assert {row.state for row in await Remainder.objects()} == {"confirmed"}
    assert (await years.of(world.year)).state == "closed"


async def test_pages_of_the_year_ask_as_little_for_many_rows_as_for_few(world):
    few, many = world.year, world.year + 1
    for year in (many, many + 1):
        await a_year(world.offices, year)
    for _n in range(20):
        await allocated(world.offices, await a_call(), 5, year=many)
    await the_rules()
    for year, n in ((few, 1), (many, 20)):
        for _n in range(n):
            await adjustments.propose(
                "cut", ground=(await grounds.of_act("cut", today()))[0].id, stream="recurrent", year=year, amount=5, reason="Giảm",
                source="code:", by=world.offices.officer,
            )
        await adjusted(world.offices, year)
        with at(after(year)):
            ground = (await grounds.of_act("cancel", today()))[0].id
            chosen = {row.account: ("cancel", ground) for row in (await year_end.left(year))[:n]}
            await year_end.propose(year, chosen, by=world.offices.officer)
    pages = ["/year-ends/{}", "/adjustments?year={}", "/obligations?year={}", "/budget/calendar?year={}"]
    async with browsing() as browser:
        finance = await browser().sign_in(world.offices.recurrent)

        async def counted(year: int) -> list[int]:
            found = []
            for path in pages:
                await finance.open(path.format(year))
                assert finance.page.status == 200, path
                with statements() as asked:
                    await finance.open(path.format(year))
                found.append(len(asked))
            return found

        one, thirty = await counted(few), await counted(many)
    assert one == thirty
    assert max(thirty) <= 12
