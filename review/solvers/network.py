"""Who reviews what as a flow of least cost: the total is a proven optimum, limits are exact, and what cannot be met is named."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from ortools.graph.python import min_cost_flow


@dataclass(frozen=True)
class Problem:
    """Applications and experts by position; `application`, `expert`, `value` are the pairs that are allowed.

    `demand`: reviewers each application still needs; `load`: applications each expert may still take. `groups`: one
    array a rule, the group of each expert (−1: none); an application gets at most one expert of a group.
    `value` is a whole number; `pinned` are pairs (application, expert) that must be in the answer.
    """

    demand: np.ndarray
    load: np.ndarray
    application: np.ndarray
    expert: np.ndarray
    value: np.ndarray
    groups: tuple[np.ndarray, ...] = ()
    pinned: tuple[tuple[int, int], ...] = ()

    @cached_property
    def without_pins(self) -> "Problem":
        """What is left to decide once the pinned pairs stand: less demand, less load, no second one of their groups."""
        if not self.pinned:
            return self
        held, many = np.array(self.pinned, np.int64), len(self.load) + 1
        demand, load = self.demand.copy(), self.load.copy()
        np.subtract.at(demand, held[:, 0], 1)
        np.subtract.at(load, held[:, 1], 1)
        keep = ~np.isin(self.application * many + self.expert, held[:, 0] * many + held[:, 1])
        for group in self.groups:
            most = int(group.max(initial=0)) + 1
            theirs = group[held[:, 1]]
            taken = (held[:, 0] * most + theirs)[theirs >= 0]
            mine = group[self.expert]
            keep &= (mine < 0) | ~np.isin(self.application * most + mine, taken)
        return replace(self.only(keep), demand=np.maximum(demand, 0), load=np.maximum(load, 0), pinned=())

    def only(self, keep: np.ndarray) -> "Problem":
        """The same problem with only these pairs allowed."""
        return replace(self, application=self.application[keep], expert=self.expert[keep], value=self.value[keep])

    def worth(self, pairs: list[tuple[int, int]]) -> np.ndarray:
        """The sum of the values that each application gets from these pairs."""
        known = dict(zip(zip(self.application.tolist(), self.expert.tolist(), strict=True), self.value.tolist(), strict=True))
        sums = np.zeros(len(self.demand), np.int64)
        for a, e in pairs:
            sums[a] += known.get((a, e), 0)
        return sums


@dataclass
class Network:
    """The problem as arcs: source → application → (its groups) → expert → sink, and application → sink for what stays open.

    `scale` multiplies every limit (100: flows are percents); `most`: what a pair may carry at most.
    """

    problem: Problem
    scale: int = 1
    most: int = 1
    tails: np.ndarray = field(init=False)
    heads: np.ndarray = field(init=False)
    room: np.ndarray = field(init=False)
    cost: np.ndarray = field(init=False)
    flow: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        p, n, m = self.problem, len(self.problem.demand), len(self.problem.load)
        self.source, self.sink, self.n, self.m = n + m, n + m + 1, n, m
        self.short = int(p.value.max(initial=0) + 1) * (min(n, m) + 1) * 2  # leaving one open costs more than any exchange
        self.pair_tails, between = self.group_nodes(p)
        self.pairs = slice(0, len(p.value))
        self.open = slice(len(p.value), len(p.value) + n)
        applications, experts = np.arange(n), n + np.arange(m)
        blocks = [
            (self.pair_tails, n + p.expert, np.full(len(p.value), self.most), -p.value),
            (applications, np.full(n, self.sink), p.demand * self.scale, np.full(n, self.short)),
            (np.full(n, self.source), applications, p.demand * self.scale, np.zeros(n)),
            (experts, np.full(m, self.sink), p.load * self.scale, np.zeros(m)),
            (between[:, 0], between[:, 1], np.full(len(between), self.scale), np.zeros(len(between))),
        ]
        self.tails, self.heads, self.room, self.cost = (
            np.concatenate(column).astype(np.int64) for column in zip(*blocks, strict=True)
        )

    def group_nodes(self, p: Problem) -> tuple[np.ndarray, np.ndarray]:
        """Where each pair's arc begins, and the arcs of capacity one in between: (from, to).

        Groups must lie inside each other (`nested`); the first rule is the finest.
        """
        tails, arcs, free = p.application.copy(), [], self.sink + 1
        for group in reversed(p.groups):
            mine = group[p.expert]
            keys, inside, counts = np.unique(np.stack([tails, mine]), axis=1, return_inverse=True, return_counts=True)
            for key in np.flatnonzero((counts > 1) & (keys[1] >= 0)):
                arcs.append((int(keys[0, key]), free))
                tails[inside.ravel() == key] = free
                free += 1
        self.nodes = free
        return tails, np.array(arcs, np.int64).reshape(-1, 2)

    def solve(self) -> "Network":
        """Fill in the flow of least cost. Every amount is whole, so the answer is exact."""
        solver, needed = min_cost_flow.SimpleMinCostFlow(), int(self.problem.demand.sum()) * self.scale
        arcs = solver.add_arcs_with_capacity_and_unit_cost(self.tails, self.heads, self.room, self.cost)
        solver.set_nodes_supplies(np.array([self.source, self.sink]), np.array([needed, -needed]))
        if solver.solve() != solver.OPTIMAL:
            raise ArithmeticError("the flow of least cost was not found")
        self.flow = solver.flows(arcs)
        return self

    @property
    def total(self) -> int:
        """The value of the flow, what stays open not counted."""
        return int((self.flow[self.pairs] * self.problem.value).sum())

    def residual(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The exchanges that are left: (from, to, what one unit costs)."""
        forth, back = self.flow < self.room, self.flow > 0
        return (
            np.concatenate([self.tails[forth], self.heads[back]]), np.concatenate([self.heads[forth], self.tails[back]]),
            np.concatenate([self.cost[forth], -self.cost[back]]),
        )


