"""Fees paid out of management costs: the officer charges a closed list to a stream and year, finance approves, the treasurer confirms.

Three different people, which the verb, the table and the ledger each demand. Amounts are đồng.
"""

from dataclasses import dataclass
from datetime import date

from budget import approvals, ledger, streams
from budget.ledger import Kind, Paper
from budget.payment_tables import FeeApproval, FeePayment
from budget.tables import Account, Stage
from grants.people import pay_lists
from grants.people.people import holding, holds, person, today
from grants.people.tables import PayLine, PayList, Person, Role
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.dates import day_of, show_date
from grants.shell.language import N_, _, language
from grants.shell.money import short, show

State = FeePayment.State
CLOSED = "closed"  # of a list that nobody has charged yet, or whose charge was refused
WORDS = {
    CLOSED: (N_("Đã chốt, chờ đề nghị chi"), "warn"),
    State.REQUESTED: (N_("Chờ tài chính duyệt"), "progress"),
    State.APPROVED: (N_("Chờ xác nhận chi"), "warn"),
    State.REFUSED: (N_("Bị từ chối"), "bad"),
    State.PAID: (N_("Đã chi"), "good"),
}
THREE = N_("Người đề nghị, người duyệt và người xác nhận chi phải là ba người khác nhau.")


def status(state: str) -> tuple[str, str]:
    words, tone = WORDS[state]
    return _(words), tone


async def of(pay_list: PayList) -> FeePayment | None:
    """The latest charge of a list; None where it was never charged."""
    return await FeePayment.objects().where(FeePayment.pay_list == pay_list.id).order_by(FeePayment.id, ascending=False).first()


async def list_of(id: int | None) -> int | None:
    """Which list a charge is of, by its id."""
    found = await FeePayment.select(FeePayment.pay_list).where(FeePayment.id == id).first() if id else None
    return found["pay_list"] if found else None


@dataclass(frozen=True)
class Source:
    """Management costs of a stream and year under one code, with what is free there. `code` is how forms name it."""

    code: str
    stream: str
    year: int
    classification: str
    name: str
    free: int


async def sources() -> list[Source]:
    """Where fees may be charged to: codes with a decided management line in the estimate of a year that is open."""
    found = await rows(
        """
        SELECT a.stream, a.year, a.classification, (a.balance - a.held)::bigint AS free, string_agg(l.name, '; ' ORDER BY l.id) AS name
        FROM ledger_account a JOIN budget_year y ON y.year = a.year AND y.state = 'open'
        JOIN estimate e ON e.year = a.year
        JOIN estimate_line l ON l.estimate = e.id AND l.decided IS NOT NULL
            AND (l.stream, l.classification, l.purpose) = (a.stream, a.classification, 'management')
        WHERE a.stage = 'appropriated' GROUP BY a.id ORDER BY a.year DESC, a.stream, a.classification
        """
    )
    return [Source(f"{row['stream']}:{row['year']}:{row['classification']}", **row) for row in found]


# --- who may ---

def can_charge(person: Person, payment: FeePayment | None) -> bool:
    return holds(person, Role.OFFICER) and (payment is None or payment.state == State.REFUSED)


async def can_approve(person: Person, payment: FeePayment) -> bool:
    """The stream's finance officer, of the post that a threshold asks for where one is passed; never who asked or is paid by the list."""
    return (
        payment.state == State.REQUESTED and person.id != payment.requested_by and await streams.can_approve(person, payment.stream)
        and not await is_paid_by(person, payment)
        and all(approvals.holds_post(person, one) for one in await approvals.in_force(payment))
    )


async def is_paid_by(person: Person, payment: FeePayment) -> bool:
    """Whether the list pays this person."""
    return await PayLine.exists().where((PayLine.pay_list == payment.pay_list) & (PayLine.person == person.id))


def can_confirm(person: Person, payment: FeePayment) -> bool:
    took_part = (payment.requested_by, payment.approved_by)
    return holds(person, Role.TREASURER) and payment.state == State.APPROVED and person.id not in took_part


# --- the steps ---

