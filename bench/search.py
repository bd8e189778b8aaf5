"""Measures the search over 10,000 items on a real server: its page, and the list of the command bar.

    python3 dev.py bench search
    python3 dev.py bench search --items 1000

It searches for several kinds of words. Times are what a client on the same machine waits, with its connection kept open
(median), beside a bare route of the same server in the same run. The last line is JSON.
"""

import argparse
import json
import statistics
import sys
import tempfile
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench._filling import fill
from bench.board import Client, median_ms, say
from tests.server import serving

#: Rare and frequent words, several words, the start of one, one without a hit, a filter, a phrase.
ASKED = ("ferry 4711", "booking", "harbour delays ticket", "timet", "zebra", "stage:review refund", '"seat map" 12')


def main() -> None:
    """Fill, serve, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kanban-bench-") as folder:
        cookies = fill(Path(folder), cards=options.items, people=1)
        with serving(Path(folder)) as server:
            figures = measure(Client(server.url, cookies[0]))
    print(json.dumps({"items": options.items, **figures}))


def measure(client: Client) -> dict[str, float]:
    """The median and the slowest of the searches."""
    for words in ASKED:  # to warm up: a new server first catches up with a long log
        median_ms(partial(client.get, f"/search?{urlencode({'q': words})}"), 60)
    bare = median_ms(lambda: client.get("/healthz"), 200)
    pages = {words: median_ms(partial(client.get, f"/search?{urlencode({'q': words})}"), 40) for words in ASKED}
    bar = {words: median_ms(partial(client.get, f"/search/choices?{urlencode({'q': words})}"), 40) for words in ASKED}
    for words, taken in pages.items():
        say(f"{taken:6.1f} ms a page, {bar[words]:6.1f} ms in the command bar: {words}")
    bare = min(bare, median_ms(lambda: client.get("/healthz"), 200))
    say(f"a bare route: {bare:.2f} ms; the slowest page is {max(pages.values()) / bare:.0f} of them")
    return {
        "page_ms": round(statistics.median(pages.values()), 1),
        "slowest_page_ms": round(max(pages.values()), 1),
        "bar_ms": round(statistics.median(bar.values()), 1),
        "slowest_bar_ms": round(max(bar.values()), 1),
        "bare_ms": round(bare, 3),
    }


if __name__ == "__main__":
    main()
