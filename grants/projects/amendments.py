"""Amendments of an agreement (điều chỉnh, phụ lục hợp đồng): asked for, decided by somebody else, and then carried out.

The office records the decision of whoever decides; the project is what the amendment says from then on, and what the agreement said
before stays beside it. The state money and its commitment are not touched: time and people change, the award does not.
"""

from datetime import date

from grants.people import people
from grants.people.people import holds_for, person, today
from grants.people.tables import Person, Role
from grants.projects import amendment_rules, extensions, obligations, projects
from grants.projects.amendment_rules import Kind
from grants.projects.obligations import Kind as Owed
from grants.projects.projects import State as ProjectState
from grants.projects.tables import Amendment, Project
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB
from grants.shell.dates import day_of, show_date
from grants.shell.language import N_, _, language

State = Amendment.State
KINDS = {
    Kind.EXTENSION: N_("Gia hạn"),
    Kind.LEAD: N_("Thay chủ nhiệm"),
    Kind.CONTENT: N_("Điều chỉnh nội dung, tiến độ"),
    Kind.TITLE: N_("Điều chỉnh tên nhiệm vụ"),
    Kind.OBJECTIVE: N_("Điều chỉnh mục tiêu"),
    Kind.PRODUCTS: N_("Điều chỉnh sản phẩm"),
    Kind.BUDGET: N_("Điều chỉnh giữa các mục khoán"),
}
WORDS = {
    State.ASKED: (N_("Chờ quyết định"), "progress"), State.APPROVED: (N_("Được chấp thuận"), "good"),
    State.REFUSED: (N_("Không được chấp thuận"), "bad"), State.WITHDRAWN: (N_("Đã rút"), "neutral"),
    State.NOTED: (N_("Đã ghi nhận"), "good"),
}


def status(row: Amendment) -> tuple[str, str]:
    words, tone = WORDS[State(row.state)]
    return _(words), tone


def kind_label(row: Amendment) -> str:
    return _(KINDS[Kind(row.kind)])


def speaks_for(person: Person, project: Project) -> bool:
    """The lead person, or the head of the lead organisation."""
    return project.lead == person.id or holds_for(person, Role.SIGNATORY, project.lead_organisation)


def is_open(project: Project) -> bool:
    """Whether the agreement may still be amended: being worked under, or standing still, and no council has graded the work."""
    return project.state in (ProjectState.RUNNING, ProjectState.SUSPENDED) and project.council_grade is None


def can_ask(person: Person, project: Project) -> bool:
    """Before the agreement's end: those who speak for the project, or the officer who keeps its file on their behalf."""
    return is_open(project) and today() <= project.ends_on and (speaks_for(person, project) or projects.keeps(person, project))


def can_withdraw(person: Person, row: Amendment, project: Project) -> bool:
    return row.state == State.ASKED and (row.asked_by == person.id or speaks_for(person, project))


def can_decide(person: Person, row: Amendment, project: Project) -> bool:
    """The officer who keeps the file, unless they asked for it themselves or would lead the project by it."""
    return row.state == State.ASKED and projects.keeps(person, project) and person.id not in (row.asked_by, row.lead)


async def of(project: Project) -> list[Amendment]:
    """Every amendment of the project, the oldest first."""
    return await Amendment.objects().where(Amendment.project == project.id).order_by(Amendment.id)


async def ask(
    project: Project, kind: str, *, reason: str, months: int | None = None, lead: int | None = None, was: str = "", becomes: str = "",
    becomes_en: str = "", by: Person,
) -> Amendment:
    """Ask for a change of the agreement before it ends; what the lead organisation moves inside the lump sum is only noted."""
    async with DB.transaction():
        project = await projects.locked(project.id)
        require(can_ask(by, project), _("Chỉ chủ nhiệm, thủ trưởng tổ chức chủ trì hoặc cán bộ quản lý nhiệm vụ đề nghị điều chỉnh, "
                                        "khi hợp đồng chưa hết hạn và nhiệm vụ chưa được hội đồng nghiệm thu."))
        require(reason.strip(), _("Hãy nêu lý do."), "reason")
        row = Amendment(
            project=project.id, kind=Kind(kind).value, months=months, lead=lead, was=was.strip(), becomes=becomes.strip(),
            becomes_en=becomes_en.strip(), reason=reason, asked_by=by.id, asked_at=now(),
        )
        if row.kind == Kind.TITLE:
            row.was = project.title
        if row.kind == Kind.BUDGET:
            require(speaks_for(by, project), _("Việc này thuộc quyền của tổ chức chủ trì: chủ nhiệm hoặc thủ trưởng tự ghi."))
            row.state = State.NOTED
        await amendment_rules.require_possible(project, row)
        waits = (Amendment.project == project.id) & (Amendment.kind == row.kind) & (Amendment.state == State.ASKED)
        require(not await Amendment.exists().where(waits), _("Đã có một đề nghị loại này đang chờ quyết định."))
        await add(row, by=by, did="noted" if row.state == State.NOTED else "asked")
        await tell_asked(project, row, by=by)
    return row


async def tell_asked(project: Project, row: Amendment, *, by: Person) -> None:
    """The officer of the call is told; what an officer asks for on the project's behalf, the lead person."""
    reader = await (person(project.lead) if projects.keeps(by, project) else projects.officer_of(project))
    await mail.tell(
        reader, lambda: f"{kind_label(row)}: {project.code}",
        lambda: _("{name} đề nghị điều chỉnh hợp đồng của nhiệm vụ {code}. Lý do: {reason}").format(
            name=by.full_name, code=project.code, reason=row.reason),
        link=f"/amendments/{row.id}",
    )


