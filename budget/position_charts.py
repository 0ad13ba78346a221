"""The charts of a year's money, each out of the same numbers as the table under it. They print and need no script."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from budget import standings, streams
from budget.standings import Standing
from budget.tables import Stream
from grants.shell import charts
from grants.shell.charts import Node, Series
from grants.shell.database import rows
from grants.shell.language import N_, _, either, language
from grants.shell.marks import Opens

SHOWN = 10  # calls and projects in the flow; the smaller ones flow together
SHORT = {
    "appropriated": N_("Hiện hành"), "allocated": N_("Phân bổ"), "reserved": N_("Giữ chỗ"), "committed": N_("Cam kết"),
    "advanced": N_("Tạm ứng"), "paid": N_("Thanh toán"), "settled": N_("Quyết toán"), "free": N_("Còn tự do"),
}  # under the bars
STEPS = {"allocated": N_("Phân bổ"), "committed": N_("Cam kết"), "spent": N_("Chi"), "recovered": N_("Thu hồi")}


@dataclass(frozen=True)
class Table:
    """The numbers of a chart: heads as grid() takes them, lines, and totals where they make sense."""

    heads: list
    lines: list[list]
    totals: list | None = None


# --- where each stream's money stands --------------------------------------------------------------------------------

async def position_chart(year: int) -> str:
    """A bar a figure, its parts the streams."""
    found = await standings.of_year(year)
    labels = [_(label) for label in SHORT.values()]
    series = [Series(one.name, [max(0, one.amounts[key]) for key in SHORT], one.stream) for one in found]
    return await charts.stacked_bars(labels, series, size=charts.WIDE)


# --- month by month --------------------------------------------------------------------------------------------------

MONTHS = """
    SELECT t.month, step, sum(t.came)::bigint AS amount
    FROM ledger_account a JOIN ledger_turnover t ON t.account = a.id
    CROSS JOIN LATERAL unnest(CASE WHEN t.kind = 'payment' AND a.call IS NULL THEN ARRAY['allocated', 'committed', 'spent']
        WHEN t.kind IN ('advance', 'payment', 'loan') THEN ARRAY['spent'] WHEN t.kind = 'recovery' THEN ARRAY['recovered']
        WHEN t.kind = 'allocation' THEN ARRAY['allocated'] ELSE ARRAY['committed'] END) AS step
    WHERE a.year = $1 AND t.kind IN ('allocation', 'commitment', 'advance', 'payment', 'loan', 'recovery') GROUP BY 1, 2
