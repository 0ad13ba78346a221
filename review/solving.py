"""Asking the mathematics: a question goes to a process of its own, with a time limit; the server itself never loads it."""

import asyncio
import json
import os
import sys

from grants.shell.config import ROOT

ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


class Unsolved(Exception):
    """The process gave no answer: it ran out of time, or failed."""


async def ask(question: dict, *, seconds: float = 60) -> dict:
    """The answer of `review.solvers` to a question, or `Unsolved`. Everything is JSON; positions, not ids."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "review.solvers", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE, cwd=ROOT, env=os.environ | ONE_THREAD,
    )
    try:
        said, trouble = await asyncio.wait_for(process.communicate(json.dumps(question).encode()), seconds)
    except TimeoutError:
        raise Unsolved(f"{question['ask']}: no answer within {seconds} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise Unsolved(f"{question['ask']}: {trouble.decode(errors='replace')[-2000:]}")
    return json.loads(said)
