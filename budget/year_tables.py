"""What a budget year keeps beside its ledger: codes, grounds and dates as data; rounds of the estimate; changes; remainders."""

from enum import StrEnum

from piccolo.columns import JSONB, BigInt, Boolean, Date, Integer, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from budget.tables import Account, Entry, Estimate, Stream
from grants.people.tables import Person
from grants.proposals.tables import Proposal
from grants.shell.tables import belongs_to, may_belong_to, one_of


class Classification(Table):
    """A code of the budget classification, chương-loại-khoản, with the mục where it is known: "417-100-101", "417-100-101-6950"."""

    code = Varchar(40, unique=True)
    name = Varchar(300)
    name_en = Varchar(300)
    basis = Varchar(300)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    unverified = Boolean(default=True)

    four_parts = Check("code ~ '^[0-9]{3}-[0-9]{3}-[0-9]{3}(-[0-9]{4})?$' AND name <> '' AND name_en <> ''")
    right_period = Check("valid_to IS NULL OR valid_to >= valid_from")


class Ground(Table, tablename="budget_ground"):
    """A legal ground for an act of the budget year, and the role whose decision it needs."""

    class Act(StrEnum):
        SUPPLEMENT = "supplement"
        CUT = "cut"
        HANDOVER = "handover"
        TRANSFER = "transfer"
        CARRY_OVER = "carry_over"
        CANCEL = "cancel"
        MOVE_PLAN = "move_plan"

    code = Varchar(40, unique=True)
    act = Varchar(10)
    name = Varchar(300)
    name_en = Varchar(300)
    basis = Varchar(300)
    decided_by = Varchar(10)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    unverified = Boolean(default=True)

    known_act = one_of("act", Act)
    finance_or_leader = Check("decided_by IN ('finance', 'leader') AND name <> '' AND name_en <> ''")
    right_period = Check("valid_to IS NULL OR valid_to >= valid_from")


class YearDay(Table):
    """A day of the budget year's calendar: what is due by then, by whom. `later` is in years from the budget year.

    A day that the law moves has one row until a budget year and another with its code from the next one on.
    """

    code = Varchar(40)
    name = Varchar(300)
    name_en = Varchar(300)
    role = Varchar(10)
    later = Integer()
    month = Integer()
    day = Integer()
    basis = Varchar(300)
    unverified = Boolean(default=True)
    from_year = Integer(default=2017)
    to_year = Integer(null=True, default=None)

    one_day_a_period = Unique([code, from_year])
    right_period = Check("to_year IS NULL OR to_year >= from_year")
    whose_work = Check("role IN ('officer', 'finance', 'leader') AND name <> '' AND name_en <> ''")
    a_day = Check('month BETWEEN 1 AND 12 AND "day" BETWEEN 1 AND 31 AND later BETWEEN -1 AND 1')


class EstimateRound(Table):
    """The lines of an estimate as they stood when somebody passed it on. Never changed, never deleted."""

    class Did(StrEnum):
        PROPOSED = "proposed"
        SUBMITTED = "submitted"
        RETURNED = "returned"
        DECIDED = "decided"

    estimate = belongs_to(Estimate)
    number = Integer()
    did = Varchar(10)
    stream = Varchar(10)
    by = belongs_to(Person)
    at = Timestamptz()
    remark = Varchar(500)
    lines = JSONB()

    known_did = one_of("did", Did)
    known_stream = Check("stream IN ('', 'capital', 'recurrent')")
    one_round_each = Unique([estimate, number])


class StreamSubmission(Table):
    """A stream's part of an estimate, agreed by its finance and sent to the province's leaders."""

    estimate = belongs_to(Estimate)
    stream = Varchar(10)
    amount = BigInt()
    submitted_by = belongs_to(Person)
    submitted_at = Timestamptz()

    known_stream = one_of("stream", Stream)
    one_submission_each = Unique([estimate, stream])


class StreamReturn(Table):
    """A stream's part of an estimate that the leaders sent back: until it is sent again, the officer may write it."""

    estimate = belongs_to(Estimate)
    stream = Varchar(10)
    reason = Varchar(500)
    returned_by = belongs_to(Person)
    returned_at = Timestamptz()

    known_stream = one_of("stream", Stream)
    one_return_each = Unique([estimate, stream])
    says_why = Check("reason <> ''")


class StreamDecision(Table):
    """The leaders' decision on a stream's part of an estimate: the sum assigned, in đồng. Once a stream; never changed, never deleted."""

    estimate = belongs_to(Estimate)
    stream = Varchar(10)
    number = Varchar(60)
    decided_on = Date(default=None)
    amount = BigInt()
    decided_by = belongs_to(Person)
    decided_at = Timestamptz()

    known_stream = one_of("stream", Stream)
    one_decision_each = Unique([estimate, stream])
    some_number = Check("number <> '' AND amount >= 0")


