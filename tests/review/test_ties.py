"""Who stands above whom when scores are equal, and who is recommended as far as the places go."""

from fractions import Fraction

import pytest

from review.ranking import BallotSheet, Entry, rank
from review.reasons import Reason
from tests.review.test_ranking import RULE, SCHEME, entry, points, with_rule

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
