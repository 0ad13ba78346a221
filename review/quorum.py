"""Whether a panel is made up as the rule set says, and whether enough of the right people sit to hold a session."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from grants.rules.content import NamedSeat, PanelRule, QuorumRule, Seat
from review.reasons import Reason


@dataclass(frozen=True)
class Quorum:
    """`needed` of `members` must be present; what is `missing` says why the session cannot be held."""

    members: int
    present: int
    needed: int
    missing: tuple[Reason, ...]

    @property
    def met(self) -> bool:
        return not self.missing


def quorum(
    rule: QuorumRule, seats: Mapping[Any, Seat | str], present: Collection[Any], *, authorised_vice: Any = None
) -> Quorum:
    """Is the session valid? `seats`: person → voting seat; `present`: who is there, in the room or remote.

    `authorised_vice` is the vice chair who holds the chair's delegation letter for this session. Where several
    applications have reviewers of their own, ask for each application with its own reviewers' seats as "reviewer".
    """
    there = [person for person in seats if person in present]
    needed = ceil(rule.share * len(seats))
    missing = [] if len(there) >= needed and there else [
        Reason("too_few_present", {"present": len(there), "members": len(seats), "needed": max(needed, 1)})
    ]
    filled = Counter(Seat(seats[person]) for person in there)
    chaired = authorised_vice in there and seats[authorised_vice] == Seat.VICE_CHAIR
    missing += [_absence(named, filled) for named in rule.named if not _is_there(named, filled, chaired)]
    return Quorum(len(seats), len(there), needed, tuple(missing))


def _is_there(named: NamedSeat, filled: Counter, chaired: bool) -> bool:
    return filled[named.seat] >= named.at_least or (named.authorised_vice_may_stand_in and chaired)


def _absence(named: NamedSeat, filled: Counter) -> Reason:
    if named.authorised_vice_may_stand_in:
        return Reason("vice_not_authorised" if filled[Seat.VICE_CHAIR] else "chair_absent")
    return Reason("seat_absent", {"seat": named.seat.value, "present": filled[named.seat], "needed": named.at_least})


def make_up(rule: PanelRule, seats: Mapping[Any, Seat | str]) -> tuple[Reason, ...]:
    """What is wrong with a panel's members and seats before it can be founded; empty when all is right."""
    filled = Counter(Seat(seat) for seat in seats.values())
    faults = []
    if len(seats) < rule.least_members:
        faults.append(Reason("too_few_members", {"members": len(seats), "needed": rule.least_members}))
    if len(seats) > rule.most_members:
        faults.append(Reason("too_many_members", {"members": len(seats), "allowed": rule.most_members}))
    for wanted in rule.seats:
        values = {"seat": wanted.seat.value, "filled": filled[wanted.seat]}
        if filled[wanted.seat] < wanted.least:
            faults.append(Reason("seat_unfilled", values | {"needed": wanted.least}))
        if filled[wanted.seat] > wanted.most:
            faults.append(Reason("seat_overfilled", values | {"allowed": wanted.most}))
    return tuple(faults)
