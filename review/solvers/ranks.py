"""Expected ranks under the published Bayesian model: how sure a ranking is, and how strict each judge.

Heyard, Ott, Salanti, Egger: Rethinking the Funding Line at the Swiss National Science Foundation: Bayesian Ranking and
Lottery (Statistics and Public Policy, 2022); package ERforResearch. The grade of application i by judge j is
normal around mean + θ_i + λ_ij with variance σ²; θ_i ~ N(0, τ_θ²), λ_ij ~ N(ν_j, τ_λ²), ν_j ~ N(0, 0.5²);
τ_θ, τ_λ, σ ~ uniform(0, 2); grades run from 1 to 6. A judge grades an application once, so σ² and τ_λ² only ever occur as
their sum, and what is left is drawn exactly: the two scales from a fine grid of their posterior, all else normal.
No chain, nothing to converge; a fixed seed.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve

WIDEST, JUDGES = 2.0, 0.5  # upper end of the uniform priors; how far judges differ beforehand
STEPS, DRAWS = 60, 20_000


def answer(question: dict) -> dict:
    """`grades`: [application, judge, grade] by position, grades from 1 to 6 with 6 the best.

    Expected rank and the middle half of its distribution for each application, each judge's offset (middle and its
    quarter points, in grades), and `above`: the probability (percent) that one application is better than another.
    """
    grades = np.array([grade for _a, _j, grade in question["grades"]], float)
    application = np.array([a for a, _j, _g in question["grades"]])
    judge = np.array([j for _a, j, _g in question["grades"]])
    n, m = int(application.max()) + 1, int(judge.max()) + 1
    drawn = draws(grades, application, judge, n, m, np.random.default_rng(question["seed"]))
    theta, nu = drawn[:, :n], drawn[:, n:]
    rank = 1 + (theta[:, None, :] > theta[:, :, None]).sum(axis=2)
    return {
        "expected": rounded(rank.mean(axis=0)), "low": np.quantile(rank, 0.25, axis=0).round().astype(int).tolist(),
        "high": np.quantile(rank, 0.75, axis=0).round().astype(int).tolist(),
        "offset": rounded(nu.mean(axis=0)), "offset_low": rounded(np.quantile(nu, 0.25, axis=0)),
        "offset_high": rounded(np.quantile(nu, 0.75, axis=0)),
    }


def rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), 3) for value in values]


def draws(grades, application, judge, n: int, m: int, chance: np.random.Generator) -> np.ndarray:
    """Draws of (θ, ν) from their posterior, one a row."""
    count = len(grades)
    who = np.zeros((count, n + m))
    who[np.arange(count), application] = who[np.arange(count), n + judge] = 1
    away = grades - grades.mean()
    spread, noise, weight = grid()
    likely = np.array([evidence(away, who, n, m, tau, s) for tau, s in zip(spread, noise, strict=True)]) + np.log(weight)
    share = np.exp(likely - likely.max())
    cells = np.bincount(chance.choice(len(share), DRAWS, p=share / share.sum()), minlength=len(share))
    return np.concatenate([
        given_scales(away, who, n, m, spread[cell], noise[cell], int(cells[cell]), chance) for cell in np.flatnonzero(cells)
    ])


def grid() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """τ_θ, the deviation s of one grade around the mean of its kind, and how likely s is when σ and τ_λ are uniform."""
    tau = (np.arange(STEPS) + 0.5) * WIDEST / STEPS
    s = (np.arange(STEPS) + 0.5) * WIDEST * np.sqrt(2) / STEPS
    inside = np.where(s <= WIDEST, np.pi / 2, np.arcsin(np.minimum(1, WIDEST / s)) - np.arccos(np.minimum(1, WIDEST / s)))
    taus, deviations = np.meshgrid(tau, s, indexing="ij")
    return taus.ravel(), deviations.ravel(), np.broadcast_to(np.maximum(s * inside, 1e-12), taus.shape).ravel()


def prior(n: int, m: int, tau: float) -> np.ndarray:
    return np.concatenate([np.full(n, tau**2), np.full(m, JUDGES**2)])


def evidence(away: np.ndarray, who: np.ndarray, n: int, m: int, tau: float, s: float) -> float:
    """log p(grades | scales), up to a constant, with θ and ν integrated out."""
    before = prior(n, m, tau)
    precision = np.diag(1 / before) + who.T @ who / s**2
    factor = cho_factor(precision)
    pull = who.T @ away / s**2
    determinant = 2 * np.log(np.diag(factor[0])).sum() + np.log(before).sum() + 2 * len(away) * np.log(s)
    return -0.5 * (determinant + away @ away / s**2 - pull @ cho_solve(factor, pull))


def given_scales(away, who, n: int, m: int, tau: float, s: float, count: int, chance: np.random.Generator) -> np.ndarray:
    """`count` draws of (θ, ν) when the scales are known: they are normal."""
    precision = np.diag(1 / prior(n, m, tau)) + who.T @ who / s**2
    root = np.linalg.cholesky(precision)
    middle = np.linalg.solve(precision, who.T @ away / s**2)
    return middle + np.linalg.solve(root.T, chance.standard_normal((n + m, count))).T
