"""Periodic reports: drafted and filed by the team, accepted or returned by the officer, overdue after their day."""

import logging
from datetime import date

from grants.people import people
from grants.people.people import today
from grants.people.tables import Obligation, Person
from grants.projects import obligations, projects
from grants.projects.obligations import Kind
from grants.projects.projects import State as ProjectState
from grants.projects.tables import FiledReport, Project, Report
from grants.rules import rules
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.dates import Calendar, show_date
from grants.shell.language import N_, _, language
from grants.shell.money import show

logger = logging.getLogger("grants.work")

State = Report.State
NEXT = {
    State.DUE: {State.FILED},
    State.FILED: {State.ACCEPTED, State.RETURNED},
    State.RETURNED: {State.FILED},
    State.ACCEPTED: set(),
}
WORDS = {
    State.DUE: (N_("Chưa nộp"), "neutral"),
    State.FILED: (N_("Đã nộp, chờ xem"), "progress"),
    State.RETURNED: (N_("Trả lại để sửa"), "warn"),
    State.ACCEPTED: (N_("Đã được chấp nhận"), "good"),
}
OPEN = (State.DUE.value, State.RETURNED.value)


def status(report: Report) -> tuple[str, str]:
    """The report's state in words with its tone; what is past its day says so."""
    if is_overdue(report):
        return _("Quá hạn"), "bad"
    words, tone = WORDS[State(report.state)]
    return _(words), tone


def move(report: Report, to: State) -> None:
    require(
        to in NEXT[State(report.state)],
        _("Báo cáo đang ở bước «{now}», không thể chuyển sang «{to}».").format(
            now=_(WORDS[State(report.state)][0]), to=_(WORDS[to][0])
        ),
    )
    report.state = to


def is_overdue(report: Report) -> bool:
    """Past its day and not with the officer."""
    return report.state in OPEN and report.due < today()


def can_file(person: Person, report: Report, project: Project) -> bool:
    return project.lead == person.id and report.state in OPEN and project.state == ProjectState.RUNNING


async def can_draft(person: Person, report: Report, project: Project) -> bool:
    return report.state in OPEN and project.state == ProjectState.RUNNING and await projects.can_write(person, project)


def can_decide(person: Person, report: Report, project: Project) -> bool:
    return report.state == State.FILED and report.filed_by != person.id and projects.keeps(person, project)


async def of(project: Project) -> list[Report]:
    return await Report.objects().where(Report.project == project.id).order_by(Report.number)


async def draft(report: Report, *, done: str, next_steps: str, spent: int | None, by: Person) -> Report:
    """Keep what is written so far; nobody but the team reads it before it is filed."""
    async with DB.transaction():
        project = await Project.objects().get(Project.id == report.project)
        async with changing(report, by=by, did="drafted") as report:
            require(await can_draft(by, report, project), _("Báo cáo này không còn sửa được, hoặc bạn không thuộc nhóm soạn."))
            report.done, report.next_steps, report.spent, report.saved_at = done, next_steps, spent or 0, now()
    return report


async def file(report: Report, *, done: str, next_steps: str, spent: int, by: Person) -> None:
    """The lead person files the report; `spent` đồng in its period. Periods are filed in their order."""
    async with DB.transaction():
        project = await projects.locked(report.project)
        async with changing(report, by=by, did="filed") as report:
            require(project.lead == by.id, _("Chỉ chủ nhiệm mới nộp được báo cáo."))
            require(project.state == ProjectState.RUNNING, _("Chỉ nộp báo cáo khi nhiệm vụ đang thực hiện."))
            move(report, State.FILED)
            require(done.strip() and next_steps.strip(), _("Hãy ghi công việc đã làm và công việc kỳ tới."))
            await fits_the_others(report, project, spent)
            report.done, report.next_steps, report.spent = done, next_steps, spent
            report.filed_at = report.saved_at = now()
            report.filed_by, report.decided_at, report.decided_by = by.id, None, None
            await keep(report, by=by)
        await note_lateness(project, by=by)
        await tell_officer(project, report)


async def keep(report: Report, *, by: Person) -> FiledReport:
    """Keep what is filed, as it is now: after a return the team rewrites the report, and everybody else reads this."""
    number = 1 + await FiledReport.count().where(FiledReport.report == report.id)
    return await add(
        FiledReport(
            report=report.id, number=number, filed_at=report.filed_at, filed_by=by.id, done=report.done,
            next_steps=report.next_steps, spent=report.spent,
        ),
        by=by, did="kept",
    )


