"""The treasury's and the banks' statements taken in: matched lines are confirmed by the treasurer's own verbs, the rest is listed.

A file is taken whole or not at all, and the same file once. What differs waits for a person: matched by hand, or put aside
with a reason; nothing is confirmed at another amount than was approved. Amounts are đồng.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import date

from budget import fee_payments, ledger, lending, payments, recoveries, treasury_files
from budget.fund_tables import Loan, StatementLine
from budget.payment_tables import FeePayment, Recovery, Statement
from budget.tables import Entry, Payment
from budget.treasury_files import Line
from grants.people.people import holds, today
from grants.people.tables import Person, Role
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.dates import day_of
from grants.shell.language import N_, _
from grants.shell.money import show

State = StatementLine.State
WORDS = {
    State.MATCHED: (N_("Khớp, đã xác nhận"), "good"),
    State.DIFFERS: (N_("Lệch, chờ xử lý"), "warn"),
    State.SETTLED: (N_("Đã khớp bằng tay"), "good"),
    State.REJECTED: (N_("Không phải khoản theo dõi ở đây"), "neutral"),
}
KINDS = {Statement.Kind.TREASURY: N_("Sao kê Kho bạc"), Statement.Kind.FUND: N_("Sao kê tài khoản Quỹ")}
NUMBER = re.compile(r"(ĐN|DN|DS|TH|VV)-?0*([0-9]{1,9})", re.IGNORECASE)
# What a number is of: the field of `Found`, its table, and the column that the number is in.
NAMED = {
    "ĐN": ("payment", Payment, Payment.id), "DS": ("fees", FeePayment, FeePayment.pay_list), "TH": ("recovery", Recovery, Recovery.id),
    "VV": ("loan", Loan, Loan.id),
}
SEES = payments.SEES


@dataclass(frozen=True)
class Found:
    """What a line is about: one of the four, or why it is none of them. `fees`: the charge of a list of fees."""

    payment: Payment | None = None
    recovery: Recovery | None = None
    loan: Loan | None = None
    fees: FeePayment | None = None
    difference: str = ""

    @property
    def paid(self) -> Payment | FeePayment | None:
        """What goes out by it."""
        return self.payment or self.fees

    def ids(self) -> dict[str, int | None]:
        """As the line keeps them."""
        return {name: one and one.id for name, one in vars(self).items() if name != "difference"}


def status(state: str) -> tuple[str, str]:
    words, tone = WORDS[State(state)]
    return _(words), tone


def can_take_in(person: Person) -> bool:
    return holds(person, Role.TREASURER)


def seen_by(person: Person):
    return Statement.id > 0 if holds(person, *SEES) else Statement.id < 0


def visible_to(person: Person):
    return Statement.objects().where(seen_by(person))


async def take_in(*, kind: str, name: str, content: bytes, by: Person) -> Statement:
    """Take a statement in: every line matched or listed. The same file again changes nothing. Raises BadSheet, all or nothing."""
    require(can_take_in(by), _("Chỉ kế toán thanh toán mới nhập sao kê."))
    sha256 = hashlib.sha256(content).hexdigest()
    if there := await Statement.objects().where(Statement.sha256 == sha256).first():
        return there
    lines = await treasury_files.read(name, content)
    async with DB.transaction():
        await rows("SELECT pg_advisory_xact_lock(hashtext('treasury'))")
        if there := await Statement.objects().where(Statement.sha256 == sha256).first():
            return there
        statement = Statement(kind=kind, name=name[:200], sha256=sha256, imported_by=by.id, imported_at=now())
        await add(statement, by=by, did="taken_in", lines=len(lines))
        found = [(line, await about(line, kind, by=by)) for line in lines]
        await lock_all(found)
        taken: set[tuple[str, int]] = set()
        for line, one in found:
            await enter(statement, line, once(one, taken), by=by)
    return statement


async def lock_all(found: list[tuple[Line, Found]]) -> None:
    """Every account that the file's payments touch, in one order, before the first is confirmed."""
    held = [one.paid.held_entry for _line, one in found if one.paid]
    entries = await Entry.objects().where(Entry.id.is_in(held)) if held else []
    await ledger.lock_ids(sorted({id for entry in entries for id in (entry.out_of, entry.into)}))


