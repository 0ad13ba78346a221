"""The innovation fund as a funder: its charter, products, loans with their schedule, vouchers; statement lines of all accounts."""

from enum import StrEnum

from piccolo.columns import BigInt, Boolean, Date, Integer, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from budget.payment_tables import FeePayment, Recovery, Statement
from budget.tables import Entry, Payment
from grants.calls.tables import Call
from grants.people.tables import Organisation, Person
from grants.projects.tables import Project
from grants.shell.tables import belongs_to, may_belong_to, one_of


class Fund(Table):
    """A fund by its charter. A venture fund's equity is booked elsewhere: here only what the province contributed to it."""

    class Kind(StrEnum):
        INNOVATION = "innovation"
        VENTURE = "venture"

    name = Varchar(300)
    name_en = Varchar(300)
    kind = Varchar(12)
    organisation = belongs_to(Organisation)
    charter = Varchar(300)
    may_lend = Boolean(default=False)
    may_guarantee = Boolean(default=False)
    account_number = Varchar(40)
    bank = Varchar(200)
    unverified = Boolean(default=True)

    known_kind = one_of("kind", Kind)
    rests_on_a_charter = Check("name <> '' AND name_en <> '' AND charter <> ''")
    venture_only_takes = Check("kind = 'innovation' OR NOT (may_lend OR may_guarantee)")


class FundProduct(Table, tablename="fund_product"):
    """What a fund offers for a period. A limit or rate that no source says is empty, never zero; rates in hundredths of a percent."""

    class Kind(StrEnum):
        GRANT = "grant"
        COMMISSION = "commission"
        INTEREST = "interest_subsidy"
        VOUCHER = "voucher"
        LOAN = "loan"
        GUARANTEE = "guarantee"

    fund = belongs_to(Fund)
    kind = Varchar(16)
    name = Varchar(300)
    name_en = Varchar(300)
    most_amount = BigInt(null=True, default=None)
    most_share = Integer(null=True, default=None)
    rate = Integer(null=True, default=None)
    most_months = Integer(null=True, default=None)
    basis = Varchar(300)
    unverified = Boolean(default=True)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)

    known_kind = one_of("kind", Kind)
    named_with_basis = Check("name <> '' AND name_en <> '' AND basis <> ''")
    sane_limits = Check(
        "(most_amount IS NULL OR most_amount > 0) AND (most_share IS NULL OR most_share BETWEEN 1 AND 10000) "
        "AND (rate IS NULL OR rate BETWEEN 0 AND 10000) AND (most_months IS NULL OR most_months > 0)"
    )
    right_period = Check("valid_to IS NULL OR valid_to >= valid_from")


class CallProduct(Table, tablename="call_product"):
    """The product of the fund that a call offers: named once, before the call is published."""

    call = belongs_to(Call, unique=True)
    product = belongs_to(FundProduct)
    named_by = belongs_to(Person)
    named_at = Timestamptz()


class Voucher(Table, tablename="fund_voucher"):
    """A prepaid right to buy an innovation service, issued to an awarded project until a day; redeemed by payments."""

    project = belongs_to(Project, unique=True)
    code = Varchar(40, unique=True)
    face = BigInt()
    valid_to = Date(default=None)
    provider = Varchar(300)
    issued_by = belongs_to(Person)
    issued_at = Timestamptz()

    some_face = Check("face > 0 AND code <> '' AND provider <> ''")


class Redemption(Table, tablename="voucher_redemption"):
    """An invoice that a voucher pays a part of: what the service cost by the invoice, in đồng. The payment's amount stays within the
    product's share of it (migrations/payments.sql); without a share, within the cost. Only added."""

    voucher = belongs_to(Voucher)
    invoice = Varchar(200)
    cost = BigInt()
    payment = belongs_to(Payment, unique=True)

    some_cost = Check("cost > 0 AND invoice <> ''")


class InterestClaim(Table, tablename="interest_claim"):
    """A period's interest that a bank certified, and the part of it that the fund pays: balance × supported rate × days / 365."""

    project = belongs_to(Project)
    since = Date(default=None)
    until = Date(default=None)
    balance = BigInt()
    bank_rate = Integer()
    supported_rate = Integer()
    paper = Varchar(100)
    payment = belongs_to(Payment, unique=True)

    right_days = Check("until > since AND balance > 0 AND paper <> ''")
    within_the_interest = Check("supported_rate BETWEEN 1 AND 10000 AND supported_rate <= bank_rate")


