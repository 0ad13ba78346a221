"""The names behind an application, and its texts with them struck out, for whoever must not know who applied."""

import re

from grants.shell.database import rows

STRUCK = "▇▇▇"
SHORTEST_NAME = 4


async def names_behind(content: str) -> list[str]:
    """The names of people and organisations in a snapshot (its JSON), longest first. Only for striking them out."""
    found = await rows(
        """
        WITH kept AS (SELECT $1::jsonb AS content),
        people AS (SELECT (content->'lead'->>'id')::int AS id FROM kept UNION SELECT (content->'signatory'->>'id')::int FROM kept),
        bodies AS (SELECT (content->'lead_organisation'->>'id')::int AS id FROM kept
                   UNION SELECT (one->>'id')::int FROM kept, jsonb_array_elements(content->'partners') one)
        SELECT full_name AS name FROM person JOIN people USING (id)
        UNION SELECT unnest(ARRAY[name, short_name, name_en]) FROM organisation JOIN bodies USING (id)
        UNION SELECT unnest(ARRAY[one->>'full_name', one->>'organisation']) FROM kept, jsonb_array_elements(content->'team') one
        """,
        content,
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
