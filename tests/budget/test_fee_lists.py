"""Fees go from the council to the treasury: listed once, paid out of management costs by three people, and the expert knows."""

import asyncio
import io
from datetime import timedelta

import asyncpg
import openpyxl
import pytest

from budget import fee_payments, ledger, positions, standings
from budget.payment_tables import FeePayment, Threshold
from budget.tables import Stage
from grants.people.people import person, today
from grants.people.tables import Membership, Organisation, PayLine, PayList, Role
from grants.shell.changes import Refused
from grants.shell.database import DB, rows
from grants.shell.tables import Letter
from review import fee_lists
from review.fee_tables import Fee, ListedFee
from tests.browsing import browsing
from tests.budget.test_ledger_races import whether
from tests.makers import LONG_AGO, a_person
from tests.makers_budget import BILLION, FROM_THE_JOURNAL, state_of
from tests.makers_fees import a_list_of, a_world, charged, closed
from tests.makers_votes import fresh

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
# chair 1.8 + 0.7; vice, secretary and two members 1.5 + 0.7; two reviewers 1.5 + 1.0 (TT 03/2023 as shipped)
CHAIR, OTHER, REVIEWER = 2_500_000, 2_200_000, 2_500_000
WHOLE = CHAIR + 4 * OTHER + 2 * REVIEWER


@pytest.fixture
async def world(db):
    return await a_world()


async def test_what_members_earned_is_closed_into_one_list_and_whoever_told_no_account_waits_for_the_next(world):
    from review.roster_tables import PayDetail

    chair = world.judges[0]
    await PayDetail.delete().where(PayDetail.person == chair.id)
    first = await closed(world)
    lines = {one.person: one for one in await PayLine.objects().where(PayLine.pay_list == first.id)}
    assert first.amount == WHOLE - CHAIR and set(lines) == {judge.id for judge in world.judges[1:]}
    reviewer = lines[world.judges[3].id]
    assert reviewer.amount == REVIEWER and reviewer.work.split("; ") == [
        "Ủy viên phản biện hội đồng tuyển chọn, giao trực tiếp: 1 × 1.500.000 ₫",
        "Nhận xét của ủy viên phản biện, hội đồng tuyển chọn, giao trực tiếp: 1 × 1.000.000 ₫",
    ]
    with pytest.raises(Refused, match="chưa khai tài khoản"):
        await closed(world)
    await PayDetail(person=chair.id, bank="NH", bank_account="1", tax_number="8").save()
    assert (await closed(world)).amount == CHAIR
    assert await ListedFee.count() == await Fee.count() == 14


async def test_a_list_is_paid_by_three_people_out_of_management_costs_and_each_expert_is_told(world):
    offices, row = world.offices, await closed(world)
    payment = await charged(world, row)
    appropriated = await ledger.account(Stage.APPROPRIATED, "recurrent", world.year)
    with pytest.raises(Refused, match="phụ trách"):
        await fee_payments.approve(payment, by=offices.capital)
    await fee_payments.approve(payment, by=offices.recurrent)
    assert await state_of(appropriated) == (BILLION, WHOLE)
    with pytest.raises(Refused, match="kế toán"):
        await fee_payments.confirm(payment, number="KB-1", on=today(), by=offices.recurrent)
    with pytest.raises(Refused, match="trước ngày tài chính duyệt"):
        await fee_payments.confirm(payment, number="KB-1", on=today() - timedelta(days=1), by=offices.treasurer)
    await fee_payments.confirm(payment, number="KB-1", on=today(), by=offices.treasurer)
    assert await state_of(appropriated) == (BILLION - WHOLE, 0)
    assert await state_of(await ledger.account(Stage.PAID, "recurrent", world.year)) == (WHOLE, 0)
    assert (await fresh(row)).paid_on == today() and await rows(FROM_THE_JOURNAL) == []
    told = {one.person for one in await Letter.objects().where(Letter.subject == "Thù lao của bạn đã được chi")}
    assert told == {judge.id for judge in world.judges}


async def test_who_asked_does_not_approve_and_who_approved_does_not_pay_though_they_hold_every_role(world):
    payment, posts = await charged(world, await closed(world)), world.offices.recurrent.posts
    both = await a_person(Role.OFFICER)
    for role, of in ((Role.FINANCE, posts[0].organisation), (Role.TREASURER, posts[0].organisation)):
        await Membership(person=both.id, organisation=of, role=role, valid_from=LONG_AGO).save()
    both = await person(both.id)
    await fee_payments.refuse(payment, reason="Sai mã nguồn", by=both)
    again = await fee_payments.charge(await PayList.objects().first(), source=world.source, by=both)
    with pytest.raises(Refused, match="hai người khác nhau"):
        await fee_payments.approve(again, by=both)
    await fee_payments.refuse(again, reason="Đổi người đề nghị", by=world.offices.recurrent)
    third = await charged(world, await PayList.objects().first())
    await fee_payments.approve(third, by=both)
    with pytest.raises(Refused, match="ba người khác nhau"):
        await fee_payments.confirm(third, number="KB-1", on=today(), by=both)


