"""Numbers from histories: worked examples, and the properties that must hold for any history."""

from datetime import UTC, date, datetime, timedelta
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanban.flow.age import Age
from kanban.flow.history import Blockage, ItemHistory, Move, Subject, build_histories
from kanban.flow.metrics import (
    Sle,
    age,
    blocked_time,
    cycle_time,
    cycle_times,
    percentile,
    service_level,
    throughput,
    wip,
)
from kanban.flow.stage import Stage

NOW = datetime(2025, 6, 30, 12, tzinfo=UTC)
TODAY = NOW.date()


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2025, 6, 1, hour, tzinfo=UTC) + timedelta(days=day - 1)


def item(
    number: int,
    started: datetime | None = None,
    finished: datetime | None = None,
    discarded: datetime | None = None,
    blocks: list[tuple[datetime, datetime | None]] | None = None,
) -> ItemHistory:
    """An item created on the first of June and moved as far as its instants say."""
    steps = [(at(1, 0), Stage.READY), (started, Stage.DOING), (finished, Stage.DONE), (discarded, None)]
    moves = [Move(number, None, stage, when, version) for version, (when, stage) in enumerate(steps, 1) if when]
    subject = Subject(number, f"FERRY-{number}", f"Item {number}")
    (history,) = build_histories([subject], moves, [Blockage(number, *block) for block in blocks or []], "UTC")
    return history


def test_an_item_finished_on_the_day_it_started_took_one_day() -> None:
    assert cycle_time(item(1, at(3, 8), at(3, 17))) == 1


def test_cycle_time_counts_both_ends_and_weekends() -> None:
    assert cycle_time(item(1, at(5), at(9))) == 5


def test_only_finished_items_have_a_cycle_time() -> None:
    assert cycle_time(item(1)) is None
    assert cycle_time(item(1, at(3))) is None
    assert cycle_time(item(1, at(3), at(4), discarded=at(5))) is None


def test_only_items_in_progress_have_an_age() -> None:
    assert age(item(1), TODAY) is None
    assert age(item(1, at(3), at(4)), TODAY) is None
    assert age(item(1, at(3), discarded=at(5)), TODAY) is None
    assert age(item(1, at(30)), TODAY) == Age(1)
    assert age(item(1, at(21)), TODAY) == Age(10)


@given(st.integers(1, 28), st.integers(0, 400), st.integers(0, 23), st.integers(0, 23))
def test_age_on_the_finishing_day_equals_the_cycle_time(day: int, length: int, hour: int, last_hour: int) -> None:
    started = at(day, hour)
    finished = max(started, at(day + length, last_hour))
    days = cycle_time(item(1, started, finished))
    assert days is not None
    assert age(item(1, started), finished.date()) == Age(days)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([15, 20, 35, 40, 50], 30, 20),
        ([15, 20, 35, 40, 50], 40, 20),
        ([15, 20, 35, 40, 50], 100, 50),
        ([3, 6, 7, 8, 8, 10, 13, 15, 16, 20], 50, 8),
        ([3, 6, 7, 8, 8, 10, 13, 15, 16, 20], 85, 16),
        ([7], 1, 7),
        ([], 50, None),
    ],
)
def test_percentiles_are_nearest_rank(values: list[int], share: int, expected: int | None) -> None:
    assert percentile(values, share) == expected


@pytest.mark.parametrize("share", [0, 101, -5])
def test_a_percentile_outside_its_range_is_a_mistake(share: int) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile([1], share)


@given(st.lists(st.integers(1, 500), min_size=1), st.integers(1, 100))
def test_a_percentile_is_the_smallest_value_that_covers_its_share(values: list[int], share: int) -> None:
    answer = percentile(values, share)
    assert answer in values
    needed = ceil(share * len(values) / 100 - 1e-9)
    assert sum(value <= answer for value in values) >= needed
    assert sum(value < answer for value in values) < needed


@given(st.lists(st.integers(1, 500), min_size=1))
def test_percentiles_rise(values: list[int]) -> None:
    answers = [percentile(values, share) or 0 for share in (1, 50, 85, 95, 100)]
    assert answers == sorted(answers)
    assert answers[-1] == max(values)


def test_the_service_level_comes_with_its_sample_size() -> None:
    items = [item(number, at(1), at(number)) for number in range(1, 21)] + [item(21, at(4))]
    assert service_level(items) == Sle(85, 17, 20)
    assert service_level(items, 50) == Sle(50, 10, 20)
    assert service_level([item(1, at(4))]) is None


def test_cycle_times_stand_newest_first_with_their_percentiles() -> None:
    items = [item(1, at(2), at(4)), item(2, at(2), at(9)), item(3, at(8)), item(4, at(5), at(5), at(6))]
    answer = cycle_times(items)
    assert [row.ref for row in answer.rows] == ["FERRY-2", "FERRY-1"]
    assert (answer.n, answer.p50, answer.p85, answer.p95) == (2, 3, 8, 8)


