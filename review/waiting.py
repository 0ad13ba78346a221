"""Whom a session waits for: the members present whose ballots are still open, and what the reader still has to hand in."""

from grants.people.tables import Person
from grants.shell.database import rows
from review.tables import Panel


def awaited(members: list[dict]) -> list[dict]:
    """Of the members (as `meetings.progress` reads them) those present with an open ballot."""
    return [one for one in members if one["present"] and one["offered"] + one["accepted"]]


async def own(panel: Panel, person: Person) -> list[dict]:
    """What a member still has to hand in for this council: href, title, title_en; an application by its blind title."""
    return await rows(
        """
        SELECT '/ballots/' || b.id AS href, s.blind_title AS title, NULL AS title_en FROM ballot b
        CROSS JOIN LATERAL (SELECT blind_title FROM submission WHERE proposal = b.proposal ORDER BY number DESC LIMIT 1) AS s
        WHERE b.panel = $1 AND b.judge = $2 AND b.state IN ('offered', 'accepted')
        UNION ALL SELECT '/votes/' || v.id, coalesce(j.title, t.title), coalesce(j.title_en, t.title_en) FROM vote v
        JOIN matter m ON m.id = v.matter LEFT JOIN topic t ON t.id = m.topic LEFT JOIN project j ON j.id = m.project
        WHERE m.panel = $1 AND v.judge = $2 AND v.state = 'accepted' ORDER BY href
        """,
        panel.id, person.id,
    )