async def test_nobody_approves_a_list_that_pays_them(world, owner):
    """A member of the council is finance officer of the stream too: another officer approves; so says the database."""
    judge, office = world.judges[0], world.offices.recurrent.posts[0].organisation
    await Membership(person=judge.id, organisation=office, role=Role.FINANCE, valid_from=LONG_AGO).save()
    judge, payment = await person(judge.id), await charged(world, await closed(world))
    assert not await fee_payments.can_approve(judge, payment)
    with pytest.raises(Refused, match="Người được chi trong danh sách không duyệt"):
        await fee_payments.approve(payment, by=judge)
    entry = (await rows("SELECT min(id) AS id FROM ledger_entry"))[0]["id"]
    with pytest.raises(asyncpg.PostgresError, match="pays who approves it"):
        await rows("UPDATE fee_payment SET state = 'approved', approved_by = $1, approved_at = now(), held_entry = $2", judge.id, entry)
    async with browsing() as browser:
        page = await (await browser().sign_in(judge)).open(f"/pay-lists/{payment.pay_list}")
        assert "Bạn có tên trong danh sách này: cần người khác duyệt." in page.words
    await fee_payments.approve(payment, by=world.offices.recurrent)


async def test_above_a_threshold_the_post_that_it_names_approves_and_the_database_asks_for_its_approval(world):
    payment = await charged(world, await closed(world))
    threshold = Threshold(stream="recurrent", over=10_000_000, post="Trưởng phòng", basis="Quy chế", valid_from=LONG_AGO)
    await threshold.save()
    with pytest.raises(Refused, match="cần người giữ chức vụ «Trưởng phòng»"):
        await fee_payments.approve(payment, by=world.offices.recurrent)
    entry = (await rows("SELECT min(id) AS id FROM ledger_entry"))[0]["id"]
    with pytest.raises(asyncpg.PostgresError, match="lacks an approval"):
        await rows("UPDATE fee_payment SET state = 'approved', approved_by = $1, approved_at = now(), held_entry = $2",
                   world.offices.recurrent.id, entry)
    office = await Organisation.objects().get(Organisation.id == world.offices.recurrent.posts[0].organisation)
    head = await a_person(Role.FINANCE, of=office)
    await rows("UPDATE membership SET position = 'Trưởng phòng Tài chính' WHERE person = $1", head.id)
    await fee_payments.approve(payment, by=await person(head.id))
    assert await rows("SELECT threshold, by FROM fee_approval") == [{"threshold": threshold.id, "by": head.id}]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await rows("DELETE FROM fee_approval")


async def test_a_list_is_charged_once_and_again_only_after_a_refusal_and_never_beyond_what_is_there(world):
    row = await closed(world)
    payment = await charged(world, row)
    with pytest.raises(Refused, match="đã được đề nghị chi"):
        await charged(world, row)
    await fee_payments.refuse(payment, reason="Sai mã nguồn", by=world.offices.recurrent)
    payment = await charged(world, row)
    await fee_payments.approve(payment, by=world.offices.recurrent)
    await fee_payments.send_back(await fresh(payment), reason="Sai số tài khoản", by=world.offices.treasurer)
    assert await state_of(await ledger.account(Stage.APPROPRIATED, "recurrent", world.year)) == (BILLION, 0)
    large = await a_list_of(world, BILLION + 1)
    with pytest.raises(Refused, match=r"chỉ còn 1\.000\.000\.000"):
        await charged(world, large)
    with pytest.raises(Refused, match="nguồn chi quản lý"):
        await fee_payments.charge(row, source=f"capital:{world.year}:", by=world.offices.officer)


