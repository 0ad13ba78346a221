"""Posts: who gets which role for which organisation, and when it ends."""

from datetime import date

from grants.people import people, remits
from grants.people.organisations import named
from grants.people.people import holds
from grants.people.tables import Membership, Organisation, Person, Role
from grants.shell import sessions
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB
from grants.shell.language import _


def can_appoint(by: Person) -> bool:
    return holds(by, Role.ADMIN)


async def appoint(
    person: Person, role: Role, organisation: Organisation, *, by: Person, position: str = "", since: date
) -> Membership:
    """Give a person a role for an organisation that may have it, from a day on; the person signs in anew."""
    require(can_appoint(by), _("Chỉ quản trị hệ thống mới giao vai trò."))
    require(by.id != person.id, _("Không ai tự giao vai trò cho mình."))
    await remits.require_remit(role, organisation, since)
    async with DB.transaction():
        post = Membership(
            person=person.id, organisation=organisation.id, role=role, position=position, valid_from=since
        )
        await add(post, by=by, did="appointed")
        await sessions.close_all(person.id)
    return post


async def dismiss(post: Membership, *, by: Person, on: date) -> None:
    """End a post: on this day, which means from now on, or at the end of a day to come; the person signs in anew."""
    require(can_appoint(by), _("Chỉ quản trị hệ thống mới kết thúc vai trò."))
    async with changing(post, by=by, did="dismissed") as post:
        require(post.ended_at is None and (post.valid_to is None or on < post.valid_to), _("Vai trò này đã kết thúc."))
        require(on >= post.valid_from, _("Ngày kết thúc phải sau ngày bắt đầu."))
        post.valid_to, post.ended_at = on, (now() if on <= people.today() else None)
        await sessions.close_all(post.person)


async def first_administrator(email: str, organisation: str) -> Membership:
    """Make a registered person the first administrator, for the office (by its name) that runs the system.

    Only while there is none; raises `Refused` otherwise.
    """
    async with DB.transaction():
        person = await people.by_email(email)
        require(person and person.confirmed_at, _("Chưa có tài khoản đã xác nhận với địa chỉ này."))
        require(not await people.holding(Role.ADMIN), _("Đã có quản trị hệ thống; người ấy giao vai trò cho người khác."))
        body = await Organisation.objects().where(Organisation.name == organisation).first()
        if body is None:
            body = named(Organisation(
                name=organisation, short_name=organisation[:60], name_en=organisation,
                kind=Organisation.Kind.DEPARTMENT, valid_from=people.today(),
            ))
            await add(body, by=None, did="recorded")
        post = Membership(person=person.id, organisation=body.id, role=Role.ADMIN, valid_from=people.today())
        return await add(post, by=None, did="appointed")
