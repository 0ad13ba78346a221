"""What a rule set holds: the law's numbers as plain values, and beside them where each one comes from.

A `RuleSet` row keeps `content` as JSON; `rules_of(content)` turns it into `Rules`, which is read as
`rules.count.pass_mark` or `rules.panels["selection"].quorum.share`. Shares are exact (`Fraction`, written
"2/3" or "0.8"), money is whole đồng, points are whole: a decimal number in the JSON is refused.
`None` is never zero: of a ceiling it means that the texts at hand do not say one, of a term that there is none.
"""

import json
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from grants.rules.citations import Part, Source, nearest
from grants.shell.dates import DAY, Unit, add_months
from grants.shell.language import _


def exact(value: Any) -> Fraction:
    """An exact share out of 1, "2/3" or "0.8"; never out of a binary decimal number."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("a share is written as a whole number or as text such as \"2/3\"")
    try:
        return Fraction(value)
    except ZeroDivisionError:
        raise ValueError("a share cannot be divided by zero") from None


Share = Annotated[Fraction, BeforeValidator(exact), PlainSerializer(str, return_type=str), Field(ge=0)]
Points = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]
Money = Annotated[int, Field(ge=0)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Named(Part):
    """Something with a code for the machine and a name for people."""

    code: Code
    vi: str
    en: str


class PanelKind(StrEnum):
    TOPIC = "topic"
    SELECTION = "selection"
    APPRAISAL = "appraisal"
    FINAL_EVALUATION = "final_evaluation"


class Seat(StrEnum):
    """What a person sits on a panel as. The appraisal team adds the funder's and the panel's representative."""

    CHAIR = "chair"
    VICE_CHAIR = "vice_chair"
    SECRETARY = "secretary"
    REVIEWER = "reviewer"
    MEMBER = "member"
    FUNDER = "funder"
    PANEL_REPRESENTATIVE = "panel_representative"


class Term(Part):
    """A length of time: 7 working days, 6 months; `Calendar.due(start, term.value, term.unit)` says when it ends."""

    value: Count
    unit: Unit


class Span(Term):
    """A length of time by the calendar alone: days or months."""

    unit: Literal[Unit.DAYS, Unit.MONTHS]

    def after(self, day: date) -> date:
        """The day that lies this long after `day`; a month's end stays within the month."""
        return add_months(day, self.value) if self.unit == Unit.MONTHS else day + self.value * DAY


class Base(StrEnum):
    """What a share of votes is taken of."""

    PRESENT = "present"
    MEMBERS = "members"
    BALLOTS = "ballots"


class LegalText(Part):
    number: str
    title: str


class Regime(Part):
    """The laws and circulars this rule set stands on, and what happens to work approved under the one before."""

    texts: tuple[LegalText, ...]
    transition: str


class TaskType(Named):
    """A kind of task and the scoring scheme it is judged by."""

    scheme: Code


class CallRules(Part):
    """How long a call stays open, and within which time a second notice must follow when nobody came."""

    minimum_open: Span
    second_notice: Term


class RequiredDocument(Named):
    """A paper of the dossier. An empty `task_types` means: for every task type."""

    form: str | None
    required: bool
    only_after_recommendation: bool
    task_types: tuple[Code, ...]


class Bar(Part):
    """A ground on which an organisation or a lead person is turned away, tested at the submission deadline."""

    code: Literal[
        "unfinished_project_as_pi", "overdue_report", "overdue_final_evaluation",
        "result_unregistered", "recovery_unpaid", "suspended_within",
    ]
    who: Literal["organisation", "pi"]
    on: bool
    term: Span | None

    @property
    def name_in_paths(self) -> str:
        return f"{self.who}_{self.code}"


class Eligibility(Part):
    pi_minimum_degree: Literal["university", "master", "doctor"]
    pi_active_years: Count
    bars: tuple[Bar, ...]

    def bars_on(self, who: str) -> dict[str, Bar]:
        """The grounds in force against an "organisation" or a "pi", by code."""
        return {bar.code: bar for bar in self.bars if bar.on and bar.who == who}


class Ceilings(Part):
    """The most that may be asked for (đồng, months, share of state money) and how often a task may be extended."""

    state_amount: Money | None
    months: Count | None
    state_share: Share | None
    extensions: Count | None
    extension_months: Count | None
    short_task_under_months: Count | None
    short_task_extension_months: Count | None
    final_evaluation_months: Count | None


class SeatRule(Part):
    seat: Seat
    least: Count
    most: Count


class NamedSeat(Part):
    """A seat that must be there in person, for the session to be valid."""

    seat: Seat
    at_least: Annotated[int, Field(ge=1)]
    authorised_vice_may_stand_in: bool


class QuorumRule(Part):
    """The share of all members that must be present, rounded up, and who must be among them."""

    share: Share
    named: tuple[NamedSeat, ...]


