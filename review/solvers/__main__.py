"""python -m review.solvers: a question as JSON on standard input, its answer as JSON on standard output, one a process."""

import json
import resource
import sys
import time
from importlib import import_module
from pathlib import Path

ANSWERS = {
    "similarity": "review.solvers.likeness:answer",
    "assignment": "review.solvers.assigning:answer",
    "ranks": "review.solvers.ranks:answer",
    "funding": "review.solvers.funding:answer",
}
STATUS = Path("/proc/self/status")


def main() -> None:
    question, began = json.load(sys.stdin), time.perf_counter()
    module, _colon, name = ANSWERS[question["ask"]].partition(":")
    answer = getattr(import_module(module), name)(question)
    answer |= {"milliseconds": round(1000 * (time.perf_counter() - began)), "memory_mb": memory()}
    json.dump(answer, sys.stdout)


def memory() -> int:
    """The most memory that this process has held since it began, in MB.

    Where the system keeps the peak of the running program (Linux), that is read: the one of getrusage is
    inherited over fork and exec, so a small program started by a large one would be said to be large.
    """
    if STATUS.exists():
        return peak(STATUS.read_text()) // 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // (1024 * 1024 if sys.platform == "darwin" else 1024)


def peak(status: str) -> int:
    """VmHWM of /proc/self/status, in kB."""
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main()
