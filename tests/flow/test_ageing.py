"""Age marks: percentiles of total age at leaving a column, the same for every column to the right or larger."""

import datetime as dt
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kanban.flow.ageing import age_bands, age_marks
from kanban.flow.history import ItemHistory, Move, Subject, build_histories
from kanban.flow.stage import Stage

COLUMNS = [1, 2, 3, 4, 5]  # backlog, ready, doing, review, done
GONE = 9  # a removed column of stage review
STAGE_OF = {1: Stage.BACKLOG, 2: Stage.READY, 3: Stage.DOING, 4: Stage.REVIEW, 5: Stage.DONE, GONE: Stage.REVIEW} | {
    6: Stage.REVIEW,
    8: Stage.DOING,
}
MONDAY = dt.datetime(2026, 9, 7, 12, tzinfo=dt.UTC)


def history(*way: tuple[int, int], item: int = 1) -> ItemHistory:
    """An item that came into a column on a day (0 is the first Monday), in this order."""
    moves = [
        Move(item, None, STAGE_OF[column], MONDAY + dt.timedelta(days=day), version=step, column=column)
        for step, (column, day) in enumerate(way, start=1)
    ]
    return build_histories([Subject(item, f"FE-{item}", "Item")], moves, [], "UTC")[0]


def straight(doing: int, review: int, item: int = 1) -> ItemHistory:
    """So many days in progress, then so many in review."""
    return history((2, 0), (3, 0), (4, doing), (5, doing + review), item=item)


def test_the_worked_example() -> None:
    """Ten items were 1 to 10 days in progress and two more in review: the 85th percentile is the ninth of them."""
    marks = age_marks([straight(days, 2, item=days) for days in range(1, 11)], COLUMNS)
    assert marks.n == 10
    assert marks.days(3) == 10, "nine days in progress: it left on its tenth"
    assert marks.days(4) == 12, "two more in review"
    assert marks.otherwise == 12, "the whole cycle time"


def test_nine_finished_items_are_too_few() -> None:
    marks = age_marks([straight(days, 2) for days in range(1, 10)], COLUMNS)
    assert (marks.n, marks.days(3), marks.otherwise) == (9, None, None)


def test_a_column_where_fewer_than_ten_stood_takes_the_mark_of_the_next_to_its_right() -> None:
    skipping = [history((2, 0), (3, 0), (5, 6), item=number) for number in range(10)]
    marks = age_marks([*skipping, *(straight(1, 1) for _ in range(9))], COLUMNS)
    assert marks.days(4) == marks.days(5) == marks.otherwise == 7
    passing = [history((3, 0), (4, 2), (6, 3), (5, 13), item=number) for number in range(10)]
    marks = age_marks(passing, [3, 8, 4, 6, 5])
    assert [marks.days(column) for column in (3, 8, 4, 6, 5)] == [3, 4, 4, 14, 14]


def test_an_item_that_went_back_left_the_column_when_it_left_for_good() -> None:
    back = [history((2, 0), (3, 0), (4, 2), (3, 4), (4, 9), (5, 11), item=number) for number in range(10)]
    marks = age_marks(back, COLUMNS)
    assert (marks.days(3), marks.days(4)) == (10, 12)


def test_an_item_begun_anew_is_as_old_as_its_new_start() -> None:
    again = [history((3, 0), (2, 5), (3, 20), (4, 21), (5, 22), item=number) for number in range(10)]
    assert (age_marks(again, COLUMNS).days(3), age_marks(again, COLUMNS).days(4)) == (2, 3)


def test_what_is_not_finished_does_not_count() -> None:
    running = [history((2, 0), (3, 0), item=number) for number in range(30)]
    assert age_marks(running, COLUMNS).n == 0


def test_a_removed_column_counts_in_the_place_of_the_next_one() -> None:
    items = [history((2, 0), (3, 0), (GONE, 4), (5, 6), item=number) for number in range(10)]
    marks = age_marks(items, COLUMNS, folded={GONE: 4})
    assert (marks.days(3), marks.days(4)) == (5, 7)


WAYS = st.lists(
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 9)), min_size=1, max_size=6), min_size=10, max_size=25
)


@given(WAYS)
def test_marks_never_fall_to_the_right_nor_rise_above_the_whole_cycle_time(ways: list[list[tuple[int, int]]]) -> None:
    items = []
    for number, way in enumerate(ways):
        day, walked = 0, []
        for column, pause in way:
            day += pause
            walked.append((column, day))
        items.append(history(*walked, (5, day + 1), item=number))
    marks = age_marks(items, COLUMNS)
    assert marks.otherwise is not None
    found = [marks.by_column[column] for column in COLUMNS] + [marks.otherwise]
    assert found == sorted(found)
    bands = age_bands(items, COLUMNS)
    for lower, higher in pairwise(bands[column] for column in COLUMNS):
        assert all(left <= right for left, right in zip(lower, higher, strict=True))
