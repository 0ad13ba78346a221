"""Milestones: the dated pieces of work an agreement names."""

from datetime import date

from grants.people.people import today
from grants.people.tables import Person
from grants.projects import projects
from grants.projects.projects import State
from grants.projects.tables import Milestone, Project
from grants.shell.changes import add, changing, remove, require
from grants.shell.database import DB
from grants.shell.language import _


def can_plan(person: Person, project: Project) -> bool:
    return project.state == State.RUNNING and projects.keeps(person, project)


async def of(project: Project) -> list[Milestone]:
    """The project's milestones by their day."""
    return await Milestone.objects().where(Milestone.project == project.id).order_by(Milestone.due).order_by(Milestone.id)


async def plan(project: Project, *, name: str, due: date, by: Person) -> Milestone:
    """The officer writes a milestone of the agreement down; its day lies within the agreement's time."""
    async with DB.transaction():
        project = await projects.locked(project.id)
        require(can_plan(by, project), _("Chỉ cán bộ quản lý nhiệm vụ ghi mốc công việc, khi nhiệm vụ đang thực hiện."))
        require(project.starts_on <= due <= project.ends_on, _("Mốc phải nằm trong thời gian thực hiện hợp đồng."))
        return await add(Milestone(project=project.id, name=name, due=due), by=by, did="planned")


async def reach(milestone: Milestone, *, on: date, by: Person) -> None:
    """The team says on which day a milestone was reached."""
    async with DB.transaction():
        project = await projects.locked(milestone.project)
        require(await projects.can_write(by, project), _("Chỉ nhóm thực hiện mới báo hoàn thành mốc."))
        require(project.state == State.RUNNING, _("Chỉ ghi mốc khi nhiệm vụ đang thực hiện."))
        require(project.starts_on <= on <= today(), _("Ngày hoàn thành phải từ ngày bắt đầu đến hôm nay."), "on")
        projects.require_lately(on, "on")
        async with changing(milestone, by=by, did="reached") as milestone:
            require(milestone.done_on is None, _("Mốc này đã được ghi hoàn thành."))
            milestone.done_on = on


async def strike(milestone: Milestone, *, by: Person) -> None:
    """The officer takes a milestone away that was written down by mistake, as long as it is not reached."""
    async with DB.transaction():
        project = await projects.locked(milestone.project)  # nobody reaches it meanwhile
        require(can_plan(by, project), _("Chỉ cán bộ quản lý nhiệm vụ ghi mốc công việc, khi nhiệm vụ đang thực hiện."))
        milestone = await Milestone.objects().get(Milestone.id == milestone.id)
        require(milestone and milestone.done_on is None, _("Mốc này đã được ghi hoàn thành."))
        await remove(milestone, by=by, did="struck")
