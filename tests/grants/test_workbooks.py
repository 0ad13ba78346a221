"""What people hand in as a spreadsheet: read, or refused as unreadable; never a fault, and never more than fits."""

import contextlib
import io
import zipfile

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as some

from grants.shell import workbooks
from grants.shell.workbooks import Unreadable


def a_workbook(*rows: list) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)
    return out.getvalue()


GOOD = a_workbook(["Nội dung", "Số tiền"], ["Máy sấy", 45_000_000], ["Đi lại", 1])


def test_the_values_of_the_first_sheet_are_read_within_the_area():
    assert workbooks.values(GOOD, min_row=2, max_row=2, max_col=2) == [["Máy sấy", 45_000_000]]
    assert workbooks.first_sheet(GOOD)["B3"].value == 1


def test_a_small_file_that_unpacks_to_much_is_not_unpacked():
    out = io.BytesIO(GOOD)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/more.xml", b" " * (workbooks.MOST_UNPACKED + 1))
    assert len(out.getvalue()) < 100_000
    with pytest.raises(Unreadable):
        workbooks.values(out.getvalue())


@given(some.integers(0, len(GOOD) - 1), some.integers(0, 255), some.integers(1, 40))
def test_a_broken_workbook_is_unreadable_or_still_read_and_never_a_fault(at, byte, length):
    broken = GOOD[:at] + bytes([byte]) * length + GOOD[at + length:]
    for read in (workbooks.values, workbooks.first_sheet):
        with contextlib.suppress(Unreadable):
            read(broken)
