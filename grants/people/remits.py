"""Which role may be held for which organisation: for every one of a kind, or for one that a document names."""

from datetime import date

from grants.people import people
from grants.people.tables import Membership, Organisation, Person, Remit, Role
from grants.shell.changes import add, changing, require
from grants.shell.database import rows
from grants.shell.language import _

NAMED_AT_MOST = 6


async def bodies(role: Role, on: date) -> list[dict]:
    """The organisations of a day for which the role may be held on it: id, name, name_en, in Vietnamese order."""
    return await rows(
        """
        SELECT o.id, o.name, o.name_en FROM organisation o
        WHERE o.valid_from <= $2 AND (o.valid_to IS NULL OR o.valid_to >= $2) AND EXISTS (
            SELECT FROM remit r WHERE r.role = $1 AND r.valid_from <= $2 AND (r.valid_to IS NULL OR r.valid_to >= $2)
            AND (r.kind = o.kind OR r.organisation = o.id))
        ORDER BY o.sort_key, o.id
        """,
        role.value, on,
    )


async def require_remit(role: Role, organisation: Organisation, on: date) -> None:
    """Refuse a role that makes no sense for the organisation on the day, and say for which it does."""
    fitting = await bodies(role, on)
    named = "; ".join(one["name"] for one in fitting[:NAMED_AT_MOST]) + ("; …" if len(fitting) > NAMED_AT_MOST else "")
    require(
        any(one["id"] == organisation.id for one in fitting),
        _("Vai trò «{role}» không giao cho {organisation}. Vai trò này chỉ giao cho: {fitting}.").format(
            role=_(people.ROLES[role]), organisation=organisation.name, fitting=named or _("chưa có tổ chức nào")),
    )


async def entrust(role: Role, organisation: Organisation, *, since: date, document: str, by: Person | None) -> Remit:
    """From a day on, people may hold the role for this organisation, on the strength of a document.

    `by=None` is the system, which lays down reference data; otherwise an administrator, or who entrusts a budget stream.
    """
    there = (Remit.role == role) & (Remit.organisation == organisation.id) & (Remit.valid_from <= since) & Remit.valid_to.is_null()
    return await Remit.objects().where(there).first() or await add(
        Remit(role=role, kind="", organisation=organisation.id, valid_from=since, document=document), by=by, did="entrusted"
    )


async def assign(role: Role, organisation: Organisation, *, since: date, document: str, by: Person) -> Remit:
    """An administrator writes down that an organisation was given a task."""
    require(people.holds(by, Role.ADMIN), _("Chỉ quản trị hệ thống mới ghi tổ chức."))
    return await entrust(role, organisation, since=since, document=document, by=by)


async def end(remit: Remit, *, by: Person) -> None:
    """The organisation has the task no longer; roles still held for it must be ended first."""
    require(people.holds(by, Role.ADMIN), _("Chỉ quản trị hệ thống mới ghi tổ chức."))
    async with changing(remit, by=by, did="ended") as remit:
        require(remit.organisation and remit.valid_to is None, _("Nhiệm vụ này đã kết thúc."))
        held = people.current_posts() & (Membership.role == remit.role) & (Membership.organisation == remit.organisation)
        require(not await Membership.exists().where(held), _("Còn người giữ vai trò này cho tổ chức; hãy kết thúc vai trò của họ trước."))
        remit.valid_to = max(people.today(), remit.valid_from)


async def of(organisation: int) -> list[dict]:
    """The tasks an organisation has by name, today's first: id, role, valid_from, valid_to, document."""
    return await rows(
        "SELECT id, role, valid_from, valid_to, document FROM remit WHERE organisation = $1 ORDER BY valid_to IS NOT NULL, valid_from, id",
        organisation,
    )
