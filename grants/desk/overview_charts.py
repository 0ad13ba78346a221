"""The leader's charts, each out of the same numbers as the table under it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from budget import streams
from budget.positions import Position
from budget.tables import Stream
from grants.desk import overview
from grants.shell import charts
from grants.shell.charts import Node, Series
from grants.shell.language import N_, _, language

SHOWN = 8  # places of one kind in the flow; the smaller ones flow together
MONTHS = range(1, 13)
SHORT = {Stream.CAPITAL: N_("Vốn đầu tư"), Stream.RECURRENT: N_("Sự nghiệp"), Stream.FUND: N_("Quỹ")}  # heads of narrow tables


@dataclass(frozen=True)
class Table:
    """The numbers of a chart: heads as grid() takes them, lines, and totals where they make sense."""

    heads: list
    lines: list[list]
    totals: list | None = None


def month(n: int) -> str:
    return f"{n:02d}" if language() == "en" else f"T{n}"


# --- appropriated by year and stream ---------------------------------------------------------------------------------

async def years_table(year: int) -> Table:
    _years, _now, found = await overview.money(year)
    return years_of(found)


def years_of(found: list[Position]) -> Table:
    """The same table out of positions that are at hand."""
    amounts = {(p.year, p.stream): p.appropriated for p in found}
    known = sorted({p.year for p in found}, reverse=True)
    lines = [[y, *(amounts.get((y, stream.value), 0) for stream in Stream)] for y in known]
    return Table([_("Năm"), *((_(SHORT[stream]), "money") for stream in Stream)], lines)


async def years_chart(year: int) -> str:
    lines = (await years_table(year)).lines[::-1]
    series = [Series(streams.label(s), [line[n] for line in lines], s.value) for n, s in enumerate(Stream, start=1)]
    return await charts.stacked_bars([str(line[0]) for line in lines], series)


# --- paid by month ---------------------------------------------------------------------------------------------------

async def paying(year: int) -> tuple[list[Stream], dict[tuple[int, str], int]]:
    """The streams that paid anything in a year, and what, by month and stream."""
    amounts = {(row["month"], row["stream"]): row["amount"] for row in await overview.paid_by_month(year)}
    return [stream for stream in Stream if any(of == stream for _month, of in amounts)], amounts


async def months_table(year: int) -> Table:
    there, amounts = await paying(year)
    lines = [[month(n), *(amounts.get((n, stream.value)) for stream in there)] for n in MONTHS]
    totals = [_("Tổng cộng"), *(sum(line[n] or 0 for line in lines) for n in range(1, len(there) + 1))]
    return Table([_("Tháng"), *((_(SHORT[stream]), "money") for stream in there)], lines, totals)


async def months_chart(year: int) -> str:
    there, amounts = await paying(year)
    series = [Series(streams.label(s), [amounts.get((n, s.value), 0) for n in MONTHS], s.value) for s in there]
    return await charts.months([month(n) for n in MONTHS], series, kind="bar")


# --- from the stream over the call to the project --------------------------------------------------------------------

REST = {"reserved": N_("Đang giữ chỗ"), "left": N_("Thông báo chưa dùng"), "unallocated": N_("Chưa phân bổ")}


async def flow_links(year: int) -> list[tuple[str, str, str, int]]:
    """(stream, call, end, đồng); the smaller calls and projects flow together."""
    found = await overview.flow(year)
    calls = largest(found, "call")
    projects = largest(found, "project")
    links: dict[tuple[str, str, str], int] = {}
    for row in found:
        call = row["call"] and (row["call"] if row["call"] in calls else _("Thông báo khác"))
        end = (row["project"] if row["project"] in projects else _("Nhiệm vụ khác")) if row["what"] == "project" else _(REST[row["what"]])
        links[row["stream"], call or "", end] = links.get((row["stream"], call or "", end), 0) + row["amount"]
    return [(*ends, amount) for ends, amount in sorted(links.items(), key=lambda one: (list(Stream).index(one[0][0]), one[0][1:]))]


def largest(found: list[dict], kind: str) -> set[str]:
    sums: dict[str, int] = {}
    for row in found:
        if row[kind]:
            sums[row[kind]] = sums.get(row[kind], 0) + row["amount"]
    return set(sorted(sums, key=lambda name: -sums[name])[:SHOWN])


async def flow_table(year: int) -> Table:
    lines = [[call or "–", streams.badge(stream), end, amount] for stream, call, end, amount in await flow_links(year)]
    heads = [_("Thông báo"), (_("Nguồn"), "stream"), _("Nhiệm vụ"), (_("Số tiền"), "money")]
    return Table(heads, lines, [_("Tổng cộng"), "", "", sum(line[3] for line in lines)] if lines else None)


async def flow_chart(year: int) -> str:
    found = [link for link in await flow_links(year) if link[1]]  # what no call has yet would dwarf the rest; the table tells it
    nodes: dict[str, Node] = {}
    links: dict[tuple[str, str], int] = {}
    for stream, call, end, amount in found:
        way = [Node(stream, streams.label(stream), 0, stream), Node(f"call {call}", call, 1), Node(f"end {end}", end, 2)]
        nodes |= {node.key: node for node in way}
        for one, other in zip(way, way[1:], strict=False):
            links[one.key, other.key] = links.get((one.key, other.key), 0) + amount
    rows = max([sum(1 for node in nodes.values() if node.level == level) for level in range(3)], default=0)
    size = (charts.WIDE[0], max(charts.WIDE[1], 52 * rows))
    return await charts.sankey(list(nodes.values()), [(*ends, n) for ends, n in links.items()], size=size, gap=36)


# --- calls: handed in and awarded ------------------------------------------------------------------------------------

async def calls_table(year: int) -> Table:
    found = await overview.calls(year)
    heads = [
        (_("Thông báo"), "link"), (_("Kinh phí"), "money"), (_("Hồ sơ nộp"), "number"), (_("Được phê duyệt"), "number"),
        (_("Tỷ lệ"), "number"), (_("Mở hồ sơ (ngày)"), "number"), (_("Đến kiểm phiếu (ngày)"), "number"),
        (_("Đến quyết định (ngày)"), "number"),
    ]
    lines = [
        [(one.code, f"/calls/{one.id}"), one.money, one.handed_in, one.awarded, one.success, one.opening, one.review,
         one.decision]
        for one in found
    ]
    totals = [
        (_("Cộng, và trung vị số ngày"), "/calls"), sum(one.money for one in found), sum(one.handed_in for one in found),
        sum(one.awarded for one in found), overview.percent(sum(one.awarded for one in found), sum(one.decided for one in found)),
        *(overview.median([n for one in found if (n := getattr(one, stage)) is not None]) for stage in ("opening", "review", "decision")),
    ]
    return Table(heads, lines, totals if lines else None)


async def calls_chart(year: int) -> str:
    found = (await overview.calls(year))[:SHOWN]
    awarded, other = [one.awarded for one in found], [one.handed_in - one.awarded for one in found]
    series = [Series(_("Được phê duyệt"), awarded), Series(_("Không, hoặc đang xét"), other)]
    return await charts.months([one.code for one in found], series, kind="bar", amounts=False, size=charts.WIDE)


@dataclass(frozen=True)
class Chart:
    """A chart and its table; `alt` says in a sentence what the picture shows."""

    caption: str
    alt: str
    draw: Callable[[int], Awaitable[str]]
    table: Callable[[int], Awaitable[Table]]
    wide: bool = False


CHARTS = {
    "years": Chart(N_("Dự toán được giao theo năm và nguồn"), N_("Biểu đồ cột chồng: mỗi năm một cột, mỗi nguồn một phần."),
                   years_chart, years_table),
    "months": Chart(N_("Đã chi theo tháng"), N_("Biểu đồ cột: mỗi tháng, số kho bạc đã chi theo nguồn."), months_chart, months_table),
    "flow": Chart(N_("Tiền đi từ nguồn, qua thông báo, đến nhiệm vụ"),
                  N_("Sơ đồ dòng chảy: bề rộng mỗi dải là số tiền, từ nguồn bên trái đến nhiệm vụ bên phải."),
                  flow_chart, flow_table, True),
    "calls": Chart(N_("Hồ sơ nộp và được phê duyệt theo thông báo"),
                   N_("Biểu đồ cột: mỗi thông báo, số hồ sơ được phê duyệt và số còn lại."), calls_chart, calls_table, True),
}