async def last_filed(project: Project) -> dict[int, FiledReport]:
    """Report id → what was handed in last, of every report of the project that was handed in at all."""
    of_it = Report.select(Report.id).where(Report.project == project.id)
    found = await FiledReport.objects().where(FiledReport.report.is_in(of_it)).order_by(FiledReport.number)
    return {one.report: one for one in found}


def as_handed_in(report: Report, filed: FiledReport | None) -> Report:
    """The report as those read it who do not write it: while it is open, what was handed in and nothing of the rewriting."""
    if report.state in OPEN:
        report.done, report.next_steps, report.spent = (filed.done, filed.next_steps, filed.spent) if filed else ("", "", 0)
    return report


async def fits_the_others(report: Report, project: Project, spent: int) -> None:
    """Its period has begun, the earlier ones are filed, and all together spend no more than was approved."""
    others = [one for one in await of(project) if one.id != report.id]
    earlier = [one for one in others if one.number < report.number]
    for one in earlier:
        require(one.state != State.DUE, _("Hãy nộp báo cáo số {number} trước.").format(number=one.number))
    begun = max((one.due for one in earlier), default=project.starts_on)
    require(begun <= today(), _("Kỳ báo cáo này chưa bắt đầu."))
    left = project.approved - sum(one.spent for one in others if one.state != State.DUE)
    require(spent <= left, _("Số đã sử dụng vượt kinh phí được duyệt: chỉ còn {left}.").format(left=show(left)))


async def tell_officer(project: Project, report: Report) -> None:
    await mail.tell(
        await projects.officer_of(project),
        lambda: _("Báo cáo số {number} của {code} chờ xem").format(number=report.number, code=project.code),
        lambda: _("Chủ nhiệm vừa nộp báo cáo định kỳ số {number} của nhiệm vụ {code} «{title}».").format(
            number=report.number, code=project.code, title=project.title
        ),
        link=f"/reports/{report.id}",
    )


async def accept(report: Report, *, by: Person) -> None:
    """The officer accepts the report; whatever was owed for being late is settled."""
    async with DB.transaction():
        project = await decided(report, State.ACCEPTED, by=by)
        await obligations.settle(Kind.REPORT, project, due=report.due, by=by)
        await note_lateness(project, by=by)
        await projects.tell(
            project, lambda: _("Báo cáo số {number} được chấp nhận").format(number=report.number),
            lambda: _("Báo cáo định kỳ số {number} của nhiệm vụ {code} đã được chấp nhận.").format(
                number=report.number, code=project.code
            ),
            link=f"/reports/{report.id}",
        )


async def send_back(report: Report, *, remark: str, by: Person) -> None:
    """The officer returns the report and says what is missing."""
    async with DB.transaction():
        require(remark.strip(), _("Hãy ghi điều cần sửa."))
        project = await decided(report, State.RETURNED, by=by, remark=remark)
        await note_lateness(project, by=by)
        await projects.tell(
            project, lambda: _("Báo cáo số {number} cần sửa").format(number=report.number),
            lambda: _("Cơ quan quản lý trả lại báo cáo định kỳ số {number} của nhiệm vụ {code}: {remark}").format(
                number=report.number, code=project.code, remark=remark
            ),
            link=f"/reports/{report.id}",
        )


async def decided(report: Report, to: State, *, by: Person, remark: str = "") -> Project:
    """What accepting and returning have in common; the project stays locked till the end of the transaction."""
    project = await projects.locked(report.project)
    async with changing(report, by=by, did=to.value) as report:
        require(projects.keeps(by, project), _("Chỉ cán bộ quản lý nhiệm vụ mới xem xét báo cáo."))
        require(report.filed_by != by.id, _("Người nộp báo cáo không tự xem xét báo cáo của mình."))
        move(report, to)
        report.decided_at, report.decided_by, report.remark = now(), by.id, remark
    return project


async def final_file_due(project: Project, days: Calendar | None = None) -> date:
    """The last day for the final evaluation's file (TT 11/2014/TT-BKHCN: 30 days after the agreement ends)."""
    term = (await projects.rules_of(project)).limit("final_file")
    return (days or await rules.calendar()).due(project.ends_on, term.value, term.unit)


