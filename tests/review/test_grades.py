"""The final evaluation of TT 11/2014: every grade of a member and of the panel, worked by hand."""

from datetime import date
from fractions import Fraction

import pytest
from pydantic import ValidationError

from grants.rules.content import Base, Span, VoteRule, rules_of
from grants.rules.shipped import rule_set
from grants.shell.dates import Unit
from grants.shell.language import speaking
from review.grades import Grade, Mark, Measure, amount, council_grade, member_grade
from review.reasons import restored, say, stored
from review.votes import is_carried, is_in_favour

RULES = rules_of(rule_set("tt20-2023")["content"])
RULE = RULES.grades
DUE = date(2026, 1, 31)
E, P, F = Grade.EXCELLENT, Grade.PASS, Grade.FAIL


def quality(grade: Grade, product: str = "Giống cà phê") -> Mark:
    return Mark(product, Measure.QUALITY, grade)


def amounts(*achieved: int, ordered: int = 100) -> list[Mark]:
    return [amount(f"Sản phẩm {place}", Measure.QUANTITY, ordered, found) for place, found in enumerate(achieved, 1)]


MEMBERS = {
    "all beyond the order, report passes": ([quality(E), *amounts(101, 150)], P, E, ["all_excellent"]),
    "all beyond the order, report excellent": ([quality(E), *amounts(101)], E, E, ["all_excellent"]),
    "one measure only as ordered": ([quality(E), *amounts(101, 100)], E, P, ["as_ordered"]),
    "quality only as ordered": ([quality(P), *amounts(200)], E, P, ["as_ordered"]),
    "everything as ordered": ([quality(P), *amounts(100, 100)], P, P, ["as_ordered"]),
    "three of four amounts, the fourth exactly 3/4": ([quality(P), *amounts(100, 100, 120, 75)], P, P, ["as_ordered"]),
    "three of four amounts, the fourth below 3/4": ([quality(P), *amounts(100, 100, 120, 74)], P, F, ["amount_too_small"]),
    "two of three amounts are fewer than 3/4": ([quality(P), *amounts(100, 100, 99)], P, F, ["too_few_amounts"]),
    "both": ([quality(P), *amounts(10, 100)], P, F, ["too_few_amounts", "amount_too_small"]),
    "one quality falls short": ([quality(E), quality(F, "Quy trình")], E, F, ["quality_fails"]),
    "a type falls short": ([Mark("Phần mềm", Measure.TYPE, F), *amounts(101)], E, F, ["quality_fails"]),
    "the report fails": ([quality(E), *amounts(101)], F, F, ["report_fails"]),
    "all that is wrong is said": ([quality(F), *amounts(10)], F, F,
                                 ["quality_fails", "too_few_amounts", "amount_too_small", "report_fails"]),
    "quality alone, no amounts": ([quality(P)], P, P, ["as_ordered"]),
}


@pytest.mark.parametrize(("marks", "report", "grade", "reasons"), MEMBERS.values(), ids=MEMBERS)
def test_a_members_grade(marks, report, grade, reasons):
    found = member_grade(marks, report, RULE, due=DUE, filed=DUE)
    assert (found.grade, [reason.code for reason in found.reasons]) == (grade, reasons)


@pytest.mark.parametrize(
    ("filed", "grade"),
    [(date(2026, 1, 1), E), (date(2026, 7, 31), E), (date(2026, 8, 1), F)],
)
def test_a_file_more_than_six_months_late_fails_whatever_it_holds(filed, grade):
    found = member_grade([quality(E)], E, RULE, due=DUE, filed=filed)
    assert found.grade == grade
    if grade == F:
        assert say(found.reasons[0]) == "Hồ sơ nộp ngày 01/08/2026, muộn hơn hạn cuối 31/07/2026."


def test_six_months_after_the_end_of_august_is_the_end_of_february():
    six = Span(value=6, unit=Unit.MONTHS)
    assert six.after(date(2026, 8, 31)) == date(2027, 2, 28)
    assert six.after(date(2027, 8, 31)) == date(2028, 2, 29)
    assert Span(value=60, unit=Unit.DAYS).after(date(2026, 12, 31)) == date(2027, 3, 1)
    with pytest.raises(ValidationError):  # working days need the holidays
        Span(value=3, unit=Unit.WORKING_DAYS)


