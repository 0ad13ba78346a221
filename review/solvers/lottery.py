"""Drawing by lot against collusion: no pair is more likely than its cap, and the expected total is the best under that cap.

Jecmen et al., Mitigating Manipulation in Peer Review via Randomized Reviewer Assignments (NeurIPS 2020). Probabilities are
whole percents, so the best ones are a flow of least cost with every limit a hundredfold; the draw turns cycles of
fractional flow one way or the other by chance until all is whole, which keeps every limit and every probability.
"""

import numpy as np

from review.solvers.network import Network, Problem

WHOLE = 100


def chances(problem: Problem, cap: int) -> Network:
    """The best probabilities in percent, none above `cap`; pinned pairs stand outside the lot."""
    return Network(problem.without_pins, scale=WHOLE, most=cap).solve()


def drawn(network: Network, seed: int) -> list[tuple[int, int]]:
    """One assignment drawn by its probabilities; the same seed draws the same."""
    flow, chance = network.flow.copy(), np.random.default_rng(seed)
    touching: dict[int, set[int]] = {}
    for arc in np.flatnonzero(flow % WHOLE).tolist():
        touching.setdefault(int(network.tails[arc]), set()).add(arc)
        touching.setdefault(int(network.heads[arc]), set()).add(arc)
    while cycle := next_cycle(touching, network):
        turn(flow, cycle, chance)
        for arc, _way in cycle:
            if flow[arc] % WHOLE == 0:
                for node in (int(network.tails[arc]), int(network.heads[arc])):
                    touching[node].discard(arc)
    on = flow[network.pairs] == WHOLE
    p = network.problem
    return list(zip(p.application[on].tolist(), p.expert[on].tolist(), strict=True))


def next_cycle(touching: dict[int, set[int]], network: Network) -> list[tuple[int, int]]:
    """A cycle of fractional arcs, each with the way it is walked (1 along it, −1 against it); empty when all is whole."""
    for node in [node for node, arcs in touching.items() if not arcs]:
        del touching[node]
    if not touching:
        return []
    node, came, walked, places = next(iter(touching)), None, [], {}
    while node not in places:
        places[node] = len(walked)
        arc = min(one for one in touching[node] if one != came)
        forth = int(network.tails[arc]) == node
        walked.append((arc, 1 if forth else -1))
        node, came = int(network.heads[arc] if forth else network.tails[arc]), arc
    return walked[places[node]:]


def turn(flow: np.ndarray, cycle: list[tuple[int, int]], chance: np.random.Generator) -> None:
    """Send flow round the cycle one way or the other, as far as something becomes whole, so that nothing changes on average."""
    arcs, ways = np.array([arc for arc, _way in cycle]), np.array([way for _arc, way in cycle])
    over = flow[arcs] % WHOLE
    forth = int(np.where(ways > 0, WHOLE - over, over).min())
    back = int(np.where(ways > 0, over, WHOLE - over).min())
    flow[arcs] += ways * (forth if chance.random() * (forth + back) < back else -back)
