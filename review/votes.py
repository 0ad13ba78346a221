"""Whether a motion is carried, and a topic panel's ballot on a topic (TT 06/2023/TT-BKHCN)."""

from collections.abc import Iterable

from grants.rules.content import Base, VoteRule


def is_carried(rule: VoteRule, *, yes: int, ballots: int, present: int, members: int) -> bool:
    """Do the votes in favour make up the share of the base that the rule asks for (or, strictly, more than it)?"""
    if not 0 <= yes <= ballots <= present <= members:
        raise ValueError("votes in favour, ballots, members present and members cannot be fewer each than the one before")
    base = {Base.BALLOTS: ballots, Base.PRESENT: present, Base.MEMBERS: members}[rule.base]
    return base > 0 and (yes > rule.share * base or (yes == rule.share * base and not rule.strictly))


def is_in_favour(items: Iterable[bool]) -> bool:
    """A ballot says «Thực hiện» only if every item of it is «Đạt»."""
    found = list(items)
    return bool(found) and all(found)
