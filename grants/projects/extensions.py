"""An extension (gia hạn): the agreement's end moves by months, reports for the added time fall due, what was late may be in time."""

from datetime import date, timedelta

from grants.people.people import today
from grants.people.tables import Person
from grants.projects import obligations, projects, reports
from grants.projects.obligations import Kind
from grants.projects.tables import Amendment, Project, Report
from grants.rules import rules
from grants.rules.content import Rules
from grants.shell.changes import add, changing, require
from grants.shell.dates import add_months
from grants.shell.language import _

EXTENSION = Amendment.Kind.EXTENSION.value
APPROVED = Amendment.State.APPROVED.value


def signed_end(project: Project) -> date | None:
    """The day on which the agreement ended as it was signed, before it was extended or stood still."""
    return add_months(project.starts_on, project.months) - timedelta(days=1) if project.starts_on and project.months else None


def end_after(project: Project, months: int) -> date:
    return add_months(project.ends_on + timedelta(days=1), months) - timedelta(days=1)


def most(pinned: Rules, project: Project) -> int | None:
    """The months by which the pinned rules let this agreement be extended; None where they say nothing.

    TT 09/2014/TT-BKHCN Đ10: a task that was agreed for less than a number of months is extended by less.
    """
    ceilings = pinned.ceilings
    short = ceilings.short_task_under_months
    if short is not None and ceilings.short_task_extension_months is not None and (project.months or short) < short:
        return ceilings.short_task_extension_months
    return ceilings.extension_months


def may_extend(pinned: Rules, amendments: list[Amendment]) -> bool:
    """Whether the pinned rules leave an extension to an agreement with these amendments."""
    times = pinned.ceilings.extensions
    return times is None or sum((one.kind, one.state) == (EXTENSION, APPROVED) for one in amendments) < times


async def require_within_rules(project: Project, row: Amendment) -> None:
    """As often as the pinned rules allow, each time by at most their months."""
    pinned = await projects.rules_of(project)
    longest, there = most(pinned, project), await Amendment.objects().where(Amendment.project == project.id)
    require(may_extend(pinned, there), _("Bộ quy tắc chỉ cho gia hạn {times} lần.").format(times=pinned.ceilings.extensions))
    within = row.months and row.months >= 1 and (longest is None or row.months <= longest)
    require(within, _("Gia hạn từ 1 đến {most} tháng.").format(most=longest) if longest else _("Gia hạn ít nhất 1 tháng."), "months")


async def extend(project: Project, row: Amendment, *, by: Person) -> None:
    """The end moves, periods that the added time has are reported on, and a final file that was late is not due yet."""
    async with changing(project, by=by, did="amended") as project:
        project.ends_on = row.ends_after
    await add_reports(project, by=by)
    await obligations.settle(Kind.FINAL_FILE, project, by=by, on=today())
    await reports.note_lateness(project, by=by)


async def add_reports(project: Project, *, by: Person) -> None:
    """One more report each period after the last, up to the new end; a day that has passed meanwhile asks for none."""
    every, days = (await projects.rules_of(project)).reports.every, await rules.calendar()
    last, added = (await reports.of(project))[-1], []
    while every.value and (due := days.due(last.due, every.value * (len(added) + 1), every.unit)) < project.ends_on:
        added.append(due)
    for number, due in enumerate((day for day in added if day >= today()), last.number + 1):
        await add(Report(project=project.id, number=number, due=due), by=by, did="fell_due_on")
