"""The fund: products within its charter, loans and their way back, guarantees, vouchers, interest; and what stays outside."""

from datetime import date, timedelta

import asyncpg
import pytest

from budget import fund_requests, funds, ledger, lending, payments, positions, years
from budget.fund_tables import Fund, FundProduct, LoanDue, LoanPayment, WriteOff
from budget.tables import Payment, Stage
from grants.people.people import today
from grants.shell import database
from grants.shell.changes import Refused, at, changing, now
from grants.shell.database import rows
from tests.console import answer
from tests.makers_budget import BILLION, FROM_THE_JOURNAL
from tests.makers_funds import SINCE, agreed, drawn, the_fund, with_product
from tests.makers_projects import now_as

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


@pytest.fixture
async def fund(db):
    return await the_fund()


async def free(fund) -> int:
    return await ledger.free(Stage.APPROPRIATED, "fund", fund.year)


async def test_a_loan_is_lent_by_three_people_and_its_schedule_stands(fund):
    await with_product(fund, "loan")
    loan = await agreed(fund)
    await drawn(fund, 900_000_000)
    loan = await now_as(loan)
    dues = await LoanDue.objects().where(LoanDue.loan == loan.id).order_by(LoanDue.number)
    assert (loan.state, loan.lent, [due.principal for due in dues]) == ("running", 900_000_000, [225_000_000] * 4)
    days = [(due.due - before).days for before, due in zip([today(), *[d.due for d in dues]], dues, strict=False)]
    assert [due.interest for due in dues] == [
        owed * 400 * n // (10_000 * 365) for owed, n in zip((900_000_000, 675_000_000, 450_000_000, 225_000_000), days, strict=True)
    ]
    (here,) = await positions.positions(proposal=fund.proposal.id)
    assert (here.lent, here.paid, here.committed) == (900_000_000, 0, 900_000_000)
    assert await rows(FROM_THE_JOURNAL) == []


async def test_what_a_borrower_repays_is_the_fund_s_free_money_again_interest_first(fund):
    await with_product(fund, "loan")
    loan, before = await agreed(fund), await free(fund)
    await drawn(fund, 900_000_000)
    first = await LoanDue.objects().order_by(LoanDue.number).first()
    with at(now() + timedelta(days=90)):
        await years.open_year(today().year, by=fund.offices.leader)
        row = await lending.repaid(
            await now_as(loan), amount=225_000_000 + first.interest, number="BC-1", on=today(), by=fund.offices.treasurer
        )
        assert (row.interest, row.principal) == (first.interest, 225_000_000)
        with pytest.raises(Refused, match=r"chỉ còn nợ 675\.000\.000 ₫"):
            await lending.repaid(await now_as(loan), amount=675_000_001, number="BC-2", on=today(), by=fund.offices.treasurer)
        await lending.repaid(await now_as(loan), amount=675_000_000, number="BC-2", on=today(), by=fund.offices.treasurer)
    assert (await now_as(loan)).state == "repaid"
    assert await LoanPayment.count() == 2
    year = await rows("SELECT sum(balance)::bigint AS sum FROM ledger_account WHERE stage = 'appropriated' AND stream = 'fund'")
    assert year[0]["sum"] == before + 900_000_000 + first.interest
    assert await rows(FROM_THE_JOURNAL) == []


async def test_a_debt_is_written_off_by_decision_of_another(fund):
    await with_product(fund, "loan")
    loan = await agreed(fund)
    await drawn(fund, 900_000_000)
    row = await lending.propose_write_off(await now_as(loan), amount=900_000_000, grounds="Doanh nghiệp phá sản", by=fund.offices.officer)
    with pytest.raises(Refused, match="không phải người đề nghị"):
        await lending.decide_write_off(row, number="9/QĐ", on=today(), by=fund.offices.officer)
    with pytest.raises(Refused, match="đang chờ"):
        await lending.propose_write_off(await now_as(loan), amount=1, grounds="Nữa", by=fund.offices.officer)
    await lending.decide_write_off(row, number="9/QĐ", on=today(), by=fund.offices.fund)
    assert ((await now_as(loan)).state, (await now_as(row)).state) == ("written_off", WriteOff.State.DECIDED)
    found = await rows("SELECT stage, balance FROM ledger_account WHERE proposal = $1 AND balance > 0", fund.proposal.id)
    assert found == [{"stage": "written_off", "balance": 900_000_000}]


async def test_a_called_guarantee_is_a_debt_and_one_that_ends_frees_its_money(fund):
    await with_product(fund, "guarantee")
    loan = await agreed(fund, principal=400_000_000)
    with pytest.raises(Refused, match="yêu cầu bảo lãnh của ngân hàng"):
        await drawn(fund, 1)
    await drawn(fund, 150_000_000, by=fund.offices.officer)
    loan = await now_as(loan)
    assert (loan.state, loan.lent, await LoanDue.count()) == ("running", 150_000_000, 1)
    with pytest.raises(Refused, match="đã được thực hiện"):
        await lending.release(loan, number="1", on=today(), by=fund.offices.fund)


