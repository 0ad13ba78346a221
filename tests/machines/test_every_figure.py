"""Every figure that leaders and offices see opens exactly the rows behind it: number and list agree, in every year and stream."""

import re

import pytest

from grants.people.tables import Role
from grants.shell.money import short
from tests.browsing import XHTML, browsing
from tests.world import email

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("province")]
LISTS = ("/budget/entries", "/proposals", "/projects", "/open/", "/calls?", "/allocations", "/payments")


def text(element) -> str:
    return " ".join("".join(element.itertext()).replace("\xa0", " ").split())


def figures(page) -> list[tuple[str, str]]:
    """What is shown and what it opens: the big figures with their parts, and the linked cells of the tables."""
    links = page.html.xpath("//x:dl[@class='figures']//x:a | //x:table[contains(@class, 'list')]//x:td//x:a", namespaces={"x": XHTML[1:-1]})
    return [(text(link), link.get("href")) for link in links]


def tallied(page) -> set[str]:
    """A list's count and its sum, in full and as figures say it."""
    count, *sums = [text(b) for b in page.html.xpath("//x:p[contains(@class, 'tally')]//x:b", namespaces={"x": XHTML[1:-1]})]
    amounts = [int(re.sub(r"[^\d-]", "", each)) for each in sums]
    return {count.split()[0].replace(".", ""), *sums, *(short(amount) for amount in amounts)}


def number(shown: str) -> str:
    """The number in what is shown: an amount as it stands; the base of "33,3 % (1/3)"; the first number of "3 chậm tiến độ"."""
    if "₫" in shown or "tỷ" in shown or "triệu" in shown:
        return shown
    if share := re.search(r"\((\d+)/(\d+)\)", shown):
        return share[2]
    return re.search(r"\d+", shown)[0]


async def walk(browser, page: str) -> list[tuple]:
    """The figures of a page that their rows do not bear out."""
    wrong = []
    for shown, href in figures(await browser.open(page)):
        if shown == "–":
            continue
        assert href.startswith(LISTS), (page, shown, href)
        found = await browser.open(href)
        if found.status != 200 or number(shown) not in tallied(found):
            wrong.append((page, shown, href, found.status, tallied(found) if found.status == 200 else ""))
    return wrong


@pytest.mark.parametrize("page", ["/overview", "/budget"])
async def test_every_figure_opens_the_rows_whose_number_it_is(page):
    async with browsing() as browser:
        leader = await browser().sign_in_as(email(Role.LEADER))
        await leader.open(page)
        years = sorted({link for link in leader.page.links if re.fullmatch(rf"{page}\?year=\d+", link)} | {page})
        assert len(years) >= 3
        wrong = [one for year in years for one in await walk(leader, year)]
    assert not wrong, "\n" + "\n".join(map(str, wrong))


async def test_every_figure_of_a_call_s_projects_opens_the_rows_whose_sum_it_is():
    async with browsing() as browser:
        leader = await browser().sign_in_as(email(Role.LEADER))
        calls = []
        for year in (2025, 2026):
            page = await leader.open(f"/budget?year={year}")
            calls += sorted({link for link in page.links if re.fullmatch(rf"/budget\?year={year}&call=\d+", link)})
        assert len(calls) >= 4
        wrong = [one for call in calls for one in await walk(leader, call)]
    assert not wrong, "\n" + "\n".join(map(str, wrong))


async def test_no_amount_or_count_on_the_overview_stands_without_its_rows():
    """Money and counts are links; only the names of rows, and days (of one call's own dates) are not."""
    async with browsing() as browser:
        leader = await browser().sign_in_as(email(Role.LEADER))
        page = await leader.open("/overview")
        bare = page.html.xpath("//x:table//x:td[contains(@class, 'money')][not(.//x:a)]", namespaces={"x": XHTML[1:-1]})
        assert {text(cell) for cell in bare} <= {"–"}
        assert not page.html.xpath("//x:dl[@class='figures']//x:dd[@class='value'][not(x:a)]", namespaces={"x": XHTML[1:-1]})


async def test_a_contribution_opens_both_its_ends():
    """15 tỷ from the recurrent stream to the fund: −15 tỷ among what moved in the one, +15 tỷ in the other."""
    async with browsing() as browser:
        leader = await browser().sign_in_as(email(Role.LEADER))
        for stream, amount in (("recurrent", "-15.000.000.000 ₫"), ("fund", "15.000.000.000 ₫")):
            page = await leader.open(f"/budget/entries?figure=transferred&year=2026&stream={stream}")
            rows = [[text(cell) for cell in row] for row in page.all("tr")]
            assert len([row for row in rows if "Góp quỹ" in row and amount in row]) == 1, (stream, rows)


async def test_a_hold_that_was_settled_is_held_no_more():
    async with browsing() as browser:
        leader = await browser().sign_in_as(email(Role.LEADER))
        held = await leader.open("/budget/entries?state=pending")
        settled = await leader.open("/budget/entries?state=resolved")
        assert "Giữ chờ" not in [text(cell) for cell in settled.all("td")] and "Đã hết giữ" in [text(cell) for cell in settled.all("td")]
        assert "Đã hết giữ" not in [text(cell) for cell in held.all("td")]
