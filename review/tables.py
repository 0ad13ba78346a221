"""Panels with their seats and reviewers, conflicts waived and declared, ballots and standings, the session, its minutes."""

from enum import StrEnum

from piccolo.columns import JSONB, Boolean, Date, Integer, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from grants.calls.tables import Call
from grants.people.tables import Organisation, Person
from grants.projects.tables import Project
from grants.proposals.tables import Proposal
from grants.rules.tables import RuleSet
from grants.shell.tables import belongs_to, may_belong_to, one_of


class Panel(Table):
    """A council: it advises on a call's applications, on suggested topics, or on a finished project.

    Its rules are those the call pinned; a topic council, which has no call, pins its own. One that `repeats` another's vote
    judges only the applications whose standing was set aside.
    """

    class State(StrEnum):
        FORMING = "forming"
        INVITED = "invited"
        IN_SESSION = "in_session"
        COUNTED = "counted"
        CLOSED = "closed"

    call = may_belong_to(Call)
    project = may_belong_to(Project)
    rule_set = may_belong_to(RuleSet)
    repeats = may_belong_to("Panel")
    kind = Varchar(20, default="selection")
    name = Varchar(300)
    decision_number = Varchar(60)
    decided_on = Date(null=True, default=None)
    meets_at = Timestamptz(null=True, default=None)
    place = Varchar(300)
    state = Varchar(20, default=State.FORMING, index=True)
    officer = belongs_to(Person)
    opened_at = Timestamptz(null=True, default=None)
    counted_at = Timestamptz(null=True, default=None)
    closed_at = Timestamptz(null=True, default=None)

    known_state = one_of("state", State)
    known_kind = Check("kind IN ('topic', 'selection', 'final_evaluation')")
    about_something = Check("call IS NOT NULL OR (kind = 'topic' AND rule_set IS NOT NULL)")
    final_has_project = Check("(kind = 'final_evaluation') = (project IS NOT NULL)")
    founded_by_decision = Check("state = 'forming' OR (decision_number <> '' AND decided_on IS NOT NULL)")


class Seat(Table):
    """A person's place in a panel. `represents`: the agency or user whose representative they are; an expert represents nobody."""

    class Part(StrEnum):
        CHAIR = "chair"
        VICE_CHAIR = "vice_chair"
        SECRETARY = "secretary"
        MEMBER = "member"

    panel = belongs_to(Panel)
    person = belongs_to(Person)
    part = Varchar(12, default=Part.MEMBER)
    present = Boolean(null=True, default=None)
    remote = Boolean(default=False)
    delegation = Varchar(60)
    represents = may_belong_to(Organisation)

    known_part = one_of("part", Part)
    one_seat_each = Unique([panel, person])


class AssignedReviewer(Table):
    """A member who writes the in-depth review of one application (ủy viên phản biện)."""

    panel = belongs_to(Panel)
    proposal = belongs_to(Proposal)
    person = belongs_to(Person)

    one_review_each = Unique([panel, proposal, person])


class Waiver(Table):
    """The officer lets someone sit in spite of a conflict, where the rule set allows it, and says why."""

    panel = belongs_to(Panel)
    person = belongs_to(Person)
    proposal = belongs_to(Proposal)
    kind = Varchar(30)
    reason = Varchar(500)
    by = belongs_to(Person)
    at = Timestamptz()

    one_waiver_each = Unique([panel, person, proposal, kind])
    waived_with_reason = Check("reason <> ''")


class Interest(Table):
    """What an expert declares about one application: a conflict, or that there is none."""

    person = belongs_to(Person)
    proposal = belongs_to(Proposal)
    conflict = Boolean()
    fact = Varchar(500)
    declared_at = Timestamptz()

    one_declaration_each = Unique([person, proposal])
    says_why = Check("NOT conflict OR fact <> ''")


class Ballot(Table):
    """One member's judgement of one application: offered, accepted or declined, scored, handed in once.

    `number` is drawn by lot at the count; the count sheet knows the ballot by it and by nothing else.
    """

    class State(StrEnum):
        OFFERED = "offered"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        GIVEN = "given"

    panel = belongs_to(Panel)
    proposal = belongs_to(Proposal)
    judge = belongs_to(Person)
    assigned_reviewer = Boolean(default=False)
    state = Varchar(10, default=State.OFFERED, index=True)
    reason = Varchar(500)
    review = Text()
    total = Integer(null=True, default=None)
    number = Integer(null=True, default=None)
    offered_at = Timestamptz()
    answered_at = Timestamptz(null=True, default=None)
    saved_at = Timestamptz(null=True, default=None)
    given_at = Timestamptz(null=True, default=None)

    known_state = one_of("state", State)
    one_ballot_each = Unique([panel, proposal, judge])
    one_ballot_a_number = Unique([panel, proposal, number])
    given_has_total = Check("(state = 'given') = (total IS NOT NULL AND given_at IS NOT NULL)")
    declined_says_why = Check("state <> 'declined' OR reason <> ''")


class Score(Table):
    """The points of one criterion on one ballot."""

    ballot = belongs_to(Ballot)
    criterion = Integer()
    points = Integer(null=True, default=None)
    comment = Text()

    one_score_a_criterion = Unique([ballot, criterion])
    not_negative = Check("points IS NULL OR points BETWEEN 0 AND 100")


class Standing(Table):
    """Where an application stands after the count, with every step of it. The application cannot alter it."""

    panel = belongs_to(Panel)
    proposal = belongs_to(Proposal)
    rank = Integer(null=True, default=None)
    mean = Varchar(40, null=True, default=None)
    score = Varchar(40, null=True, default=None)
    shown = Varchar(12)
    recommended = Boolean()
    steps = JSONB()
    reasons = JSONB()

    one_standing_each = Unique([panel, proposal])


class Teller(Table):
    """A member of the counting board (ban kiểm phiếu) that the session elects; the first one heads it."""

    panel = belongs_to(Panel)
    person = belongs_to(Person)

    one_place_on_the_board = Unique([panel, person])


class Motion(Table):
    """A conclusion that the session voted on. The application cannot alter it. `carried`: empty where no rule says when."""

    panel = belongs_to(Panel)
    words = Text()
    yes = Integer()
    no = Integer()
    abstained = Integer()
    carried = Boolean(null=True, default=None)
    at = Timestamptz()
    by = belongs_to(Person)

    says_what = Check("words <> '' AND yes >= 0 AND no >= 0 AND abstained >= 0")


class Dissent(Table):
    """A member's opinion that differs from the council's and is kept with it (ý kiến bảo lưu). The application cannot alter it."""

    panel = belongs_to(Panel)
    person = belongs_to(Person)
    words = Text()
    at = Timestamptz()
    by = belongs_to(Person)

    says_what = Check("words <> ''")


class Reminder(Table):
    """That a member was reminded of an open ballot or review, or their officer told: each once."""

    panel = belongs_to(Panel)
    person = belongs_to(Person)
    step = Varchar(12)
    at = Timestamptz()

    known_step = Check("step IN ('before', 'after', 'officer')")
    each_step_once = Unique([panel, person, step])


class Answer(Table):
    """What a team answers to the reviews of its application, once, where the rules have that step."""

    proposal = belongs_to(Proposal, unique=True)
    panel = belongs_to(Panel)
    words = Text()
    at = Timestamptz()
    by = belongs_to(Person)

    says_something = Check("words <> ''")


class Minutes(Table):
    """The minutes of a session, generated from the vote and then locked. The application cannot alter them."""

    panel = belongs_to(Panel, unique=True)
    content = JSONB()
    locked_at = Timestamptz()
    locked_by = belongs_to(Person)
