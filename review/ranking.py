"""From ballots to a score, from scores to a ranking: TT 20/2023/TT-BKHCN Đ11 in its order, on the rule set's values.

Everything is exact: a score is a Fraction until it is shown. Each number carries the steps it came by, and
the page and the minutes print those same steps, so they agree to the last digit.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from grants.rules.content import CountRule, Scheme, TieBreak
from review.reasons import Reason, number, plain, rounded, stored


@dataclass(frozen=True)
class BallotSheet:
    """One member's points, by criterion number. `judge` is what the sheet is known by: an id or a ballot number."""

    judge: Any
    points: Mapping[int, int]

    @property
    def total(self) -> int:
        return sum(self.points.values())


@dataclass(frozen=True)
class Entry:
    """An application before the panel. `state_funding` is what it asks of the State, in đồng."""

    application: Any
    sheets: tuple[BallotSheet, ...]
    members_present: int
    state_funding: int = 0
    bonus_eligible: bool = False
    excellent_history: bool = False


@dataclass(frozen=True)
class Finding:
    """What became of one ballot: its distance from the mean it was held against (percent or points, by the rule)."""

    judge: Any
    total: int
    mean: Fraction
    deviation: Fraction
    valid: bool


@dataclass(frozen=True)
class Count:
    """One application counted. `mean` is that of the valid ballots, `score` the mean with the bonus; None: no ballot."""

    entry: Entry
    mean_of_all: Fraction | None
    ballots: tuple[Finding, ...]
    mean: Fraction | None
    bonus: Fraction
    score: Fraction | None
    content_mean: Fraction | None
    passes: bool
    reasons: tuple[Reason, ...]
    flags: tuple[Reason, ...]
    steps: tuple[Reason, ...]

    @property
    def application(self) -> Any:
        return self.entry.application


@dataclass(frozen=True)
class Placed:
    """An application's place. Equal ranks are a tie that the rules could not break; no rank: no score."""

    rank: int | None
    count: Count
    recommended: bool


@dataclass(frozen=True)
class Tie:
    """Two neighbours with the same score, and what put the upper one above the lower."""

    upper: Any
    lower: Any
    reason: Reason


@dataclass(frozen=True)
class Ranking:
    places: tuple[Placed, ...]
    ties: tuple[Tie, ...]
    flags: tuple[Reason, ...]


def shown(score: Fraction, rule: CountRule) -> str:
    """A score as it is printed, with the rule's decimals, rounded half up: "78,33"."""
    return number(score, rule.decimals)


def check_sheet(sheet: BallotSheet, scheme: Scheme) -> None:
    """Refuse (ValueError) a sheet that leaves a criterion out, knows another one, or goes over a maximum."""
    most = {criterion.number: criterion.most for criterion in scheme.criteria}
    if set(sheet.points) != set(most):
        raise ValueError(f"sheet {sheet.judge}: the criteria are {sorted(most)}, not {sorted(sheet.points)}")
    for criterion, points in sheet.points.items():
        if not isinstance(points, int) or not 0 <= points <= most[criterion]:
            raise ValueError(f"sheet {sheet.judge}: criterion {criterion} is worth 0 to {most[criterion]}, not {points}")


def count(entry: Entry, scheme: Scheme, rule: CountRule) -> Count:
    """Count one application: invalid ballots, mean of the valid, bonus, zero rule, pass mark, in that order."""
    sheets = _in_order(entry, scheme)
    findings, steps = _tested(sheets, rule)
    sound = {finding.judge for finding in findings if finding.valid}
    valid = [sheet for sheet in sheets if sheet.judge in sound]
    mean = mean_of(valid)
    if mean is not None:
        total = sum(sheet.total for sheet in valid)
        steps.append(Reason("mean_of_valid", {"sum": total, "ballots": len(valid), "mean": mean}))
    bonus, bonus_steps = _bonus(entry, mean, rule)
    zeros = _zeros(sheets if rule.zero_ballots == "all" else valid, entry, scheme, rule)
    verdict = _verdict(mean, rule) if sheets else [Reason("no_ballot")]
    against = [reason for reason in [*verdict, *zeros] if reason.code not in ("passes", "zeros_within")]
    return Count(
        entry=entry, mean_of_all=mean_of(sheets), ballots=findings, mean=mean, bonus=bonus,
        score=None if mean is None else mean + bonus,
        content_mean=_content_mean(valid, scheme),
        passes=not against, reasons=tuple(against or verdict), flags=_flags(findings, rule),
        steps=(*steps, *bonus_steps, *zeros, *verdict),
    )


