"""Programmes, approved topics, calls and the documents a call asks for."""

from enum import StrEnum

from piccolo.columns import BigInt, Boolean, Date, Integer, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from grants.people.tables import Organisation, Person
from grants.rules.tables import RuleSet
from grants.shell.tables import belongs_to, may_belong_to, one_of


class Programme(Table):
    """A multi-year set of projects."""

    code = Varchar(40, unique=True)
    name = Varchar(300)
    name_en = Varchar(300)
    first_year = Integer()
    last_year = Integer()
    document = Varchar(200)


class Topic(Table):
    """A need sent before any call; approved by a decision, it may be called."""

    class State(StrEnum):
        SUGGESTED = "suggested"
        APPROVED = "approved"
        REFUSED = "refused"

    title = Varchar(300)
    title_en = Varchar(300)
    need = Text()
    required_results = Text()
    programme = may_belong_to(Programme)
    suggested_by = may_belong_to(Person)
    proposer = may_belong_to(Organisation)
    state = Varchar(20, default=State.SUGGESTED)
    advice = Varchar(10)
    advised_on = Date(null=True, default=None)
    brief = Text()
    decision_number = Varchar(60)
    decided_on = Date(null=True, default=None)

    known_state = one_of("state", State)
    has_title = Check("title <> ''")
    known_advice = Check("advice IN ('', 'favour', 'against') AND (advice = '') = (advised_on IS NULL)")
    approved_by_decision = Check("state <> 'approved' OR (decision_number <> '' AND decided_on IS NOT NULL)")


class Call(Table):
    """A call for applications. Its rule set is pinned when it is published and never changes."""

    class State(StrEnum):
        DRAFT = "draft"
        DRY_RUN = "dry_run"
        PUBLISHED = "published"
        CLOSED = "closed"
        CANCELLED = "cancelled"

    code = Varchar(40, unique=True)
    year = Integer()
    title = Varchar(300)
    title_en = Varchar(300)
    summary = Text()
    summary_en = Text()
    programme = may_belong_to(Programme)
    topic = may_belong_to(Topic)
    rule_set = belongs_to(RuleSet)
    scheme = Varchar(40)
    opens_at = Timestamptz(null=True, default=None)
    deadline = Timestamptz(null=True, default=None)
    state = Varchar(20, default=State.DRAFT)
    money = BigInt(default=0)
    ceiling = BigInt(null=True, default=None)
    most_months = Integer(null=True, default=None)
    places = Integer(null=True, default=None)
    officer = belongs_to(Person)
    opened_on = Date(null=True, default=None)
    folded = Text()

    known_state = one_of("state", State)
    has_title = Check("code <> '' AND title <> ''")
    published_is_complete = Check(
        "state NOT IN ('published', 'closed') OR (opens_at IS NOT NULL AND deadline > opens_at "
        "AND title_en <> '' AND summary <> '')"
    )
    sane_amounts = Check("money >= 0 AND (ceiling IS NULL OR ceiling > 0) AND (most_months IS NULL OR most_months > 0)")


class Funding(Table):
    """What a call has of one source, in đồng, and the most that one application may ask of it (empty: no limit)."""

    call = belongs_to(Call)
    source = Varchar(10)
    money = BigInt(default=0)
    ceiling = BigInt(null=True, default=None)

    known_source = Check("source IN ('capital', 'recurrent', 'fund')")
    one_funding_a_source = Unique([call, source])
    sane_funding = Check("money >= 0 AND (ceiling IS NULL OR ceiling > 0)")


class AskedDocument(Table):
    """A document that a call asks for."""

    call = belongs_to(Call)
    code = Varchar(40)
    name = Varchar(200)
    name_en = Varchar(200)
    form_code = Varchar(40)
    required = Boolean(default=True)

    one_document_a_code = Unique([call, code])
