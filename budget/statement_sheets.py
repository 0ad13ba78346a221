"""A statement laid out as tables: the same for the page, the workbook and the print."""

import io
from dataclasses import dataclass
from datetime import date

import xlsxwriter

from budget import streams
from budget.statements import COLUMNS, Line, Statement
from grants.shell import dates, lists
from grants.shell.language import N_, _, language
from grants.shell.money import in_words, short, show

# In which units the wide tables can be read on the screen; the workbook and the paper are always in đồng.
UNITS = {"million": (1_000_000, N_("triệu đồng")), "billion": (1_000_000_000, N_("tỷ đồng")), "dong": (1, N_("đồng"))}
WIDE = 8  # columns; a narrower table has room for đồng
# The columns of the narrower tables; what changed within the year stands in one.
NARROW = {
    "original": N_("Ban đầu"),
    "changed": N_("Tăng, giảm"),
    "carried_in": N_("Năm trước chuyển sang"),
    "final": N_("Được sử dụng"),
    "committed": N_("Đã cam kết"),
    "paid": N_("Đã thanh toán"),
    "settled": N_("Đã quyết toán"),
    "carried_out": N_("Chuyển sang năm sau"),
    "cancelled": N_("Huỷ"),
    "difference": N_("Còn lại"),
}


@dataclass(frozen=True)
class Sheet:
    """One table of the statement: heads and lines as grid() takes them, totals where they make sense."""

    name: str
    caption: str
    heads: list
    lines: list[list]
    totals: list | None = None


def sheets(statement: Statement) -> list[Sheet]:
    found = [by_stream(statement), explained(statement), by_classification(statement), by_call(statement), changed(statement)]
    return [one for one in found if one.lines]


def on_screen(sheet: Sheet, unit: str) -> Sheet:
    """A wide table with its amounts in a unit, named in the caption; a narrow one as it is."""
    by, words = UNITS[unit]
    if len(sheet.heads) < WIDE or by == 1:
        return sheet
    kinds = ["text" if isinstance(head, str) else head[1] for head in sheet.heads]
    return Sheet(
        sheet.name, _("{caption}, {unit}").format(caption=sheet.caption, unit=_(words)),
        [(head[0], "number") if kind == "money" else head for head, kind in zip(sheet.heads, kinds, strict=True)],
        [scaled(line, kinds, by) for line in sheet.lines], scaled(sheet.totals, kinds, by) if sheet.totals else None,
    )


def scaled(line: list, kinds: list[str], by: int) -> list:
    """The line's amounts in the unit, rounded to a tenth (billions to a thousandth), nothing as a dash."""
    digits = 3 if by == 1_000_000_000 else 1
    return [in_unit(value, by, digits) if kind == "money" else value for value, kind in zip(line, kinds, strict=True)]


