"""What a corrected entry had booked for an act of the office: the act is taken back with it, so that neither says what the other denies.

An advance, a payment or fees that were confirmed though the treasury did not pay; a clearance entered in error. Each is taken
back whole, and may then be asked for anew. Whatever else is wrong with money that really left is a recovery, not a correction.
"""

from budget import fee_payments, ledger
from budget.payment_tables import Clearance, FeePayment
from budget.tables import Entry, Payment
from grants.people import pay_lists
from grants.people.tables import Person
from grants.projects import projects
from grants.shell.changes import changing
from grants.shell.database import DB, rows
from grants.shell.language import _

Act = Payment | FeePayment | Clearance
KINDS = (ledger.Kind.ADVANCE, ledger.Kind.PAYMENT, ledger.Kind.CLEARANCE)


async def act_of(entry: Entry) -> Act | None:
    """The payment, fees or clearance that this entry paid or cleared; None for entries of any other kind."""
    if entry.kind not in KINDS:
        return None
    for table, posted in ((Clearance, Clearance.entry), (Payment, Payment.paid_entry), (FeePayment, FeePayment.paid_entry)):
        if found := await table.objects().where(posted == entry.id).first():
            return found
    return None


# A line that was matched with it, or that bears its voucher's number, day and amount: one confirmed by hand is matched with none.
SHOWN = """
    SELECT FROM treasury_line WHERE ({of} = $1 AND state IN ('matched', 'settled')) OR (number, "on", out) = ($2, $3::date, $4::bigint)
"""
OWED = "SELECT FROM recovery WHERE project = $1 AND stream = $2 AND state IN ('proposed', 'decided')"


async def hold(act: Act | None) -> None:
    """The project whose payment it is stands still, so that no recovery of the same money begins meanwhile."""
    if isinstance(act, Payment):
        await projects.locked(act.project)


async def obstacle(act: Act) -> str:
    """What stands against taking an act back, and what is to be done instead; empty where nothing does."""
    if isinstance(act, Clearance):
        return ""
    of = "fees" if isinstance(act, FeePayment) else "payment"
    if await rows(SHOWN.format(of=of), act.id, act.treasury_number, act.paid_on, act.amount):
        return _("Khoản này đã khớp với sao kê Kho bạc: tiền đã chi thật. Chi sai hay chi thừa thì thu hồi, không đính chính.")
    if isinstance(act, Payment) and await rows(OWED, act.project, act.stream):
        return _("Nhiệm vụ đang có khoản thu hồi của nguồn này: hãy xử lý xong khoản thu hồi trước.")
    return ""


async def undo(act: Act, *, reason: str, by: Person) -> None:
    """The act is as if refused, with the reason of the correction; called when its entry has been taken back."""
    async with DB.transaction(), changing(act, by=by, did="undone") as act:
        act.state, act.reason = type(act).State.REFUSED, reason
        if isinstance(act, Clearance):
            act.entry = None
        else:
            act.paid_by, act.paid_on, act.treasury_number = None, None, ""
    if isinstance(act, FeePayment):
        await pay_lists.unpaid(act.pay_list, by=by)
        await fee_payments.tell_the_unpaid(act)


def asked_and_approved(act: Act) -> list[int]:
    """Who is told that it was taken back."""
    return [act.filed_by, act.confirmed_by] if isinstance(act, Clearance) else [act.requested_by, act.approved_by]


def page_of(act: Act) -> str:
    """Where it is read."""
    if isinstance(act, FeePayment):
        return f"/pay-lists/{act.pay_list}"
    return f"/clearances/{act.id}" if isinstance(act, Clearance) else f"/payments/{act.id}"
