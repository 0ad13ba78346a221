"""Clearing advances: what was advanced becomes cost, against an accepted report or vouchers. Amounts are đồng.

Filed by the project's lead, confirmed by the officer (the funding unit), cleared by the stream's finance: three people.
"""

from piccolo.columns.combination import Combinable

from budget import advances, ledger, payments, streams, terms
from budget.ledger import Kind, Paper
from budget.payment_tables import Clearance, Terms
from budget.tables import Stage
from grants.people import people
from grants.people.people import holds
from grants.people.tables import Person
from grants.projects import projects
from grants.projects.tables import Project, Report
from grants.proposals.tables import Proposal
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB
from grants.shell.dates import day_of
from grants.shell.language import N_, _
from grants.shell.money import short, show

State = Clearance.State
NEXT = {
    State.FILED: {State.CONFIRMED, State.REFUSED},
    State.CONFIRMED: {State.CLEARED, State.REFUSED},
    State.CLEARED: set(),
    State.REFUSED: set(),
}
WORDS = {
    State.FILED: (N_("Chờ cơ quan quản lý xác nhận khối lượng"), "progress"),
    State.CONFIRMED: (N_("Chờ tài chính ghi hoàn ứng"), "warn"),
    State.CLEARED: (N_("Đã hoàn tạm ứng"), "good"),
    State.REFUSED: (N_("Bị trả lại"), "bad"),
}


def status(state: str) -> tuple[str, str]:
    words, tone = WORDS[State(state)]
    return _(words), tone


def number(id: int) -> str:
    return f"HTU-{id:05d}"


def move(clearance: Clearance, to: State) -> None:
    require(to in NEXT[State(clearance.state)], _("Hồ sơ hoàn tạm ứng này đã qua bước đó."))
    clearance.state = to


def seen_by(person: Person) -> Combinable:
    """The offices see all; others those of the projects they lead or sign for."""
    if holds(person, *payments.SEES):
        return Clearance.id > 0
    return projects.answered_for(person, Clearance.project)


def visible_to(person: Person):
    return Clearance.objects().where(seen_by(person))


def can_file(person: Person, project: Project) -> bool:
    """The lead or the head of the lead organisation; also after the project has ended, for advances are cleared then too."""
    return payments.asks_for(person, project) and project.state != Project.State.AWARDED


def can_confirm(person: Person, clearance: Clearance, project: Project) -> bool:
    return clearance.state == State.FILED and person.id != clearance.filed_by and projects.keeps(person, project)


async def can_clear(person: Person, clearance: Clearance) -> bool:
    return (
        clearance.state == State.CONFIRMED and person.id not in (clearance.filed_by, clearance.confirmed_by)
        and await streams.can_approve(person, clearance.stream)
    )


async def file(
    project: Project, *, stream: str, year: int, amount: int, report: int | None = None, vouchers: str = "", work: str = "", by: Person
) -> Clearance:
    """Ask that part of what was advanced in a stream and year be taken for cost."""
    async with DB.transaction():
        project = await projects.locked(project.id)
        require(can_file(by, project), _("Chỉ chủ nhiệm hoặc thủ trưởng tổ chức chủ trì mới lập hồ sơ hoàn tạm ứng."))
        await require_work(project, report, vouchers)
        left = next((
            one["open"] - one["pending"] for one in await advances.still_open(project)
            if (one["stream"], one["year"]) == (str(stream), year)
        ), 0)
        require(
            0 < amount <= left,
            _("Tạm ứng «{stream}» năm {year} chưa hoàn chỉ còn {left}.").format(stream=streams.label(stream), year=year, left=show(left)),
        )
        row = Clearance(
            project=project.id, stream=stream, year=year, amount=amount, report=report, vouchers=vouchers.strip(), work=work,
            filed_by=by.id, filed_at=now(),
        )
        await add(row, by=by, did="filed")
        await tell(row, project, [await projects.officer_of(project)])
    return row


