"""An assignment asked for: which method answers it, what is proven, what cannot be met, and who would stand in."""

from dataclasses import replace

import numpy as np

from review.solvers import fair, lottery
from review.solvers.network import Network, Problem, cheapest, nested, prices, unmet

PRICED = 20_000  # so many pairs are priced for a change by hand; beyond it only the answer is given
ALTERNATES = 5


def answer(question: dict) -> dict:
    """Solve the question: `aim` is "total", "worst" or "lot" (with `cap` in percent and `seed`)."""
    problem = read(question)
    extra = {"most_experts": question.get("most_experts"), "sitting": frozenset(question.get("sitting", ()))}
    flowing = nested(problem.groups) and extra["most_experts"] is None
    seconds = question.get("seconds", 60)
    if question["aim"] == "lot":
        return by_lot(problem, question)
    pairs, network = cheapest(problem if nested(problem.groups) else in_line(problem))
    if question["aim"] == "worst" and not network.flow[network.open].any():
        if found := fair.worst_first(problem, seconds=seconds, **extra):
            return told(problem, found.pairs, "worst", found.proven, found.bound, network if flowing else None, found.worst_bound)
        return told(problem, pairs, "flow", False, total_of(problem, pairs), network, None)
    if not flowing:
        if found := fair.best_total(problem, seconds=seconds, **extra):
            return told(problem, found.pairs, "exact", found.proven, found.bound, None, None)
        return told(problem, [*problem.pinned], "none", False, 0, network, None) | {"short": unmet(network) or [everything(problem)]}
    return told(problem, pairs, "flow", True, total_of(problem, pairs), network, None)


def read(question: dict) -> Problem:
    whole = {name: np.array(question[name], np.int64) for name in ("demand", "load", "application", "expert", "value")}
    groups = tuple(np.array(group, np.int64) for group in question.get("groups", ()))
    return Problem(**whole, groups=groups, pinned=tuple(map(tuple, question.get("pinned", ()))))


def in_line(problem: Problem) -> Problem:
    """With only the first rule of groups: what a flow can say when the rules cross."""
    return replace(problem, groups=problem.groups[:1])


def everything(problem: Problem) -> dict:
    n, m = len(problem.demand), len(problem.load)
    return {"applications": list(range(n)), "experts": list(range(m)), "lacking": {}, "needed": int(problem.demand.sum()),
            "room": int(problem.load.sum())}


def by_lot(problem: Problem, question: dict) -> dict:
    """Drawn by lot under the cap; `chances` are the probabilities in percent, `bound` the best expected total."""
    network = lottery.chances(problem, question["cap"])
    left = network.problem
    pairs = [*problem.pinned, *lottery.drawn(network, question["seed"])]
    likely = [
        [int(left.application[pair]), int(left.expert[pair]), int(network.flow[pair])]
        for pair in np.flatnonzero(network.flow[network.pairs])
    ]
    expected = network.total // lottery.WHOLE + int(problem.worth(list(problem.pinned)).sum())
    return told(problem, pairs, "lot", True, expected, network, None, priced=False) | {"chances": likely}


def told(
    problem: Problem, pairs: list, method: str, proven: bool, bound: int, network: Network | None, worst_bound: int | None,
    priced: bool = True,
) -> dict:
    """The answer as it is kept."""
    sums = problem.worth(pairs)
    small = priced and network is not None and len(problem.value) <= PRICED and method == "flow" and proven
    return {
        "pairs": sorted(pairs), "method": method, "proven": proven, "total": int(sums.sum()), "bound": bound,
        "worst": int(sums.min()) if len(sums) else 0, "worst_bound": worst_bound,
        "short": unmet(network) if network is not None else [], "prices": prices(network) if small else [],
        "alternates": alternates(problem, pairs),
    }


def total_of(problem: Problem, pairs: list) -> int:
    return int(problem.worth(pairs).sum())


def alternates(problem: Problem, pairs: list[tuple[int, int]]) -> list[list[int]]:
    """For each application who would stand in, best first: allowed, with load left, not of a group that stays in it."""
    load, held = problem.load.copy(), [set() for _one in problem.demand]
    for a, e in pairs:
        load[e] -= 1
        held[a].add(e)
    order = np.lexsort((problem.expert, -problem.value, problem.application))
    found: list[list[int]] = [[] for _one in problem.demand]
    for a, e in zip(problem.application[order].tolist(), problem.expert[order].tolist(), strict=True):
        if load[e] > 0 and e not in held[a] and len(found[a]) < ALTERNATES and fits(problem, e, held[a]):
            found[a].append(e)
    return found


def fits(problem: Problem, expert: int, held: set[int]) -> bool:
    """Whether there is one of those who are there whom this expert could replace, with no group twice."""
    return not held or any(
        all(group[expert] < 0 or group[expert] not in {group[one] for one in held - {gone}} for group in problem.groups) for gone in held
    )
