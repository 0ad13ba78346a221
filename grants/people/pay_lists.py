"""Lists of what people are paid for judging and advising: closed where it was earned, paid by the budget. Amounts are đồng.

Where someone is paid is for those who pay, the federation and the person; the officer who closes a list sees names and amounts.
"""

from dataclasses import dataclass
from datetime import date

from piccolo.columns.combination import Combinable

from grants.people.people import holds
from grants.people.tables import PayLine, PayList, Person, Role
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.language import _

SEES = (Role.OFFICER, Role.FINANCE, Role.TREASURER, Role.LEADER, Role.AUDITOR)
PAYERS = (Role.FINANCE, Role.TREASURER)


def number(id: int) -> str:
    """The list's own number."""
    return f"DS-{id:05d}"


def seen_by(person: Person) -> Combinable:
    """The offices see the lists; who is paid sees their own fees, not a list."""
    return PayList.id > 0 if holds(person, *SEES) else PayList.id < 0


def visible_to(person: Person):
    return PayList.objects().where(seen_by(person))


def can_see_accounts(person: Person) -> bool:
    """Who pays sees where; not even the officer who closed the list does."""
    return holds(person, *PAYERS)


@dataclass(frozen=True)
class Earned:
    """What one person is to be paid, for what, and where."""

    person: int
    work: str
    amount: int
    unverified: bool
    bank: str
    bank_account: str
    tax_number: str


async def close(name: str, earned: list[Earned], *, by: Person) -> tuple[PayList, dict[int, int]]:
    """Close a list; from here on nothing in it can change. Returns it and the line of each person."""
    require(holds(by, Role.OFFICER), _("Chỉ cán bộ quản lý nhiệm vụ mới chốt danh sách chi."))
    require(earned, _("Không có khoản nào để đưa vào danh sách."))
    async with DB.transaction():
        row = PayList(name=name, amount=sum(one.amount for one in earned), closed_by=by.id, closed_at=now())
        closed = await add(row, by=by, did="closed")
        made = {one.person: await add(PayLine(pay_list=closed.id, **vars(one)), by=by, did="listed") for one in earned}
    return closed, {person: line.id for person, line in made.items()}


async def paid(pay_list: int, *, on: date, by: Person) -> None:
    """The treasury has paid the list; called by the budget's verb, in its transaction."""
    async with changing(PayList(id=pay_list, _ignore_missing=True), by=by, did="paid") as row:
        row.paid_on = on


async def unpaid(pay_list: int, *, by: Person) -> None:
    """It was not paid after all; called by the budget's verb that takes the confirmation back, in its transaction."""
    async with changing(PayList(id=pay_list, _ignore_missing=True), by=by, did="undone") as row:
        row.paid_on = None


async def lines(pay_list: PayList, *, by: Person) -> list[dict]:
    """Who is paid how much for what; where, only for who may see it."""
    found = await rows(
        "SELECT l.person, w.full_name, w.degree, w.academic_rank, l.work, l.amount, l.unverified, l.bank, l.bank_account, l.tax_number "
        "FROM pay_line l JOIN person w ON w.id = l.person WHERE l.pay_list = $1 ORDER BY w.sort_key, l.id", pay_list.id,
    )
    return found if can_see_accounts(by) else [one | {"bank": "", "bank_account": "", "tax_number": ""} for one in found]