def test_a_task_without_products_or_an_amount_without_numbers_cannot_be_graded():
    with pytest.raises(ValueError, match="without products"):
        member_grade([], E, RULE, due=DUE, filed=DUE)
    with pytest.raises(ValueError, match="what was ordered"):
        member_grade([Mark("Bài báo", Measure.QUANTITY, F)], E, RULE, due=DUE, filed=DUE)


PANELS = [
    # excellent, pass, fail votes, members present, the panel's grade
    (9, 0, 0, 9, E),
    (7, 2, 0, 9, E),      # 7 of 9 is more than 3/4
    (6, 3, 0, 9, P),      # 6 of 9 is less
    (6, 2, 0, 8, E),      # exactly 3/4
    (6, 0, 0, 9, P),      # a member present who hands in no ballot is still present
    (8, 0, 1, 9, P),      # one vote against is enough
    (0, 9, 0, 9, P),
    (0, 6, 3, 9, P),      # exactly 1/3 is not more than 1/3
    (0, 5, 4, 9, F),
    (5, 0, 4, 9, F),
    (0, 5, 3, 8, F),      # 3 of 8 is more than 1/3
    (0, 4, 2, 6, P),
    (0, 0, 6, 6, F),
]


@pytest.mark.parametrize(("excellent", "passing", "failing", "present", "grade"), PANELS)
def test_the_panels_grade(excellent, passing, failing, present, grade):
    votes = [E] * excellent + [P] * passing + [F] * failing
    found = council_grade(votes, present, RULE)
    assert found.grade == grade
    assert found.reasons[1].code == f"council_{grade}"
    assert council_grade(reversed(votes), present, RULE) == found


def test_the_shares_may_be_taken_of_the_ballots_instead():
    assert council_grade([E] * 6, 9, RULE).grade == P
    assert council_grade([E] * 6, 9, RULE.model_copy(update={"base": "ballots"})).grade == E


def test_no_ballots_or_more_ballots_than_people_is_no_vote():
    for votes, present in (([], 9), ([E] * 3, 2), ([], 0)):
        with pytest.raises(ValueError, match="ballots"):
            council_grade(votes, present, RULE)


def test_every_reason_of_a_grade_is_said_in_both_languages_and_kept():
    found = [reason for marks, report, *_rest in MEMBERS.values()
             for reason in member_grade(marks, report, RULE, due=DUE, filed=DUE).reasons]
    found += member_grade([quality(E)], E, RULE, due=DUE, filed=date(2027, 1, 1)).reasons
    for votes in ([E] * 9, [P] * 9, [F] * 9):
        found += council_grade(votes, 9, RULE).reasons
    for reason in found:
        assert restored(stored(reason)) == reason
        vietnamese = say(reason)
        with speaking("en"):
            assert say(reason) != vietnamese
    assert say(council_grade([E] * 7 + [P] * 2, 9, RULE).reasons[0]) == "7 phiếu xuất sắc, 2 phiếu đạt, 0 phiếu không đạt trên 9."
    assert say(council_grade([F] * 9, 9, RULE).reasons[1]) == "Quá 1/3 bỏ phiếu không đạt."


# --- the topic panel: more than 3/4 of the ballots ---

@pytest.mark.parametrize(("yes", "ballots", "carried"), [(7, 9, True), (6, 9, False), (6, 8, False), (7, 8, True), (0, 0, False)])
def test_a_topic_passes_with_more_than_three_quarters_of_the_ballots(yes, ballots, carried):
    from_rules = RULES.panels["topic"].vote
    assert is_carried(from_rules, yes=yes, ballots=ballots, present=9, members=11) is carried


def test_the_base_and_equality_are_the_rules():
    two_thirds = VoteRule(share=Fraction(2, 3), base=Base.PRESENT, strictly=False)
    assert is_carried(two_thirds, yes=6, ballots=7, present=9, members=9)
    assert not is_carried(two_thirds.model_copy(update={"strictly": True}), yes=6, ballots=7, present=9, members=9)
    assert not is_carried(two_thirds.model_copy(update={"base": Base.MEMBERS}), yes=6, ballots=7, present=9, members=10)
    with pytest.raises(ValueError, match="fewer"):
        is_carried(two_thirds, yes=8, ballots=7, present=9, members=9)


def test_a_topic_ballot_is_in_favour_only_if_every_item_is():
    assert is_in_favour([True, True]) is True
    assert is_in_favour([True, False]) is False
    assert is_in_favour([]) is False
