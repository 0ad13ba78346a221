"""The assignment on instances whose best values are known, each in a process of its own: found beside known, time, memory."""

import asyncio
import csv
import json
import subprocess
import sys
import time

from grants.shell.config import ROOT
from tests.review.instances import HERE

HEADS = ["assignment", "total", "best known", "worst paper", "best known", "ms", "MB", "refill ms (10 % declined)", "others moved"]
ASKED = [("aamas2015", "12", "refill", "1406.25", "–"), ("aamas2015", "12", "worst", "1375.75", "1.50"),
         ("iclr2018", "6", "refill", "1033.1946", "0.4708")]
PRINTED = [2.44, 4.06, 4.09, 4.12, 5.08, 6.19, 7.34, 7.26, 8.43, 9.42, 10.4, 11.4, 13.0, 13.0, 13.7]


def rows() -> list[list]:
    """One line an instance; `iclr2018` is kept in half precision, so its total differs in the fifth digit."""
    return [row(*asked) for asked in ASKED]


def row(name: str, load: str, aim: str, total: str, worst: str) -> list:
    said = json.loads(subprocess.run(
        [sys.executable, "-m", "tests.review.instances", name, load, aim], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout)
    refilled = [f"{said['refill_ms']:.0f} ({said['declined']})", said["moved"]] if "refill_ms" in said else ["–", "–"]
    what = f"{name}, worst-off first" if aim == "worst" else f"{name}, best total"
    return [what, f"{said['total']:.4f}", total, f"{said['worst']:.4f}", worst, f"{said['milliseconds']:.0f}", said["memory_mb"], *refilled]


def ranks() -> str:
    """How far the expected ranks of the mock panel are from the printed ones, at most."""
    from review import solving

    with (HERE / "erforresearch_mock.csv").open() as opened:
        found = [line for line in csv.DictReader(opened) if line["panel"] == "p1"]
    grades = [[int(line["proposal"][1:]) - 1, int(line["assessor"][2:]) - 1, float(line["num_grade_6best"])] for line in found]
    began = time.perf_counter()
    said = asyncio.run(solving.ask({"ask": "ranks", "grades": grades, "seed": 2022}))
    off = max(abs(ours - theirs) for ours, theirs in zip(said["expected"], PRINTED, strict=True))
    took = 1000 * (time.perf_counter() - began)
    return f"expected ranks of mock panel 1: at most {off:.2f} off the printed ones; {took:.0f} ms, the process included"
