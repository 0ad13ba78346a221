"""Makers of projects: begun from a real awarded application, brought to a state by the verbs of the room."""

from datetime import date, datetime, time

from grants.people.tables import Person, Role
from grants.projects import agreements, evaluations, projects, reports
from grants.projects.tables import Project, Report
from grants.proposals.tables import TeamMember
from grants.shell.changes import at, now
from grants.shell.dates import VIETNAM
from tests.makers import a_person, a_proposal

START = date(2026, 1, 5)


async def a_project(
    *, lead: Person | None = None, by: Person | None = None, amount: int = 1_000_000_000, year: int = 2026, **more
) -> Project:
    """A project awaiting its agreement: half of its money capital, half recurrent."""
    proposal = await a_proposal("awarded", lead=lead, **more)
    halves = [(year, "capital", amount // 2), (year, "recurrent", amount - amount // 2)]
    return await projects.begin(proposal, amount=amount, slices=halves, by=by or await a_person(Role.LEADER))


async def a_running_project(
    *, officer: Person | None = None, starts_on: date = START, months: int = 24, number: str = "12/HĐ-SKHCN", **more
) -> Project:
    """A project with its agreement, signed on the day it starts; its reports are due."""
    project = await a_project(months=months, **more)
    officer = officer or await a_person(Role.OFFICER)
    with at(min(now(), datetime.combine(starts_on, time(17), VIETNAM))):  # an agreement is recorded within a year
        await agreements.sign(project, number=number, agreed_on=starts_on, starts_on=starts_on, months=months, by=officer)
    return await now_as(project)


async def an_evaluated_project(*, officer: Person | None = None, grade: str = "pass", **more) -> Project:
    """A project with all its reports accepted and its grade, decided today."""
    officer = officer or await a_person(Role.OFFICER)
    project = await a_running_project(officer=officer, **more)
    lead = await Person.objects().get(Person.id == project.lead)
    for report in await reports.of(project):
        if report.due < projects.today():
            await a_filed_report(report, lead)
            await reports.accept(report, by=officer)
    await evaluations.note_council_grade(project, grade, by=officer)
    await evaluations.evaluate(project, grade=grade, decision_number="88/QĐ-UBND", decided_on=projects.today(), by=officer)
    return await now_as(project)


async def a_member(project: Project, who: Person) -> None:
    """Somebody who has joined the project's team, to read."""
    await TeamMember(
        proposal=project.proposal, person=who.id, email=who.email, full_name=who.full_name, joined_at=now(),
        access=TeamMember.Access.READER,
    ).save()


async def a_filed_report(report: Report, lead: Person, spent: int = 1_000_000) -> None:
    await reports.file(report, done="Đã điều tra 120 hộ.", next_steps="Phân tích số liệu.", spent=spent, by=lead)


async def now_as(row):
    """The row as it stands now."""
    return await type(row).objects().get(type(row).id == row.id)
