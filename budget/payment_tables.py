"""What surrounds a payment: who must approve it, on which terms, by which schedule; clearance, treasury, recovery, settlement."""

from enum import StrEnum

from piccolo.columns import BigInt, Boolean, Date, Integer, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from budget.tables import Entry, Payment, Stream
from grants.people.tables import Obligation, PayList, Person
from grants.projects.tables import Milestone, Project, Report
from grants.proposals.tables import BudgetLine
from grants.shell.tables import belongs_to, may_belong_to, one_of


class Threshold(Table, tablename="approval_threshold"):
    """Above `over` đồng of a stream (all where empty), a finance officer whose post begins with `post` approves as well."""

    stream = Varchar(10)
    over = BigInt()
    post = Varchar(120)
    basis = Varchar(300)
    unverified = Boolean(default=True)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)

    known_stream = Check("stream IN ('', 'capital', 'recurrent', 'fund')")
    says_whose_and_why = Check("over >= 0 AND post <> '' AND basis <> ''")
    right_period = Check("valid_to IS NULL OR valid_to >= valid_from")


class Approval(Table, tablename="payment_approval"):
    """One approval of a payment: the stream's finance officer's (no threshold), or the one a threshold asks for. Only added."""

    payment = belongs_to(Payment)
    threshold = may_belong_to(Threshold)
    by = belongs_to(Person)
    at = Timestamptz()

    one_approval_each = Unique([payment, threshold], nulls_distinct=False)
    each_by_another = Unique([payment, by])


class Terms(Table, tablename="payment_terms"):
    """How a project is paid (handbook: khoán): in a lump sum to its final product, in part, or at actual cost; and to which account."""

    class Method(StrEnum):
        FULL = "lump_sum_full"
        PARTIAL = "lump_sum_partial"
        ACTUAL = "actual_cost"

    project = belongs_to(Project, unique=True)
    method = Varchar(20)
    account_number = Varchar(40)
    bank = Varchar(200)
    recorded_by = belongs_to(Person)
    recorded_at = Timestamptz()

    known_method = one_of("method", Method)


class ActualLine(Table, tablename="actual_cost_line"):
    """A budget line of a project that is paid at actual cost, against vouchers."""

    terms = belongs_to(Terms)
    line = belongs_to(BudgetLine, unique=True)


class Instalment(Table):
    """One planned payment of the agreement: when, how much, and what must be done first."""

    project = belongs_to(Project)
    number = Integer()
    name = Varchar(300)
    kind = Varchar(8)
    stream = Varchar(10)
    year = Integer()
    amount = BigInt()
    due = Date(default=None)
    report = may_belong_to(Report)
    milestone = may_belong_to(Milestone)

    one_instalment_a_number = Unique([project, number])
    known_kind = Check("kind IN ('advance', 'payment')")
    known_stream = one_of("stream", Stream)
    some_amount = Check("amount > 0 AND name <> ''")
    one_condition = Check("report IS NULL OR milestone IS NULL")


class Clearance(Table):
    """An advance turned into cost: filed by the lead, confirmed by the officer, cleared by the stream's finance."""

    class State(StrEnum):
        FILED = "filed"
        CONFIRMED = "confirmed"
        CLEARED = "cleared"
        REFUSED = "refused"

    project = belongs_to(Project)
    stream = Varchar(10)
    year = Integer()
    amount = BigInt()
    report = may_belong_to(Report)
    vouchers = Varchar(1000)
    work = Varchar(1000)
    state = Varchar(10, default=State.FILED, index=True)
    filed_by = belongs_to(Person)
    filed_at = Timestamptz()
    confirmed_by = may_belong_to(Person)
    confirmed_at = Timestamptz(null=True, default=None)
    decided_by = may_belong_to(Person)
    decided_at = Timestamptz(null=True, default=None)
    reason = Varchar(500)
    entry = may_belong_to(Entry)

    known_state = one_of("state", State)
    known_stream = one_of("stream", Stream)
    some_amount = Check("amount > 0")
    rests_on_work = Check("report IS NOT NULL OR vouchers <> ''")
    three_clear = Check(
        "(confirmed_by IS NULL OR confirmed_by <> filed_by) "
        "AND (decided_by IS NULL OR (decided_by <> filed_by AND decided_by IS DISTINCT FROM confirmed_by))"
    )
    cleared_is_posted = Check("(state = 'cleared') = (entry IS NOT NULL)")


