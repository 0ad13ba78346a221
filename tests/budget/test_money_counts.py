"""Every page of money asks the database as much with thirty rows as with one, and never more than twelve times."""

from datetime import date

import pytest

from budget import allocations, awards, estimates, payments, reservations
from budget.tables import Payment
from grants.people.people import person, today
from grants.projects import agreements
from grants.shell import lists
from tests.browsing import browsing
from tests.counting import statements
from tests.makers import a_call, a_proposal
from tests.makers_budget import BILLION, a_year, allocated, the_offices

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
PAGES = [
    "/budget", "/budget/statements", "/budget/statements/print",
    "/budget/entries", "/budget/entries/2", "/corrections",
    "/estimates", "/estimates/1", "/allocations", "/calls/1/allocations", "/allocations/1", "/reservations",
    "/proposals/1/money", "/reservations/1", "/awards", "/awards/decided", "/awards/1", "/payments", "/payments/1", "/projects/1/payments",
]  # fmt: skip


async def grow(offices, call, year: int, n: int) -> None:
    """`n` more of everything: calls with money, allocations asked for, applications held for, awarded and paid, estimates."""
    for _k in range(n):
        other = await a_call()
        await allocated(offices, other, 1_000)
        await allocations.propose(call, stream="recurrent", year=year, amount=1, by=offices.officer)
        for state in ("not_recommended", "appraised", "appraised"):
            proposal = await a_proposal(state, call=call, amount=1_000)
            if state == "appraised":
                for one in await reservations.request(proposal, by=offices.officer):
                    await reservations.approve(one, by=offices.recurrent)
        project = await awards.award(proposal, number="1/QĐ", on=date(2026, 1, 5), by=offices.leader)
        await agreements.sign(project, number="05/HĐ", agreed_on=today(), starts_on=today(), months=24, by=offices.officer)
        await payments.request(
            await type(project).objects().get(type(project).id == project.id), kind="advance", stream="recurrent", year=year, amount=1,
            purpose="Đợt 1", by=await person(project.lead),
        )
        estimate = await estimates.open_estimate(2030 + await estimates.Estimate.count(), by=offices.officer)
        for _n in range(2):
            await estimates.propose_line(estimate, stream="recurrent", purpose="new", name="Nhiệm vụ", proposed=1, by=offices.officer)


@pytest.mark.timeout(300)
async def test_pages_of_money_ask_no_more_with_thirty_rows_than_with_one(monkeypatch):
    """Both times a list has more than one page, so that both times its rows are counted."""
    offices = await the_offices()
    year, call = await a_year(offices, recurrent=10 * BILLION), await a_call()
    await allocated(offices, call)
    await grow(offices, call, year, 2)
    async with browsing() as browser:
        finance = await browser().sign_in(offices.recurrent)

        async def counted() -> dict[str, int]:
            found = {}
            for path in PAGES:
                await finance.open(path)
                assert finance.page.status == 200, path
                with statements() as asked:
                    await finance.open(path)
                found[path] = len(asked)
            return found

        monkeypatch.setattr(lists, "PER_PAGE", 1)
        one = await counted()
        await grow(offices, call, year, 28)
        assert await Payment.count() == 30
        monkeypatch.setattr(lists, "PER_PAGE", 20)
        thirty = await counted()
    assert thirty == one
    assert {path: n for path, n in thirty.items() if n > 12} == {}
