"""A filled spreadsheet read back: cell by cell, so that whatever is wrong with it can be named by its cell."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from numbers import Real

from grants.shell import money
from grants.shell.language import _
from grants.shell.text import forbidden, nfc
from grants.shell.workbooks import Unreadable, values

MOST_BYTES, MOST_ROWS, MOST_COLUMNS = 2_000_000, 2_000, 20


class BadSheet(Exception):
    """A sheet that is not taken; `problems` names each bad cell. Nothing of it is kept."""

    def __init__(self, problems: list[str]):
        super().__init__(problems)
        self.problems = problems


@dataclass(frozen=True)
class Cell:
    """What stands in a cell, and what the cell is called: "F7"."""

    name: str
    value: object

    @property
    def is_empty(self) -> bool:
        return self.value is None or not str(self.value).strip()

    def text(self, most: int = 300) -> str:
        """The words in the cell. Raises ValueError with a sentence."""
        words = "" if self.value is None else nfc(str(self.value)).strip()
        if forbidden(words) is not None or len(words) > most:
            raise ValueError(_("{cell}: chữ quá dài hoặc có ký tự không đọc được.").format(cell=self.name))
        return words

    def amount(self) -> int:
        """The đồng in the cell. Raises ValueError with a sentence."""
        try:
            if not isinstance(self.value, Real):
                return money.read(str(self.value or ""))
            exact = Fraction(self.value)
            if isinstance(self.value, bool) or exact.denominator > 1:
                raise ValueError(_("số tiền phải là số nguyên đồng."))
            return money.read(exact.numerator)
        except ValueError as problem:
            raise ValueError(_("{cell}: {problem}").format(cell=self.name, problem=problem)) from None

    def whole(self) -> int:
        """The whole number in the cell. Raises ValueError with a sentence."""
        text = self.text().removesuffix(".0")
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise ValueError(_("{cell}: phải là một số nguyên.").format(cell=self.name))
        return int(text)


async def rows_of(content: bytes) -> list[list[Cell]]:
    """The rows of the first sheet below its heading, without the empty ones. Raises BadSheet."""
    if len(content) > MOST_BYTES:
        raise BadSheet([_("Tệp quá lớn: tối đa 2 MB.")])
    try:
        return await asyncio.to_thread(lambda: list(cells_of(content)))
    except Unreadable:
        raise BadSheet([_("Tệp này không phải bảng tính XLSX đọc được.")]) from None


def cells_of(content: bytes) -> Iterator[list[Cell]]:
    from openpyxl.utils import get_column_letter  # here: it brings numpy along, which no server needs at its start

    for n, found in enumerate(values(content, min_row=2, max_row=MOST_ROWS, max_col=MOST_COLUMNS), start=2):
        row = [Cell(f"{get_column_letter(column)}{n}", value) for column, value in enumerate(found, start=1)]
        row += [Cell(f"{get_column_letter(column)}{n}", None) for column in range(len(row) + 1, MOST_COLUMNS + 1)]
        if not all(cell.is_empty for cell in row):
            yield row
