"""Money paid to a project: asked for by its lead, approved by the stream's finance, confirmed by the treasurer.

Three different people, which the verb, the table and the ledger each demand. Amounts are đồng.
"""

from datetime import date

from piccolo.columns.combination import Combinable

from budget import approvals, ledger, lending, streams
from budget.ledger import Kind, Paper
from budget.payable import Asked, require_payable
from budget.tables import Account, Entry, Payment, Stage
from grants.people.people import holding, holds, holds_for, person, today
from grants.people.tables import Person, Role
from grants.projects import projects, reports
from grants.projects.tables import Project
from grants.proposals.tables import Proposal
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB
from grants.shell.dates import day_of
from grants.shell.language import N_, _
from grants.shell.money import short

State = Payment.State
WORDS = {
    State.REQUESTED: (N_("Chờ tài chính duyệt"), "progress"),
    State.APPROVED: (N_("Chờ xác nhận chi"), "warn"),
    State.REFUSED: (N_("Bị từ chối"), "bad"),
    State.PAID: (N_("Đã chi"), "good"),
}
KINDS = {
    Payment.Kind.ADVANCE: N_("Tạm ứng"), Payment.Kind.PAYMENT: N_("Thanh toán"), Payment.Kind.LOAN: N_("Giải ngân cho vay"),
}
SEES = (Role.OFFICER, Role.FINANCE, Role.TREASURER, Role.LEADER, Role.AUDITOR)
HALTED = (Project.State.SUSPENDED, Project.State.TERMINATED)
PAYABLE = (Project.State.RUNNING, Project.State.EVALUATED, Project.State.REGISTERED)


def label(state: str) -> str:
    return _(WORDS[State(state)][0])


def status(state: str) -> tuple[str, str]:
    return label(state), WORDS[State(state)][1]


def kind_label(kind: str) -> str:
    return _(KINDS[Payment.Kind(kind)])


def number(id: int) -> str:
    """The request's own number."""
    return f"ĐN-{id:05d}"


def seen_by(person: Person) -> Combinable:
    """The offices see all payments; others those of the projects they lead or sign for."""
    if holds(person, *SEES):
        return Payment.id > 0
    return projects.answered_for(person, Payment.project) | (Payment.requested_by == person.id)


def visible_to(person: Person):
    return Payment.objects().where(seen_by(person))


def asks_for(person: Person, project: Project) -> bool:
    """The lead person, or the head of the lead organisation."""
    return project.lead == person.id or holds_for(person, Role.SIGNATORY, project.lead_organisation)


def can_request(person: Person, project: Project) -> bool:
    """Who asks for the project's money, while it may be paid."""
    return asks_for(person, project) and project.state in PAYABLE


async def can_approve(person: Person, payment: Payment) -> bool:
    return (
        payment.state == State.REQUESTED and payment.requested_by != person.id and await approvals.can_give(person, payment)
    )


def can_confirm(person: Person, payment: Payment) -> bool:
    return (
        holds(person, Role.TREASURER) and payment.state == State.APPROVED
        and person.id not in (payment.requested_by, payment.approved_by)
    )


async def may_confirm(person: Person, payment: Payment) -> bool:
    """Whether the treasurer may confirm it: neither asked for it nor gave any of its approvals."""
    return can_confirm(person, payment) and person.id not in {one.by for one in await approvals.given(payment)}


async def accounts(project: Project, stream: str, year: int, kind: str) -> tuple[Account, Account]:
    """Where a payment is taken from and where it goes."""
    proposal = await Proposal.objects().where(Proposal.id == project.proposal).first()
    into = {Payment.Kind.ADVANCE: Stage.ADVANCED, Payment.Kind.LOAN: Stage.LENT}.get(Payment.Kind(kind), Stage.PAID)
    return (
        await ledger.account(Stage.COMMITTED, stream, year, call=proposal.call, proposal=proposal.id),
        await ledger.account(into, stream, year, call=proposal.call, proposal=proposal.id),
    )


async def request(
    project: Project, *, kind: str, stream: str, year: int, amount: int, purpose: str, instalment: int | None = None,
    report: int | None = None, milestone: int | None = None, vouchers: str = "", by: Person,
) -> Payment:
    """Ask for an advance or a payment out of what is committed to the project in a year and stream."""
    async with DB.transaction():
        project = await projects.locked(project.id)
        require(
            can_request(by, project),
            _("Chỉ chủ nhiệm hoặc thủ trưởng tổ chức chủ trì mới đề nghị, khi hợp đồng còn hiệu lực."),
        )
        asked = Asked(kind, stream, year, amount, instalment, report, milestone, vouchers)
        await require_payable(project, asked)
        return await ask(project, asked, purpose=purpose, by=by)


async def ask(project: Project, asked: Asked, *, purpose: str, by: Person) -> Payment:
    """Write the request down and tell the stream's finance; what may be asked for is the caller's rule."""
    payment = Payment(
        project=project.id, stream=asked.stream, year=asked.year, kind=asked.kind, amount=asked.amount, purpose=purpose,
        requested_by=by.id, requested_at=now(), instalment=asked.instalment, report=asked.report, milestone=asked.milestone,
        vouchers=asked.vouchers,
    )
    await add(payment, by=by, did="requested")
    for officer in await streams.finance_of(asked.stream):
        await mail.tell(
            officer, lambda: _("Đề nghị {kind} {amount}").format(kind=kind_label(asked.kind).lower(), amount=short(asked.amount)),
            lambda: _("Nhiệm vụ {code}, từ «{stream}» năm {year}: {purpose}").format(
                code=project.code, stream=streams.label(asked.stream), year=asked.year, purpose=purpose
            ),
            link=f"/payments/{payment.id}",
        )
    return payment


