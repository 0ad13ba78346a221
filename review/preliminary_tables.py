"""What is kept of a ballot that was handed in before the session, whatever its member scores after the discussion."""

from piccolo.columns import JSONB, Integer, Text, Timestamptz
from piccolo.table import Table

from grants.shell.tables import belongs_to
from review.tables import Ballot


class Preliminary(Table, tablename="preliminary_score"):
    """A ballot as it was handed in before the session: total, points and comments by criterion, written review. Only added."""

    ballot = belongs_to(Ballot, unique=True)
    total = Integer()
    points = JSONB()
    comments = JSONB()
    review = Text()
    given_at = Timestamptz()
