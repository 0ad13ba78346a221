"""Instances of peer review whose best values are known; `python -m tests.review.instances NAME` measures one by itself."""

import gzip
from pathlib import Path

import numpy as np

from review.solvers.network import Problem

HERE = Path(__file__).parent
UNIT = 10_000_000  # whole units to one of similarity


def problem(name: str, *, load: int, demand: int = 3) -> Problem:
    """An instance: `demand` reviewers a paper, at most `load` papers a reviewer."""
    if name == "iclr2018":
        kept = np.load(HERE / "iclr2018_top50.npz")
        expert, value = kept["expert"].astype(np.int64), kept["value"].astype(float)
        application = np.repeat(np.arange(len(expert)), expert.shape[1])
        return asked(application, expert.ravel(), value.ravel(), len(expert), 2435, load, demand)
    with gzip.open(HERE / f"{name}.in.gz", "rt") as opened:
        papers, reviewers, *bids = opened.read().split()
    similarity = np.array(bids, float).reshape(int(papers), int(reviewers))
    application, expert = np.nonzero(similarity)
    return asked(application, expert, similarity[application, expert], *similarity.shape, load, demand)


def asked(application, expert, value, papers: int, reviewers: int, load: int, demand: int) -> Problem:
    whole = np.rint(value * UNIT).astype(np.int64)
    return Problem(np.full(papers, demand), np.full(reviewers, load), application, expert, whole)
