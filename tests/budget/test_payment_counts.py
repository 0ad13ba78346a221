"""The pages around payments and the fund ask the database at most twelve times, and no more for many rows than for one."""

import pytest

from budget import clearances, recoveries, settlement_decisions, settlements, treasury
from budget.payment_tables import Recovery
from budget.settlements import Claim
from grants.people.people import today
from grants.proposals.tables import BudgetLine
from tests.browsing import browsing
from tests.budget.test_treasury import a_file, day
from tests.counting import statements
from tests.makers_payments import a_running_project, an_accepted_report, paid
from tests.makers_projects import now_as

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
PAGES = [
    "/payments", "/payments/1", "/payments/1/paper", "/projects/1/payments", "/projects/1/schedule", "/projects/1/clearances",
    "/clearances",
    "/clearances/1", "/projects/1/settlements", "/projects/1/settlements/new", "/settlements", "/settlements/1", "/settlements/1/paper",
    "/projects/1/recoveries", "/recoveries", "/recoveries/1", "/recoveries/1/paper", "/treasury", "/treasury/1", "/treasury/lines/1",
    "/projects/1/support", "/loans", "/funds", "/thresholds",
]  # fmt: skip


async def grow(world, n: int) -> None:
    """`n` more advances, clearances and statement lines of the project."""
    for k in range(n):
        await paid(world, 1_000_000, number=f"KB-{k}")
        await clearances.file(
            world.project, stream="recurrent", year=world.year, amount=1_000, vouchers=f"PC-{k}", work="", by=world.lead
        )
        lines = [[f"X-{k}-{m}", day(), "", 7_777, None, "khác"] for m in range(k + 1)]
        await treasury.take_in(kind="treasury", name=f"{k}.xlsx", content=a_file(*lines), by=world.offices.treasurer)


@pytest.mark.timeout(240)
async def test_the_pages_around_a_payment_ask_no_more_for_many_rows_than_for_one(world):
    await a_running_project(world)
    await an_accepted_report(world)
    await paid(world, 100_000_000, "payment")
    line = (await BudgetLine.objects().first()).id
    one = await settlements.propose(
        world.project, year=world.year, claims={line: Claim(100_000_000, 70_000_000, "Thiếu")}, by=world.offices.officer
    )
    await settlement_decisions.approve(one, number="1/TB", on=today(), by=world.offices.recurrent)
    await recoveries.decide(await now_as(await Recovery.objects().first()), number="2/QĐ", on=today(), by=world.offices.recurrent)
    await grow(world, 1)
    async with browsing() as browser:
        officer = await browser().sign_in(world.offices.officer)

        async def counted() -> dict[str, int]:
            found = {}
            for path in PAGES:
                await officer.open(path)
                assert officer.page.status == 200, path
                with statements() as asked:
                    await officer.open(path)
                found[path] = len(asked)
            return found

        few = await counted()
        await grow(world, 4)
        many = await counted()
    assert many == few
    assert {path: n for path, n in many.items() if n > 12} == {}
