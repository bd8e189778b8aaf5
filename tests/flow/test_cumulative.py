"""Cumulative flow: lines that never fall and never cross, and counts that do not depend on the range shown."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from kanban.flow.cumulative import cumulative_flow
from kanban.flow.history import ItemHistory, Move, Subject, build_histories
from kanban.flow.stage import Stage

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)


def histories(*trails: list[tuple[Stage | None, int]]) -> list[ItemHistory]:
    """One item a trail of (stage arrived in, day of March); None is discarded."""
    subjects = [Subject(number, f"FE-{number}", "x") for number in range(len(trails))]
    moves = [
        Move(number, None, stage, datetime(2026, 3, day, 12, tzinfo=UTC), version)
        for number, trail in enumerate(trails)
        for version, (stage, day) in enumerate(trail, start=1)
    ]
    return build_histories(subjects, moves, [], "UTC")


def lines(found: list[ItemHistory], on: int) -> tuple[int, ...]:
    [day] = cumulative_flow(found, date(2026, 3, on), date(2026, 3, on))
    return tuple(day.reached[stage] for stage in Stage)


def test_an_item_counts_in_each_stage_from_the_day_it_came_there() -> None:
    found = histories([(Stage.BACKLOG, 2), (Stage.DOING, 4), (Stage.DONE, 9)])
    assert [lines(found, on) for on in (1, 2, 4, 9)] == [
        (0, 0, 0, 0, 0),
        (1, 0, 0, 0, 0),
        (1, 1, 1, 0, 0),
        (1, 1, 1, 1, 1),
    ]


def test_what_is_discarded_never_counts() -> None:
    assert lines(histories([(Stage.BACKLOG, 2), (Stage.DOING, 3), (None, 5)]), 4) == (0, 0, 0, 0, 0)


def test_the_bands_of_today_are_the_columns_of_today() -> None:
    found = histories([(Stage.BACKLOG, 2), (Stage.REVIEW, 4), (Stage.DOING, 6)], [(Stage.BACKLOG, 3)])
    assert lines(found, 10) == (2, 1, 1, 0, 0)


def test_the_range_never_changes_the_counts_in_it() -> None:
    found = histories([(Stage.BACKLOG, 2), (Stage.DONE, 9)], [(Stage.READY, 5)])
    whole = {day.on: day.reached for day in cumulative_flow(found, FIRST, LAST)}
    part = {day.on: day.reached for day in cumulative_flow(found, date(2026, 3, 8), date(2026, 3, 12))}
    assert part == {on: whole[on] for on in part}


def test_an_empty_range_has_no_days() -> None:
    assert cumulative_flow([], LAST, FIRST) == []


trail = st.lists(st.tuples(st.sampled_from([*Stage, None]), st.integers(1, 31)), min_size=1, max_size=6)


@given(st.lists(trail, max_size=8))
def test_no_line_falls_and_none_crosses_another(trails: list[list[tuple[Stage | None, int]]]) -> None:
    days = cumulative_flow(histories(*(sorted(each, key=lambda step: step[1]) for each in trails)), FIRST, LAST)
    assert len(days) == 31
    for before, after in zip(days, days[1:], strict=False):
        assert all(after.reached[stage] >= before.reached[stage] for stage in Stage)
    for day in days:
        counts = [day.reached[stage] for stage in Stage]
        assert counts == sorted(counts, reverse=True)
