"""A filled sheet is taken whole or not at all, and every bad cell is named; rounds keep what was passed on."""

import io

import openpyxl
import pytest

from budget import estimate_parts, estimate_rounds, estimate_sheets, estimates
from budget.sheets import BadSheet
from budget.tables import Estimate, EstimateLine
from grants.shell import lists
from tests.browsing import browsing
from tests.makers import the_rules
from tests.makers_budget import BILLION, the_offices

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]


def a_sheet(*rows: list) -> bytes:
    book = openpyxl.Workbook()
    book.active.append([label for label, _kind in estimate_sheets.HEADS])
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def a_row(**more) -> list:
    return list(({
        "id": None, "stream": "Kinh phí sự nghiệp", "purpose": "Nhiệm vụ mở mới", "code": "417-100-101", "name": "12 nhiệm vụ",
        "proposed": "12 tỷ",
        "agreed": None, "reason": None, "decided": None,
    } | more).values())  # fmt: skip


@pytest.fixture
async def drafted(db):
    offices = await the_offices()
    await the_rules()
    return offices, await estimates.open_estimate(2028, by=offices.officer)


async def test_a_filled_sheet_adds_and_changes_lines(drafted):
    offices, estimate = drafted
    line = await estimates.propose_line(estimate, stream="capital", purpose="new", name="Thiết bị", proposed=5, by=offices.officer)
    sheet = a_sheet(
        a_row(), a_row(id=line.id, stream="capital", purpose="infrastructure", code=None, name="Nhà lưới", proposed=7 * BILLION),
        [None] * 9, ["Tổng cộng", None, None, None, None, 19 * BILLION],
    )  # fmt: skip
    assert await estimate_sheets.take_proposal(estimate, sheet, by=offices.officer) == 2
    found = [(one.stream, one.purpose, one.classification, one.name, one.proposed) for one in await estimates.lines_of(estimate)]
    assert found == [
        ("capital", "infrastructure", "", "Nhà lưới", 7 * BILLION), ("recurrent", "new", "417-100-101", "12 nhiệm vụ", 12 * BILLION)
    ]  # fmt: skip


async def test_every_bad_cell_is_named_and_nothing_is_taken(drafted):
    offices, estimate = drafted
    sheet = a_sheet(
        a_row(), a_row(stream="Quỹ"), a_row(proposed="nhiều"), a_row(code="999-999-999"), a_row(name=""), a_row(id=77), a_row(proposed=0),
        a_row(proposed=1.5), a_row(id="x"),
    )  # fmt: skip
    with pytest.raises(BadSheet) as bad:
        await estimate_sheets.take_proposal(estimate, sheet, by=offices.officer)
    assert [problem.partition(":")[0] for problem in bad.value.problems] == ["B3", "F4", "D5", "E6", "A7", "F8", "F9", "A10"]
    assert await EstimateLine.count() == 0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"a,b,c\n1,2,3", a_sheet()])
async def test_what_is_no_sheet_is_refused_with_a_sentence(drafted, content):
    offices, estimate = drafted
    with pytest.raises(BadSheet):
        await estimate_sheets.take_proposal(estimate, content, by=offices.officer)


async def sent(drafted) -> tuple:
    """An estimate with a line of each stream, sent to finance."""
    offices, estimate = drafted
    for stream in ("capital", "recurrent"):
        await estimates.propose_line(estimate, stream=stream, purpose="new", name="Dòng", proposed=5 * BILLION, by=offices.officer)
    await estimates.submit(estimate, by=offices.officer)
    return offices, await Estimate.objects().get(Estimate.id == estimate.id), await estimates.lines_of(estimate)


async def test_finance_fills_in_its_own_streams_only_and_a_change_needs_its_reason(drafted):
    offices, estimate, (capital, recurrent) = await sent(drafted)
    heads = [(label, kind) for label, kind in estimate_sheets.HEADS]
    lines = estimate_sheets.as_lines([capital, recurrent], await estimate_parts.of(estimate))
    for line in lines:
        line[6] = 4 * BILLION
    book = lists.as_xlsx(heads, lines, estimate_sheets.totals([capital, recurrent]))
    with pytest.raises(BadSheet, match="H3: hãy nêu lý do"):
        await estimate_sheets.take_agreement(estimate, book, by=offices.recurrent)
    for line in lines:
        line[7] = "Theo khả năng cân đối"
    book = lists.as_xlsx(heads, lines, None)
    assert await estimate_sheets.take_agreement(estimate, book, by=offices.recurrent) == 1
    assert [(line.stream, line.agreed) for line in await estimates.lines_of(estimate)] == [("capital", None), ("recurrent", 4 * BILLION)]


async def test_each_round_can_be_read_again_as_it_was(drafted):
    offices, estimate, lines = await sent(drafted)
    await estimates.agree(lines[0], 3 * BILLION, reason="Giãn tiến độ", by=offices.capital)
    await estimates.agree(lines[1], 5 * BILLION, by=offices.recurrent)
    for stream in ("capital", "recurrent"):
        await estimates.submit_stream(estimate, stream, by=getattr(offices, stream))
    first, second, third = await estimate_rounds.of(estimate)
    assert [(made.number, made.did, made.stream) for made in (first, second, third)] == [
        (1, "proposed", ""), (2, "submitted", "capital"), (3, "submitted", "recurrent")
    ]  # fmt: skip
    assert [line["agreed"] for line in estimate_rounds.lines_in(first)] == [None, None]
    assert [(line["before"], line["after"]) for line in estimate_rounds.compared(first, second)] == [
        (5 * BILLION, 3 * BILLION), (5 * BILLION, 5 * BILLION)
    ]  # fmt: skip


async def test_a_stream_is_sent_on_only_when_finance_has_answered_every_line_and_the_officer_knows(drafted):
    from grants.shell.changes import Refused

    offices, estimate, lines = await sent(drafted)
    with pytest.raises(Refused, match="Còn dòng chưa có ý kiến"):
        await estimates.submit_stream(estimate, "capital", by=offices.capital)
    await estimates.agree(lines[0], 3 * BILLION, reason="Giãn tiến độ", by=offices.capital)
    assert (await estimates.lines_of(estimate))[0].notified_at is not None
    await estimates.submit_stream(estimate, "capital", by=offices.capital)
    with pytest.raises(Refused, match="không đổi được nữa"):
        await estimates.agree(lines[0], 2 * BILLION, reason="Nữa", by=offices.capital)
    assert (await Estimate.objects().first()).state == "proposed"


async def test_a_sheet_is_imported_on_its_page_and_its_bad_cells_are_shown(drafted):
    offices, estimate = drafted
    async with browsing() as browser:
        officer = await browser().sign_in(offices.officer)
        for page in ("", "/calculator", "/rounds", "/sheet", "/lines/new"):
            await officer.open(f"/estimates/{estimate.id}{page}")
        await officer.open(f"/estimates/{estimate.id}/import")
        await officer.submit(f"/estimates/{estimate.id}/import", files={"file": ("bang.xlsx", a_sheet(a_row(proposed="nhiều")))})
        assert officer.page.status == 422 and "F2:" in officer.page.words
        await officer.submit(f"/estimates/{estimate.id}/import", files={"file": ("bang.xlsx", a_sheet(a_row()))})
        assert "12 tỷ" in officer.page.words
