"""Every list works the same: filters and sorting in the URL, pages, sums, and exports with the same rows and sums."""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlencode

import xlsxwriter
from litestar import Request, Response
from piccolo.columns import Column as Kept
from piccolo.columns import Text, Varchar
from piccolo.columns.combination import And, Combinable
from piccolo.query import OrderByRaw
from piccolo.query.functions.aggregate import Count, Sum
from piccolo.querystring import QueryString
from piccolo.table import Table

from grants.shell import dates
from grants.shell.forms import Typed
from grants.shell.language import N_, _, either
from grants.shell.searches import amiss, containing
from grants.shell.web import attachment, page

PER_PAGE = 50
MOST_EXPORTED = 100_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Column:
    """A column of a list. `kind`: text, money, number, date, time or status; `says` turns the kept value into words.

    `english`: the column that keeps the same in English, where there is one; `in_files`: too long for the screen.
    `under`: the column in whose cell it stands on the screen, as a second line, so that a wide list fits; in files it stands alone.
    """

    key: str
    label: str
    kept: Kept
    kind: str = "text"
    says: Callable[[object], object] | None = None
    sort_by: Kept | None = None
    total: bool = False
    sortable: bool = True
    english: Kept | None = None
    in_files: bool = False
    under: str = ""

    def value(self, row: dict) -> object:
        found = either(row[self.key], row[f"{self.key}_en"]) if self.english else row[self.key]
        return self.says(found) if self.says else found

    def is_text(self) -> bool:
        """Whether it shows words that are kept just so."""
        return self.kind in ("text", "long") and isinstance(self.kept, Varchar | Text) and not self.says

    def selected(self) -> list[Kept]:
        return [self.kept.as_alias(self.key), *([self.english.as_alias(f"{self.key}_en")] if self.english else [])]


@dataclass(frozen=True)
class Filter:
    """A condition in the URL. `where` turns what was chosen into a condition, None when it makes no sense.

    A hidden one is set only by links and shown as a chip that takes it away; `named` puts its value into words.
    """

    name: str
    label: str
    where: Callable[[str], Combinable | None]
    options: Callable[[], Sequence[tuple[str, str]]] | None = None
    hidden: bool = False
    named: Callable[[str], Awaitable[str | None]] | None = None

    @property
    def kind(self) -> str:
        """How the filter is shown; a hidden one is set only by links."""
        if self.hidden:
            return "hidden"
        return "select" if self.options else "text"


@dataclass(frozen=True)
class Head:
    key: str
    label: str
    kind: str
    sortable: bool
    under: tuple["Head", ...] = ()


@dataclass
class Shown:
    """One page of a list, as the template shows it."""

    columns: list[Head]
    rows: list[dict]
    page: int
    pages: int
    count: int
    sums: dict[str, int]
    sort: str
    filters: list[Filter]
    form: Typed
    path: str
    params: dict[str, str] = field(default_factory=dict)
    chips: list[tuple[str, str]] = field(default_factory=list)

    def url(self, **changes) -> str:
        """The same list with some parameters changed; None takes one away."""
        merged = self.params | {key: str(value) for key, value in changes.items() if value is not None}
        kept = {k: v for k, v in merged.items() if v and not (k in changes and changes[k] is None)}
        return f"{self.path}?{urlencode(kept)}" if kept else self.path

    @property
    def exports(self) -> list[tuple[str, str]]:
        return [
            (_("Xuất XLSX"), self.url(format="xlsx", page=None)),
            (_("Xuất CSV"), self.url(format="csv", page=None)),
        ]


