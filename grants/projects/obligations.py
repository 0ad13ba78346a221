"""What a project's lead person or lead organisation owes the province; eligibility reads these rows, never the project."""

from datetime import date

from grants.people.people import today
from grants.people.tables import Obligation, Person
from grants.projects.tables import Project
from grants.shell.changes import add, changing

Kind = Obligation.Kind


async def owe(kind: Kind, project: Project, *, due: date, by: Person | None, organisation: bool = True) -> Obligation:
    """Write down that the lead person (and, unless it is personal, the lead organisation) owes something since `due`."""
    return await add(
        Obligation(
            kind=kind, person=project.lead, organisation=project.lead_organisation if organisation else None,
            project=project.id, subject=f"{project.code}: {project.title}"[:300], due=due,
        ),
        by=by, did="owed",
    )


async def settle(kind: Kind, project: Project, *, by: Person | None, due: date | None = None, on: date | None = None) -> None:
    """What the project owes of this kind (of this due day, where several may be open) is met on a day, else today."""
    owed = Obligation.objects().where(
        (Obligation.project == project.id) & (Obligation.kind == kind) & Obligation.settled_on.is_null()
    )
    for one in await (owed.where(Obligation.due == due) if due else owed):
        async with changing(one, by=by, did="settled") as one:
            one.settled_on = on or today()
