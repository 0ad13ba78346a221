"""Charts as SVG, drawn on the server by ECharts inside an embedded JavaScript engine, so that they print and need no script.

Amounts come in đồng and are drawn in tỷ (or triệu) đồng. A series or a node that is one of the three money streams
("capital", "recurrent", "fund") keeps that stream's colour and pattern. About 15 ms a chart, 20 MB a process.
"""

import asyncio
import json
import math
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache

from grants.shell.assets import BUILT
from grants.shell.language import _, language

TOKENS = (BUILT.parent / "sass" / "_tokens.scss").read_text("utf-8")
COLOURS = dict(re.findall(r"^\$([\w-]+): (#\w+);", TOKENS, re.M))
STREAMS = dict(re.findall(r'"(capital|recurrent|fund)": (#\w+)', TOKENS))
QUIET = ["#5b616a", "#a79c8a", "#7a6f9b", "#4f8a8b"]
PATTERNS = {
    "recurrent": {"symbol": "rect", "dashArrayX": [1, 0], "dashArrayY": [2, 4], "rotation": -math.pi / 4},
    "fund": {"symbol": "circle", "dashArrayX": [[4, 4], [0, 4, 4, 0]], "dashArrayY": [4, 0], "symbolSize": 0.7},
}
HALF, WIDE = (560, 320), (1000, 420)  # pixels: half a page, a whole page
FONT = "'Be Vietnam Pro', 'Segoe UI', Roboto, 'Noto Sans', sans-serif"

# The engine may only be used by the thread that made it, so one thread owns it and draws everything.
_painter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="charts")


@dataclass(frozen=True)
class Series:
    """One row of numbers under one name. `stream` gives it that stream's colour and pattern."""

    name: str
    values: Sequence[float]
    stream: str | None = None


@dataclass(frozen=True)
class Node:
    """A place that money passes: `level` 0 is leftmost."""

    key: str
    name: str
    level: int
    stream: str | None = None


async def stacked_bars(labels: Sequence[str], series: Sequence[Series], *, size: tuple[int, int] = HALF) -> str:
    """Amounts in đồng by label (a year, a call), one part of each bar a series."""
    unit, by = scale(max((sum(column) for column in zip(*(s.values for s in series), strict=True)), default=0))
    drawn = [
        {"type": "bar", "stack": "all", "name": s.name, "data": scaled(s.values, by), "barMaxWidth": 56, "itemStyle": ink(s, n)}
        for n, s in enumerate(series)
    ]
    return await draw(across(labels, unit) | legend(series) | {"series": drawn}, size)


async def months(
    labels: Sequence[str], series: Sequence[Series], *, kind: str = "line", amounts: bool = True, size: tuple[int, int] = HALF
) -> str:
    """A course over months; `kind` is "line" or "bar". With `amounts` the values are đồng, else plain counts."""
    most = max((value for s in series for value in s.values), default=0)
    unit, by = scale(most) if amounts else ("", 1)
    dashes = ["solid", "dashed", "dotted"]
    drawn = [
        {
            "type": kind, "name": s.name, "data": scaled(s.values, by), "itemStyle": ink(s, n), "barMaxWidth": 24,
            "symbol": ["circle", "rect", "triangle"][n % 3], "symbolSize": 7, "lineStyle": {"width": 2.5, "type": dashes[n % 3]},
        }
        for n, s in enumerate(series)
    ]  # fmt: skip
    return await draw(across(labels, unit) | legend(series) | {"series": drawn}, size)


async def bars(
    labels: Sequence[str], values: Sequence[float], *, amounts: bool = False, stream: str | None = None, width: int = HALF[0]
) -> str:
    """Lying bars, the first label on top, each with its number; the height follows the number of bars."""
    unit, by = scale(max(values, default=0)) if amounts else ("", 1)
    option = {
        "grid": {"left": 8, "right": 56, "top": 8, "bottom": 28 if unit else 8, "containLabel": True},
        "xAxis": value_axis(unit, place="middle"),
        "yAxis": named_axis(labels) | {"inverse": True, "axisLabel": text(width=220, overflow="break")},
        "series": [
            {
                "type": "bar", "data": scaled(values, by), "barMaxWidth": 26, "itemStyle": ink(Series("", [], stream), 0),
                "label": text(show=True, position="right", numbers=True),
            }
        ],
    }  # fmt: skip
    return await draw(option, (width, 48 + 40 * len(labels)))


