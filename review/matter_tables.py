"""Councils on topics and finished projects: what they judge, who checks products, their votes, what they resolve."""

from enum import StrEnum

from piccolo.columns import JSONB, Boolean, Date, Integer, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from grants.calls.tables import Topic
from grants.people.tables import Person
from grants.projects.tables import Project
from grants.shell.tables import belongs_to, may_belong_to, one_of
from review.tables import Panel


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
