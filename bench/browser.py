"""Measures the board in a real browser: cold opening, a drop, and how soon a second browser shows it.

    python3 dev.py bench browser [--cards 1000] [--columns 7]

The page itself takes all times. `painted_ms` runs from the start of the navigation (nothing cached) to the frame in
which the cards are painted; `drop_ms` from letting go of the mouse to the frame with the server's answer; `second_ms`
from letting go to the frame in which another person's browser shows the card at its new place. Also measured are the
longest task of the main thread while opening and while dragging (0: none over 50 ms), the memory of the page's scripts
after a garbage collection, and for comparison a bare route of the same server, fetched by the same page. The last line
is JSON.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from bench._filling import COLUMNS, KEY, fill
from tests.browser.chromium import launch, use_packaged_node
from tests.server import serving

WATCH = """
  window.tasks = [];
  const watch = new PerformanceObserver((list) => window.tasks.push(...list.getEntries()));
  watch.observe({ type: "longtask", buffered: true });
  const twoFrames = (then) => requestAnimationFrame(() => requestAnimationFrame(then));
  document.addEventListener("DOMContentLoaded", () => twoFrames(() => { window.paintedAt = performance.now(); }));
  const now = () => performance.timeOrigin + performance.now();
  const letGo = () => { window.letGoAt = now(); window.taskMark = window.tasks.length; };
  document.addEventListener("pointerup", letGo, true);
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  window.ready = async () => {
    while (!window.paintedAt || !document.querySelector("[data-live=on]")) await frame();
  };
  window.settled = async (version) => {
    const board = document.querySelector("#board");
    while (Number(board.dataset.version) <= version || document.querySelector(".is-saving, .is-ghost")) await frame();
    return now() - window.letGoAt;
  };
  window.shown = async (ref, column) => {
    while (document.querySelector(`[data-item="${ref}"]`)?.parentElement.dataset.column !== column) await frame();
    return now();
  };
  window.bare = async () => {
    const began = performance.now();
    await (await fetch("/healthz")).text();
    return performance.now() - began;
  };
"""


@dataclass(frozen=True)
class Opened:
    """One cold opening of the board."""

    painted_ms: float
    longest_task_ms: float
    heap_mb: float


@dataclass(frozen=True)
class Dropped:
    """One drop of a card into another column."""

    drop_ms: float
    second_ms: float
    task_ms: float


def main() -> None:
    """Fill, serve, open, drag, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cards", type=int, default=1000)
    parser.add_argument("--columns", type=int, default=COLUMNS, help="how many hold the cards, beside done")
    parser.add_argument("--drops", type=int, default=9)
    options = parser.parse_args()
    use_packaged_node()
    with tempfile.TemporaryDirectory(prefix="kanban-bench-") as folder:
        cookies = fill(Path(folder), cards=options.cards, people=2, columns=options.columns)
        with serving(Path(folder)) as server, sync_playwright() as playwright:
            browser = launch(playwright)
            figures = measure(browser, server.url, cookies, options.drops)
            browser.close()
    print(json.dumps({"cards": options.cards, "columns": options.columns, **figures}))


def measure(browser: Browser, url: str, cookies: list[str], drops: int) -> dict[str, float]:
    """All figures; the first opening warms up the server and is not counted."""
    first, second = (sign_in(browser, url, cookie) for cookie in cookies)
    open_board(first.new_page()).close()
    pages = [open_board(sign_in(browser, url, cookies[0]).new_page()) for _ in range(5)]
    opened = [read_opened(page) for page in pages]
    for page in pages:
        page.context.close()
    mine, other = open_board(first.new_page()), open_board(second.new_page())
    bare_ms = statistics.median(mine.evaluate("window.bare()") for _ in range(50))
    chance = random.Random(1)
    dropped = [drop(mine, other, chance) for _ in range(drops)]
    return {
        "painted_ms": middle(one.painted_ms for one in opened),
        "drop_ms": middle(one.drop_ms for one in dropped),
        "second_ms": middle(one.second_ms for one in dropped),
        "longest_task_ms": middle(one.longest_task_ms for one in opened),
        "drag_task_ms": max(one.task_ms for one in dropped),
        "heap_mb": middle(one.heap_mb for one in opened),
        "bare_ms": round(bare_ms, 2),
    }


def middle(figures: Any) -> float:
    """The median, to a tenth."""
    return round(float(statistics.median(figures)), 1)


def sign_in(browser: Browser, url: str, cookie: str) -> BrowserContext:
    """A separate browser context with nothing cached, already signed in."""
    context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900})
    name, _, value = cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": url}])
    context.add_init_script(WATCH)
    return context


def open_board(page: Page) -> Page:
    """Open the board and wait until its cards are painted and its stream is open."""
    page.goto(f"/products/{KEY}/board")
    page.evaluate("window.ready()")
    return page


def read_opened(page: Page) -> Opened:
    """What the page recorded while it opened, and its memory now."""
    painted, longest = page.evaluate("[window.paintedAt, Math.max(0, ...window.tasks.map((task) => task.duration))]")
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return Opened(painted, longest, metrics["JSHeapUsedSize"] / 1e6)


def drop(mine: Page, other: Page, chance: random.Random) -> Dropped:
    """Drag one of the upper cards into another column with the mouse, and wait for both screens."""
    source, target = chance.sample(mine.locator(".cards[data-column]").all()[:3], 2)
    card = source.locator(".card").nth(chance.randrange(3))
    ref, column = card.get_attribute("data-item"), target.get_attribute("data-column")
    version = int(mine.locator("#board").get_attribute("data-version") or 0)
    mine.evaluate("window.tasks.length = 0")
    other.evaluate("([ref, column]) => { window.seen = window.shown(ref, column); }", [ref, column])
    drag(mine, card, target.locator(".card").nth(chance.randrange(3)))
    settled_ms = mine.evaluate("(version) => window.settled(version)", version)
    seen_at, let_go_at = other.evaluate("window.seen"), mine.evaluate("window.letGoAt")
    tasks = mine.evaluate("window.tasks.slice(0, window.taskMark).map((task) => task.duration)")
    return Dropped(settled_ms, seen_at - let_go_at, max([0, *tasks]))


def drag(page: Page, card: Locator, onto: Locator) -> None:
    """Drag from the middle of one card to the upper part of another, in steps as a hand makes them."""
    start, end = card.bounding_box(), onto.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] - 12)
    page.mouse.down()
    page.mouse.move(start["x"] + start["width"] / 2 + 12, start["y"] + start["height"] - 12, steps=3)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 10, steps=12)
    page.mouse.up()


if __name__ == "__main__":
    main()
