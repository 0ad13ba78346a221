"""Who must be there for a session to be valid, and what a panel must look like to be founded."""

from fractions import Fraction

import pytest

from grants.rules.content import NamedSeat, PanelKind, QuorumRule, Seat, rules_of
from grants.rules.shipped import rule_set
from grants.shell.language import speaking
from review.quorum import make_up, quorum
from review.reasons import Reason, say

OLD = rules_of(rule_set("tt20-2023")["content"]).panels
NEW = rules_of(rule_set("nd267-2025")["content"]).panels

# c chair, v vice chair, s secretary, 1 and 2 assigned reviewers, a… members
NINE = {"c": "chair", "v": "vice_chair", "s": "secretary", "1": "reviewer", "2": "reviewer"} | dict.fromkeys("abde", "member")
SEVEN = {person: seat for person, seat in NINE.items() if person not in "de"}
TEAM = {"c": "chair", "v": "vice_chair", "f": "funder", "p": "panel_representative", "s": "secretary"}

SESSIONS = [
    # rules, panel, seats, present, the vice who holds a letter, what is missing
    (OLD, "selection", NINE, "c12abd", None, []),                                 # 6 of 9 is 2/3
    (OLD, "selection", NINE, "c12ab", None, ["too_few_present"]),                 # one short
    (OLD, "selection", SEVEN, "c12ab", None, []),                                 # 5 of 7: 4,67 rounded up
    (OLD, "selection", SEVEN, "c12a", None, ["too_few_present"]),
    (OLD, "selection", NINE, "v12abd", "v", []),                                  # the vice holds a letter
    (OLD, "selection", NINE, "v12abd", None, ["vice_not_authorised"]),
    (OLD, "selection", NINE, "12abds", None, ["chair_absent"]),
    (OLD, "selection", NINE, "12abds", "v", ["chair_absent"]),                    # a letter, but not there
    (OLD, "selection", NINE, "12abds", "a", ["chair_absent"]),                    # a letter for a plain member is none
    (OLD, "selection", NINE, "cv1abdes", None, ["seat_absent"]),                  # eight of nine, one reviewer missing
    (OLD, "selection", NINE, "", None, ["too_few_present", "chair_absent", "seat_absent"]),
    (NEW, "selection", NINE, "c12abd", None, ["seat_absent"]),                    # the new rules name the secretary
    (NEW, "selection", NINE, "c12abs", None, []),
    (OLD, "topic", NINE, "c12abs", None, []),
    (OLD, "topic", NINE, "c12abd", None, ["seat_absent"]),
    (OLD, "final_evaluation", NINE, "c12sab", None, []),
    (OLD, "final_evaluation", NINE, "c12sa", None, ["too_few_present"]),
    (OLD, "appraisal", TEAM, "cvfp", None, []),                                   # 4/5 with the panel's representative
    (OLD, "appraisal", TEAM, "vfps", None, []),                                   # the head is not named
    (OLD, "appraisal", TEAM, "cvfs", None, ["seat_absent"]),
    (OLD, "appraisal", TEAM, "cfp", None, ["too_few_present"]),
]


@pytest.mark.parametrize(("rules", "panel", "seats", "present", "letter", "missing"), SESSIONS)
def test_a_session_is_valid_only_with_enough_of_the_right_people(rules, panel, seats, present, letter, missing):
    found = quorum(rules[PanelKind(panel)].quorum, seats, set(present), authorised_vice=letter)
    assert [reason.code for reason in found.missing] == missing
    assert found.met is (missing == [])


def test_what_is_missing_is_said_in_numbers():
    found = quorum(OLD[PanelKind.SELECTION].quorum, NINE, {"c", "1", "a"})
    assert (found.members, found.present, found.needed) == (9, 3, 6)
    assert found.missing == (
        Reason("too_few_present", {"present": 3, "members": 9, "needed": 6}),
        Reason("seat_absent", {"seat": "reviewer", "present": 1, "needed": 2}),
    )
    assert [say(reason) for reason in found.missing] == [
        "Có mặt 3 trên 9 thành viên, cần ít nhất 6.", "Thiếu ủy viên phản biện: có mặt 1, cần 2.",
    ]
    with speaking("en"):
        assert say(found.missing[1]) == "Missing: assigned reviewer. Present 1, needed 2."


def test_strangers_in_the_room_do_not_count():
    assert quorum(OLD[PanelKind.SELECTION].quorum, NINE, {"c", "1", "2", "x", "y", "z"}).present == 3


def test_the_share_is_rounded_up_exactly():
    for members in range(1, 60):
        seats = {number: "member" for number in range(members)}
        for share in (Fraction(2, 3), Fraction(3, 4), Fraction(4, 5), Fraction(1, 2)):
            needed = quorum(QuorumRule(share=share, named=()), seats, set()).needed
            assert (needed - 1) * share.denominator < members * share.numerator <= needed * share.denominator


def test_an_empty_panel_never_has_a_quorum():
    assert not quorum(QuorumRule(share=Fraction(0), named=()), {}, set()).met


def test_a_chair_who_may_not_be_stood_in_for_must_come():
    rule = QuorumRule(
        share=Fraction(1, 2), named=(NamedSeat(seat=Seat.CHAIR, at_least=1, authorised_vice_may_stand_in=False),)
    )
    assert [reason.code for reason in quorum(rule, NINE, set("v12abd"), authorised_vice="v").missing] == ["seat_absent"]


MAKE_UPS = [
    (NINE, []),
    (SEVEN, []),
    ({p: s for p, s in SEVEN.items() if p != "a"}, ["too_few_members"]),
    (NINE | {"g": "member"}, ["too_many_members"]),
    (NINE | {"c": "member"}, ["seat_unfilled"]),
    (NINE | {"1": "member"}, ["seat_unfilled"]),
    (NINE | {"a": "reviewer"}, ["seat_overfilled"]),
    (NINE | {"a": "chair", "s": "member"}, ["seat_overfilled", "seat_unfilled"]),
]


@pytest.mark.parametrize(("seats", "faults"), MAKE_UPS)
def test_a_panel_is_founded_only_with_the_members_and_seats_of_the_rules(seats, faults):
    found = make_up(OLD[PanelKind.SELECTION], seats)
    assert [fault.code for fault in found] == faults
    for fault in found:
        vietnamese = say(fault)
        with speaking("en"):
            assert say(fault) != vietnamese
