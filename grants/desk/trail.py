"""The audit trail as it is read: who may see which events, one event in words, how far the chain of seals reaches."""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime

from piccolo.columns import BigInt, Date, Timestamptz
from piccolo.columns.combination import Combinable

from budget import (
    adjustments,
    allocations,
    clearances,
    estimates,
    fee_payments,
    ledger,
    lending,
    payments,
    recoveries,
    reservations,
    settlements,
    streams,
    treasury,
    years,
)
from grants.calls import calls
from grants.desk.deeds import field
from grants.desk.names import TABLES, names, reference_of
from grants.people.people import ROLES, holds
from grants.people.tables import Person, Role
from grants.projects import projects
from grants.proposals import drafts, proposals
from grants.shell.database import rows
from grants.shell.dates import show_date, show_time
from grants.shell.events import Event
from grants.shell.language import _, language
from grants.shell.money import show
from review import appraisals, ballots, opinions, panels, verdicts

ADMINISTERED = ["person", "membership", "organisation", "remit", "succession", "rule_set", "duty", "holiday", "field", "expense_group"]


def seen_by(person: Person) -> Combinable:
    """The auditor sees every event; an administrator those of what they administer: nothing written, judged or paid."""
    if holds(person, Role.AUDITOR):
        return Event.id > 0
    return Event.thing.is_in(ADMINISTERED) if holds(person, Role.ADMIN) else Event.id < 0


def visible_to(person: Person):
    return Event.objects().where(seen_by(person))


async def told(found: list[dict]) -> None:
    """Fill in what each event (a dict of thing, thing_id, changed, facts) was done to, before and after, in words.

    Names instead of numbers for all of them in one statement.
    """
    for one in found:
        one["changed"], one["facts"] = loaded(one["changed"]), loaded(one["facts"])
    known = await names(thing for one in found for thing in mentioned(one))
    for one in found:
        one["name"] = known.get((one["thing"], one["thing_id"]))
        one["changes"] = [
            (field(name), shown(before, one["thing"], name, known), shown(after, one["thing"], name, known))
            for name, (before, after) in one["changed"].items()
        ]
        one["more"] = [(field(name), shown(value, one["thing"], name, known)) for name, value in one["facts"].items()]


def loaded(kept: object) -> dict:
    return json.loads(kept) if isinstance(kept, str) else kept or {}


def mentioned(event: dict) -> Iterator[tuple[str, int]]:
    """The thing of an event, and every row that its fields name."""
    yield event["thing"], event["thing_id"]
    for name, values in [*event["changed"].items(), *((name, [value]) for name, value in event["facts"].items())]:
        if table := reference_of(event["thing"], name):
            for value in values:
                yield from ((table, one) for one in (value if isinstance(value, list) else [value]) if isinstance(one, int))


def shown(value: object, table: str, name: str, known: dict[tuple[str, int], str]) -> str:
    """A kept value as people read it: names, days, amounts and states in words."""
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, bool):
        return _("có") if value else _("không")
    if isinstance(value, list):
        return ", ".join(shown(one, table, name, known) for one in value)
    if isinstance(value, int) and (target := reference_of(table, name)):
        return known.get((target, value)) or f"#{value}"
    return of_its_kind(value, table, name)


def of_its_kind(value: object, table: str, name: str) -> str:
    kind = column_of(table, name)
    if isinstance(value, str) and isinstance(kind, Timestamptz):
        return show_time(datetime.fromisoformat(value), language())
    if isinstance(value, str) and isinstance(kind, Date):
        return show_date(date.fromisoformat(value), language())
    if isinstance(value, int) and (isinstance(kind, BigInt) or name == "amount"):
        return show(value, language())
    if isinstance(value, str) and (words := in_words(table, name, value)):
        return words
    if name == "role" and value in set(Role):
        return _(ROLES[Role(value)])
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def column_of(table: str, name: str):
    known = TABLES[table]._meta.columns if table in TABLES else []
    return next((column for column in known if column._meta.name == name), None)


# How the rooms call the states of their things.
STATES: dict[str, Callable[[str], str | tuple[str, str]]] = {
    "proposal": proposals.label, "project": projects.label, "call": calls.label, "allocation": allocations.label,
    "reservation": reservations.label, "payment": payments.label, "estimate": estimates.label, "adjustment": adjustments.label,
    "clearance": clearances.status, "settlement": settlements.label, "recovery": recoveries.label, "fund_loan": lending.status,
    "budget_year": years.status, "fee_payment": fee_payments.status, "panel": panels.label, "ballot": ballots.label,
    "vote": verdicts.status, "appraisal": appraisals.status, "opinion": opinions.status,
}
# The words of other codes, by column.
CODES: dict[str, dict] = {
    "team_member.part": drafts.PARTS, "team_member.access": drafts.ACCESS, "seat.part": panels.PARTS, "appraiser.part": appraisals.PARTS,
    "ledger_entry.kind": ledger.KINDS, "payment.kind": payments.KINDS, "adjustment.kind": adjustments.KINDS, "opinion.kind": opinions.KINDS,
    "treasury_file.kind": treasury.KINDS, "budget_line.source": drafts.SOURCES, "funding.source": drafts.SOURCES,
    "slice.source": drafts.SOURCES,
}


def in_words(table: str, name: str, value: str) -> str | None:
    """A code as the room of its thing says it; None where it has no words, as a state of an older version."""
    try:
        if name == "state" and table in STATES:
            said = STATES[table](value)
            return said if isinstance(said, str) else said[0]
        return streams.label(value) if name == "stream" else _(CODES[f"{table}.{name}"][value])
    except (KeyError, ValueError):
        return None


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