class VoteRule(Part):
    """What carries a motion: this share of the base; `strictly` means more than the share, not just equal to it."""

    share: Share
    base: Base
    strictly: bool


class PanelRule(Part):
    least_members: Count
    most_members: Count
    seats: tuple[SeatRule, ...]
    reviewers_per_application: Count
    quorum: QuorumRule
    papers_lead: Term | None
    review_lead: Term | None
    secret_ballot: bool
    names_hidden: bool
    counting_board: Count
    absent_opinion: Literal["read_aloud", "not_counted"]
    vote: VoteRule | None
    scores_again: bool = False  # members present may score anew at the session, after the discussion
    from_roster: Count | None = None  # at least so many experts of the roster; None: the texts do not say
    representatives: Count | None = None  # at least so many of agencies and users
    sat_before: Count = 0  # at least so many of those who judged the topic or the application, where there were such
    product_team: Count = 0  # how many members check the products before the session
    product_team_forms: tuple[str, ...] = ()  # of products of these forms; without such none is needed


class ConflictKind(StrEnum):
    SAME_EMPLOYER = "same_employer"
    PREDECESSOR_EMPLOYER = "predecessor_employer"
    PARTNER_ORGANISATION = "partner_organisation"
    TEAM_MEMBER = "team_member"
    RIVAL_APPLICATION = "rival_application"
    KINSHIP = "kinship"
    CO_WORK = "co_work"
    SUPERVISOR = "supervisor"
    DECLARED_OTHER = "declared_other"


class ConflictRule(Part):
    """What a tie between an expert and an application does, on which panels and for which seats."""

    code: Code
    kind: ConflictKind
    panels: tuple[PanelKind, ...]
    seats: tuple[Seat, ...]
    effect: Literal["exclude", "warn"]
    may_be_overruled: bool
    within: Span | None


class Criterion(Part):
    number: Annotated[int, Field(ge=1)]
    vi: str
    en: str
    most: Points
    guidance_vi: str
    guidance_en: str
    comment_required: bool


class Scheme(Named):
    """A set of criteria. `content_criteria` are those whose mean breaks a tie "on content and implementation"."""

    total: Points
    content_criteria: tuple[int, ...]
    criteria: tuple[Criterion, ...]

    @model_validator(mode="after")
    def adds_up(self) -> Self:
        numbers = [criterion.number for criterion in self.criteria]
        if numbers != list(range(1, len(numbers) + 1)):
            raise ValueError("criteria are numbered 1, 2, 3 …")
        if sum(criterion.most for criterion in self.criteria) != self.total:
            raise ValueError("the criteria's maximum points do not add up to the scheme's total")
        if not self.content_criteria or not set(self.content_criteria) <= set(numbers):
            raise ValueError("the content criteria are not among the criteria")
        return self


class TieBreak(StrEnum):
    LOWER_STATE_FUNDING = "lower_state_funding"
    EXCELLENT_PROJECT = "excellent_project"
    CONTENT_MEAN = "content_mean"


class CountRule(Part):
    """How ballots become a score, and scores a ranking (TT 20/2023 Đ11). Marks in points, percents of 100."""

    deviation_limit: Count
    deviation_base: Literal["relative_to_mean", "points"]
    deviation_test: Literal["single", "repeated"]
    invalid_flag_share: Share
    bonus_percent: Count
    bonus_threshold: Points
    bonus_condition: Literal["lead_proposed_topic"]
    pass_mark: Points
    zero_share: Share
    zero_base: Literal["present", "ballots"]
    zero_ballots: Literal["all", "valid"]
    ties: tuple[TieBreak, ...]
    excellent_within_years: Count
    decimals: Annotated[int, Field(ge=0, le=6)]
    rounding: Literal["half_up"]
    judged_on: Literal["exact", "rounded"]


class LumpSum(Part):
    """When a task may be paid against its final product: what is bought at actual cost stays under both limits."""

    actual_cost_most_share: Share
    actual_cost_most_amount: Money
    saving_to_development_fund: Share


class Advances(Part):
    """The first advance at most this share of the state money; the next once this share of the earlier is cleared."""

    first_most: Share
    within_year_estimate: bool
    next_after_cleared: Share
    last_needs_grade: Literal["pass", "excellent"]


class Reports(Part):
    every: Term
    missed_stop: Count


class Grades(Part):
    """How members' and the panel's grades of a finished task come about (TT 11/2014)."""

    quantity_pass_share: Share
    quantity_least_share: Share
    latest: Span
    council_excellent_share: Share
    council_fail_over: Share
    base: Literal["present", "ballots"]


class Reminders(Part):
    """When a member whose ballot or review is still open is reminded, and its officer told, in working days."""

    before: Count
    after: Count
    officer_after: Count


