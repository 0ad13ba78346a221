"""The grant agreement (hợp đồng): recorded by the officer, it sets the project running and its reports due."""

from datetime import date, timedelta

from grants.people.people import today
from grants.people.tables import Person
from grants.projects import projects
from grants.projects.projects import State
from grants.projects.tables import Project, Report
from grants.proposals.tables import Proposal
from grants.rules import rules
from grants.rules.content import Term
from grants.shell.changes import add, changing, require
from grants.shell.dates import Calendar, add_months, show_date
from grants.shell.language import _, language

MOST_MONTHS = 120  # what the table of teams allows; only where neither application nor rules say less


def can_sign(person: Person, project: Project) -> bool:
    return project.state == State.AWARDED and projects.keeps(person, project)


async def longest(project: Project) -> int:
    """The most months an agreement may run: those of the approved application, within the pinned rules."""
    proposal = await Proposal.objects().get(Proposal.id == project.proposal)
    ceiling = (await projects.rules_of(project)).ceilings.months
    return min(filter(None, (proposal.months, ceiling)), default=MOST_MONTHS)


def require_days(agreed_on: date, starts_on: date) -> None:
    """Signed by today and recorded within a year; work begins within a year of the signature."""
    require(agreed_on <= today(), _("Ngày ký hợp đồng không được ở tương lai."), "agreed_on")
    projects.require_lately(agreed_on, "agreed_on")
    near = add_months(agreed_on, -projects.A_YEAR) <= starts_on <= add_months(agreed_on, projects.A_YEAR)
    require(near, _("Ngày bắt đầu cách ngày ký quá một năm; hãy xem lại năm."), "starts_on")


def report_days(starts_on: date, ends_on: date, every: Term, days: Calendar) -> list[date]:
    """The days on which periodic reports fall due, one a period before the end; a short project has one, at its end."""
    due = []
    while every.value and (day := days.due(starts_on, every.value * (len(due) + 1), every.unit)) < ends_on:
        due.append(day)
    return due or [ends_on]


async def sign(project: Project, *, number: str, agreed_on: date, starts_on: date, months: int, by: Person) -> None:
    """Record the signed agreement: the project runs `months` months, its periodic reports are due from here on.

    The length of a period is the rule set's (six months: TT 09/2014/TT-BKHCN Đ9).
    """
    async with changing(project, by=by, did="signed") as project:
        require(projects.keeps(by, project), _("Chỉ cán bộ quản lý nhiệm vụ mới ghi nhận hợp đồng."))
        projects.move(project, State.RUNNING)
        most = await longest(project)
        require_days(agreed_on, starts_on)
        require(1 <= months <= most, _("Thời gian thực hiện từ 1 đến {most} tháng, như hồ sơ được duyệt.").format(most=most))
        project.agreement_number, project.agreed_on, project.months, project.signed_by = number, agreed_on, months, by.id
        project.starts_on, project.ends_on = starts_on, add_months(starts_on, months) - timedelta(days=1)
        every = (await projects.rules_of(project)).reports.every
        due = report_days(project.starts_on, project.ends_on, every, await rules.calendar())
        for place, day in enumerate(due, 1):
            await add(Report(project=project.id, number=place, due=day), by=by, did="fell_due_on")
        await projects.tell(
            project, lambda: _("Hợp đồng {number} đã được ghi nhận").format(number=number),
            lambda: _("Nhiệm vụ {code} bắt đầu từ {start}. Báo cáo định kỳ đầu tiên nộp trước hết ngày {due}.").format(
                code=project.code, start=show_date(starts_on, language()), due=show_date(due[0], language())
            ),
        )