class Loan(Table, tablename="fund_loan"):
    """Money of the fund to be repaid, or a guarantee that may become one: agreed by one, approved by another."""

    class State(StrEnum):
        AGREED = "agreed"
        RUNNING = "running"
        REPAID = "repaid"
        RELEASED = "released"
        WRITTEN_OFF = "written_off"

    project = belongs_to(Project, unique=True)
    product = belongs_to(FundProduct)
    guarantee = Boolean(default=False)
    principal = BigInt()
    rate = Integer()
    months = Integer()
    every = Integer()
    first_due = Date(default=None)
    state = Varchar(12, default=State.AGREED, index=True)
    agreed_on = Date(default=None)
    agreement_number = Varchar(60)
    made_by = belongs_to(Person)
    lent = BigInt(default=0)
    repaid = BigInt(default=0)
    written_off = BigInt(default=0)

    known_state = one_of("state", State)
    some_principal = Check("principal > 0 AND months > 0 AND every > 0 AND rate BETWEEN 0 AND 10000 AND agreement_number <> ''")
    within_what_was_lent = Check("lent BETWEEN 0 AND principal AND repaid >= 0 AND written_off >= 0 AND repaid + written_off <= lent")
    repaid_owes_nothing = Check("state NOT IN ('repaid', 'written_off', 'released') OR lent = repaid + written_off")


class LoanDue(Table, tablename="loan_due"):
    """One day of a loan's repayment schedule: principal and interest, in đồng."""

    loan = belongs_to(Loan)
    number = Integer()
    due = Date(default=None)
    principal = BigInt()
    interest = BigInt()

    one_due_a_number = Unique([loan, number])
    something_due = Check("principal >= 0 AND interest >= 0 AND principal + interest > 0")


class LoanPayment(Table, tablename="loan_payment"):
    """What a borrower paid back, with the bank's number: principal returns to the fund, interest is its income. Only added."""

    loan = belongs_to(Loan)
    on = Date(default=None)
    number = Varchar(60)
    principal = BigInt()
    interest = BigInt()
    recorded_by = belongs_to(Person)
    recorded_at = Timestamptz()

    something_paid = Check("principal >= 0 AND interest >= 0 AND principal + interest > 0 AND number <> ''")
    once_a_number_each = Unique([loan, number])


class WriteOff(Table, tablename="fund_write_off"):
    """A debt that is given up by decision: proposed by one, decided by another."""

    class State(StrEnum):
        PROPOSED = "proposed"
        DECIDED = "decided"
        REFUSED = "refused"

    loan = belongs_to(Loan)
    amount = BigInt()
    grounds = Varchar(1000)
    state = Varchar(10, default=State.PROPOSED, index=True)
    made_by = belongs_to(Person)
    made_at = Timestamptz()
    decided_by = may_belong_to(Person)
    decided_at = Timestamptz(null=True, default=None)
    decision_number = Varchar(60)
    decided_on = Date(null=True, default=None)
    reason = Varchar(500)
    entry = may_belong_to(Entry)

    known_state = one_of("state", State)
    some_amount = Check("amount > 0 AND grounds <> ''")
    maker_is_not_checker = Check("decided_by IS NULL OR decided_by <> made_by")
    decided_is_posted = Check("(state = 'decided') = (entry IS NOT NULL AND decision_number <> '')")


class VentureContribution(Table, tablename="venture_contribution"):
    """The province's contribution to a venture fund's charter capital: all that is booked of it."""

    class State(StrEnum):
        PROPOSED = "proposed"
        APPROVED = "approved"
        REFUSED = "refused"

    fund = belongs_to(Fund)
    stream = Varchar(10)
    year = Integer()
    amount = BigInt()
    state = Varchar(10, default=State.PROPOSED, index=True)
    made_by = belongs_to(Person)
    made_at = Timestamptz()
    decided_by = may_belong_to(Person)
    decided_at = Timestamptz(null=True, default=None)
    decision_number = Varchar(60)
    decided_on = Date(null=True, default=None)
    entry = may_belong_to(Entry)

    known_state = one_of("state", State)
    out_of_the_budget = Check("stream IN ('capital', 'recurrent') AND amount > 0")
    maker_is_not_checker = Check("decided_by IS NULL OR decided_by <> made_by")
    approved_is_booked = Check("(state = 'approved') = (entry IS NOT NULL)")


class StatementLine(Table, tablename="treasury_line"):
    """One line of a statement: money out (a payment, fees) or in (a recovery, a borrower), matched or for a person to decide."""

    class State(StrEnum):
        MATCHED = "matched"
        DIFFERS = "differs"
        SETTLED = "settled"
        REJECTED = "rejected"

    statement = belongs_to(Statement)
    row = Integer()
    number = Varchar(60)
    on = Date(default=None)
    reference = Varchar(60)
    out = BigInt(default=0)
    back = BigInt(default=0)
    remark = Varchar(500)
    state = Varchar(10, index=True)
    difference = Varchar(500)
    payment = may_belong_to(Payment)
    recovery = may_belong_to(Recovery)
    loan = may_belong_to(Loan)
    fees = may_belong_to(FeePayment)
    decided_by = may_belong_to(Person)
    decided_at = Timestamptz(null=True, default=None)
    reason = Varchar(500)

    known_state = one_of("state", State)
    one_line_a_row = Unique([statement, row])
    one_way = Check("(out > 0) <> (back > 0) AND out >= 0 AND back >= 0 AND number <> ''")
    differs_says_how = Check("state <> 'differs' OR difference <> ''")
    rejected_says_why = Check("state <> 'rejected' OR reason <> ''")
    matched_is_one_thing = Check("(state IN ('matched', 'settled')) = (num_nonnulls(payment, recovery, loan, fees) = 1)")
