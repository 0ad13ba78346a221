"""Projects: how one begins with its award, who may see it, its legal moves and who keeps its file."""

from collections.abc import Callable
from datetime import date

from piccolo.columns import ForeignKey
from piccolo.columns.combination import Combinable
from piccolo.query import Objects

from grants.people import people
from grants.people.people import holds, today
from grants.people.tables import Organisation, Person, Role
from grants.projects import obligations
from grants.projects.tables import Project, Slice
from grants.proposals.tables import Proposal, TeamMember
from grants.rules import rules
from grants.rules.content import Rules
from grants.shell import mail
from grants.shell.changes import add, require
from grants.shell.database import DB, rows
from grants.shell.dates import add_months, budget_year
from grants.shell.language import N_, _
from grants.shell.text import fold

State = Project.State

NEXT = {
    State.AWARDED: {State.RUNNING, State.TERMINATED},
    State.RUNNING: {State.SUSPENDED, State.EVALUATED, State.TERMINATED},
    State.SUSPENDED: {State.RUNNING, State.TERMINATED},
    State.EVALUATED: {State.REGISTERED, State.CLOSED},
    State.REGISTERED: {State.SETTLED},
    State.SETTLED: {State.CLOSED},
    State.CLOSED: set(),
    State.TERMINATED: {State.CLOSED},
}
WORDS = {
    State.AWARDED: (N_("Chờ ký hợp đồng"), "warn"),
    State.RUNNING: (N_("Đang thực hiện"), "progress"),
    State.SUSPENDED: (N_("Tạm dừng"), "warn"),
    State.EVALUATED: (N_("Đã nghiệm thu"), "progress"),
    State.REGISTERED: (N_("Đã đăng ký kết quả"), "good"),
    State.SETTLED: (N_("Đã quyết toán"), "good"),
    State.CLOSED: (N_("Đã thanh lý"), "good"),
    State.TERMINATED: (N_("Chấm dứt"), "bad"),
}
SEE_ALL = (Role.OFFICER, Role.FINANCE, Role.TREASURER, Role.LEADER, Role.AUDITOR)
A_YEAR = 12  # months
CODE = "DL-{year}-{number:03d}"


def label(state: str) -> str:
    """The state in the office's words."""
    return _(WORDS[State(state)][0])


def status(state: str) -> tuple[str, str]:
    """The state in words with its tone, as lists and tags show it."""
    return label(state), WORDS[State(state)][1]


def move(project: Project, to: State) -> None:
    require(
        to in NEXT[State(project.state)],
        _("Nhiệm vụ đang ở bước «{now}», không thể chuyển sang «{to}».").format(now=label(project.state), to=label(to)),
    )
    project.state = to


def seen_by(person: Person) -> Combinable | None:
    """Offices that answer for projects see all (None: no condition); others those they lead, work in or sign for."""
    if holds(person, *SEE_ALL):
        return None
    signs_for = [post.organisation for post in person.posts if post.role == Role.SIGNATORY]
    teams = TeamMember.select(TeamMember.proposal).where(
        (TeamMember.person == person.id) & TeamMember.joined_at.is_not_null()
    )
    own = (Project.lead == person.id) | Project.proposal.is_in(teams)
    return own | Project.lead_organisation.is_in(signs_for) if signs_for else own


def answered_for(person: Person, project: ForeignKey) -> Combinable:
    """The rows of other tables, by their column of the project, whose project a person leads or signs for."""
    signs_for = [post.organisation for post in person.posts if post.role == Role.SIGNATORY]
    own = project.lead == person.id
    return own | project.lead_organisation.is_in(signs_for) if signs_for else own


def visible_to(person: Person) -> Objects:
    """The projects a person may know exist. Every page loads through this."""
    condition = seen_by(person)
    return Project.objects() if condition is None else Project.objects().where(condition)


async def locked(id: int) -> Project:
    """The project, held till the end of the transaction, so that what hangs on it is changed one at a time."""
    return await Project.objects().where(Project.id == id).lock_rows("NO KEY UPDATE").first()