async def require_work(project: Project, report: int | None, vouchers: str) -> None:
    """A lump sum is cleared by an accepted report, cost at actual amounts by its vouchers (TTLT 27/2015)."""
    accepted = (Report.id == report) & (Report.project == project.id) & (Report.state == Report.State.ACCEPTED)
    require(report is None or await Report.exists().where(accepted), _("Báo cáo này chưa được chấp nhận."))
    require(report or vouchers.strip(), _("Hãy chọn báo cáo đã được chấp nhận, hoặc ghi số chứng từ."))
    kept = await terms.of(project)
    require(
        vouchers.strip() or not kept or kept.method != Terms.Method.ACTUAL,
        _("Nhiệm vụ chi theo thực tế: hãy ghi số chứng từ."),
    )


async def confirm(clearance: Clearance, *, by: Person) -> None:
    """The officer confirms the completed work; the stream's finance is told."""
    async with changing(clearance, by=by, did="confirmed") as clearance:
        project = await Project.objects().get(Project.id == clearance.project)
        require(projects.keeps(by, project), _("Chỉ cán bộ quản lý nhiệm vụ mới xác nhận khối lượng."))
        require(by.id != clearance.filed_by, _("Người lập và người duyệt phải là hai người khác nhau."))
        move(clearance, State.CONFIRMED)
        clearance.confirmed_by, clearance.confirmed_at = by.id, now()
        await tell(clearance, project, await streams.finance_of(clearance.stream))


async def clear(clearance: Clearance, *, by: Person) -> None:
    """The stream's finance enters it: the advance is cost now, and the next advance may become possible."""
    project = await Project.objects().get(Project.id == clearance.project)
    proposal = await Proposal.objects().get(Proposal.id == project.proposal)
    place = {"call": proposal.call, "proposal": proposal.id}
    async with DB.transaction():
        out_of = await ledger.account(Stage.ADVANCED, clearance.stream, clearance.year, **place)
        into = await ledger.account(Stage.PAID, clearance.stream, clearance.year, **place)
        await ledger.lock(out_of, into)
        async with changing(clearance, by=by, did="cleared") as clearance:
            await require_finance(by, clearance)
            move(clearance, State.CLEARED)
            posted = await ledger.post(
                Kind.CLEARANCE, clearance.amount, out_of=out_of, into=into,
                paper=Paper("clearance_papers", number(clearance.id), day_of(clearance.filed_at)),
                made_by=clearance.confirmed_by, approved_by=by.id, key=f"clearance-{clearance.id}",
            )
            clearance.entry, clearance.decided_by, clearance.decided_at = posted.id, by.id, now()
        await tell(clearance, project, [await people.person(clearance.filed_by), await people.person(clearance.confirmed_by)])


async def require_finance(by: Person, clearance: Clearance) -> None:
    require(
        await streams.can_approve(by, clearance.stream),
        _("Chỉ cơ quan tài chính phụ trách «{stream}» mới duyệt được.").format(stream=streams.label(clearance.stream)),
    )
    require(
        by.id not in (clearance.filed_by, clearance.confirmed_by),
        _("Người lập, người xác nhận và người ghi hoàn ứng phải là ba người khác nhau."),
    )


async def send_back(clearance: Clearance, *, reason: str, by: Person) -> None:
    """The officer (before confirming) or the stream's finance sends it back and says why; a new one may be filed."""
    async with changing(clearance, by=by, did="refused") as clearance:
        project = await Project.objects().get(Project.id == clearance.project)
        may = can_confirm(by, clearance, project) or await can_clear(by, clearance)
        require(may, _("Hồ sơ hoàn tạm ứng này không chờ bạn."))
        require(reason.strip(), _("Hãy nêu lý do trả lại."))
        move(clearance, State.REFUSED)
        clearance.reason, clearance.decided_by, clearance.decided_at = reason, by.id, now()
        await tell(clearance, project, [await people.person(clearance.filed_by)])


async def tell(clearance: Clearance, project: Project, readers: list[Person]) -> None:
    for reader in {reader.id: reader for reader in readers}.values():
        await mail.tell(
            reader, lambda: _("Hoàn tạm ứng {amount}: {state}").format(
                amount=short(clearance.amount), state=status(clearance.state)[0].lower()
            ),
            lambda: _("Nhiệm vụ {code}. {reason}").format(code=project.code, reason=clearance.reason).strip(),
            link=f"/clearances/{clearance.id}",
        )