async def test_what_fees_hold_and_cost_stands_in_the_year_s_position_beside_the_calls(world):
    payment = await charged(world, await closed(world))
    await fee_payments.approve(payment, by=world.offices.recurrent)
    stand = {p.stream: p for p in await positions.of_year(world.year)}["recurrent"]
    left = BILLION - WHOLE
    assert (stand.allocated, stand.reserved, stand.committed, stand.unallocated, stand.free) == (WHOLE, WHOLE, 0, left, left)
    await fee_payments.confirm(await fresh(payment), number="KB-1", on=today(), by=world.offices.treasurer)
    stand = {p.stream: p for p in await positions.of_year(world.year)}["recurrent"]
    assert (stand.allocated, stand.reserved, stand.committed, stand.paid, stand.free) == (WHOLE, 0, WHOLE, WHOLE, BILLION - WHOLE)
    lines = [line for one in await standings.of_year(world.year) for line in one.lines() if line.stream == "recurrent"]
    assert [(line.name, line.amounts["paid"], line.amounts["free"]) for line in lines[1:]] == [
        ("Chi quản lý", WHOLE, 0), ("Chưa phân bổ", 0, BILLION - WHOLE),
    ]
    assert {key: sum(line.amounts[key] for line in lines[1:]) for key in standings.FIGURES} == lines[0].amounts


async def test_management_money_does_not_become_a_project_s_nor_the_other_way_round(world):
    from tests.makers_budget import a_paper

    proposal = (await rows("SELECT id FROM proposal"))[0]["id"]
    project = await ledger.account(Stage.PAID, "recurrent", world.year, call=world.panel.call, proposal=proposal)
    stream = await ledger.account(Stage.APPROPRIATED, "recurrent", world.year)
    who = {"made_by": world.offices.officer.id, "approved_by": world.offices.recurrent.id}
    with pytest.raises(Refused, match="không đi theo đường này"):
        await ledger.reserve(ledger.Kind.PAYMENT, 5, out_of=stream, into=project, paper=a_paper(), key="round", **who)


CHARGE = (
    "INSERT INTO fee_payment (pay_list, stream, year, classification, amount, requested_by, requested_at, state, treasury_number, reason"
)
ACTS = {
    "list a fee a second time": ("INSERT INTO listed_fee (fee, line) SELECT fee, line FROM listed_fee LIMIT 1", "23505"),
    "take a fee out of its list": ("DELETE FROM listed_fee", "42501"),
    "raise a line": ("UPDATE pay_line SET amount = amount + 1", "42501"),
    "pay to another account": ("UPDATE pay_line SET bank_account = '1'", "42501"),
    "raise a closed list": ("UPDATE pay_list SET amount = amount + 1", "FE001"),
    "delete a closed list": ("DELETE FROM pay_list", "FE001"),
    "call a list paid": ("UPDATE pay_list SET paid_on = current_date", "FE001"),
    "slip a line into a closed list": (
        "INSERT INTO pay_line (pay_list, person, work, amount, unverified, bank, bank_account, tax_number) "
        "VALUES ({list}, {officer}, 'x', 5, false, '', '', '')", "FE002",
    ),
    "close a list of nobody's fees": (
        "WITH l AS (INSERT INTO pay_list (name, amount, closed_by, closed_at) VALUES ('x', 5, {officer}, now()) RETURNING id) "
        "INSERT INTO pay_line (pay_list, person, work, amount, unverified, bank, bank_account, tax_number) "
        "SELECT id, {officer}, 'x', 5, false, '', '', '' FROM l", "FE002",
    ),
    "charge a list twice": (
        CHARGE + ") VALUES ({list}, 'recurrent', {year}, '', {amount}, {officer}, now(), 'requested', '', '')", "23505",
    ),
    "charge another amount": ("UPDATE fee_payment SET amount = amount + 1", "FE002"),
    "charge a code without management costs": (
        CHARGE + ") VALUES ({list}, 'capital', {year}, '', {amount}, {officer}, now(), 'requested', '', '')", "FE004",
    ),
    "approve without holding": (
        "UPDATE fee_payment SET state = 'approved', approved_by = {finance}, approved_at = now(), held_entry = {entry}", "FE003",
    ),
    "pay at once": (
        "UPDATE fee_payment SET state = 'paid', paid_by = {treasurer}, paid_on = now(), treasury_number = '1', "
        "paid_entry = {entry}", "PY001",
    ),
    "begin as paid": (
        CHARGE + ", paid_on, paid_entry, held_entry) VALUES ({list}, 'recurrent', {year}, '', {amount}, {officer}, now(), 'paid', '1', '', "
        "now(), {entry}, {entry})", "PY001",
    ),
    "approve one's own": ("UPDATE fee_payment SET approved_by = requested_by", "23514"),
    "delete a charge": ("DELETE FROM fee_payment", "PY001"),
}


