"""What comes next in a project: who does what by when, as its page and the desks say it."""

from dataclasses import dataclass
from datetime import date

from grants.people.people import person, titled, today
from grants.projects import projects, reports
from grants.projects.evaluations import registration_due
from grants.projects.projects import State
from grants.projects.tables import Project
from grants.rules import rules
from grants.shell.changes import now
from grants.shell.dates import left, show_deadline
from grants.shell.language import _, language


@dataclass(frozen=True)
class Step:
    """`due` is a day or None; `link` leads to where it is done."""

    who: str
    what: str
    due: date | None = None
    link: str = ""

    @property
    def by_when(self) -> str | None:
        return show_deadline(self.due, language()) if self.due else None

    @property
    def tone(self) -> str:
        return "idle" if not self.who else "late" if self.due and self.due < today() else ""

    async def left(self) -> str | None:
        """"còn 3 ngày làm việc"."""
        return left(self.due, now(), await rules.calendar(), language()) if self.due else None


async def next_step(project: Project) -> Step:
    """The one thing that moves the project on."""
    if project.state == State.AWARDED:
        return Step(await officer(project), _("Ghi nhận hợp đồng đã ký"), link=f"/projects/{project.id}/agreement")
    if project.state == State.RUNNING:
        return await running_step(project)
    if project.state == State.EVALUATED and project.grade != "fail":
        who, what = titled(await person(project.lead)), _("Đăng ký kết quả và gửi giấy chứng nhận cho Sở")
        return Step(who, what, await registration_due(project), f"/projects/{project.id}/registration")
    return Step("", done(project))


async def running_step(project: Project) -> Step:
    """A filed report waits for the officer; else the next open report for the lead person; after the last, the final file."""
    all_reports = await reports.of(project)
    for report in all_reports:
        if report.state == reports.State.FILED:
            what = _("Xem báo cáo định kỳ số {number}").format(number=report.number)
            return Step(await officer(project), what, link=f"/reports/{report.id}")
    lead = titled(await person(project.lead))
    for report in all_reports:
        if report.state in reports.OPEN:
            what = _("Nộp báo cáo định kỳ số {number}").format(number=report.number)
            return Step(lead, what, report.due, f"/reports/{report.id}")
    return Step(lead, _("Nộp hồ sơ nghiệm thu"), await reports.final_file_due(project), f"/projects/{project.id}")


def done(project: Project) -> str:
    if project.grade == "fail":
        return _("Nhiệm vụ không đạt, không còn việc phải làm ở đây")
    return {
        State.SUSPENDED: _("Nhiệm vụ đang tạm dừng"), State.TERMINATED: _("Nhiệm vụ đã chấm dứt"),
        State.REGISTERED: _("Kết quả đã đăng ký, nhiệm vụ hoàn thành phần khoa học"),
    }.get(State(project.state), _("Nhiệm vụ đã kết thúc"))


async def officer(project: Project) -> str:
    return titled(await projects.officer_of(project))
