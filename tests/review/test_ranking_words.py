"""What people read of a ranking: scores as printed, and a sentence for every reason, in both languages."""

from fractions import Fraction

import pytest

from grants.shell.language import english, speaking
from review.ranking import BallotSheet, Entry, rank, shown
from review.reasons import Reason, restored, say, stored
from tests.review.test_ranking import COUNCILS, RULE, SCHEME, entry, points, with_rule
from tests.review.test_ties import TIES, tied


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
