"""Loans and guarantees of the fund, where its charter allows them: agreed, lent, repaid by schedule, written off by decision.

Amounts are đồng, rates hundredths of a percent a year, interest by days over 365. Principal that comes back is the fund's again;
interest is its income.
"""

from datetime import date

from budget import funds, ledger, record_words, streams
from budget.fund_tables import FundProduct, Loan, LoanDue, LoanPayment, WriteOff
from budget.ledger import Kind, Paper
from budget.tables import Account, Entry, Payment, Stage
from grants.people.people import holds, today
from grants.people.tables import Person, Role
from grants.projects import projects
from grants.projects.tables import Project
from grants.proposals.tables import Proposal
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.dates import add_months, budget_year
from grants.shell.language import N_, _
from grants.shell.money import shares, show

State = Loan.State
WORDS = {
    State.AGREED: (N_("Đã ký, chưa giải ngân"), "progress"),
    State.RUNNING: (N_("Đang dư nợ"), "warn"),
    State.REPAID: (N_("Đã trả hết"), "good"),
    State.RELEASED: (N_("Đã giải toả bảo lãnh"), "good"),
    State.WRITTEN_OFF: (N_("Đã xử lý rủi ro"), "bad"),
}
YEAR = 365
HUNDREDTHS = 10_000  # a rate of 10 000 hundredths of a percent is the whole


def status(state: str) -> tuple[str, str]:
    words, tone = WORDS[State(state)]
    return _(words), tone


def number(id: int) -> str:
    return f"VV-{id:05d}"


def seen_by(person: Person):
    """The offices see all; others what their own projects owe."""
    if holds(person, *funds.SEES):
        return Loan.id > 0
    return projects.answered_for(person, Loan.project)


def visible_to(person: Person):
    return Loan.objects().where(seen_by(person))


async def of(project: Project) -> Loan | None:
    return await Loan.objects().where(Loan.project == project.id).first()


async def agree(
    project: Project, *, principal: int, rate: int, months: int, every: int, first_due: date, number: str, on: date, by: Person
) -> Loan:
    """The officer records the signed loan or guarantee, within the limits that its product says."""
    require(projects.keeps(by, project), _("Chỉ cán bộ theo dõi nhiệm vụ mới ghi hợp đồng vay, bảo lãnh."))
    product = await funds.product_of(project)
    require(
        product and product.kind in (funds.Product.LOAN, funds.Product.GUARANTEE),
        _("Thông báo của nhiệm vụ này không cho vay, không bảo lãnh."),
    )
    require_within(product, principal, rate, months)
    require(0 < principal <= project.approved, _("Số vay, bảo lãnh tối đa {most}.").format(most=show(project.approved)))
    require(0 < every <= months and on <= today() < first_due, _("Kỳ trả nợ và ngày trả đầu tiên chưa hợp lý."))
    row = Loan(
        project=project.id, product=product.id, guarantee=product.kind == funds.Product.GUARANTEE, principal=principal, rate=rate,
        months=months, every=every, first_due=first_due, agreed_on=on, agreement_number=number, made_by=by.id,
    )
    return await add(row, by=by, did="signed")


def require_within(product: FundProduct, principal: int, rate: int, months: int) -> None:
    require(
        product.most_amount is None or principal <= product.most_amount,
        _("Sản phẩm «{name}» tối đa {most}.").format(name=product.name, most=show(product.most_amount or 0)),
    )
    require(
        product.most_months is None or months <= product.most_months,
        _("Sản phẩm «{name}» tối đa {most} tháng.").format(name=product.name, most=product.most_months),
    )
    require(product.rate is None or rate == product.rate, _("Lãi suất phải đúng mức của sản phẩm «{name}».").format(name=product.name))


