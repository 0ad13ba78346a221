"""An application with its team, partners, narrative, products, budget lines, documents and what was handed in."""

from enum import StrEnum

from piccolo.columns import JSONB, BigInt, Boolean, Date, Integer, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from grants.calls.tables import AskedDocument, Call
from grants.people.tables import Organisation, Person
from grants.rules.tables import ExpenseGroup
from grants.shell.tables import belongs_to, may_belong_to, one_of


class Proposal(Table):
    """An application (hồ sơ đăng ký) to a call, from its first draft to its award or refusal.

    `described_at`: when its general part was last saved. `no_partners`: the team said that nobody else takes part.
    `since`: the day it came into its state. `session_on`: the day on which its panel meets.
    """

    class State(StrEnum):
        DRAFT = "draft"
        SUBMITTED = "submitted"
        WITHDRAWN = "withdrawn"
        ELIGIBLE = "eligible"
        INELIGIBLE = "ineligible"
        IN_REVIEW = "in_review"
        RECOMMENDED = "recommended"
        NOT_RECOMMENDED = "not_recommended"
        APPRAISED = "appraised"
        AWARDED = "awarded"
        DECLINED = "declined"

    call = belongs_to(Call)
    lead = belongs_to(Person)
    reference = Varchar(40, null=True, default=None, unique=True)
    title = Varchar(300)
    title_en = Varchar(300)
    summary = Text()
    summary_en = Text()
    field = Varchar(10)
    keywords = Varchar(500)
    lead_organisation = may_belong_to(Organisation)
    signatory = may_belong_to(Person)
    starts_on = Date(null=True, default=None)
    months = Integer(null=True, default=None)
    state = Varchar(20, default=State.DRAFT, index=True)
    requested = BigInt(default=0)
    requested_state = BigInt(default=0)
    appraised = BigInt(null=True, default=None)
    approved = BigInt(null=True, default=None)
    certified_at = Timestamptz(null=True, default=None)
    certified_by = may_belong_to(Person)
    submitted_at = Timestamptz(null=True, default=None, index=True)
    saved_at = Timestamptz(null=True, default=None)
    described_at = Timestamptz(null=True, default=None)
    no_partners = Boolean(default=False)
    since = Date(null=True, default=None)
    session_on = Date(null=True, default=None)
    conclusion = Text()
    folded = Text()

    known_state = one_of("state", State)
    handed_in_has_reference = Check(
        "state IN ('draft', 'withdrawn') OR (reference IS NOT NULL AND submitted_at IS NOT NULL)"
    )
    state_money_within_all = Check("requested >= requested_state AND requested_state >= 0")
    has_title = Check("title <> ''")


class Objection(Table):
    """What stands against awarding an application until it is settled: a judge's conflict found after the vote.

    `settled_by` is empty where the records themselves no longer show it.
    """

    proposal = belongs_to(Proposal)
    person = belongs_to(Person)
    kind = Varchar(30)
    words = Varchar(1000)
    raised_at = Timestamptz()
    settled_at = Timestamptz(null=True, default=None)
    settled_by = may_belong_to(Person)
    reason = Varchar(500)

    one_objection_each = Unique([proposal, person, kind])
    says_what = Check("words <> ''")
    settled_with_reason = Check("settled_at IS NULL OR reason <> ''")


class Vetting(Table):
    """When the judges of an application were last held against the records, and how many changes those had seen by then."""

    proposal = belongs_to(Proposal, unique=True)
    changes = BigInt()
    at = Timestamptz()


class Section(Table):
    """One section of the narrative (thuyết minh), saved by itself."""

    proposal = belongs_to(Proposal)
    code = Varchar(40)
    text = Text()
    saved_at = Timestamptz(null=True, default=None)

    one_section_a_code = Unique([proposal, code])


