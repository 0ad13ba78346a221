"""The server and its PostgreSQL are killed in the middle of postings, ten times: nothing acknowledged is lost, nothing is
half there, and it serves again within five seconds without anybody's hand. A real `python -m grants serve` on the demo world."""

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest

from budget import allocations
from budget.tables import Allocation
from grants.calls.tables import Call
from grants.commands import PASSWORD
from grants.people import people
from grants.people.tables import Person
from grants.shell import database
from grants.shell.database import DB, rows
from tests.conftest import FOLDER

pytestmark = [pytest.mark.anyio, pytest.mark.drill, pytest.mark.timeout(400)]
YEAR, STREAM, EACH, SUPPLY, WRITERS, KILLS = 2026, "recurrent", 1_000, 3_000, 12, 10
AGAIN = 5.0  # seconds
LOST = (httpx.HTTPError, OSError)


class Served:
    """The running server: where it answers, its processes and its database."""

    def __init__(self, folder: Path):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {"DATA_DIR": str(folder), "PORT": str(self.port), "WORK_INSIDE": "1"}
        self.process = self.run("serve")

    def run(self, command: str) -> subprocess.Popen:
        log = (self.folder / f"{command}.log").open("w")
        return subprocess.Popen([sys.executable, "-m", "grants", command], env=self.environment, stdout=log, stderr=subprocess.STDOUT)

    def said(self, command: str) -> str:
        return (self.folder / f"{command}.log").read_text()[-3000:]

    @property
    def postmaster(self) -> int:
        return int((self.folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])

    @property
    def url(self) -> str:
        lines = (self.folder / "postgres" / "postmaster.pid").read_text().splitlines()
        return f"postgresql://postgres:@/grants?host={lines[4].strip()}"

    def postgres(self) -> list[int]:
        """The whole of PostgreSQL, the main process first."""
        main = psutil.Process(self.postmaster)
        return [main.pid, *(child.pid for child in main.children(recursive=True))]

    def whole_server(self) -> list[int]:
        """The process that `serve` keeps up, and its worker: all that serves."""
        main = next(child for child in psutil.Process(self.process.pid).children() if child.name() != "postgres")
        return [main.pid, *(child.pid for child in main.children(recursive=True))]

    def worker(self) -> list[int]:
        """The process that answers requests."""
        return self.whole_server()[-1:]

    async def up(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.address}/up", timeout=2)).status_code == 200
        except LOST:
            return False


@pytest.fixture
async def served():
    folder = FOLDER / "killed"
    folder.mkdir()
    found = Served(folder)
    async with httpx.AsyncClient() as client:
        while not await found.up(client):
            assert found.process.poll() is None, found.said("serve")
            await asyncio.sleep(0.3)
    yield found
    if found.process.poll() is None:
        found.process.send_signal(signal.SIGINT)
        await asyncio.to_thread(found.process.wait, 30)


async def supply(url: str) -> list[int]:
    """Allocations that an officer has proposed, each of 1.000 đồng; only the ledger's approval is still to come."""
    async with database.connected(config=database.connection(url) | database.as_app(), size=4):
        officer = await people.person((await Person.objects().where(Person.email == "officer@grants.test").first()).id)
        call = await Call.objects().where((Call.year == YEAR) & (Call.state == Call.State.PUBLISHED)).first()
        async with DB.transaction():
            asked = [await allocations.propose(call, stream=STREAM, year=YEAR, amount=EACH, by=officer) for _n in range(SUPPLY)]
        return [one.id for one in asked]


async def signed_in(address: str) -> httpx.AsyncClient:
    client = httpx.AsyncClient(base_url=address, timeout=10)
    await client.get("/sign-in")
    answer = await client.post("/sign-in", data={
        "email": f"{STREAM}@grants.test", "password": PASSWORD, "_csrf_token": client.cookies["csrftoken"],
    })  # fmt: skip
    assert answer.status_code == 303, answer.text[-500:]
    return client