def mean_of(sheets: Iterable[BallotSheet]) -> Fraction | None:
    """The exact mean of the sheets' totals; None when there are none."""
    totals = [sheet.total for sheet in sheets]
    return Fraction(sum(totals), len(totals)) if totals else None


def _in_order(entry: Entry, scheme: Scheme) -> list[BallotSheet]:
    sheets = sorted(entry.sheets, key=lambda sheet: sheet.judge)
    if len({sheet.judge for sheet in sheets}) != len(sheets):
        raise ValueError(f"application {entry.application}: two sheets of one judge")
    if len(sheets) > entry.members_present:
        raise ValueError(f"application {entry.application}: more sheets than members present")
    for sheet in sheets:
        check_sheet(sheet, scheme)
    return sheets


def _tested(sheets: list[BallotSheet], rule: CountRule) -> tuple[tuple[Finding, ...], list[Reason]]:
    """Hold each ballot against the mean; once, or (repeated) again among the rest until none more falls out."""
    found: dict[Any, Finding] = {}
    steps: list[Reason] = []
    left = sheets
    while left:
        mean = mean_of(left)
        if left is sheets:
            steps.append(Reason("mean_of_all", {"sum": sum(s.total for s in left), "ballots": len(left), "mean": mean}))
        found |= {sheet.judge: _finding(sheet, mean, rule) for sheet in left}
        rest = [sheet for sheet in left if found[sheet.judge].valid]
        if rule.deviation_test == "single" or len(rest) == len(left):
            break
        left = rest
    findings = tuple(found[sheet.judge] for sheet in sheets)
    return findings, steps + [_ballot_step(finding, rule) for finding in findings]


def _finding(sheet: BallotSheet, mean: Fraction, rule: CountRule) -> Finding:
    away = abs(sheet.total - mean)
    if rule.deviation_base == "relative_to_mean":
        away = 100 * away / mean if mean else Fraction(0)
    return Finding(sheet.judge, sheet.total, mean, away, away <= rule.deviation_limit)


def _ballot_step(finding: Finding, rule: CountRule) -> Reason:
    code = "ballot_valid" if finding.valid else "ballot_invalid"
    values = {"judge": finding.judge, "total": finding.total, "mean": finding.mean, "deviation": finding.deviation}
    return Reason(code + ("_points" if rule.deviation_base == "points" else ""), values | {"limit": rule.deviation_limit})


def _bonus(entry: Entry, mean: Fraction | None, rule: CountRule) -> tuple[Fraction, list[Reason]]:
    """The lead organisation that proposed the topic gets a share of its own mean on top, from the threshold up."""
    if mean is None or not entry.bonus_eligible or not rule.bonus_percent:
        return Fraction(0), []
    if _judged(mean, rule) < rule.bonus_threshold:
        return Fraction(0), [Reason("bonus_below_threshold", {"mean": mean, "threshold": rule.bonus_threshold})]
    bonus = mean * rule.bonus_percent / 100
    return bonus, [
        Reason("bonus", {"percent": rule.bonus_percent, "bonus": bonus}),
        Reason("score", {"mean": mean, "bonus": bonus, "score": mean + bonus}),
    ]


def _zeros(sheets: list[BallotSheet], entry: Entry, scheme: Scheme, rule: CountRule) -> list[Reason]:
    """For each criterion that someone gave 0: how many did, and whether that is more than the allowed share."""
    base = entry.members_present if rule.zero_base == "present" else len(sheets)
    found = []
    for criterion in scheme.criteria:
        zeros = sum(sheet.points[criterion.number] == 0 for sheet in sheets)
        code = "zeros_over" if zeros > rule.zero_share * base else "zeros_within"
        if zeros:
            values = {"criterion": criterion.number, "zeros": zeros, "base": base, "share": rule.zero_share}
            found.append(Reason(code, values))
    return found


def _verdict(mean: Fraction | None, rule: CountRule) -> list[Reason]:
    if mean is None:
        return [Reason("no_valid_ballot")]
    code = "passes" if _judged(mean, rule) >= rule.pass_mark else "below_pass_mark"
    return [Reason(code, {"mean": mean, "mark": rule.pass_mark})]


def _flags(findings: tuple[Finding, ...], rule: CountRule) -> tuple[Reason, ...]:
    invalid = sum(not finding.valid for finding in findings)
    if invalid > rule.invalid_flag_share * len(findings):
        return (Reason("majority_invalid", {"invalid": invalid, "ballots": len(findings)}),)
    return ()


def _content_mean(valid: list[BallotSheet], scheme: Scheme) -> Fraction | None:
    if not valid:
        return None
    return Fraction(sum(sheet.points[number_] for sheet in valid for number_ in scheme.content_criteria), len(valid))


