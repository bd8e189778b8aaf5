"""What work waited for and why promises moved, in a period."""

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Cause, Product
from kanban.reads.insights.lost_time import LostTime, read_lost_time
from kanban.reads.promises.calendar import read_calendar
from kanban.reads.promises.promises import promise_numbered
from tests.builders import World
from tests.reads.test_forecast import promise

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


def lost(world: World, since: dt.date | None = None) -> LostTime:
    with world.reading() as session:
        product = session.scalars(sa.select(Product).options(orm.selectinload(Product.columns))).one()
        return read_lost_time(session, product, since=since)


def waited(world: World, since: dt.date | None = None) -> list[tuple[str, int, int, int]]:
    """(what, items, times, days) of each line."""
    return [
        ("answers" if line.is_answer else line.what, line.items, line.times, line.length.days)
        for line in lost(world, since).blocked
    ]


def test_work_waits_for_answers_for_somebody_and_for_nobody_named(world: World, noon: clock.MovedClock) -> None:
    one, two, three = (world.item(name, "In progress") for name in ("One", "Two", "Three"))
    question = world.ask(one, "Which?", blocking=True)
    world.change(two, "block", "No keys", waiting_for="The harbour")
    noon.advance(days=2)
    world.question(question, "answer", "This one", by="olga")
    world.change(three, "block", "Broken")
    noon.advance(days=3)
    world.change(two, "unblock")
    world.change(two, "block", "Again", waiting_for="The harbour")
    noon.advance(days=1)
    assert waited(world) == [("The harbour", 1, 2, 6), ("", 1, 1, 4), ("answers", 1, 1, 2)]


def test_questions_that_hold_one_item_up_at_the_same_time_count_once(world: World, noon: clock.MovedClock) -> None:
    one, two = (world.item(name, "In progress") for name in ("One", "Two"))
    first, _open = (world.ask(one, body, blocking=True) for body in ("Which?", "How?"))
    noon.advance(days=2)
    world.ask(two, "When?", blocking=True)
    noon.advance(days=1)
    world.question(first, "answer", "This one", by="olga")
    noon.advance(days=2)
    last = world.ask(one, "Who?", blocking=True)
    noon.advance(days=1)
    world.question(last, "answer", "We", by="olga")
    assert waited(world) == [("answers", 2, 4, 6 + 4)]


def test_only_what_lies_in_the_work_and_in_the_period_counts(world: World, noon: clock.MovedClock) -> None:
    ref, gone = world.item("One", "Ready"), world.item("Gone", "In progress")
    for each in (ref, gone):
        world.change(each, "block", "No keys", waiting_for="The harbour")
    noon.advance(days=5)
    world.change(gone, "discard", "Not wanted")
    world.move(ref, "In progress")
    noon.advance(days=7)
    assert waited(world) == [("The harbour", 1, 1, 7)]
    today = clock.now().date()
    [(_what, _items, _times, days)] = waited(world, today - dt.timedelta(days=3))
    assert days == 3
    world.change(ref, "unblock")
    noon.advance(days=10)
    assert waited(world, clock.now().date() - dt.timedelta(days=3)) == []


def test_delays_are_counted_by_cause_and_earlier_days_are_none(world: World, noon: clock.MovedClock) -> None:
    promise(world, world.item("One"), dt.date(2026, 4, 1))

    def change(day: int, cause: Cause) -> None:
        with world.changing() as (session, product, member):
            found = promise_numbered(session, product, 1)
            assert found is not None
            calendar = read_calendar(session, product)
            day_then = dt.date(2026, 4, day)
            found.change(
                day_then, cause=cause, explanation="So it is.", calendar=calendar, is_finished=False, by=member
            )

    assert lost(world).delayed == ()
    change(8, Cause.BLOCKED)
    noon.advance(days=5)
    change(7, Cause.PEOPLE)
    change(9, Cause.BLOCKED)
    change(20, Cause.EXTERNAL)
    assert [(line.cause, line.times, line.days) for line in lost(world).delayed] == [
        ("external", 1, 11),
        ("blocked", 2, 9),
    ]
    assert [line.days for line in lost(world, clock.now().date()).delayed] == [11, 2]


def test_the_page_says_it_in_words(world: World, noon: clock.MovedClock) -> None:
    insights = "/products/FE/insights"
    world.item("Quiet", "Done")
    page = world.browser("vic").get(insights).text
    assert "No work in progress was blocked in this period." in page
    assert "No promise moved to a later day in this period." in page
    world.change(world.item("One", "In progress"), "block", "x", waiting_for="<b>The harbour</b>")
    world.ask(world.item("Two", "In progress"), "Which?", blocking=True)
    noon.advance(days=2)
    page = world.browser("vic").get(insights).text
    assert "&lt;b&gt;The harbour" in page
    assert "Answers to questions" in page
