"""What the fund pays besides grants: loans, called guarantees, vouchers, interest; each as a payment by three people.

Amounts are đồng, rates hundredths of a percent a year.
"""

from datetime import date

from budget import funds, ledger, lending, payable, payments, record_words
from budget.fund_tables import InterestClaim, Loan, Redemption, Voucher
from budget.payable import Asked
from budget.tables import Payment
from grants.people.people import today
from grants.people.tables import Person
from grants.projects import projects
from grants.projects.tables import Project
from grants.shell.changes import add, now, require
from grants.shell.database import DB, rows
from grants.shell.dates import budget_year, show_date
from grants.shell.language import _, language
from grants.shell.money import show


async def draw(project: Project, *, amount: int, purpose: str, by: Person) -> Payment:
    """The borrower asks for a part of the agreed loan; for a guarantee, the officer brings the bank's demand."""
    async with DB.transaction():
        project = await projects.locked(project.id)
        loan = await Loan.objects().where(Loan.project == project.id).lock_rows("NO KEY UPDATE").first()
        require(loan and loan.state in (lending.State.AGREED, lending.State.RUNNING), _("Nhiệm vụ này chưa có hợp đồng vay còn hiệu lực."))
        may = projects.keeps(by, project) if loan.guarantee else payments.can_request(by, project)
        require(may, _("Chỉ cán bộ quản lý nhiệm vụ chuyển yêu cầu bảo lãnh của ngân hàng.") if loan.guarantee
                else _("Chỉ chủ nhiệm hoặc thủ trưởng tổ chức chủ trì mới đề nghị, khi hợp đồng còn hiệu lực."))
        require(not loan.guarantee or loan.state == lending.State.AGREED, _("Bảo lãnh này đã được thực hiện hoặc đã giải toả."))
        left = loan.principal - (await asked(project))
        require(0 < amount <= left, _("Hợp đồng vay chỉ còn {left} chưa giải ngân.").format(left=show(left)))
        return await paid_out(project, Payment.Kind.LOAN, amount, purpose, by=by)


async def asked(project: Project) -> int:
    found = await rows(
        "SELECT coalesce(sum(amount), 0)::bigint AS sum FROM payment WHERE project = $1 AND state <> 'refused'", project.id
    )
    return found[0]["sum"]


async def paid_out(project: Project, kind: str, amount: int, purpose: str, *, vouchers: str = "", by: Person) -> Payment:
    """Ask for an amount out of what the fund has committed to the project this year."""
    year = budget_year(today())
    left = await payable.left(project, "fund", year)
    require(amount <= left, _("Quỹ chỉ còn cam kết {left} cho nhiệm vụ này trong năm {year}.").format(left=show(left), year=year))
    return await payments.ask(project, Asked(kind, "fund", year, amount, vouchers=vouchers), purpose=purpose, by=by)


async def issue(project: Project, *, code: str, face: int, provider: str, until: date, by: Person) -> Voucher:
    """The officer issues the voucher of an awarded project: for one provider, until a day, within product and award."""
    require(projects.keeps(by, project), _("Chỉ cán bộ theo dõi nhiệm vụ mới phát hành phiếu hỗ trợ."))
    product = await funds.product_of(project)
    require(product and product.kind == funds.Product.VOUCHER, _("Thông báo của nhiệm vụ này không cấp phiếu hỗ trợ."))
    most = min(project.approved, product.most_amount or project.approved)
    require(0 < face <= most, _("Phiếu hỗ trợ này tối đa {most}.").format(most=show(most)))
    require(until > today(), _("Phiếu phải còn hạn."))
    row = Voucher(
        project=project.id, code=code, face=face, provider=provider, valid_to=until, issued_by=by.id, issued_at=now()
    )
    return await add(row, by=by, did="issued")


