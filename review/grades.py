"""The grade of a finished task: each member's out of the products and the report, the panel's out of the votes.

Source: TT 11/2014/TT-BKHCN; the shares and the latest date come from the rule set (`rules.grades`).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from grants.rules.content import Grades, Span
from review.reasons import Reason


class Grade(StrEnum):
    EXCELLENT = "excellent"
    PASS = "pass"
    FAIL = "fail"


class Measure(StrEnum):
    """What of a product is graded. Quantity and volume are amounts; quality and type are judged."""

    QUALITY = "quality"
    TYPE = "type"
    QUANTITY = "quantity"
    VOLUME = "volume"


AMOUNTS = (Measure.QUANTITY, Measure.VOLUME)


@dataclass(frozen=True)
class Mark:
    """One measure of one product. For an amount, what was ordered and what was achieved, in the same unit."""

    product: str
    measure: Measure
    grade: Grade
    ordered: int | Fraction | None = None
    achieved: int | Fraction | None = None


@dataclass(frozen=True)
class Graded:
    grade: Grade
    reasons: tuple[Reason, ...]


def amount(product: str, measure: Measure, ordered: int | Fraction, achieved: int | Fraction) -> Mark:
    """The mark of an amount: more than ordered is excellent, as ordered passes, less fails."""
    grade = Grade.EXCELLENT if achieved > ordered else Grade.PASS if achieved == ordered else Grade.FAIL
    return Mark(product, measure, grade, ordered, achieved)


def member_grade(marks: Sequence[Mark], report: Grade, rule: Grades, *, due: date, filed: date) -> Graded:
    """One member's grade. `due`: the date the final file was due; `filed`: the date it was handed in."""
    if not marks:
        raise ValueError("a task without products cannot be graded")
    against = [*_late(rule.latest, due, filed), *_falls_short(marks, rule)]
    if report == Grade.FAIL:
        against.append(Reason("report_fails"))
    if against:
        return Graded(Grade.FAIL, tuple(against))
    if all(mark.grade == Grade.EXCELLENT for mark in marks):
        return Graded(Grade.EXCELLENT, (Reason("all_excellent"),))
    return Graded(Grade.PASS, (Reason("as_ordered"),))


def _late(allowed: Span, due: date, filed: date) -> list[Reason]:
    latest = allowed.after(due)
    if filed <= latest:
        return []
    return [Reason("too_late", {"filed": filed.strftime("%d/%m/%Y"), "latest": latest.strftime("%d/%m/%Y")})]


def _falls_short(marks: Sequence[Mark], rule: Grades) -> list[Reason]:
    """Every quality and type must pass; 3/4 of the amounts must, and the others reach 3/4 of what was ordered."""
    failed = [mark for mark in marks if mark.grade == Grade.FAIL]
    against = [Reason("quality_fails", {"product": mark.product}) for mark in failed if mark.measure not in AMOUNTS]
    amounts = [mark for mark in marks if mark.measure in AMOUNTS]
    reached = sum(mark.grade != Grade.FAIL for mark in amounts)
    if reached < rule.quantity_pass_share * len(amounts):
        values = {"reached": reached, "amounts": len(amounts), "share": rule.quantity_pass_share}
        against.append(Reason("too_few_amounts", values))
    return against + [_too_small(mark, rule) for mark in amounts if mark in failed and _is_too_small(mark, rule)]


def _is_too_small(mark: Mark, rule: Grades) -> bool:
    if mark.ordered is None or mark.achieved is None:
        raise ValueError(f"{mark.product}: an amount that fails needs what was ordered and what was achieved")
    return mark.achieved < rule.quantity_least_share * mark.ordered


def _too_small(mark: Mark, rule: Grades) -> Reason:
    values = {"product": mark.product, "achieved": mark.achieved, "ordered": mark.ordered}
    return Reason("amount_too_small", values | {"share": rule.quantity_least_share})


def council_grade(votes: Iterable[Grade | str], members_present: int, rule: Grades) -> Graded:
    """The panel's grade out of the members' votes, as shares of those present (or of the ballots, by the rule)."""
    counted = Counter(Grade(vote) for vote in votes)
    if not 0 < counted.total() <= members_present:
        raise ValueError("there must be ballots, and not more of them than members present")
    base = members_present if rule.base == "present" else counted.total()
    excellent, failing = counted[Grade.EXCELLENT], counted[Grade.FAIL]
    tally = Reason("votes", {"excellent": excellent, "pass_": counted[Grade.PASS], "fail": failing, "base": base})
    if not failing and excellent >= rule.council_excellent_share * base:
        return Graded(Grade.EXCELLENT, (tally, Reason("council_excellent", {"share": rule.council_excellent_share})))
    share = rule.council_fail_over
    if failing > rule.council_fail_over * base:
        return Graded(Grade.FAIL, (tally, Reason("council_fail", {"share": share})))
    return Graded(Grade.PASS, (tally, Reason("council_pass", {"share": share})))
