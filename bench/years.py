"""Measures the pages of a product that has been in use for three years, beside those of one of twelve weeks.

    python3 dev.py bench years
    python3 dev.py bench years --weeks 520

Each week brought 12 items of which 11 were finished, three questions and their answers, a promise (every third one
slipped), three requests, a problem, and an update that asked for two decisions of which one was made. Times are what a
client on the same machine waits, with its connection kept open: the medians of each page that the owner's menu and the
settings lead to, and of one item, each opened right after a move and once more. For comparison it measures a bare route
of the same server in the same run. The last line is JSON: the slowest page, and the one that the years slowed down
most.
"""

import argparse
import itertools
import json
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench._filling import KEY
from bench._living import ARRIVE, live
from bench.board import Client, median_ms, plain, say
from tests.server import serving

FEW = 12
ROUNDS = 9
_LINK = re.compile(rf'href="(/(?:products/{KEY}/|my-work|inbox|portfolio|questions)[^"#?.]*)"')


def main() -> None:
    """Tell both stories, serve each, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weeks", type=int, default=156)
    options = parser.parse_args()
    few, _ = measure(FEW)
    many, bare = measure(options.weeks)
    both = sorted(many.keys() & few.keys(), key=lambda path: -many[path][0])
    for path in both:
        (moved, again), times = many[path], many[path][0] / few[path][0]
        say(f"{moved:7.1f} ms after a move, then {again:6.1f}; {times:5.1f} times that of {FEW} weeks: {path}")
    grown = max(both, key=lambda path: many[path][0] / few[path][0])
    figures = {"weeks": options.weeks, "slowest": both[0], "slowest_ms": round(many[both[0]][0], 1), "grown": grown}
    print(json.dumps({**figures, "times": round(many[grown][0] / few[grown][0], 1), "bare_ms": round(bare, 3)}))


def measure(weeks: int) -> tuple[dict[str, tuple[float, float]], float]:
    """Milliseconds by page, right after a move and once more, and those of a bare route."""
    with tempfile.TemporaryDirectory(prefix="kanban-bench-") as folder:
        cookie = live(Path(folder), weeks)
        with serving(Path(folder)) as server:
            client = Client(server.url, cookie)
            bare = median_ms(lambda: client.get("/healthz"), 200)
            last = f"{KEY}-{weeks * ARRIVE}"
            client.read_token(last)
            return {path: opened(client, path, last) for path in pages(client)}, bare


def pages(client: Client) -> list[str]:
    """The pages that the menu and the settings link to, and one more of each kind."""
    found = {f"/items/{KEY}-1", f"/products/{KEY}/updates/1", "/search?q=ferry", "/portfolio"}
    for path in (f"/products/{KEY}/board", f"/products/{KEY}/settings"):
        found |= set(_LINK.findall(plain(client.get(path))))
    return sorted(found)


def opened(client: Client, path: str, ref: str) -> tuple[float, float]:
    """The medians of opening a page right after an item of the backlog was moved, and once more."""
    taken = []
    for number in range(ROUNDS + 1):
        client.move(ref, 1, "top" if number % 2 else "bottom")
        times = [time.perf_counter()]
        for _ in range(2):
            client.get(path)
            times.append(time.perf_counter())
        taken.append([(after - before) * 1000 for before, after in itertools.pairwise(times)])
    moved, again = zip(*taken[1:], strict=True)
    return statistics.median(moved), statistics.median(again)


if __name__ == "__main__":
    main()