async def test_a_guarantee_that_was_not_called_is_released(fund):
    await with_product(fund, "guarantee")
    loan, before = await agreed(fund), await free(fund)
    await lending.release(loan, number="12/QĐ-QUY", on=today(), by=fund.offices.fund)
    assert ((await now_as(loan)).state, await free(fund)) == ("released", before + 900_000_000)


async def test_a_charter_that_does_not_say_so_offers_no_loan_not_even_in_sql(fund, server):
    await funds.revise(fund.fund, may_lend=False, by=fund.offices.fund)
    with pytest.raises(Refused, match="Điều lệ của Quỹ không cho phép"):
        await funds.offer(await now_as(fund.fund), kind="loan", name="V", name_en="L", basis="?", since=SINCE, by=fund.offices.fund)
    console = await asyncpg.connect(**database.connection(server) | database.as_app())
    with pytest.raises(asyncpg.PostgresError) as problem:
        await console.execute(
            "INSERT INTO fund_product (fund, kind, name, name_en, basis, unverified, valid_from) "
            f"VALUES ({fund.fund.id}, 'loan', 'V', 'L', '?', true, '2026-01-01')"
        )
    await console.close()
    assert problem.value.sqlstate == "PY003"


async def test_no_limit_is_invented_and_those_that_are_set_hold(fund):
    product = await funds.offer(
        fund.fund, kind="voucher", name="Phiếu", name_en="Voucher", basis="NĐ 268/2025 Đ23", since=SINCE, by=fund.offices.fund
    )
    assert [product.most_amount, product.most_share, product.rate, product.most_months, product.unverified] == [None] * 4 + [True]
    await with_product(fund, "loan", most_amount=500_000_000, rate=300, most_months=24)
    for more, sentence in (
        ({}, "tối đa 500.000.000"),
        ({"principal": 1}, "Lãi suất phải đúng"),
        ({"principal": 1, "rate": 300, "months": 25}, "tối đa 24"),
    ):
        with pytest.raises(Refused, match=sentence):
            await agreed(fund, **more)


async def test_a_voucher_is_redeemed_within_its_face_and_its_days(fund):
    await with_product(fund, "voucher", amount=90_000_000)
    with pytest.raises(Refused, match="tối đa 90.000.000"):
        await fund_requests.issue(
            fund.project, code="PH-1", face=90_000_001, provider="Viện", until=date(2027, 1, 1), by=fund.offices.officer
        )
    await fund_requests.issue(
        fund.project, code="PH-1", face=50_000_000, provider="Viện", until=today() + timedelta(days=30), by=fund.offices.officer
    )
    await redeemed(fund, 30_000_000, invoice="HĐ-88")
    with pytest.raises(Refused, match=r"chỉ còn 20\.000\.000 ₫"):
        await redeemed(fund, 20_000_001)
    with at(now() + timedelta(days=31)), pytest.raises(Refused, match="đã hết hạn"):
        await redeemed(fund, 1)
    with pytest.raises(Refused, match="đề nghị ở mục của Quỹ"):
        await payments.request(fund.project, kind="advance", stream="fund", year=fund.year, amount=1, purpose="x", by=fund.lead)


async def redeemed(fund, amount: int, *, cost: int = 90_000_000, invoice: str = "HĐ-89") -> Payment:
    return await fund_requests.redeem(fund.project, amount=amount, cost=cost, invoice=invoice, by=fund.lead)


async def with_a_voucher(fund):
    """A voucher of 80 triệu of a product that pays at most half of what an invoice proves."""
    await with_product(fund, "voucher", amount=90_000_000, most_share=5_000)
    await fund_requests.issue(
        fund.project, code="PH-1", face=80_000_000, provider="Viện", until=today() + timedelta(days=30), by=fund.offices.officer
    )


async def test_a_voucher_pays_its_share_of_each_invoice_once(fund):
    await with_a_voucher(fund)
    with pytest.raises(Refused, match=r"tối đa 50 % chi phí trên hoá đơn: hoá đơn 60\.000\.001 ₫ thì tối đa 30\.000\.000 ₫"):
        await redeemed(fund, 30_000_001, cost=60_000_001)
    first = await redeemed(fund, 30_000_000, cost=60_000_001)
    with pytest.raises(Refused, match="Hoá đơn này đã được đề nghị"):
        await redeemed(fund, 1, invoice=" hđ-89 ")
    await payments.refuse(first, reason="Sai mẫu", by=fund.offices.fund)
    assert (await redeemed(fund, 30_000_000, cost=60_000_000)).amount == 30_000_000