def in_unit(amount: int, by: int, digits: int) -> str:
    """An amount of đồng in units of `by` đồng, at most so many decimals, halves away from zero."""
    if not amount:
        return "–"
    units, rest = divmod((2 * abs(amount) * 10**digits + by) // (2 * by), 10**digits)
    said = ("-" if amount < 0 else "") + f"{units:,}" + (f".{rest:0{digits}d}".rstrip("0") if rest else "")
    return said if language() == "en" else said.translate(str.maketrans(",.", ".,"))


def by_stream(statement: Statement) -> Sheet:
    """A figure a row, a stream a column: original and final budget side by side with what was done."""
    columns = [*statement.streams, *([statement.total] if len(statement.streams) > 1 else [])]
    heads = [_("Chỉ tiêu"), *((line.name, "money") for line in columns)]
    lines = [[_(words), *(line.amounts[key] for line in columns)] for key, words in COLUMNS.items()]
    return Sheet(_("Theo nguồn"), _("Dự toán và thực hiện theo nguồn"), heads, lines)


def explained(statement: Statement) -> Sheet:
    """Where the difference lies, stream by stream; the amounts add up to it."""
    lines = [[words_of(words), streams.badge(line.stream), amount] for line in statement.streams for words, amount in line.rest]
    total = statement.total.amounts["difference"]
    heads = [_("Phần còn lại gồm"), (_("Nguồn"), "stream"), (_("Số tiền"), "money")]
    return Sheet(_("Thuyết minh"), _("Thuyết minh phần còn lại"), heads, lines, [_("Tổng cộng"), "", total])


def words_of(words: str) -> str:
    said = _(words)
    return said[0].upper() + said[1:]


def by_classification(statement: Statement) -> Sheet:
    heads = [(_("Mã mục lục ngân sách"), "code"), (_("Nguồn"), "stream"), *narrow_heads()]
    lines = [[line.name, streams.badge(line.stream), *narrow(line)] for line in statement.classifications]
    return Sheet(_("Theo mục lục"), _("Theo mục lục ngân sách"), heads, lines, [_("Tổng cộng"), "", *narrow(statement.total)])


def by_call(statement: Statement) -> Sheet:
    """A call's line holds its projects' lines: only the calls' lines add up."""
    heads = [(_("Thông báo, nhiệm vụ"), "link"), (_("Nguồn"), "stream"), *narrow_heads()]
    lines = [[(f"{'— ' * line.level}{line.name}", line.href), streams.badge(line.stream), *narrow(line)] for line in statement.calls]
    calls = [narrow(line) for line in statement.calls if not line.level]
    return Sheet(_("Theo nhiệm vụ"), _("Theo thông báo và nhiệm vụ"), heads, lines,
                 [(_("Cộng các thông báo"), "/calls"), "", *(sum(column) for column in zip(*calls, strict=True))])


def changed(statement: Statement) -> Sheet:
    heads = [_("Căn cứ"), _("Số"), (_("Ngày"), "date"), _("Nội dung"), (_("Nguồn"), "stream"), (_("Số tiền"), "money")]
    lines = [[one.paper, one.number, one.dated, one.kind, streams.badge(one.stream), one.amount] for one in statement.changes]
    return Sheet(_("Căn cứ thay đổi"), _("Văn bản làm thay đổi dự toán trong năm"), heads, lines)


def narrow_heads() -> list[tuple[str, str]]:
    return [(_(words), "money") for words in NARROW.values()]


def narrow(line: Line) -> list[int]:
    amounts = line.amounts | {"changed": line.amounts["supplement"] - line.amounts["cut"] + line.amounts["transfer"]}
    return [amounts[key] for key in NARROW]


def said(amount: int) -> tuple[str, str, str]:
    """An amount as a paper says it: in đồng, in tỷ, in words."""
    return show(amount).removesuffix(" ₫"), short(amount), in_words(amount)


def plain(value: object, kind: str) -> str:
    """A cell as a paper has it, whose unit stands above the table: 1.850.000.000, and a dash for nothing."""
    value = lists.worded(value, kind)
    if kind == "money" and isinstance(value, int):
        return show(value).removesuffix(" ₫") if value else "–"
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else "" if value is None else str(value)


def title(statement: Statement) -> str:
    name = streams.label(statement.stream) if statement.stream else _("các nguồn")
    return _("Báo cáo thực hiện dự toán năm {year}: {name}").format(year=statement.year, name=name)


def issuers(statement: Statement) -> list[tuple[str, str]]:
    """The statement's streams in words and who answers for each on its day."""
    return [(line.name, statement.issuers.get(line.stream, "–")) for line in statement.streams]


def workbook(statement: Statement) -> bytes:
    """One worksheet a table, each headed by title, issuer, day and unit; places for signatures under the first."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        looks = {name: book.add_format(look) for name, look in {
            "title": {"bold": True, "font_size": 14}, "head": {"bold": True, "text_wrap": True, "bottom": 1},
            "money": {"num_format": "#,##0"}, "date": {"num_format": "dd/mm/yyyy"},
            "total": {"bold": True, "num_format": "#,##0", "top": 1},
        }.items()}  # fmt: skip
        for sheet in sheets(statement):
            written = book.add_worksheet(sheet.name)
            end = write(written, statement, sheet, looks)
            for n, who in enumerate((_("Người lập biểu"), _("Kế toán trưởng"), _("Thủ trưởng đơn vị"))):
                written.write(end + 2, n, who, looks["head"])
    return out.getvalue()


def write(written, statement: Statement, sheet: Sheet, looks: dict) -> int:
    """The table on a worksheet; returns the row after its last."""
    above = [title(statement), *(f"{name}: {who}" for name, who in issuers(statement)),
             _("Ngày {day}. Đơn vị: đồng.").format(day=dates.show_date(statement.on)), sheet.caption]
    for row, text in enumerate(above):
        written.write_string(row, 0, text, looks["title"] if row == 0 else None)
    heads = [(head, "text") if isinstance(head, str) else head for head in sheet.heads]
    for n, (label, kind) in enumerate(heads):
        written.write_string(len(above), n, label, looks["head"])
        written.set_column(n, n, 20 if kind == "money" else 30)
    last = len(above) + 1
    for line in sheet.lines:
        for n, (value, (_label, kind)) in enumerate(zip(line, heads, strict=True)):
            lists.write(written, last, n, lists.worded(value, kind), looks.get(kind))
        last += 1
    for n, value in enumerate(sheet.totals or []):
        lists.write(written, last, n, lists.worded(value, heads[n][1]), looks["total"])
    return last + 1
