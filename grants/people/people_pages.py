"""The administrator's pages: people with their roles, accounts closed and reopened; organisations with their succession."""

from datetime import date
from functools import partial
from typing import Annotated

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from piccolo.columns.combination import Combinable
from piccolo.querystring import QueryString
from pydantic import AfterValidator, Field

from grants.people import accounts, organisations, people, posts, remits
from grants.people.tables import Membership, Organisation, Person, Remit, Role
from grants.shell.database import rows
from grants.shell.forms import Day, Form, Line, MaybeLine, Typed, above
from grants.shell.language import N_, _, either
from grants.shell.lists import Column, Filter, Listing, chosen, search
from grants.shell.text import read_tax_code
from grants.shell.web import Id, page, see, submitted

KINDS = {
    Organisation.Kind.GOVERNMENT: N_("Uỷ ban nhân dân"), Organisation.Kind.DEPARTMENT: N_("Sở, ngành"),
    Organisation.Kind.UNIT: N_("Đơn vị trực thuộc"), Organisation.Kind.UNIVERSITY: N_("Trường đại học, cao đẳng"),
    Organisation.Kind.INSTITUTE: N_("Viện nghiên cứu"), Organisation.Kind.HOSPITAL: N_("Bệnh viện"),
    Organisation.Kind.CENTRE: N_("Trung tâm"), Organisation.Kind.ENTERPRISE: N_("Doanh nghiệp"),
    Organisation.Kind.COOPERATIVE: N_("Hợp tác xã"), Organisation.Kind.ASSOCIATION: N_("Hội"),
    Organisation.Kind.FEDERATION: N_("Liên hiệp hội"), Organisation.Kind.TREASURY: N_("Kho bạc"),
}


# --- people ----------------------------------------------------------------------------------------------------------

def roles_in_words(kept: str | None) -> str:
    return ", ".join(_(people.ROLES[Role(role)]) for role in (kept or "").split(",") if role)


def account_status(state: str) -> tuple[str, str]:
    return {
        "open": (_("Đang dùng"), "good"), "unconfirmed": (_("Chưa xác nhận thư"), "warn"), "closed": (_("Đã khoá"), "neutral"),
    }[state]


def in_state(state: str) -> Combinable | None:
    return {
        "open": Person.closed_at.is_null() & Person.confirmed_at.is_not_null(),
        "unconfirmed": Person.closed_at.is_null() & Person.confirmed_at.is_null(),
        "closed": Person.closed_at.is_not_null(),
    }.get(state)


def holding(role: str) -> Combinable | None:
    if role == "none":
        return Person.id.not_in(Membership.select(Membership.person).where(people.current_posts()))
    held = Membership.select(Membership.person).where(people.current_posts() & (Membership.role == role))
    return Person.id.is_in(held) if role in set(Role) else None


ROLES_ON = """(SELECT string_agg(DISTINCT m.role, ',' ORDER BY m.role) FROM membership m WHERE m.person = person.id
    AND m.ended_at IS NULL AND m.valid_from <= {} AND (m.valid_to IS NULL OR m.valid_to >= {}))"""
STATE = "CASE WHEN person.closed_at IS NOT NULL THEN 'closed' WHEN person.confirmed_at IS NULL THEN 'unconfirmed' ELSE 'open' END"


def everybody(today: date) -> Listing:
    """All people, with the roles they hold today in Đắk Lắk (the database's own day is another one until 7 in the morning)."""
    return Listing(
        "nguoi-dung", Person,
        [
            Column("name", N_("Họ và tên"), Person.full_name, sort_by=Person.sort_key),
            Column("email", N_("Địa chỉ thư"), Person.email),
            Column("roles", N_("Vai trò hôm nay"), QueryString(ROLES_ON, today, today), says=roles_in_words, sortable=False),
            Column("state", N_("Tài khoản"), QueryString(STATE), "status", says=account_status, sortable=False),
        ],
        order="name",
        filters=[
            search(Person.folded),
            Filter("role", N_("Vai trò"), holding, lambda: [
                *((role.value, _(words)) for role, words in people.ROLES.items()), ("none", _("Chưa có vai trò")),
            ]),
            Filter("state", N_("Tài khoản"), in_state, lambda: [(s, account_status(s)[0]) for s in ("open", "unconfirmed", "closed")]),
        ],
        href=lambda row: f"/people/{row['id']}", extra=[Person.id],
    )


@get("/people")
async def people_list(request: Request) -> Response:
    return await everybody(people.today()).answer(request, Person.id > 0, "people/list.html")


def role_options() -> list[tuple[str, str]]:
    return [(role.value, _(words)) for role, words in people.ROLES.items()]


