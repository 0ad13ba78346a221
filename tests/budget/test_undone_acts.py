"""Acts that a correction takes back: a payment that was not paid, fees, a clearance entered in error; nothing past the rules."""

import asyncio

import pytest

from budget import (
    advances,
    allocations,
    awards,
    clearances,
    corrections,
    fee_payments,
    ledger,
    payable,
    payments,
    recoveries,
    reservations,
)  # fmt: skip
from budget.ledger import Kind
from budget.tables import Entry, Stage
from grants.people.people import person, today
from grants.people.tables import PayList
from grants.projects import agreements
from grants.shell.changes import Refused
from grants.shell.database import DB, rows
from grants.shell.tables import Letter
from tests.budget.test_ledger_races import whether
from tests.console import answered_otherwise
from tests.makers import a_call, the_rules
from tests.makers_budget import BILLION, state_of
from tests.makers_corrections import NOTE, ON, corrected, with_a_second
from tests.makers_fees import a_world, charged, closed
from tests.makers_votes import fresh

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


@pytest.fixture
async def running(world):
    """The world with the award decided, the agreement signed and an advance of 300 triệu paid, and a second finance officer."""
    await with_a_second(world)
    for one in await reservations.request(world.proposal, by=world.offices.officer):
        await reservations.approve(one, by=world.offices.recurrent)
    project = await awards.award(world.proposal, number="1024/QĐ-UBND", on=ON, by=world.offices.leader)
    await agreements.sign(project, number="05/HĐ-SKHCN", agreed_on=today(), starts_on=today(), months=24, by=world.offices.officer)
    world.project, world.lead = await fresh(project), await person(project.lead)
    world.payment = await paid(world)
    return world


async def paid(world):
    asked = await payments.request(
        world.project, kind="advance", stream="recurrent", year=world.year, amount=300_000_000, purpose="Đợt 1", by=world.lead
    )
    await payments.approve(asked, by=world.offices.recurrent)
    await payments.confirm(await fresh(asked), number="KB-0091", on=today(), by=world.offices.treasurer)
    return await fresh(asked)


async def test_a_payment_confirmed_though_the_treasury_did_not_pay_is_taken_back_whole_and_asked_for_anew(running):
    entry = await ledger.entry(running.payment.paid_entry)
    with pytest.raises(Refused, match="chỉ đính chính toàn bộ"):
        await corrections.propose(entry, amount=1, by=running.offices.recurrent, **NOTE)
    await corrected(running, entry)
    undone = await fresh(running.payment)
    assert (undone.state, undone.reason, undone.treasury_number, undone.paid_on) == ("refused", NOTE["reason"], "", None)
    assert await payable.left(running.project, "recurrent", running.year) == 900_000_000
    assert [one.link for one in await Letter.objects().where(Letter.person == running.lead.id)][-1] == f"/payments/{undone.id}"
    assert (await paid(running)).state == "paid"


async def test_a_clearance_entered_in_error_is_an_advance_again(running):
    filed = await clearances.file(
        running.project, stream="recurrent", year=running.year, amount=100_000_000, vouchers="HĐ 12", by=running.lead
    )
    await clearances.confirm(filed, by=running.offices.officer)
    await clearances.clear(await fresh(filed), by=running.offices.recurrent)
    entry = await ledger.entry((await fresh(filed)).entry)
    with pytest.raises(Refused, match="nơi trả lại chỉ còn 200.000.000 ₫"):
        advance = await ledger.entry(running.payment.paid_entry)
        await corrections.propose(advance, amount=advance.amount, by=running.offices.recurrent, **NOTE)
    await corrected(running, entry)
    assert ((await fresh(filed)).state, (await fresh(filed)).entry) == ("refused", None)
    assert [(one["open"], one["pending"]) for one in await advances.still_open(running.project)] == [(300_000_000, 0)]


