"""The leader's charts, each out of the same numbers as the table under it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from budget import streams
from budget.positions import Course
from budget.tables import Stream
from grants.desk import overview
from grants.shell import charts
from grants.shell.charts import Node, Series
from grants.shell.language import N_, _, language
from grants.shell.marks import Opens
from grants.shell.money import percent

SHOWN = 8  # places of one kind in the flow; the smaller ones flow together
SHORT = {Stream.CAPITAL: N_("Vốn đầu tư"), Stream.RECURRENT: N_("Sự nghiệp"), Stream.FUND: N_("Quỹ")}  # heads of narrow tables


@dataclass(frozen=True)
class Table:
    """The numbers of a chart: heads as grid() takes them, lines, and totals where they make sense."""

    heads: list
    lines: list[list]
    totals: list | None = None


def behind(figure: str, amount: int | None, **chosen: object) -> Opens | None:
    """An amount that opens the ledger's movements whose sum it is."""
    return None if amount is None else Opens(amount, f"/budget/entries?{urlencode({'figure': figure, **chosen}, safe=',')}")


def month(code: str, year: int) -> str:
    """"2026-03" → "T3", in English "03"; of another year than the budget's with its year."""
    of, n = code.split("-")
    words = n if language() == "en" else f"T{int(n)}"
    return words if of == str(year) else f"{words}/{of}"


# --- appropriated by year and stream ---------------------------------------------------------------------------------

async def years_table(year: int) -> Table:
    return years_of((await overview.money(year))[1])


def years_of(found: list[Course]) -> Table:
    """The same table out of courses that are at hand: what each year was given itself, and what came over from the one before."""
    amounts = {(p.year, p.stream): p.granted for p in found}
    known = sorted({p.year for p in found}, reverse=True)
    carried = {year: sum(p.carried_in for p in found if p.year == year) for year in known}
    lines = [
        [y, *(behind("given", amounts.get((y, s.value), 0), year=y, stream=s.value, course="cash") for s in Stream),
         behind("carried_in", carried[y], year=y)]
        for y in known
    ]
    return Table([_("Năm"), *((_(SHORT[stream]), "money") for stream in Stream), (_("Năm trước chuyển sang"), "money")], lines)


async def years_chart(year: int) -> str:
    lines = (await years_table(year)).lines[::-1]
    series = [Series(streams.label(s), [line[n].value for line in lines], s.value) for n, s in enumerate(Stream, start=1)]
    series.append(Series(_("Năm trước chuyển sang"), [line[-1].value for line in lines]))
    return await charts.stacked_bars([str(line[0]) for line in lines], series, size=charts.WIDE)


# --- paid by month ---------------------------------------------------------------------------------------------------

async def paying(year: int) -> tuple[list[Stream], list[str], dict[tuple[str, str], int]]:
    """The streams that paid anything of a budget year, its months (and later ones that paid still), and what, by both."""
    amounts = {(row["month"], row["stream"]): row["amount"] for row in await overview.paid_by_month(year)}
    months = sorted({f"{year}-{n:02d}" for n in range(1, 13)} | {month for month, _of in amounts})
    return [stream for stream in Stream if any(of == stream for _month, of in amounts)], months, amounts


async def months_table(year: int) -> Table:
    there, months, amounts = await paying(year)
    sums = {s: sum(amount for (_month, of), amount in amounts.items() if of == s) for s in there}
    cash = {"year": year, "course": "cash"}
    lines = [
        [month(one, year), *(behind("spent", amounts.get((one, s.value)), stream=s.value, month=one, **cash) for s in there)]
        for one in months
    ]
    totals = [_("Tổng cộng"), *(behind("spent", sums[s], stream=s.value, **cash) for s in there)]
    return Table([_("Tháng"), *((_(SHORT[stream]), "money") for stream in there)], lines, totals)


async def months_chart(year: int) -> str:
    there, months, amounts = await paying(year)
    series = [Series(streams.label(s), [amounts.get((one, s.value), 0) for one in months], s.value) for s in there]
    return await charts.months([month(one, year) for one in months], series, kind="bar", size=charts.WIDE)


# --- from the stream over the call to the project --------------------------------------------------------------------

REST = {  # no project yet, or none at all
    "reserved": N_("Đang giữ chỗ"), "left": N_("Thông báo chưa dùng"), "managed": N_("Chi quản lý"), "unallocated": N_("Chưa phân bổ"),
}


@dataclass(frozen=True)
class Ways:
    """A year's money on its ways from stream over call to end, in đồng, and what the smaller ones flow together besides."""

    links: list[tuple[str, str | None, str, str, int]]  # stream, call (None: no call yet), what, project, đồng; "" is the others
    calls: list[str]
    projects: list[str]

    def opens(self, year: int, link: tuple) -> Opens:
        """The movements behind one way; the smaller ones are all but the larger."""
        stream, call, what, project, amount = link
        chosen = {"year": year, "stream": stream, "course": "year"}
        if call is not None:
            chosen |= {"call": call} if call else {"not_call": ",".join(self.calls)}
        if what == "committed":
            chosen |= {"project": project} if project else {"not_project": ",".join(self.projects)}
        return behind(what, amount, **chosen)