def _judged(score: Fraction, rule: CountRule) -> Fraction:
    """The score that marks and places are decided on: exact, or as printed."""
    return score if rule.judged_on == "exact" else rounded(score, rule.decimals)


def rank(entries: Iterable[Entry], scheme: Scheme, rule: CountRule, *, places: int | None = 1) -> Ranking:
    """Rank the applications of one topic (or of one call) and say which are recommended.

    `places`: how many may be recommended among those that pass; 1 is the old rule for a topic, None is all.
    An unbroken tie across the last place recommends none of the tied: the panel decides.
    """
    return ranked((count(entry, scheme, rule) for entry in entries), rule, places=places)


def ranked(counted: Iterable[Count], rule: CountRule, *, places: int | None = 1) -> Ranking:
    """The same, of applications that are counted already."""
    counts = sorted(counted, key=lambda c: (*_order(c, rule), c.application))
    ranks = _ranks(counts, rule)
    chosen, flags = _chosen(counts, ranks, places)
    placed = (Placed(place, one, one.application in chosen) for place, one in zip(ranks, counts, strict=True))
    return Ranking(tuple(placed), tuple(_ties(counts, rule)), flags)


def _order(one: Count, rule: CountRule) -> tuple:
    """The higher score first; among equals the rule's tie-breaks in their order; without a score last."""
    if one.score is None:
        return (1,)
    return (0, -_judged(one.score, rule), *(_preferred(one, tie) for tie in rule.ties))


def _preferred(one: Count, tie: TieBreak) -> Fraction | int | bool:
    """The smaller goes first."""
    return {
        TieBreak.LOWER_STATE_FUNDING: one.entry.state_funding,
        TieBreak.EXCELLENT_PROJECT: not one.entry.excellent_history,
        TieBreak.CONTENT_MEAN: -one.content_mean,
    }[tie]


def _ranks(counts: list[Count], rule: CountRule) -> list[int | None]:
    """1, 2, 2, 4: those whom nothing tells apart share a rank."""
    orders = [_order(one, rule) for one in counts]
    return [None if one.score is None else orders.index(order) + 1 for one, order in zip(counts, orders, strict=True)]


def _ties(counts: list[Count], rule: CountRule) -> Iterator[Tie]:
    for upper, lower in pairwise(counts):
        if lower.score is None or _judged(upper.score, rule) != _judged(lower.score, rule):
            continue
        yield Tie(upper.application, lower.application, _tie_reason(upper, lower, rule))


def _tie_reason(upper: Count, lower: Count, rule: CountRule) -> Reason:
    values: dict[str, Any] = {"score": upper.score}
    for tie in rule.ties:
        if _preferred(upper, tie) == _preferred(lower, tie):
            continue
        if tie is TieBreak.LOWER_STATE_FUNDING:
            values |= {"asked": upper.entry.state_funding, "asked_below": lower.entry.state_funding}
        if tie is TieBreak.CONTENT_MEAN:
            values |= {"upper": upper.content_mean, "lower": lower.content_mean}
        return Reason(f"tie_{tie}", values)
    return Reason("tie_unresolved", values)


def _chosen(counts: list[Count], ranks: list[int | None], places: int | None) -> tuple[set, tuple[Reason, ...]]:
    """The recommended: those that pass, from the top, as many as there are places; ties at the line left open."""
    passing = [(place, one.application) for place, one in zip(ranks, counts, strict=True) if one.passes]
    if places is None or len(passing) <= places:
        return {application for _place, application in passing}, ()
    line = passing[places][0]
    above = {application for place, application in passing if place < line}
    if len(above) == places:
        return above, ()
    return above, (Reason("tie_at_line", {"rank": line, "left": places - len(above)}),)


def recorded(ranking: Ranking) -> dict[str, Any]:
    """The whole ranking as JSON can keep it: exact numbers as "a/b", every step and reason with its values."""
    return {
        "places": [_recorded_place(place) for place in ranking.places],
        "ties": [{"upper": tie.upper, "lower": tie.lower, "reason": stored(tie.reason)} for tie in ranking.ties],
        "flags": [stored(flag) for flag in ranking.flags],
    }


def _recorded_place(place: Placed) -> dict[str, Any]:
    one = place.count
    numbers = ("mean_of_all", "mean", "bonus", "score", "content_mean")
    return {
        "application": one.application, "rank": place.rank, "recommended": place.recommended, "passes": one.passes,
        **{name: plain(getattr(one, name)) for name in numbers},
        "ballots": [{name: plain(value) for name, value in vars(ballot).items()} for ballot in one.ballots],
        **{name: [stored(reason) for reason in getattr(one, name)] for name in ("reasons", "flags", "steps")},
    }