@pytest.mark.parametrize(("state", "matched"), [("matched", True), ("differs", False), ("rejected", False)])
async def test_what_a_statement_of_the_treasury_shows_as_paid_is_recovered_and_not_corrected(running, state, matched):
    """Also where the treasurer had confirmed it by hand: the statement's line differs then, for it is paid already."""
    entry = await ledger.entry(running.payment.paid_entry)
    await rows("INSERT INTO treasury_file (kind, name, sha256, imported_by, imported_at) VALUES ('treasury', 'a', 'x', $1, now())",
               running.offices.treasurer.id)
    await rows(
        "INSERT INTO treasury_line (statement, row, number, \"on\", reference, out, back, remark, state, difference, payment, reason) "
        "SELECT id, 1, 'KB-0091', $3, '', 300000000, 0, '', $2, 'Khoản này đã chi.', $1, 'Đã ghi.' FROM treasury_file",
        running.payment.id if matched else None, state, today(),
    )
    with pytest.raises(Refused, match="tiền đã chi thật"):
        await corrections.propose(entry, amount=entry.amount, by=running.offices.recurrent, **NOTE)


async def test_money_is_taken_back_as_never_paid_or_demanded_back_and_never_both(running):
    entry = await ledger.entry(running.payment.paid_entry)
    row = await corrections.propose(entry, amount=entry.amount, by=running.offices.recurrent, **NOTE)
    demanded = recoveries.propose(
        running.project, stream="recurrent", cause="unproven", explanation="Thiếu chứng từ", by=running.offices.officer
    )
    assert sorted(await asyncio.gather(whether(corrections.approve(row, by=running.second)), whether(demanded))) == [False, True]


async def test_control_what_was_paid_read_before_it_is_locked_is_taken_back_and_demanded_back(owner):
    await owner.execute("DROP TABLE IF EXISTS naive; CREATE TABLE naive (paid int, owed int); GRANT ALL ON naive TO grants_app")
    await owner.execute("INSERT INTO naive VALUES (300, 0)")
    both_have_read = asyncio.Barrier(2)

    async def one(*, demands: bool) -> None:
        async with DB.transaction():
            (found,) = await rows("SELECT paid, owed FROM naive")
            await both_have_read.wait()
            if demands:
                await rows("UPDATE naive SET owed = $1", found["paid"])
            elif not found["owed"]:
                await rows("UPDATE naive SET paid = 0")

    try:
        await asyncio.gather(one(demands=True), one(demands=False))
        assert await rows("SELECT * FROM naive") == [{"paid": 0, "owed": 300}]
    finally:
        await owner.execute("DROP TABLE naive")


async def test_fees_said_to_be_paid_are_unpaid_again_and_everyone_on_the_list_is_told(db):
    world = await with_a_second(await a_world())
    payment = await charged(world, await closed(world))
    await fee_payments.approve(payment, by=world.offices.recurrent)
    await fee_payments.confirm(await fresh(payment), number="KB-1", on=today(), by=world.offices.treasurer)
    entry = await ledger.entry((await fresh(payment)).paid_entry)
    await corrected(world, entry)
    row = await fresh(payment)
    assert (row.state, row.reason) == ("refused", NOTE["reason"])
    assert await rows("SELECT paid_on FROM pay_list") == [{"paid_on": None}]
    assert await state_of(await ledger.account(Stage.APPROPRIATED, "recurrent", world.year)) == (BILLION, 0)
    told = await Letter.count().where(Letter.subject == "Thù lao của bạn chưa được chi")
    assert told == len(world.judges)
    again = await charged(world, await PayList.objects().get(PayList.id == row.pay_list))
    await fee_payments.approve(again, by=world.offices.recurrent)
    await fee_payments.confirm(await fresh(again), number="KB-1", on=today(), by=world.offices.treasurer)


ROW = """
    INSERT INTO correction (wrong, stream, year, amount, reason, document_kind, document_number, document_date, state, made_by, made_at,
        decided_by, refusal, entry)
    VALUES ({of}, '{stream}', {{year}}, {amount}, 'x', 'note', '1', '2026-01-05', '{state}', {{maker}}, now(), {checker}, '', {entry})
"""
BACK = """
    INSERT INTO ledger_entry (at, kind, state, out_of, "into", amount, corrects, document_kind, document_number, document_date, made_by,
        approved_by, key)
    SELECT now(), 'correction', 'posted', "into", out_of, {amount}, id, 'note', '1', '2026-01-05', {{maker}}, {{second}}, 'x'
    FROM ledger_entry WHERE id = {of}
"""


