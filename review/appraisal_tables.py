"""The budget appraisal: its team and the lines it changes."""

from enum import StrEnum

from piccolo.columns import BigInt, Boolean, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from grants.people.tables import Person
from grants.proposals.tables import BudgetLine, Proposal
from grants.shell.tables import belongs_to, may_belong_to, one_of


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