def test_a_window_keeps_the_items_that_finished_in_it() -> None:
    items = [item(number, at(1), at(number)) for number in range(1, 11)]
    answer = cycle_times(items, since=date(2025, 6, 3), until=date(2025, 6, 5))
    assert [row.ref for row in answer.rows] == ["FERRY-5", "FERRY-4", "FERRY-3"]


def test_without_a_finished_item_there_is_no_percentile() -> None:
    answer = cycle_times([item(1, at(4))])
    assert (answer.n, answer.p50, answer.p85, answer.p95, answer.rows) == (0, None, None, None, ())


def test_throughput_counts_complete_weeks_with_zeros_and_the_running_one_apart() -> None:
    items = [item(1, at(2), at(3)), item(2, at(2), at(8)), item(3, at(2), at(16)), item(4, at(2), at(30))]
    answer = throughput(items, TODAY, at(1).date())
    assert answer.weeks == (
        (date(2025, 5, 26), 0),
        (date(2025, 6, 2), 2),
        (date(2025, 6, 9), 0),
        (date(2025, 6, 16), 1),
        (date(2025, 6, 23), 0),
    )
    assert answer.running == (date(2025, 6, 30), 1)
    assert answer.complete == (2, 0, 1, 0), "it began on the Sunday of the first"
    assert answer.mean == pytest.approx(0.75)


def test_throughput_keeps_the_zeros_at_the_end() -> None:
    answer = throughput([item(1, at(2), at(3))], date(2025, 9, 1), at(2).date(), weeks=4)
    assert [count for _, count in answer.weeks] == [0, 0, 0, 0]


def test_discarded_items_never_count_in_throughput() -> None:
    assert throughput([item(1, at(2), at(3), at(4))], TODAY, at(2).date()).mean == 0


def test_a_product_without_a_complete_week_has_no_mean() -> None:
    assert throughput([], TODAY, TODAY).mean is None
    assert throughput([], TODAY, TODAY).weeks == ()


@given(st.lists(st.integers(1, 90), min_size=1, max_size=30), st.integers(1, 26))
def test_throughput_loses_nothing_inside_its_window(days: list[int], weeks: int) -> None:
    items = [item(number, at(1), at(day)) for number, day in enumerate(days, start=1)]
    today = date(2025, 8, 29)
    answer = throughput(items, today, at(1).date(), weeks=weeks)
    first = answer.weeks[0][0]
    total = sum(count for _, count in answer.weeks) + answer.running[1]
    assert total == sum(first <= at(day).date() <= today for day in days)
    assert len(answer.weeks) == min(weeks, 13)


def test_work_in_progress_stands_oldest_first_and_counts_blocked_items() -> None:
    items = [item(1, at(20)), item(2, at(10), blocks=[(at(12), None)]), item(3), item(4, at(5), at(6))]
    answer = wip(items, TODAY, NOW)
    assert answer.n == 2
    assert [(row.ref, row.age.days, row.is_blocked) for row in answer.rows] == [
        ("FERRY-2", 21, True),
        ("FERRY-1", 11, False),
    ]
    assert answer.rows[0].blocked == timedelta(days=18)


def test_blocked_time_is_cut_to_the_time_in_progress() -> None:
    history = item(1, at(5), at(10), blocks=[(at(2), at(6)), (at(9), at(20))])
    assert blocked_time(history, NOW) == timedelta(days=2)


def test_blocked_intervals_that_overlap_count_once() -> None:
    history = item(1, at(5), at(20), blocks=[(at(6), at(10)), (at(8), at(12)), (at(9), at(10))])
    assert blocked_time(history, NOW) == timedelta(days=6)


def test_waiting_work_has_no_blocked_time() -> None:
    assert blocked_time(item(1, blocks=[(at(2), None)]), NOW) == timedelta(0)


BLOCKS = st.lists(st.tuples(st.integers(1, 60), st.one_of(st.none(), st.integers(0, 60))), max_size=8)


@given(st.integers(1, 28), st.integers(0, 30), BLOCKS)
def test_blocked_time_never_exceeds_the_cycle_time(day: int, length: int, spans: list[tuple[int, int | None]]) -> None:
    blocks = [(at(first), None if days is None else at(first + days)) for first, days in spans]
    history = item(1, at(day), at(day + length), blocks=blocks)
    blocked = blocked_time(history, at(400))
    assert timedelta(0) <= blocked <= timedelta(days=cycle_time(history) or 0)
    touched = {
        number
        for first, days in spans
        for number in range(first, 400 if days is None else first + days)
        if day <= number < day + length
    }
    assert blocked == timedelta(days=len(touched))
