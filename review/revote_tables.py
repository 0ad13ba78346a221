"""What is kept of a vote taken anew: the decision that ordered it, and the standings it sets aside."""

from piccolo.columns import Boolean, Date, Timestamptz, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from grants.people.tables import Person
from grants.proposals.tables import Objection
from grants.shell.tables import belongs_to
from review.tables import Panel, Standing


class Revote(Table):
    """The decision by which a panel's vote is taken anew because an objection holds. The application cannot alter it.

    `successor` votes anew: the same members without the one concerned, or a council of its own.
    """

    objection = belongs_to(Objection, unique=True)
    panel = belongs_to(Panel)
    successor = belongs_to(Panel, unique=True)
    same_council = Boolean()
    decision_number = Varchar(60)
    decided_on = Date(default=None)
    reason = Varchar(500)
    by = belongs_to(Person)
    at = Timestamptz()

    another_panel = Check("panel <> successor")
    ordered_by_decision = Check("decision_number <> '' AND reason <> ''")


class SetAside(Table):
    """A standing that no longer counts because the vote is taken anew; ballots, count and minutes stay as they were. Only added."""

    revote = belongs_to(Revote)
    standing = belongs_to(Standing, unique=True)
