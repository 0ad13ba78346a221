"""Experts, panels and seats, ballots and scores, standings, minutes; the budget appraisal."""

from enum import StrEnum

from piccolo.columns import JSONB, BigInt, Boolean, Date, Integer, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from grants.calls.tables import Call, Topic
from grants.people.tables import Organisation, PayLine, Person
from grants.projects.tables import Project
from grants.proposals.tables import BudgetLine, Proposal
from grants.rules.tables import RuleSet
from grants.shell.tables import belongs_to, may_belong_to, one_of
from review.opinion_tables import Opinion


class Expert(Table):
    """A person on the roster that the federation of associations keeps."""

    person = belongs_to(Person, unique=True)
    association = belongs_to(Organisation)
    load = Integer(default=6)
    refreshed_on = Date(null=True, default=None)
    languages = Varchar(200)
    away_until = Date(null=True, default=None)
    joined_on = Date(default=None)
    retired_on = Date(null=True, default=None)
    consented_at = Timestamptz(null=True, default=None)

    sane_load = Check("load BETWEEN 0 AND 60")


class Nomination(Table):
    """The federation names an expert for a call's panel."""

    call = belongs_to(Call)
    expert = belongs_to(Expert)
    by = belongs_to(Person)
    at = Timestamptz()
    reason = Varchar(500)

    one_nomination_each = Unique([call, expert])


class NominationRequest(Table):
    """The officer asks the federation to name experts for a call's panel: at least how many, until when."""

    call = belongs_to(Call, unique=True)
    wanted = Integer()
    due = Date(default=None)
    note = Varchar(500)
    by = belongs_to(Person)
    at = Timestamptz()

    some_are_wanted = Check("wanted BETWEEN 1 AND 60")


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


class Matter(Table):
    """What a topic council or a final evaluation council judges: a suggested topic, or a finished project.

    `filed_on`: the day on which the project's final file came in.
    """

    panel = belongs_to(Panel)
    topic = may_belong_to(Topic)
    project = may_belong_to(Project)
    filed_on = Date(null=True, default=None)
    brief = Text()

    one_of_the_two = Check("(topic IS NULL) <> (project IS NULL)")
    a_topic_once = Unique([panel, topic])
    a_project_once = Unique([panel, project])


class MatterReviewer(Table):
    """A member who reviews a matter in depth (ủy viên phản biện)."""

    matter = belongs_to(Matter)
    person = belongs_to(Person)

    one_matter_review_each = Unique([matter, person])


class ProductChecker(Table):
    """A member of the expert team (tổ chuyên gia) that checks a finished project's products before the session; the first one heads it."""

    matter = belongs_to(Matter)
    person = belongs_to(Person)

    one_place_on_the_team = Unique([matter, person])


class ProductReport(Table):
    """What the expert team found, product by product, and its conclusion. The application cannot alter it."""

    matter = belongs_to(Matter, unique=True)
    found = JSONB()
    conclusion = Text()
    filed_by = belongs_to(Person)
    filed_at = Timestamptz()

    concludes = Check("conclusion <> ''")


class Vote(Table):
    """One member's ballot on a matter: what they found item by item, and the verdict that follows from it."""

    class State(StrEnum):
        OPEN = "accepted"
        DECLINED = "declined"
        GIVEN = "given"

    matter = belongs_to(Matter)
    judge = belongs_to(Person)
    state = Varchar(10, default=State.OPEN, index=True)
    assigned_reviewer = Boolean(default=False)
    content = JSONB(default="{}")
    review = Text()
    reason = Varchar(500)
    verdict = Varchar(12)
    reasons = JSONB(default="[]")
    number = Integer(null=True, default=None)
    offered_at = Timestamptz()
    saved_at = Timestamptz(null=True, default=None)
    given_at = Timestamptz(null=True, default=None)

    known_state = one_of("state", State)
    known_verdict = Check("verdict IN ('', 'favour', 'against', 'excellent', 'pass', 'fail')")
    one_vote_each = Unique([matter, judge])
    one_vote_a_number = Unique([matter, number])
    given_has_verdict = Check("(state = 'given') = (verdict <> '' AND given_at IS NOT NULL)")
    declined_vote_says_why = Check("state <> 'declined' OR reason <> ''")


class Resolution(Table):
    """What a council resolved on a matter, counted out of its votes. The application cannot alter it."""

    matter = belongs_to(Matter, unique=True)
    verdict = Varchar(12)
    present = Integer()
    tally = JSONB()
    steps = JSONB()
    at = Timestamptz()

    known_verdict = Check("verdict IN ('favour', 'against', 'excellent', 'pass', 'fail')")


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