async def charge(pay_list: PayList, *, source: str, by: Person) -> FeePayment:
    """Ask for a closed list to be paid out of the management costs that `source` names; refused where they do not suffice."""
    require(holds(by, Role.OFFICER), _("Chỉ cán bộ quản lý nhiệm vụ mới đề nghị chi thù lao."))
    chosen = next((one for one in await sources() if one.code == source), None)
    require(chosen, _("Hãy chọn nguồn chi quản lý của một năm đang mở sổ."))
    require(pay_list.amount <= chosen.free, _("Nguồn này chỉ còn {left}.").format(left=show(chosen.free, language())))
    async with DB.transaction(), ledger.in_words():
        await rows("SELECT id FROM pay_list WHERE id = $1 FOR NO KEY UPDATE", pay_list.id)
        require(can_charge(by, await of(pay_list)), _("Danh sách này đã được đề nghị chi."))
        payment = FeePayment(
            pay_list=pay_list.id, stream=chosen.stream, year=chosen.year, classification=chosen.classification, amount=pay_list.amount,
            requested_by=by.id, requested_at=now(),
        )
        await add(payment, by=by, did="requested")
        await tell(payment, await streams.finance_of(payment.stream), _asked)
    return payment


def _asked(payment: FeePayment) -> str:
    return _("Danh sách {number} chờ duyệt, chi từ «{stream}» năm {year}.").format(
        number=pay_lists.number(payment.pay_list), stream=streams.label(payment.stream), year=payment.year
    )


async def accounts(payment: FeePayment) -> tuple[Account, Account]:
    """Out of what the stream has under the code, into what managing the work has cost."""
    where = {"stream": payment.stream, "year": payment.year, "classification": payment.classification}
    return await ledger.account(Stage.APPROPRIATED, **where), await ledger.account(Stage.PAID, **where)


async def approve(payment: FeePayment, *, by: Person) -> None:
    """The stream's finance approves: the amount is held for the treasury."""
    async with DB.transaction(), ledger.in_words():
        out_of, into = await accounts(payment)
        await ledger.lock(out_of, into)
        async with changing(payment, by=by, did="approved") as payment:
            await require_approver(by, payment)
            require(
                not await is_paid_by(by, payment), _("Người được chi trong danh sách không duyệt chi danh sách đó: cần người khác duyệt.")
            )
            held = await ledger.reserve(
                Kind.PAYMENT, payment.amount, out_of=out_of, into=into, made_by=payment.requested_by, approved_by=by.id,
                paper=Paper("fee_list", pay_lists.number(payment.pay_list), day_of(payment.requested_at)), key=f"fees-{payment.id}",
            )
            for threshold in await approvals.in_force(payment):
                await add(FeeApproval(fee_payment=payment.id, threshold=threshold.id, by=by.id, at=now()), by=by, did="approved")
            payment.state, payment.held_entry = State.APPROVED, held.id
            payment.approved_by, payment.approved_at = by.id, now()
        await tell(payment, [await person(payment.requested_by), *await holding(Role.TREASURER)], _stands)


async def refuse(payment: FeePayment, *, reason: str, by: Person) -> None:
    """The stream's finance does not pay it out of this money, and says why; the officer may charge the list again."""
    async with changing(payment, by=by, did="refused") as payment:
        await require_approver(by, payment)
        payment.state, payment.reason = State.REFUSED, reason
        payment.approved_by, payment.approved_at = by.id, now()
        await tell(payment, [await person(payment.requested_by)], _stands)


async def require_approver(by: Person, payment: FeePayment) -> None:
    require(by.id != payment.requested_by, _("Người lập và người duyệt phải là hai người khác nhau."))
    require(payment.state == State.REQUESTED, _("Đề nghị này đã có quyết định."))
    require(
        await streams.can_approve(by, payment.stream),
        _("Chỉ cơ quan tài chính phụ trách «{stream}» mới duyệt được.").format(stream=streams.label(payment.stream)),
    )
    lacking = next((one for one in await approvals.in_force(payment) if not approvals.holds_post(by, one)), None)
    require(
        lacking is None,
        _("Khoản trên {over} còn cần người giữ chức vụ «{post}» duyệt.").format(
            over=show(lacking.over, language()) if lacking else "", post=lacking.post if lacking else ""
        ),
    )


