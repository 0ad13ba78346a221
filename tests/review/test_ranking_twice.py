"""Whatever the ballots: the order does not matter, and a second count, slow and obvious, agrees with the first."""

from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from grants.rules.content import CountRule
from review.ranking import BallotSheet, Entry, rank, recorded
from tests.review.test_ranking import MOST, SCHEME, points, with_rule

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
