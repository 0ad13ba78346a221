"""Small marks inside text and cells: an icon, a state, a stream, one value of a table.

In Python rather than as macros because a list draws hundreds of them: a page of 50 rows in half the time.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from jinja2 import Undefined
from markupsafe import Markup, escape

from grants.shell import dates, money
from grants.shell.assets import asset
from grants.shell.language import language


@dataclass(frozen=True)
class Opens:
    """A value of a table that opens the rows behind it."""

    value: object
    href: str


SHAPES = {"neutral": "circle", "progress": "circle-half", "good": "check-circle", "warn": "exclamation-triangle", "bad": "x-circle"}


@cache
def icon(name: str) -> Markup:
    return Markup(f'<svg class="icon" aria-hidden="true"><use href="{asset("sprite.svg")}#{escape(name)}"></use></svg>')


@lru_cache(maxsize=512)
def status(text: str, tone: str = "neutral") -> Markup:
    """A state: the words carry it, shape and colour repeat it. `tone`: a key of SHAPES."""
    return Markup(f'<span class="tag {tone}">{icon(SHAPES[tone])}{escape(text)}</span>')


def stream_badge(code: str, label: str) -> Markup:
    """A stream of money; `code`: capital, recurrent, fund."""
    return Markup(f'<span class="stream-badge {escape(code)}">{escape(label)}</span>')


def link(label: str, href: str) -> Markup:
    return Markup(f'<a href="{escape(href)}">{escape(in_its_language(label))}</a>')


def day(value: object) -> str:
    return value if isinstance(value, str) else dates.show_date(value, language())


def moment(value: object) -> str:
    return value if isinstance(value, str) else dates.show_time(value, language())


DRAWN = {
    "money": lambda amount: money.show(amount, language()),
    "status": lambda value: status(*value),
    "stream": lambda value: stream_badge(*value),
    "link": lambda value: link(*value),
    "date": day,
    "time": moment,
}


def cell(value: object, kind: str = "text") -> object:
    """One value of a table or a list of facts, "–" for nothing.

    `kind`: text, money, number, date, time, status (text, tone), link (label, href), stream (code, label), code.
    """
    if value is None or isinstance(value, Undefined):
        return "–"
    if isinstance(value, Opens):
        return link(cell(value.value, kind), value.href)
    draw = DRAWN.get(kind)
    return draw(value) if draw else in_its_language(value)


VIETNAMESE = re.compile(r"[\u00c0-\u024f\u1ea0-\u1ef9]")


def in_its_language(value: object) -> object:
    """What a row says in Vietnamese, marked as such on an English page, so that it is read aloud as Vietnamese."""
    if isinstance(value, str) and language() == "en" and not isinstance(value, Markup) and VIETNAMESE.search(value):
        return Markup('<span lang="vi">{}</span>').format(value)
    return value


def under(heads: list, values: list) -> list[tuple[str, str, object]]:
    """A line of a small table: each value with its column's words and kind. A head is its words, or (words, kind)."""
    return [(head, "text", value) if isinstance(head, str) else (*head, value) for head, value in zip(heads, values, strict=False)]


def line(heads: list, values: list) -> Markup:
    """A line of a small table, drawn: the first value heads it, the others say on a phone what column they stand in."""
    (_head, kind, first), *others = under(heads, values)
    drawn = [f'<th scope="row" class="{kind}">{escape(cell(first, kind))}</th>']
    for label, kind, value in others:
        shown = escape(cell(value, kind)) if value != "" else ""
        drawn.append(f'<td class="{kind}" data-label="{escape(label)}">{shown}</td>')
    return Markup("\n".join(drawn))


def body(columns: list, rows: list[dict]) -> Markup:
    """The rows of a list, drawn: the first value of each heads it and opens what it is of."""
    first, *others = columns
    begun = [(one, Markup('<td class="{}" data-label="{}">').format(one.kind, one.label), opened(one)) for one in others]
    under_first, drawn = opened(first), []
    for row in rows:
        head = escape(cell(row[first.key], first.kind))
        named = f'<a href="{escape(row["href"])}">{head}</a>' if row.get("href") else head
        cells = "".join([
            f"{start}{escape(cell(row[one.key], one.kind))}{below(under, row) if under else ''}</td>\n" for one, start, under in begun
        ])
        drawn.append(f'<tr><th scope="row" class="{first.kind}">{named}{below(under_first, row)}</th>\n{cells}</tr>')
    return Markup("\n".join(drawn))


def opened(column: object) -> list[tuple[object, Markup]]:
    """The columns that stand under this one, each with what its line begins with."""
    return [(one, Markup('<span class="below {}"><span class="of">{}</span>').format(one.kind, one.label)) for one in column.under]


def below(under: list[tuple[object, Markup]], row: dict) -> str:
    """The second lines of a cell of a list."""
    return "".join([f"{start}{escape(cell(row[one.key], one.kind))}</span>" for one, start in under])
