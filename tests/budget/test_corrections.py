"""Corrections: two people take a posted entry back, with what it was booked for; whatever is not corrected so says what is done instead."""

import asyncio
from datetime import date

import asyncpg
import pytest

from budget import (
    adjustments,
    advances,
    allocations,
    awards,
    clearances,
    corrections,
    fee_payments,
    grounds,
    ledger,
    payable,
    payments,
    recoveries,
    reservations,
    year_end,
    years,
)  # fmt: skip
from budget.adjustments import Adjustment
from budget.ledger import Kind
from budget.tables import Entry, Stage
from budget.undoing import KINDS as UNDONE
from budget.year_tables import Correction
from grants import invariants
from grants.calls.tables import Call
from grants.people.people import person, today
from grants.people.tables import Organisation, PayList, Role
from grants.projects import agreements
from grants.shell import database
from grants.shell.changes import Refused, at
from grants.shell.database import DB, rows
from grants.shell.tables import Letter
from tests.browsing import browsing
from tests.budget.test_ledger_races import whether
from tests.makers import a_call, a_person, the_rules
from tests.makers_budget import BILLION, FROM_THE_JOURNAL, a_year, adjusted, after, state_of
from tests.makers_fees import a_world, charged, closed
from tests.makers_votes import fresh

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
ON = date(2026, 6, 30)
NOTE = {"paper": "correction_note", "number": "03/PĐC", "on": ON, "reason": "Gõ thừa một số 0."}


async def wrong() -> dict:
    """What breaks the invariants of money, rule by rule."""
    return {one.name: found for one in invariants.MONEY if (found := await rows(one.sql))}


async def corrected(world, entry: Entry, amount: int | None = None, by=None) -> Correction:
    """From the proposal to the approval; no invariant is broken by it."""
    before = await wrong()
    row = await corrections.propose(entry, amount=amount or entry.amount, by=world.offices.recurrent, **NOTE)
    await corrections.approve(row, by=by or world.second)
    assert (await wrong(), await rows(FROM_THE_JOURNAL)) == (before, [])
    return await fresh(row)


async def with_a_second(world):
    finance = await Organisation.objects().get(Organisation.id == world.offices.recurrent.posts[0].organisation)
    world.second = await a_person(Role.FINANCE, of=finance)
    return world


@pytest.fixture
async def two(world):
    """The world with two finance officers of its stream and a call to which half a billion too much was allocated."""
    await the_rules()
    await with_a_second(world)
    world.other = await a_call()
    asked = await allocations.propose(world.other, stream="recurrent", year=world.year, amount=BILLION, by=world.offices.officer)
    await allocations.approve(asked, number="7/QĐ-STC", on=ON, by=world.offices.recurrent)
    world.wrong = await ledger.entry((await fresh(asked)).entry)
    return world


async def test_what_was_allocated_too_much_is_taken_back_by_two_people_and_the_call_s_money_follows(two):
    row = await corrections.propose(two.wrong, amount=400_000_000, by=two.offices.recurrent, **NOTE)
    assert (await Call.objects().get(Call.id == two.other.id)).money == BILLION
    assert [one.link for one in await Letter.objects().where(Letter.person == two.second.id)][-1] == f"/corrections/{row.id}"
    with pytest.raises(Refused, match="hai người khác nhau"):
        await corrections.approve(row, by=two.offices.recurrent)
    with pytest.raises(Refused, match="Chỉ cơ quan tài chính phụ trách"):
        await corrections.approve(row, by=two.offices.capital)
    with pytest.raises(Refused, match="đã có đề nghị đính chính"):
        await corrections.propose(two.wrong, amount=1, by=two.offices.recurrent, **NOTE)
    before = await wrong()
    await corrections.approve(row, by=two.second)
    assert (await Call.objects().get(Call.id == two.other.id)).money == 600_000_000
    assert await wrong() == before == {}
    entry = await ledger.entry((await fresh(row)).entry)
    assert (entry.kind, entry.amount, entry.corrects, entry.document_number) == ("correction", 400_000_000, two.wrong.id, "03/PĐC")
    with pytest.raises(Refused, match="đã có quyết định"):
        await corrections.approve(row, by=two.second)
    with pytest.raises(Refused, match="đính chính không đính chính lại"):
        await corrections.propose(entry, amount=1, by=two.offices.recurrent, **NOTE)


