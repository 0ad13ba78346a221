"""Streams and who answers for them, estimates, the ledger, allocations, reservations, awards, payments."""

from enum import StrEnum

from piccolo.columns import BigInt, BigSerial, Date, Integer, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from grants.calls.tables import Call
from grants.people.tables import Organisation, Person
from grants.projects.tables import Milestone, Project, Report
from grants.proposals.tables import Proposal
from grants.shell.tables import belongs_to, may_belong_to, one_of


class Stream(StrEnum):
    """The streams of state money."""

    CAPITAL = "capital"
    RECURRENT = "recurrent"
    FUND = "fund"


class Duty(Table):
    """Which organisation answers for a stream, from when to when."""

    stream = Varchar(10)
    organisation = belongs_to(Organisation)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    document = Varchar(200)

    known_stream = one_of("stream", Stream)
    one_duty_a_day = Unique([stream, valid_from])
    right_period = Check("valid_to IS NULL OR valid_to >= valid_from")


class BudgetYear(Table):
    """A budget year of the ledger: open, in its adjustment period, or closed."""

    class State(StrEnum):
        OPEN = "open"
        ADJUSTING = "adjusting"
        CLOSED = "closed"

    year = Integer(unique=True)
    state = Varchar(10, default=State.OPEN)
    closing_asked_by = may_belong_to(Person)
    closed_by = may_belong_to(Person)

    known_state = one_of("state", State)
    two_people_close = Check("closed_by IS NULL OR closed_by <> closing_asked_by")


class Estimate(Table):
    """The estimate of a budget year: proposed by the officer, agreed by each stream's finance, decided by the leader.

    A stream's part goes its own way (`year_tables`): the state is how far all of them have come, the decision the latest of them.
    """

    class State(StrEnum):
        DRAFT = "draft"
        PROPOSED = "proposed"
        AGREED = "agreed"
        DECIDED = "decided"

    year = Integer(unique=True)
    state = Varchar(10, default=State.DRAFT)
    made_by = belongs_to(Person)
    proposed_at = Timestamptz(null=True, default=None)
    decision_number = Varchar(130)
    decided_on = Date(null=True, default=None)
    decided_by = may_belong_to(Person)
    remark = Varchar(500)

    known_state = one_of("state", State)
    decided_by_decision = Check(
        "state <> 'decided' OR (decision_number <> '' AND decided_on IS NOT NULL AND decided_by IS NOT NULL)"
    )
    someone_else_decides = Check("decided_by IS NULL OR decided_by <> made_by")


class EstimateLine(Table):
    """One purpose in one stream: proposed, agreed (with a reason where it differs) and decided, in đồng."""

    class Purpose(StrEnum):
        CONTINUING = "continuing"
        NEW = "new"
        MANAGEMENT = "management"
        FUND = "fund_contribution"
        INFRASTRUCTURE = "infrastructure"

    estimate = belongs_to(Estimate)
    stream = Varchar(10)
    purpose = Varchar(20)
    classification = Varchar(40)
    name = Varchar(300)
    working = Varchar(1000)
    proposed = BigInt()
    agreed = BigInt(null=True, default=None)
    decided = BigInt(null=True, default=None)
    reason = Varchar(500)
    agreed_by = may_belong_to(Person)
    agreed_at = Timestamptz(null=True, default=None)
    notified_at = Timestamptz(null=True, default=None)

    known_stream = Check("stream IN ('capital', 'recurrent')")
    known_purpose = one_of("purpose", Purpose)
    not_negative = Check("proposed >= 0 AND coalesce(agreed, 0) >= 0 AND coalesce(decided, 0) >= 0 AND name <> ''")
    change_says_why = Check("agreed IS NULL OR agreed = proposed OR reason <> ''")


class Stage(StrEnum):
    """How far money has come. Reserved money is what is held on an allocated account.

    Settled: paid, and its actuals approved. Lent: owed back to the fund. Recovered: repaid by who had received it.
    Contributed: paid into a venture fund, whose equity is booked elsewhere. Source and returned stand for the world
    outside: money given out of the province's budget, and money of years already closed that was paid back.
    """

    SOURCE = "source"
    APPROPRIATED = "appropriated"
    ALLOCATED = "allocated"
    COMMITTED = "committed"
    ADVANCED = "advanced"
    PAID = "paid"
    SETTLED = "settled"
    LENT = "lent"
    WRITTEN_OFF = "written_off"
    RECOVERED = "recovered"
    RETURNED = "returned"
    CONTRIBUTED = "contributed"
    HANDED = "handed"
    CANCELLED = "cancelled"