class TeamMember(Table):
    """A person in the team: what they do, for how many months, and whether they may write in the application."""

    class Part(StrEnum):
        PRINCIPAL = "principal_investigator"
        SECRETARY = "project_secretary"
        KEY_MEMBER = "key_member"
        MEMBER = "team_member"
        SUPPORT = "support"

    class Access(StrEnum):
        OWNER = "owner"
        EDITOR = "editor"
        READER = "reader"

    proposal = belongs_to(Proposal)
    person = may_belong_to(Person)
    email = Varchar(254)
    full_name = Varchar(120)
    organisation = may_belong_to(Organisation)
    part = Varchar(30, default=Part.MEMBER)
    months = Integer(default=0)
    access = Varchar(10, default=Access.READER)
    invited_at = Timestamptz(null=True, default=None)
    joined_at = Timestamptz(null=True, default=None)

    known_part = one_of("part", Part)
    known_access = one_of("access", Access)
    one_place_in_the_team = Unique([proposal, email])
    sane_months = Check("months BETWEEN 0 AND 120")
    has_name = Check("email <> '' AND full_name <> ''")


class Partner(Table):
    """An organisation that performs part of the work."""

    proposal = belongs_to(Proposal)
    organisation = belongs_to(Organisation)
    task = Varchar(500)

    one_partnership_each = Unique([proposal, organisation])


class Product(Table):
    """A promised product with the quality and quantity ordered (Dạng I–IV)."""

    class Form(StrEnum):
        PUBLICATION = "I"
        DOCUMENT = "II"
        MATERIAL = "III"
        RIGHT = "IV"

    proposal = belongs_to(Proposal)
    form = Varchar(3)
    name = Varchar(300)
    unit = Varchar(60)
    quantity = Integer(default=1)
    quality = Varchar(500)

    known_form = one_of("form", Form)
    some_quantity = Check("quantity > 0 AND name <> ''")


class Source(StrEnum):
    """Where the money of a budget line comes from."""

    CAPITAL = "capital"
    RECURRENT = "recurrent"
    FUND = "fund"
    OWN = "own"


class BudgetLine(Table):
    """What one thing costs in one year out of one source: requested, appraised and approved kept apart, in đồng.

    `moved_from`: the year it was asked for, where a decision at a year's end has moved the appraised plan to a later one.
    """

    proposal = belongs_to(Proposal)
    group = belongs_to(ExpenseGroup)
    year = Integer()
    moved_from = Integer(null=True, default=None)
    source = Varchar(10)
    note = Varchar(500)
    requested = BigInt()
    appraised = BigInt(null=True, default=None)
    approved = BigInt(null=True, default=None)
    position = Integer(default=0)

    known_source = one_of("source", Source)
    sane_year = Check("year BETWEEN 2000 AND 2100")
    moved_later = Check("moved_from IS NULL OR moved_from < year")
    not_negative = Check("requested > 0 AND coalesce(appraised, 0) >= 0 AND coalesce(approved, 0) >= 0")
    appraised_within_request = Check("appraised <= requested")


class Document(Table):
    """A file of the application, kept in object storage under a random name."""

    proposal = belongs_to(Proposal)
    asked = may_belong_to(AskedDocument)
    filename = Varchar(200)
    stored = Varchar(80, unique=True)
    size = BigInt()
    sha256 = Varchar(64)
    uploaded_at = Timestamptz()
    uploaded_by = belongs_to(Person)


class Submission(Table):
    """What was handed in, as it was, never derived again. The application cannot alter it.

    `blind_title`: the title with the names of people and organisations struck out, for those who judge.
    """

    proposal = belongs_to(Proposal)
    number = Integer()
    at = Timestamptz()
    by = belongs_to(Person)
    content = JSONB()
    sha256 = Varchar(64)
    blind_title = Varchar(300)

    one_submission_a_number = Unique([proposal, number])


class Finding(Table):
    """A reason for or against validity, proposed at the opening and confirmed by the officer."""

    proposal = belongs_to(Proposal)
    code = Varchar(40)
    sentence = Varchar(500)
    blocking = Boolean(default=True)
    found_at = Timestamptz()

    one_finding_each = Unique([proposal, code, sentence])


class Tally(Table, tablename="proposal_tally"):
    """So many applications more (or fewer) of a call in a state; the sum over the rows is how many there are.

    Rows are only added, by the database's own trigger, so that nobody waits for a shared counter; the worker sums them up.
    """

    call = belongs_to(Call)
    state = Varchar(20)
    n = Integer()

    known_state = one_of("state", Proposal.State)
