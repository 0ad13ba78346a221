"""Who is here and what posts they hold today."""

import json
from dataclasses import dataclass
from datetime import date

from piccolo.columns.combination import Combinable

from grants.people.tables import Membership, Organisation, Person, Role
from grants.shell import sessions
from grants.shell.changes import now
from grants.shell.database import rows
from grants.shell.dates import local
from grants.shell.language import N_, _

ROLES = {
    Role.RESEARCHER: N_("Nhà nghiên cứu"),
    Role.SIGNATORY: N_("Thủ trưởng tổ chức chủ trì"),
    Role.OFFICER: N_("Cán bộ quản lý nhiệm vụ"),
    Role.ASSOCIATION: N_("Liên hiệp hội"),
    Role.EXPERT: N_("Chuyên gia"),
    Role.FINANCE: N_("Cán bộ tài chính"),
    Role.TREASURER: N_("Kế toán thanh toán"),
    Role.LEADER: N_("Lãnh đạo tỉnh"),
    Role.AUDITOR: N_("Kiểm toán"),
    Role.ADMIN: N_("Quản trị hệ thống"),
}


@dataclass(frozen=True)
class Post:
    """A role held today for an organisation."""

    role: Role
    organisation: int
    organisation_name: str
    position: str

    @property
    def words(self) -> str:
        return _(ROLES[self.role])


WITH_POSTS = """
    SELECT p.*, {more}
        (SELECT coalesce(json_agg(json_build_array(m.role, m.organisation, o.short_name, m.position) ORDER BY m.id), '[]')
         FROM membership m JOIN organisation o ON o.id = m.organisation
         WHERE m.person = p.id AND m.ended_at IS NULL AND m.valid_from <= {day} AND (m.valid_to IS NULL OR m.valid_to >= {day})) AS posts
    FROM person p
"""


def today() -> date:
    """Today in Đắk Lắk."""
    return local(now()).date()


def with_posts(row: dict) -> Person:
    """The person of a row, holding `posts` (today's) beside the kept columns."""
    posts = json.loads(row.pop("posts"))
    person = Person(**{c._meta.name: row[c._meta.name] for c in Person._meta.columns}, _exists_in_db=True)
    person.posts = tuple(Post(Role(role), organisation, name, position) for role, organisation, name, position in posts)
    return person


async def person(id: int) -> Person:
    """A person with the posts held today."""
    found = await rows(WITH_POSTS.format(more="", day="$2") + "WHERE p.id = $1", id, today())
    return with_posts(found[0])


async def by_email(email: str) -> Person | None:
    """The person with an account under this address, open or closed."""
    found = await rows(WITH_POSTS.format(more="", day="$2") + "WHERE p.email = $1", email.strip().lower(), today())
    return with_posts(found[0]) if found else None


async def behind(token: str | None) -> Person | None:
    """The person behind a session's cookie, in one query; the person holds `session`. None when it has ended."""
    if not token:
        return None
    more = "s.id AS session, s.seen_at, s.ends_at, s.second_factor,"
    found = await rows(
        WITH_POSTS.format(more=more, day="$4")
        + "JOIN session s ON s.person = p.id WHERE s.token = $1 AND s.ends_at > $2 AND s.seen_at > $3 AND p.closed_at IS NULL",
        sessions.hashed(token), now(), now() - sessions.IDLE, today(),
    )
    if not found:
        return None
    row = found[0]
    session = {"id": row.pop("session")} | {name: row.pop(name) for name in ("seen_at", "ends_at", "second_factor")}
    await sessions.seen(session)
    who = with_posts(row)
    who.session = session
    return who


def holds(person: Person, *roles: Role) -> bool:
    """Whether the person holds one of the roles today."""
    return any(post.role in roles for post in person.posts)


def holds_for(person: Person, role: Role, organisation: int) -> bool:
    """Whether the person holds the role today for this organisation."""
    return any(post.role == role and post.organisation == organisation for post in person.posts)


async def holding(role: Role, organisation: int | None = None) -> list[Person]:
    """Everyone who holds the role today (for the organisation), with their posts; to tell them something."""
    found = await rows(
        WITH_POSTS.format(more="", day="$1")
        + """WHERE p.closed_at IS NULL AND EXISTS (SELECT FROM membership m WHERE m.person = p.id AND m.role = $2
             AND ($3::int IS NULL OR m.organisation = $3)
             AND m.ended_at IS NULL AND m.valid_from <= $1 AND (m.valid_to IS NULL OR m.valid_to >= $1))
             ORDER BY p.id""",
        today(), role.value, organisation,
    )
    return [with_posts(row) for row in found]


def titled(person: Person) -> str:
    """The name with academic rank and degree, as it is written: «PGS.TS. Nguyễn Văn An»."""
    titles = "".join(f"{title}." for title in (person.academic_rank, person.degree) if title)
    return f"{titles} {person.full_name}".strip()


async def name_of(id: int | None) -> str:
    """A person's name as it is written, empty for nobody."""
    found = await rows("SELECT academic_rank, degree, full_name FROM person WHERE id = $1", id)
    return titled(Person(**found[0])) if found else ""


def visible_organisations() -> Combinable:
    """Organisations that exist today; all of them are public."""
    return Organisation.valid_to.is_null() | (Organisation.valid_to >= today())


def current_posts() -> Combinable:
    """Posts in force now."""
    in_time = (Membership.valid_from <= today()) & (Membership.valid_to.is_null() | (Membership.valid_to >= today()))
    return Membership.ended_at.is_null() & in_time
