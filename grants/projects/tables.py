"""A funded project, its money by year and source, milestones, reports and final evaluation."""

from enum import StrEnum

from piccolo.columns import BigInt, Date, Integer, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from grants.people.tables import Organisation, Person
from grants.proposals.tables import Proposal, Source
from grants.shell.tables import belongs_to, may_belong_to, one_of


class Project(Table):
    """A funded task (nhiệm vụ KH&CN): exists from the award decision on.

    `late_since`: the day on which the oldest thing that is overdue fell due, a report or the final file; empty when on time.
    `settled_on`: the day on which its whole settlement was approved, also of one that failed or was broken off.
    `months`: how long the agreement was signed for; `ends_on` is moved by extensions and suspensions. `signed_by`: who recorded it.
    """

    class State(StrEnum):
        AWARDED = "awarded"
        RUNNING = "running"
        SUSPENDED = "suspended"
        EVALUATED = "evaluated"
        REGISTERED = "registered"
        SETTLED = "settled"
        CLOSED = "closed"
        TERMINATED = "terminated"

    proposal = belongs_to(Proposal, unique=True)
    code = Varchar(40, unique=True)
    title = Varchar(300)
    title_en = Varchar(300)
    summary = Text()
    lead = belongs_to(Person)
    lead_organisation = belongs_to(Organisation)
    approved = BigInt()
    state = Varchar(20, default=State.AWARDED, index=True)
    starts_on = Date(null=True, default=None)
    ends_on = Date(null=True, default=None)
    agreement_number = Varchar(60)
    agreed_on = Date(null=True, default=None)
    months = Integer(null=True, default=None)
    signed_by = may_belong_to(Person)
    council_grade = Varchar(12, null=True, default=None)
    council_graded_on = Date(null=True, default=None)
    grade = Varchar(12, null=True, default=None)
    graded_on = Date(null=True, default=None)
    grade_decision = Varchar(60)
    result_certificate = Varchar(60)
    registered_on = Date(null=True, default=None)
    late_since = Date(null=True, default=None, index=True)
    settled_on = Date(null=True, default=None)
    closed_on = Date(null=True, default=None)
    closing_number = Varchar(60)
    folded = Text()

    known_state = one_of("state", State)
    known_council_grade = Check("council_grade IS NULL OR council_grade IN ('excellent', 'pass', 'fail')")
    known_grade = Check("grade IS NULL OR grade IN ('excellent', 'pass', 'fail')")
    worked_under_an_agreement = Check(
        "state IN ('awarded', 'terminated') OR (state = 'closed' AND grade IS NULL) "
        "OR (agreement_number <> '' AND agreed_on IS NOT NULL AND ends_on > starts_on)"
    )
    graded_by_a_decision = Check(
        "state NOT IN ('evaluated', 'registered', 'settled') "
        "OR (grade IS NOT NULL AND graded_on IS NOT NULL AND grade_decision <> '')"
    )
    registered_with_certificate = Check(
        "state NOT IN ('registered', 'settled') OR (result_certificate <> '' AND registered_on IS NOT NULL)"
    )
    failed_is_not_registered = Check("grade IS DISTINCT FROM 'fail' OR result_certificate = ''")
    closed_by_minutes = Check("state <> 'closed' OR (closed_on IS NOT NULL AND closing_number <> '')")
    some_money = Check("approved > 0")


class ProjectDecision(Table):
    """A decision that suspends a project (tạm dừng), lets it go on or terminates it (chấm dứt), by number, day and reason.

    Never altered: it is history that a project stood still, for how long and why.
    """

    class Did(StrEnum):
        SUSPENDED = "suspended"
        RESUMED = "resumed"
        TERMINATED = "terminated"

    project = belongs_to(Project)
    did = Varchar(10)
    number = Varchar(60)
    decided_on = Date(default=None)
    reason = Varchar(1000)
    by = belongs_to(Person)
    recorded_at = Timestamptz()

    known_halt = one_of("did", Did)
    decided_in_words = Check("number <> '' AND reason <> ''")