async def lent(payment: Payment, *, by: Person) -> None:
    """A disbursement was confirmed: the debt grows; once all is lent, or a guarantee is called, the schedule stands."""
    async with changing(await Loan.objects().where(Loan.project == payment.project).first(), by=by, did="lent") as loan:
        loan.lent += payment.amount
        loan.state = State.RUNNING
        if loan.lent == loan.principal or loan.guarantee:
            for row in schedule(loan, payment.paid_on):
                await add(row, by=by, did="fell_due_on")


def schedule(loan: Loan, since: date) -> list[LoanDue]:
    """Equal parts of the principal every so many months, with the interest of the days since the day before; a called guarantee at once."""
    if loan.guarantee:
        return [
            LoanDue(
                loan=loan.id,
                number=1,
                due=loan.first_due,
                principal=loan.lent,
                interest=interest(loan.lent, loan.rate, since, loan.first_due),
            )
        ]
    parts = shares(loan.lent, [1] * -(-loan.months // loan.every))
    found, owed, before = [], loan.lent, since
    for n, part in enumerate(parts):
        due = add_months(loan.first_due, n * loan.every)
        found.append(LoanDue(loan=loan.id, number=n + 1, due=due, principal=part, interest=interest(owed, loan.rate, before, due)))
        owed, before = owed - part, due
    return found


def interest(principal: int, rate: int, since: date, until: date) -> int:
    """Simple interest of a period in whole đồng, what is left over dropped."""
    return principal * rate * max(0, (until - since).days) // (HUNDREDTHS * YEAR)


async def standing(loan: Loan) -> dict:
    """What is owed: principal and interest due by today and not paid, and the next day: overdue, interest_due, next."""
    dues = await LoanDue.objects().where(LoanDue.loan == loan.id).order_by(LoanDue.number)
    paid = (await rows("SELECT coalesce(sum(interest), 0)::bigint AS interest FROM loan_payment WHERE loan = $1", loan.id))[0]["interest"]
    day = today()
    principal = max(0, sum(one.principal for one in dues if one.due <= day) - loan.repaid - loan.written_off)
    late = sum(one.interest for one in dues if one.due <= day) - paid
    return {
        "owed": loan.lent - loan.repaid - loan.written_off, "principal_due": principal, "interest_due": max(0, late), "dues": dues,
        "next": next((one for one in dues if one.due > day), None),
    }


def differs(loan: Loan, amount: int, *, by: Person) -> str:
    """What speaks against taking a statement's line for a repayment of this loan."""
    if loan.state != State.RUNNING:
        return record_words.NOTHING_OWED
    if by.id == loan.made_by:
        return record_words.OWN_LOAN
    return ""


async def repaid(loan: Loan, *, amount: int, number: str, on: date, by: Person) -> LoanPayment:
    """The treasurer records what the borrower paid: first the interest that fell due, then principal, which is the fund's again."""
    async with DB.transaction():
        moves = await places(loan)
        await ledger.lock(*[account for pair in moves for account in pair])
        async with changing(loan, by=by, did="repaid") as loan:
            require(holds(by, Role.TREASURER), _("Chỉ kế toán thanh toán mới ghi tiền trả nợ."))
            require(loan.state == State.RUNNING, _("Khoản vay này không còn dư nợ."))
            require(by.id != loan.made_by, _("Người lập và người duyệt phải là hai người khác nhau."))
            require(number.strip() and on <= today(), _("Hãy ghi số chứng từ và ngày; ngày không ở tương lai."))
            stands = await standing(loan)
            most = stands["owed"] + stands["interest_due"]
            require(0 < amount <= most, _("Khoản vay này chỉ còn nợ {left}, cả lãi đến hạn.").format(left=show(most)))
            income = min(amount, stands["interest_due"])
            row = LoanPayment(
                loan=loan.id, on=on, number=number, principal=amount - income, interest=income, recorded_by=by.id, recorded_at=now()
            )
            await add(row, by=by, did="recorded")
            await book(loan, row, moves, by=by)
            loan.repaid += row.principal
            if loan.repaid + loan.written_off == loan.lent:
                loan.state = State.REPAID
    return row


async def places(loan: Loan) -> list[tuple[Account, Account]]:
    """Where the debt stands, oldest year first, each with the fund's free account of that year; last the source of income.

    A debt that was not carried over yet stands in the year in adjustment: what comes back meanwhile goes to that year's free money.
    """
    proposal = await proposal_of(loan)
    year = budget_year(today())
    return [
        *[(account, await ledger.account(Stage.APPROPRIATED, "fund", account.year)) for account in await debts(proposal)],
        (await ledger.account(Stage.SOURCE, "fund", year), await ledger.account(Stage.APPROPRIATED, "fund", year)),
    ]


async def proposal_of(loan: Loan) -> Proposal:
    project = await Project.objects().get(Project.id == loan.project)
    return await Proposal.objects().get(Proposal.id == project.proposal)


async def debts(proposal: Proposal) -> list[Account]:
    """The accounts of years not closed on which something is lent, the oldest first."""
    found = await rows(
        "SELECT a.year FROM ledger_account a JOIN budget_year y ON y.year = a.year AND y.state <> 'closed' "
        "WHERE a.proposal = $1 AND a.stage = 'lent' AND a.balance > 0 ORDER BY a.year", proposal.id,
    )
    return [await ledger.account(Stage.LENT, "fund", row["year"], call=proposal.call, proposal=proposal.id) for row in found]


async def book(loan: Loan, row: LoanPayment, moves: list[tuple[Account, Account]], *, by: Person) -> None:
    who = {"paper": Paper("treasury_voucher", row.number, row.on), "made_by": loan.made_by, "approved_by": by.id}
    left = row.principal
    for n, (out_of, into) in enumerate(moves[:-1]):
        part = min(left, (await Account.objects().get(Account.id == out_of.id)).balance)
        if part:
            await ledger.post(Kind.REPAYMENT, part, out_of=out_of, into=into, key=f"loan-payment-{row.id}-{n}", **who)
            left -= part
    require(left == 0, _("Dư nợ trên sổ cái của các năm còn mở không đủ; hãy chuyển dư nợ sang năm nay trước."))
    if row.interest:
        out_of, into = moves[-1]
        await ledger.post(Kind.SUPPLEMENT, row.interest, out_of=out_of, into=into, key=f"loan-interest-{row.id}", **who)


async def propose_write_off(loan: Loan, *, amount: int, grounds: str, by: Person) -> WriteOff:
    """The officer proposes to give up part of a debt."""
    async with changing(loan, by=by, did="write_off_proposed") as loan:
        project = await Project.objects().get(Project.id == loan.project)
        require(projects.keeps(by, project), _("Chỉ cán bộ theo dõi nhiệm vụ mới đề nghị xử lý rủi ro."))
        left = loan.lent - loan.repaid - loan.written_off
        require(0 < amount <= left, _("Khoản vay này chỉ còn nợ {left}.").format(left=show(left)))
        require(grounds.strip(), _("Hãy nêu rõ căn cứ xử lý rủi ro."))
        open_already = WriteOff.exists().where((WriteOff.loan == loan.id) & (WriteOff.state == WriteOff.State.PROPOSED))
        require(not await open_already, _("Đã có một đề nghị xử lý rủi ro đang chờ."))
        row = WriteOff(loan=loan.id, amount=amount, grounds=grounds, made_by=by.id, made_at=now())
        return await add(row, by=by, did="proposed")


async def can_decide_write_off(person: Person, row: WriteOff) -> bool:
    return row.state == WriteOff.State.PROPOSED and person.id != row.made_by and await streams.can_approve(person, "fund")


async def decide_write_off(row: WriteOff, *, number: str, on: date, by: Person) -> None:
    """Who answers for the fund decides: the debt is off the books of what is owed, and stays in them as written off."""
    loan = await Loan.objects().get(Loan.id == row.loan)
    async with DB.transaction():
        moves = [(account, await written_off(account)) for account in await debts(await proposal_of(loan))]
        await ledger.lock(*[account for pair in moves for account in pair])
        async with changing(loan, by=by, did="written_off") as loan, changing(row, by=by, did="decided") as row:
            require(await can_decide_write_off(by, row), _("Chỉ đơn vị phụ trách Quỹ, không phải người đề nghị, mới quyết định."))
            require(number.strip() and on <= today(), _("Hãy ghi số và ngày quyết định; ngày không ở tương lai."))
            posted = await give_up(row, moves, Paper("write_off_decision", number, on), by=by)
            row.state, row.entry, row.decided_by, row.decided_at = WriteOff.State.DECIDED, posted.id, by.id, now()
            row.decision_number, row.decided_on = number, on
            loan.written_off += row.amount
            if loan.repaid + loan.written_off == loan.lent:
                loan.state = State.WRITTEN_OFF


async def written_off(debt: Account) -> Account:
    """Where what is given up of a debt is kept in view."""
    return await ledger.account(Stage.WRITTEN_OFF, "fund", debt.year, call=debt.call, proposal=debt.proposal)


async def give_up(row: WriteOff, moves: list[tuple[Account, Account]], paper: Paper, *, by: Person) -> Entry:
    """Post the amount over the years in which the debt stands; returns the last entry."""
    left, posted = row.amount, None
    for out_of, into in moves:
        part = min(left, (await Account.objects().get(Account.id == out_of.id)).balance)
        if part:
            posted = await ledger.post(
                Kind.WRITE_OFF, part, out_of=out_of, into=into, paper=paper, made_by=row.made_by, approved_by=by.id,
                key=f"write-off-{row.id}-{out_of.year}",
            )
            left -= part
    require(left == 0 and posted, _("Khoản vay này chỉ còn nợ {left}.").format(left=show(row.amount - left)))
    return posted


async def refuse_write_off(row: WriteOff, *, reason: str, by: Person) -> None:
    """Whoever answers for the fund does not write the debt off, and says why; it stays owed."""
    async with changing(row, by=by, did="refused") as row:
        require(await can_decide_write_off(by, row), _("Chỉ đơn vị phụ trách Quỹ, không phải người đề nghị, mới quyết định."))
        require(reason.strip(), _("Hãy nêu lý do."))
        row.state, row.reason, row.decided_by, row.decided_at = WriteOff.State.REFUSED, reason, by.id, now()


async def release(loan: Loan, *, number: str, on: date, by: Person) -> None:
    """The guarantee ended without being called: what was committed for it is the fund's free money again."""
    proposal = await proposal_of(loan)
    async with DB.transaction():
        found = await rows(
            "SELECT a.year FROM ledger_account a JOIN budget_year y ON y.year = a.year AND y.state = 'open' "
            "WHERE a.proposal = $1 AND a.stage = 'committed' AND a.balance > a.held ORDER BY a.year", proposal.id,
        )
        moves = [(
            await ledger.account(Stage.COMMITTED, "fund", row["year"], call=proposal.call, proposal=proposal.id),
            await ledger.account(Stage.APPROPRIATED, "fund", row["year"]),
        ) for row in found]
        await ledger.lock(*[account for pair in moves for account in pair])
        async with changing(loan, by=by, did="released") as loan:
            require(await streams.can_approve(by, "fund") and by.id != loan.made_by, _("Chỉ đơn vị phụ trách Quỹ mới giải toả bảo lãnh."))
            require(loan.guarantee and loan.state == State.AGREED, _("Bảo lãnh này đã được thực hiện hoặc đã giải toả."))
            require(number.strip() and on <= today(), _("Hãy ghi số và ngày quyết định; ngày không ở tương lai."))
            loan.state = State.RELEASED
            for out_of, into in moves:
                fresh = await Account.objects().get(Account.id == out_of.id)
                await ledger.post(
                    Kind.RELEASE, fresh.balance - fresh.held, out_of=out_of, into=into, paper=Paper("release_note", number, on),
                    made_by=loan.made_by, approved_by=by.id, key=f"release-{loan.id}-{out_of.year}",
                )
