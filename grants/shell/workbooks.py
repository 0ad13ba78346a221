"""Spreadsheets that people hand in: opened only where they can be read and unpack to a decent size."""

import io
import zlib
from zipfile import BadZipFile, ZipFile

MOST_UNPACKED = 20_000_000  # bytes: a small file may hold gigabytes


class Unreadable(Exception):
    """A file that is no spreadsheet in XLSX, is broken, or unpacks to too much."""


def first_sheet(content: bytes, **how):
    """The first sheet, with the values of its formulas. Raises Unreadable."""
    import openpyxl  # here: it brings numpy along, which no server needs at its start

    return reading(lambda: openpyxl.load_workbook(io.BytesIO(checked(content)), data_only=True, **how).worksheets[0])


def values(content: bytes, **area: int) -> list[list]:
    """The values of the first sheet, row by row, within `min_row`, `max_row` and `max_col`. Raises Unreadable."""
    sheet = first_sheet(content, read_only=True)
    return reading(lambda: [list(row) for row in sheet.iter_rows(**area, values_only=True)])


def checked(content: bytes) -> bytes:
    with ZipFile(io.BytesIO(content)) as packed:
        if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED:
            raise Unreadable
    return content


def reading(read):
    """What `read` gives; whatever openpyxl stumbles over in a strange file is said as Unreadable."""
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return read()
    except (
        BadZipFile, zlib.error, InvalidFileException, LookupError, ValueError, AttributeError, TypeError, OSError, EOFError, SyntaxError,
        RuntimeError,  # a part that asks for a password
    ):
        raise Unreadable from None
