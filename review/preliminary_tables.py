"""What is kept of a ballot that was handed in before the session, whatever its member says after the discussion."""

from piccolo.columns import JSONB, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from grants.shell.tables import belongs_to
from review.matter_tables import Vote
from review.tables import Ballot


class Preliminary(Table, tablename="preliminary_score"):
    """A ballot as it was handed in before the session: total, points and comments by criterion, written review. Only added."""

    ballot = belongs_to(Ballot, unique=True)
    total = Integer()
    points = JSONB()
    comments = JSONB()
    review = Text()
    given_at = Timestamptz()


class PreliminaryVote(Table, tablename="preliminary_vote"):
    """A vote on a topic or a project as it was handed in before the session: what was found, its verdict, its review. Only added."""

    vote = belongs_to(Vote, unique=True)
    content = JSONB()
    verdict = Varchar(12)
    reasons = JSONB()
    review = Text()
    given_at = Timestamptz()
