"""The end of a project: its whole settlement is approved (quyết toán), then the agreement is liquidated (thanh lý)."""

from datetime import date

from grants.people.people import today
from grants.people.tables import Obligation, Person
from grants.projects import projects
from grants.projects.projects import State
from grants.projects.tables import Project
from grants.shell.changes import changing, require
from grants.shell.database import DB
from grants.shell.language import _


def has_failed(project: Project) -> bool:
    """Graded «không đạt», or broken off: nothing is registered, but the money is settled and the agreement liquidated all the same."""
    return project.state == State.TERMINATED or (project.state == State.EVALUATED and project.grade == "fail")


def may_end(project: Project) -> bool:
    """Whether the project is so far that only its close is left to do."""
    return project.state == State.SETTLED or has_failed(project)


def can_close(person: Person, project: Project) -> bool:
    """The officer who keeps the file, once the project's work is over; what still lacks is said on the page."""
    return projects.keeps(person, project) and (may_end(project) or project.state == State.REGISTERED)


async def settle(project: Project, *, by: Person) -> None:
    """Called by the approved whole settlement, in its transaction: a registered project is settled.

    One that failed or was broken off stays what it is; its money is settled all the same.
    """
    async with changing(project, by=by, did="settled") as project:
        project.settled_on = today()
        if project.state == State.REGISTERED:
            projects.move(project, State.SETTLED)


async def owes(project: Project) -> list[Obligation]:
    """What is still owed for the project: a report, the registration of its result, money to be repaid."""
    return await Obligation.objects().where((Obligation.project == project.id) & Obligation.settled_on.is_null()).order_by(Obligation.id)


async def close(project: Project, *, number: str, on: date, by: Person) -> None:
    """The agreement is liquidated by minutes: nothing is paid or booked for the project any more, only its results are followed up.

    Called by the close in `budget`, in its transaction, which knows whether the money is settled. Rights, results and reports stay.
    """
    async with DB.transaction(), changing(project, by=by, did="closed") as project:
        require(projects.keeps(by, project), _("Chỉ cán bộ quản lý nhiệm vụ mới thanh lý nhiệm vụ."))
        require(may_end(project), _("Chỉ thanh lý nhiệm vụ đã quyết toán, không đạt hoặc đã chấm dứt."))
        require(not await owes(project), _("Nhiệm vụ còn nghĩa vụ chưa hoàn thành."))
        require(number.strip(), _("Hãy ghi số biên bản thanh lý."))
        begun = project.settled_on or project.graded_on or project.agreed_on
        require((begun is None or begun <= on) and on <= today(), _("Ngày thanh lý phải từ ngày quyết toán đến hôm nay."), "on")
        projects.require_lately(on, "on")
        projects.move(project, State.CLOSED)
        project.closing_number, project.closed_on, project.late_since = number, on, None
        await projects.tell(
            project, lambda: _("Đã thanh lý nhiệm vụ {code}").format(code=project.code),
            lambda: _("Hợp đồng của nhiệm vụ {code} «{title}» được thanh lý theo biên bản số {number}. Từ nay không ghi thêm khoản chi "
                      "nào; kết quả ứng dụng vẫn được báo cáo ở mục Kết quả.").format(
                code=project.code, title=project.title, number=number),
            link=f"/projects/{project.id}/closing",
        )