class Statement(Table, tablename="treasury_file"):
    """A statement of the treasury or of the fund's account, taken in once; the same file twice is the same statement."""

    class Kind(StrEnum):
        TREASURY = "treasury"
        FUND = "fund"

    kind = Varchar(10)
    name = Varchar(200)
    sha256 = Varchar(64, unique=True)
    imported_by = belongs_to(Person)
    imported_at = Timestamptz()

    known_kind = one_of("kind", Kind)


class Settlement(Table):
    """The approved actuals of a project, of one budget year or (no year) of the whole: proposed by one, approved by another."""

    class State(StrEnum):
        PROPOSED = "proposed"
        APPROVED = "approved"
        REFUSED = "refused"

    project = belongs_to(Project)
    year = Integer(null=True, default=None)
    state = Varchar(10, default=State.PROPOSED, index=True)
    note = Varchar(1000)
    made_by = belongs_to(Person)
    made_at = Timestamptz()
    decided_by = may_belong_to(Person)
    decided_at = Timestamptz(null=True, default=None)
    decision_number = Varchar(60)
    decided_on = Date(null=True, default=None)
    reason = Varchar(500)

    known_state = one_of("state", State)
    one_settlement_a_year = Unique([project, year], nulls_distinct=False)
    maker_is_not_checker = Check("decided_by IS NULL OR decided_by <> made_by")
    approved_by_decision = Check("state <> 'approved' OR (decision_number <> '' AND decided_on IS NOT NULL AND decided_by IS NOT NULL)")


class SettlementApproval(Table, tablename="settlement_approval"):
    """One stream's finance has approved its part of a settlement, by its own decision; the last one approves the whole. Only added."""

    settlement = belongs_to(Settlement)
    stream = Varchar(10)
    by = belongs_to(Person)
    at = Timestamptz()
    number = Varchar(60)
    on = Date(default=None)

    one_approval_a_stream = Unique([settlement, stream])
    known_stream = one_of("stream", Stream)
    approved_by_number = Check("number <> ''")


class SettlementLine(Table, tablename="settlement_line"):
    """What one budget line cost: planned, declared by the organisation, approved; a difference says why. Amounts in đồng."""

    settlement = belongs_to(Settlement)
    line = belongs_to(BudgetLine)
    actual = Boolean(default=False)
    planned = BigInt()
    declared = BigInt()
    approved = BigInt()
    reason = Varchar(500)

    one_line_a_settlement = Unique([settlement, line])
    not_negative = Check("planned >= 0 AND declared >= 0 AND approved >= 0")
    difference_says_why = Check("approved = declared OR reason <> ''")


class SettlementSum(Table, tablename="settlement_sum"):
    """A settlement by stream and year: what was paid and advanced, what is approved, and so what is paid back."""

    settlement = belongs_to(Settlement)
    stream = Varchar(10)
    year = Integer()
    paid = BigInt()
    approved = BigInt()
    kept = BigInt(default=0)
    back = BigInt(default=0)

    one_sum_each = Unique([settlement, stream, year])
    known_stream = one_of("stream", Stream)
    not_negative = Check("paid >= 0 AND approved >= 0 AND kept >= 0 AND back >= 0")


