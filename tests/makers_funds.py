"""Makers for the fund: one with money, a running project under one of its products, a signed loan, money drawn on it."""

from datetime import date, timedelta
from types import SimpleNamespace

from budget import fund_requests, funds, lending, payments
from budget.fund_tables import Loan
from budget.tables import Payment
from grants.calls.tables import Call
from grants.people.people import today
from grants.proposals.tables import BudgetLine
from tests.makers import a_call, a_proposal, an_organisation
from tests.makers_budget import BILLION, a_year, allocated, the_offices
from tests.makers_payments import a_running_project
from tests.makers_projects import now_as

SINCE = date(2026, 1, 1)


async def the_fund() -> SimpleNamespace:
    """The fund with 10 tỷ, and a call of it that has 2 tỷ and names a product of the kind a test asks for."""
    offices = await the_offices()
    year = await a_year(offices, recurrent=10 * BILLION, fund=10 * BILLION)
    kept = await funds.found(
        name="Quỹ phát triển KH,CN&ĐMST tỉnh", name_en="Provincial innovation fund", kind="innovation", may_lend=True, may_guarantee=True,
        organisation=(await an_organisation()).id, charter="Điều lệ (minh hoạ)", by=offices.fund,
    )
    return SimpleNamespace(offices=offices, year=year, fund=kept)


async def with_product(fund, kind: str, amount: int = 900_000_000, **limits):
    """A running project of a call that offers this product."""
    product = await funds.offer(
        fund.fund, kind=kind, name="Sản phẩm", name_en="Product", basis="Điều lệ (minh hoạ)", since=SINCE, by=fund.offices.fund, **limits
    )
    fund.call = await a_call(state=Call.State.DRAFT)
    await funds.name_product(fund.call, product, by=fund.offices.officer)
    await allocated(fund.offices, fund.call, 2 * BILLION, stream="fund")
    fund.proposal = await a_proposal("appraised", call=fund.call, amount=amount)
    await BudgetLine.update({BudgetLine.source: "fund"}).where(BudgetLine.proposal == fund.proposal.id)
    await a_running_project(fund)
    fund.product = product
    return fund


async def agreed(fund, **more) -> Loan:
    return await lending.agree(fund.project, **{
        "principal": 900_000_000, "rate": 400, "months": 12, "every": 3, "first_due": today() + timedelta(days=90), "number": "01/HĐV",
        "on": today(), "by": fund.offices.officer,
    } | more)  # fmt: skip


async def drawn(fund, amount: int, by=None) -> Payment:
    payment = await fund_requests.draw(fund.project, amount=amount, purpose="Giải ngân", by=by or fund.lead)
    await payments.approve(payment, by=fund.offices.fund)
    await payments.confirm(await now_as(payment), number="UNC-1", on=today(), by=fund.offices.treasurer)
    return await now_as(payment)