class Approving:
    """A finance officer at many windows approves one allocation after the other; without an answer, the same one again."""

    def __init__(self, officer: httpx.AsyncClient, waiting: list[int]):
        self.officer, self.waiting = officer, iter(waiting)
        self.told: dict[int, str] = {}  # what the server said is approved → the decision's number
        self.lost, self.over, self.last = 0, False, time.monotonic()

    async def work(self, name: int) -> None:
        for id in self.waiting:
            for attempt in itertools.count():
                if self.over or await self.approve(id, f"K{name}-{id}-{attempt}"):
                    break

    async def approve(self, id: int, number: str) -> bool:
        """Whether this allocation is decided now."""
        try:
            answer = await self.officer.post(f"/allocations/{id}/approval", data={
                "number": number, "on": "20/11/2026", "_csrf_token": self.officer.cookies["csrftoken"],
            })  # fmt: skip
        except LOST:
            answer = None
        if answer is not None and answer.status_code == 303:
            self.told[id], self.last = number, time.monotonic()
            return True
        if answer is not None and answer.status_code == 409:  # an answer was lost on its way, the decision was not
            return True
        self.lost += 1
        await asyncio.sleep(0.3)
        return False


async def killed_and_back(served: Served, approving: Approving, victims: Callable[[], list[int]]) -> tuple[float, float]:
    """Kill them all at once; seconds until it serves again, and until the next posting is acknowledged."""
    async with httpx.AsyncClient() as client:
        for pid in victims():
            with contextlib.suppress(ProcessLookupError):  # the main process is dead already, and this one went with it
                os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        await asyncio.sleep(0.1)
        while not await served.up(client):
            assert time.monotonic() - began < 60, f"not back after {victims.__name__}"
            await asyncio.sleep(0.05)
        up = time.monotonic()
    while approving.last < up:
        assert time.monotonic() - up < 60, f"no posting after {victims.__name__}"
        await asyncio.sleep(0.05)
    return up - began, approving.last - began


async def test_ten_kills_in_the_middle_of_postings_lose_nothing(served):
    approving = Approving(await signed_in(served.address), await supply(served.url))
    writers = [asyncio.create_task(approving.work(n)) for n in range(WRITERS)]
    kinds = itertools.cycle([served.worker, served.postgres, served.whole_server, served.postgres])
    times = []
    for victims in itertools.islice(kinds, KILLS):
        await asyncio.sleep(1)
        times.append((victims.__name__, *await killed_and_back(served, approving, victims)))
    await asyncio.sleep(1)
    approving.over = True
    await asyncio.gather(*writers)
    await approving.officer.aclose()
    print(f"\n{len(approving.told)} acknowledged, {approving.lost} lost; up and posting again after (s)",
          [f"{who} {up:.1f} {posted:.1f}" for who, up, posted in times])
    assert approving.lost > 0 and len(approving.told) < SUPPLY, "the kills did not fall into postings"
    await nothing_is_lost_or_half_there(served, approving.told)
    assert await asyncio.to_thread(served.run("check").wait, 120) == 0, served.said("check")
    assert [each for each in times if each[1] > AGAIN] == []


async def nothing_is_lost_or_half_there(served: Served, told: dict[int, str]) -> None:
    """What was acknowledged stands under its number, once; what stands, acknowledged or not, stands whole."""
    async with database.connected(config=database.connection(served.url) | database.as_app(), size=2):
        found = await rows("SELECT id, document_number, state, entry FROM allocation WHERE amount = $1", EACH)
        approved = {row["id"]: row for row in found if row["state"] == Allocation.State.APPROVED}
        assert {id: approved[id]["document_number"] for id in told} == told
        entries = await rows("SELECT id, amount, document_number FROM ledger_entry WHERE amount = $1 AND document_number LIKE 'K%'", EACH)
        assert sorted(row["id"] for row in entries) == sorted(row["entry"] for row in approved.values())
