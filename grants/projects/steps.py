"""What comes next in a project: who does what by when, as its page and the desks say it."""

from grants.people.people import person, titled
from grants.people.tables import Person
from grants.projects import closeouts, halts, projects, reports
from grants.projects.agreements import can_sign
from grants.projects.evaluations import can_register, registration_due
from grants.projects.projects import State
from grants.projects.tables import Project, Report
from grants.rules import rules
from grants.rules.steps import Step, timed
from grants.shell.language import _


async def next_step(project: Project, reader: Person, *, lead: str, writes: bool) -> Step:
    """The one thing that moves the project on, with how long there is still; its link is there for whoever may go there.

    `lead`: the lead person's titled name; `writes`: whether the reader writes what the project reports, for nobody else
    reads a report before it is handed in.
    """
    here = f"/projects/{project.id}"
    if project.state == State.AWARDED:
        link = f"{here}/agreement" if can_sign(reader, project) else ""
        return Step(await officer(project), _("Ghi nhận hợp đồng đã ký"), link=link)
    if project.state == State.RUNNING:
        return await running_step(project, lead, writes)
    if project.state == State.EVALUATED and project.grade != "fail":
        days, what = await rules.calendar(), _("Đăng ký kết quả và gửi giấy chứng nhận cho Sở")
        link = f"{here}/registration" if can_register(reader, project) else ""
        return await timed(Step(lead, what, await registration_due(project, days), link), days)
    if project.state == State.REGISTERED or closeouts.may_end(project):
        return await closing_step(project)
    if project.state == State.SUSPENDED:
        link = f"{here}/resumption" if halts.may(reader, project) else ""
        return Step(await officer(project), _("Ghi quyết định cho thực hiện tiếp hoặc chấm dứt"), link=link)
    return Step("", _("Nhiệm vụ đã thanh lý, không còn việc phải làm"))


async def closing_step(project: Project) -> Step:
    """What was paid is settled, then the agreement is liquidated; the page says what still lacks."""
    what = _("Quyết toán toàn bộ, rồi thanh lý") if project.state == State.REGISTERED else _("Thanh lý nhiệm vụ")
    return Step(await officer(project), what, link=f"/projects/{project.id}/closing")


async def running_step(project: Project, lead: str, writes: bool) -> Step:
    """A filed report waits for the officer; else the next open report for the lead person; after the last, the final file."""
    if project.council_grade is not None:
        return Step(await officer(project), _("Ghi quyết định công nhận kết quả nghiệm thu"), link=f"/projects/{project.id}/evaluation")
    all_reports = await reports.of(project)
    for report in all_reports:
        if report.state == reports.State.FILED:
            what = _("Xem báo cáo định kỳ số {number}").format(number=report.number)
            return Step(await officer(project), what, link=f"/reports/{report.id}")
    for report in all_reports:
        if report.state in reports.OPEN:
            what = _("Nộp báo cáo định kỳ số {number}").format(number=report.number)
            return await timed(Step(lead, what, report.due, f"/reports/{report.id}" if writes else ""))
    days = await rules.calendar()
    due = await reports.final_file_due(project, days)
    return await timed(Step(lead, _("Nộp hồ sơ nghiệm thu"), due, f"/projects/{project.id}"), days)


async def officer(project: Project) -> str:
    return titled(await projects.officer_of(project))


async def of_report(report: Report, project: Project, *, writes: bool) -> Step:
    """What comes next with one periodic report: written and handed in, looked at, put right, done."""
    lead = titled(await person(project.lead))
    link = f"/reports/{report.id}" if writes else ""
    if report.state == reports.State.FILED:
        after = _("Chấp nhận thì xong kỳ này; trả lại thì chủ nhiệm sửa rồi nộp lại.")
        return Step(await officer(project), _("Xem báo cáo, chấp nhận hoặc trả lại"), link=f"/reports/{report.id}", after=after)
    if report.state == reports.State.RETURNED:
        return await timed(Step(lead, _("Sửa báo cáo theo ý kiến của cơ quan quản lý rồi nộp lại"), report.due, link))
    if report.state == reports.State.DUE:
        return await timed(Step(lead, _("Viết và nộp báo cáo"), report.due, link, _("Cơ quan quản lý xem báo cáo và trả lời bằng thư.")))
    return Step("", _("Báo cáo đã được chấp nhận, kỳ này đã xong"))
