"""The backtest sees nothing of the future, learns the drift from what it saw, and tells how often dates held."""

import csv
import random
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from kanban.flow.calendar import Calendar
from kanban.flow.calibration import DRIFTS, Drifts, Tried, pinball, score, walk_forward
from kanban.flow.track import did_hold, record

TODAY = date(2026, 6, 1)
DATA = Path(__file__).parent.parent / "data"


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def steady(first: int = -300) -> Counter[date]:
    return Counter({day(number): 1 for number in range(first, 0)})


def plane() -> Counter[date]:
    with (DATA / "finishes" / "merged_pr_daily_plane.csv").open() as lines:
        return Counter({date.fromisoformat(row["date"]): int(row["merged_prs"]) for row in csv.DictReader(lines)})


# Walking forward


def test_the_first_forecast_needs_a_full_window_and_the_next_comes_four_weeks_later() -> None:
    tried = walk_forward(steady(), today=TODAY, trials=100).tried
    assert sorted({each.origin for each in tried})[:2] == [day(-300 + 91), day(-300 + 91 + 28)]
    assert {each.items for each in tried} == {10, 30}


def test_the_actual_is_counted_from_the_day_after() -> None:
    first = walk_forward(steady(), today=TODAY, trials=100).tried[0]
    assert (first.items, first.actual_days) == (10, 10)
    assert first.plain == (10, 10, 10)
    assert first.outcome(50) == (first.origin + timedelta(days=first.lengths[0]), first.origin + timedelta(days=10))


def test_what_has_not_come_yet_is_not_known() -> None:
    last = walk_forward(steady(), today=TODAY, trials=100, amounts=(1000,)).tried[-1]
    assert last.actual_days is None
    assert last.outcome(85)[1] is None


def test_days_without_three_dates_are_left_out() -> None:
    rare = Counter({day(number): 1 for number in range(-300, 0, 30)})
    backtest = walk_forward(rare, today=TODAY, trials=100)
    assert backtest.tried == ()
    assert backtest.left_out == 8
    assert (backtest.learnt.drift, backtest.learnt.n) == (0.4, 0)


def test_no_forecast_sees_the_future() -> None:
    """What is forecast up to a day stays the same whatever came after it."""
    chance = random.Random(3)
    finishes = Counter({day(number): chance.choice((0, 0, 1, 3)) for number in range(-400, 0)})
    cut = day(-150)
    stopped = Counter({when: count for when, count in finishes.items() if when < cut})
    whole = [each for each in walk_forward(finishes, today=TODAY, trials=100).tried if each.origin < cut]
    past = walk_forward(stopped, today=cut, trials=100).tried
    assert [(each.origin, each.items, each.drift, each.lengths) for each in whole] == [
        (each.origin, each.items, each.drift, each.lengths) for each in past
    ]


def test_closures_are_stepped_over_in_the_past_too() -> None:
    closed = frozenset(day(number) for number in range(-150, -140))
    worked = Counter({when: count for when, count in steady().items() if when not in closed})
    backtest = walk_forward(worked, today=TODAY, trials=100, calendar=Calendar(closed), every_days=1, amounts=(10,))
    eve = next(each for each in backtest.tried if each.origin == day(-151))
    assert eve.actual_days == 20
    assert eve.plain == (20, 20, 20)


def test_on_a_real_history_the_85_percent_dates_hold_and_the_plain_bootstrap_is_beaten() -> None:
    finishes = plane()
    backtest = walk_forward(finishes, today=max(finishes) + timedelta(days=1), trials=500)
    known = [(each, each.actual_days) for each in backtest.tried if each.actual_days is not None]
    model, plain = (score((getattr(each, of), days) for each, days in known) for of in ("lengths", "plain"))
    assert len(known) > 40
    assert 0.78 <= model.held[1] <= 0.92
    assert plain.held[1] < 0.7
    assert model.pinball < 0.9 * plain.pinball


# Learning


def losses(best: float) -> list[float]:
    return [abs(drift - best) for drift in DRIFTS]


def test_a_product_without_a_past_drifts_by_what_is_usual() -> None:
    assert Drifts().learnt(TODAY).drift == 0.4


def test_the_drift_is_drawn_to_the_usual_one_as_by_eight_forecasts() -> None:
    drifts = Drifts()
    for number in range(8):
        drifts.add(day(number), losses(0.8))
    assert drifts.learnt(day(100)).drift == pytest.approx(0.6)
    assert drifts.learnt(day(0)).drift == pytest.approx((1 * 0.8 + 8 * 0.4) / 9)
    assert drifts.learnt(day(-1)).n == 0


def test_a_calm_product_learns_a_small_drift() -> None:
    calm = walk_forward(Counter({day(number): 1 for number in range(-1000, 0)}), today=TODAY, trials=100).learnt
    assert calm.n > 40
    assert calm.drift < 0.1


# Scores


def test_the_pinball_loss_is_the_quantile_loss() -> None:
    assert pinball([10, 20, 30], 20) == pytest.approx((0.5 * 10 + 0 + 0.05 * 10) / 3)
    assert pinball([10, 20, 30], 40) == pytest.approx((0.5 * 30 + 0.85 * 20 + 0.95 * 10) / 3)


def test_a_date_holds_on_its_very_day() -> None:
    found = score([((5, 8, 9), 8), ((5, 8, 9), 9)])
    assert (found.n, found.held) == (2, (0.0, 0.5, 1.0))


def test_no_forecasts_have_no_score() -> None:
    assert score([]).n == 0


# The track record


def test_a_date_that_has_passed_with_work_remaining_did_not_hold() -> None:
    assert did_hold(day(3), None, day(3)) is None
    assert did_hold(day(3), None, day(4)) is False
    assert did_hold(day(3), day(3), day(3)) is True
    assert did_hold(day(3), day(4), day(9)) is False
    assert did_hold(None, None, day(900)) is None


def test_under_twenty_forecasts_it_is_too_early_to_judge() -> None:
    early = record(85, [True] * 19 + [None] * 5)
    judged = record(85, [True] * 17 + [False] * 3)
    assert (early.held, early.n, early.is_too_early) == (19, 19, True)
    assert (judged.held, judged.n, judged.is_too_early) == (17, 20, False)


def test_a_tried_forecast_tells_its_outcome_as_days() -> None:
    tried = Tried(TODAY, 10, 0.4, (5, 9, 12), (5, 7, 8), actual_days=10)
    assert [did_hold(*tried.outcome(share), day(30)) for share in (50, 85, 95)] == [False, False, True]