def keeps(person: Person, project: Project) -> bool:
    """Whether the person keeps the project's file for the office: an officer, never of a project one leads oneself."""
    return holds(person, Role.OFFICER) and project.lead != person.id


async def can_write(person: Person, project: Project) -> bool:
    """The lead person and the team's editors write what a project reports; who led it before only reads."""
    if project.lead == person.id:
        return True
    return await TeamMember.exists().where(
        (TeamMember.proposal == project.proposal) & (TeamMember.person == person.id)
        & TeamMember.joined_at.is_not_null() & (TeamMember.access == TeamMember.Access.EDITOR)
    )


async def rules_of(project: Project) -> Rules:
    """The rules that the project's call has pinned; later ones never re-judge it."""
    pinned = f"SELECT {rules.WRITTEN} FROM rule_set r JOIN call c ON c.rule_set = r.id JOIN proposal p ON p.call = c.id WHERE p.id = $1"
    return await rules.as_written(**(await rows(pinned, project.proposal))[0])


async def tell(project: Project, subject: Callable[[], str], body: Callable[[], str], *, link: str = "") -> None:
    """Tell the lead person and whoever signs for the lead organisation today."""
    signing = await people.holding(Role.SIGNATORY, project.lead_organisation)
    readers = {one.id: one for one in [await people.person(project.lead), *signing]}
    for reader in readers.values():
        await mail.tell(reader, subject, body, link=link or f"/projects/{project.id}")


async def officer_of(project: Project) -> Person:
    """The officer who answers for the project: the one of its call."""
    found = await rows("SELECT c.officer FROM proposal p JOIN call c ON c.id = p.call WHERE p.id = $1", project.proposal)
    return await people.person(found[0]["officer"])


def require_lately(on: date, at: str) -> None:
    """A decision is written down within a year of its day; a day further back is a slip in its year."""
    require(on > add_months(today(), -A_YEAR), _("Ngày này cách hôm nay quá một năm; hãy xem lại năm."), at)


async def begin(
    proposal: Proposal, *, amount: int, slices: list[tuple[int, str, int]], by: Person
) -> Project:
    """A project exists from the award on: `amount` đồng approved, by (year, source, đồng); its lead person leads it.

    Called by the award, in its transaction; who may award is the award's rule. Raises `Refused` when it exists already.
    """
    require(
        amount > 0 and sum(part for _year, _source, part in slices) == amount,
        _("Các phần theo năm và nguồn phải cộng lại bằng số được duyệt."),
    )
    async with DB.transaction():
        await rows("SELECT pg_advisory_xact_lock(hashtext('project.code'))")
        require(not await Project.exists().where(Project.proposal == proposal.id), _("Hồ sơ này đã có nhiệm vụ."))
        project = Project(
            proposal=proposal.id, code=await next_code(), title=proposal.title, title_en=proposal.title_en,
            summary=proposal.summary, lead=proposal.lead, lead_organisation=proposal.lead_organisation, approved=amount,
        )
        project.folded = await folded(project)
        await add(project, by=by, did="began")
        for year, source, part in slices:
            if part:
                await add(Slice(project=project.id, year=year, source=source, approved=part), by=by, did="apportioned")
        await obligations.owe(
            obligations.Kind.LEADING_PROJECT, project, due=today(), by=by, organisation=False
        )
    return project


async def next_code() -> str:
    """The next number of this award year; the caller holds the lock that hands numbers out one by one."""
    year = budget_year(today())
    first = CODE.format(year=year, number=0)[:-3]
    taken = await rows("SELECT max(substr(code, $2)::int) AS last FROM project WHERE starts_with(code, $1)", first, len(first) + 1)
    return CODE.format(year=year, number=(taken[0]["last"] or 0) + 1)


async def folded(project: Project) -> str:
    """What a search finds a project by: code, titles, lead person and lead organisation, without accents."""
    lead = await Person.objects().get(Person.id == project.lead)
    organisation = await Organisation.objects().get(Organisation.id == project.lead_organisation)
    return fold(f"{project.code} {project.title} {project.title_en} {lead.full_name} {organisation.name} {organisation.short_name}")