async def approve(row: Amendment, *, number: str, on: date, remark: str = "", by: Person) -> None:
    """Record that whoever decides has consented, by number and day: from now on the project is what the amendment says."""
    async with DB.transaction():
        project = await projects.locked(row.project)
        async with changing(row, by=by, did="approved") as row:
            require_decider(by, row, project)
            require(is_open(project), _("Nhiệm vụ không còn ở bước thực hiện; đề nghị này chỉ có thể không chấp thuận hoặc rút."))
            require(number.strip(), _("Hãy ghi số văn bản chấp thuận."), "number")
            since = day_of(row.asked_at)
            require(since <= on <= today(), _("Ngày quyết định phải từ ngày đề nghị {day} đến hôm nay.").format(
                day=show_date(since, language())), "on")
            await amendment_rules.require_possible(project, row)
            mine = Amendment.project == project.id
            row.annex = 1 + await Amendment.count().where(mine & (Amendment.state == State.APPROVED))
            row.state, row.number, row.decided_on, row.remark = State.APPROVED, number, on, remark
            row.decided_by, row.decided_at = by.id, now()
            note_before(project, row)
        await carry_out(project, row, by=by)
        await tell_decided(project, row)


def note_before(project: Project, row: Amendment) -> None:
    """What the agreement says until today, kept beside what it says from now on."""
    if row.kind == Kind.EXTENSION:
        row.ends_before, row.ends_after = project.ends_on, extensions.end_after(project, row.months)
    elif row.kind == Kind.LEAD:
        row.lead_before = project.lead
    elif row.kind == Kind.TITLE:
        row.was = project.title


async def carry_out(project: Project, row: Amendment, *, by: Person) -> None:
    """What follows for the project. Content, objective and products are the annex's words; its time, lead and title are columns."""
    if row.kind == Kind.EXTENSION:
        await extensions.extend(project, row, by=by)
    elif row.kind == Kind.LEAD:
        await hand_over(project, row, by=by)
    elif row.kind == Kind.TITLE:
        async with changing(project, by=by, did="amended") as project:
            project.title, project.title_en = row.becomes, row.becomes_en or project.title_en
            project.folded = await projects.folded(project)


async def hand_over(project: Project, row: Amendment, *, by: Person) -> None:
    """Who leads it now files its reports and asks for its money; what was overdue before stays owed by whom it was owed."""
    await obligations.settle(Owed.LEADING_PROJECT, project, by=by, on=row.decided_on)
    async with changing(project, by=by, did="amended") as project:
        project.lead = row.lead
        project.folded = await projects.folded(project)
    await obligations.owe(Owed.LEADING_PROJECT, project, due=row.decided_on, by=by, organisation=False)


async def refuse(row: Amendment, *, remark: str, by: Person) -> None:
    """Whoever decides has not consented, for a reason; the agreement stays as it is."""
    async with DB.transaction():
        project = await projects.locked(row.project)
        async with changing(row, by=by, did="refused") as row:
            require_decider(by, row, project)
            require(remark.strip(), _("Hãy ghi lý do không chấp thuận."), "refusal")
            row.state, row.remark, row.decided_by, row.decided_at = State.REFUSED, remark, by.id, now()
        await tell_decided(project, row)


def require_decider(by: Person, row: Amendment, project: Project) -> None:
    require(row.state == State.ASKED, _("Đề nghị này đã có quyết định hoặc đã được rút."))
    require(can_decide(by, row, project), _("Chỉ cán bộ quản lý nhiệm vụ, không phải người đề nghị, mới ghi quyết định này."))


async def withdraw(row: Amendment, *, by: Person) -> None:
    """Taken back by who asked for it, or by who speaks for the project."""
    async with DB.transaction():
        project = await projects.locked(row.project)
        async with changing(row, by=by, did="withdrawn") as row:
            require(can_withdraw(by, row, project), _("Chỉ rút được đề nghị của mình khi chưa có quyết định."))
            row.state = State.WITHDRAWN


async def tell_decided(project: Project, row: Amendment) -> None:
    """The lead person, the head of the lead organisation, who asked for it, and a lead person who changes with it."""
    def said() -> str:
        if row.state == State.REFUSED:
            return _("Đề nghị không được chấp thuận. Lý do: {reason}").format(reason=row.remark)
        return _("Chấp thuận theo văn bản số {number} ngày {day}; đây là phụ lục số {annex} của hợp đồng. {what}").format(
            number=row.number, day=show_date(row.decided_on, language()), annex=row.annex, what=in_words(row)).strip()

    signing = await people.holding(Role.SIGNATORY, project.lead_organisation)
    concerned = {row.lead, row.lead_before} if row.state == State.APPROVED else set()
    readers = {one.id: one for one in [*signing, *[await person(id) for id in {project.lead, row.asked_by} | concerned if id]]}
    for reader in readers.values():
        await mail.tell(
            reader, lambda: f"{kind_label(row)}: {project.code}", said, link=f"/amendments/{row.id}",
        )


def in_words(row: Amendment) -> str:
    """What an approved amendment changes, in a sentence; nothing where the annex's own words say it."""
    if row.kind == Kind.EXTENSION:
        return _("Hợp đồng kết thúc ngày {after} thay vì {before}.").format(
            after=show_date(row.ends_after, language()), before=show_date(row.ends_before, language()))
    return ""
