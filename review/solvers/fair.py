"""The best worst-off application first, then the total; and rules that no flow can hold. Exact, by branch and bound (HiGHS)."""

import time
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_matrix, csr_matrix, hstack, vstack

from review.solvers.network import Problem


@dataclass(frozen=True)
class Found:
    """Pairs with what is proven of them; `bound`, `worst_bound`: no answer can be better."""

    pairs: list[tuple[int, int]]
    bound: int
    worst_bound: int | None
    proven: bool


@dataclass(frozen=True)
class Model:
    """Rows over the pairs (and, where the number of experts is limited, one column more for each expert)."""

    problem: Problem
    already: np.ndarray  # what the pinned pairs give each application
    most_experts: int | None = None
    sitting: frozenset[int] = frozenset()  # experts who count for nothing in `most_experts`

    @property
    def pairs(self) -> int:
        return len(self.problem.value)

    @property
    def width(self) -> int:
        return self.pairs + (len(self.problem.load) if self.most_experts is not None else 0)

    def rows(self, which: np.ndarray, height: int, weight: np.ndarray | None = None) -> csr_matrix:
        """One row for each value of `which`, over the pairs."""
        there = which >= 0
        values = np.ones(self.pairs) if weight is None else weight
        return coo_matrix((values[there], (which[there], np.flatnonzero(there))), shape=(height, self.width)).tocsr()

    def limits(self) -> tuple[csr_matrix, np.ndarray, np.ndarray]:
        """Demand exactly, load and groups at most: matrix, lower, upper."""
        p = self.problem
        n, m = len(p.demand), len(p.load)
        parts = [(self.rows(p.application, n), p.demand, p.demand), (self.rows(p.expert, m), np.zeros(m), p.load)]
        for group in p.groups:
            mine = group[p.expert]
            key = np.where(mine >= 0, p.application * (group.max() + 1) + mine, -1)
            _names, place = np.unique(key, return_inverse=True)
            place = np.where(mine >= 0, place.ravel(), -1)
            height = place.max(initial=0) + 1
            parts.append((self.rows(place, height), np.zeros(height), np.ones(height)))
        if self.most_experts is not None:
            parts += self.newcomers(m)
        return vstack([part[0] for part in parts]).tocsr(), *(np.concatenate([part[n] for part in parts]) for n in (1, 2))

    def newcomers(self, m: int) -> list[tuple]:
        """An expert who gets anything counts as one; those who sit already do not."""
        p, new = self.problem, np.array([e not in self.sitting for e in range(m)], float)
        works = self.rows(np.arange(self.pairs), self.pairs).tolil()
        works[np.arange(self.pairs), self.pairs + p.expert] = -1
        count, most = csr_matrix(np.concatenate([np.zeros(self.pairs), new])[None, :]), np.full(1, float(self.most_experts))
        return [(works.tocsr(), np.full(self.pairs, -np.inf), np.zeros(self.pairs)), (count, np.zeros(1), most)]

    def best_total(self, least: int, seconds: float):
        """The best total in which each application gets at least `least`; SciPy's own answer."""
        p, (matrix, lower, upper) = self.problem, self.limits()
        rules = [LinearConstraint(matrix, lower, upper)]
        if least > 0:
            worth = self.rows(p.application, len(p.demand), p.value.astype(float))
            rules.append(LinearConstraint(worth, least - self.already - 0.5, np.inf))  # half a unit: values are whole
        cost = np.concatenate([-p.value, np.zeros(self.width - self.pairs)]).astype(float)
        return milp(
            cost, integrality=np.ones(self.width), bounds=Bounds(0, 1), constraints=rules,
            options=within(seconds),
        )

    def worst_with(self, whole: bool, seconds: float):
        """The best worst-off application; with `whole` false a bound on it, in a moment."""
        p, (matrix, lower, upper) = self.problem, self.limits()
        n = len(p.demand)
        worth = hstack([-self.rows(p.application, n, p.value.astype(float)), np.ones((n, 1))]).tocsr()
        matrix = hstack([matrix, csr_matrix((matrix.shape[0], 1))]).tocsr()
        cost = np.zeros(self.width + 1)
        cost[-1] = -1
        limits = [LinearConstraint(matrix, lower, upper), LinearConstraint(worth, -np.inf, self.already)]
        bounds = Bounds(0, np.concatenate([np.ones(self.width), [np.inf]]))
        if whole:
            kinds = np.concatenate([np.ones(self.width), [0]])
            return milp(cost, integrality=kinds, bounds=bounds, constraints=limits, options=within(seconds))
        equal, other = lower == upper, lower != upper  # every other row is an upper limit over what is not negative
        return linprog(
            cost, A_ub=vstack([matrix[other], worth]), b_ub=np.concatenate([upper[other], self.already]),
            A_eq=matrix[equal], b_eq=lower[equal], bounds=np.stack([bounds.lb + np.zeros(self.width + 1), bounds.ub], axis=1),
        )


def within(seconds: float) -> dict:
    return {"time_limit": max(seconds, 0.1), "mip_rel_gap": 0}


def model(problem: Problem, **more) -> Model:
    left = problem.without_pins
    return Model(left, problem.worth(list(problem.pinned)).astype(float), **more)


def taken(problem: Problem, left: Problem, solution) -> list[tuple[int, int]]:
    on = solution.x[:len(left.value)] > 0.5
    return [*problem.pinned, *zip(left.application[on].tolist(), left.expert[on].tolist(), strict=True)]


def best_total(problem: Problem, *, seconds: float, most_experts: int | None = None, sitting: frozenset[int] = frozenset()) -> Found | None:
    """The best total under rules that no flow holds; None when there is no answer (or none was found in time)."""
    asked = model(problem, most_experts=most_experts, sitting=sitting)
    if not asked.width:
        return only_pinned(problem, asked)
    solution = asked.best_total(0, seconds)
    if solution.x is None:
        return None
    return Found(taken(problem, asked.problem, solution), bound_of(solution, asked), None, solution.status == 0)


def only_pinned(problem: Problem, asked: Model) -> Found | None:
    """Where no pair is left to choose: what is pinned, if that is all that is asked for."""
    if asked.problem.demand.any():
        return None
    return Found(list(problem.pinned), int(asked.already.sum()), int(asked.already.min(initial=0)), True)


def bound_of(solution, asked: Model) -> int:
    """No total can be higher, pinned pairs included."""
    dual = solution.mip_dual_bound if solution.mip_dual_bound is not None else solution.fun
    return int(np.floor(-dual + 1e-6)) + int(asked.already.sum())


def worst_first(
    problem: Problem, *, seconds: float, most_experts: int | None = None, sitting: frozenset[int] = frozenset()
) -> Found | None:
    """The best worst-off application, then the best total; None when it was not done in time."""
    until = time.monotonic() + seconds
    asked = model(problem, most_experts=most_experts, sitting=sitting)
    if not asked.width:
        return only_pinned(problem, asked)
    relaxed = asked.worst_with(False, seconds)
    if relaxed.x is None:
        return None
    most = int(np.floor(-relaxed.fun + 1e-6))
    solution = asked.best_total(most, until - time.monotonic())
    if solution.status == 2:  # the bound cannot be reached: find what can
        whole = asked.worst_with(True, until - time.monotonic())
        if whole.x is None or whole.status != 0:
            return None
        most = round(-whole.fun)
        solution = asked.best_total(most, until - time.monotonic())
    if solution.x is None:
        return None
    return Found(taken(problem, asked.problem, solution), bound_of(solution, asked), most, solution.status == 0)
