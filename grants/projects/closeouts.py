"""The end of a project's money: its whole settlement is approved (quyết toán), then its agreement is closed out (thanh lý)."""

from datetime import date

from grants.people.tables import Person
from grants.projects import projects
from grants.projects.projects import State
from grants.projects.tables import Project
from grants.shell.changes import changing, require
from grants.shell.language import _


async def settle(project: Project, *, by: Person) -> None:
    """Called by the approved whole settlement, in its transaction: a registered project is settled.

    One that failed or was broken off stays what it is; its money is settled all the same.
    """
    if project.state == State.REGISTERED:
        async with changing(project, by=by, did="settled") as project:
            projects.move(project, State.SETTLED)


def can_close(person: Person, project: Project) -> bool:
    return project.state == State.SETTLED and projects.keeps(person, project)


async def close(project: Project, *, number: str, on: date, by: Person) -> None:
    """The officer records the minutes that end the agreement (biên bản thanh lý hợp đồng)."""
    async with changing(project, by=by, did="closed", number=number, on=on.isoformat()) as project:
        require(projects.keeps(by, project), _("Chỉ cán bộ quản lý nhiệm vụ mới ghi thanh lý hợp đồng."))
        require(number.strip(), _("Hãy ghi số biên bản thanh lý."))
        projects.move(project, State.CLOSED)
        await projects.tell(
            project, lambda: _("Đã thanh lý hợp đồng {code}").format(code=project.code),
            lambda: _("Hợp đồng của nhiệm vụ {code} được thanh lý theo biên bản số {number}.").format(code=project.code, number=number),
        )