CLAIM = """
    BEGIN; INSERT INTO payment (project, stream, year, kind, amount, purpose, state, requested_by, requested_at, reason, vouchers,
        treasury_number) VALUES ({project}, 'fund', {year}, 'payment', {amount}, 'x', 'requested', {lead}, now(), '', 'HĐ', '')
        {proof}; COMMIT
"""
PROOF = """; INSERT INTO voucher_redemption (voucher, invoice, cost, payment)
    VALUES ({voucher}, '{invoice}', {cost}, currval('payment_id_seq'))
"""


async def test_the_database_refuses_a_claim_beyond_the_share_or_without_an_invoice(fund, server):
    await with_a_voucher(fund)
    await redeemed(fund, 30_000_000, cost=60_000_000)
    (voucher,) = await rows("SELECT id FROM fund_voucher")
    (product,) = await rows("SELECT id FROM fund_product")
    acts = {  # amount, cost, invoice → what the database answers
        "beyond the share": (20_000_001, 40_000_000, "HĐ-2", "PY005"), "the same invoice": (1, 40_000_000, "HĐ-89", "PY005"),
        "beyond the face": (50_000_001, 900_000_000, "HĐ-3", "PY005"), "no invoice": (1, 0, "", "PY005"),
        "within all of it": (20_000_000, 40_000_000, "HĐ-4", None),
    }  # fmt: skip
    console, answers = await asyncpg.connect(**database.connection(server) | database.as_app()), {}
    for act, (amount, cost, invoice, _code) in acts.items():
        proof = PROOF.format(voucher=voucher["id"], invoice=invoice, cost=cost) if invoice else ""
        answers[act] = await answer(
            console, CLAIM.format(project=fund.project.id, year=fund.year, amount=amount, lead=fund.lead.id, proof=proof)
        )
    answers["raise the share"] = await answer(console, f"UPDATE fund_product SET most_share = 10000 WHERE id = {product['id']}")
    answers["raise the cost"] = await answer(console, "UPDATE voucher_redemption SET cost = cost * 2")
    await console.close()
    expected = {act: said[-1] for act, said in acts.items()} | {"raise the share": "PY001", "raise the cost": "42501"}
    assert answers == expected


async def test_the_interest_of_a_day_is_supported_once_and_at_most_at_the_product_s_rate(fund):
    await with_product(fund, "interest_subsidy", amount=90_000_000, rate=300)
    period = {"since": today() - timedelta(days=73), "until": today(), "balance": 1_000_000_000, "bank_rate": 800, "paper": "XN-1"}
    with pytest.raises(Refused, match="không vượt mức của sản phẩm"):
        await fund_requests.claim_interest(fund.project, supported_rate=301, by=fund.lead, **period)
    payment = await fund_requests.claim_interest(fund.project, supported_rate=300, by=fund.lead, **period)
    assert payment.amount == 6_000_000  # 1 tỷ × 3 % × 73/365
    with pytest.raises(Refused, match="đã được đề nghị hỗ trợ"):
        await fund_requests.claim_interest(
            fund.project, supported_rate=300, by=fund.lead, **period | {"since": today() - timedelta(days=1)}
        )


async def test_of_a_venture_fund_only_the_contribution_is_booked(fund):
    venture = await funds.found(
        name="Quỹ đầu tư mạo hiểm", name_en="Venture fund", kind="venture", organisation=fund.fund.organisation, charter="NĐ 264/2025",
        by=fund.offices.fund,
    )
    with pytest.raises(Refused, match="Điều lệ"):
        await funds.offer(venture, kind="grant", name="T", name_en="G", basis="?", since=SINCE, by=fund.offices.fund)
    row = await funds.propose_contribution(venture, stream="recurrent", year=fund.year, amount=BILLION, by=fund.offices.officer)
    with pytest.raises(Refused, match="Chỉ lãnh đạo"):
        await funds.approve_contribution(row, number="1", on=today(), by=fund.offices.recurrent)
    await funds.approve_contribution(row, number="1/QĐ-UBND", on=today(), by=fund.offices.leader)
    here = next(p for p in await positions.of_year(fund.year) if p.stream == "recurrent")
    assert (here.decided, here.appropriated) == (10 * BILLION, 9 * BILLION)
    assert await Fund.count() == 2 and await FundProduct.count() == 0


async def test_a_published_call_does_not_change_its_product(fund):
    await with_product(fund, "grant")
    async with changing(fund.call, by=None, did="published") as call:
        call.state, call.opens_at, call.deadline = "published", now(), now() + timedelta(days=40)
    other = await funds.offer(fund.fund, kind="voucher", name="P", name_en="V", basis="?", since=SINCE, by=fund.offices.fund)
    with pytest.raises(Refused, match="đã công bố"):
        await funds.name_product(await now_as(fund.call), other, by=fund.offices.officer)
