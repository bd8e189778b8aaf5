"""Measures the forecast of 1,000 items, and dating them anew after a re-order, beside a plain numpy bootstrap.

    python3 dev.py bench forecast

The product finishes about two items a day. `curves` draws 2,000 futures and makes the curves of all 1,000 positions;
`relabel` looks up three dates for each of 1,000 items in another order. The yardstick, over the same length and in the
same run, is the least that any forecast has to do: 2,000 futures of single days in numpy, and three percentiles of each
day. Times are the shortest of several rounds. The last line is JSON.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np

from kanban.flow.draws import Model
from kanban.flow.forecast import SHARES, Futures, draw
from kanban.flow.sample import WEEK, WEEKS, Sample

TODAY = date(2026, 6, 1)


def main() -> None:
    """Draw, look up, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    chance = np.random.default_rng(1)
    counts = chance.poisson(2, WEEKS * WEEK)
    sample = Sample(tuple(counts.tolist()), TODAY - timedelta(len(counts)), TODAY - timedelta(1), quiet_days=0)
    cycle_times = (1 + chance.lognormal(1.5, 0.8, 100)).astype(int).tolist()
    model = Model(seed=1)

    futures = draw(sample, model, TODAY, positions=options.items)
    curves = futures.curves()
    order = chance.permutation(options.items) + 1
    figures = least_ms(
        options.rounds,
        curves=lambda: draw(sample, model, TODAY, positions=options.items).curves(),
        done=lambda: futures.done_curves(cycle_times),
        relabel=lambda: [curves.label(order, share) for share in SHARES],
        plain=lambda: plain(counts, futures),
    )
    figures["curves_ratio"] = figures["curves_ms"] / figures["plain_ms"]
    figures["relabel_ratio"] = figures["relabel_ms"] / figures["plain_ms"]
    print(f"{options.items} items over {len(curves.days)} days: {figures['curves_ms']:.1f} ms, "
          f"done dates {figures['done_ms']:.1f} ms more, re-labelled in {figures['relabel_ms']:.3f} ms")  # fmt: skip
    print(f"plain numpy bootstrap: {figures['plain_ms']:.1f} ms; the curves take {figures['curves_ratio']:.2f} of that")
    print(json.dumps({"items": options.items, **{name: round(value, 4) for name, value in figures.items()}}))


def plain(counts: "np.ndarray[tuple[int], np.dtype[np.int64]]", futures: Futures) -> object:
    """The daily bootstrap in its simplest form."""
    days, trials = futures.counts.shape
    totals = np.cumsum(np.random.default_rng(1).choice(counts, (trials, days)), axis=1)
    return np.quantile(totals, [1 - share / 100 for share in SHARES], axis=0, method="inverted_cdf")


def least_ms(rounds: int, **acts: Callable[[], object]) -> dict[str, float]:
    """The shortest time of each act; they take turns, so that a busy machine slows all of them alike."""
    least = dict.fromkeys(acts, float("inf"))
    for _ in range(rounds):
        for name, act in acts.items():
            start = time.perf_counter()
            act()
            least[name] = min(least[name], time.perf_counter() - start)
    return {f"{name}_ms": took * 1000 for name, took in least.items()}


if __name__ == "__main__":
    main()
