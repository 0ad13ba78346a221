"""How near each expert is to each application, by field codes and by words, each with its reasons (solvers/likeness.py)."""

from grants.shell.database import rows
from review import solving

SECTIONS = ["objective", "content", "method"]  # of the narrative; the rest is about people and money


async def of_applications(ids: list[int]) -> list[dict]:
    """What the likeness of these applications is read from, in this order: fields and text."""
    found = await rows(
        """
        SELECT p.id, p.field, concat_ws('. ', p.title, p.keywords, p.summary, (SELECT string_agg(s.text, '. ' ORDER BY s.code)
            FROM section s WHERE s.proposal = p.id AND s.code = ANY($2))) AS text
        FROM proposal p WHERE p.id = ANY($1)
        """,
        ids, SECTIONS,
    )
    return in_order(ids, {row["id"]: {"fields": [row["field"]] if row["field"] else [], "text": row["text"]} for row in found})


async def of_experts(ids: list[int]) -> list[dict]:
    """The same of these people: keywords, position, training, career; titles of publications, and of projects they led."""
    found = await rows(
        """
        SELECT p.id, p.fields, concat_ws('. ', p.keywords, p.position, f.training, f.career, f.publications,
            (SELECT string_agg(b.title, '. ' ORDER BY b.year DESC, b.id) FROM publication b WHERE b.person = p.id),
            (SELECT string_agg(j.title, '. ' ORDER BY j.id) FROM project j WHERE j.lead = p.id)) AS text
        FROM person p LEFT JOIN profile f ON f.person = p.id WHERE p.id = ANY($1)
        """,
        ids,
    )
    return in_order(ids, {row["id"]: {"fields": list(row["fields"] or ()), "text": row["text"]} for row in found})


def in_order(ids: list[int], found: dict[int, dict]) -> list[dict]:
    return [found[one] for one in ids]


async def likeness(applications: list[int], experts: list[int]) -> dict:
    """`value`: application × expert, 0 to 1000; `reasons`: for each application, expert's position → codes, words, both parts."""
    question = {
        "ask": "similarity", "applications": await of_applications(applications), "experts": await of_experts(experts),
        "terms": [row["name"] for row in await rows("SELECT name FROM field ORDER BY code")],
    }
    found = await solving.ask(question)
    return {"value": found["value"], "reasons": found["reasons"]}
