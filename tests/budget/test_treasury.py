"""Statements taken in: all or nothing, each bad cell named, matches confirmed by the treasurer's verb, differences for a person."""

import io

import openpyxl
import pytest

from budget import fee_payments, payments, positions, recoveries, treasury
from budget.fund_tables import StatementLine
from budget.payment_tables import Statement
from budget.sheets import BadSheet
from budget.tables import Payment
from grants.people import pay_lists
from grants.people.people import today
from grants.shell.changes import Refused
from grants.shell.database import rows
from tests.makers_budget import FROM_THE_JOURNAL
from tests.makers_fees import a_list_of, a_world, charged, closed
from tests.makers_payments import a_running_project, approved, asked, paid
from tests.makers_projects import now_as

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
HEADS = ["Số chứng từ", "Ngày", "Số đề nghị", "Ghi nợ", "Ghi có", "Nội dung"]


def day() -> str:
    return f"{today():%d/%m/%Y}"


def a_file(*lines, heads=HEADS, above: int = 2) -> bytes:
    """A workbook as the treasury sends it: some lines about itself, then the heads."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    for n in range(above):
        book.active.append([f"Kho bạc Nhà nước, dòng {n}"])
    book.active.append(heads)
    for line in lines:
        book.active.append(list(line))
    book.save(out)
    return out.getvalue()


@pytest.fixture
async def running(world):
    return await a_running_project(world)


async def taken_in(running, content: bytes, name: str = "saoke.xlsx", **more) -> Statement:
    return await treasury.take_in(**{"kind": "treasury", "name": name, "content": content, "by": running.offices.treasurer} | more)


async def lines() -> list[tuple]:
    return [(one.row, one.state, one.difference) for one in await StatementLine.objects().order_by(StatementLine.id)]


async def test_a_line_that_matches_is_confirmed_by_the_treasurer_s_verb(running):
    payment = await approved(running, 300_000_000)
    await taken_in(running, a_file(["KB-77", day(), payments.number(payment.id), 300_000_000, None, "Tạm ứng đợt 1"]))
    payment = await now_as(payment)
    assert (payment.state, payment.treasury_number, payment.paid_by) == ("paid", "KB-77", running.offices.treasurer.id)
    assert await lines() == [(4, "matched", "")]
    (here,) = await positions.positions(proposal=running.proposal.id)
    assert (here.advanced, here.payable) == (300_000_000, 600_000_000)
    assert await rows(FROM_THE_JOURNAL) == []


async def test_the_same_file_twice_changes_nothing(running):
    payment = await approved(running, 300_000_000)
    content = a_file(["KB-77", day(), payments.number(payment.id), "300.000.000", None, ""])
    first = await taken_in(running, content)
    before = await rows(
        "SELECT (SELECT count(*) FROM event) AS e, (SELECT count(*) FROM ledger_entry) AS l, (SELECT count(*) FROM treasury_line) AS t"
    )
    assert (await taken_in(running, content, "saoke-2.xlsx")).id == first.id
    after = await rows(
        "SELECT (SELECT count(*) FROM event) AS e, (SELECT count(*) FROM ledger_entry) AS l, (SELECT count(*) FROM treasury_line) AS t"
    )
    assert before == after


async def test_every_bad_cell_is_named_and_nothing_is_taken_in_by_half(running):
    payment = await approved(running, 300_000_000)
    content = a_file(
        ["KB-77", day(), payments.number(payment.id), 300_000_000, None, ""],
        ["KB-78", "31/02/2026", "", "ba trăm", None, ""],
        ["", day(), "", 5, None, ""],
        ["KB-80", day(), "", 5, 5, ""],
        ["KB-81", day(), "", 1.5, None, ""],
    )
    with pytest.raises(BadSheet) as bad:
        await taken_in(running, content)
    assert [problem.split(":")[0] for problem in bad.value.problems] == ["B5", "D5", "A6", "D7", "D8"]
    assert (await now_as(payment)).state == "approved" and await Statement.count() == 0 and await StatementLine.count() == 0


async def test_a_csv_with_semicolons_is_read_as_well(running):
    payment = await approved(running, 300_000_000)
    text = f"{';'.join(HEADS)}\nKB-77;{day()};{payments.number(payment.id)};300.000.000;;Tạm ứng\n"
    await taken_in(running, text.encode("utf-8-sig"), "saoke.csv")
    assert (await now_as(payment)).state == "paid"
    with pytest.raises(BadSheet, match="UTF-8"):
        await taken_in(running, "Số chứng từ".encode("utf-16"), "cu.csv")
    with pytest.raises(BadSheet, match="dòng tên cột"):
        await taken_in(running, a_file([1, 2], heads=["Một", "Hai"]))
    with pytest.raises(BadSheet, match="không phải bảng tính"):
        await taken_in(running, b"PK\x03\x04 nothing")


async def test_what_differs_is_listed_and_changes_nothing(running):
    one, two = await approved(running, 100_000_000), await asked(running, 50_000_000)
    done = await paid(running, 7, number="KB-1")
    await taken_in(running, a_file(
        ["KB-77", day(), payments.number(one.id), 100_000_001, None, ""],
        ["KB-78", day(), payments.number(two.id), 50_000_000, None, ""],
        ["KB-79", day(), payments.number(done.id), 7, None, ""],
        ["KB-80", day(), "ĐN-99999", 7, None, ""],
        ["KB-81", day(), "", 123, None, "không số"],
        ["KB-82", "01/01/2099", payments.number(one.id), 100_000_000, None, ""],
        ["KB-83", "01/01/2020", payments.number(one.id), 100_000_000, None, ""],
        ["KB-84", day(), payments.number(one.id), None, 100_000_000, ""],
    ))
    found = await lines()
    assert {state for _row, state, _d in found} == {"differs"}
    said = [difference.split(":")[0][:30] for _row, _state, difference in found]
    assert said == [
        "Số tiền lệch",
        "Khoản này chưa được duyệt chi ",
        "Khoản này đã chi theo chứng từ",
        "Không tìm thấy đề nghị, khoản ",
        "Dòng không có số đề nghị, và k",
        "Ngày 01/01/2099 ở tương lai.",
        "Ngày chi 01/01/2020 trước ngày",
        "Số hiệu là khoản chi, nhưng dò",
    ]
    assert [(await now_as(each)).state for each in (one, two)] == ["approved", "requested"]


async def test_a_payment_named_by_two_lines_is_paid_once(running):
    payment = await approved(running, 100_000_000)
    line = [day(), payments.number(payment.id), 100_000_000, None, ""]
    await taken_in(running, a_file(["KB-1", *line], ["KB-2", *line]))
    assert [(state, bool(difference)) for _row, state, difference in await lines()] == [("matched", False), ("differs", True)]
    assert await Payment.count().where(Payment.state == "paid") == 1


async def test_a_line_without_a_number_is_the_only_payment_of_its_amount_or_nobody_s(running):
    one = await approved(running, 100_000_000)
    await taken_in(running, a_file(["KB-1", day(), "", 100_000_000, None, "Chuyển tiền"]))
    assert (await now_as(one)).state == "paid"
    two = [await approved(running, 5_000_000) for _n in range(2)]
    await taken_in(running, a_file(["KB-2", day(), "", 5_000_000, None, "Chuyển tiền"]))
    assert [(await now_as(each)).state for each in two] == ["approved", "approved"]


async def test_a_person_decides_what_differs_with_a_reason(running):
    one = await approved(running, 100_000_000)
    await taken_in(running, a_file(["KB-1", day(), "SAI-SO", 100_000_000, None, ""], ["KB-2", day(), "LUONG", 9, None, ""]))
    wrong, other = await StatementLine.objects().order_by(StatementLine.id)
    with pytest.raises(Refused, match="Không tìm thấy khoản"):
        await treasury.match(wrong, reference="ĐN-99999", on=today(), reason="Nhầm số", by=running.offices.treasurer)
    with pytest.raises(Refused, match="nêu lý do"):
        await treasury.match(wrong, reference=payments.number(one.id), on=today(), reason=" ", by=running.offices.treasurer)
    with pytest.raises(Refused, match="Số tiền lệch"):
        await treasury.match(other, reference=payments.number(one.id), on=today(), reason="Thử", by=running.offices.treasurer)
    await treasury.match(wrong, reference=payments.number(one.id), on=today(), reason="Kho bạc ghi nhầm số", by=running.offices.treasurer)
    await treasury.reject(other, reason="Tiền lương", by=running.offices.treasurer)
    assert [state for _row, state, _d in await lines()] == ["settled", "rejected"]
    assert (await now_as(one)).state == "paid"
    with pytest.raises(Refused, match="đã được xử lý"):
        await treasury.reject(await now_as(other), reason="Lại", by=running.offices.treasurer)
    with pytest.raises(Refused, match="Chỉ kế toán thanh toán"):
        await taken_in(running, a_file(["KB-3", day(), "", 1, None, ""]), by=running.offices.recurrent)


async def test_money_that_comes_back_is_taken_in_for_its_recovery(running):
    await paid(running, 90_000_000)
    await rows("UPDATE project SET state = 'evaluated', council_grade = 'fail', grade = 'fail', graded_on = now(), grade_decision = '8/QĐ'")
    running.project = await now_as(running.project)
    demand = await recoveries.propose(
        running.project, stream="recurrent", cause="advance", explanation="Quá hạn", by=running.offices.officer
    )
    await recoveries.decide(demand, number="20/QĐ", on=today(), by=running.offices.recurrent)
    await taken_in(running, a_file(
        ["NT-1", day(), recoveries.number(demand.id), None, 90_000_001, ""],
        ["NT-2", day(), recoveries.number(demand.id), None, 90_000_000, ""],
    ))
    assert [state for _row, state, _d in await lines()] == ["differs", "matched"]
    assert (await now_as(demand)).state == "repaid"


async def test_a_list_of_fees_is_matched_by_its_number_or_as_the_only_one_of_its_amount(db):
    world = await a_world()
    row = await closed(world)
    payment = await charged(world, row)
    await fee_payments.approve(payment, by=world.offices.recurrent)
    line = [day(), pay_lists.number(row.id), row.amount, None, ""]
    await taken_in(world, a_file(["KB-1", day(), pay_lists.number(row.id), row.amount + 1, None, ""], ["KB-2", *line], ["KB-3", *line]))
    assert [state for _row, state, _d in await lines()] == ["differs", "matched", "differs"]
    payment = await now_as(payment)
    assert (payment.state, payment.treasury_number, (await now_as(row)).paid_on) == ("paid", "KB-2", today())
    other = await a_list_of(world, 5_000_000)
    again = await charged(world, other)
    await fee_payments.approve(again, by=world.offices.recurrent)
    await taken_in(world, a_file(["KB-2", day(), "", 5_000_000, None, "một chứng từ cho hai khoản"]))
    assert (await lines())[-1][1:] == ("differs", "Chứng từ KB-2 đã dùng cho một khoản khác trong ngày.")
    left = await StatementLine.objects().order_by(StatementLine.id, ascending=False).first()
    with pytest.raises(Refused, match="đã dùng cho một khoản khác"):
        await treasury.match(left, reference=pay_lists.number(other.id), on=today(), reason="Đúng", by=world.offices.treasurer)
    await taken_in(world, a_file(["KB-9", day(), "", 5_000_000, None, "Chi thù lao"]))
    assert (await now_as(again)).state == "paid" and await rows(FROM_THE_JOURNAL) == []
