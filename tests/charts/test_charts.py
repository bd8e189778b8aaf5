"""Charts stay inside their frame, tell what they were given, and keep their labels apart."""

import datetime as dt
import itertools

from hypothesis import given
from hypothesis import strategies as st

from kanban.charts.ageing import AgeColumn, draw_ageing
from kanban.charts.cumulative import draw_cumulative
from kanban.charts.plot import Plot, round_step, rounded, spread
from kanban.charts.scatter import draw_scatter

FIRST = dt.date(2026, 1, 5)
DAYS = st.integers(0, 400).map(lambda n: FIRST + dt.timedelta(days=n))
LENGTHS = st.integers(1, 2000)


def corners(area: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (point.split(",") for point in area.split())]


@st.composite
def flows(draw: st.DrawFn) -> tuple[list[dt.date], list[tuple[str, list[int]]]]:
    """Some days, and lines that never fall, each at least as high as the one before."""
    length = draw(st.integers(2, 500))
    days = [FIRST + dt.timedelta(days=n) for n in range(length)]
    below, lines = [draw(st.integers(0, 5000))] * length, []
    for name in draw(st.sampled_from([("done", "doing"), ("done", "review", "doing", "ready", "backlog")])):
        steps = draw(st.lists(st.integers(0, length - 1), max_size=30))
        line = [low + sum(step <= at for step in steps) for at, low in enumerate(below)]
        lines.append((name, line))
        below = line
    return days, lines


@given(flows())
def test_bands_lie_on_each_other_inside_the_plot(flow: tuple[list[dt.date], list[tuple[str, list[int]]]]) -> None:
    days, lines = flow
    chart = draw_cumulative(days, lines)
    plot = chart.plot
    for band in chart.bands:
        for x, y in corners(band.area):
            assert plot.left <= x <= plot.edge
            assert plot.top <= y <= plot.bottom
    for (lower, lower_line), (upper, _line) in itertools.pairwise(zip(chart.bands, lines, strict=True)):
        there = corners(lower.area)[: len(corners(lower.area)) // 2]
        back = corners(upper.area)[len(corners(upper.area)) // 2 :]
        assert there == back[::-1], (lower.name, lower_line)
    assert sum(band.count for band in chart.bands) == lines[-1][1][-1]
    assert corners(chart.bands[0].area)[len(corners(chart.bands[0].area)) // 2 - 1][0] == plot.edge, (
        "up to the last day"
    )


@given(flows())
def test_labels_of_bands_never_cover_each_other(flow: tuple[list[dt.date], list[tuple[str, list[int]]]]) -> None:
    labels = [band.label_at for band in draw_cumulative(*flow).bands]
    assert all(lower - upper >= 14 for lower, upper in itertools.pairwise(labels))


@given(st.lists(st.tuples(DAYS, LENGTHS), min_size=1, max_size=80), st.booleans())
def test_each_finished_item_is_in_one_dot_inside_the_plot(finished: list[tuple[dt.date, int]], is_log: bool) -> None:
    first, last = min(day for day, _ in finished), max(day for day, _ in finished)
    lengths = sorted(days for _, days in finished)
    shares = {50: lengths[len(lengths) // 2], 95: lengths[-1]}
    chart = draw_scatter(finished, percentiles=shares, first=first, last=last, is_log=is_log)
    assert sorted(place for dot in chart.dots for place in dot.which) == list(range(len(finished)))
    for dot in chart.dots:
        assert len({finished[place] for place in dot.which}) == 1
        assert chart.plot.left <= dot.x <= chart.plot.edge
        assert chart.plot.top <= dot.y <= chart.plot.bottom
    assert [(share, days) for share, days, _line in chart.lines] == sorted(shares.items())


@given(st.lists(st.tuples(st.lists(LENGTHS, max_size=12), st.booleans()), min_size=1, max_size=9))
def test_an_item_stands_in_its_column_and_is_old_above_the_second_band(columns: list[tuple[list[int], bool]]) -> None:
    given = [
        AgeColumn(f"C{number}", (5, 9, 14) if has_bands else (), tuple(ages))
        for number, (ages, has_bands) in enumerate(columns)
    ]
    chart = draw_ageing(given)
    for column, strip in zip(given, chart.strips, strict=True):
        assert [dot.place for dot in strip.dots] == list(range(len(column.ages)))
        assert len(strip.bands) == len(column.shares)
        for dot, age in zip(strip.dots, column.ages, strict=True):
            assert strip.x <= dot.x <= strip.x + strip.width
            assert chart.plot.top <= dot.y <= chart.plot.bottom
            assert dot.is_old == (bool(column.shares) and age > 9)


@given(st.integers(0, 10**7))
def test_a_grid_has_six_lines_at_most_beside_the_lowest(span: int) -> None:
    plot = Plot(FIRST, FIRST, most=span)
    assert 1 <= len(plot.numbers()) <= 7
    assert span <= 6 * round_step(span)


@given(st.integers(1, 10**6))
def test_the_highest_line_of_the_grid_is_the_end_of_the_plot(most: int) -> None:
    plot = Plot(FIRST, FIRST, rounded(most))
    assert plot.numbers()[-1].number == plot.most >= most
    assert plot.numbers()[-1].at == plot.top


@given(st.lists(st.floats(20, 300), max_size=8))
def test_labels_are_a_gap_apart(wanted: list[float]) -> None:
    heights = spread(sorted(wanted, reverse=True), gap=14, top=20, bottom=300)
    assert all(lower - upper >= 13.9 for lower, upper in itertools.pairwise(heights))
