"""The estimate as a spreadsheet: written out line by line, filled in by the officer or by a stream's finance, and read back."""

from budget import classifications, estimates, streams
from budget.estimate_parts import Part
from budget.estimates import Purpose
from budget.sheets import BadSheet, Cell, rows_of
from budget.tables import Estimate, EstimateLine
from grants.people.tables import Person
from grants.shell.database import DB
from grants.shell.language import N_, _
from grants.shell.text import fold

HEADS = [
    (N_("Mã dòng"), "number"), (N_("Nguồn"), "text"), (N_("Mục đích"), "text"), (N_("Mã mục lục"), "text"), (N_("Nội dung"), "long"),
    (N_("Đề nghị"), "money"), (N_("Đồng ý"), "money"), (N_("Lý do khác số đề nghị"), "long"), (N_("Được giao"), "money"),
    (N_("Quyết định số"), "text"),
]


def as_lines(lines: list[EstimateLine], parts: dict[str, Part]) -> list[list]:
    """The rows of the sheet, in the order of HEADS."""
    return [
        [line.id, streams.label(line.stream), estimates.purpose_label(line.purpose), line.classification, line.name, line.proposed,
         line.agreed, line.reason, line.decided, parts[line.stream].number]
        for line in lines
    ]  # fmt: skip


def totals(lines: list[EstimateLine]) -> list:
    sums = [sum(value for line in lines if (value := getattr(line, name)) is not None) for name in ("proposed", "agreed", "decided")]
    return [None, None, None, None, None, sums[0], sums[1], None, sums[2], None]


def chosen(cell: Cell, options: dict[str, str]) -> str:
    """A cell that holds one of a few words, or its code. Raises ValueError."""
    typed = fold(cell.text())
    found = [code for code, words in options.items() if typed in (fold(code), fold(words))]
    if not found:
        raise ValueError(_("{cell}: phải là một trong: {options}.").format(cell=cell.name, options="; ".join(options.values())))
    return found[0]


def filled(row: list[Cell], codes: set[str]) -> dict:
    """What the officer typed in a row. Raises ValueError for its first bad cell."""
    classification = row[3].text()
    if classification not in codes:
        raise ValueError(_("{cell}: mã mục lục không có trong danh mục của năm.").format(cell=row[3].name))
    if row[4].is_empty:
        raise ValueError(_("{cell}: hãy ghi nội dung.").format(cell=row[4].name))
    if not (proposed := row[5].amount()):
        raise ValueError(_("{cell}: số tiền phải lớn hơn 0.").format(cell=row[5].name))
    return {
        "stream": chosen(row[1], {stream.value: streams.label(stream) for stream in estimates.BUDGETED}),
        "purpose": chosen(row[2], {purpose.value: estimates.purpose_label(purpose) for purpose in Purpose}),
        "classification": classification, "name": row[4].text(), "proposed": proposed,
    }


def line_named(row: list[Cell], there: dict[int, EstimateLine]) -> EstimateLine:
    line = there.get(row[0].whole())
    if line is None:
        raise ValueError(_("{cell}: dự toán này không có dòng mang mã đó.").format(cell=row[0].name))
    return line


def body(rows: list[list[Cell]]) -> list[list[Cell]]:
    """The rows without the sheet's own sums."""
    return [row for row in rows if fold(str(row[0].value or "")) not in (fold(_("Tổng cộng")), "tong cong", "total")]


async def take_proposal(estimate: Estimate, content: bytes, *, by: Person) -> int:
    """The officer's filled sheet: rows with a line's number change it, rows without one are new. All or none; returns how many."""
    there = {line.id: line for line in await estimates.lines_of(estimate)}
    codes = {code for code, _name in await classifications.choices(estimate.year)}

    def read(row: list[Cell]) -> tuple:
        return (None if row[0].is_empty else line_named(row, there)), filled(row, codes)

    wanted = all_or_none(body(await rows_of(content)), read)
    async with DB.transaction():
        for line, said in wanted:
            if line is None:
                await estimates.propose_line(estimate, by=by, **said)
            elif any(getattr(line, name) != value for name, value in said.items()):
                await estimates.change_line(line, by=by, **said)
    return len(wanted)


async def take_agreement(estimate: Estimate, content: bytes, *, by: Person) -> int:
    """Finance's filled sheet: what its streams agree to, line by line, with the reason of each change. All or none."""
    mine = await streams.answered_by(by)
    there = {line.id: line for line in await estimates.lines_of(estimate)}

    def read(row: list[Cell]) -> tuple | None:
        line = line_named(row, there)
        if line.stream not in mine or row[6].is_empty:
            return None
        amount, reason = row[6].amount(), row[7].text(500)
        if amount != line.proposed and not reason:
            raise ValueError(_("{cell}: hãy nêu lý do khi số đồng ý khác số đề nghị.").format(cell=row[7].name))
        return line.id, (amount, reason)

    answers = dict(each for each in all_or_none(body(await rows_of(content)), read) if each)
    if not answers:
        raise BadSheet([_("Tệp không có dòng nào ghi số đồng ý cho nguồn của bạn (cột G).")])
    await estimates.agree_all(estimate, answers, by=by)
    return len(answers)


def all_or_none(rows: list[list[Cell]], read) -> list:
    """Every row as read; one bad row and none is taken, every bad one named. Raises BadSheet."""
    found, problems = [], []
    for row in rows:
        try:
            found.append(read(row))
        except ValueError as problem:
            problems.append(str(problem))
    if problems or not rows:
        raise BadSheet(problems or [_("Tệp không có dòng nào.")])
    return found
