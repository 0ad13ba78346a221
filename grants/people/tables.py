"""Who there is: organisations with their history, people with their posts, ties between them, and what they owe."""

from enum import StrEnum

from piccolo.columns import Array, BigInt, Boolean, Date, Integer, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from grants.shell.tables import belongs_to, may_belong_to, one_of


class Organisation(Table):
    """A body that acts: government office, unit, university, firm, association. Its name is valid for a period."""

    class Kind(StrEnum):
        GOVERNMENT = "government"
        DEPARTMENT = "department"
        UNIT = "unit"
        UNIVERSITY = "university"
        INSTITUTE = "institute"
        HOSPITAL = "hospital"
        CENTRE = "centre"
        ENTERPRISE = "enterprise"
        COOPERATIVE = "cooperative"
        ASSOCIATION = "association"
        FEDERATION = "federation"
        TREASURY = "treasury"

    name = Varchar(300)
    short_name = Varchar(60)
    name_en = Varchar(300)
    kind = Varchar(20)
    parent = may_belong_to("Organisation")
    tax_code = Varchar(14)
    address = Varchar(300)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    folded = Varchar(700, index=True)
    sort_key = Varchar(600)

    known_kind = one_of("kind", Kind)
    has_name = Check("name <> ''")
    right_period = Check("valid_to IS NULL OR valid_to >= valid_from")


class Succession(Table):
    """From a day on, one organisation takes over from another (merger, split, renaming)."""

    predecessor = belongs_to(Organisation)
    successor = belongs_to(Organisation)
    on = Date(default=None)
    document = Varchar(200)

    one_succession_each = Unique([predecessor, successor])
    not_itself = Check("predecessor <> successor")


class Person(Table):
    """A person with an account and the public part of a scientific profile."""

    email = Varchar(254, unique=True)
    password = Varchar(200, secret=True)
    totp = Varchar(64, secret=True)
    totp_used = Integer(default=0)
    full_name = Varchar(120)
    academic_rank = Varchar(10)
    degree = Varchar(10)
    position = Varchar(200)
    fields = Array(base_column=Varchar(10))
    keywords = Varchar(500)
    orcid = Varchar(19, null=True, default=None, unique=True)
    phone = Varchar(20)
    language = Varchar(2, default="vi")
    demo = Boolean(default=False)
    confirmed_at = Timestamptz(null=True, default=None)
    closed_at = Timestamptz(null=True, default=None)
    folded = Varchar(400, index=True)
    sort_key = Varchar(400)

    has_name = Check("full_name <> '' AND email = lower(email) AND email LIKE '%@%'")
    known_rank = Check("academic_rank IN ('', 'GS', 'PGS')")
    known_degree = Check("degree IN ('', 'TSKH', 'TS', 'ThS', 'CN', 'KS', 'BS', 'CKI', 'CKII')")
    known_language = Check("language IN ('vi', 'en')")


class Role(StrEnum):
    """What a person may do here, by the post they hold."""

    RESEARCHER = "researcher"
    SIGNATORY = "signatory"
    OFFICER = "officer"
    ASSOCIATION = "association"
    EXPERT = "expert"
    FINANCE = "finance"
    TREASURER = "treasurer"
    LEADER = "leader"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Membership(Table):
    """A post: this person in this role for this organisation, for a period; ended, it is in force no longer from that moment."""

    person = belongs_to(Person)
    organisation = belongs_to(Organisation)
    role = Varchar(20)
    position = Varchar(200)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)

    known_role = one_of("role", Role)
    right_period = Check("valid_to IS NULL OR valid_to >= valid_from")
    one_post_a_day = Unique([person, organisation, role, valid_from])


class Remit(Table):
    """Which role may be held for which organisation, for a period: for every one of a kind, or for the one that is named."""

    role = Varchar(20)
    kind = Varchar(20)
    organisation = may_belong_to(Organisation)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    document = Varchar(200)

    known_role = one_of("role", Role)
    of_a_kind_or_named = Check("(kind <> '') <> (organisation IS NOT NULL)")
    right_period = Check("valid_to IS NULL OR valid_to >= valid_from")
    one_remit_a_day = Unique([role, kind, organisation, valid_from], nulls_distinct=False)


class Tie(Table):
    """What binds two people beyond their posts, as declared: kinship, supervision, common work."""

    class Kind(StrEnum):
        KINSHIP = "kinship"
        SUPERVISOR = "supervisor"
        CO_WORK = "co_work"
        OTHER = "other"

    person = belongs_to(Person)
    other = belongs_to(Person)
    kind = Varchar(20)
    since = Date(null=True, default=None)
    until = Date(null=True, default=None)
    note = Varchar(300)

    known_kind = one_of("kind", Kind)
    not_oneself = Check("person <> other")
    one_tie_each = Unique([person, other, kind])


class Obligation(Table):
    """Who owes what to the province since when; eligibility at a deadline is one query over these rows."""

    class Kind(StrEnum):
        LEADING_PROJECT = "leading_project"
        REPORT = "overdue_report"
        FINAL_FILE = "overdue_final_evaluation"
        RESULT = "result_unregistered"
        RECOVERY = "recovery_unpaid"
        SUSPENSION = "suspended"

    kind = Varchar(30)
    person = may_belong_to(Person)
    organisation = may_belong_to(Organisation)
    project = Integer(null=True, default=None, index=True)
    subject = Varchar(300)
    due = Date(default=None)
    settled_on = Date(null=True, default=None)

    known_debt = one_of("kind", Kind)
    owed_by_someone = Check("person IS NOT NULL OR organisation IS NOT NULL")
    has_subject = Check("subject <> ''")


class PayList(Table):
    """What people earned by judging and advising, closed under a number to be paid to them. Only that it was paid is written later.

    Amounts are đồng; `amount` is the sum of its lines. The room where it was earned closes it, the budget pays it.
    """

    name = Varchar(300)
    amount = BigInt()
    closed_by = belongs_to(Person)
    closed_at = Timestamptz()
    paid_on = Date(null=True, default=None)

    has_name = Check("name <> '' AND amount > 0")


class PayLine(Table):
    """What one person is paid by a list, for what, and where: as they had it written down when the list was closed. Only added."""

    pay_list = belongs_to(PayList)
    person = belongs_to(Person)
    work = Varchar(1000)
    amount = BigInt()
    unverified = Boolean(default=False)
    bank = Varchar(200)
    bank_account = Varchar(40, secret=True)
    tax_number = Varchar(14, secret=True)

    one_line_each = Unique([pay_list, person])
    some_pay = Check("amount > 0 AND work <> ''")


class Counsel(Table):
    """What an independent opinion said on a topic, a call, an application or a project: written when the office received it.

    So the page on which the decision is taken can show it. It is no vote. The application cannot alter it.
    """

    class On(StrEnum):
        TOPIC = "topic"
        CALL = "call"
        PROPOSAL = "proposal"
        PROJECT = "project"

    on = Varchar(10)
    thing = Integer(index=True)
    opinion = Integer(unique=True)
    association = belongs_to(Organisation)
    number = Varchar(60)
    dated = Date(default=None)
    conclusion = Varchar(10)
    words = Text()
    at = Timestamptz()

    known_thing = one_of("on", On)
    counsels_something = Check("number <> '' AND words <> '' AND conclusion IN ('agree', 'agree_if', 'disagree')")


class Profile(Table):
    """The longer scientific record of a person, one text a heading (form LLCN)."""

    person = belongs_to(Person, unique=True)
    training = Text()
    career = Text()
    publications = Text()
    awards = Text()