"""


async def months(year: int) -> list[tuple[str, dict[str, int]]]:
    """What was allocated, committed, spent and recovered in each month of the year; what carries an earlier or a later
    date than the year stands in a line of its own, first and last; management costs are all three at once. From the turnover."""
    first, last = date(year, 1, 1), date(year, 12, 1)
    sums: dict[date, dict[str, int]] = {}
    for row in await rows(MONTHS, year):
        at = min(max(row["month"], date(year - 1, 12, 1)), date(year + 1, 1, 1))
        month = sums.setdefault(at, dict.fromkeys(STEPS, 0))
        month[row["step"]] += row["amount"]
    nothing = dict.fromkeys(STEPS, 0)
    before = [(_("Trước năm"), amounts) for at, amounts in sums.items() if at < first]
    after = [(_("Chỉnh lý"), amounts) for at, amounts in sums.items() if at > last]
    return [*before, *((name(n), sums.get(date(year, n, 1), nothing)) for n in range(1, 13)), *after]


def name(month: int) -> str:
    return f"{month:02d}" if language() == "en" else f"T{month}"


async def months_table(year: int) -> Table:
    found = await months(year)
    of = {name(n): f"{year}-{n:02d}" for n in range(1, 13)}
    lines = [[label, *(behind(step, amount, year, of.get(label)) for step, amount in amounts.items())] for label, amounts in found]
    totals = [_("Tổng cộng"), *(sum(amounts[step] for _label, amounts in found) or None for step in STEPS)]
    return Table([_("Tháng"), *((_(words), "money") for words in STEPS.values())], lines, totals)


def behind(step: str, amount: int, year: int, month: str | None) -> Opens | int | None:
    """An amount of a month that opens what was done in it; money paid back, and what lies outside the year, stand alone."""
    if not amount or not month or step == "recovered":
        return amount or None
    return Opens(amount, f"/budget/entries?figure={step}&year={year}&month={month}&course=done")


async def months_chart(year: int) -> str:
    found = await months(year)
    series = [Series(_(words), [amounts[step] for _label, amounts in found]) for step, words in STEPS.items()
              if step != "recovered" or any(amounts[step] for _label, amounts in found)]
    return await charts.months([label for label, _amounts in found], series, kind="bar", size=charts.WIDE)


# --- from the stream over the programme to the project ---------------------------------------------------------------

@dataclass(frozen=True)
class Way:
    """The way of some money: a stream, the programme of the call that it was given to, and the project, or that it is in none yet."""

    stream: str
    programme: str
    call: str
    end: str


async def programmes() -> dict[int, tuple[str, str]]:
    """Code and name of each call's programme, by the call's id; a call of none is not in it."""
    found = await rows("SELECT c.id, p.code, p.name, p.name_en FROM call c JOIN programme p ON p.id = c.programme")
    return {row["id"]: (row["code"], either(row["name"], row["name_en"])) for row in found}


def flow_ways(found: list[Standing], known: dict[int, tuple[str, str]]) -> dict[Way, int]:
    """What went each way, in đồng; the smaller calls and projects flow together."""
    calls, ends = largest(found, 1), largest(found, 2)
    ways: dict[Way, int] = {}
    for line in (line for stream in found for line in stream.lines() if line.level == 2):
        way = Way(
            line.stream, known.get(line.call, ("", ""))[0], line.code if line.code in calls else _("Thông báo khác"),
            line.name if line.rest or line.name in ends else _("Nhiệm vụ khác"),
        )
        ways[way] = ways.get(way, 0) + line.amounts["allocated"]
    return {way: amount for way, amount in ways.items() if amount > 0}


def largest(found: list[Standing], level: int) -> set[str]:
    """The names of the largest calls (level 1) or projects (2)."""
    sums: dict[str, int] = {}
    for line in (line for stream in found for line in stream.lines() if line.level == level and not line.rest):
        sums[line.name] = sums.get(line.name, 0) + line.amounts["allocated"]
    return set(sorted(sums, key=lambda one: (-sums[one], one))[:SHOWN])


def flow_table(found: list[Standing], known: dict[int, tuple[str, str]]) -> Table:
    """The same ways in words: programme with its name, call, stream, project."""
    names = dict(known.values())
    lines = [
        [f"{way.programme}: {names[way.programme]}" if way.programme else _("Không thuộc chương trình"), way.call,
         streams.badge(way.stream), way.end, amount]
        for way, amount in sorted(flow_ways(found, known).items(), key=lambda one: (one[0].programme or "~", one[0].call, -one[1]))
    ]
    heads = [(_("Chương trình"), "long"), _("Thông báo"), (_("Nguồn"), "stream"), _("Nhiệm vụ"), (_("Số tiền"), "money")]
    return Table(heads, lines, [_("Tổng cộng"), "", "", "", sum(line[4] for line in lines)] if lines else None)


async def flow_chart(year: int) -> str:
    nodes: dict[str, Node] = {}
    links: dict[tuple[str, str], int] = {}
    for way, amount in flow_ways(await standings.of_year(year), await programmes()).items():
        named = _("Chương trình {code}").format(code=way.programme) if way.programme else _("Không thuộc chương trình")
        path = [
            Node(way.stream, streams.label(way.stream), 0, way.stream), Node(f"programme {way.programme}", named, 1),
            Node(f"end {way.end}", way.end, 2),
        ]
        nodes |= {node.key: node for node in path}
        for one, other in pairwise(path):
            links[one.key, other.key] = links.get((one.key, other.key), 0) + amount
    most = max([sum(1 for node in nodes.values() if node.level == level) for level in range(3)], default=0)
    size = (charts.WIDE[0], max(charts.WIDE[1], 52 * most))
    return await charts.sankey([nodes[s] for s in Stream if s in nodes] + [n for n in nodes.values() if n.level],
                               [(*ends, n) for ends, n in links.items()], size=size, gap=36)


CHARTS = {"position": position_chart, "months": months_chart, "flow": flow_chart}
