"""A working-out of who reviews what."""

from enum import StrEnum

from piccolo.columns import JSONB, Date, Integer, Timestamptz, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from grants.people.tables import Person
from grants.shell.tables import belongs_to, may_belong_to, one_of
from review.tables import Panel


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