def nested(groups: tuple[np.ndarray, ...]) -> bool:
    """Whether each group of a finer rule lies wholly inside one group of the next: then the flow is exact."""
    return all(
        len(set(coarse[fine == one].tolist())) == 1 for fine, coarse in zip(groups, groups[1:], strict=False)
        for one in np.unique(fine[fine >= 0])
    )


def cheapest(problem: Problem) -> tuple[list[tuple[int, int]], Network]:
    """The pairs of the best total, pinned ones first, and the network that proves it."""
    left = problem.without_pins
    network = Network(left).solve()
    on = network.flow[network.pairs] > 0
    return [*problem.pinned, *zip(left.application[on].tolist(), left.expert[on].tolist(), strict=True)], network


def unmet(network: Network) -> list[dict]:
    """What cannot be met, tightest part by part: which applications lack how many, and whose limits stand in the way."""
    lacking = network.flow[network.open] // network.scale + (network.flow[network.open] % network.scale > 0)
    tails, heads, _cost = network.residual()
    ways: dict[int, list[int]] = {}
    for tail, head in zip(tails.tolist(), heads.tolist(), strict=True):
        if head not in (network.sink, network.source) and tail != network.sink:
            ways.setdefault(tail, []).append(head)
    found, seen = [], set()
    for first in np.flatnonzero(lacking).tolist():
        if first not in seen:
            reached = reach(first, ways)
            seen |= reached
            found.append(described(network, sorted(reached), lacking))
    return found


def reach(first: int, ways: dict[int, list[int]]) -> set[int]:
    reached, edge = {first}, [first]
    while edge:
        for there in ways.get(edge.pop(), ()):
            if there not in reached:
                reached.add(there)
                edge.append(there)
    return reached


def described(network: Network, reached: list[int], lacking: np.ndarray) -> dict:
    applications = [node for node in reached if node < network.n]
    experts = [node - network.n for node in reached if network.n <= node < network.n + network.m]
    return {
        "applications": applications, "experts": experts, "lacking": {str(a): int(lacking[a]) for a in applications if lacking[a]},
        "needed": int(network.problem.demand[applications].sum()), "room": int(network.problem.load[experts].sum()),
    }


def prices(network: Network) -> list[tuple[int, int, int]]:
    """What the best total loses when a pair that is not in it is put in and all others may move: (application, expert, loss).

    The shortest way back in the network of exchanges; a pair that would leave an application open is left out.
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import johnson

    tails, heads, cost = network.residual()
    graph = csr_matrix((cost.astype(float), (heads, tails)), shape=(network.nodes, network.nodes))  # turned round: ways *to* a node
    p = network.problem
    out = np.flatnonzero(network.flow[network.pairs] == 0)
    places = np.unique(network.pair_tails[out])
    way = johnson(graph, directed=True, indices=places)
    loss = way[np.searchsorted(places, network.pair_tails[out]), network.n + p.expert[out]] - p.value[out]
    return [
        (int(p.application[pair]), int(p.expert[pair]), round(lost)) for pair, lost in zip(out, loss, strict=True)
        if lost < network.short // 2
    ]