async def redeem(project: Project, *, amount: int, cost: int, invoice: str, by: Person) -> Payment:
    """The holder hands in the provider's invoice while the voucher is valid: the fund pays at most the product's share of what the
    invoice proves, each invoice once, and all of them together within the voucher's face. Amounts in đồng, with tax as invoiced."""
    async with ledger.in_words(), DB.transaction():
        project = await projects.locked(project.id)
        voucher = await Voucher.objects().where(Voucher.project == project.id).first()
        require(voucher, _("Nhiệm vụ này chưa được phát hành phiếu hỗ trợ."))
        require(
            payments.can_request(by, project), _("Chỉ chủ nhiệm hoặc thủ trưởng tổ chức chủ trì mới đề nghị, khi hợp đồng còn hiệu lực.")
        )
        require(today() <= voucher.valid_to, _("Phiếu hỗ trợ đã hết hạn ngày {day}.").format(day=show_date(voucher.valid_to, language())))
        require(invoice.strip(), _("Hãy ghi số hoá đơn của bên cung cấp dịch vụ."))
        require(not await handed_in(voucher, invoice), _("Hoá đơn này đã được đề nghị thanh toán."))
        left = voucher.face - await asked(project)
        require(0 < amount <= left, _("Phiếu hỗ trợ chỉ còn {left}.").format(left=show(left)))
        await require_share(project, amount, cost)
        purpose = record_words.voucher_purpose(voucher.code, voucher.provider)
        payment = await paid_out(project, Payment.Kind.PAYMENT, amount, purpose, vouchers=invoice, by=by)
        await add(Redemption(voucher=voucher.id, invoice=invoice.strip(), cost=cost, payment=payment.id), by=by, did="claimed")
    return payment


async def handed_in(voucher: Voucher, invoice: str) -> bool:
    """Whether the invoice was handed in already and not refused."""
    found = await rows(
        "SELECT 1 FROM voucher_redemption r JOIN payment p ON p.id = r.payment AND p.state <> 'refused' "
        "WHERE r.voucher = $1 AND lower(r.invoice) = lower($2)", voucher.id, invoice.strip(),
    )
    return bool(found)


async def require_share(project: Project, amount: int, cost: int) -> None:
    """The voucher pays at most the product's share of the cost that the invoice proves; where no share is set, at most the cost."""
    product = await funds.product_of(project)
    share = product.most_share or lending.HUNDREDTHS
    most = cost * share // lending.HUNDREDTHS
    require(
        amount <= most,
        _("Phiếu hỗ trợ chi trả tối đa {share} chi phí trên hoá đơn: hoá đơn {cost} thì tối đa {most}.").format(
            share=funds.percent(share), cost=show(cost), most=show(most)),
    )


def supported(balance: int, rate: int, since: date, until: date) -> int:
    """The supported part of a period's interest: balance × rate × days / 365, whole đồng."""
    return lending.interest(balance, rate, since, until)


async def claim_interest(
    project: Project, *, since: date, until: date, balance: int, bank_rate: int, supported_rate: int, paper: str, by: Person
) -> Payment:
    """The borrower of a bank hands in the bank's certificate of a period; the fund pays the supported rate's share, each day once."""
    async with DB.transaction():
        project = await projects.locked(project.id)
        product = await funds.product_of(project)
        require(product and product.kind == funds.Product.INTEREST, _("Thông báo của nhiệm vụ này không hỗ trợ lãi suất."))
        require(
            payments.can_request(by, project), _("Chỉ chủ nhiệm hoặc thủ trưởng tổ chức chủ trì mới đề nghị, khi hợp đồng còn hiệu lực.")
        )
        require(since < until <= today(), _("Kỳ tính lãi phải đã qua."))
        require(0 < supported_rate <= bank_rate, _("Mức hỗ trợ không vượt lãi suất ngân hàng."))
        require(
            product.rate is None or supported_rate <= product.rate,
            _("Mức hỗ trợ không vượt mức của sản phẩm «{name}».").format(name=product.name),
        )
        overlap = await rows(
            "SELECT 1 FROM interest_claim c JOIN payment p ON p.id = c.payment AND p.state <> 'refused' "
            "WHERE c.project = $1 AND c.since < $3 AND c.until > $2", project.id, since, until,
        )
        require(not overlap, _("Một phần của kỳ này đã được đề nghị hỗ trợ."))
        amount = supported(balance, supported_rate, since, until)
        require(amount > 0, _("Số lãi được hỗ trợ bằng 0."))
        purpose = record_words.interest_purpose(since, until)
        payment = await paid_out(project, Payment.Kind.PAYMENT, amount, purpose, vouchers=paper, by=by)
        row = InterestClaim(
            project=project.id, since=since, until=until, balance=balance, bank_rate=bank_rate, supported_rate=supported_rate,
            paper=paper, payment=payment.id,
        )
        await add(row, by=by, did="claimed")
    return payment
