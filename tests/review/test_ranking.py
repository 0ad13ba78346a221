"""Golden councils worked by hand, and a second, slow and obvious count that must agree with the first."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.rules.content import CountRule, rules_of
from grants.rules.shipped import rule_set
from grants.shell.language import english, speaking
from review.ranking import BallotSheet, Entry, check_sheet, count, rank, recorded, shown
from review.reasons import Reason, restored, say, stored

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


# --- ties, in the order of Đ11: less state money, an excellent project, the mean on content ---

def tied(application, content=20, **facts) -> Entry:
    sheets = tuple(BallotSheet(judge, points(80, content=content)) for judge in range(1, 8))
    return Entry(application, sheets, members_present=7, **facts)


TIES = {
    "less state funding goes first": (
        [tied(1, state_funding=900_000_000), tied(2, state_funding=899_999_999)],
        [(1, 2), (2, 1)],
        [Reason("tie_lower_state_funding", {"score": Fraction(80), "asked": 899_999_999, "asked_below": 900_000_000})],
    ),
    "same money: an excellent project in the last five years": (
        [tied(1, state_funding=5), tied(2, state_funding=5, excellent_history=True)],
        [(1, 2), (2, 1)],
        [Reason("tie_excellent_project", {"score": Fraction(80)})],
    ),
    "money goes before the excellent project": (
        [tied(1, state_funding=4), tied(2, state_funding=5, excellent_history=True)],
        [(1, 1), (2, 2)],
        [Reason("tie_lower_state_funding", {"score": Fraction(80), "asked": 4, "asked_below": 5})],
    ),
    "same money, no project: the mean on content": (
        [tied(1, content=18), tied(2, content=22)],
        [(1, 2), (2, 1)],
        [Reason("tie_content_mean", {"score": Fraction(80), "upper": Fraction(22), "lower": Fraction(18)})],
    ),
    "nothing tells them apart": (
        [tied(2), tied(1)],
        [(1, 1), (1, 2)],
        [Reason("tie_unresolved", {"score": Fraction(80)})],
    ),
    "three tied: two by money, two by nothing": (
        [tied(3, state_funding=7), tied(2, state_funding=7), tied(1, state_funding=8)],
        [(1, 2), (1, 3), (3, 1)],
        [
            Reason("tie_unresolved", {"score": Fraction(80)}),
            Reason("tie_lower_state_funding", {"score": Fraction(80), "asked": 7, "asked_below": 8}),
        ],
    ),
}


@pytest.mark.parametrize(("entries", "order", "reasons"), TIES.values(), ids=TIES)
def test_a_tie_is_broken_in_the_order_of_the_rule_and_explained(entries, order, reasons):
    ranking = rank(entries, SCHEME, RULE)
    assert [(place.rank, place.count.application) for place in ranking.places] == order
    assert [tie.reason for tie in ranking.ties] == reasons


def test_the_same_mean_out_of_more_ballots_is_a_tie():
    near = [entry(1, [80, 80, 80, 81]), entry(2, [80, 80, 80, 80, 80, 80, 80, 82])]      # 321 : 4 = 642 : 8
    assert [tie.reason.code for tie in rank(near, SCHEME, RULE).ties] == ["tie_unresolved"]


def test_a_hair_is_no_tie_unless_the_rule_judges_what_is_printed():
    hair = [entry(1, [80, 80, 81], state_funding=9), entry(2, [80, 80, 80], state_funding=5)]     # 80,33 and 80
    exact = rank(hair, SCHEME, RULE)
    assert ([place.count.application for place in exact.places], exact.ties) == ([1, 2], ())
    printed = rank(hair, SCHEME, with_rule(judged_on="rounded", decimals=0))
    assert [place.count.application for place in printed.places] == [2, 1]
    assert [tie.reason.code for tie in printed.ties] == ["tie_lower_state_funding"]


# --- who is recommended ---

FIELD = [entry(1, [90] * 7), entry(2, [85] * 7), entry(3, [75] * 7), entry(4, [65] * 7)]


@pytest.mark.parametrize(("places", "chosen"), [(1, [1]), (2, [1, 2]), (None, [1, 2, 3]), (9, [1, 2, 3]), (0, [])])
def test_those_that_pass_are_recommended_from_the_top_as_far_as_the_places_go(places, chosen):
    ranking = rank(FIELD, SCHEME, RULE, places=places)
    assert [place.rank for place in ranking.places] == [1, 2, 3, 4]
    assert [place.count.application for place in ranking.places if place.recommended] == chosen


def test_the_highest_that_fails_keeps_its_rank_but_the_next_is_recommended():
    zeroed = tuple(BallotSheet(judge, points(84, zero=6)) for judge in range(1, 8))
    ranking = rank([Entry(1, zeroed, members_present=7), entry(2, [80] * 7)], SCHEME, RULE)
    assert [(p.rank, p.count.application, p.count.passes, p.recommended) for p in ranking.places] == [
        (1, 1, False, False), (2, 2, True, True)
    ]


def test_an_unbroken_tie_across_the_last_place_is_left_to_the_panel():
    ranking = rank([tied(1), tied(2), entry(3, [90] * 7)], SCHEME, RULE, places=2)
    assert [place.count.application for place in ranking.places if place.recommended] == [3]
    assert ranking.flags == (Reason("tie_at_line", {"rank": 2, "left": 1}),)
    assert rank([tied(1), tied(2), entry(3, [90] * 7)], SCHEME, RULE, places=3).flags == ()


def test_an_application_without_a_score_has_no_rank_and_stands_last():
    ranking = rank([entry(1, [100, 100, 40, 40]), entry(2, [20] * 7)], SCHEME, RULE)
    assert [(place.rank, place.count.application) for place in ranking.places] == [(1, 2), (None, 1)]


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


# --- what people read ---

@pytest.mark.parametrize(
    ("score", "text"),
    [
        (Fraction(80), "80,00"), (Fraction(492, 7), "70,29"), (Fraction(625, 8), "78,13"), (Fraction(15625, 200), "78,13"),
        (Fraction(1, 200), "0,01"), (Fraction(1, 201), "0,00"), (Fraction(209, 2), "104,50"), (Fraction(0), "0,00"),
    ],
)
def test_a_score_is_shown_half_up_with_a_comma(score, text):
    assert shown(score, RULE) == text
    with speaking("en"):
        assert shown(score, RULE) == text.replace(",", ".")


def test_a_score_just_under_the_mark_is_not_shown_as_the_mark():
    values = {"mean": Fraction(69996, 1000), "mark": 70}
    assert say(Reason("below_pass_mark", values)) == "Điểm trung bình 69,996, chưa đạt mức 70."
    assert say(Reason("below_pass_mark", values | {"mean": Fraction(699, 10)})) == "Điểm trung bình 69,90, chưa đạt mức 70."
    hair = {"judge": 3, "total": 97, "mean": Fraction(80833, 1000), "deviation": Fraction(20_000_4, 10_000), "limit": 20}
    assert "chênh 20,0004% so với 80,83, quá 20%" in say(Reason("ballot_invalid", hair))


def test_every_reason_can_be_said_in_both_languages_and_kept_and_found_again():
    seen = {}
    for ranking in (
        *(rank(entries, SCHEME, RULE) for entries, _order, _reasons in TIES.values()),
        *(rank([entry(1, totals, bonus_eligible=True)], SCHEME, RULE) for totals, *_rest in COUNCILS.values()),
        rank([tied(1), tied(2)], SCHEME, with_rule(deviation_base="points")),
        rank([entry(1, [90, 60, 60, 60])], SCHEME, with_rule(deviation_base="points")),
        rank([Entry(1, (), members_present=5)], SCHEME, RULE),
        rank([Entry(1, (BallotSheet(1, points(80, zero=6)),), members_present=5)], SCHEME, RULE),
    ):
        for place in ranking.places:
            for reason in (*place.count.steps, *place.count.reasons, *place.count.flags):
                seen[reason.code] = reason
        seen |= {tie.reason.code: tie.reason for tie in ranking.ties} | {flag.code: flag for flag in ranking.flags}
    assert set(seen) == {
        "no_ballot", "mean_of_all", "ballot_valid", "ballot_invalid", "ballot_valid_points", "ballot_invalid_points",
        "mean_of_valid", "no_valid_ballot", "bonus", "bonus_below_threshold", "score", "zeros_within", "zeros_over",
        "passes", "below_pass_mark", "majority_invalid", "tie_lower_state_funding", "tie_excellent_project",
        "tie_content_mean", "tie_unresolved", "tie_at_line",
    }
    for reason in seen.values():
        assert restored(stored(reason)) == reason
        vietnamese = say(reason)
        with speaking("en"):
            assert say(reason) != vietnamese
    assert english()["chủ tịch"] == "chair"


# --- whatever the ballots: the order does not matter, and a slow obvious second count agrees ---

sheets = st.fixed_dictionaries({number: st.integers(0, most) for number, most in MOST.items()})
near = st.integers(60, 100).map(points)
fields = st.lists(
    st.tuples(st.lists(st.one_of(near, sheets), max_size=9), st.integers(0, 3), st.booleans(), st.booleans(), st.integers(0, 2)),
    max_size=6,
)
rules = st.builds(
    with_rule, deviation_base=st.sampled_from(["relative_to_mean", "points"]), deviation_limit=st.sampled_from([5, 20]),
    deviation_test=st.sampled_from(["single", "repeated"]), zero_ballots=st.sampled_from(["all", "valid"]),
    zero_base=st.sampled_from(["present", "ballots"]), pass_mark=st.sampled_from([50, 70]),
)


def field_of(drawn) -> list[Entry]:
    return [
        Entry(
            application, tuple(BallotSheet(judge, one) for judge, one in enumerate(ballots, 1)), len(ballots) + absent,
            state_funding=funding, bonus_eligible=bonus, excellent_history=excellent,
        )
        for application, (ballots, funding, bonus, excellent, absent) in enumerate(drawn, 1)
    ]


@settings(max_examples=150, deadline=None)
@given(fields, rules, st.sampled_from([1, 2, None]), st.randoms(use_true_random=False))
def test_the_ranking_does_not_depend_on_the_order_of_ballots_or_applications(drawn, rule, places, chance: Random):
    entries = field_of(drawn)
    shuffled = [
        Entry(e.application, tuple(chance.sample(e.sheets, len(e.sheets))), e.members_present, e.state_funding,
              e.bonus_eligible, e.excellent_history)
        for e in chance.sample(entries, len(entries))
    ]
    assert recorded(rank(shuffled, SCHEME, rule, places=places)) == recorded(rank(entries, SCHEME, rule, places=places))


def slow_count(one: Entry, rule: CountRule) -> dict:
    """The count with whole numbers and long ways: no fraction is made before the very end."""
    left = {sheet.judge: sum(sheet.points.values()) for sheet in one.sheets}
    while left:
        n, total = len(left), sum(left.values())
        far = []
        for judge, mine in left.items():
            away, allowed = abs(mine * n - total), rule.deviation_limit
            if (away * 100 > allowed * total) if rule.deviation_base == "relative_to_mean" else (away > allowed * n):
                far.append(judge)
        for judge in far:
            del left[judge]
        if rule.deviation_test == "single" or not far:
            break
    if not left:
        return {"valid": set(), "score": None, "passes": False}
    n, total = len(left), sum(left.values())
    bonus = one.bonus_eligible and total >= rule.bonus_threshold * n
    looked_at = [s for s in one.sheets if rule.zero_ballots == "all" or s.judge in left]
    base = one.members_present if rule.zero_base == "present" else len(looked_at)
    zeroed = any(4 * len([s for s in looked_at if s.points[number] == 0]) > base for number in MOST)
    return {
        "valid": set(left), "score": Fraction(total * (110 if bonus else 100), n * 100),
        "passes": total >= rule.pass_mark * n and not zeroed,
    }


def beats(one: Entry, other: Entry, scores: dict, content: dict) -> bool:
    """Does `one` stand above `other`? Said out loud, rule by rule."""
    if scores[one.application] != scores[other.application]:
        return scores[one.application] > scores[other.application]
    if one.state_funding != other.state_funding:
        return one.state_funding < other.state_funding
    if one.excellent_history != other.excellent_history:
        return one.excellent_history
    return content[one.application] > content[other.application]


@settings(max_examples=150, deadline=None)
@given(fields, rules)
def test_a_slow_obvious_count_finds_the_same(drawn, rule):
    entries = field_of(drawn)
    slow = {e.application: slow_count(e, rule) for e in entries}
    scores = {name: found["score"] for name, found in slow.items()}
    content = {
        e.application: Fraction(sum(s.points[2] for s in e.sheets if s.judge in slow[e.application]["valid"]),
                                len(slow[e.application]["valid"]) or 1)
        for e in entries
    }
    scored = [e for e in entries if scores[e.application] is not None]
    for place in rank(entries, SCHEME, rule).places:
        one, expected = place.count, slow[place.count.application]
        assert {ballot.judge for ballot in one.ballots if ballot.valid} == expected["valid"]
        assert (one.score, one.passes) == (expected["score"], expected["passes"])
        above = [other for other in scored if beats(other, one.entry, scores, content)] if one.score is not None else []
        assert place.rank == (None if one.score is None else 1 + len(above))