class Recovery(Table):
    """State money to be repaid by a lead organisation: proposed by one, decided by another, due on a day."""

    class Cause(StrEnum):
        SUBJECTIVE = "subjective"
        OBJECTIVE = "objective"
        UNPROVEN = "unproven"
        SETTLEMENT = "settlement"
        ADVANCE = "advance"

    class State(StrEnum):
        PROPOSED = "proposed"
        DECIDED = "decided"
        REFUSED = "refused"
        REPAID = "repaid"

    project = belongs_to(Project)
    stream = Varchar(10)
    year = Integer()
    cause = Varchar(12)
    base = BigInt()
    share = Varchar(12)
    amount = BigInt()
    repaid = BigInt(default=0)
    explanation = Varchar(1000)
    state = Varchar(10, default=State.PROPOSED, index=True)
    settlement = may_belong_to(Settlement)
    made_by = belongs_to(Person)
    made_at = Timestamptz()
    decided_by = may_belong_to(Person)
    decided_at = Timestamptz(null=True, default=None)
    decision_number = Varchar(60)
    decided_on = Date(null=True, default=None)
    due = Date(null=True, default=None)
    reason = Varchar(500)
    obligation = may_belong_to(Obligation)
    warned_on = Date(null=True, default=None)

    known_cause = one_of("cause", Cause)
    known_state = one_of("state", State)
    known_stream = one_of("stream", Stream)
    some_amount = Check("amount > 0 AND base >= amount AND repaid BETWEEN 0 AND amount")
    maker_is_not_checker = Check("decided_by IS NULL OR decided_by <> made_by")
    decided_by_decision = Check(
        "state IN ('proposed', 'refused') "
        "OR (decision_number <> '' AND decided_on IS NOT NULL AND due IS NOT NULL AND obligation IS NOT NULL)"
    )
    undecided_owes_nothing = Check("state IN ('decided', 'repaid') OR obligation IS NULL")
    repaid_is_whole = Check("(state = 'repaid') = (repaid = amount)")


class Repaid(Table, tablename="recovery_payment"):
    """Money that came back for a recovery, with the treasury's number. Only added."""

    recovery = belongs_to(Recovery)
    amount = BigInt()
    on = Date(default=None)
    number = Varchar(60)
    recorded_by = belongs_to(Person)
    recorded_at = Timestamptz()

    some_amount = Check("amount > 0 AND number <> ''")
    once_a_number = Unique([recovery, number])


class FeePayment(Table):
    """A closed list of fees charged to the management costs of a stream and year: asked for, approved and paid by three people.

    A refused one stays, and the list may be charged again; the database keeps one that is not refused a list.
    """

    class State(StrEnum):
        REQUESTED = "requested"
        APPROVED = "approved"
        REFUSED = "refused"
        PAID = "paid"

    pay_list = belongs_to(PayList)
    stream = Varchar(10)
    year = Integer()
    classification = Varchar(40)
    amount = BigInt()
    state = Varchar(10, default=State.REQUESTED, index=True)
    requested_by = belongs_to(Person)
    requested_at = Timestamptz()
    approved_by = may_belong_to(Person)
    approved_at = Timestamptz(null=True, default=None)
    paid_by = may_belong_to(Person)
    paid_on = Date(null=True, default=None)
    treasury_number = Varchar(60)
    reason = Varchar(500)
    held_entry = may_belong_to(Entry)
    paid_entry = may_belong_to(Entry)

    known_state = one_of("state", State)
    known_stream = one_of("stream", Stream)
    some_fees = Check("amount > 0")
    three_people = Check(
        "(approved_by IS NULL OR approved_by <> requested_by) "
        "AND (paid_by IS NULL OR (paid_by <> requested_by AND paid_by <> approved_by))"
    )
    refused_says_why = Check("state <> 'refused' OR reason <> ''")
    fees_paid_are_posted = Check("(state = 'paid') = (paid_entry IS NOT NULL AND treasury_number <> '' AND paid_on IS NOT NULL)")
    fees_approved_are_held = Check("state NOT IN ('approved', 'paid') OR held_entry IS NOT NULL")


class FeeApproval(Table, tablename="fee_approval"):
    """Under which threshold's post a charge of fees was approved: one a threshold that its amount passes. Only added."""

    fee_payment = belongs_to(FeePayment)
    threshold = belongs_to(Threshold)
    by = belongs_to(Person)
    at = Timestamptz()

    one_fee_approval_each = Unique([fee_payment, threshold])