def unchosen() -> tuple[str, str]:
    """The first line of a choice that nobody should make by leaving it as it stands."""
    return "", _("Hãy chọn")


class Appointment(Form):
    role: Role
    organisation: Annotated[int, Field(gt=0, lt=2**31)]
    position: Annotated[MaybeLine, Field(max_length=200)] = ""
    since: Day


class Ending(Form):
    on: Day


class Lost(Form):
    reason: Annotated[Line, Field(max_length=300)]


async def known(id: int) -> Person:
    if await Person.exists().where(Person.id == id):
        return await people.person(id)
    raise NotFoundException


async def person_page(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    """A person with all posts, of today and before."""
    person = await known(id)
    held = await rows(
        "SELECT m.id, m.role, o.id AS organisation, o.name, o.name_en, m.position, m.valid_from, m.valid_to, m.ended_at FROM membership m "
        "JOIN organisation o ON o.id = m.organisation WHERE m.person = $1 ORDER BY m.valid_to IS NOT NULL, m.valid_from DESC, m.id",
        person.id,
    )
    return page(
        "people/person.html", person=person, posts=[one | {"role": _(people.ROLES[Role(one["role"])])} for one in held], form=form,
        roles=[unchosen(), *role_options()], organisations=[unchosen(), *await organisations.all_of_today()], either=either,
        has_second_factor=bool(person.totp),
        may_change=posts.can_appoint(request.user) and request.user.id != person.id, state=account_status(state_of(person)),
        today=people.today(), titled=people.titled(person), status_code=status_code,
    )


def state_of(person: Person) -> str:
    return "closed" if person.closed_at else "open" if person.confirmed_at else "unconfirmed"


@get("/people/{id:int}")
async def one_person(request: Request, id: Id) -> Template:
    return await person_page(request, id, Typed({"since": people.today()}))


@post("/people/{id:int}/posts")
async def appoint(request: Request, id: Id) -> Template | Redirect:
    person = await known(id)

    async def give(*, by: Person, role: Role, organisation: int, **typed) -> None:
        await posts.appoint(person, role, await organisations.of_today(organisation), by=by, **typed)

    return await submitted(request, Appointment, give, shown=partial(person_page, request, id), to=f"/people/{id}", at="organisation")


@post("/people/{id:int}/posts/{post:int}/end")
async def dismiss(request: Request, id: Id, post: Id) -> Template | Redirect:
    held = await Membership.objects().where((Membership.id == post) & (Membership.person == id)).first()
    if held is None:
        raise NotFoundException

    async def again(typed: Typed, status_code: int) -> Template:
        return await person_page(request, id, Typed({"since": people.today()}, above(typed).errors), status_code)

    return await submitted(request, Ending, partial(posts.dismiss, held), shown=again, to=f"/people/{id}")


@post("/people/{id:int}/second-factor/reset")
async def reset_second_factor(request: Request, id: Id) -> Template | Redirect:
    reset, again = partial(accounts.reset_second_factor, await known(id)), partial(person_page, request, id)
    return await submitted(request, Lost, reset, shown=again, to=f"/people/{id}", at="reason")


@post("/people/{id:int}/closing")
async def close(request: Request, id: Id) -> Redirect:
    await accounts.close(await known(id), by=request.user)
    return see(f"/people/{id}")


@post("/people/{id:int}/reopening")
async def reopen(request: Request, id: Id) -> Redirect:
    await accounts.reopen(await known(id), by=request.user)
    return see(f"/people/{id}")


# --- organisations ---------------------------------------------------------------------------------------------------

PREDECESSORS = """(SELECT string_agg(o.short_name, ', ' ORDER BY o.sort_key) FROM succession s JOIN organisation o ON o.id = s.predecessor
    WHERE s.successor = organisation.id)"""
SUCCESSORS = """(SELECT string_agg(o.short_name, ', ' ORDER BY o.sort_key) FROM succession s JOIN organisation o ON o.id = s.successor
    WHERE s.predecessor = organisation.id)"""
BODIES = Listing(
    "to-chuc", Organisation,
    [
        Column("name", N_("Tổ chức"), Organisation.name, sort_by=Organisation.sort_key, english=Organisation.name_en),
        Column("kind", N_("Loại"), Organisation.kind, says=lambda kind: _(KINDS[kind])),
        Column("valid_from", N_("Từ ngày"), Organisation.valid_from, "date"),
        Column("valid_to", N_("Đến ngày"), Organisation.valid_to, "date"),
        Column("before", N_("Tiếp nhận từ"), QueryString(PREDECESSORS), sortable=False),
        Column("after", N_("Chuyển cho"), QueryString(SUCCESSORS), sortable=False),
    ],
    order="name",
    filters=[
        search(Organisation.folded),
        chosen("kind", N_("Loại"), Organisation.kind, lambda: [(kind.value, _(words)) for kind, words in KINDS.items()]),
        Filter("time", N_("Thời gian"), lambda value: {
            "now": people.visible_organisations(), "past": Organisation.valid_to < people.today()
        }.get(value), lambda: [("now", _("Đang hoạt động")), ("past", _("Đã kết thúc"))]),
    ],
    href=lambda row: f"/organisations/{row['id']}", extra=[Organisation.id],
)


@get("/organisations")
async def organisation_list(request: Request) -> Response:
    return await BODIES.answer(request, Organisation.id > 0, "people/organisations.html", may_add=posts.can_appoint(request.user))


def code_of_tax(typed: str) -> str:
    return read_tax_code(typed) if typed else ""


class NewOrganisation(Form):
    name: Line
    short_name: Annotated[Line, Field(max_length=60)]
    name_en: MaybeLine = ""
    kind: Organisation.Kind
    tax_code: Annotated[MaybeLine, Field(max_length=20), AfterValidator(code_of_tax)] = ""
    address: MaybeLine = ""
    valid_from: Day


class Task(Form):
    role: Role
    since: Day
    paper: Annotated[Line, Field(max_length=200)]


class Takeover(Form):
    successor: Annotated[int, Field(gt=0, lt=2**31)]
    on: Day
    document: Annotated[Line, Field(max_length=200)]


@get("/organisations/new")
async def new_organisation(request: Request) -> Template:
    return await adding(Typed({"valid_from": people.today()}))


async def adding(form: Typed, status_code: int = 200) -> Template:
    return page(
        "people/organisation_new.html", form=form, kinds=[(kind.value, _(words)) for kind, words in KINDS.items()], status_code=status_code
    )


@post("/organisations")
async def add_organisation(request: Request) -> Template | Redirect:
    return await submitted(
        request, NewOrganisation, organisations.record, shown=adding, to=lambda made: f"/organisations/{made.id}", at="name"
    )


async def organisation_of(id: int) -> Organisation:
    if found := await Organisation.objects().where(Organisation.id == id).first():
        return found
    raise NotFoundException


async def organisation_page(request: Request, id: int, form: Typed, status_code: int = 200) -> Template:
    body = await organisation_of(id)
    line = await rows(
        """
        SELECT s."on", s.document, s.predecessor = $1 AS gave, o.id, o.name, o.name_en FROM succession s
        JOIN organisation o ON o.id = CASE WHEN s.predecessor = $1 THEN s.successor ELSE s.predecessor END
        WHERE $1 IN (s.predecessor, s.successor) ORDER BY s."on", s.id
        """,
        id,
    )
    return page(
        "people/organisation.html", body=body, kind=_(KINDS[body.kind]), line=line, either=either, form=form,
        may_change=posts.can_appoint(request.user) and body.valid_to is None,
        organisations=[unchosen(), *await organisations.all_of_today()],
        tasks=[one | {"role": _(people.ROLES[Role(one["role"])])} for one in await remits.of(id)], roles=[unchosen(), *role_options()],
        status_code=status_code,
    )


@get("/organisations/{id:int}")
async def one_organisation(request: Request, id: Id) -> Template:
    return await organisation_page(request, id, Typed({"on": people.today(), "since": people.today()}))


@post("/organisations/{id:int}/tasks")
async def assign_task(request: Request, id: Id) -> Template | Redirect:
    body = await organisation_of(id)

    async def assign(*, by: Person, role: Role, since: date, paper: str) -> None:
        await remits.assign(role, body, since=since, document=paper, by=by)

    return await submitted(request, Task, assign, shown=partial(organisation_page, request, id), to=f"/organisations/{id}", at="role")


@post("/organisations/{id:int}/tasks/{task:int}/end")
async def end_task(request: Request, id: Id, task: Id) -> Redirect:
    remit = await Remit.objects().where((Remit.id == task) & (Remit.organisation == id)).first()
    if remit is None:
        raise NotFoundException
    await remits.end(remit, by=request.user)
    return see(f"/organisations/{id}")


@post("/organisations/{id:int}/succession")
async def succeed(request: Request, id: Id) -> Template | Redirect:
    body = await organisation_of(id)

    async def hand_over(*, by: Person, successor: int, **typed) -> None:
        await organisations.succeed(body, await organisations.of_today(successor, "successor"), by=by, **typed)

    again = partial(organisation_page, request, id)
    return await submitted(request, Takeover, hand_over, shown=again, to=f"/organisations/{id}", at="successor")


ROUTES = [
    people_list, one_person, appoint, dismiss, close, reopen, organisation_list, one_organisation, new_organisation, add_organisation,
    succeed, assign_task, end_task, reset_second_factor,
]
