"""What a judge may read of an application. Blindness is decided here, in the query, and nowhere else.

Read is what was handed in (the snapshot), never the application's own rows. Before accepting: title and summary,
names struck out. After accepting: everything, or, where the rule set hides names, everything but who stands behind it.
"""

import json
import re
from dataclasses import dataclass, field

from grants.people.tables import Person
from grants.shell.database import rows
from review.tables import Ballot

WHO = ["lead", "lead_organisation", "signatory", "team", "partners", "documents"]  # documents carry names on every page
STRUCK = "▇▇▇"
SHORTEST_NAME = 4


@dataclass(frozen=True)
class Papers:
    """The title and the summary; after accepting `whole` is true and `content` holds what else may be read."""

    title: str
    summary: str
    whole: bool
    content: dict = field(default_factory=dict)

    @property
    def named(self) -> bool:
        """Whether the judge sees who stands behind the application."""
        return "lead" in self.content


async def papers(ballot: Ballot, *, by: Person) -> Papers | None:
    """What this judge may read of the application now; None for anybody else."""
    found = await rows(
        """
        SELECT s.content->>'title' AS title, s.content->>'summary' AS summary, b.state IN ('accepted', 'given') AS whole,
               hidden.names AS names_hidden,
               CASE WHEN b.state NOT IN ('accepted', 'given') THEN '{}'
                    WHEN hidden.names THEN s.content - $3::text[] ELSE s.content END AS content
        FROM ballot b JOIN panel p ON p.id = b.panel JOIN call c ON c.id = p.call JOIN rule_set r ON r.id = c.rule_set
        JOIN submission s ON s.proposal = b.proposal
        CROSS JOIN LATERAL (SELECT (r.content->'panels'->p.kind->>'names_hidden')::bool AS names) hidden
        WHERE b.id = $1 AND b.judge = $2 ORDER BY s.number DESC LIMIT 1
        """,
        ballot.id, by.id, WHO,
    )
    if not found:
        return None
    row = found[0]
    content = json.loads(row["content"])
    if row["names_hidden"] or not row["whole"]:
        names = await names_behind(ballot)
        return Papers(struck(row["title"], names), struck(row["summary"], names), row["whole"], struck_out(content, names))
    return Papers(row["title"], row["summary"], row["whole"], content)


async def names_behind(ballot: Ballot) -> list[str]:
    """The names of people and organisations that stand in the snapshot, longest first; they never leave this module."""
    found = await rows(
        """
        WITH kept AS (SELECT content FROM submission WHERE proposal = $1 ORDER BY number DESC LIMIT 1),
        people AS (SELECT (content->'lead'->>'id')::int AS id FROM kept UNION SELECT (content->'signatory'->>'id')::int FROM kept),
        bodies AS (SELECT (content->'lead_organisation'->>'id')::int AS id FROM kept
                   UNION SELECT (one->>'id')::int FROM kept, jsonb_array_elements(content->'partners') one)
        SELECT full_name AS name FROM person JOIN people USING (id)
        UNION SELECT unnest(ARRAY[name, short_name, name_en]) FROM organisation JOIN bodies USING (id)
        UNION SELECT unnest(ARRAY[one->>'full_name', one->>'organisation']) FROM kept, jsonb_array_elements(content->'team') one
        """,
        ballot.proposal,
    )
    return sorted({row["name"] for row in found if len(row["name"] or "") >= SHORTEST_NAME}, key=lambda n: (-len(n), n))


def struck(text: str, names: list[str]) -> str:
    """The text with the names struck out."""
    if not names:
        return text
    return re.sub(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)", STRUCK, text, flags=re.IGNORECASE)


def struck_out(value: object, names: list[str]) -> object:
    """Every text in the value with the names struck out."""
    if isinstance(value, str):
        return struck(value, names)
    if isinstance(value, list):
        return [struck_out(one, names) for one in value]
    return {key: struck_out(one, names) for key, one in value.items()} if isinstance(value, dict) else value
