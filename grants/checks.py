"""`python -m grants check`: every invariant, the audit trail against the rows as they stand, and the chain of seals."""

from piccolo.table import Table

from grants.invariants import ALL
from grants.piccolo_app import APP_CONFIG
from grants.shell import events
from grants.shell.database import DB, rows
from grants.shell.events import SECRET

SHOWN = 20
NOT_AUDITED = {"session", "link", "attempt", "letter", "event", "seal", "ledger_account", "ledger_turnover", "proposal_tally"}
# Reference data comes with the product, before anybody could have done anything.
CAME_WITH_THE_PRODUCT = {"rule_set", "expense_group", "field", "holiday", "right_term", "classification", "budget_ground", "year_day",
                         "remit"}
OF_HISTORY = (
    "every row is what its events say", "every row was begun by an event", "every row that was begun is there or was removed by an event",
    "the chain of seals holds",
)


def count() -> int:
    """How many invariants there are."""
    return len(ALL) + len(OF_HISTORY)


async def problems() -> list[str]:
    """A sentence for everything that does not hold; empty when all is well."""
    found = []
    async with DB.transaction():
        await rows("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        await rows("SET LOCAL statement_timeout = '10min'")
        for one in ALL:
            wrong = await rows(f"SELECT DISTINCT id FROM ({one.sql}) AS wrong ORDER BY id LIMIT {SHOWN}")
            if wrong:
                found.append(f"{one.name}: not so for {', '.join(str(row['id']) for row in wrong)}")
        for table in audited():
            found += await against_the_trail(table)
        found += [f"the chain of seals holds: {problem}" for problem in await events.verify()]
    return found


def audited() -> list[type[Table]]:
    """The tables whose every change passes through an event."""
    return [table for table in APP_CONFIG.table_classes if table._meta.tablename not in NOT_AUDITED]


# The last value of each field that the events of a thing tell, as one object.
SAID = """
    WITH said AS (
        SELECT thing_id, jsonb_object_agg(key, after) AS state FROM (
            SELECT DISTINCT ON (e.thing_id, c.key) e.thing_id, c.key, c.value->1 AS after
            FROM event e, jsonb_each(e.changed) AS c WHERE e.thing = '{name}' ORDER BY e.thing_id, c.key, e.id DESC
        ) AS last GROUP BY thing_id
    )
"""
# A field that no event speaks of was empty from the start, unless the row is older than its trail.
ALTERED = SAID + """
    SELECT t.id, string_agg(now.key, ', ' ORDER BY now.key) AS fields
    FROM "{name}" AS t JOIN said ON said.thing_id = t.id,
        LATERAL (SELECT to_jsonb(jsonb_populate_record(NULL::"{name}", said.state)) AS state) AS kept,
        LATERAL jsonb_each(to_jsonb(t) - $1::text[]) AS now
    WHERE now.value IS DISTINCT FROM kept.state->now.key
        AND (said.state ? now.key OR (said.state ? 'id' AND now.value NOT IN ('null', '""', '0', 'false', '[]', '{{}}')))
    GROUP BY t.id ORDER BY t.id LIMIT {shown}
"""
SECRETS_ALTERED = SAID + """
    SELECT t.id, '{secret}' AS fields FROM "{name}" AS t JOIN said ON said.thing_id = t.id
    WHERE said.state ? '{secret}' AND said.state->>'{secret}' <> CASE WHEN coalesce(t."{secret}", '') = '' THEN ''
        ELSE left(encode(sha256(convert_to(t."{secret}", 'UTF8')), 'hex'), 8) END
    ORDER BY t.id LIMIT {shown}
"""
SLIPPED_IN = """
    SELECT t.id FROM "{name}" AS t WHERE NOT EXISTS (SELECT FROM event e WHERE e.thing = '{name}' AND e.thing_id = t.id)
    ORDER BY t.id LIMIT {shown}
"""
TAKEN_AWAY = SAID + """
    SELECT said.thing_id AS id FROM said WHERE NOT EXISTS (SELECT FROM "{name}" AS t WHERE t.id = said.thing_id)
        AND coalesce(said.state->'id', '0') <> 'null' ORDER BY 1 LIMIT {shown}
"""


async def against_the_trail(table: type[Table]) -> list[str]:
    """What a hand in the database did to a table's rows behind the audit trail's back."""
    name = table._meta.tablename
    secrets = [column._meta.name for column in table._meta.columns if column._meta.name in SECRET]
    changed, begun, gone = OF_HISTORY[:3]
    found = [
        f"{changed}: {name} {row['id']} was altered ({row['fields']})"
        for row in await rows(ALTERED.format(name=name, shown=SHOWN), secrets)
    ]
    for secret in secrets:
        found += [
            f"{changed}: {name} {row['id']} was altered ({secret})"
            for row in await rows(SECRETS_ALTERED.format(name=name, secret=secret, shown=SHOWN))
        ]
    if name not in CAME_WITH_THE_PRODUCT:
        found += [f"{begun}: {name} {row['id']} was not" for row in await rows(SLIPPED_IN.format(name=name, shown=SHOWN))]
    found += [f"{gone}: {name} {row['id']} is gone" for row in await rows(TAKEN_AWAY.format(name=name, shown=SHOWN))]
    return found