class Account(Table, tablename="ledger_account"):
    """Money of one stream and budget year at one stage. Only the ledger's trigger moves `balance` and `held`.

    `call` and `proposal` say what the money is for, as far as it has come: an allocated account is a call's,
    a committed, advanced or paid one an application's; a paid one of neither is what managing the work cost.
    """

    id = BigSerial(primary_key=True)
    stage = Varchar(14)
    stream = Varchar(10)
    year = Integer(index=True)
    call = may_belong_to(Call)
    proposal = may_belong_to(Proposal)
    classification = Varchar(40)
    balance = BigInt(default=0)
    held = BigInt(default=0)

    a_known_stage = one_of("stage", Stage)
    known_stream = one_of("stream", Stream)
    one_account_each = Unique([stage, stream, year, call, proposal, classification], nulls_distinct=False)
    of_what_it_is_for = Check(
        "CASE WHEN stage IN ('source', 'appropriated', 'contributed', 'handed') THEN call IS NULL AND proposal IS NULL "
        "WHEN stage = 'allocated' THEN call IS NOT NULL AND proposal IS NULL "
        "WHEN stage = 'cancelled' THEN proposal IS NULL OR call IS NOT NULL "
        "WHEN stage = 'paid' THEN (call IS NULL) = (proposal IS NULL) "
        "ELSE call IS NOT NULL AND proposal IS NOT NULL END"
    )
    never_overspent = Check("held >= 0 AND (stage IN ('source', 'returned') OR balance >= held)")


class Entry(Table, tablename="ledger_entry"):
    """Amount moved from one account to another, on the strength of a document. Never changed, never deleted.

    A pending entry holds the amount; a later entry that `resolves` it posts it (in full or in part) or voids it, once.
    """

    class Kind(StrEnum):
        APPROPRIATION = "appropriation"
        SUPPLEMENT = "supplement"
        CUT = "cut"
        HANDOVER = "handover"
        ALLOCATION = "allocation"
        RESERVATION = "reservation"
        COMMITMENT = "commitment"
        ADVANCE = "advance"
        PAYMENT = "payment"
        CLEARANCE = "clearance"
        VIREMENT = "virement"
        CONTRIBUTION = "contribution"
        CARRY_OVER = "carry_over"
        CANCELLATION = "cancellation"
        CORRECTION = "correction"
        SETTLEMENT = "settlement"
        RECOVERY = "recovery"
        LOAN = "loan"
        REPAYMENT = "repayment"
        WRITE_OFF = "write_off"
        RELEASE = "release"

    class State(StrEnum):
        PENDING = "pending"
        POSTED = "posted"
        VOID = "void"

    id = BigSerial(primary_key=True)
    at = Timestamptz(index=True)
    kind = Varchar(14)
    state = Varchar(8)
    out_of = belongs_to(Account)
    into = belongs_to(Account)
    amount = BigInt()
    resolves = may_belong_to("Entry", unique=True)
    corrects = may_belong_to("Entry", unique=True)
    document_kind = Varchar(40)
    document_number = Varchar(60)
    document_date = Date(default=None)
    made_by = belongs_to(Person)
    approved_by = belongs_to(Person)
    key = Varchar(120, unique=True)

    a_known_kind = one_of("kind", Kind)
    known_state = one_of("state", State)
    some_amount = Check('amount > 0 AND out_of <> "into"')
    maker_is_not_checker = Check("made_by <> approved_by")
    rests_on_a_document = Check("document_kind <> '' AND document_number <> ''")


class Turnover(Table, tablename="ledger_turnover"):
    """What came to an account and what went from it in a month, by kind of entry: the journal summed up as it is written.

    Only the ledger's trigger keeps it (migrations/turnover.sql). `month` is the first day of the month of the entry's
    document; a correction takes away from the kind and side of the entry that it corrects.
    """

    id = BigSerial(primary_key=True)
    account = belongs_to(Account)
    month = Date(default=None)
    kind = Varchar(20)
    came = BigInt(default=0)
    went = BigInt(default=0)

    one_turnover_each = Unique([account, month, kind])


