"""Measure one instance in a process of its own: total, worst paper, milliseconds (clock and processor), most memory in MB, as JSON."""

import json
import sys
import time
from dataclasses import replace

import numpy as np

from review.solvers import fair
from review.solvers.__main__ import memory
from review.solvers.network import cheapest
from tests.review.instances import UNIT, problem


def refilled(asked, pairs: list) -> tuple[float, float, int, int]:
    """Milliseconds (by the clock, of the processor) to fill what a tenth of the reviewers' places leave open.

    Then how many were open, and how many of the others moved.
    """
    chance = np.random.default_rng(7)
    declined = set(chance.choice(len(pairs), len(pairs) // 10, replace=False).tolist())
    kept = [pair for n, pair in enumerate(pairs) if n not in declined]
    gone = {pairs[n] for n in declined}
    stays = np.array([pair not in gone for pair in zip(asked.application.tolist(), asked.expert.tolist(), strict=True)])
    began, worked = time.perf_counter(), time.process_time()
    again, _network = cheapest(replace(asked.only(stays), pinned=tuple(kept)))
    took, busy = 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - worked)
    assert not gone & set(again) and len(again) == len(pairs)
    return took, busy, len(declined), len(set(kept) - set(again))


def main(name: str, load: int, aim: str) -> None:
    asked = problem(name, load=load)
    began, worked = time.perf_counter(), time.process_time()
    said = {}
    if aim == "worst":
        found = fair.worst_first(asked, seconds=110)
        pairs, said = found.pairs, {"proven": found.proven, "bound": found.bound / UNIT, "worst_bound": found.worst_bound / UNIT}
    else:
        pairs, _network = cheapest(asked)
    said |= {"milliseconds": 1000 * (time.perf_counter() - began), "processor_ms": 1000 * (time.process_time() - worked)}
    if aim == "refill":
        said["refill_ms"], said["refill_processor_ms"], said["declined"], said["moved"] = refilled(asked, pairs)
    worth = asked.worth(pairs)
    print(json.dumps({"total": worth.sum() / UNIT, "worst": worth.min() / UNIT, "pairs": len(pairs), "memory_mb": memory()} | said))


main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
