"""What came of a project: entered by its team, verified by an officer who did not enter it."""

from typing import Any

from piccolo.columns.combination import Combinable
from piccolo.table import Table

from grants.outcomes import outputs, rights, transfers
from grants.outcomes.tables import Output, Right, Transfer
from grants.people import people
from grants.people.people import holds
from grants.people.tables import Person
from grants.projects import projects
from grants.projects.projects import State
from grants.projects.tables import Project
from grants.shell import mail
from grants.shell.changes import add, changing, now, remove, require
from grants.shell.database import DB
from grants.shell.language import N_, _
from grants.shell.text import fold

Outcome = Output | Right | Transfer
NOUNS: dict[str, type[Table]] = {"outputs": Output, "rights": Right, "transfers": Transfer}
CHECKS = {Output: outputs.check, Right: rights.check, Transfer: transfers.check}
SEARCHED = {
    Output: ("title", "identifier"), Right: ("title", "number"), Transfer: ("title", "contract_number", "recipient", "territory"),
}
WORDS = {"waiting": (N_("Chờ xác nhận"), "progress"), "questioned": (N_("Cần sửa"), "warn"), "verified": (N_("Đã xác nhận"), "good")}


def noun_of(row: Outcome) -> str:
    """The word by which a row's kind stands in addresses: outputs, rights, transfers."""
    return next(noun for noun, table in NOUNS.items() if isinstance(row, table))


def link_to(row: Outcome) -> str:
    return f"/outcomes/{noun_of(row)}/{row.id}"


def status(row: Outcome) -> tuple[str, str]:
    """How far the row has come, in words with its tone."""
    words, tone = WORDS["verified" if row.verified_at else "questioned" if row.remark else "waiting"]
    return _(words), tone


def seen_by(person: Person, table: type[Table]) -> Combinable | None:
    """Offices see every outcome; others what is verified, and all of the projects they may see.

    A transfer's contract (to whom, for how much) is for its own project and the offices; the public page says the rest.
    """
    if holds(person, *projects.SEE_ALL):
        return None
    own = Project.select(Project.id).where(projects.seen_by(person))
    if table is Transfer:
        return table.project.is_in(own)
    return table.verified_at.is_not_null() | table.project.is_in(own)


def visible_to(person: Person, table: type[Table]):
    """The outputs, rights or transfers a person may know exist. Every page loads through this."""
    condition = seen_by(person, table)
    return table.objects() if condition is None else table.objects().where(condition)


async def of(project: Project, table: type[Table], person: Person) -> list:
    """The project's outcomes of one kind that the person may know."""
    return await visible_to(person, table).where(table.project == project.id).order_by(table.id)


async def can_enter(person: Person, project: Project) -> bool:
    """The team, from the agreement on, also long after the project has ended."""
    return project.state not in (State.AWARDED, State.TERMINATED) and await projects.can_write(person, project)


async def can_correct(person: Person, row: Outcome, project: Project) -> bool:
    return row.verified_at is None and await can_enter(person, project)


def can_question(person: Person, row: Outcome, project: Project) -> bool:
    return row.entered_by != person.id and projects.keeps(person, project)


def can_verify(person: Person, row: Outcome, project: Project) -> bool:
    return row.verified_at is None and can_question(person, row, project)


async def enter(project: Project, table: type[Table], *, by: Person, **facts: Any) -> Outcome:
    """The team enters an output, a right or a transfer; `facts` are the columns of its table, money in đồng."""
    async with DB.transaction():
        project = await projects.locked(project.id)
        require(await can_enter(by, project), _("Chỉ nhóm thực hiện mới ghi kết quả, sau khi hợp đồng được ghi nhận."))
        row = table(project=project.id, entered_by=by.id, entered_at=now(), **facts)
        await checked(row, project)
        await add(row, by=by, did="entered")
        await tell_officer(row, project)
    return row


async def checked(row: Outcome, project: Project) -> None:
    """The rules of its kind, and what a search finds it by."""
    await CHECKS[type(row)](row, project)
    row.folded = fold(" ".join([project.code, project.title, *(getattr(row, name) for name in SEARCHED[type(row)])]))


async def correct(row: Outcome, *, by: Person, **facts: Any) -> None:
    """The team corrects what is not verified yet; what the officer asked for is taken as answered."""
    async with DB.transaction():
        project = await projects.locked(row.project)
        async with changing(row, by=by, did="corrected") as row:
            require(await can_correct(by, row, project), _("Kết quả đã xác nhận thì không sửa được; chỉ nhóm thực hiện mới sửa."))
            asked, row.remark = bool(row.remark), ""
            for name, value in facts.items():
                setattr(row, name, value)
            await checked(row, project)
            row.entered_by, row.entered_at = by.id, now()
        if asked:
            await tell_officer(row, project)


async def strike(row: Outcome, *, by: Person) -> None:
    """The team takes away what was entered by mistake, as long as it is not verified."""
    async with DB.transaction():
        project = await projects.locked(row.project)
        fresh = await type(row).objects().where(type(row).id == row.id).lock_rows().first()
        require(fresh and await can_correct(by, fresh, project), _("Kết quả đã xác nhận thì không bỏ được; chỉ nhóm thực hiện mới bỏ."))
        await remove(fresh, by=by, did="struck")


async def verify(row: Outcome, *, by: Person) -> None:
    """An officer confirms what somebody else entered; from here on it stays as it is and the public may see it."""
    async with DB.transaction():
        project = await projects.locked(row.project)
        async with changing(row, by=by, did="verified") as row:
            require(row.verified_at is None, _("Kết quả này đã được xác nhận."))
            require(row.entered_by != by.id, _("Người nhập không tự xác nhận kết quả của mình."))
            require(projects.keeps(by, project), _("Chỉ cán bộ quản lý nhiệm vụ mới xác nhận kết quả."))
            row.verified_by, row.verified_at, row.remark = by.id, now(), ""
        await tell_enterer(
            row, lambda: _("Đã xác nhận: {title}"), lambda: _("Cơ quan quản lý đã xác nhận kết quả này; kết quả được công khai."),
        )


async def question(row: Outcome, *, remark: str, by: Person) -> None:
    """The officer says what must be put right or added (a grant, a registration); what was verified is open again."""
    async with DB.transaction():
        project = await projects.locked(row.project)
        async with changing(row, by=by, did="questioned") as row:
            require(can_question(by, row, project), _("Chỉ cán bộ quản lý nhiệm vụ mới xem xét kết quả."))
            require(remark.strip(), _("Hãy ghi điều cần sửa."))
            row.remark, row.verified_by, row.verified_at = remark, None, None
        await tell_enterer(row, lambda: _("Cần sửa: {title}"), lambda: remark)


async def tell_officer(row: Outcome, project: Project) -> None:
    await mail.tell(
        await projects.officer_of(project), lambda: _("Kết quả của {code} chờ xác nhận").format(code=project.code),
        lambda: _("Nhóm thực hiện vừa ghi «{title}».").format(title=row.title), link=link_to(row),
    )


async def tell_enterer(row: Outcome, subject, body) -> None:
    await mail.tell(
        await people.person(row.entered_by), lambda: subject().format(title=row.title), body, link=link_to(row)
    )