class Fee(Table):
    """What a member is paid for a session or a review, or an expert for an opinion, by the rate table, in đồng. Never altered.

    `unverified`: the rate is marked so in the rule set.
    """

    panel = may_belong_to(Panel)
    appraisal = may_belong_to("Appraisal")
    opinion = may_belong_to(Opinion)
    person = belongs_to(Person)
    rate = Varchar(60)
    times = Integer()
    each = BigInt()
    unverified = Boolean(default=False)
    at = Timestamptz()

    of_something = Check("num_nonnulls(panel, appraisal, opinion) = 1")
    some_money = Check("times > 0 AND each > 0")
    one_panel_fee_each = Unique([panel, person, rate])
    one_appraisal_fee_each = Unique([appraisal, person, rate])
    one_opinion_fee_each = Unique([opinion, person, rate])


class ListedFee(Table):
    """That a fee stands in a pay list, in its person's line: once, for ever. The application cannot alter it."""

    fee = belongs_to(Fee, unique=True)
    line = belongs_to(PayLine)


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


class Publication(Table):
    """A publication, patent or project of an expert, as they listed it or as it was imported."""

    person = belongs_to(Person)
    year = Integer()
    title = Varchar(500)
    place = Varchar(300)
    authors = Varchar(500)
    doi = Varchar(200)
    folded = Text()

    has_title = Check("title <> '' AND year BETWEEN 1900 AND 2200")


class PayDetail(Table):
    """Where an expert is paid and how they are taxed: for who pays and themselves, for nobody else."""

    person = belongs_to(Person, unique=True)
    bank = Varchar(200)
    bank_account = Varchar(40, secret=True)
    tax_number = Varchar(14, secret=True)

    has_account = Check("bank_account <> '' AND bank <> ''")


class Minutes(Table):
    """The minutes of a session, generated from the vote and then locked. The application cannot alter them."""

    panel = belongs_to(Panel, unique=True)
    content = JSONB()
    locked_at = Timestamptz()
    locked_by = belongs_to(Person)


class Appraisal(Table):
    """The budget appraisal (thẩm định kinh phí) of one recommended application.

    `set_aside`: the vote it followed was set aside, and somebody concerned was on the team; another team appraises.
    """

    class State(StrEnum):
        OPEN = "open"
        CONCLUDED = "concluded"

    proposal = belongs_to(Proposal)
    set_aside = Boolean(default=False)
    state = Varchar(10, default=State.OPEN, index=True)
    opened_by = belongs_to(Person)
    opened_at = Timestamptz()
    concluded_at = Timestamptz(null=True, default=None)
    concluded_by = may_belong_to(Person)
    dissent = Text()

    known_state = one_of("state", State)


class Appraiser(Table):
    """A member of an appraisal team."""

    class Part(StrEnum):
        HEAD = "head"
        DEPUTY = "deputy"
        FUNDING = "funding"
        COUNCIL = "council"
        SECRETARY = "secretary"

    appraisal = belongs_to(Appraisal)
    person = belongs_to(Person)
    part = Varchar(10)
    present = Boolean(null=True, default=None)

    known_part = one_of("part", Part)
    one_appraiser_each = Unique([appraisal, person])


class LineChange(Table):
    """A change of one budget line by the appraisal team, with its reason. The application cannot alter it."""

    appraisal = belongs_to(Appraisal)
    line = belongs_to(BudgetLine)
    before = BigInt()
    after = BigInt()
    reason = Varchar(500)
    by = belongs_to(Person)
    at = Timestamptz()

    says_why = Check("reason <> '' AND after >= 0 AND after <> before")


class AssignmentRun(Table):
    """One working-out of who reviews what in depth: what was asked, what was known, what was found, whether it was put to work.

    `wanted`: the officer's wishes; `inputs`: experts, applications, likeness, limits and conflicts as they were;
    `flow`: the flow's answer while a better one is looked for; `answer`: what was found. The database keeps all four.
    `told`: vacancies that were dealt with, as [application, person].
    """

    class State(StrEnum):
        ASKED = "asked"
        SOLVING = "solving"
        SOLVED = "solved"
        FAILED = "failed"

    panel = belongs_to(Panel)
    previous = may_belong_to("AssignmentRun")
    state = Varchar(10, default=State.ASKED, index=True)
    wanted = JSONB()
    inputs = JSONB(null=True, default=None)
    flow = JSONB(null=True, default=None)
    answer = JSONB(null=True, default=None)
    seed = Integer()
    asked_by = belongs_to(Person)
    asked_at = Timestamptz()
    begun_at = Timestamptz(null=True, default=None)
    solved_at = Timestamptz(null=True, default=None)
    applied_at = Timestamptz(null=True, default=None)
    applied_by = may_belong_to(Person)
    answer_by = Date(null=True, default=None)
    told = JSONB(default="[]")

    known_state = one_of("state", State)
    solved_has_answer = Check("(state = 'solved') = (answer IS NOT NULL) AND (answer IS NULL OR inputs IS NOT NULL)")
    applied_was_solved = Check("(applied_at IS NULL) = (applied_by IS NULL) AND (applied_at IS NULL OR answer IS NOT NULL)")
