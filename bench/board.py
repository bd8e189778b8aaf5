"""Measures the board with 1,000 cards on a real server: the page, one move, and moves by 16 people at once.

    python3 dev.py bench board
    python3 dev.py bench board --cards 10000 --columns 4
    python3 dev.py bench board --postgres --processes 2

Seven columns hold the cards; each sends only its first 200, so 10,000 cards cost what 1,400 cost. Fewer columns send
fewer cards.

Times are what a client on the same machine waits, with its connection kept open: the medians of the page, of a move, of
a comment, and of a new item until it is on the board. Also measured are the acknowledged moves per second (each
committed with `synchronous=FULL`, on PostgreSQL with `fsync` and `synchronous_commit`), and for comparison a bare route
of the same server in the same run. With several processes, the people are spread over them, as a proxy would do. On
Linux, the memory of the server's processes is measured at the start and at the end, with shared memory counted once.
The last line is JSON.
"""

import argparse
import gzip
import http.client
import json
import os
import random
import re
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

sys.path.insert(0, str(Path(__file__).parent.parent))

import sqlalchemy as sa

from bench._filling import COLUMNS, KEY, fill
from tests.databases import fresh_postgres, postgres_server
from tests.server import Server, serving


@dataclass
class Client:
    """One person's browser with one open connection."""

    url: str
    cookie: str
    token: str = ""
    version: int = 0
    made: int = 0

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)

    def get(self, path: str) -> bytes:
        """The body as it came over the wire."""
        return self._ask("GET", path, None)

    def read_token(self, ref: str) -> None:
        """Remember the CSRF token of this person's forms."""
        form = plain(self.get(f"/items/{ref}/move"))
        self.token = re.findall(r'name="csrf_token" value="([^"]+)"', form)[0]

    def move(self, ref: str, column: int, place: str) -> None:
        """Send the form of a move, as the board's script does."""
        fields = {"csrf_token": self.token, "command": str(uuid.uuid4()), "column": column, "place": place}
        self._ask("POST", f"/items/{ref}/move", urlencode(fields))

    def create(self, title: str, column: int) -> None:
        """Make an item in a column of the board and fetch what changed there, as the board's script does."""
        fields = {"csrf_token": self.token, "command": str(uuid.uuid4()), "title": title, "column": column}
        self._ask("POST", f"/products/{KEY}/items", urlencode(fields))
        self.version, self.made = self.version + 1, self.made + 1
        changes = plain(self.get(f"/products/{KEY}/board/changes?since={self.version - 1}"))
        if title not in changes:
            raise RuntimeError(f"{title} is not on the board")

    def comment(self, ref: str) -> None:
        """Comment on an item."""
        fields = {"csrf_token": self.token, "command": str(uuid.uuid4()), "body": "Passengers ask for it every week."}
        self._ask("POST", f"/items/{ref}/comments", urlencode(fields))

    def _ask(self, method: str, path: str, body: str | None) -> bytes:
        headers = {"Cookie": self.cookie, "Accept-Encoding": "gzip"}
        if body is not None:
            headers |= {"HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {content[:500]!r}")
        return content


def plain(body: bytes) -> str:
    """A body as text; short ones come uncompressed."""
    return (gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body).decode()


def main() -> None:
    """Fill, serve, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cards", type=int, default=1000)
    parser.add_argument("--columns", type=int, default=COLUMNS, help="how many hold the cards, beside done")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument(
        "--postgres", action="store_true", help="on the PostgreSQL of KANBAN_TEST_DATABASE_URL or of a wheel"
    )
    parser.add_argument("--processes", type=int, default=1, help="how many serve; more than one only on PostgreSQL")
    options = parser.parse_args()
    if options.processes > 1 and not options.postgres:
        parser.error("several processes need --postgres")
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kanban-bench-")))
        settings = {"KANBAN_DATABASE_URL": stack.enter_context(postgres())} if options.postgres else {}
        cookies = fill(data, cards=options.cards, people=options.clients, columns=options.columns, settings=settings)
        with ExitStack() as running:
            servers = [running.enter_context(serving(data, forked=False, **settings)) for _ in range(options.processes)]
            clients = [Client(servers[number % len(servers)].url, cookie) for number, cookie in enumerate(cookies)]
            at_first = memory_mb(servers)
            figures = measure(clients, options.seconds)
            if at_first:
                figures |= {"memory_mb_at_first": at_first, "memory_mb": memory_mb(servers)}
                say(f"memory: {at_first:.0f} MB at first, {figures['memory_mb']:.0f} MB at the end")
        check(
            settings.get("KANBAN_DATABASE_URL") or f"sqlite:///{data / 'kanban.sqlite3'}",
            options.cards + clients[0].made,
        )
    where = {"postgres": options.postgres, "processes": options.processes}
    print(json.dumps({"cards": options.cards, "columns": options.columns, **where, **figures}))


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a fresh database on disk with durable commits."""
    with postgres_server(is_durable=True) as server, fresh_postgres(server) as url:
        yield url


