"""What the leader's overview counts on, kept as it happens so that no page ever counts the applications."""

from piccolo.columns import Integer, Varchar
from piccolo.table import Table

from grants.calls.tables import Call
from grants.proposals.tables import Proposal
from grants.shell.tables import belongs_to, one_of


class Tally(Table, tablename="proposal_tally"):
    """So many applications more (or fewer) of a call in a state; the sum over the rows is how many there are.

    Rows are only added, by the database's own trigger, so that nobody waits for a shared counter; the worker sums them up.
    """

    call = belongs_to(Call)
    state = Varchar(20)
    n = Integer()

    known_state = one_of("state", Proposal.State)
