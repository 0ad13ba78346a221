"""A ballot filled in away from the system: a spreadsheet with the criteria, read back cell by cell, all of it or nothing."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field

import xlsxwriter
from litestar.datastructures import UploadFile

from grants.rules.content import Criterion, Scheme
from grants.shell import workbooks
from grants.shell.language import _, either
from grants.shell.text import forbidden, nfc
from review.tables import Ballot, Score

LARGEST = 2 * 1024 * 1024
LONGEST = 20_000
NAMED, FIRST = "B4", 7  # where the ballot's number stands, and the row of the first criterion
STAGE, BEFORE, AT = "C4", "truoc-hop", "tai-hop"  # where it stands whether the points are preliminary or the session's
POINTS, COMMENT = "E", "F"


@dataclass
class Filled:
    """What the spreadsheet says, ready for `ballots.save`; or what is wrong with it, by cell."""

    points: dict[int, int | None] = field(default_factory=dict)
    comments: dict[int, str] = field(default_factory=dict)
    review: str | None = None
    wrong: list[str] = field(default_factory=list)


def row_of(criterion: Criterion) -> int:
    return FIRST + criterion.number - 1


def review_cell(scheme: Scheme) -> str:
    return f"B{FIRST + len(scheme.criteria) + 1}"


def written(ballot: Ballot, title: str, panel: str, scheme: Scheme, scores: Mapping[int, Score], *, session: bool) -> bytes:
    """The ballot as XLSX: criteria, maxima, guidance and what was saved so far; only points and words can be typed into.

    It says on top whether it holds the points before the session or those of the `session`.
    """
    which = _("Phiếu chấm tại phiên họp") if session else _("Phiếu chấm sơ bộ, nộp trước phiên họp")
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(_("Phiếu"))
        style = {name: book.add_format({"text_wrap": True, "valign": "top"} | more) for name, more in (
            ("plain", {}), ("head", {"bold": True, "bottom": 1}), ("open", {"locked": False, "bg_color": "#FFF8E1", "border": 1}),
        )}
        sheet.protect()
        sheet.set_column("A:A", 6)
        sheet.set_column("B:B", 44)
        sheet.set_column("C:C", 8)
        sheet.set_column("D:D", 44)
        sheet.set_column("E:E", 8)
        sheet.set_column("F:F", 60)
        for row, (label, value) in enumerate(
            [(_("Phiếu"), which), (_("Hồ sơ"), title), (_("Hội đồng"), panel), (_("Số phiếu"), ballot.id)]
        ):
            sheet.write(row, 0, label, style["head"])
            sheet.write(row, 1, value, style["plain"])
        sheet.write_string(STAGE, AT if session else BEFORE, style["plain"])
        for column, head in enumerate([_("TT"), _("Tiêu chí"), _("Tối đa"), _("Hướng dẫn"), _("Điểm"), _("Nhận xét")]):
            sheet.write(FIRST - 2, column, head, style["head"])
        for one in scheme.criteria:
            write_criterion(sheet, one, scores.get(one.number), style)
        if ballot.assigned_reviewer:
            row = FIRST + len(scheme.criteria)
            sheet.write(row, 0, _("Nhận xét phản biện"), style["head"])
            sheet.write_string(row, 1, ballot.review, style["open"])
            sheet.set_row(row, 240)
    return out.getvalue()


def write_criterion(sheet, one: Criterion, score: Score | None, style: dict) -> None:
    row = row_of(one) - 1
    sheet.write(row, 0, one.number, style["plain"])
    sheet.write_string(row, 1, either(one.vi, one.en), style["plain"])
    sheet.write(row, 2, one.most, style["plain"])
    sheet.write_string(row, 3, either(one.guidance_vi, one.guidance_en), style["plain"])
    sheet.write(row, 4, score.points if score and score.points is not None else None, style["open"])
    sheet.write_string(row, 5, score.comment if score else "", style["open"])
    sheet.data_validation(row, 4, row, 4, {
        "validate": "integer", "criteria": "between", "minimum": 0, "maximum": one.most, "ignore_blank": True,
        "error_message": _("Từ 0 đến {most}, số nguyên.").format(most=one.most),
    })


async def content_of(upload: object) -> bytes:
    """The uploaded bytes. Raises ValueError with the sentence for the field."""
    if not isinstance(upload, UploadFile) or not upload.filename:
        raise ValueError(_("Hãy chọn tệp bảng tính (.xlsx) đã điền."))
    content = await upload.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(_("Tệp lớn hơn 2 MB, không phải bảng tính tải từ đây."))
    return content


def read(content: bytes, ballot: Ballot, scheme: Scheme, *, again: bool = False) -> Filled:
    """What was filled in, every mistake named by its cell. Raises ValueError when it is not this ballot's spreadsheet, or one from
    before the session while the ballot is scored `again`.
    """
    try:
        sheet = workbooks.first_sheet(content)
    except workbooks.Unreadable:
        raise ValueError(_("Không đọc được tệp này. Hãy dùng bảng tính .xlsx tải từ trang phiếu.")) from None
    if sheet[NAMED].value != ballot.id:
        raise ValueError(_("Bảng tính này không phải của phiếu này: ô {cell} phải là {number}.").format(cell=NAMED, number=ballot.id))
    if again and sheet[STAGE].value != AT:
        raise ValueError(_("Bảng tính này được tải trước phiên họp. Hãy tải lại bảng tính của phiếu chấm tại phiên họp."))
    filled = Filled()
    for one in scheme.criteria:
        row = row_of(one)
        if sheet[f"A{row}"].value != one.number:
            raise ValueError(_("Các dòng của bảng tính đã bị đổi: ô A{row} phải là {number}.").format(row=row, number=one.number))
        filled.points[one.number] = points_in(sheet[f"{POINTS}{row}"], one, filled.wrong)
        filled.comments[one.number] = words_in(sheet[f"{COMMENT}{row}"], filled.wrong)
    if ballot.assigned_reviewer:
        filled.review = words_in(sheet[review_cell(scheme)], filled.wrong)
    return filled


def points_in(cell, one: Criterion, wrong: list[str]) -> int | None:
    """The points in a cell; an empty one says nothing yet."""
    value = cell.value
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value.strip()) < 6:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        wrong.append(_("Ô {cell}: điểm phải là số nguyên.").format(cell=cell.coordinate))
    elif not 0 <= value <= one.most:
        wrong.append(_("Ô {cell}: điểm từ 0 đến {most}.").format(cell=cell.coordinate, most=one.most))
    else:
        return value
    return None


def words_in(cell, wrong: list[str]) -> str:
    said = "" if cell.value is None else str(cell.value).replace("\r\n", "\n").replace("_x000D_", "").strip()
    if len(said) > LONGEST:
        wrong.append(_("Ô {cell}: tối đa {count} ký tự.").format(cell=cell.coordinate, count=LONGEST))
    if forbidden(said, multiline=True) is not None:
        wrong.append(_("Ô {cell}: có ký tự không đọc được.").format(cell=cell.coordinate))
    return nfc(said)
