"""Measures many open screens: 500 streams and 20 people who each move a card a second, for two minutes.

    python3 dev.py bench streams [--streams 500 --movers 20 --seconds 120]

It fails unless every stream ends at the server's version without a gap. It reports the median and the 95th percentile
of a move, the time between the first and the last screen that hear of it, messages per second and stream, and the
memory of the server after the first fifth and at the end. The last line is JSON.
"""

import argparse
import gzip
import json
import random
import re
import selectors
import socket
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench._filling import KEY, fill
from bench.board import Client, move
from tests.server import Server, serving

_MESSAGE = re.compile(rb'"from": (\d+), "to": (\d+)')
_HELLO = re.compile(rb'"' + KEY.encode() + rb'": (\d+)')


@dataclass
class Screen:
    """One open stream, and what it has received so far."""

    socket: socket.socket
    version: int | None = None
    messages: int = 0
    gaps: int = 0
    rest: bytes = b""
    heard_at: dict[int, float] = field(default_factory=dict)

    def read(self) -> bool:
        """Take in what has come; False at the end of the stream."""
        received = self.socket.recv(65536)
        *events, self.rest = (self.rest + received).split(b"\n\n")
        for event in events:
            self._hear(event)
        return bool(received)

    def _hear(self, event: bytes) -> None:
        found = _MESSAGE.search(event)
        if found:
            since, version = int(found[1]), int(found[2])
            self.gaps += since != self.version
            self.version, self.messages = version, self.messages + 1
            self.heard_at[version] = time.monotonic()
        elif self.version is None and (hello := _HELLO.search(event)):
            self.version = int(hello[1])


class Screens(threading.Thread):
    """All open streams, read by one thread."""

    def __init__(self, url: str, cookies: list[str], count: int) -> None:
        super().__init__(daemon=True)
        self.selector = selectors.DefaultSelector()
        self.all = [self._open(url, cookies[number % len(cookies)]) for number in range(count)]
        self.stopped = threading.Event()

    def _open(self, url: str, cookie: str) -> Screen:
        parts = urlsplit(url)
        screen = Screen(socket.create_connection((str(parts.hostname), int(parts.port or 80))))
        request = f"GET /live?products={KEY} HTTP/1.1\r\nHost: {parts.netloc}\r\nCookie: {cookie}\r\n\r\n"
        screen.socket.sendall(request.encode())
        self.selector.register(screen.socket, selectors.EVENT_READ, screen)
        return screen

    def run(self) -> None:
        """Read until told to stop."""
        while not self.stopped.is_set():
            for key, _mask in self.selector.select(0.2):
                if not key.data.read():
                    self.selector.unregister(key.data.socket)

    def wait_for(self, version: int, within_s: float) -> bool:
        """Wait until all streams have reached a version; returns whether they did in time."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            if all((screen.version or 0) >= version for screen in self.all):
                return True
            time.sleep(0.02)
        return False


def main() -> None:
    """Fill, serve, open, move, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cards", type=int, default=200)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--movers", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=120)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kanban-bench-") as folder:
        cookies = fill(Path(folder), cards=options.cards, people=options.movers)
        with serving(Path(folder)) as server:
            figures = measure(server, cookies, options.streams, options.seconds)
    print(json.dumps({"streams": options.streams, "movers": options.movers, **figures}))


def measure(server: Server, cookies: list[str], streams: int, seconds: float) -> dict[str, float]:
    """All figures; stops with the reason if they would mean nothing."""
    movers = [Client(server.url, cookie) for cookie in cookies]
    page = read_board(movers[0])
    refs = re.findall(r'data-item="([^"]+)"', page)
    columns = [int(found) for found in re.findall(r'data-column="(\d+)"', page)][:-1]
    for mover in movers:
        mover.read_token(refs[0])
    screens = Screens(server.url, cookies, streams)
    screens.start()
    if not screens.wait_for(1, 30):
        raise SystemExit(f"only {sum(screen.version is not None for screen in screens.all)} streams opened")
    threading.Timer(seconds / 5, lambda: early.append(memory_mb(server))).start()
    early: list[float] = []
    with ThreadPoolExecutor(len(movers)) as pool:
        moved = pool.map(lambda one: keep_moving(one, refs, columns, seconds), movers)
        took = [each for one in moved for each in one]
    version = int(re.findall(r'data-version="(\d+)"', read_board(movers[0]))[0])
    if not screens.wait_for(version, 5):
        raise SystemExit("a stream did not reach the server's version within 5 s")
    screens.stopped.set()
    screens.join()
    if any(screen.gaps for screen in screens.all):
        raise SystemExit(f"{sum(screen.gaps for screen in screens.all)} messages did not follow the one before")
    spread = [span(screens.all, one) for one in screens.all[0].heard_at]
    return {
        "moves": len(took),
        "move_ms": round(statistics.median(took), 1),
        "move_p95_ms": round(statistics.quantiles(took, n=20)[-1], 1),
        "spread_ms": round(statistics.median(spread), 1),
        "messages_per_s": round(max(screen.messages for screen in screens.all) / seconds, 2),
        "early_mb": early[0],
        "late_mb": memory_mb(server),
    }


def read_board(client: Client) -> str:
    """The HTML of the board."""
    return gzip.decompress(client.get(f"/products/{KEY}/board")).decode()


def keep_moving(client: Client, refs: list[str], columns: list[int], seconds: float) -> list[float]:
    """Move once a second, starting at a random moment; returns how long each move took in ms."""
    chance = random.Random(client.cookie)
    took, end = [], time.monotonic() + seconds
    time.sleep(chance.random())
    while time.monotonic() < end:
        began = time.monotonic()
        move(client, refs, columns, chance)
        took.append((time.monotonic() - began) * 1000)
        time.sleep(max(0.0, 1 - (time.monotonic() - began)))
    return took


def span(screens: list[Screen], version: int) -> float:
    """The time between the first and the last screen that were told of a version, in ms."""
    heard = [screen.heard_at[version] for screen in screens if version in screen.heard_at]
    return (max(heard) - min(heard)) * 1000


def memory_mb(server: Server) -> float:
    """The memory of the server and its children in MB, shared memory counted once (Linux)."""
    assert server.process is not None
    return round(sum(_proportional_kb(pid) for pid in _family(server.process.pid)) / 1024, 1)


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _proportional_kb(pid: int) -> int:
    return int(re.findall(r"(?m)^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text())[0])


if __name__ == "__main__":
    main()
