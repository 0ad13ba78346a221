"""Asking a server again and again over open connections, and how long each answer took."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median, quantiles


@dataclass
class Measured:
    """Seconds of each answer, over `seconds` in all; how many were not answered 200 or 303; bytes of the last body."""

    times: list[float] = field(default_factory=list)
    seconds: float = 0
    wrong: int = 0
    size: int = 0

    @property
    def median(self) -> float:
        return median(self.times) * 1000 if self.times else 0

    @property
    def p95(self) -> float:
        return quantiles(self.times, n=20)[-1] * 1000 if len(self.times) > 1 else self.median

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds if self.seconds else 0


class Asking(asyncio.Protocol):
    """One connection: the next request goes out as soon as the answer to the last is whole."""

    def __init__(self, requests: Iterator[bytes], until: float, found: Measured):
        self.requests, self.until, self.found = requests, until, found
        self.buffer, self.wanted, self.sent = b"", None, 0.0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        request = next(self.requests, None) if time.perf_counter() < self.until else None
        if request is None:
            return self.transport.close()
        self.sent = time.perf_counter()
        self.transport.write(request)

    def data_received(self, arrived: bytes) -> None:
        self.buffer += arrived
        if self.wanted is None:
            head, end, _rest = self.buffer.partition(b"\r\n\r\n")
            if not end:
                return
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            self.wanted = len(head) + 4 + int(length.split(b":")[1])
        if len(self.buffer) >= self.wanted:
            self.answered()

    def answered(self) -> None:
        self.found.times.append(time.perf_counter() - self.sent)
        self.found.wrong += self.buffer[9:12] not in (b"200", b"303", b"201")
        self.found.size = len(self.buffer.partition(b"\r\n\r\n")[2])
        self.buffer, self.wanted = b"", None
        self.ask()

    def connection_lost(self, problem) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def measure(port: int, requests: Iterator[bytes], *, connections: int, seconds: float) -> Measured:
    """Ask for `seconds`, or until the requests are used up."""
    found, began = Measured(), time.perf_counter()
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Asking(requests, began + seconds, found), "127.0.0.1", port) for _ in range(connections)
    ]
    await asyncio.gather(*(asking.done for _transport, asking in made))
    found.seconds = time.perf_counter() - began
    return found


def get(path: str, cookies: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {cookies}\r\n\r\n".encode()


def post(path: str, cookies: str, body: str) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {cookies}\r\ncontent-type: application/x-www-form-urlencoded\r\n"
        f"content-length: {len(body)}\r\n\r\n{body}"
    ).encode()
