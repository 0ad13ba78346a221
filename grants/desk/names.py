"""What each thing in the audit trail is called, so that no reader needs its internal number; and which things a search means.

A thing has a name of its own (a person, a call's code, an application's number), or it is called by what it belongs to.
"""

from collections.abc import Iterable
from functools import cache

from piccolo.columns import BigInt, ForeignKey, Integer
from piccolo.table import Table

from budget import ledger, streams
from budget.tables import Stage
from grants.piccolo_app import APP_CONFIG
from grants.shell.database import rows
from grants.shell.language import _
from grants.shell.searches import patterns

Thing = tuple[str, int]  # table, id
TABLES: dict[str, type[Table]] = {table._meta.tablename: table for table in APP_CONFIG.table_classes}
REQUEST = "ĐN-"
# The name of a thing, as SQL over the row {t}, where it is not simply its name, title, code or file name.
NAMED = {
    "person": "{t}.full_name",
    "call": "{t}.code",
    "proposal": "coalesce(nullif({t}.reference, ''), {t}.title)",
    "project": "{t}.code",
    "estimate": "{t}.year::text",
    "budget_year": "{t}.year::text",
    "payment": f"'{REQUEST}' || lpad({{t}}.id::text, 5, '0')",
    "ledger_account": "concat_ws('|', {t}.stage, {t}.stream, {t}.year, (SELECT c.code FROM call c WHERE c.id = {t}.call), "
                      "(SELECT p.reference FROM proposal p WHERE p.id = {t}.proposal))",
    "ledger_entry": "concat_ws('|', {t}.kind, {t}.document_number)",
    "duty": "{t}.stream",
    "opinion": "'YK-' || lpad({t}.id::text, 5, '0')",
    "approval_threshold": "concat_ws(' · ', nullif({t}.stream, ''), {t}.post)",
    "fee": "(SELECT full_name FROM person WHERE id = {t}.person)",
    "matter": "coalesce((SELECT code FROM project WHERE id = {t}.project), (SELECT title FROM topic WHERE id = {t}.topic))",
    "holiday": "to_char({t}.day, 'DD/MM/YYYY')",
}
OWN = ("name", "title", "code", "filename")
# A thing is called by the first of these it belongs to; one that has a name of its own by the first of the heads, and that name.
OF = (
    "pay_list", "pay_line",
    "proposal", "project", "call", "panel", "estimate", "ballot", "appraisal", "settlement", "fund_loan", "recovery", "payment", "report",
    "payment_terms", "treasury_file", "person", "expert", "organisation", "fund", "ledger_account", "budget_line",
)
HEADS = 5


@cache
def references(table: str) -> dict[str, str]:
    """The columns of a table that name another thing: column → table."""
    if table not in TABLES:
        return {}
    return {
        column._meta.name: column._foreign_key_meta.resolved_references._meta.tablename
        for column in TABLES[table]._meta.columns if isinstance(column, ForeignKey)
    }


@cache
def plain_columns(table: str) -> frozenset[str]:
    """The columns of a table that hold a value of their own: not the number of another thing's row, as far as their kind says."""
    columns = TABLES[table]._meta.columns if table in TABLES else []
    return frozenset(
        column._meta.name for column in columns if not isinstance(column, ForeignKey | Integer) or isinstance(column, BigInt)
    )


@cache
def called(table: str, alias: str = "t", depth: int = 0) -> str:
    """The name of a row of a table as SQL; NULL where it has none."""
    if table in NAMED:
        return NAMED[table].format(t=alias)
    columns = {column._meta.name for column in TABLES[table]._meta.columns}
    own = next((f'{alias}."{name}"' for name in OWN if name in columns), None)
    there = {target: column for column, target in reversed(references(table).items()) if target != table}
    target = next((one for one in (OF[:HEADS] if own else OF) if one in there), None)
    if depth > 3 or target is None:
        return own or "NULL"
    inner = f"{alias}{depth}"
    whose = f'(SELECT {called(target, inner, depth + 1)} FROM "{target}" {inner} WHERE {inner}.id = {alias}."{there[target]}")'
    return f"concat_ws(' · ', {whose}, {own})" if own else whose


