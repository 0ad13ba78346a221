"""`python -m tests.bench`: seed, serve, ask, print. Times are only printed: compare them within one run, best as ratios."""

import argparse
import asyncio
import atexit
import contextlib
import gzip
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="grants-bench-"))
FOLDER.chmod(0o755)
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)  # the server's own farewell was noted later, so it comes before this
os.environ |= {"DATA_DIR": str(FOLDER), "WORK_INSIDE": "0"}
for name in ("DATABASE_URL", "OWNER_DATABASE_URL", "SMTP_URL", "FILES_URL", "GRANTS_MODE", "BASE_URL"):
    os.environ.pop(name, None)

import asyncpg  # noqa: E402 - after the settings above, which it reads
import httpx  # noqa: E402 - after the settings above, which it reads

from grants.shell import database, schema  # noqa: E402 - after the settings above, which it reads
from grants.shell.config import ROOT  # noqa: E402 - after the settings above, which it reads
from tests import makers  # noqa: E402 - after the settings above, which it reads
from tests.bench import assignment, world  # noqa: E402 - after the settings above, which it reads
from tests.bench.counted import Asked, counting  # noqa: E402 - after the settings above, which it reads
from tests.bench.load import Measured, get, measure, post  # noqa: E402 - after the settings above, which it reads

WORDS = "ca phe voi chiu han"  # one title in 800
COMMON = "sau rieng"  # one title in 40


@dataclass
class Page:
    """One thing that people do: by whom, where; `uses` takes an address off the supply each time."""

    name: str
    by: str | None
    paths: list[str]
    uses: bool = False
    bare: bool = True


def arguments() -> argparse.Namespace:
    asked = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    asked.add_argument("--applications", type=int, default=10_000, help="how many; leader's page and search also at a tenth and tenfold")
    asked.add_argument("--seconds", type=float, default=2.0, help="how long each measurement lasts, at most 3")
    asked.add_argument("--quick", action="store_true", help="half a second each, and not tenfold")
    asked.add_argument("--only", default="", help="only pages whose name holds this")
    chosen = asked.parse_args()
    chosen.seconds = 0.5 if chosen.quick else min(chosen.seconds, 3)
    chosen.supply = int(400 * chosen.seconds) + 100
    return chosen


@contextlib.contextmanager
def served(target: str, url: str) -> Iterator[tuple[int, subprocess.Popen]]:
    """A server process of its own on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--no-ws", "--host", "127.0.0.1", "--port", str(port),
               "--log-level", "warning", target]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"DATABASE_URL": url})
    try:
        until_it_answers(port)
        yield port, process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def until_it_answers(port: int) -> object:
    until = time.monotonic() + 20
    while True:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/sign-in").raise_for_status()
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def signed_in(port: int, account: str) -> tuple[str, str]:
    """The cookies of a demo account, and the token that its forms carry."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as browser:
        token = re.search(r'name="_csrf_token" value="([^"]+)"', browser.get("/sign-in").text)[1]
        answer = browser.post("/sign-in", data={"email": f"{account}@grants.test", "password": makers.PASSWORD, "_csrf_token": token})
        assert answer.status_code == 303, answer.text
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items()), token


def memory(process: subprocess.Popen) -> float:
    """MB held by the process that serves: the child of the one that was started."""
    listed = subprocess.run(["ps", "-A", "-o", "ppid=,rss="], capture_output=True, text=True, check=True).stdout.split()
    return max(int(rss) for parent, rss in zip(listed[::2], listed[1::2], strict=True) if int(parent) == process.pid) / 1024


async def pages(owner: asyncpg.Connection) -> list[Page]:
    async def addresses(shape: str, sql: str) -> list[str]:
        return [shape.format(row[0]) for row in await owner.fetch(sql)]

    handed_in = await addresses("/proposals/{}", "SELECT proposal FROM submission WHERE proposal < 900000 ORDER BY sha256 LIMIT 500")
    drafts = await addresses("/proposals/{}/submission", "SELECT id FROM proposal WHERE id > 900000 ORDER BY id")
    ballots = await addresses("/ballots/{}", "SELECT id FROM ballot WHERE panel = 900000 ORDER BY id")
    return [
        Page("sign-in page", None, ["/sign-in"]),
        Page("list, first page", "officer", ["/proposals"]),
        Page("list, filtered", "officer", ["/proposals?state=in_review"]),
        Page("list, searched", "officer", [f"/proposals?q={WORDS.replace(' ', '+')}"]),
        Page("list, own (researcher)", "researcher", ["/proposals"], bare=False),
        Page("application", "officer", handed_in),
        Page("review form", "expert1", ballots[-50:]),
        Page("leader's page", "leader", ["/overview"]),
        Page("public search", None, [f"/search?q={WORDS.replace(' ', '+')}"]),
        Page("public search, common", None, [f"/search?q={COMMON.replace(' ', '+')}"]),
        Page("hand in application", "researcher", drafts, uses=True, bare=False),
        Page("hand in ballot", "expert1", [f"{path}/submission" for path in ballots[:-50]], uses=True, bare=False),
    ]