def asked_for(of: str = "{wrong}", **more: str) -> str:
    return ROW.format(**{"of": of, "stream": "recurrent", "amount": "5", "state": "proposed", "checker": "NULL", "entry": "NULL"} | more)


ACTS = {
    "take an entry back with no correction behind it": (BACK.format(amount="5", of="{wrong}"), "GL021"),
    "ask for it approved": (asked_for(state="approved", checker="{second}", entry="{any}"), "GL019"),
    "ask for more than the entry": (asked_for(amount="9000000000"), "GL019"),
    "ask in another stream's name": (asked_for(stream="capital"), "GL019"),
    "ask for what was first given": (asked_for("{given}"), "GL019"),
    "ask twice": (asked_for("{asked}"), "23505"),
    "approve one's own": ("UPDATE correction SET state = 'approved', decided_by = made_by, entry = {any}", "23514"),
    "approve it with another's entry": ("UPDATE correction SET state = 'approved', decided_by = {second}, entry = {any}", "GL019"),
    "raise what was asked": ("UPDATE correction SET amount = amount + 1", "GL019"),
    "take it away": ("DELETE FROM correction", "GL019"),
    "say that a paid payment was not": ("UPDATE payment SET state = 'refused', reason = 'x', paid_on = NULL", "PY001"),
    "take a payment's entry back and leave it paid": (
        asked_for("{paid}", amount="300000000") + "; " + BACK.format(amount="300000000", of="{paid}") + "; "
        "UPDATE correction SET state = 'approved', decided_by = {second}, entry = (SELECT id FROM ledger_entry WHERE key = 'x') "
        "WHERE wrong = {paid}", "GL021",
    ),
    "take back a payment that a statement shows": (
        "INSERT INTO treasury_file (kind, name, sha256, imported_by, imported_at) VALUES ('treasury', 'a', 'x', {maker}, now()); "
        "INSERT INTO treasury_line (statement, row, number, \"on\", reference, out, back, remark, state, difference, reason) "
        "SELECT f.id, 1, y.treasury_number, y.paid_on, '', y.amount, 0, '', 'differs', 'x', '' FROM treasury_file f, payment y; "
        + asked_for("{paid}", amount="300000000") + "; " + BACK.format(amount="300000000", of="{paid}") + "; "
        "UPDATE correction SET state = 'approved', decided_by = {second}, entry = (SELECT id FROM ledger_entry WHERE key = 'x') "
        "WHERE wrong = {paid}; UPDATE payment SET state = 'refused', reason = 'x', paid_by = NULL, paid_on = NULL, treasury_number = ''",
        "GL021",
    ),
}  # fmt: skip


async def test_no_hand_at_a_console_corrects_past_the_rules(running, server):
    given, entry = [
        await Entry.objects().where(Entry.kind == kind).order_by(Entry.id).first() for kind in (Kind.APPROPRIATION, Kind.ALLOCATION)
    ]
    second = await a_call()
    await the_rules()
    both = []
    for amount in (7, 8):
        asked = await allocations.propose(second, stream="recurrent", year=running.year, amount=amount, by=running.offices.officer)
        await allocations.approve(asked, number="7/QĐ-STC", on=ON, by=running.offices.recurrent)
        both.append(await ledger.entry((await fresh(asked)).entry))
    row = await corrections.propose(both[0], amount=5, by=running.offices.recurrent, **NOTE)
    named = {
        "wrong": both[1].id, "given": given.id, "asked": both[0].id, "any": entry.id, "year": running.year,
        "paid": running.payment.paid_entry, "maker": running.offices.recurrent.id, "second": running.second.id,
    }  # fmt: skip
    before = await rows("SELECT (SELECT array_agg(a) FROM ledger_account a) AS a, (SELECT array_agg(c) FROM correction c) AS c")
    assert await answered_otherwise(server, ACTS, **named) == {}
    assert await rows("SELECT (SELECT array_agg(a) FROM ledger_account a) AS a, (SELECT array_agg(c) FROM correction c) AS c") == before
    await corrections.approve(row, by=running.second)
