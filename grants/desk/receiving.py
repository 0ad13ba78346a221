"""Calls that take applications now, on the desk of whoever may write one and has none in it yet."""

from grants.calls import calls
from grants.people.tables import Person
from grants.rules import rules
from grants.shell.changes import now
from grants.shell.database import rows
from grants.shell.dates import left, show_deadline
from grants.shell.language import either, language

MOST = 5


async def for_person(person: Person) -> list[dict]:
    """Each: code, title, the deadline in words and how long there still is, where it is read and where one starts."""
    if not calls.may_apply(person):
        return []
    found = await rows(
        """
        SELECT c.id, c.code, c.title, c.title_en, c.deadline FROM call c
        WHERE c.state = 'published' AND c.opens_at <= $2 AND c.deadline >= $2
            AND NOT EXISTS (SELECT FROM proposal p WHERE p.call = c.id AND p.lead = $1 AND p.state <> 'withdrawn')
        ORDER BY c.deadline, c.id LIMIT $3
        """,
        person.id, now(), MOST,
    )
    days = await rules.calendar() if found else None
    return [
        {
            "code": one["code"], "title": either(one["title"], one["title_en"]), "due": show_deadline(one["deadline"], language()),
            "left": left(one["deadline"], now(), days, language()), "href": f"/calls/{one['id']}",
            "start": f"/calls/{one['id']}/application",
        }
        for one in found
    ]
