"""The end of a project's money: its whole settlement is approved (quyết toán)."""

from grants.people.tables import Person
from grants.projects import projects
from grants.projects.projects import State
from grants.projects.tables import Project
from grants.shell.changes import changing


async def settle(project: Project, *, by: Person) -> None:
    """Called by the approved whole settlement, in its transaction: a registered project is settled.

    One that failed or was broken off stays what it is; its money is settled all the same.
    """
    if project.state == State.REGISTERED:
        async with changing(project, by=by, did="settled") as project:
            projects.move(project, State.SETTLED)
