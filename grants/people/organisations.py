"""Organisations: how one is found, and which ones it succeeded."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from grants.people.people import holds, visible_organisations
from grants.people.tables import Organisation, Person, Role, Succession
from grants.shell.changes import add, changing, require
from grants.shell.database import DB, rows
from grants.shell.language import _
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
    return set().union(*(await lineages(ids)).values())


async def lineages(ids: Iterable[int]) -> dict[int, set[int]]:
    """Each organisation with all its predecessors and successors."""
    found = await rows(
        """
        WITH RECURSIVE line AS (
            SELECT id AS of, id FROM unnest($1::int[]) AS id
            UNION
            SELECT line.of, CASE WHEN s.predecessor = line.id THEN s.successor ELSE s.predecessor END
            FROM line JOIN succession s ON line.id IN (s.predecessor, s.successor)
        ) SELECT of, array_agg(id) AS line FROM line GROUP BY of
        """,
        list(ids),
    )
    return {row["of"]: set(row["line"]) for row in found}


async def all_of_today() -> list[tuple[str, str]]:
    """Every organisation of today, federations too, for a selection: (id, name) in Vietnamese order."""
    found = await rows("SELECT id, name FROM organisation WHERE valid_to IS NULL ORDER BY sort_key, id")
    return [(str(row["id"]), row["name"]) for row in found]


async def of_today(id: int, at: str = "organisation") -> Organisation:
    """The organisation that was chosen from today's. Raises `Refused` where it is none of them."""
    found = await Organisation.objects().where((Organisation.id == id) & visible_organisations()).first()
    require(found, _("Hãy chọn một tổ chức trong danh sách."), at)
    return found


@dataclass(frozen=True)
class Head:
    """What stands at the head of a paper: the organisation that issues it, and the one above it."""

    name: str = ""
    parent: str = ""


HEADS = """SELECT o.name, coalesce(p.name, '') AS parent FROM {}
    JOIN organisation o ON o.id = x.organisation LEFT JOIN organisation p ON p.id = o.parent """


async def head(organisation: int | None) -> Head:
    """The head of a paper of this organisation."""
    found = await rows(HEADS.format("(SELECT $1::int AS organisation) x"), organisation)
    return Head(**found[0]) if found else Head()


async def acting(role: Role, on: date, person: int | None = None) -> Head:
    """The head of a paper of whom acts in a role on a day: of this person's organisation then, else of most who held it."""
    found = await rows(
        HEADS.format("membership x") + """WHERE x.role = $1 AND x.valid_from <= $2 AND (x.valid_to IS NULL OR x.valid_to >= $2)
            GROUP BY o.id, p.id ORDER BY bool_or(x.person = $3) DESC NULLS LAST, count(*) DESC, o.id LIMIT 1""",
        role.value, on, person,
    )
    return Head(**found[0]) if found else Head()


async def record(*, by: Person, name: str, **more) -> Organisation:
    """Write down a new organisation; its name must not be one of today's. `more`: short_name, name_en, kind, tax_code, address,
    valid_from."""
    require(holds(by, Role.ADMIN), _("Chỉ quản trị hệ thống mới ghi tổ chức."))
    async with DB.transaction():
        await rows("SELECT pg_advisory_xact_lock(hashtext('organisation.name'))")
        body = named(Organisation(name=name, **more))
        there = (Organisation.name == name) & Organisation.valid_to.is_null()
        require(not await Organisation.exists().where(there), _("Tổ chức này đã có trong danh sách."))
        return await add(body, by=by, did="recorded")


async def succeed(body: Organisation, successor: Organisation, *, on: date, document: str, by: Person) -> Succession:
    """From a day on, another organisation takes over from this one, which ends the day before; posts and history stay."""
    require(holds(by, Role.ADMIN), _("Chỉ quản trị hệ thống mới ghi tổ chức."))
    require(successor.id != body.id, _("Một tổ chức không tự tiếp nhận chính mình."))
    async with DB.transaction():
        await rows("SELECT id FROM organisation WHERE id IN ($1, $2) ORDER BY id FOR NO KEY UPDATE", body.id, successor.id)
        successor = await Organisation.objects().get(Organisation.id == successor.id)
        require(successor.id not in await lineage([body.id]), _("Hai tổ chức này đã có quan hệ kế thừa."))
        require(successor.valid_to is None, _("Tổ chức tiếp nhận đã kết thúc hoạt động."))
        async with changing(body, by=by, did="succeeded") as body:
            require(body.valid_to is None, _("Tổ chức này đã kết thúc hoạt động."))
            require(on > body.valid_from, _("Ngày tiếp nhận phải sau ngày thành lập."))
            body.valid_to = date.fromordinal(on.toordinal() - 1)
            return await add(Succession(predecessor=body.id, successor=successor.id, on=on, document=document), by=by, did="recorded")