async def test_a_refused_correction_changes_nothing_and_may_be_asked_for_anew(two):
    row = await corrections.propose(two.wrong, amount=5, by=two.offices.recurrent, **NOTE)
    await corrections.refuse(row, reason="Đúng số rồi.", by=two.second)
    assert await Entry.count().where(Entry.kind == Kind.CORRECTION) == 0
    assert (await corrections.propose(two.wrong, amount=6, by=two.offices.recurrent, **NOTE)).id != row.id


async def test_what_has_gone_on_or_is_of_another_stream_is_not_taken_back(two):
    with pytest.raises(Refused, match="Chỉ cơ quan tài chính phụ trách"):
        await corrections.propose(two.wrong, amount=5, by=two.offices.capital, **NOTE)
    with pytest.raises(Refused, match="tối đa số của bút toán"):
        await corrections.propose(two.wrong, amount=BILLION + 1, by=two.offices.recurrent, **NOTE)
    held = await Entry.objects().where(Entry.kind == Kind.ALLOCATION).order_by(Entry.id).first()
    for one in await reservations.request(two.proposal, by=two.offices.officer):
        await reservations.approve(one, by=two.offices.recurrent)
    with pytest.raises(Refused, match="nơi trả lại chỉ còn 100.000.000 ₫"):
        await corrections.propose(held, amount=BILLION, by=two.offices.recurrent, **NOTE)


async def test_the_decisions_of_a_year_are_corrected_by_whom_their_ground_names(two):
    """Four kinds of adjustment, each half taken back: supplements and cuts by the leader, what finance decided by its second person."""
    given = [("supplement", {"target": "code:"}), ("cut", {"source": "code:"}), ("handover", {"source": "code:"}),
             ("transfer", {"source": f"call:{two.other.id}", "target": "code:"})]  # fmt: skip
    for kind, ends in given:
        ground = (await grounds.of_act(kind, today()))[0]
        asked = await adjustments.propose(
            kind, stream="recurrent", year=two.year, amount=200_000_000, ground=ground.id, reason="Thêm", by=two.offices.officer, **ends
        )
        decider = two.offices.leader if ground.decided_by == "leader" else two.offices.recurrent
        await adjustments.approve(asked, number="4/QĐ", on=ON, by=decider)
        entry = await ledger.entry((await fresh(asked)).entry)
        if ground.decided_by == "leader":
            row = await corrections.propose(entry, amount=1, by=two.offices.recurrent, **NOTE)
            with pytest.raises(Refused, match="người quyết định là: Lãnh đạo tỉnh"):
                await corrections.approve(row, by=two.second)
            await corrections.refuse(row, reason="Thử", by=two.offices.leader)
        done = await corrected(two, entry, 100_000_000, by=two.offices.leader if ground.decided_by == "leader" else two.second)
        assert (await fresh(asked)).state == "approved" and done.state == "approved"
    assert (await Call.objects().get(Call.id == two.other.id)).money == 900_000_000
    assert await Adjustment.count() == 4
    assert await ledger.free(Stage.APPROPRIATED, "recurrent", two.year) == 8 * BILLION + 100_000_000 * (1 - 1 - 1 + 1)


async def test_what_was_carried_over_or_cancelled_by_mistake_is_there_again(two):
    await a_year(two.offices, two.year + 1, recurrent=5)
    await adjusted(two.offices, two.year)
    with at(after(two.year)):
        known = {act: (await grounds.of_act(act, today()))[0].id for act in ("carry_over", "cancel")}
        chosen = {one.account: ("cancel" if one.call == two.other.code else "carry_over") for one in await year_end.left(two.year)}
        await year_end.propose(two.year, {id: (act, known[act]) for id, act in chosen.items()}, by=two.offices.officer)
        await year_end.confirm(two.year, "recurrent", number="41/QĐ-STC", on=today(), by=two.offices.recurrent)
        assert await year_end.left(two.year) == []
        for entry in await Entry.objects().where(Entry.kind.is_in(["carry_over", "cancellation"])).order_by(Entry.id):
            await corrected(two, entry)
        assert sum(one.free for one in await year_end.left(two.year)) == 10 * BILLION
        assert (await Call.objects().get(Call.id == two.other.id)).money == BILLION


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


