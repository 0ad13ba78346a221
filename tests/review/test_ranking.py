"""Golden councils worked by hand, and a second, slow and obvious count that must agree with the first."""

from fractions import Fraction

import pytest

from grants.rules.content import CountRule, rules_of
from grants.rules.shipped import rule_set
from review.ranking import BallotSheet, Entry, check_sheet, count, rank
from review.reasons import Reason, say

RULES = rules_of(rule_set("tt20-2023")["content"])
RULE = RULES.count
SCHEME = RULES.scheme("applied")
MOST = {criterion.number: criterion.most for criterion in SCHEME.criteria}     # 12 24 16 16 16 16


def points(total: int, content: int | None = None, zero: int | None = None) -> dict[int, int]:
    """Points that add up to `total`, none of them 0 but `zero`; criterion 2 (content) is `content` if given."""
    given_ = {number: 0 if number == zero else 1 if total else 0 for number in MOST}
    if content is not None:
        given_[2] = content
    free = [number for number in MOST if number != zero and (number != 2 or content is None)]
    for number in free:
        given_[number] += min(MOST[number] - given_[number], total - sum(given_.values()))
    assert sum(given_.values()) == total
    return given_


def entry(application, totals, **facts) -> Entry:
    sheets = tuple(BallotSheet(judge, points(total)) for judge, total in enumerate(totals, 1))
    return Entry(application, sheets, **{"members_present": len(totals)} | facts)


def with_rule(**changes) -> CountRule:
    return RULE.model_copy(update=changes)


# --- councils worked by hand: ballots → mean of all, invalid ballots, mean of the valid, passes ---

COUNCILS = {
    "all seven ballots near each other":
        ([80, 82, 78, 84, 76, 80, 80], Fraction(80), [], Fraction(80), True),
    "one ballot 37,5 % below the mean of 80 falls out, 510 : 6":
        ([85, 84, 86, 83, 85, 87, 50], Fraction(80), [7], Fraction(85), True),
    "exactly 20 % away is still valid":
        ([96, 80, 80, 80, 80, 80, 64], Fraction(80), [], Fraction(80), True),
    "one point more than 20 % away on both sides is not":
        ([97, 80, 80, 80, 80, 80, 63], Fraction(80), [1, 7], Fraction(80), True),
    "a mean that no decimal number holds, 492 : 7":
        ([70, 71, 70, 70, 71, 70, 70], Fraction(492, 7), [], Fraction(492, 7), True),
    "one point short of 70 in sum, 489 : 7":
        ([69, 70, 70, 70, 70, 70, 70], Fraction(489, 7), [], Fraction(489, 7), False),
    "exactly 70":
        ([60, 80, 70, 70, 70, 70, 70], Fraction(70), [], Fraction(70), True),
    "an invalid low ballot lifts the mean over the mark: 69 → 72":
        ([72, 72, 72, 72, 72, 72, 51], Fraction(69), [7], Fraction(72), True),
    "an invalid high ballot takes the mean under it: 70 → 66,66…":
        ([66, 67, 66, 67, 67, 67, 90], Fraction(70), [7], Fraction(400, 6), False),
    "nobody gave a point":
        ([0, 0, 0, 0, 0, 0, 0], Fraction(0), [], Fraction(0), False),
    "six of seven ballots fall out, the one at the mean stays":
        ([100, 100, 100, 75, 50, 50, 50], Fraction(75), [1, 2, 3, 5, 6, 7], Fraction(75), True),
    "no ballot is left":
        ([100, 100, 40, 40], Fraction(70), [1, 2, 3, 4], None, False),
}


@pytest.mark.parametrize(("totals", "mean_of_all", "invalid", "mean", "passes"), COUNCILS.values(), ids=COUNCILS)
def test_a_golden_council(totals, mean_of_all, invalid, mean, passes):
    counted = count(entry(1, totals), SCHEME, RULE)
    zeros = [reason for reason in counted.reasons if reason.code == "zeros_over"]
    assert counted.mean_of_all == mean_of_all
    assert [ballot.judge for ballot in counted.ballots if not ballot.valid] == invalid
    assert counted.mean == counted.score == mean
    assert counted.passes == (passes and not zeros)


