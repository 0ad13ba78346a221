"""What of an agreement may be amended, by the rules that the call has pinned and by how the project is paid."""

from grants.people.people import person, titled
from grants.people.tables import Obligation, Person
from grants.projects import extensions, projects
from grants.projects.tables import Amendment, Project
from grants.proposals.openings import ENOUGH, OWED
from grants.proposals.tables import TeamMember
from grants.shell.changes import require
from grants.shell.database import rows
from grants.shell.language import _

Kind = Amendment.Kind
FIXED = (Kind.TITLE, Kind.OBJECTIVE, Kind.PRODUCTS)  # never of a lump sum to the final product (TTLT 27/2015 Đ6)


async def method_of(project: Project) -> str:
    """How the agreement pays, as the budget has it written down; empty where nothing is."""
    found = await rows("SELECT method FROM payment_terms WHERE project = $1", project.id)
    return found[0]["method"] if found else ""


def offered(method: str) -> list[Kind]:
    """The kinds of amendment that this way of paying leaves open."""
    return [
        kind for kind in Kind
        if not (kind in FIXED and method == "lump_sum_full") and (kind != Kind.BUDGET or method in ("lump_sum_full", "lump_sum_partial"))
    ]


async def require_possible(project: Project, row: Amendment) -> None:
    """The rule of the amendment's kind; asked when it is asked for and again when it is decided."""
    method = await method_of(project)
    require(row.kind not in FIXED or method != "lump_sum_full", _(
        "Nhiệm vụ khoán đến sản phẩm cuối cùng: tên, mục tiêu, sản phẩm, tổng kinh phí và phương thức khoán không được điều chỉnh."))
    require(row.kind in offered(method), _("Chỉ điều chỉnh giữa các mục khi hợp đồng ghi phương thức khoán."))
    if row.kind == Kind.EXTENSION:
        await extensions.require_within_rules(project, row)
    elif row.kind == Kind.LEAD:
        await require_fit_to_lead(project, row.lead)
    else:
        require(row.was and row.becomes, _("Hãy ghi nội dung hiện nay và nội dung đề nghị."), "becomes")
        require(row.was != row.becomes, _("Nội dung đề nghị giống nội dung hiện nay."), "becomes")


async def successors(project: Project) -> list[tuple[int, str]]:
    """Who may take the project over: the others of its team who have joined, as they are written."""
    found = await rows(
        "SELECT DISTINCT w.id, w.full_name, w.academic_rank, w.degree FROM team_member t JOIN person w ON w.id = t.person "
        "WHERE t.proposal = $1 AND t.joined_at IS NOT NULL AND w.id <> $2 AND w.closed_at IS NULL ORDER BY w.full_name, w.id",
        project.proposal, project.lead,
    )
    return [(row.pop("id"), titled(Person(**row))) for row in found]


async def require_fit_to_lead(project: Project, lead: int | None) -> None:
    """A lead person comes out of the team, has the degree the rules ask for and is not barred by what they owe."""
    joined = (TeamMember.proposal == project.proposal) & (TeamMember.person == lead) & TeamMember.joined_at.is_not_null()
    require(lead and lead != project.lead and await TeamMember.exists().where(joined), _(
        "Chủ nhiệm mới phải là thành viên khác của nhóm thực hiện."), "lead")
    await rows("SELECT FROM person WHERE id = $1 FOR NO KEY UPDATE", lead)  # not put in the lead of two projects at once
    new = await person(lead)
    require(new.closed_at is None, _("Tài khoản của người này đã khoá."), "lead")
    eligibility = (await projects.rules_of(project)).eligibility
    enough = not new.degree or new.academic_rank or new.degree in ENOUGH[eligibility.pi_minimum_degree]
    require(enough, _("Học vị của người này chưa đạt mức tối thiểu của bộ quy tắc."), "lead")
    kinds = [OWED[code].value for code in eligibility.bars_on("pi")]
    owed = await Obligation.objects().where(
        (Obligation.person == lead) & Obligation.kind.is_in(kinds) & Obligation.settled_on.is_null()
    ).order_by(Obligation.id).first()
    require(owed is None, _("Người này chưa được chủ trì: {subject}.").format(subject=owed.subject if owed else ""), "lead")


async def originally(project: Project) -> tuple[str, str]:
    """Title and lead person as the application was awarded, in words."""
    found = await rows(
        "SELECT p.title, w.full_name, w.academic_rank, w.degree FROM proposal p JOIN person w ON w.id = p.lead WHERE p.id = $1",
        project.proposal,
    )
    title = found[0].pop("title")
    return title, titled(Person(**found[0]))
