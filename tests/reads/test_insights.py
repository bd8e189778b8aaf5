"""Insights from the log: counted by effective days, the same in every period, honest when there is little."""

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import orm

from kanban import clock
from kanban.models import Product
from kanban.reads.board.place import BOTTOM, read_place
from kanban.reads.insights.insights import Insights, Week, read_histories, read_insights
from tests.builders import World

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)  # a Wednesday


@pytest.fixture
def world(app: Flask) -> World:
    """A product on both kinds of database, opened long ago."""
    with clock.at(NOW - dt.timedelta(days=400)):
        return World(app)


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOW) as moved:
        yield moved


def finished(world: World, title: str, days_ago: int, took: int) -> str:
    """An item that was started, and finished on a day, with this cycle time."""
    with clock.at(NOW - dt.timedelta(days=days_ago + took - 1)) as moved:
        ref = world.item(title, "Ready")
        world.move(ref, "In progress", by="dev")
        moved.advance(days=took - 1)
        world.move(ref, "Done")
    return ref


def read(world: World, period: str = "all") -> Insights:
    with world.reading() as session:
        return read_insights(session, _product(session), period)


def _product(session: orm.Session) -> Product:
    return session.scalars(sa.select(Product).options(orm.selectinload(Product.columns))).one()


def test_nothing_yet_is_no_number(world: World) -> None:
    insights = read(world)
    assert (insights.n_items, insights.cycle.n, insights.sle, insights.mean) == (0, 0, None, None)
    assert (insights.weeks, insights.wip.n) == ((), 0)


def test_percentiles_are_nearest_rank_over_whole_days(world: World) -> None:
    for took in (1, 1, 2, 3, 9):
        finished(world, "Item", 10, took)
    cycle = read(world).cycle
    assert (cycle.n, cycle.p50, cycle.p85, cycle.p95) == (5, 2, 9, 9)


def test_an_undone_finish_never_was_and_a_discarded_item_never_counts(world: World) -> None:
    ref = finished(world, "Undone", 3, 2)
    world.move(ref, "In progress")
    gone = world.item("Gone", "In progress")
    world.change(gone, "discard", "Not wanted")
    insights = read(world)
    assert insights.cycle.n == 0
    assert [row.ref for row in insights.wip.rows] == [ref]


def test_a_restored_item_is_in_progress_again_with_its_first_start(world: World) -> None:
    with clock.at(NOW - dt.timedelta(days=6)):
        ref = world.item("Back", "In progress")
        world.change(ref, "discard", "A mistake")
    with world.changing() as (session, product, member):
        item = world._item(session, product, ref)
        item.restore(read_place(session, product, item.column, BOTTOM, item=item), by=member)
    assert [(row.ref, row.stage.value) for row in read(world).wip.rows] == [(ref, "doing")]


def test_a_shorter_period_shows_less_and_counts_the_same(world: World) -> None:
    finished(world, "Long ago", 200, 5)
    finished(world, "Half a year", 120, 3)
    finished(world, "Lately", 8, 2)
    everything, half, quarter = (read(world, period) for period in ("all", "180", "90"))
    assert [i.cycle.n for i in (everything, half, quarter)] == [3, 2, 1]
    counts = {week.first: week.count for week in everything.weeks if week.weeks == 1}
    for shorter in (half, quarter):
        assert all(counts.get(week.first, 0) == week.count for week in shorter.weeks if week.weeks == 1)
        assert shorter.wip == everything.wip


def test_an_unknown_period_is_everything(world: World) -> None:
    assert read(world, "'; DROP TABLE event").period == "all"


def test_weeks_run_from_monday_with_zeros_and_a_long_pause_is_one_line(world: World) -> None:
    finished(world, "Before the pause", 57, 1)
    finished(world, "After it", 9, 1)
    weeks = read(world).weeks
    assert weeks[0].first.weekday() == 0
    assert weeks[0] == Week(dt.date(2026, 11, 16), dt.date(2026, 11, 22), 1)
    assert weeks[1] == Week(dt.date(2026, 10, 5), dt.date(2026, 11, 15), 0, weeks=6)
    assert weeks[2] == Week(dt.date(2026, 9, 28), dt.date(2026, 10, 4), 1)
    assert read(world).running.first == dt.date(2026, 11, 23)


def test_work_in_progress_is_oldest_first_and_knows_how_long_it_was_blocked(world: World) -> None:
    young = world.item("Young", "In progress")
    with clock.at(NOW - dt.timedelta(days=9)) as moved:
        old = world.item("Old", "In progress")
        world.change(old, "block", "No test harbour")
        moved.advance(days=2)
        world.change(old, "unblock")
    rows = read(world).wip.rows
    assert [(row.ref, row.age.days) for row in rows] == [(old, 10), (young, 1)]
    assert (rows[0].blocked, rows[0].is_blocked) == (dt.timedelta(days=2), False)


def test_the_same_number_of_queries_for_one_item_and_for_many(world: World) -> None:
    def queries() -> int:
        with world.reading() as session:
            product = _product(session)
            count = 0

            def tick(*_: object) -> None:
                nonlocal count
                count += 1

            engine = session.get_bind()
            sa.event.listen(engine, "before_cursor_execute", tick)
            read_histories(session, product)
            sa.event.remove(engine, "before_cursor_execute", tick)
            return count

    finished(world, "One", 3, 2)
    once = queries()
    for number in range(5):
        finished(world, f"More {number}", 5, 2)
    assert queries() == once
