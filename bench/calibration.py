"""Measures how often forecasts held on real histories: every 28 days each history is forecast again from its own past.

    python3 dev.py bench calibration [FILE]

FILE has three columns, named in its first line: `project`, `date`, and the number of items finished on it; days that
are absent count as zero. On every 28th day after the first 91, it forecasts when the next 10 and the next 30 items are
done, looks up when they were, and compares the result with the plain daily bootstrap on the same cases. A case counts
if the tool would have given three dates and the file holds the outcome. The pinball loss is in days, the mean of the
three percentiles. Without a FILE it uses the one small history of the tests, which is too short to judge by. The last
line is JSON, its shares from 0 to 1.
"""

import argparse
import csv
import json
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from kanban.flow.calibration import Score, Tried, score, walk_forward

SMALL = Path(__file__).parent.parent / "tests/data/finishes/merged_pr_daily_plane.csv"


def main() -> None:
    """Read, walk forward project by project, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?", default=SMALL)
    parser.add_argument("--trials", type=int, default=1000)
    options = parser.parse_args()
    tried: list[Tried] = []
    for project, finishes in read(options.file).items():
        backtest = walk_forward(finishes, today=max(finishes) + timedelta(days=1), trials=options.trials)
        known = [each for each in backtest.tried if each.actual_days is not None]
        say(f"{project}: {len(known)} forecasts, {len(backtest.tried) - len(known)} not yet known, "
            f"{backtest.left_out} days with too little history for three dates, "
            f"drift {backtest.learnt.drift:.2f}")  # fmt: skip
        if known:
            tell(*both(known))
        tried += known
    model, plain = both(tried)
    say(f"all: {len(tried)} forecasts")
    tell(model, plain)
    print(json.dumps({"forecasts": len(tried), **figures(model), "plain": figures(plain)}))


def read(file: Path) -> dict[str, Counter[date]]:
    """The finishes of each project by day; the column that is neither project nor date holds the number."""
    found: dict[str, Counter[date]] = {}
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows = csv.DictReader(lines)
        number = next(name for name in rows.fieldnames or [] if name not in ("project", "date"))
        for row in rows:
            found.setdefault(row["project"], Counter())[date.fromisoformat(row["date"])] += int(row[number])
    return found


def both(known: list[Tried]) -> tuple[Score, Score]:
    """The scores of the model, and of the plain daily bootstrap on the same cases."""
    actual = [(each, each.actual_days) for each in known if each.actual_days is not None]
    return score((each.lengths, days) for each, days in actual), score((each.plain, days) for each, days in actual)


def tell(model: Score, plain: Score) -> None:
    for name, each in (("model", model), ("plain", plain)):
        p50, p85, p95 = (f"{share:.1%}" for share in each.held)
        say(f"  {name}: P50 held {p50}, P85 {p85}, P95 {p95}; pinball {each.pinball:.2f} days")


def figures(of: Score) -> dict[str, float]:
    p50, p85, p95 = (round(share, 4) for share in of.held)
    return {"p50": p50, "p85": p85, "p95": p95, "pinball": round(of.pinball, 3)}


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
