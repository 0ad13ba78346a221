"""What if: who could be funded with how much money and which ceilings. The line down the legal ranking, and the optimum beside it.

Nothing is decided here. Money is whole đồng; a score is exact until it is shown.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from grants.rules import sources
from grants.shell.database import rows
from grants.shell.language import _, language
from grants.shell.money import show
from review import solving
from review.ballots import rules_for
from review.tables import Panel

SAME_SCORE = 10**6  # scores are compared to the sixth decimal


@dataclass(frozen=True)
class Asking:
    """An application in the order of the legal ranking: its score, and what it asks of the State by (stream, year)."""

    id: int
    reference: str
    title: str
    rank: int | None
    score: Fraction | None
    passes: bool
    field: str
    organisation: str
    amounts: dict[tuple[str, int], int]

    @property
    def amount(self) -> int:
        return sum(self.amounts.values())


@dataclass(frozen=True)
class Limits:
    """All the money (the call's own), and what else is tried out: by stream, by year, for a field, for an organisation, a least score."""

    money: int
    streams: dict[str, int] = field(default_factory=dict)
    years: dict[int, int] = field(default_factory=dict)
    each_field: int | None = None
    each_organisation: int | None = None
    least_score: Fraction | None = None

    def over(self, asking: list[Asking]) -> Iterator["Ceiling"]:
        """Every ceiling that bears on these applications, with the part of each that counts under it."""
        yield Ceiling("money", "", self.money, {one.id: one.amount for one in asking})
        for stream, most in self.streams.items():
            yield Ceiling("stream", stream, most, {one.id: sum(v for (s, _y), v in one.amounts.items() if s == stream) for one in asking})
        for year, most in self.years.items():
            yield Ceiling("year", str(year), most, {one.id: sum(v for (_s, y), v in one.amounts.items() if y == year) for one in asking})
        for kind, most in (("field", self.each_field), ("organisation", self.each_organisation)):
            for name in sorted({getattr(one, kind) for one in asking}) if most is not None else ():
                yield Ceiling(kind, name, most, {one.id: one.amount for one in asking if getattr(one, kind) == name})


@dataclass(frozen=True)
class Ceiling:
    """One limit on the sum of what the funded applications count under it, in đồng."""

    kind: str
    name: str
    most: int
    counts: dict[int, int]

    def used(self, funded: set[int]) -> int:
        return sum(self.counts.get(id, 0) for id in funded)

    def broken_by(self, funded: set[int]) -> bool:
        return self.used(funded) > self.most

    def words(self) -> str:
        return {
            "money": lambda: _("tổng kinh phí"), "stream": lambda: f"«{sources.said(self.name)}»",
            "year": lambda: _("kinh phí năm {year}").format(year=self.name),
            "field": lambda: _("trần của lĩnh vực {name}").format(name=self.name),
            "organisation": lambda: _("trần của {name}").format(name=self.name),
        }[self.kind]()

    def broken_in_words(self, funded: set[int]) -> str:
        return _("{limit}: cần ít nhất {needed}, chỉ có {most}").format(
            limit=self.words(), needed=show(self.used(funded), language()), most=show(self.most, language())
        )


@dataclass(frozen=True)
class Inversion:
    """An application left out although a lower one is funded, and the ceilings that cause it."""

    upper: Asking
    lower: list[Asking]
    causes: list[str]


async def asking_of(panel: Panel) -> list[Asking]:
    """The panel's counted applications from the top; what the appraisal left where there was one, else what was asked for.

    Where the rules hide names, titles are blind here too, and organisations only told apart.
    """
    rules, _scheme = await rules_for(panel.id)
    found = await rows(
        """
        SELECT p.id, p.reference, s.rank, s.score, (s.steps ->> 'passes')::bool AS passes, coalesce(f.name, '–') AS field,
            CASE WHEN $2 THEN (SELECT k.blind_title FROM submission k WHERE k.proposal = p.id ORDER BY k.number DESC LIMIT 1)
                ELSE p.title END AS title,
            CASE WHEN $2 THEN $3 || ' ' || dense_rank() OVER (ORDER BY md5(p.lead_organisation::text))
                ELSE coalesce(o.name, '–') END AS organisation,
            (SELECT json_agg(json_build_array(l.source, l.year, coalesce(l.appraised, l.requested)))
                FROM budget_line l WHERE l.proposal = p.id AND l.source <> 'own') AS lines
        FROM standing s JOIN proposal p ON p.id = s.proposal LEFT JOIN field f ON f.code = p.field
        LEFT JOIN organisation o ON o.id = p.lead_organisation WHERE s.panel = $1 ORDER BY s.rank NULLS LAST, p.reference, p.id
        """,
        panel.id, rules.panels[panel.kind].names_hidden, _("Tổ chức"),
    )
    return [
        Asking(**row | {"score": Fraction(row["score"]) if row["score"] else None, "amounts": amounts(row.pop("lines"))})
        for row in found
    ]


def amounts(lines: str | None) -> dict[tuple[str, int], int]:
    found: dict[tuple[str, int], int] = defaultdict(int)
    for stream, year, amount in json.loads(lines or "[]"):
        found[stream, year] += amount
    return dict(found)


def eligible(one: Asking, limits: Limits) -> bool:
    """Whether an application may be funded at all: the council's rules let it pass, and its score is no lower than tried out."""
    return one.passes and one.score is not None and (limits.least_score is None or one.score >= limits.least_score)


def line(asking: list[Asking], limits: Limits) -> set[int]:
    """Down the legal ranking until the money ends; who breaks another ceiling is passed over, and the ranking goes on."""
    funded: set[int] = set()
    ceilings = list(limits.over(asking))
    for one in asking:
        if not eligible(one, limits):
            continue
        broken = [ceiling for ceiling in ceilings if ceiling.broken_by(funded | {one.id})]
        if any(ceiling.kind == "money" for ceiling in broken):
            break
        if not broken:
            funded.add(one.id)
    return funded


def question(asking: list[Asking], limits: Limits) -> dict:
    """The optimum's question: the sum of the scores; among equals whoever ranks higher, so that each inversion has a cause."""
    many = len(asking) + 1
    return {
        "ask": "funding", "out": [n for n, one in enumerate(asking) if not eligible(one, limits)],
        "weights": [int((one.score or 0) * SAME_SCORE) * many * many + (many - n) for n, one in enumerate(asking)],
        "limits": [[[ceiling.counts.get(one.id, 0) for one in asking], ceiling.most] for ceiling in limits.over(asking)],
    }


async def optimum(asking: list[Asking], limits: Limits) -> tuple[set[int], bool]:
    """The set with the highest sum of scores within the limits, and whether that is proven."""
    if not asking:
        return set(), True
    found = await solving.ask(question(asking, limits))
    return {asking[n].id for n in found["chosen"]}, found["proven"]


def inversions(asking: list[Asking], limits: Limits, funded: set[int]) -> list[Inversion]:
    """Who is left out above somebody funded, and which ceilings would break if they took that one's place."""
    ceilings, found = list(limits.over(asking)), []
    for n, one in enumerate(asking):
        lower = [other for other in asking[n + 1:] if other.id in funded]
        if one.id not in funded and eligible(one, limits) and lower:
            swaps = [funded - {other.id} | {one.id} for other in lower]
            causes = broken(ceilings, swaps) or broken(ceilings, [funded | {one.id}])
            found.append(Inversion(one, lower, causes))
    return found


def broken(ceilings: list[Ceiling], tried: list[set[int]]) -> list[str]:
    """Each ceiling that one of these sets breaks, by how much the one that breaks it least needs."""
    found = []
    for ceiling in ceilings:
        over = [funded for funded in tried if ceiling.broken_by(funded)]
        if over:
            found.append(ceiling.broken_in_words(min(over, key=ceiling.used)))
    return found


def totals(asking: list[Asking], funded: set[int]) -> tuple[int, int, Fraction]:
    """How many are funded, with how much money, and the sum of their scores."""
    those = [one for one in asking if one.id in funded]
    return len(those), sum(one.amount for one in those), sum((one.score for one in those if one.score is not None), Fraction(0))
