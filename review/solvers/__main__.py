"""python -m review.solvers: a question as JSON on standard input, its answer as JSON on standard output, one a process."""

import json
import resource
import sys
import time
from importlib import import_module

ANSWERS = {
    "similarity": "review.solvers.likeness:answer",
    "assignment": "review.solvers.assigning:answer",
    "ranks": "review.solvers.ranks:answer",
    "funding": "review.solvers.funding:answer",
}


def main() -> None:
    question, began = json.load(sys.stdin), time.perf_counter()
    module, _colon, name = ANSWERS[question["ask"]].partition(":")
    answer = getattr(import_module(module), name)(question)
    answer |= {"milliseconds": round(1000 * (time.perf_counter() - began)), "memory_mb": memory()}
    json.dump(answer, sys.stdout)


def memory() -> int:
    """The most memory that this process has held, in MB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