def test_the_deviation_of_each_ballot_is_exact_and_said_with_its_mean():
    counted = count(entry(1, [85, 84, 86, 83, 85, 87, 50]), SCHEME, RULE)
    assert [ballot.deviation for ballot in counted.ballots] == [
        Fraction(25, 4), Fraction(5), Fraction(15, 2), Fraction(15, 4), Fraction(25, 4), Fraction(35, 4), Fraction(75, 2)
    ]
    assert say(counted.steps[0]) == "Điểm trung bình của tất cả 7 phiếu: 560 : 7 = 80,00."
    assert say(counted.steps[7]) == "Phiếu 7: 50 điểm, chênh 37,50% so với 80,00, quá 20%: không hợp lệ."
    assert say(counted.steps[8]) == "Điểm trung bình của 6 phiếu hợp lệ: 510 : 6 = 85,00."


# 560 : 7 = 80 drops the 41; then 519 : 6 = 86,5, from which 69 is 20,23 % away; then 450 : 5 = 90.
TWICE = [90, 90, 90, 90, 90, 69, 41]


@pytest.mark.parametrize(
    ("test", "invalid", "mean"), [("single", [7], Fraction(173, 2)), ("repeated", [6, 7], Fraction(90))]
)
def test_the_ballots_are_tested_once_or_again_among_the_rest_as_the_rule_says(test, invalid, mean):
    counted = count(entry(1, TWICE), SCHEME, with_rule(deviation_test=test))
    assert [ballot.judge for ballot in counted.ballots if not ballot.valid] == invalid
    assert (counted.mean_of_all, counted.mean) == (Fraction(80), mean)


# 553 : 7 = 79; 63 is 16 points away, which is 20,25 % of 79.
@pytest.mark.parametrize(("base", "invalid"), [("relative_to_mean", [7]), ("points", [])])
def test_the_limit_is_a_share_of_the_mean_or_points_as_the_rule_says(base, invalid):
    counted = count(entry(1, [90, 80, 80, 80, 80, 80, 63]), SCHEME, with_rule(deviation_base=base))
    assert [ballot.judge for ballot in counted.ballots if not ballot.valid] == invalid


def test_a_majority_of_invalid_ballots_is_flagged_but_half_is_not():
    six = count(entry(1, [100, 100, 100, 75, 50, 50, 50]), SCHEME, RULE)
    assert six.flags == (Reason("majority_invalid", {"invalid": 6, "ballots": 7}),)
    half = count(entry(1, [100, 50, 75, 75]), SCHEME, RULE)         # mean 75, two of four 33,3 % away
    assert [ballot.valid for ballot in half.ballots] == [False, False, True, True]
    assert half.flags == ()


def test_without_a_ballot_or_without_a_valid_one_there_is_no_score():
    none = count(Entry(1, (), members_present=7), SCHEME, RULE)
    assert (none.score, none.passes, none.reasons) == (None, False, (Reason("no_ballot"),))
    left = count(entry(1, [100, 100, 40, 40]), SCHEME, RULE)
    assert (left.score, left.passes, left.reasons) == (None, False, (Reason("no_valid_ballot"),))


# --- bonus: 10 % of its own mean, from 70 on ---

@pytest.mark.parametrize(
    ("totals", "eligible", "bonus", "score"),
    [
        ([80] * 7, True, Fraction(8), Fraction(88)),
        ([80] * 7, False, Fraction(0), Fraction(80)),
        ([70] * 7, True, Fraction(7), Fraction(77)),
        ([69, 70, 70, 70, 70, 70, 70], True, Fraction(0), Fraction(489, 7)),
        ([70, 71, 70, 70, 71, 70, 70], True, Fraction(246, 35), Fraction(2706, 35)),
        ([95] * 7, True, Fraction(19, 2), Fraction(209, 2)),
    ],
)
def test_the_lead_that_proposed_the_topic_gets_a_tenth_of_its_mean_on_top(totals, eligible, bonus, score):
    counted = count(entry(1, totals, bonus_eligible=eligible), SCHEME, RULE)
    assert (counted.bonus, counted.score) == (bonus, score)