class Amendment(Table):
    """A change of an agreement (điều chỉnh, phụ lục hợp đồng), asked for by one person and decided by another, by number and day.

    What the agreement said before stands beside what it says since; once decided it is never altered. What may move inside the
    lump sum without a decision is only noted. `months`: those of an extension; `annex`: its number among the project's annexes.
    """

    class Kind(StrEnum):
        EXTENSION = "extension"
        LEAD = "lead"
        CONTENT = "content"
        TITLE = "title"
        OBJECTIVE = "objective"
        PRODUCTS = "products"
        BUDGET = "budget"

    class State(StrEnum):
        ASKED = "asked"
        APPROVED = "approved"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"
        NOTED = "noted"

    project = belongs_to(Project)
    kind = Varchar(10)
    state = Varchar(10, default=State.ASKED, index=True)
    months = Integer(null=True, default=None)
    lead = may_belong_to(Person)
    was = Text()
    becomes = Text()
    becomes_en = Varchar(300)
    reason = Varchar(2000)
    asked_by = belongs_to(Person)
    asked_at = Timestamptz()
    annex = Integer(null=True, default=None)
    number = Varchar(60)
    decided_on = Date(null=True, default=None)
    remark = Varchar(1000)
    decided_by = may_belong_to(Person)
    decided_at = Timestamptz(null=True, default=None)
    ends_before = Date(null=True, default=None)
    ends_after = Date(null=True, default=None)
    lead_before = may_belong_to(Person)

    known_kind_of_amendment = one_of("kind", Kind)
    known_state_of_amendment = one_of("state", State)
    one_annex_a_number = Unique([project, annex])
    asked_with_a_reason = Check("reason <> ''")
    says_what_changes = Check(
        "CASE kind WHEN 'extension' THEN months > 0 WHEN 'lead' THEN lead IS NOT NULL ELSE was <> '' AND becomes <> '' END"
    )
    noted_is_money_between_lines = Check("(state = 'noted') = (kind = 'budget')")
    decided_by_somebody_else = Check("decided_by <> asked_by")
    decided_with_paper_or_reason = Check(
        "(state NOT IN ('approved', 'refused') OR (decided_by IS NOT NULL AND decided_at IS NOT NULL)) "
        "AND (state <> 'approved' OR (number <> '' AND decided_on IS NOT NULL AND annex IS NOT NULL)) "
        "AND (state <> 'refused' OR remark <> '')"
    )
    extended_from_day_to_day = Check("state <> 'approved' OR kind <> 'extension' OR ends_after > ends_before")


class AgreementCorrection(Table):
    """An agreement's number or day that was mistyped and is put right before any money moves, with the reason. Never altered."""

    project = belongs_to(Project)
    number_before = Varchar(60)
    number = Varchar(60)
    agreed_before = Date(default=None)
    agreed_on = Date(default=None)
    starts_before = Date(default=None)
    starts_on = Date(default=None)
    ends_on = Date(default=None)
    reason = Varchar(1000)
    by = belongs_to(Person)
    at = Timestamptz()

    corrected_in_words = Check("number <> '' AND reason <> ''")


class Slice(Table):
    """How much of a project's approved amount falls on one year and one source, in đồng."""

    project = belongs_to(Project)
    year = Integer()
    source = Varchar(10)
    approved = BigInt()

    known_source = one_of("source", Source)
    one_slice_a_year = Unique([project, year, source])
    not_negative = Check("approved >= 0")


class Milestone(Table):
    """A piece of planned work with its date."""

    project = belongs_to(Project)
    name = Varchar(300)
    due = Date(default=None)
    done_on = Date(null=True, default=None)

    has_name = Check("name <> ''")


class Report(Table):
    """A periodic report: due on a day, filed by the lead, accepted or returned by the officer. `spent`: đồng in the period."""

    class State(StrEnum):
        DUE = "due"
        FILED = "filed"
        RETURNED = "returned"
        ACCEPTED = "accepted"

    project = belongs_to(Project)
    number = Integer()
    due = Date(default=None)
    state = Varchar(10, default=State.DUE, index=True)
    done = Text()
    next_steps = Text()
    spent = BigInt(default=0)
    saved_at = Timestamptz(null=True, default=None)
    filed_at = Timestamptz(null=True, default=None)
    filed_by = may_belong_to(Person)
    decided_at = Timestamptz(null=True, default=None)
    decided_by = may_belong_to(Person)
    remark = Varchar(1000)

    known_state = one_of("state", State)
    one_report_a_number = Unique([project, number])
    filed_is_whole = Check("state = 'due' OR (done <> '' AND filed_by IS NOT NULL AND filed_at IS NOT NULL)")
    someone_else_decides = Check("decided_by IS NULL OR decided_by <> filed_by")
    not_negative = Check("spent >= 0")


class FiledReport(Table):
    """A report as it was filed, each time anew; what is rewritten after a return is read by its team alone. Never altered."""

    report = belongs_to(Report)
    number = Integer()
    filed_at = Timestamptz()
    filed_by = belongs_to(Person)
    done = Text()
    next_steps = Text()
    spent = BigInt()

    one_filing_a_number = Unique([report, number])
    filed_spent_not_negative = Check("spent >= 0")
