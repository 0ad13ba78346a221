"""Statements as the treasury and banks hand them over, CSV or XLSX: read whole, or refused with every bad cell named."""

import asyncio
import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from budget.sheets import MOST_BYTES, MOST_COLUMNS, MOST_ROWS, BadSheet, Cell
from grants.shell import workbooks
from grants.shell.dates import day_of, read_date
from grants.shell.language import _
from grants.shell.text import fold

# What a column is called in the files that go around, without accents, → what it holds.
HEADS = {
    "so chung tu": "number", "so ct": "number", "ngay": "on", "ngay chung tu": "on", "ngay chi": "on", "so de nghi": "reference",
    "so tham chieu": "reference", "ghi no": "out", "so tien": "out", "chi": "out", "ghi co": "back", "thu": "back",
    "noi dung": "remark", "dien giai": "remark",
}
NEEDED = {"number": "Số chứng từ", "on": "Ngày", "out": "Ghi nợ"}
SAMPLE = ("Số chứng từ", "Ngày", "Số đề nghị", "Ghi nợ", "Ghi có", "Nội dung")


@dataclass(frozen=True)
class Line:
    """One line of a statement: money out or back, in đồng."""

    row: int
    number: str
    on: date
    reference: str
    out: int
    back: int
    remark: str


async def read(name: str, content: bytes) -> list[Line]:
    """The lines of a file. Raises BadSheet that names each bad cell."""
    if len(content) > MOST_BYTES:
        raise BadSheet([_("Tệp quá lớn: tối đa 2 MB.")])
    grid = await asyncio.to_thread(grid_of, name, content)
    at, columns = heading(grid)
    lines, problems = [], []
    for row in grid[at + 1:]:
        if all(cell.is_empty for cell in row):
            continue
        try:
            lines.append(line_of({key: row[n] for key, n in columns.items()}, problems))
        except ValueError:
            continue
    if problems or not lines:
        raise BadSheet(problems or [_("Tệp không có dòng nào.")])
    return lines


def grid_of(name: str, content: bytes) -> list[list[Cell]]:
    from openpyxl.utils import get_column_letter  # here: it brings numpy along, which no server needs at its start

    values = from_csv(content) if name.lower().endswith(".csv") else from_xlsx(content)
    return [
        [Cell(f"{get_column_letter(c)}{r}", value) for c, value in enumerate([*row, *[None] * MOST_COLUMNS][:MOST_COLUMNS], 1)]
        for r, row in enumerate(values[:MOST_ROWS], 1)
    ]


def from_xlsx(content: bytes) -> list[list]:
    try:
        return workbooks.values(content, max_row=MOST_ROWS, max_col=MOST_COLUMNS)
    except workbooks.Unreadable:
        raise BadSheet([_("Tệp này không phải bảng tính XLSX hay CSV đọc được.")]) from None


def from_csv(content: bytes) -> list[list]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadSheet([_("Tệp CSV phải ở bảng mã UTF-8.")]) from None
    head = text.split("\n", 1)[0]
    return [list(row) for row in csv.reader(io.StringIO(text), delimiter=max(",;\t", key=head.count))]


def heading(grid: list[list[Cell]]) -> tuple[int, dict[str, int]]:
    """Which row names the columns, and which column holds what. Raises BadSheet where one that is needed is missing."""
    for at, row in enumerate(grid[:15]):
        columns: dict[str, int] = {}
        for n, cell in enumerate(row):
            if not cell.is_empty and (key := HEADS.get(fold(str(cell.value)).split("(")[0].strip())):
                columns.setdefault(key, n)
        if NEEDED.keys() <= columns.keys():
            return at, columns
    raise BadSheet([_("Tệp cần một dòng tên cột có: {columns}.").format(columns=", ".join(NEEDED.values()))])


def line_of(row: dict[str, Cell], problems: list[str]) -> Line:
    """One line; what is wrong in it is added to the problems, and the line is not taken (ValueError)."""
    before = len(problems)

    def take(read: Callable[[], object]) -> object:
        try:
            return read()
        except ValueError as problem:
            problems.append(str(problem))

    words = {key: take(lambda key=key, most=most: row[key].text(most)) if key in row else ""
             for key, most in (("number", 60), ("reference", 60), ("remark", 500))}
    on = take(lambda: day_in(row["on"]))
    out, back = (take(lambda key=key: amount_in(row.get(key))) for key in ("out", "back"))
    if len(problems) == before and not words["number"]:
        problems.append(_("{cell}: thiếu số chứng từ.").format(cell=row["number"].name))
    if len(problems) == before and (out > 0) == (back > 0):
        problems.append(_("{cell}: mỗi dòng ghi một số tiền, hoặc ghi nợ hoặc ghi có.").format(cell=row["out"].name))
    if len(problems) > before:
        raise ValueError
    return Line(
        int("".join(c for c in row["number"].name if c.isdigit())), words["number"], on, words["reference"], out, back, words["remark"]
    )


def amount_in(cell: Cell | None) -> int:
    return 0 if cell is None or cell.is_empty else cell.amount()


def day_in(cell: Cell) -> date:
    try:
        if isinstance(cell.value, datetime | date):
            return day_of(cell.value) if not isinstance(cell.value, datetime) else cell.value.date()
        return read_date(str(cell.value or ""))
    except ValueError as problem:
        raise ValueError(_("{cell}: {problem}").format(cell=cell.name, problem=problem)) from None
