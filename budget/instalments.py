"""The payment schedule of an agreement: planned payments with their day and what must be done first. Amounts are đồng."""

from datetime import date

from budget import streams
from budget.payment_tables import Instalment
from grants.people.tables import Person
from grants.projects import projects
from grants.projects.tables import Milestone, Project, Report, Slice
from grants.shell.changes import add, remove, require
from grants.shell.database import DB, rows
from grants.shell.language import _
from grants.shell.money import show

PLANNED = (Project.State.RUNNING, Project.State.EVALUATED, Project.State.REGISTERED)


def can_plan(person: Person, project: Project) -> bool:
    return projects.keeps(person, project) and project.state in PLANNED


async def of(project: Project) -> list[dict]:
    """The schedule in its order: the instalment's columns, what was asked on it (not refused), and whether its condition is met."""
    return await rows(
        """
        SELECT i.*, r.number AS report_number, r.state AS report_state, m.name AS milestone_name, m.done_on,
            coalesce((SELECT sum(p.amount) FROM payment p WHERE p.instalment = i.id AND p.state <> 'refused'), 0)::bigint AS asked,
            (i.report IS NULL OR r.state = 'accepted') AND (i.milestone IS NULL OR m.done_on IS NOT NULL) AS met
        FROM instalment i LEFT JOIN report r ON r.id = i.report LEFT JOIN milestone m ON m.id = i.milestone
        WHERE i.project = $1 ORDER BY i.number
        """,
        project.id,
    )


def condition(row: dict) -> str:
    """What must be done before an instalment is payable, in words."""
    if row["report_number"] is not None:
        return _("Báo cáo số {number} được chấp nhận").format(number=row["report_number"])
    if row["milestone_name"] is not None:
        return _("Hoàn thành mốc «{name}»").format(name=row["milestone_name"])
    return _("Theo hợp đồng")


async def plan(
    project: Project, *, name: str, kind: str, stream: str, year: int, amount: int, due: date, report: int | None = None,
    milestone: int | None = None, by: Person,
) -> Instalment:
    """Add one planned payment; all of a year and stream together stay within what the award gave them."""
    require(report is None or milestone is None, _("Một đợt chỉ gắn với một báo cáo hoặc một mốc."))
    async with DB.transaction():
        project = await projects.locked(project.id)
        require(can_plan(by, project), _("Chỉ cán bộ quản lý nhiệm vụ ghi lịch cấp kinh phí, khi hợp đồng còn hiệu lực."))
        await require_own(project, report, milestone)
        planned = await of(project)
        approved = await Slice.objects().where((Slice.project == project.id) & (Slice.year == year) & (Slice.source == stream)).first()
        left = (approved.approved if approved else 0) - sum(
            one["amount"] for one in planned if (one["stream"], one["year"]) == (str(stream), year)
        )
        require(
            0 < amount <= left,
            _("Năm {year}, «{stream}» chỉ còn {left} chưa đưa vào lịch.").format(year=year, stream=streams.label(stream), left=show(left)),
        )
        row = Instalment(
            project=project.id, number=max((one["number"] for one in planned), default=0) + 1, name=name, kind=kind, stream=stream,
            year=year, amount=amount, due=due, report=report, milestone=milestone,
        )
        return await add(row, by=by, did="planned")


async def require_own(project: Project, report: int | None, milestone: int | None) -> None:
    own_report = report is None or await Report.exists().where((Report.id == report) & (Report.project == project.id))
    own_milestone = milestone is None or await Milestone.exists().where((Milestone.id == milestone) & (Milestone.project == project.id))
    require(own_report and own_milestone, _("Báo cáo hoặc mốc này không thuộc nhiệm vụ."))


async def strike(instalment: Instalment, *, by: Person) -> None:
    """Take a planned payment away on which nothing was asked for."""
    async with DB.transaction():
        project = await projects.locked(instalment.project)
        require(can_plan(by, project), _("Chỉ cán bộ quản lý nhiệm vụ ghi lịch cấp kinh phí, khi hợp đồng còn hiệu lực."))
        there = next((one for one in await of(project) if one["id"] == instalment.id), None)
        require(there and not there["asked"], _("Đợt này đã có đề nghị, không bỏ được."))
        await remove(instalment, by=by, did="struck")