async def confirm(payment: FeePayment, *, number: str, on: date, by: Person) -> None:
    """The treasurer confirms that the treasury paid the list, with its number and day; everyone on it is told."""
    async with DB.transaction(), ledger.in_words():
        await ledger.lock(*await accounts(payment))
        async with changing(payment, by=by, did="paid") as payment:
            require_treasurer(by, payment)
            require(on <= today(), _("Ngày chi không thể ở tương lai."), "on")
            require(on >= day_of(payment.approved_at), _("Ngày chi không thể trước ngày tài chính duyệt đề nghị."), "on")
            posted = await ledger.settle(
                await ledger.entry(payment.held_entry), paper=Paper("treasury_voucher", number, on), made_by=payment.approved_by,
                approved_by=by.id, key=f"fees-paid-{payment.id}",
            )
            payment.state, payment.paid_by, payment.paid_on = State.PAID, by.id, on
            payment.treasury_number, payment.paid_entry = number, posted.id
        await pay_lists.paid(payment.pay_list, on=on, by=by)
        await tell(payment, [await person(payment.requested_by), await person(payment.approved_by)], _stands)
        await tell_the_paid(payment)


async def send_back(payment: FeePayment, *, reason: str, by: Person) -> None:
    """The treasury did not pay: the held amount is free again, and the list may be charged again."""
    async with DB.transaction(), ledger.in_words():
        await ledger.lock(*await accounts(payment))
        async with changing(payment, by=by, did="sent_back") as payment:
            require_treasurer(by, payment)
            await ledger.void(
                await ledger.entry(payment.held_entry), paper=Paper("treasury_voucher", f"TL-DS-{payment.id}", today()),
                made_by=payment.approved_by, approved_by=by.id, key=f"fees-unpaid-{payment.id}",
            )
            payment.state, payment.reason = State.REFUSED, reason
        await tell(payment, [await person(payment.requested_by), await person(payment.approved_by)], _stands)


def require_treasurer(by: Person, payment: FeePayment) -> None:
    require(holds(by, Role.TREASURER), _("Chỉ kế toán thanh toán mới xác nhận chi."))
    require(payment.state == State.APPROVED, _("Khoản này không ở bước chờ xác nhận chi."))
    require(can_confirm(by, payment), _(THREE))


# --- letters ---

def _stands(payment: FeePayment) -> str:
    said = _("Danh sách {number}: {state}.").format(number=pay_lists.number(payment.pay_list), state=status(payment.state)[0].lower())
    return f"{said} {payment.reason}".strip()


async def tell(payment: FeePayment, readers: list[Person], says) -> None:
    for reader in {reader.id: reader for reader in readers}.values():
        await mail.tell(
            reader, lambda: _("Thù lao hội đồng và nhận xét {amount}").format(amount=short(payment.amount)), lambda: says(payment),
            link=f"/pay-lists/{payment.pay_list}",
        )


async def tell_the_paid(payment: FeePayment) -> None:
    for line in await PayLine.objects().where(PayLine.pay_list == payment.pay_list).order_by(PayLine.id):
        await mail.tell(
            await person(line.person), lambda: _("Thù lao của bạn đã được chi"),
            lambda line=line: _("{amount}, chi ngày {day}: {work}").format(
                amount=show(line.amount, language()), day=show_date(payment.paid_on, language()), work=line.work
            ),
            link="/fees",
        )


async def tell_the_unpaid(payment: FeePayment) -> None:
    """The treasury had not paid the list after all: everyone who was told that it had is told so."""
    for line in await PayLine.objects().where(PayLine.pay_list == payment.pay_list).order_by(PayLine.id):
        await mail.tell(
            await person(line.person), lambda: _("Thù lao của bạn chưa được chi"),
            lambda line=line: _("{amount} đã bị ghi nhầm là đã chi: {work}. Khoản này sẽ được đề nghị chi lại.").format(
                amount=show(line.amount, language()), work=line.work
            ),
            link="/fees",
        )