async def test_at_an_sql_console_of_the_application_s_role_every_such_act_is_refused(world):
    row = await closed(world)
    await charged(world, row)
    known = {
        "list": row.id, "officer": world.offices.officer.id, "finance": world.offices.recurrent.id, "amount": row.amount,
        "treasurer": world.offices.treasurer.id, "year": world.year,
        "entry": (await rows("SELECT min(id) AS id FROM ledger_entry"))[0]["id"],
    }
    wrong = []
    for act, (sql, code) in ACTS.items():
        try:
            async with DB.transaction():
                await rows(sql.format(**known))
                await rows("SET CONSTRAINTS ALL IMMEDIATE")
            wrong.append((act, "was let through"))
        except asyncpg.PostgresError as refused:
            if refused.sqlstate != code:
                wrong.append((act, refused.sqlstate, str(refused)))
    assert wrong == []


async def test_twelve_lists_approved_at_once_hold_no_more_than_there_is_and_no_list_twice(db):
    world = await a_world(10_000_000)
    await closed(world)
    lists = [await a_list_of(world, 3_000_000) for _n in range(12)]
    payments = [await charged(world, one) for one in lists]

    async def one(payment: FeePayment) -> bool:
        return await whether(fee_payments.approve(payment, by=world.offices.recurrent))

    got = await asyncio.gather(*(one(payment) for payment in payments for _twice in range(2)))
    assert got.count(True) == 3
    assert await state_of(await ledger.account(Stage.APPROPRIATED, "recurrent", world.year)) == (10_000_000, 9_000_000)
    assert await rows(FROM_THE_JOURNAL) == []


async def test_two_officers_who_close_at_once_list_each_fee_once(world):
    other = await a_person(Role.OFFICER)

    async def one(by) -> bool:
        return await whether(fee_lists.close(name="Cùng lúc", until=today(), by=by))

    got = await asyncio.gather(*(one(by) for by in (world.offices.officer, other) for _n in range(4)))
    assert got.count(True) == 1 and await ListedFee.count() == 14 and await PayList.count() == 1


async def test_control_reading_what_waits_and_listing_it_later_lists_twice(world, owner):
    """The same race without the lock and without the constraint: both read, both list."""
    await owner.execute("DROP TABLE IF EXISTS naive; CREATE TABLE naive (fee int); GRANT ALL ON naive TO grants_app")
    both_have_read = asyncio.Barrier(2)
    try:
        async def one() -> None:
            async with DB.transaction():
                found = await rows("SELECT f.id FROM fee f WHERE NOT EXISTS (SELECT FROM naive n WHERE n.fee = f.id)")
                await both_have_read.wait()
                for row in found:
                    await rows("INSERT INTO naive VALUES ($1)", row["id"])

        await asyncio.gather(one(), one())
        assert (await rows("SELECT count(*) AS n FROM naive"))[0]["n"] == 28, "the race did not show"
    finally:
        await owner.execute("DROP TABLE naive")


async def test_the_pages_take_a_list_from_closing_to_paid_and_only_who_pays_and_the_expert_see_what_is_theirs(world):
    offices = world.offices
    async with browsing() as browser:
        office, finance, treasurer, chair = [
            await browser().sign_in(one) for one in (offices.officer, offices.recurrent, offices.treasurer, world.judges[0])
        ]
        await office.open("/fees/lists/new")
        page = await office.submit("/fees/lists", name="Thù lao phiên họp tháng 11", panel=str(world.panel.id))
        row = await PayList.objects().first()
        base = f"/pay-lists/{row.id}"
        assert page.answer.url.path == base and "5200 7001" not in page.words and "16.800.000" not in page.words
        await office.submit(f"{base}/charge", source=world.source)
        assert "Chờ chi, DS-00001" in (await chair.open("/fees")).words
        page = await finance.open(base)
        assert "5200 7001" in page.words
        await finance.submit(f"{base}/approval")
        await treasurer.open(base)
        page = await treasurer.submit(f"{base}/confirmation", number="", on="20/11/2026")
        assert page.status == 422
        await treasurer.open(base)
        await treasurer.submit(f"{base}/confirmation", number="KB-77", on=today().strftime("%d/%m/%Y"))
        own = await chair.open("/fees")
        assert f"Đã chi {today():%d/%m/%Y}" in own.words and world.judges[1].full_name not in own.words
        paper = await treasurer.open(f"{base}/paper")
        assert "Mười sáu triệu ba trăm nghìn đồng" in paper.words and "5200 7001" in paper.words
        assert "5200 7001" not in (await office.open(f"{base}/paper")).words
        book = openpyxl.load_workbook(io.BytesIO((await finance.client.get(f"{base}/lines?format=xlsx")).content)).active
        lines = list(book.iter_rows(min_row=2, values_only=True))
        assert sum(line[-1] for line in lines[:-1]) == lines[-1][-1] == WHOLE
        assert (await chair.client.get(base)).status_code == 403
        assert (await chair.client.get("/fees/payees")).status_code == 403