class TimeLimit(Named):
    """`value` counted from `trigger`: at most that long after it, at least that long before it, or lasting that long."""

    term: Term
    trigger: Code
    trigger_vi: str
    trigger_en: str
    side: Literal["after", "before", "lasting"]


class RateGroup(StrEnum):
    REMUNERATION = "remuneration"
    COEFFICIENT = "coefficient"
    WORKSHOP = "workshop"
    OVERHEAD = "overhead"
    PANEL = "panel"
    EXPERT = "expert"


class Rate(Named):
    """A ceiling: an amount in đồng for the unit, or a share of something. Exactly one of the two."""

    group: RateGroup
    amount: Money | None
    share: Share | None
    per: Literal["person_month", "person_session", "paper", "review", "brief", "task", "whole"]

    @model_validator(mode="after")
    def is_one_of_two(self) -> Self:
        if (self.amount is None) == (self.share is None):
            raise ValueError("a rate is either an amount or a share")
        return self


class ExpenseGroup(Part):
    number: Annotated[int, Field(ge=1)]
    vi: str
    en: str


class Recovery(Part):
    """What is paid back of the state money used when a task fails, and within which time."""

    subjective_final_product: Share
    subjective_partial: Share
    unproven: Share
    objective: Share
    within: Term


class Retention(Named):
    """How long a kind of record is kept; `permanent` needs no years."""

    permanent: bool
    years: Count | None


class Rules(Part):
    regime: Regime
    task_types: tuple[TaskType, ...]
    funding_modes: tuple[Named, ...]
    call: CallRules
    topic_items: tuple[Named, ...] = ()  # what a ballot on a suggested topic says «Đạt» or not to
    documents: tuple[RequiredDocument, ...]
    eligibility: Eligibility
    ceilings: Ceilings
    panels: dict[PanelKind, PanelRule]
    conflicts: tuple[ConflictRule, ...]
    schemes: tuple[Scheme, ...]
    count: CountRule
    lump_sum: LumpSum
    advances: Advances
    reports: Reports
    grades: Grades
    reminders: Reminders = Reminders(before=3, after=1, officer_after=2)
    answers_to_reviews: Term | None = None  # how long a team may answer its reviews in writing before the session
    limits: tuple[TimeLimit, ...]
    rates: tuple[Rate, ...]
    expense_groups: tuple[ExpenseGroup, ...]
    recovery: Recovery
    retention: tuple[Retention, ...]
    sources: dict[str, Source]

    @model_validator(mode="after")
    def is_sound(self) -> Self:
        for kind in self.task_types:
            if not any(scheme.code == kind.scheme for scheme in self.schemes):
                raise ValueError(f"task type {kind.code} names a scheme that is not there")
        if set(self.panels) != set(PanelKind):
            raise ValueError("a rule set has rules for each kind of panel")
        return self

    def scheme(self, code: str) -> Scheme:
        return _coded(self.schemes, code)

    def scheme_for(self, task_type: str) -> Scheme:
        """The scoring scheme that a task of this type is judged by."""
        return self.scheme(_coded(self.task_types, task_type).scheme)

    def rate(self, code: str) -> Rate:
        """A rate by its code; a panel's fees are "<panel>_<seat>" and "<panel>_review_<reviewer|member>"."""
        return _coded(self.rates, code)

    def limit(self, code: str) -> Term:
        return _coded(self.limits, code).term

    def documents_for(self, task_type: str, *, recommended: bool = False) -> tuple[RequiredDocument, ...]:
        """The papers asked for: with the application, or (`recommended`) those due only after the recommendation."""
        return tuple(
            paper for paper in self.documents
            if paper.only_after_recommendation == recommended and (not paper.task_types or task_type in paper.task_types)
        )

    def conflict(self, kind: str, panel: str, seat: str = Seat.MEMBER) -> ConflictRule | None:
        """What this tie does to this seat of this panel; None when the rule set says nothing about it."""
        return next(
            (rule for rule in self.conflicts if rule.kind == kind and panel in rule.panels and seat in rule.seats), None
        )

    def source(self, path: str) -> Source:
        """Where the value at a path such as "count.pass_mark" or "rates.pi_month.amount" comes from."""
        if source := nearest(self.sources, path):
            return source
        root = path.split(".")[0]
        if root in Rules.model_fields and root not in self.model_fields_set:  # a rule set kept before this rule was known
            return Source(basis=_("Mặc định của hệ thống"), tag="D", unverified=True)
        raise KeyError(path)


def rules_of(content: dict[str, Any] | str) -> Rules:
    """The rules out of a rule set's stored JSON. Raises pydantic's ValidationError when they are not sound."""
    return _read(content if isinstance(content, str) else json.dumps(content))


@lru_cache(maxsize=64)
def _read(text: str) -> Rules:
    return Rules.model_validate_json(text)


def _coded(items: tuple[Any, ...], code: str) -> Any:
    for item in items:
        if item.code == code:
            return item
    raise KeyError(code)