def once(one: Found, taken: set[tuple[str, int]]) -> Found:
    """A payment or recovery is confirmed by the first line that names it; a second one in the same file differs."""
    thing = one.paid or one.recovery or one.loan
    if thing is None:
        return one
    key = (type(thing).__name__, thing.id)
    if key in taken and not one.loan:
        return Found(difference="Khoản này đã được một dòng khác của tệp xác nhận.")
    taken.add(key)
    return one


async def enter(statement: Statement, line: Line, one: Found, *, by: Person) -> None:
    """Keep the line; what matches is confirmed with the statement's number and day."""
    row = StatementLine(
        statement=statement.id, row=line.row, number=line.number, on=line.on, reference=line.reference, out=line.out, back=line.back,
        remark=line.remark, state=State.DIFFERS if one.difference else State.MATCHED, difference=one.difference,
        **one.ids(),
    )
    await add(row, by=by, did="taken_in")
    if not one.difference:
        await confirm(one, number=line.number, on=line.on, amount=line.out or line.back, by=by)


async def confirm(one: Found, *, number: str, on: date, amount: int, by: Person) -> None:
    """The treasurer's verb for what the line is about."""
    if one.payment:
        await payments.confirm(one.payment, number=number, on=on, by=by)
    elif one.fees:
        await fee_payments.confirm(one.fees, number=number, on=on, by=by)
    elif one.recovery:
        await recoveries.repay(one.recovery, amount=amount, number=number, on=on, by=by)
    elif one.loan:
        await lending.repaid(one.loan, amount=amount, number=number, on=on, by=by)


async def about(line: Line, kind: str, *, by: Person) -> Found:
    """What a line is about, by its number, or where it has none by the one approved payment of its amount."""
    one = await named(line.reference) or (await by_amount(line, kind) if line.out and not line.reference else None)
    if one is None:
        return Found(difference="Không tìm thấy đề nghị, khoản thu hồi, khoản vay hay danh sách chi mang số này." if line.reference
                     else "Dòng không có số đề nghị, và không có đúng một khoản chờ chi cùng số tiền.")
    difference = await differs(one, line, kind, by=by)
    return Found(difference=difference) if difference else one


async def named(reference: str) -> Found | None:
    """ĐN-00012 is a request for payment, DS-00002 a list of fees (its latest charge), TH-00003 a recovery, VV-00001 a loan."""
    found = NUMBER.search(reference)
    if not found:
        return None
    name, table, key = NAMED.get(found[1].upper(), NAMED["ĐN"])
    row = await table.objects().where(key == int(found[2])).order_by(table.id, ascending=False).first()
    return Found(**{name: row}) if row else None


async def by_amount(line: Line, kind: str) -> Found | None:
    """The only payment or list of fees of this amount that waits to be paid, out of the fund or out of the budget."""
    found = []
    for name, table in (("payment", Payment), ("fees", FeePayment)):
        of_the_fund = table.stream == "fund" if kind == Statement.Kind.FUND else table.stream != "fund"
        wanted = (table.state == payments.State.APPROVED) & (table.amount == line.out) & of_the_fund
        found += [Found(**{name: row}) for row in await table.objects().where(wanted).limit(2)]
    return found[0] if len(found) == 1 else None


async def differs(one: Found, line: Line, kind: str, *, by: Person) -> str:
    """What speaks against confirming, in the record's words; empty where nothing does."""
    if line.on > today():
        return f"Ngày {line.on:%d/%m/%Y} ở tương lai."
    if one.paid:
        return await payment_differs(one.paid, line, kind, by=by)
    if line.out:
        return "Số hiệu là khoản thu, nhưng dòng ghi nợ."
    if one.recovery:
        return recovery_differs(one.recovery, line, by=by)
    return lending.differs(one.loan, line.back, by=by)


