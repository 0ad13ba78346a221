"""The audit trail as it is read: who may see which events, one event in words, how far the chain of seals reaches."""

import json

from piccolo.columns.combination import Combinable

from grants.desk.deeds import field
from grants.people.people import holds
from grants.people.tables import Person, Role
from grants.shell.database import rows
from grants.shell.events import Event
from grants.shell.language import _

ADMINISTERED = ["person", "membership", "organisation", "succession", "rule_set", "duty", "holiday", "field", "expense_group"]


def seen_by(person: Person) -> Combinable:
    """The auditor sees every event; an administrator those of what they administer: nothing written, judged or paid."""
    if holds(person, Role.AUDITOR):
        return Event.id > 0
    return Event.thing.is_in(ADMINISTERED) if holds(person, Role.ADMIN) else Event.id < 0


def visible_to(person: Person):
    return Event.objects().where(seen_by(person))


def changes(event: Event) -> list[tuple[str, str, str]]:
    """Each field with what it held before and after, as it is kept."""
    return [(field(name), shown(before), shown(after)) for name, (before, after) in json.loads(event.changed).items()]


def facts(event: Event) -> list[tuple[str, str]]:
    return [(field(name), shown(value)) for name, value in json.loads(event.facts).items()]


def shown(value: object) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("có") if value else _("không")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


async def who(event: Event) -> str:
    found = await rows("SELECT full_name, email FROM person WHERE id = $1", event.by) if event.by else []
    return f"{found[0]['full_name']} ({found[0]['email']})" if found else _("Hệ thống")


async def seal_of(event: Event) -> dict | None:
    """The seal that binds an event: its number, moment and hash; None while it waits for the next seal."""
    found = await rows("SELECT id, at, hash FROM seal WHERE $1 = ANY (events) ORDER BY id LIMIT 1", event.id)
    return found[0] if found else None


async def reach() -> dict:
    """How far the chain of seals reaches: seals, sealed events, events that wait, the last seal."""
    found = await rows(
        """
        SELECT (SELECT count(*) FROM seal) AS seals, (SELECT count(*) FROM event) AS events,
               (SELECT coalesce(sum(cardinality(events)), 0)::bigint FROM seal) AS sealed, s.at, s.hash
        FROM (SELECT 1) one LEFT JOIN (SELECT at, hash FROM seal ORDER BY id DESC LIMIT 1) s ON true
        """
    )
    return found[0]