@dataclass(frozen=True)
class Listing:
    """A list of rows of one table (columns may reach over its references); `prepare` reads what its rows need together."""

    name: str
    table: type[Table]
    columns: Sequence[Column]
    order: str
    filters: Sequence[Filter] = ()
    href: Callable[[dict], str] | None = None
    extra: Sequence[Kept] = ()
    prepare: Callable[[list[dict]], Awaitable[None]] | None = None

    async def answer(self, request: Request, where: Combinable | None, template: str, **context) -> Response:
        """The page with one page of the list, or, with `format=` in the URL, the whole of it as a file."""
        if wanted := file_wanted(request):
            return await self.export(request, where, wanted)
        return page(template, listing=await self.shown(request, where), **context)

    async def shown(self, request: Request, where: Combinable | None) -> Shown:
        """One page of the list: two queries at most, whatever the number of rows."""
        params = dict(request.query_params)
        condition = self.condition(where, params)
        asked = max(1, whole(params.get("page")))
        nearest, sort = self.nearest(params), self.sort(params)
        query = self.select(condition, sort, nearest)
        first = await query.limit(PER_PAGE) if asked == 1 else []
        count, sums = self.counted(first) if asked == 1 and len(first) < PER_PAGE else await self.tally(condition)
        pages = max(1, -(-count // PER_PAGE))
        at = min(asked, pages)
        found = first if asked == 1 else await query.limit(PER_PAGE).offset((at - 1) * PER_PAGE)
        if self.prepare:
            await self.prepare(found)
        return Shown(
            columns=self.heads(),
            rows=[self.row(row) for row in found],
            page=at, pages=pages, count=count, sums=sums, sort="" if nearest is not None else sort, filters=list(self.filters),
            form=Typed({k: v for k, v in params.items() if k != "page"}),
            path=request.url.path, params={k: v for k, v in params.items() if k != "format"}, chips=await self.chips(params),
        )

    async def chips(self, params: dict[str, str]) -> list[tuple[str, str]]:
        """The conditions that a link has set and no field shows: (words, name of the parameter)."""
        set_by_link = [one for one in self.filters if one.hidden and params.get(one.name) and one.where(params[one.name]) is not None]
        found = []
        for one in set_by_link:
            value = await one.named(params[one.name]) if one.named else params[one.name]
            found.append((f"{_(one.label)}: {value or '–'}", one.name))
        return found

    def heads(self, under: str = "") -> list[Head]:
        """The columns as the screen shows them, each with those that stand under it."""
        return [
            Head(c.key, _(c.label), c.kind, c.sortable, tuple(self.heads(c.key)))
            for c in self.columns if c.under == under and not c.in_files
        ]

    def row(self, found: dict) -> dict:
        return {c.key: c.value(found) for c in self.columns} | ({"href": self.href(found)} if self.href else {})

    def condition(self, where: Combinable | None, params: dict[str, str]) -> Combinable | None:
        """What may be seen, and of that what was asked for."""
        asked = [each.where(params[each.name]) for each in self.filters if params.get(each.name)]
        for each in asked:
            if each is not None:
                where = each if where is None else And(where, each)
        return where

    def sort(self, params: dict[str, str]) -> str:
        asked = params.get("sort", "")
        known = {c.key for c in self.columns if c.sortable}
        return asked if asked.removeprefix("-") in known else self.order

    def nearest(self, params: dict[str, str]) -> QueryString | None:
        """A search whose reader chose no order shows first what is written as it was typed, its accents too."""
        if not params.get("q") or params.get("sort") or not any(each.name == "q" for each in self.filters):
            return None
        return amiss([kept for c in self.columns if c.is_text() and not c.under for kept in (c.kept, c.english) if kept], params["q"])

    def select(self, condition: Combinable | None, sort: str, nearest: QueryString | None = None):
        key = sort.removeprefix("-")
        by = next(c for c in self.columns if c.key == key)
        query = self.table.select(*(kept for c in self.columns for kept in c.selected()), *self.extra)
        query = query.order_by(nearest) if nearest is not None else query
        query = query.order_by(ordering(by), ascending=not sort.startswith("-"))
        query = query.order_by(self.table._meta.primary_key, ascending=not sort.startswith("-"))
        return query.where(condition) if condition is not None else query

    async def tally(self, condition: Combinable | None) -> tuple[int, dict[str, int]]:
        """How many rows, and the sum of each column that has a total."""
        totals = [c for c in self.columns if c.total]
        query = self.table.select(Count(alias="count"), *(Sum(c.kept, alias=f"sum_{c.key}") for c in totals))
        found = await (query.where(condition) if condition is not None else query).first()
        return found["count"], {c.key: int(found[f"sum_{c.key}"] or 0) for c in totals}

    def counted(self, rows: list[dict]) -> tuple[int, dict[str, int]]:
        """The same of rows that are all there is."""
        return len(rows), {c.key: sum(row[c.key] or 0 for row in rows) for c in self.columns if c.total}

    async def export(self, request: Request, where: Combinable | None, wanted: str) -> Response:
        """All rows that the filters leave, with the totals that the screen shows."""
        params = dict(request.query_params)
        condition = self.condition(where, params)
        count, sums = await self.tally(condition)
        found = await self.select(condition, self.sort(params), self.nearest(params)).limit(MOST_EXPORTED)
        if self.prepare:
            await self.prepare(found)
        heads = [(_(c.label), c.kind) for c in self.columns]
        lines = [[worded(c.value(row), c.kind) for c in self.columns] for row in found]
        totals = [sums.get(c.key) for c in self.columns] if sums else None
        if count > len(lines):
            lines.append([cut_short(len(lines), count), *[None] * (len(heads) - 1)])
        return await as_file(self.name, wanted, heads, lines, totals)


def vietnamese(column: Kept) -> OrderByRaw:
    """A text column in the order of the Vietnamese alphabet, which no collation of the embedded server knows."""
    return OrderByRaw(f'vietnamese_order({column._meta.get_full_name(with_alias=False)}) COLLATE "C"')


def ordering(column: Column) -> Kept | OrderByRaw:
    """What a list is sorted by: the kept sort key of a name, a text by its alphabet, all else as it is."""
    return vietnamese(column.kept) if column.is_text() and not column.sort_by else column.sort_by or column.kept


def cut_short(there: int, count: int) -> str:
    return _("Tệp chỉ có {there} dòng đầu trong {count} dòng; hãy lọc bớt rồi xuất lại.").format(there=there, count=count)


def whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 1


def search(kept: Kept | Sequence[Kept], where: Callable[[Kept | Sequence[Kept]], Callable] = containing) -> Filter:
    return Filter("q", N_("Tìm, không cần dấu"), where(kept))


def chosen(name: str, label: str, column: Kept, options: Callable[[], Sequence[tuple[str, str]]]) -> Filter:
    """A filter by one of a few values."""

    def where(value: str) -> Combinable | None:
        return column == value if value in {key for key, _words in options()} else None

    return Filter(name, label, where, options)


def year(name: str, label: str, column: Kept, *, hidden: bool = False, named: Callable | None = None) -> Filter:
    """A filter by a whole number, such as a budget year."""
    return Filter(name, label, lambda typed: column == int(typed) if is_id(typed) else None, hidden=hidden, named=named)


def is_id(typed: str) -> bool:
    """Whether this is a whole number that the database can compare with."""
    return typed.isascii() and typed.isdigit() and len(typed) < 9


def file_wanted(request: Request) -> str:
    """The file that the address asks for in place of the page: "xlsx", "csv", or "" for none."""
    wanted = request.query_params.get("format")
    return wanted if wanted in ("xlsx", "csv") else ""


async def as_file(name: str, wanted: str, heads: list, lines: list[list], totals: list | None = None) -> Response:
    """A table as CSV where that is wanted, else as a workbook: the lines and sums that its page shows."""
    if wanted == "csv":
        return attachment(await asyncio.to_thread(as_csv, heads, lines, totals), f"{name}.csv", "text/csv; charset=utf-8")
    return attachment(await asyncio.to_thread(as_xlsx, heads, lines, totals), f"{name}.xlsx", XLSX)


def as_csv(heads: list, lines: list, totals: list | None) -> bytes:
    """CSV as Excel in Vietnam opens it: UTF-8 with its mark; a text is never taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([label for label, _kind in heads])
    writer.writerows([[harmless(plain(value)) for value in line] for line in lines])
    if totals:
        writer.writerow([_("Tổng cộng") if n == 0 else plain(total) for n, total in enumerate(totals)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def plain(value: object) -> object:
    if isinstance(value, datetime):
        return dates.local(value).strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return "" if value is None else value


def worded(value: object, kind: str) -> object:
    """The words of a value that the screen draws: a status (words, tone), a link (words, address), a stream (code, words)."""
    return value[1 if kind == "stream" else 0] if isinstance(value, tuple) else value


def in_words(heads: list, lines: list[list]) -> list[list]:
    """The lines of a table as a file shows them, without tones and addresses."""
    return [[worded(value, kind) for value, (_label, kind) in zip(line, heads, strict=True)] for line in lines]


def harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def as_xlsx(heads: list, lines: list, totals: list | None) -> bytes:
    """A workbook with one sheet: amounts as numbers in đồng, days as days, totals below."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        formats = {
            "head": book.add_format({"bold": True, "text_wrap": True, "bottom": 1}),
            "money": book.add_format({"num_format": "#,##0"}),
            "number": book.add_format({"num_format": "#,##0"}),
            "date": book.add_format({"num_format": "dd/mm/yyyy"}),
            "time": book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
            "total": book.add_format({"bold": True, "num_format": "#,##0", "top": 1}),
        }
        sheet.freeze_panes(1, 1)
        for n, (label, kind) in enumerate(heads):
            sheet.write(0, n, label, formats["head"])
            sheet.set_column(n, n, {"text": 30, "long": 60}.get(kind, 18))
        for row, line in enumerate(lines, start=1):
            for n, (value, (_label, kind)) in enumerate(zip(line, heads, strict=True)):
                write(sheet, row, n, value, formats.get(kind))
        for n, total in enumerate(totals or []):
            sheet.write(len(lines) + 1, n, _("Tổng cộng") if n == 0 else total, formats["total"])
    return out.getvalue()


def write(sheet, row: int, column: int, value: object, style) -> None:
    if isinstance(value, datetime):
        sheet.write_datetime(row, column, dates.local(value).replace(tzinfo=None), style)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), style)
    elif isinstance(value, int) and not isinstance(value, bool):
        sheet.write_number(row, column, value, style)
    elif value is not None:
        sheet.write_string(row, column, str(value))


