"""The leader's overview: its figures are the ledger's, its charts come as pictures, its cost does not grow with the applications."""

import pytest

from grants.people.tables import Role
from grants.proposals.tables import Proposal
from tests.browsing import browsing
from tests.counting import statements
from tests.makers import a_call, a_person, a_proposal
from tests.makers_budget import BILLION, a_year, allocated, the_offices

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


async def test_the_figures_are_the_ledger_s_and_lead_to_their_rows():
    offices = await the_offices()
    call = await a_call()
    year = await a_year(offices, capital=40 * BILLION, recurrent=10 * BILLION)
    await allocated(offices, call, 3 * BILLION)
    async with browsing() as browser:
        desk = await browser().sign_in(offices.leader)
        await desk.open("/overview")
        words = desk.page.words
        assert f"Tổng quan {year}" in words and "50 tỷ" in words and "40.000.000.000 ₫" in words and "3.000.000.000 ₫" in words
        assert "6 % của số được giao" in words.replace("\xa0", " ")
        assert f"/budget/entries?figure=allocated&year={year}&stream=recurrent&course=year" in desk.page.links
        for link in {link for link in desk.page.links if link.startswith("/") and link not in ("/", "/help")}:
            assert (await desk.open(link)).status == 200, link


async def test_the_success_of_a_call_is_counted_of_what_was_decided():
    leader, call = await a_person(Role.LEADER), await a_call(code="TB-77")
    for state in ("awarded", "declined", "ineligible", "in_review", "draft", "withdrawn"):
        await a_proposal(Proposal.State(state), call=call)
    async with browsing() as browser:
        desk = await browser().sign_in(leader)
        line = next(row for row in (await desk.open("/overview")).all("tr") if "TB-77" in "".join(row.itertext()))
        assert ["".join(cell.itertext()).strip() for cell in line][2:5] == ["4", "1", "33,3 % (1/3)"]


@pytest.mark.parametrize("name", ["years", "months", "flow", "calls"])
async def test_each_chart_is_a_picture_also_of_an_empty_year(name):
    offices = await the_offices()
    async with browsing() as browser:
        desk = await browser().sign_in(offices.leader)
        empty = await desk.client.get(f"/overview/charts/{name}.svg")
        assert empty.status_code == 200 and empty.headers["content-type"].startswith("image/svg+xml")
        await a_year(offices, capital=BILLION, recurrent=2 * BILLION)
        call = await a_call(code="TB-CHART")
        await allocated(offices, call)
        drawn = await desk.client.get(f"/overview/charts/{name}.svg")
        assert drawn.text.startswith("<svg") and drawn.text != empty.text or name == "months"
        assert (await desk.client.get("/overview/charts/secrets.svg")).status_code == 404


async def test_the_overview_is_for_those_who_lead_keep_and_audit():
    async with browsing() as browser:
        for role, status in ((Role.LEADER, 200), (Role.AUDITOR, 200), (Role.RESEARCHER, 403), (Role.EXPERT, 403)):
            desk = await browser().sign_in(await a_person(role))
            assert (await desk.open("/overview")).status == status, role


@pytest.mark.parametrize("applications", [1, 30])
async def test_the_overview_never_reads_the_applications_themselves(applications, owner):
    """The tally tells how many there are; the table of applications is only reached through what was funded."""
    leader, call = await a_person(Role.LEADER), await a_call()
    for _n in range(applications):
        await a_proposal(Proposal.State.SUBMITTED, call=call)
    async with browsing() as browser:
        desk = await browser().sign_in(leader)
        with statements() as asked:
            assert f">{applications}<" in (await desk.open("/overview")).text
    assert len(asked) <= 12, asked
    assert [sql for sql in asked if "FROM proposal " in sql] == []
    joins = [sql for sql in asked if "JOIN proposal " in sql]
    assert len(joins) == 1 and "FROM project j JOIN award w" in joins[0]


async def test_the_tally_follows_every_move_and_the_worker_sums_it_up(owner):
    from grants.proposals import proposals, tally
    from grants.proposals.tables import Tally

    officer, call = await a_person(Role.OFFICER), await a_call()

    async def told() -> list[tuple]:
        found = await owner.fetch("SELECT state, sum(n) AS n FROM proposal_tally GROUP BY state HAVING sum(n) <> 0 ORDER BY state")
        return [(row["state"], row["n"]) for row in found]

    for _n in range(3):
        await a_proposal(Proposal.State.ELIGIBLE, call=call)
    await proposals.enter_review(await Proposal.objects().first(), by=officer)
    assert await told() == [("eligible", 2), ("in_review", 1)]
    await owner.execute(
        "INSERT INTO proposal_tally (call, state, n) SELECT $1, 'draft', v FROM generate_series(1, 300) i, (VALUES (1), (-1)) w (v)",
        call.id,
    )
    assert await tally.sum_up() > tally.MANY
    assert await told() == [("eligible", 2), ("in_review", 1)] and await Tally.count() == 2
    assert await tally.sum_up() == 0