def measure(clients: list[Client], seconds: float) -> dict[str, float]:
    """All figures; the bare route is measured at the start and at the end, and the quicker result counts."""
    first = clients[0]
    page = plain(first.get(f"/products/{KEY}/board"))
    refs = re.findall(r'data-item="([^"]+)"', page)
    columns = [int(found) for found in re.findall(r'data-column="(\d+)"', page)][:-1]
    for client in clients:
        client.read_token(refs[0])
    elements = len(re.findall(r"<[a-z]", page))
    say(f"{len(refs)} cards, {elements:,} elements, {len(page) / 1024:,.0f} kB of HTML")
    bare = median_ms(lambda: first.get("/healthz"), 200)
    page_ms = median_ms(lambda: first.get(f"/products/{KEY}/board"), 30)
    page_kb = len(first.get(f"/products/{KEY}/board")) / 1024
    scripts = re.findall(r'<script[^>]* src="([^"]+)"', page)
    js_kb = sum(len(first.get(path)) for path in scripts) / 1024
    say(f"page: {page_ms:.1f} ms, {page_kb:.0f} kB compressed, and {js_kb:.0f} kB of scripts")
    chance = random.Random(1)
    move_ms = median_ms(lambda: move(first, refs, columns, chance), 200)
    comment_ms = median_ms(lambda: first.comment(chance.choice(refs)), 100)
    page = plain(first.get(f"/products/{KEY}/board"))
    first.version = int(re.findall(r'data-version="(\d+)"', page)[0])
    create_ms = median_ms(lambda: first.create(f"New {uuid.uuid4()}", columns[0]), 40)
    say(f"one move: {move_ms:.1f} ms, one comment: {comment_ms:.1f} ms, one new item on the board: {create_ms:.1f} ms")
    rate = moves_per_s(clients, refs, columns, seconds)
    say(f"{len(clients)} people: {rate:.0f} moves/s")
    bare = min(bare, median_ms(lambda: first.get("/healthz"), 200))
    say(f"a bare route: {bare:.2f} ms; a page is {page_ms / bare:.0f} of them, a move {move_ms / bare:.0f}")
    return {
        "page_ms": round(page_ms, 1),
        "page_kb": round(page_kb, 1),
        "js_kb": round(js_kb, 1),
        "move_ms": round(move_ms, 2),
        "comment_ms": round(comment_ms, 2),
        "create_ms": round(create_ms, 2),
        "moves_per_s": round(rate, 1),
        "bare_ms": round(bare, 3),
    }


def move(client: Client, refs: list[str], columns: list[int], chance: random.Random) -> None:
    """Move any card below any other one, in any column."""
    ref, other = chance.sample(refs, 2)
    client.move(ref, chance.choice(columns), f"after:{other}")


def median_ms(act: Callable[[], object], times: int) -> float:
    """The median time that `act` takes, after a few calls to warm up."""
    for _ in range(max(3, times // 10)):
        act()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def moves_per_s(clients: list[Client], refs: list[str], columns: list[int], seconds: float) -> float:
    """Acknowledged moves per second while all clients move without a pause."""
    done = [0] * len(clients)
    began = time.perf_counter()
    end = began + seconds

    def go_on(index: int) -> None:
        chance = random.Random(index + 10)
        while time.perf_counter() < end:
            move(clients[index], refs, columns, chance)
            done[index] += 1

    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(go_on, range(len(clients))))
    return sum(done) / (time.perf_counter() - began)


def memory_mb(servers: list[Server]) -> float:
    """The memory of all processes of the servers, shared memory counted once; 0 if the system doesn't tell."""
    told = Path("/proc/self/smaps_rollup")
    if not told.exists():
        return 0
    groups = {server.process.pid for server in servers if server.process is not None}
    held = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            if os.getpgid(int(folder.name)) in groups:
                held += int(re.findall(r"^Pss: +(\d+)", (folder / told.name).read_text(), re.MULTILINE)[0])
    return round(held / 1024, 1)


def check(url: str, cards: int) -> None:
    """Check that no item is lost, the new ones are there, and no two have the same rank."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        found = connection.execute(sa.text("SELECT count(*), count(DISTINCT rank) FROM item")).one()
    if tuple(found) != (cards, cards):
        raise SystemExit(f"{cards} cards went in, {found[0]} with {found[1]} ranks came out")


def say(sentence: str) -> None:
    """Print a line for people to standard error; the figures for programs go to standard output."""
    print(sentence, file=sys.stderr)


if __name__ == "__main__":
    main()