def test_the_bonus_can_turn_the_order_but_does_not_help_over_the_pass_mark():
    ranking = rank([entry(1, [85] * 7), entry(2, [78] * 7, bonus_eligible=True)], SCHEME, RULE)
    assert [(place.rank, place.count.application, place.count.score) for place in ranking.places] == [
        (1, 2, Fraction(429, 5)), (2, 1, Fraction(85))
    ]
    assert not count(entry(3, [65] * 7, bonus_eligible=True), SCHEME, with_rule(bonus_threshold=60)).passes


# --- the zero rule: more than a quarter of those present ---

@pytest.mark.parametrize(
    ("zeros", "ballots", "present", "passes"),
    [(2, 8, 8, True), (3, 8, 8, False), (1, 7, 7, True), (2, 7, 7, False), (2, 7, 8, True), (2, 6, 7, False), (0, 7, 7, True)],
)
def test_a_criterion_that_more_than_a_quarter_of_those_present_gave_zero_fails_the_application(
    zeros, ballots, present, passes
):
    sheets = tuple(BallotSheet(judge, points(80, zero=6 if judge <= zeros else None)) for judge in range(1, ballots + 1))
    counted = count(Entry(1, sheets, members_present=present), SCHEME, RULE)
    assert counted.mean == 80
    assert counted.passes is passes
    if not passes:
        values = {"criterion": 6, "zeros": zeros, "base": present, "share": Fraction(1, 4)}
        assert counted.reasons == (Reason("zeros_over", values),)
        assert say(counted.reasons[0]) == f"Tiêu chí 6: {zeros} trên {present} người cho 0 điểm, quá 1/4."


def test_zeros_on_invalid_ballots_count_or_not_as_the_rule_says():
    sheets = [BallotSheet(judge, points(84)) for judge in range(1, 6)]
    sheets += [BallotSheet(judge, points(60, zero=6)) for judge in (6, 7)]   # mean 540 : 7, 60 is 22,2 % away
    both = Entry(1, tuple(sheets), members_present=7)
    assert count(both, SCHEME, with_rule(zero_ballots="all")).passes is False
    assert count(both, SCHEME, with_rule(zero_ballots="valid")).passes is True


def test_all_that_speaks_against_an_application_is_said():
    sheets = tuple(BallotSheet(judge, points(60, zero=1)) for judge in range(1, 8))
    counted = count(Entry(1, sheets, members_present=7), SCHEME, RULE)
    assert [reason.code for reason in counted.reasons] == ["below_pass_mark", "zeros_over"]


# --- sheets that cannot be ---

@pytest.mark.parametrize(
    ("wrong", "says"),
    [({6: None}, "criteria"), ({7: 1}, "criteria"), ({1: 13}, "worth 0 to 12"), ({1: -1}, "worth"), ({1: 3.5}, "worth")],
)
def test_a_sheet_that_does_not_fit_the_scheme_is_refused(wrong, says):
    given_ = {number: worth for number, worth in (points(80) | wrong).items() if worth is not None}
    with pytest.raises(ValueError, match=says):
        check_sheet(BallotSheet(1, given_), SCHEME)


def test_two_sheets_of_one_judge_or_more_sheets_than_people_are_refused():
    with pytest.raises(ValueError, match="one judge"):
        count(Entry(1, (BallotSheet(1, points(80)), BallotSheet(1, points(80))), members_present=7), SCHEME, RULE)
    with pytest.raises(ValueError, match="more sheets"):
        count(entry(1, [80] * 7, members_present=6), SCHEME, RULE)