def in_words(table: str, name: str) -> str:
    """The name as people read it: the parts of an account and an entry are codes."""
    if table == "ledger_account":
        stage, stream, *rest = name.split("|")
        return " · ".join([_(ledger.STAGES[Stage(stage)]), streams.label(stream), *rest])
    if table == "ledger_entry":
        kind, *rest = name.split("|")
        return " ".join([_(ledger.KINDS[ledger.Kind(kind)]), *rest])
    return streams.label(name) if table == "duty" else name


def reference_of(table: str, name: str) -> str | None:
    """The table that a field of an event names a row of: by the thing's own column, or as the same word means everywhere.

    A column of the thing's own that is an amount, a count or a text names nothing, whatever the word means elsewhere.
    """
    if name in plain_columns(table):
        return None
    return references(table).get(name) or (name if name in TABLES else meant_everywhere().get(name))


@cache
def meant_everywhere() -> dict[str, str]:
    """Words that name rows of one table wherever they are a column: a judge is a person."""
    found: dict[str, set[str]] = {}
    for table in TABLES:
        for column, target in references(table).items():
            found.setdefault(column, set()).add(target)
    return {column: targets.pop() for column, targets in found.items() if len(targets) == 1}


async def names(wanted: Iterable[Thing]) -> dict[Thing, str]:
    """The names of things, in one statement; what is not there any more has none."""
    by_table: dict[str, list[int]] = {}
    for table, id in wanted:
        if table in TABLES and type(id) is int:  # a bool is an int too
            by_table.setdefault(table, []).append(id)
    if not by_table:
        return {}
    parts = [
        f"SELECT '{table}' AS thing, t.id::bigint AS id, {called(table)}::text AS name FROM \"{table}\" t "
        f"WHERE t.id = ANY (string_to_array(${n}, ',')::bigint[])"  # as text: the driver asks the server what an array is
        for n, table in enumerate(by_table, start=1)
    ]
    found = await rows(" UNION ALL ".join(parts), *(",".join(map(str, ids)) for ids in by_table.values()))
    return {(row["thing"], row["id"]): in_words(row["thing"], row["name"]) for row in found if row["name"]}


# --- what a search means ---------------------------------------------------------------------------------------------

SEARCHED = ("proposal", "project", "call", "person", "organisation", "output", "right", "transfer")
PERSONAL = ("membership", "profile", "expert", "tie", "obligation")  # a person's roles, profile, place among the experts


@cache
def belonging() -> list[tuple[str, str]]:
    """(table, what it belongs to): what is an application's, a project's or a call's, and what is a person's own."""
    held = [(table, column) for table in TABLES for column, target in references(table).items()
            if column == target and target in ("proposal", "project", "call") and table != "proposal_tally"]
    return held + [(table, "person") for table in PERSONAL]


def meant(typed: str) -> tuple[str, list[str]] | None:
    """A condition on events (SQL with {} for its values): done to what a search means, or to what belongs to it.

    Applications, projects, calls, people, organisations and results are found by number, code, title or name.
    """
    wanted = patterns(typed)
    if not wanted:
        return None
    every_word = " AND ".join("folded LIKE {}" for _one in wanted)
    found = " UNION ALL ".join(f"SELECT '{table}' AS thing, id::bigint AS id FROM \"{table}\" WHERE {every_word}" for table in SEARCHED)
    return touching(found), wanted * len(SEARCHED)


def touching(found: str) -> str:
    """A condition on events: done to these things (SQL that selects thing and id), or to what belongs to them."""
    theirs = "".join(
        f" UNION ALL SELECT '{table}', b.id::bigint FROM \"{table}\" b "
        f"WHERE b.\"{owner}\" IN (SELECT id FROM found WHERE thing = '{owner}')"
        for table, owner in belonging()
    )
    return f"(event.thing, event.thing_id) IN (WITH found AS MATERIALIZED ({found}) SELECT thing, id FROM found{theirs})"
