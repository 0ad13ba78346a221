"""Organisations: how one is found, and which ones it succeeded."""

from grants.people.tables import Organisation
from grants.shell.database import rows
from grants.shell.text import collate_key, fold


def named(organisation: Organisation) -> Organisation:
    """Set the keys by which lists sort an organisation and searches find it."""
    organisation.folded = fold(f"{organisation.name} {organisation.short_name} {organisation.name_en}")[:700]
    organisation.sort_key = collate_key(organisation.name)[:600]
    return organisation


async def choices() -> list[tuple[str, str]]:
    """Organisations of today for a selection: (id, name) in Vietnamese order."""
    found = await rows(
        "SELECT id, name FROM organisation WHERE valid_to IS NULL AND kind <> 'federation' ORDER BY sort_key, id"
    )
    return [(str(row["id"]), row["name"]) for row in found]


async def lineage(ids: list[int]) -> set[int]:
    """The organisations with all their predecessors and successors."""
    found = await rows(
        """
        WITH RECURSIVE line AS (
            SELECT unnest($1::int[]) AS id
            UNION
            SELECT CASE WHEN s.predecessor = line.id THEN s.successor ELSE s.predecessor END
            FROM line JOIN succession s ON line.id IN (s.predecessor, s.successor)
        ) SELECT id FROM line
        """,
        ids,
    )
    return {row["id"] for row in found}
