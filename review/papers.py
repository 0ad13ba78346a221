"""What a judge may read of an application. Blindness is decided here, in the query, and nowhere else.

Read is what was handed in (the snapshot), never the application's own rows. Before accepting: title and summary,
names struck out. After accepting: everything, or, where the rule set hides names, everything but who stands behind it.
"""

import json
from dataclasses import dataclass, field

from grants.people.tables import Person
from grants.proposals.names import names_behind, struck, struck_out
from grants.shell.database import rows
from review.tables import Ballot

WHO = ["lead", "lead_organisation", "signatory", "team", "partners", "documents"]  # documents carry names on every page


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
        SELECT s.content->>'title' AS title, s.blind_title, s.content->>'summary' AS summary, b.state IN ('accepted', 'given') AS whole,
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
        names = await names_behind(await snapshot(ballot))
        return Papers(row["blind_title"], struck(row["summary"], names), row["whole"], struck_out(content, names))
    return Papers(row["title"], row["summary"], row["whole"], content)


async def headed(ballot: Ballot, *, names_hidden: bool) -> Papers:
    """Of the application that its judge has accepted only the title: what the ballot itself is headed with."""
    found = await rows(
        "SELECT CASE WHEN $2 THEN blind_title ELSE content->>'title' END AS title FROM submission WHERE proposal = $1 "
        "ORDER BY number DESC LIMIT 1", ballot.proposal, names_hidden,
    )
    return Papers(found[0]["title"], "", whole=False)


async def snapshot(ballot: Ballot) -> str:
    """Everything that was handed in, as JSON; never leaves this module."""
    return (await rows("SELECT content FROM submission WHERE proposal = $1 ORDER BY number DESC LIMIT 1", ballot.proposal))[0]["content"]
