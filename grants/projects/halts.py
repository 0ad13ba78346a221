"""A project that breaks off: suspended (tạm dừng), let go on, or terminated (chấm dứt), each by a decision with its reason.

The officer who keeps the file records the decision of whoever decides (in-term evaluation: NĐ 267/2025/NĐ-CP Đ16). While
a project stands still or has ended before its time nothing is paid for it; what was paid may be demanded back.
"""

from datetime import date

from grants.people.people import today
from grants.people.tables import Person
from grants.projects import obligations, projects, reports
from grants.projects.obligations import Kind
from grants.projects.projects import State
from grants.projects.tables import Milestone, Project, ProjectDecision
from grants.rules import rules
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB
from grants.shell.dates import Unit, show_date
from grants.shell.language import N_, _, language

Did = ProjectDecision.Did
TO = {Did.SUSPENDED: State.SUSPENDED, Did.RESUMED: State.RUNNING, Did.TERMINATED: State.TERMINATED}
WORDS = {
    Did.SUSPENDED: (N_("Tạm dừng"), "warn"), Did.RESUMED: (N_("Cho thực hiện tiếp"), "good"),
    Did.TERMINATED: (N_("Chấm dứt"), "bad"),
}
NOUNS = {Did.SUSPENDED: "suspension", Did.RESUMED: "resumption", Did.TERMINATED: "termination"}
ASKED = {
    Did.SUSPENDED: N_("Ghi quyết định tạm dừng"), Did.RESUMED: N_("Ghi quyết định cho thực hiện tiếp"),
    Did.TERMINATED: N_("Ghi quyết định chấm dứt"),
}
TITLES = {
    Did.SUSPENDED: N_("Nhiệm vụ {code} tạm dừng thực hiện"), Did.RESUMED: N_("Nhiệm vụ {code} được thực hiện tiếp"),
    Did.TERMINATED: N_("Nhiệm vụ {code} chấm dứt thực hiện"),
}
BODIES = {
    Did.SUSPENDED: N_("Quyết định số {number} ngày {day}: {reason} Trong thời gian tạm dừng, kinh phí không được đề nghị, duyệt chi; "
                      "các hạn báo cáo không tính."),
    Did.RESUMED: N_("Quyết định số {number} ngày {day}: {reason} Các hạn chưa đến khi tạm dừng được lùi lại bằng số ngày tạm dừng."),
    Did.TERMINATED: N_("Quyết định số {number} ngày {day}: {reason} Kinh phí đã nhận được quyết toán; phần phải hoàn trả theo quyết "
                       "định thu hồi, rồi hợp đồng được thanh lý."),
}
ENDED_BY_TERMINATION = (Kind.LEADING_PROJECT, Kind.REPORT, Kind.FINAL_FILE, Kind.SUSPENSION)


def status(did: str) -> tuple[str, str]:
    words, tone = WORDS[Did(did)]
    return _(words), tone


async def of(project: Project) -> list[ProjectDecision]:
    """Every decision that stopped the project or let it go on, the oldest first."""
    return await ProjectDecision.objects().where(ProjectDecision.project == project.id).order_by(ProjectDecision.id)


def may(person: Person, project: Project) -> list[Did]:
    """What the officer who keeps the file may record of the project as it stands."""
    if not projects.keeps(person, project):
        return []
    still = project.state == State.SUSPENDED
    return [did for did, to in TO.items() if to in projects.NEXT[State(project.state)] and (did != Did.RESUMED or still)]


async def suspend(project: Project, *, number: str, on: date, reason: str, by: Person) -> None:
    """The project stands still; its lead person and lead organisation are barred for the rules' term from that day on.

    The bar: TT 20/2023/TT-BKHCN Đ4, tested at the deadline of a call; it does not end when the project goes on.
    """
    async with DB.transaction():
        project = await decided(project, Did.SUSPENDED, number=number, on=on, reason=reason, by=by)
        await obligations.owe(Kind.SUSPENSION, project, due=on, by=by)


async def resume(project: Project, *, number: str, on: date, reason: str, by: Person) -> None:
    """The project goes on: what was not due yet when it stopped is due as many days later as it stood still."""
    async with DB.transaction():
        project = await decided(project, Did.RESUMED, number=number, on=on, reason=reason, by=by)
        await obligations.settle(Kind.SUSPENSION, project, by=by, on=on)
        stopped = (await of(project))[-2]
        await put_off(project, stopped.decided_on, on, by=by)
        project = await projects.locked(project.id)
        await reports.note_lateness(project, by=by)


async def put_off(project: Project, since: date, until: date, *, by: Person) -> None:
    """Open reports, milestones and the end of the agreement that lay ahead on `since` move by the days till `until`."""
    still, days = until - since, await rules.calendar()
    for report in await reports.of(project):
        if report.state in reports.OPEN and report.due >= since:
            await obligations.settle(Kind.REPORT, project, by=by, due=report.due, on=until)
            async with changing(report, by=by, did="put_off") as report:
                report.due = days.due(report.due, still.days, Unit.DAYS)
    ahead = Milestone.done_on.is_null() & (Milestone.due >= since)
    for milestone in await Milestone.objects().where((Milestone.project == project.id) & ahead).order_by(Milestone.id):
        async with changing(milestone, by=by, did="put_off") as milestone:
            milestone.due += still
    if project.ends_on >= since:
        async with changing(project, by=by, did="put_off") as project:
            project.ends_on += still


async def terminate(project: Project, *, number: str, on: date, reason: str, by: Person) -> None:
    """The project ends before its time: its lead person is free of it; what was received is settled or demanded back."""
    async with DB.transaction():
        project = await decided(project, Did.TERMINATED, number=number, on=on, reason=reason, by=by)
        for kind in ENDED_BY_TERMINATION:
            await obligations.settle(kind, project, by=by, on=on)


async def decided(project: Project, did: Did, *, number: str, on: date, reason: str, by: Person) -> Project:
    """What the three have in common: the step, the decision as a row, letters to the lead person and the signatory."""
    async with changing(project, by=by, did=did.value) as project:
        require(projects.keeps(by, project), _("Chỉ cán bộ quản lý nhiệm vụ mới ghi quyết định này."))
        require(did != Did.RESUMED or project.state == State.SUSPENDED, _("Chỉ nhiệm vụ đang tạm dừng mới được thực hiện tiếp."))
        projects.move(project, TO[did])
        require(number.strip(), _("Hãy ghi số quyết định."), "number")
        require(reason.strip(), _("Hãy ghi lý do của quyết định."), "reason")
        earlier = [project.agreed_on, project.graded_on, *(one.decided_on for one in await of(project))]
        begun = max(filter(None, earlier), default=on)
        require(begun <= on <= today(), _("Ngày quyết định phải từ {day} đến hôm nay.").format(day=show_date(begun, language())), "on")
        projects.require_lately(on, "on")
        project.late_since = None
        row = ProjectDecision(project=project.id, did=did.value, number=number, decided_on=on, reason=reason, by=by.id, recorded_at=now())
        await add(row, by=by, did="recorded")
        await tell(project, row)
    return project


async def tell(project: Project, row: ProjectDecision) -> None:
    did = Did(row.did)
    await projects.tell(
        project, lambda: _(TITLES[did]).format(code=project.code),
        lambda: _(BODIES[did]).format(number=row.number, day=show_date(row.decided_on, language()), reason=ended(row.reason)),
    )


def ended(sentence: str) -> str:
    """A reason as a whole sentence."""
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."