USED = (
    "SELECT FROM payment WHERE treasury_number = $1 AND paid_on = $2 UNION ALL "
    "SELECT FROM fee_payment WHERE treasury_number = $1 AND paid_on = $2"
)


async def payment_differs(payment: Payment | FeePayment, line: Line, kind: str, *, by: Person) -> str:
    if line.back:
        return "Số hiệu là khoản chi, nhưng dòng ghi có."
    if payment.state == payments.State.PAID:
        return f"Khoản này đã chi theo chứng từ {payment.treasury_number}."
    if payment.state != payments.State.APPROVED:
        return "Khoản này chưa được duyệt chi hoặc đã bị từ chối."
    if payment.amount != line.out:
        return f"Số tiền lệch: duyệt {show(payment.amount)}, sao kê {show(line.out)}."
    if (payment.stream == "fund") != (kind == Statement.Kind.FUND):
        return "Khoản này không chi từ tài khoản của sao kê này."
    if line.on < day_of(payment.approved_at):
        return f"Ngày chi {line.on:%d/%m/%Y} trước ngày duyệt {day_of(payment.approved_at):%d/%m/%Y}."
    if await rows(USED, line.number, line.on):
        return f"Chứng từ {line.number} đã dùng cho một khoản khác trong ngày."
    if not (fee_payments.can_confirm(by, payment) if isinstance(payment, FeePayment) else await payments.may_confirm(by, payment)):
        return "Người nhập sao kê đã đề nghị hoặc duyệt khoản này: cần một kế toán khác xác nhận."
    return ""


def recovery_differs(recovery: Recovery, line: Line, *, by: Person) -> str:
    if recovery.state != recoveries.State.DECIDED:
        return "Khoản thu hồi này không ở bước chờ hoàn trả."
    if line.back > recovery.amount - recovery.repaid:
        return f"Số tiền lệch: còn phải hoàn trả {show(recovery.amount - recovery.repaid)}, sao kê {show(line.back)}."
    return "" if recoveries.can_record(by, recovery) else "Người nhập sao kê đã quyết định khoản này."


def can_decide(person: Person, line: StatementLine) -> bool:
    return can_take_in(person) and line.state == State.DIFFERS


async def match(line: StatementLine, *, reference: str, on: date, reason: str, by: Person) -> None:
    """The treasurer says what the line is about after all, or corrects its day; the amount must be the approved one."""
    async with DB.transaction():
        one = await named(reference)
        require(one, _("Không tìm thấy khoản mang số «{reference}».").format(reference=reference))
        await lock_all([(None, one)])
        async with changing(line, by=by, did="matched") as line:
            require(can_decide(by, line), _("Dòng này đã được xử lý."))
            require(reason.strip(), _("Hãy nêu lý do khớp bằng tay."))
            statement = await Statement.objects().get(Statement.id == line.statement)
            typed = Line(line.row, line.number, on, reference, line.out, line.back, line.remark)
            difference = await differs(one, typed, statement.kind, by=by)
            require(not difference, difference)
            line.state, line.reason, line.decided_by, line.decided_at = State.SETTLED, reason, by.id, now()
            line.payment, line.recovery, line.loan, line.fees = (one.ids()[name] for name in ("payment", "recovery", "loan", "fees"))
            await confirm(one, number=line.number, on=on, amount=line.out or line.back, by=by)


async def reject(line: StatementLine, *, reason: str, by: Person) -> None:
    """The line is none of the system's payments: put aside, with the reason."""
    async with changing(line, by=by, did="rejected") as line:
        require(can_decide(by, line), _("Dòng này đã được xử lý."))
        require(reason.strip(), _("Hãy nêu lý do bỏ qua dòng này."))
        line.state, line.reason, line.decided_by, line.decided_at = State.REJECTED, reason, by.id, now()