async def ways(year: int) -> Ways:
    found = await overview.flow(year, shown=SHOWN)
    found.sort(key=lambda row: (list(Stream).index(row["stream"]), *(row[part] or "~" for part in ("call", "what", "project"))))
    shown = {part: sorted({row[part] for row in found} - {None, ""}) for part in ("call", "project")}
    return Ways([tuple(row.values()) for row in found], shown["call"], shown["project"])


def named(call: str | None, what: str, project: str) -> tuple[str, str]:
    """The words of a way's call and end."""
    end = (project or _("Nhiệm vụ khác")) if what == "committed" else _(REST[what])
    return "–" if call is None else call or _("Thông báo khác"), end


async def flow_table(year: int) -> Table:
    found = await ways(year)
    lines = []
    for link in found.links:
        call, end = named(*link[1:4])
        lines.append([call, streams.badge(link[0]), end, found.opens(year, link)])
    heads = [_("Thông báo"), (_("Nguồn"), "stream"), _("Nhiệm vụ"), (_("Số tiền"), "money")]
    whole = behind("appropriated", sum(link[-1] for link in found.links), year=year, course="year")
    return Table(heads, lines, [_("Tổng cộng"), "", "", whole] if lines else None)


async def flow_chart(year: int) -> str:
    nodes: dict[str, Node] = {}
    links: dict[tuple[str, str], int] = {}
    for stream, of, what, project, amount in (await ways(year)).links:
        if of is None:
            continue  # what no call has yet would dwarf the rest; the table tells it
        call, end = named(of, what, project)
        way = [Node(stream, streams.label(stream), 0, stream), Node(f"call {call}", call, 1), Node(f"end {end}", end, 2)]
        nodes |= {node.key: node for node in way}
        for one, other in zip(way, way[1:], strict=False):
            links[one.key, other.key] = links.get((one.key, other.key), 0) + amount
    rows = max([sum(1 for node in nodes.values() if node.level == level) for level in range(3)], default=0)
    size = (charts.WIDE[0], max(charts.WIDE[1], 52 * rows))
    return await charts.sankey(list(nodes.values()), [(*ends, n) for ends, n in links.items()], size=size, gap=36)


# --- calls: handed in and awarded ------------------------------------------------------------------------------------

def applied(shown: object, state: str, **of: object) -> Opens:
    """A number of applications that opens them."""
    return Opens(shown, f"/proposals?{urlencode({**of, 'state': state}, safe=',')}")


def success(awarded: int, decided: int) -> str:
    """"33,3 % (1/3)": of those decided; "–" before the first decision."""
    return f"{percent(awarded, decided, language())} ({awarded}/{decided})" if decided else "–"


def counted(money: int, handed_in: int, awarded: int, decided: int, codes: list[str], **of: object) -> list:
    """The figures of one call, or of all of them together, each opening its rows."""
    return [
        behind("allocated", money, call=",".join(codes)), applied(handed_in, "handed_in", **of), applied(awarded, "awarded", **of),
        applied(success(awarded, decided), "decided", **of),
    ]


async def calls_table(year: int) -> Table:
    found = await overview.calls(year)
    heads = [
        (_("Thông báo"), "link"), (_("Kinh phí"), "money"), (_("Hồ sơ nộp"), "number"), (_("Được phê duyệt"), "number"),
        (_("Tỷ lệ (trên số đã xét)"), "number"), (_("Mở hồ sơ (ngày)"), "number"), (_("Đến kiểm phiếu (ngày)"), "number"),
        (_("Đến quyết định (ngày)"), "number"),
    ]
    lines = [
        [(one.code, f"/calls/{one.id}"), *counted(one.money, one.handed_in, one.awarded, one.decided, [one.code], call=one.id),
         one.opening, one.review, one.decision]
        for one in found
    ]
    sums = [sum(getattr(one, name) for one in found) for name in ("money", "handed_in", "awarded", "decided")]
    totals = [
        (_("Cộng; trung vị số ngày"), f"/calls?year={year}"), *counted(*sums, [one.code for one in found], year=year),
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
    "years": Chart(N_("Dự toán được giao theo năm và nguồn"),
                   N_("Biểu đồ cột chồng: mỗi năm một cột, mỗi nguồn một phần, phần trên cùng là số năm trước chuyển sang."),
                   years_chart, years_table, True),
    "months": Chart(N_("Đã chi theo tháng"), N_("Biểu đồ cột: mỗi tháng, số kho bạc đã chi theo nguồn."), months_chart, months_table, True),
    "flow": Chart(N_("Tiền đi từ nguồn, qua thông báo, đến nhiệm vụ"),
                  N_("Sơ đồ dòng chảy: bề rộng mỗi dải là số tiền, từ nguồn bên trái đến nhiệm vụ bên phải."),
                  flow_chart, flow_table, True),
    "calls": Chart(N_("Hồ sơ nộp và được phê duyệt theo thông báo trong năm"),
                   N_("Biểu đồ cột: mỗi thông báo, số hồ sơ được phê duyệt và số còn lại."), calls_chart, calls_table, True),
}