class Bench:
    """One run: the two servers, who is signed in, and what is printed."""

    def __init__(self, chosen: argparse.Namespace, owner: asyncpg.Connection, port: int, bare: int):
        self.chosen, self.owner, self.port, self.bare = chosen, owner, port, bare
        self.bare_list = 1.0
        self.accounts = {name: signed_in(port, name) for name in ("officer", "researcher", "expert1", "leader")}

    def requests(self, page: Page) -> Iterator[bytes]:
        cookies, token = self.accounts[page.by] if page.by else ("", "")
        if page.uses:
            return (post(path, cookies, f"_csrf_token={token}") for path in page.paths)
        return cycle([get(path, cookies) for path in page.paths])

    async def times(self, requests: Iterator[bytes], connections: int) -> Measured:
        return await measure(self.port, requests, connections=connections, seconds=self.chosen.seconds)

    async def best(self, *asked: tuple[int, Iterator[bytes]]) -> list[Measured]:
        """Each (port, requests) over one connection, in turns; of its four turns the quickest, so that what else the machine
        does meanwhile spoils neither a time nor a ratio."""
        turn = self.chosen.seconds / 4
        turns = [[await measure(port, requests, connections=1, seconds=turn) for port, requests in asked] for _turn in range(4)]
        return [min((one for one in column if one.times), key=lambda one: one.median) for column in zip(*turns, strict=True)]

    async def measure_bare_list(self) -> None:
        """The one bare page that every page is held against besides its own: the list's first page."""
        requests = cycle([get("/proposals")])
        await measure(self.bare, requests, connections=2, seconds=0.2)
        self.bare_list = (await self.best((self.bare, requests)))[0].median

    async def row(self, page: Page, ask: Callable[..., Awaitable[Asked]]) -> list[object]:
        """Everything about one page."""
        cookies, token = self.accounts[page.by] if page.by else ("", "")
        body = f"_csrf_token={token}" if page.uses else ""
        for _warm in range(1 if page.uses else 3):
            asked = await ask("POST" if page.uses else "GET", page.paths.pop(0) if page.uses else page.paths[0], cookies, body)
        if asked.answer.status_code == 404:
            return [page.name, "not there yet"]
        if asked.answer.status_code not in (200, 303):
            said = " ".join(re.sub("<[^>]+>", " ", asked.answer.text.partition("<main")[2]).split())
            return [page.name, f"answered {asked.answer.status_code}: {said[:150]}"]
        requests = self.requests(page)
        await measure(self.port, requests, connections=2, seconds=0.1)
        bare = None
        if page.bare:
            plain = cycle([get(path) for path in page.paths])
            await measure(self.bare, plain, connections=2, seconds=0.1)
            one, bare = await self.best((self.port, requests), (self.bare, plain))
        else:
            one = (await self.best((self.port, requests)))[0]
        many = await self.times(requests, 16)
        content = asked.answer.content
        return [
            page.name, *(f"{m.rate:.0f}/s {m.median:.1f} {m.p95:.1f}" for m in (one, many)), len(asked.statements),
            f"{asked.seconds * 1000:.1f}", f"{len(content) / 1000:.1f}", f"{len(gzip.compress(content, 6)) / 1000:.1f}",
            f"{bare.median:.2f}" if bare else "–", f"{one.median / bare.median:.1f}" if bare else "–", f"{one.median / self.bare_list:.1f}",
            one.wrong + many.wrong + (bare.wrong if bare else 0),
        ]

    async def by_size(self, page: Page) -> str:
        """The median at one connection, for the rows that show how a page grows; a dash when there is no such page."""
        await measure(self.port, self.requests(page), connections=1, seconds=0.2)
        found = (await self.best((self.port, self.requests(page))))[0]
        return "–" if found.wrong else f"{found.median:.2f}"


HEADS = [
    "page", "1 conn: median p95 ms", "16 conn: median p95 ms", "SQL", "SQL ms", "kB", "kB gzip", "bare ms", "× bare",
    "× bare list", "wrong",
]
GROWING = ["leader's page", "list, searched", "public search", "public search, common"]


def printed(heads: list[str], rows: list[list]) -> None:
    """A table in plain text, column by column."""
    lines = [heads, *([str(value) for value in row] for row in rows)]
    widths = [max(len(line[n]) for line in lines if n < len(line)) for n in range(len(heads))]
    for first, *others in lines:
        print("  ".join([first.ljust(widths[0]), *(text.rjust(width) for text, width in zip(others, widths[1:], strict=False))]))
    print(flush=True)


async def run(chosen: argparse.Namespace) -> None:
    url = database.owner_url()
    await schema.create_database(url)
    await schema.migrate(url)
    owner = await asyncpg.connect(**database.connection(url))
    async with database.connected(config=database.connection(url), size=2):
        await world.settle(owner, supply=chosen.supply)
    sizes = [chosen.applications // 10, chosen.applications] + ([] if chosen.quick else [chosen.applications * 10])
    grown: dict[str, list[str]] = {}
    with served("grants.app:create_app", url) as (port, process), served("tests.bench.bare:create_app", url) as (bare, _process):
        bench = Bench(chosen, owner, port, bare)
        for size in sizes:
            await seed(owner, size, chosen)
            if size == chosen.applications:
                await world.stock(owner)
                await all_pages(bench, await pages(owner), chosen.only)
            for page in await pages(owner):
                if page.name in GROWING and chosen.only in page.name:
                    grown.setdefault(page.name, []).append(await bench.by_size(page))
        printed(["median ms, 1 connection", *(f"{size:,}" for size in sizes)], [[name, *found] for name, found in grown.items()])
        print(f"memory of the server process after all this: {memory(process):.0f} MB")
    await owner.close()


async def seed(owner: asyncpg.Connection, size: int, chosen: argparse.Namespace) -> None:
    began = time.perf_counter()
    await world.grow(owner, size, deep=chosen.applications)
    print(f"{size:,} applications are there ({time.perf_counter() - began:.0f} s)", flush=True)


async def all_pages(bench: Bench, found: list[Page], only: str) -> None:
    await bench.measure_bare_list()
    async with counting() as ask:
        rows = [await bench.row(page, ask) for page in found if only in page.name]
    printed(HEADS, rows)


if __name__ == "__main__":
    if arguments().only in ("", "assignment"):
        printed(assignment.HEADS, assignment.rows())
        print(assignment.ranks(), flush=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    asyncio.run(run(arguments()))