class Adjustment(Table):
    """A change of the year's money by decision: made by one person, decided by another whom its ground names."""

    class Kind(StrEnum):
        SUPPLEMENT = "supplement"
        CUT = "cut"
        HANDOVER = "handover"
        TRANSFER = "transfer"

    class State(StrEnum):
        PROPOSED = "proposed"
        APPROVED = "approved"
        REFUSED = "refused"

    kind = Varchar(10)
    stream = Varchar(10)
    year = Integer(index=True)
    out_of = belongs_to(Account)
    into = belongs_to(Account)
    amount = BigInt()
    ground = belongs_to(Ground)
    reason = Varchar(500)
    state = Varchar(10, default=State.PROPOSED, index=True)
    made_by = belongs_to(Person)
    made_at = Timestamptz()
    decided_by = may_belong_to(Person)
    decided_at = Timestamptz(null=True, default=None)
    refusal = Varchar(500)
    document_number = Varchar(60)
    document_date = Date(null=True, default=None)
    entry = may_belong_to(Entry)

    known_kind = one_of("kind", Kind)
    known_state = one_of("state", State)
    known_stream = one_of("stream", Stream)
    some_amount = Check("amount > 0 AND reason <> ''")
    maker_is_not_checker = Check("decided_by IS NULL OR decided_by <> made_by")
    approved_is_posted = Check(
        "(state = 'approved') = (entry IS NOT NULL) AND (state <> 'approved' OR (document_number <> '' AND document_date IS NOT NULL))"
    )


class Correction(Table):
    """A posted entry taken back, in full or in part: proposed with its reason and document by one, approved by another.

    `stream` and `year` are those of the account that gives the money back; `wrong` is the entry taken back, `entry` what took it back.
    """

    class State(StrEnum):
        PROPOSED = "proposed"
        APPROVED = "approved"
        REFUSED = "refused"

    wrong = belongs_to(Entry)
    stream = Varchar(10)
    year = Integer(index=True)
    amount = BigInt()
    reason = Varchar(500)
    document_kind = Varchar(40)
    document_number = Varchar(60)
    document_date = Date(default=None)
    state = Varchar(10, default=State.PROPOSED, index=True)
    made_by = belongs_to(Person)
    made_at = Timestamptz()
    decided_by = may_belong_to(Person)
    decided_at = Timestamptz(null=True, default=None)
    refusal = Varchar(500)
    entry = may_belong_to(Entry)

    known_state = one_of("state", State)
    known_stream = one_of("stream", Stream)
    says_how_much_and_why = Check("amount > 0 AND reason <> '' AND document_kind <> '' AND document_number <> ''")
    maker_is_not_checker = Check("decided_by IS NULL OR decided_by <> made_by")
    approved_is_posted = Check("(state = 'approved') = (entry IS NOT NULL) AND (state <> 'approved' OR decided_by IS NOT NULL)")
    refused_says_why = Check("state <> 'refused' OR refusal <> ''")


class Remainder(Table, tablename="year_remainder"):
    """What is left on an account at the end of its year: carried over or cancelled, proposed by one, confirmed by another."""

    class Act(StrEnum):
        CARRY_OVER = "carry_over"
        CANCEL = "cancel"

    class State(StrEnum):
        PROPOSED = "proposed"
        CONFIRMED = "confirmed"
        REFUSED = "refused"

    account = belongs_to(Account)
    stream = Varchar(10)
    year = Integer(index=True)
    act = Varchar(10)
    amount = BigInt()
    ground = belongs_to(Ground)
    state = Varchar(10, default=State.PROPOSED, index=True)
    made_by = belongs_to(Person)
    made_at = Timestamptz()
    decided_by = may_belong_to(Person)
    decided_at = Timestamptz(null=True, default=None)
    refusal = Varchar(500)
    document_number = Varchar(60)
    document_date = Date(null=True, default=None)
    entry = may_belong_to(Entry)

    known_act = one_of("act", Act)
    known_state = one_of("state", State)
    known_stream = one_of("stream", Stream)
    some_amount = Check("amount > 0")
    maker_is_not_checker = Check("decided_by IS NULL OR decided_by <> made_by")
    confirmed_is_posted = Check("(state = 'confirmed') = (entry IS NOT NULL)")


class PlanMove(Table, tablename="plan_move"):
    """An appraised application that its year ended before awarding: its plan moves to the next year as it was appraised.

    Proposed by one, decided by another whom the ground names; each year's part one year later, the amounts unchanged.
    """

    class State(StrEnum):
        PROPOSED = "proposed"
        APPROVED = "approved"
        REFUSED = "refused"

    proposal = belongs_to(Proposal)
    year = Integer(index=True)
    ground = belongs_to(Ground)
    reason = Varchar(500)
    state = Varchar(10, default=State.PROPOSED, index=True)
    made_by = belongs_to(Person)
    made_at = Timestamptz()
    decided_by = may_belong_to(Person)
    decided_at = Timestamptz(null=True, default=None)
    refusal = Varchar(500)
    document_number = Varchar(60)
    document_date = Date(null=True, default=None)

    known_state = one_of("state", State)
    says_why = Check("reason <> ''")
    maker_is_not_checker = Check("decided_by IS NULL OR decided_by <> made_by")
    approved_by_decision = Check(
        "state <> 'approved' OR (document_number <> '' AND document_date IS NOT NULL AND decided_by IS NOT NULL)"
    )