class Allocation(Table):
    """Money of a stream given to a call: made by one person, approved by the stream's finance officer."""

    class State(StrEnum):
        PROPOSED = "proposed"
        APPROVED = "approved"
        REFUSED = "refused"

    call = belongs_to(Call)
    stream = Varchar(10)
    year = Integer()
    classification = Varchar(40)
    amount = BigInt()
    state = Varchar(10, default=State.PROPOSED, index=True)
    made_by = belongs_to(Person)
    made_at = Timestamptz()
    decided_by = may_belong_to(Person)
    decided_at = Timestamptz(null=True, default=None)
    reason = Varchar(500)
    document_number = Varchar(60)
    document_date = Date(null=True, default=None)
    entry = may_belong_to(Entry)

    known_state = one_of("state", State)
    known_stream = one_of("stream", Stream)
    some_amount = Check("amount > 0")
    maker_is_not_checker = Check("decided_by IS NULL OR decided_by <> made_by")
    approved_is_posted = Check("(state = 'approved') = (entry IS NOT NULL)")


class Reservation(Table):
    """Money of a stream and year held for one application until the award is decided."""

    class State(StrEnum):
        REQUESTED = "requested"
        APPROVED = "approved"
        REFUSED = "refused"
        COMMITTED = "committed"
        FREED = "freed"

    proposal = belongs_to(Proposal)
    stream = Varchar(10)
    year = Integer()
    amount = BigInt()
    state = Varchar(10, default=State.REQUESTED, index=True)
    made_by = belongs_to(Person)
    made_at = Timestamptz()
    decided_by = may_belong_to(Person)
    decided_at = Timestamptz(null=True, default=None)
    reason = Varchar(500)
    entry = may_belong_to(Entry)

    known_state = one_of("state", State)
    known_stream = one_of("stream", Stream)
    one_reservation_each = Unique([proposal, stream, year])
    some_amount = Check("amount > 0")
    maker_is_not_checker = Check("decided_by IS NULL OR decided_by <> made_by")
    held_in_the_ledger = Check("(state IN ('requested', 'refused')) = (entry IS NULL)")


class Award(Table):
    """The leader's decision on one application. The application cannot alter it."""

    class Outcome(StrEnum):
        AWARDED = "awarded"
        DECLINED = "declined"

    proposal = belongs_to(Proposal, unique=True)
    outcome = Varchar(10)
    amount = BigInt(default=0)
    decision_number = Varchar(60)
    decided_on = Date(default=None)
    decided_by = belongs_to(Person)
    decided_at = Timestamptz()
    reasons = Varchar(1000)

    known_outcome = one_of("outcome", Outcome)
    by_decision = Check("decision_number <> ''")
    amount_if_awarded = Check("(outcome = 'awarded') = (amount > 0)")
    declined_says_why = Check("outcome = 'awarded' OR reasons <> ''")


class Payment(Table):
    """Money asked for, approved and paid to a project: three different people."""

    class Kind(StrEnum):
        ADVANCE = "advance"
        PAYMENT = "payment"
        LOAN = "loan"

    class State(StrEnum):
        REQUESTED = "requested"
        APPROVED = "approved"
        REFUSED = "refused"
        PAID = "paid"

    project = belongs_to(Project)
    stream = Varchar(10)
    year = Integer()
    kind = Varchar(8)
    amount = BigInt()
    purpose = Varchar(500)
    state = Varchar(10, default=State.REQUESTED, index=True)
    requested_by = belongs_to(Person)
    requested_at = Timestamptz()
    approved_by = may_belong_to(Person)
    approved_at = Timestamptz(null=True, default=None)
    paid_by = may_belong_to(Person)
    paid_on = Date(null=True, default=None)
    treasury_number = Varchar(60)
    reason = Varchar(500)
    instalment = may_belong_to("Instalment")
    report = may_belong_to(Report)
    milestone = may_belong_to(Milestone)
    vouchers = Varchar(1000)
    held_entry = may_belong_to(Entry)
    paid_entry = may_belong_to(Entry)

    a_known_kind = one_of("kind", Kind)
    known_state = one_of("state", State)
    known_stream = one_of("stream", Stream)
    some_amount = Check("amount > 0")
    three_people = Check(
        "(approved_by IS NULL OR approved_by <> requested_by) "
        "AND (paid_by IS NULL OR (paid_by <> requested_by AND paid_by <> approved_by))"
    )
    paid_is_posted = Check("(state = 'paid') = (paid_entry IS NOT NULL AND treasury_number <> '' AND paid_on IS NOT NULL)")
    approved_is_held = Check("state NOT IN ('approved', 'paid') OR held_entry IS NOT NULL")
