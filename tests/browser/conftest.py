"""A real server process on a copy of the demo world, and a real Chromium in front of it."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from playwright.async_api import async_playwright

from tests.browser.person import InFront
from tests.conftest import FOLDER
from tests.world import copied

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = [
    "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-sync",
    "--no-first-run", "--metrics-recording-only", "--disable-features=Translate,OptimizationHints,MediaRouter", "--mute-audio",
]


@pytest.fixture(scope="module")
async def province(demo_world):
    """The application's connections to a copy of the demo world: for makers and for looking at what came of it."""
    async with copied(demo_world) as url:
        yield url


@pytest.fixture(scope="module")
async def address(province):
    """Where the server listens: `python -m grants serve`, as anybody starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = FOLDER / f"serving-{port}"
    environment = os.environ | {
        "DATABASE_URL": province, "DATA_DIR": str(own), "PORT": str(port), "WORK_INSIDE": "1", "FILES_URL": f"file://{FOLDER / 'files'}",
    }
    said = FOLDER / f"serving-{port}.log"
    started = await asyncio.to_thread(serve, environment, said)
    try:
        yield await answering(f"http://127.0.0.1:{port}", started, said)
    finally:
        started.send_signal(signal.SIGINT)
        try:
            await asyncio.to_thread(started.wait, 15)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)


def serve(environment: dict, said: Path) -> subprocess.Popen:
    with said.open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "grants", "serve"], env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )


async def answering(address: str, started: subprocess.Popen, said: Path) -> str:
    """Wait until the server is up."""
    async with httpx.AsyncClient() as client:
        for _n in range(300):
            assert started.poll() is None, what_was_said(said)
            try:
                if (await client.get(f"{address}/up")).status_code == 200:
                    return address
            except httpx.TransportError:
                await asyncio.sleep(0.2)
    raise AssertionError(what_was_said(said))


def what_was_said(log: Path) -> str:
    return log.read_text()[-3000:]


@pytest.fixture(scope="module")
async def chromium(anyio_backend):
    """The system's Chromium, else Playwright's own."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    arguments = QUIET + (["--no-sandbox"] if os.geteuid() == 0 else [])
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=found, args=arguments)
        yield running
        await running.close()


@pytest.fixture
def in_front(chromium, address):
    """`async with in_front() as ada:` a person at a fresh browser; scripts=False turns JavaScript off."""

    @asynccontextmanager
    async def open_browser(*, scripts: bool = True, width: int = 1280, **options):
        context = await chromium.new_context(
            base_url=address, java_script_enabled=scripts, viewport={"width": width, "height": 800}, locale="vi-VN", **options
        )
        context.set_default_timeout(10_000)
        context.set_default_navigation_timeout(20_000)
        try:
            person = InFront(await context.new_page(), scripts=scripts)
            yield person
            assert person.complaints == []
        finally:
            await context.close()

    return open_browser