async def sankey(
    nodes: Sequence[Node], links: Sequence[tuple[str, str, int]], *, size: tuple[int, int] = WIDE, gap: int = 22
) -> str:
    """Where money came from and where it went: links are (key, key, đồng), each the way of some money between two nodes.

    `gap`: pixels between two nodes of a level; 36 keeps the labels of thin ones apart.
    """
    through = {n.key: max(sum(x for a, _b, x in links if a == n.key), sum(x for _a, b, x in links if b == n.key)) for n in nodes}
    unit, by = scale(max(through.values(), default=0))
    last = max((n.level for n in nodes), default=0)
    drawn = [
        {
            "id": n.key, "name": n.name, "depth": n.level, "itemStyle": ink(n, 0) | {"borderWidth": 0},
            "label": text(
                formatter=f"{n.name}\n{decimal(through[n.key] / by)} {unit}", lineHeight=17,
                position="left" if n.level == last and last else "right",
            ),
        }
        for n in nodes if through[n.key]
    ]  # fmt: skip
    flow = {
        "type": "sankey", "left": 4, "right": 4, "top": 12, "bottom": 12, "nodeWidth": 14, "nodeGap": gap, "draggable": False,
        "data": drawn, "links": [{"source": a, "target": b, "value": x / by} for a, b, x in links if x],
        "lineStyle": {"color": "source", "opacity": 0.22, "curveness": 0.5}, "layoutIterations": 64,
    }  # fmt: skip
    return await draw({"series": [flow]}, size)


def scale(most: float) -> tuple[str, int]:
    """The unit that numbers up to `most` đồng are drawn in: its name and its size."""
    return (_("tỷ ₫"), 10**9) if most >= 10**9 else (_("triệu ₫"), 10**6)


def scaled(values: Sequence[float], by: int) -> list[float]:
    return [round(value / by, 4) for value in values]


def decimal(value: float) -> str:
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    return shown if language() == "en" else shown.replace(".", ",")


def ink(one: Series | Node, place: int) -> dict:
    """Colour and pattern: the stream's own, else one of the quiet colours, none of which is a stream's."""
    if one.stream:
        return {"color": STREAMS[one.stream], "decal": decal(one.stream)}
    return {"color": QUIET[place % len(QUIET)], "decal": {"symbol": "none"}}


def decal(stream: str) -> dict:
    return {"color": "rgba(255,255,255,0.8)"} | PATTERNS[stream] if stream in PATTERNS else {"symbol": "none"}


def text(**more) -> dict:
    return {"fontFamily": FONT, "fontSize": 13, "color": COLOURS["ink"]} | more


def named_axis(labels: Sequence[str]) -> dict:
    line = {"lineStyle": {"color": COLOURS["muted"]}}
    axis = {"type": "category", "data": list(labels), "axisLine": line}
    return axis | {"axisTick": {"show": False}, "axisLabel": text(hideOverlap=True)}


def value_axis(unit: str, place: str = "end") -> dict:
    return {
        "type": "value", "name": unit, "nameLocation": place, "nameTextStyle": text(color=COLOURS["muted"]),
        "nameGap": 14 if place == "end" else 26, "axisLabel": text(color=COLOURS["muted"]),
        "splitLine": {"lineStyle": {"color": COLOURS["line"]}}, "splitNumber": 4,
    }  # fmt: skip


def across(labels: Sequence[str], unit: str) -> dict:
    grid = {"left": 8, "right": 16, "top": 36, "bottom": 40, "containLabel": True}
    return {"grid": grid, "xAxis": named_axis(labels), "yAxis": value_axis(unit)}


def legend(series: Sequence[Series]) -> dict:
    sizes = {"bottom": 0, "left": 0, "itemGap": 24, "itemWidth": 22, "itemHeight": 14}
    return {"legend": sizes | {"textStyle": text(), "data": [s.name for s in series]}}


async def draw(option: dict, size: tuple[int, int]) -> str:
    """The SVG of an ECharts option. Drawn in the painter's thread; the event loop goes on meanwhile."""
    option |= {"animation": False, "aria": {"enabled": True, "decal": {"show": True}}, "textStyle": {"fontFamily": FONT}}
    described = json.dumps({"option": option, "point": "." if language() == "en" else ","}, sort_keys=True)
    return await asyncio.get_running_loop().run_in_executor(_painter, paint, described, *size)


@lru_cache(maxsize=32)
def paint(described: str, width: int, height: int) -> str:
    return json.loads(engine().get("draw")(described, width, height))


@cache
def engine():
    """The JavaScript engine with ECharts in it; made at the first chart, in the painter's thread."""
    from quickjs import Context

    context = Context()
    context.eval((BUILT.parent / "charts.js").read_text("utf-8"))
    context.eval((BUILT / "echarts.js").read_text("utf-8"))
    return context
