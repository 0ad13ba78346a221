"""What waits for a person: one small query a kind of work, all of a person's kinds asked in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from grants.desk.kinds import EVERYBODY, MOST, OF_ROLE
from grants.desk.work import Work
from grants.people.people import today
from grants.people.tables import Person, Role
from grants.rules import rules
from grants.shell.changes import Refused, now
from grants.shell.database import rows
from grants.shell.dates import VIETNAM, Calendar, day_of, end_of, left, local, show_deadline
from grants.shell.language import _, language


@dataclass(frozen=True)
class Waiting:
    """One line of «Việc cần làm»."""

    what: str
    href: str
    about: str
    waiting: str
    moment: datetime | None
    due: str | None
    left: str | None
    late: bool


def kinds_of(person: Person) -> list[Work]:
    """The kinds of work that may wait for a person: everybody's, then those of their roles."""
    held = {post.role for post in person.posts}
    return [*EVERYBODY, *(work for role in Role if role in held for work in OF_ROLE.get(role, ()))]


async def for_person(person: Person) -> list[Waiting]:
    """What waits for a person, the nearest deadline first, what has none last."""
    kinds = kinds_of(person)
    found = await rows(statement(kinds), person.id, now(), today(), offices_of(person))
    if not found:
        return []
    calendar = await rules.calendar()
    limits = await limits_in_force() if any(kinds[row["kind"]].limit for row in found) else {}
    lines = [line(kinds[row["kind"]], row, calendar, limits) for row in found]
    return sorted(lines, key=lambda one: (one.moment is None, one.moment or now()))


def statement(kinds: Sequence[Work]) -> str:
    """The kinds' queries as one. $1 the person, $2 now, $3 today, $4 the organisations they are finance officer for."""
    about = "about_en" if language() == "en" else "about"
    parts = [
        f"(SELECT {n} AS kind, one.id, one.{about} AS about, one.n, one.waiting, one.due, count(*) OVER () - {MOST} AS more, "
        f"row_number() OVER (ORDER BY one.due NULLS LAST, one.id) AS place "
        f"FROM ({work.sql}) AS one ORDER BY one.due NULLS LAST, one.id LIMIT {MOST})"
        for n, work in enumerate(kinds)
    ]
    return "WITH typed AS (SELECT $1::int, $2::timestamptz, $3::date, $4::int[]) " + " UNION ALL ".join(parts)


def offices_of(person: Person) -> list[int]:
    return [post.organisation for post in person.posts if post.role == Role.FINANCE]


async def limits_in_force() -> dict:
    """The time limits of the rules in force today, by code; none before the first rule set is loaded."""
    try:
        return {limit.code: limit.term for limit in (await rules.pinned((await rules.in_force(today())).id)).limits}
    except Refused:
        return {}


def line(work: Work, row: dict, calendar: Calendar, limits: dict) -> Waiting:
    moment = due(work, row["due"], calendar, limits)
    whole_day = moment is not None and local(moment).time() >= time(23, 59)
    about = _(work.about).format(about=row["about"], n=row["n"])
    if row["place"] == MOST and row["more"] > 0:
        about = _("{about} (và {more} việc nữa như vậy)").format(about=about, more=row["more"])
    return Waiting(
        what=_(work.what), href=work.href.format(id=row["id"]), waiting=row["waiting"] or (_(work.waiting) if work.waiting else ""),
        about=about, moment=moment,
        due=show_deadline(day_of(moment) if whole_day else moment, language()) if moment else None,
        left=left(moment, now(), calendar, language()) if moment else None, late=bool(moment and moment < now()),
    )


def due(work: Work, start: datetime | None, calendar: Calendar, limits: dict) -> datetime | None:
    """The deadline itself, or the end of the rule set's time limit that runs from it."""
    if start is None or not work.limit:
        return start.astimezone(VIETNAM) if start else None
    term = limits.get(work.limit)
    return end_of(calendar.due(day_of(start), term.value, term.unit)) if term else None