async def test_every_kind_of_entry_is_either_corrected_or_says_what_is_done_instead(two):
    taken_back = {*corrections.OF_DECISION, *UNDONE, Kind.ALLOCATION, Kind.CARRY_OVER, Kind.CANCELLATION}
    assert set(Kind) - {Kind.RESERVATION} == set(corrections.INSTEAD) | taken_back and not set(corrections.INSTEAD) & taken_back
    given = await Entry.objects().where(Entry.kind == Kind.APPROPRIATION).first()
    with pytest.raises(Refused, match="lập bổ sung hoặc cắt giảm dự toán"):
        await corrections.propose(given, amount=5, by=two.offices.recurrent, **NOTE)
    (one,) = await reservations.request(two.proposal, by=two.offices.officer)
    await reservations.approve(one, by=two.offices.recurrent)
    with pytest.raises(Refused, match="giữ chờ chưa ghi sổ"):
        await corrections.propose(await ledger.entry((await fresh(one)).entry), amount=5, by=two.offices.recurrent, **NOTE)


async def test_nothing_of_a_closed_year_is_corrected(two):
    row = await corrections.propose(two.wrong, amount=5, by=two.offices.recurrent, **NOTE)
    await a_year(two.offices, two.year + 1, recurrent=5)
    await adjusted(two.offices, two.year)
    with at(after(two.year)):
        known = (await grounds.of_act("cancel", today()))[0].id
        await year_end.propose(two.year, {one.account: ("cancel", known) for one in await year_end.left(two.year)}, by=two.offices.officer)
        await year_end.confirm(two.year, "recurrent", number="41", on=today(), by=two.offices.recurrent)
        await years.ask_to_close(await years.of(two.year), by=two.offices.officer)
        await years.close(await years.of(two.year), by=two.offices.recurrent)
        with pytest.raises(Refused, match=f"Năm {two.year} đã khoá sổ"):
            await corrections.approve(row, by=two.second)
        await corrections.refuse(row, reason="Đã khoá sổ.", by=two.second)


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
    console, answers = await asyncpg.connect(**database.connection(server) | database.as_app()), {}
    before = await rows("SELECT (SELECT array_agg(a) FROM ledger_account a) AS a, (SELECT array_agg(c) FROM correction c) AS c")
    for act, (sql, _code) in ACTS.items():
        try:
            await console.execute(sql.format(**named))
            answers[act] = None
        except asyncpg.PostgresError as problem:
            answers[act] = problem.sqlstate
    await console.close()
    assert answers == {act: code for act, (_sql, code) in ACTS.items()}
    assert await rows("SELECT (SELECT array_agg(a) FROM ledger_account a) AS a, (SELECT array_agg(c) FROM correction c) AS c") == before
    await corrections.approve(row, by=running.second)


async def test_two_people_correct_on_the_pages_and_the_entries_name_each_other(two):
    here = f"/budget/entries/{two.wrong.id}"
    async with browsing() as browser:
        maker, second = await browser().sign_in(two.offices.recurrent), await browser().sign_in(two.second)
        await maker.open(here)
        await maker.open(f"{here}/correction")
        assert "Đã phân bổ, thông báo" in maker.page.words and "1.000.000.000 ₫" in maker.page.words
        await maker.submit(f"{here}/correction", amount="1,2 tỷ", reason="", number="03/PĐC", on="30/06/2026")
        assert maker.page.status == 422 and set(maker.page.errors()) == {"reason"}
        await maker.submit(f"{here}/correction", amount="1,2 tỷ", reason="Gõ thừa", number="03/PĐC", on="30/06/2026")
        assert maker.page.status == 409 and set(maker.page.errors()) == {"amount"}
        await maker.submit(f"{here}/correction", amount="400 triệu", reason="Gõ thừa", number="03/PĐC", on="30/06/2026")
        row = await Correction.objects().first()
        assert maker.page.answer.url.path == f"/corrections/{row.id}" and "600.000.000 ₫" in maker.page.words
        await second.open("/desk")
        assert "Duyệt đính chính sổ cái" in second.page.words
        await second.open(f"/corrections/{row.id}")
        await second.submit(f"/corrections/{row.id}/approval")
        done = (await fresh(row)).entry
        assert second.page.html.xpath(f".//*[@href='/budget/entries/{done}']") and "Đã đính chính" in second.page.words
        for entry, other in ((two.wrong.id, done), (done, two.wrong.id)):
            await second.open(f"/budget/entries/{entry}")
            assert second.page.html.xpath(f".//*[@href='/budget/entries/{other}']")
            assert second.page.html.xpath(f".//*[@href='/corrections/{row.id}']")
        given = await Entry.objects().where(Entry.kind == Kind.APPROPRIATION).first()
        await maker.open(f"/budget/entries/{given.id}/correction")
        assert "hãy lập bổ sung hoặc cắt giảm" in maker.page.words
