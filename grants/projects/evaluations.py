"""The final evaluation's result (nghiệm thu) and the registration of the project's result, as the officer records them."""

from datetime import date

from grants.people.people import today
from grants.people.tables import Person
from grants.projects import obligations, projects, reports
from grants.projects.obligations import Kind
from grants.projects.projects import State
from grants.projects.tables import Project
from grants.rules import rules
from grants.rules.content import PanelKind
from grants.shell.changes import changing, require
from grants.shell.database import rows
from grants.shell.dates import Calendar, show_date
from grants.shell.language import N_, _, language

GRADES = {"excellent": (N_("Xuất sắc"), "good"), "pass": (N_("Đạt"), "good"), "fail": (N_("Không đạt"), "bad")}


def grade_status(grade: str | None) -> tuple[str, str] | None:
    """The grade in words with its tone; None while there is none."""
    return (_(GRADES[grade][0]), GRADES[grade][1]) if grade else None


async def asks_council(project: Project) -> bool:
    """Whether the rules that the call has pinned have a council evaluate the project: one with members (TT 11/2014/TT-BKHCN)."""
    return (await projects.rules_of(project)).panels[PanelKind.FINAL_EVALUATION].least_members > 0


async def can_evaluate(person: Person, project: Project) -> bool:
    """Once the council has graded the project; where the rules ask for none, once its time is over."""
    if project.state != State.RUNNING or not projects.keeps(person, project):
        return False
    return project.council_grade is not None or (project.ends_on < today() and not await asks_council(project))


def can_register(person: Person, project: Project) -> bool:
    return project.state == State.EVALUATED and project.grade != "fail" and projects.keeps(person, project)


async def nothing_verified(project: Project) -> bool:
    """Whether products were ordered and none of what was made has been verified: the officer is warned before grading."""
    found = await rows(
        "SELECT EXISTS (SELECT FROM product WHERE proposal = $1) AND NOT EXISTS "
        "(SELECT FROM output WHERE project = $2 AND verified_at IS NOT NULL) AS nothing", project.proposal, project.id,
    )
    return found[0]["nothing"]


async def note_council_grade(project: Project, grade: str, *, by: Person) -> None:
    """The final evaluation council has graded the project; called when its minutes are locked."""
    async with changing(project, by=by, did="council_graded") as project:
        require(project.state == State.RUNNING and grade in GRADES, _("Chỉ nghiệm thu nhiệm vụ đang thực hiện."))
        project.council_grade, project.council_graded_on = grade, today()
        await projects.tell(
            project, lambda: _("Hội đồng nghiệm thu đã họp: {code}").format(code=project.code),
            lambda: _("Hội đồng xếp loại nhiệm vụ {code}: {grade}. Quyết định công nhận được gửi sau.").format(
                code=project.code, grade=grade_status(grade)[0]
            ),
        )


async def evaluate(project: Project, *, grade: str, decision_number: str, decided_on: date, by: Person) -> None:
    """Record the council's grade and the decision that recognises it: the lead person is free, the result is to be registered.

    Every report that fell due by then must be accepted. A failed project has nothing to register.
    """
    async with changing(project, by=by, did="evaluated") as project:
        require(projects.keeps(by, project), _("Chỉ cán bộ quản lý nhiệm vụ mới ghi kết quả nghiệm thu."))
        projects.move(project, State.EVALUATED)
        require(grade in GRADES and decision_number.strip(), _("Hãy ghi xếp loại và số quyết định."))
        await require_as_the_council(project, grade)
        since = project.council_graded_on or project.agreed_on
        require(since <= decided_on <= today(), _("Ngày quyết định phải từ ngày {day} đến hôm nay.").format(
            day=show_date(since, language())), "decided_on")
        projects.require_lately(decided_on, "decided_on")
        for report in await reports.of(project):
            owed = report.due < decided_on or report.state in (reports.State.FILED, reports.State.RETURNED)
            require(
                report.state == reports.State.ACCEPTED or not owed,
                _("Báo cáo định kỳ số {number} chưa được chấp nhận.").format(number=report.number),
            )
        project.grade, project.grade_decision, project.graded_on = grade, decision_number, decided_on
        project.late_since = None
        for kind in (Kind.LEADING_PROJECT, Kind.REPORT, Kind.FINAL_FILE):
            await obligations.settle(kind, project, by=by, on=decided_on)
        due = None if grade == "fail" else await registration_due(project)
        if due:
            await obligations.owe(Kind.RESULT, project, due=due, by=by)
        await tell_graded(project, due)


async def require_as_the_council(project: Project, grade: str) -> None:
    """The decision recognises what the council concluded; without a council only where the pinned rules ask for none."""
    if project.council_grade is None:
        require(not await asks_council(project), _(
            "Hội đồng nghiệm thu chưa xếp loại nhiệm vụ này: hãy lập hội đồng, họp và khoá biên bản trước khi ghi quyết định."))
        return
    require(project.council_grade == grade, _("Hội đồng nghiệm thu đã xếp loại «{grade}»; quyết định phải theo kết luận đó.").format(
        grade=grade_status(project.council_grade)[0]), "grade")


async def registration_due(project: Project, days: Calendar | None = None) -> date:
    """The last day to register the result (TT 14/2014/TT-BKHCN: 30 working days after official acceptance)."""
    term = (await projects.rules_of(project)).limit("result_registration")
    return (days or await rules.calendar()).due(project.graded_on, term.value, term.unit)


async def tell_graded(project: Project, due: date | None) -> None:
    def body() -> str:
        graded = _("Nhiệm vụ {code} được xếp loại {grade} theo quyết định {number}.").format(
            code=project.code, grade=grade_status(project.grade)[0], number=project.grade_decision
        )
        asked = _("Hãy đăng ký kết quả trước hết ngày {due}.").format(due=show_date(due, language())) if due else ""
        return f"{graded} {asked}".strip()

    await projects.tell(project, lambda: _("Kết quả nghiệm thu {code}").format(code=project.code), body)


async def register(project: Project, *, certificate: str, registered_on: date, by: Person) -> None:
    """Record the certificate of result registration (giấy chứng nhận đăng ký kết quả); nothing is owed for it any more."""
    async with changing(project, by=by, did="registered") as project:
        require(projects.keeps(by, project), _("Chỉ cán bộ quản lý nhiệm vụ mới ghi nhận đăng ký kết quả."))
        projects.move(project, State.REGISTERED)
        require(project.grade != "fail", _("Nhiệm vụ không đạt thì không đăng ký kết quả."))
        require(certificate.strip(), _("Hãy ghi số giấy chứng nhận."))
        require(project.graded_on <= registered_on <= today(), _("Ngày cấp phải từ ngày nghiệm thu đến hôm nay."), "registered_on")
        project.result_certificate, project.registered_on = certificate, registered_on
        await obligations.settle(Kind.RESULT, project, by=by, on=registered_on)
        await projects.tell(
            project, lambda: _("Đã đăng ký kết quả {code}").format(code=project.code),
            lambda: _("Kết quả nhiệm vụ {code} có giấy chứng nhận số {number}.").format(
                code=project.code, number=certificate
            ),
        )
