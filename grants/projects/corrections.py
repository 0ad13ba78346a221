"""An agreement that was recorded with a slip of the pen: its number or a day is put right by a second person, before any money moves."""

from datetime import date, timedelta

from grants.people.people import person, today
from grants.people.tables import Person
from grants.projects import agreements, milestones, obligations, projects, reports
from grants.projects.obligations import Kind
from grants.projects.projects import State
from grants.projects.tables import AgreementCorrection, Amendment, Project, ProjectDecision, Report
from grants.rules import rules
from grants.shell import mail
from grants.shell.changes import add, changing, now, remove, require
from grants.shell.database import DB, rows
from grants.shell.dates import add_months, show_date
from grants.shell.language import _, language


async def of(project: Project) -> list[AgreementCorrection]:
    """What was put right, the oldest first."""
    return await AgreementCorrection.objects().where(AgreementCorrection.project == project.id).order_by(AgreementCorrection.id)


async def money_moves(project: Project) -> bool:
    """Whether anything was asked for under the agreement, and not refused."""
    found = await rows("SELECT EXISTS (SELECT FROM payment WHERE project = $1 AND state <> 'refused') AS there", project.id)
    return found[0]["there"]


async def can_correct(person: Person, project: Project) -> bool:
    """Another officer than who recorded it, while the project runs and nothing was asked for yet."""
    if project.state != State.RUNNING or not projects.keeps(person, project) or person.id == project.signed_by:
        return False
    return not await money_moves(project)


async def correct(project: Project, *, number: str, agreed_on: date, starts_on: date, reason: str, by: Person) -> None:
    """Put number, day of signature or first day right; with the first day the end and the reports move, as many months as agreed."""
    async with DB.transaction():
        project = await projects.locked(project.id)
        require(projects.keeps(by, project) and by.id != project.signed_by, _(
            "Chỉ một cán bộ quản lý nhiệm vụ khác với người đã ghi hợp đồng mới sửa được."))
        require(await can_correct(by, project), _(
            "Đã có đề nghị chi theo hợp đồng, hoặc nhiệm vụ không còn ở bước thực hiện: hãy lập phụ lục."))
        require(number.strip(), _("Hãy ghi số hợp đồng."), "number")
        require(reason.strip(), _("Hãy nêu lý do."), "reason")
        agreements.require_days(agreed_on, starts_on)
        same = (project.agreement_number, project.agreed_on, project.starts_on) == (number, agreed_on, starts_on)
        require(not same, _("Chưa có gì thay đổi."))
        row = AgreementCorrection(
            project=project.id, number_before=project.agreement_number, number=number, agreed_before=project.agreed_on, agreed_on=agreed_on,
            starts_before=project.starts_on, starts_on=starts_on, ends_on=await end_from(project, starts_on), reason=reason, by=by.id,
            at=now(),
        )
        await add(row, by=by, did="recorded")
        async with changing(project, by=by, did="agreement_corrected") as project:
            project.agreement_number, project.agreed_on = number, agreed_on
            project.starts_on, project.ends_on = starts_on, row.ends_on
        if row.starts_before != starts_on:
            await due_anew(project, by=by)
        await tell(project, row)


async def end_from(project: Project, starts_on: date) -> date:
    """The end that follows from the first day; a first day that others built on no longer moves."""
    if starts_on == project.starts_on:
        return project.ends_on
    mine = Amendment.project == project.id
    stopped = await ProjectDecision.exists().where(ProjectDecision.project == project.id)
    amended = await Amendment.exists().where(mine & (Amendment.state == Amendment.State.APPROVED))
    filed = await Report.exists().where((Report.project == project.id) & (Report.state != Report.State.DUE))
    require(project.months and not (stopped or amended or filed), _(
        "Đã có báo cáo, phụ lục hoặc quyết định tạm dừng tính theo ngày bắt đầu này: chỉ sửa được số và ngày ký."), "starts_on")
    ends_on = add_months(starts_on, project.months) - timedelta(days=1)
    outside = [one.name for one in await milestones.of(project) if not starts_on <= one.due <= ends_on]
    require(not outside, _("Mốc «{name}» sẽ nằm ngoài thời gian thực hiện: hãy bỏ mốc này trước.").format(
        name=outside[0] if outside else ""), "starts_on")
    return ends_on


async def due_anew(project: Project, *, by: Person) -> None:
    """Reports fall due from the corrected first day on; what was overdue by the wrong days is owed no longer."""
    every = (await projects.rules_of(project)).reports.every
    wanted = agreements.report_days(project.starts_on, project.ends_on, every, await rules.calendar())
    there = await reports.of(project)
    for report, due in zip(there, wanted, strict=False):
        async with changing(report, by=by, did="put_right") as report:
            report.due = due
    for report in there[len(wanted):]:
        await remove(report, by=by, did="struck")
    for number, due in enumerate(wanted[len(there):], len(there) + 1):
        await add(Report(project=project.id, number=number, due=due), by=by, did="fell_due_on")
    for kind in (Kind.REPORT, Kind.FINAL_FILE):
        await obligations.settle(kind, project, by=by, on=today())
    await reports.note_lateness(await projects.locked(project.id), by=by)


async def tell(project: Project, row: AgreementCorrection) -> None:
    """Lead person, head of the lead organisation, and whoever recorded the agreement."""
    def subject() -> str:
        return _("Đã sửa số liệu hợp đồng của nhiệm vụ {code}").format(code=project.code)

    def body() -> str:
        return _("Hợp đồng số {number}, ký ngày {agreed}, thực hiện từ {start}. Lý do sửa: {reason}").format(
            number=row.number, agreed=show_date(row.agreed_on, language()), start=show_date(row.starts_on, language()), reason=row.reason)

    await projects.tell(project, subject, body)
    if project.signed_by:
        await mail.tell(await person(project.signed_by), subject, body, link=f"/projects/{project.id}")
