"""Letters as their reader sees them: unread first on the desk, marked as read by their reader and nobody else."""

from grants.people.tables import Person
from grants.shell.changes import now
from grants.shell.database import rows
from grants.shell.language import either
from grants.shell.tables import Letter


def of(person: Person):
    """The letters to a person, the newest first."""
    return Letter.objects().where(Letter.person == person.id).order_by(Letter.id, ascending=False)


async def unread(person: Person, most: int = 5) -> tuple[list[dict], int]:
    """The newest unread letters and how many there are."""
    found = await rows(
        "SELECT id, subject, subject_en, link, written_at, count(*) OVER () AS n FROM letter WHERE person = $1 AND read_at IS NULL "
        "ORDER BY id DESC LIMIT $2",
        person.id, most,
    )
    found = [one | {"subject": either(one["subject"], one["subject_en"])} for one in found]
    return found, found[0]["n"] if found else 0


async def mark_read(*, by: Person, letter: int | None = None) -> None:
    """Mark one letter, or all, as read. A letter to somebody else stays as it is."""
    await rows(
        "UPDATE letter SET read_at = $2 WHERE person = $1 AND read_at IS NULL AND ($3::int IS NULL OR id = $3)", by.id, now(), letter
    )