async def approve(payment: Payment, *, by: Person) -> None:
    """The stream's finance approves, and whoever a threshold asks for: with the last approval the amount is held for the treasury."""
    project = await Project.objects().where(Project.id == payment.project).first()
    async with DB.transaction():
        out_of, into = await accounts(project, payment.stream, payment.year, payment.kind)
        await ledger.lock(out_of, into)
        async with changing(payment, by=by, did="approved") as payment:
            await require_approver(by, payment)
            require(
                payment.kind == Payment.Kind.LOAN or project.state not in HALTED,
                _("Nhiệm vụ đang tạm dừng hoặc đã chấm dứt: không đề nghị, không duyệt chi."),
            )
            if payment.kind in (Payment.Kind.ADVANCE, Payment.Kind.PAYMENT):
                await reports.require_handed_in(project)
            if not await approvals.give(payment, by=by):
                return
            held = await ledger.reserve(
                Kind(payment.kind), payment.amount, out_of=out_of, into=into,
                paper=Paper("payment_request", number(payment.id), day_of(payment.requested_at)),
                made_by=payment.requested_by, approved_by=by.id, key=f"payment-{payment.id}",
            )
            payment.state, payment.held_entry = State.APPROVED, held.id
            payment.approved_by, payment.approved_at = by.id, now()
        await tell(payment, project, [await person(payment.requested_by), *await holding(Role.TREASURER)])


async def refuse(payment: Payment, *, reason: str, by: Person) -> None:
    """The stream's finance refuses a request and says why."""
    async with changing(payment, by=by, did="refused") as payment:
        await require_approver(by, payment)
        require(reason, _("Hãy nêu lý do từ chối."))
        payment.state, payment.reason = State.REFUSED, reason
        payment.approved_by, payment.approved_at = by.id, now()
        project = await Project.objects().where(Project.id == payment.project).first()
        await tell(payment, project, [await person(payment.requested_by)])


async def require_approver(by: Person, payment: Payment) -> None:
    require(
        await streams.can_approve(by, payment.stream),
        _("Chỉ cơ quan tài chính phụ trách «{stream}» mới duyệt được.").format(stream=streams.label(payment.stream)),
    )
    require(by.id != payment.requested_by, _("Người lập và người duyệt phải là hai người khác nhau."))
    require(payment.state == State.REQUESTED, _("Đề nghị này đã có quyết định."))


async def confirm(payment: Payment, *, number: str, on: date, by: Person) -> None:
    """The treasurer confirms that the treasury has paid, with its number and day."""
    async with DB.transaction():
        held = await lock_held(payment)
        async with changing(payment, by=by, did="paid") as payment:
            require_treasurer(by, payment)
            require(await may_confirm(by, payment), _("Người đề nghị, người duyệt và người xác nhận chi phải là ba người khác nhau."))
            require(number, _("Hãy ghi số chứng từ của Kho bạc."))
            require(on <= today(), _("Ngày chi không thể ở tương lai."))
            require(on >= day_of(payment.approved_at), _("Ngày chi không thể trước ngày tài chính duyệt đề nghị."))
            posted = await ledger.settle(
                held, paper=Paper("treasury_voucher", number, on), made_by=payment.approved_by, approved_by=by.id,
                key=f"paid-{payment.id}",
            )
            payment.state, payment.paid_by, payment.paid_on = State.PAID, by.id, on
            payment.treasury_number, payment.paid_entry = number, posted.id
        if payment.kind == Payment.Kind.LOAN:
            await lending.lent(payment, by=by)
        project = await Project.objects().where(Project.id == payment.project).first()
        await tell(payment, project, [await person(payment.requested_by), await person(payment.approved_by)])


async def send_back(payment: Payment, *, reason: str, by: Person) -> None:
    """The treasury did not pay: the held amount is free again, and the applicant is told why."""
    async with DB.transaction():
        held = await lock_held(payment)
        async with changing(payment, by=by, did="sent_back") as payment:
            require_treasurer(by, payment)
            require(reason, _("Hãy nêu lý do từ chối."))
            await ledger.void(
                held, paper=Paper("treasury_voucher", f"TL-{payment.id}", today()), made_by=payment.approved_by,
                approved_by=by.id, key=f"unpaid-{payment.id}",
            )
            payment.state, payment.reason = State.REFUSED, reason
        project = await Project.objects().where(Project.id == payment.project).first()
        await tell(payment, project, [await person(payment.requested_by), await person(payment.approved_by)])


def require_treasurer(by: Person, payment: Payment) -> None:
    require(holds(by, Role.TREASURER), _("Chỉ kế toán thanh toán mới xác nhận chi."))
    require(payment.state == State.APPROVED, _("Khoản này không ở bước chờ xác nhận chi."))
    require(
        by.id not in (payment.requested_by, payment.approved_by),
        _("Người đề nghị, người duyệt và người xác nhận chi phải là ba người khác nhau."),
    )


async def lock_held(payment: Payment) -> Entry:
    """The entry that holds the amount, its accounts locked."""
    found = await Payment.select(Payment.held_entry).where(Payment.id == payment.id).first()
    require(found and found["held_entry"], _("Khoản này không ở bước chờ xác nhận chi."))
    held = await ledger.entry(found["held_entry"])
    await ledger.lock_ids([held.out_of, held.into])
    return held


async def tell(payment: Payment, project: Project, readers: list[Person]) -> None:
    for reader in {reader.id: reader for reader in readers}.values():
        await mail.tell(
            reader,
            lambda: _("{kind} {amount}: {state}").format(
                kind=kind_label(payment.kind), amount=short(payment.amount), state=label(payment.state).lower()
            ),
            lambda: _("Nhiệm vụ {code}. {reason}").format(code=project.code, reason=payment.reason).strip(),
            link=f"/payments/{payment.id}",
        )