async def overdue(project: Project) -> set[tuple[Kind, date]]:
    """What a running project has missed, by kind and day: its reports and, once it has ended, the final file."""
    if project.state != ProjectState.RUNNING:
        return set()
    missed = {(Kind.REPORT, report.due) for report in await of(project) if is_overdue(report)}
    if project.ends_on < today() and (final := await final_file_due(project)) < today():
        missed.add((Kind.FINAL_FILE, final))
    return missed


async def require_handed_in(project: Project) -> None:
    """No money while as many periodic reports are missing as the pinned rules say (TT 09/2014/TT-BKHCN Đ9: two); 0 says nothing."""
    missing = sum(is_overdue(report) for report in await of(project))
    stop = (await projects.rules_of(project)).reports.missed_stop
    require(not 0 < stop <= missing, _("Nhiệm vụ còn thiếu {n} báo cáo định kỳ: dừng cấp kinh phí cho đến khi nộp.").format(n=missing))


async def late_since(project: Project) -> date | None:
    """When the oldest thing that is overdue fell due; None in time."""
    return min((due for _kind, due in await overdue(project)), default=None)


async def note_lateness(project: Project, *, by: Person | None) -> None:
    """Keep `late_since` true after something was filed, decided or missed."""
    since = await late_since(project)
    if since != project.late_since:
        async with changing(project, by=by, did="lateness_noted") as project:
            project.late_since = since


MISSED = """
    SELECT p.id FROM project p WHERE p.state = 'running' AND (
        EXISTS (SELECT FROM report r WHERE r.project = p.id AND r.state = ANY($2) AND r.due < $1 AND NOT EXISTS (
            SELECT FROM obligation o WHERE o.project = p.id AND o.kind = $3 AND o.due = r.due))
        OR p.ends_on < $1 AND NOT EXISTS (
            SELECT FROM obligation o WHERE o.project = p.id AND o.kind = $4 AND o.due > p.ends_on)
    ) ORDER BY p.id
"""


async def mark_overdue() -> int:
    """A duty of the worker: whatever went past its day becomes an obligation, and the lead is told. Returns how many.

    May run as often as one likes and twice at once: an obligation is written down once.
    """
    missed = await rows(MISSED, today(), list(OPEN), Kind.REPORT.value, Kind.FINAL_FILE.value)
    written = 0
    for row in missed:
        try:
            written += await mark_project_overdue(row["id"])
        except Exception:  # whatever is wrong with one project must not hold up the others
            logger.exception("What project %s missed was not written down; it is tried again.", row["id"])
    return written


async def not_written_down(project: Project) -> list[tuple[Kind, date]]:
    """What the project has missed and that is no obligation yet, the oldest first."""
    written = await Obligation.objects().where(
        (Obligation.project == project.id) & Obligation.kind.is_in([Kind.REPORT.value, Kind.FINAL_FILE.value])
    )
    known = {(Kind(one.kind), one.due) for one in written}
    return sorted(await overdue(project) - known, key=lambda missed: missed[1])


async def mark_project_overdue(id: int) -> int:
    """Write down what the project has missed; one that has only ended, its final file not due yet, is not even locked."""
    if not await not_written_down(await Project.objects().get(Project.id == id)):
        return 0
    async with DB.transaction():
        project = await projects.locked(id)
        missed = await not_written_down(project)
        for kind, due in missed:
            await obligations.owe(kind, project, due=due, by=None)
            await tell_overdue(project, due)
        await note_lateness(project, by=None)
    return len(missed)


async def tell_overdue(project: Project, due: date) -> None:
    """The lead person reads what is late and what it means; the officer sees it in the list of projects."""
    await mail.tell(
        await people.person(project.lead),
        lambda: _("Nhiệm vụ {code} có việc quá hạn").format(code=project.code),
        lambda: _("Việc phải nộp trước hết ngày {due} của nhiệm vụ {code} chưa nộp. Tổ chức chủ trì chưa đăng ký được "
                  "nhiệm vụ mới cho đến khi việc này xong.").format(due=show_date(due, language()), code=project.code),
        link=f"/projects/{project.id}/reports",
    )
