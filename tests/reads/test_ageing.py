"""Age marks as they are read: by column, kept while nothing else finishes, and fresh when something does."""

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import orm

from kanban import clock
from kanban.models import Column, Product, Stage
from kanban.reads.board import ageing
from kanban.reads.board.ageing import read_age_marks
from kanban.reads.board.cards import load_cards
from kanban.reads.insights.charts import draw_charts
from kanban.reads.insights.insights import read_insights
from tests.builders import World
from tests.counting import counting

NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


@pytest.fixture
def world(app: Flask) -> World:
    with clock.at(NOON - dt.timedelta(days=60)):
        return World(app)


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


def finished(world: World, title: str) -> str:
    """Three days in progress, five in review, then done."""
    with clock.at(NOON - dt.timedelta(days=20)) as time:
        ref = world.item(title, "In progress")
        time.advance(days=3)
        world.move(ref, "Review")
        time.advance(days=5)
        world.move(ref, "Done")
    return ref


def begun(world: World, days_ago: int, column: str) -> str:
    with clock.at(NOON - dt.timedelta(days=days_ago)):
        ref = world.item("Running", "In progress")
        if column != "In progress":
            world.move(ref, column)
    return ref


def product(session: orm.Session) -> Product:
    return session.scalars(sa.select(Product).options(orm.selectinload(Product.columns))).one()


def old(world: World) -> set[str]:
    with world.reading() as session:
        return {card.ref for card in load_cards(session, product(session)) if card.is_old}


def test_the_same_age_is_old_in_one_column_and_not_in_the_next(world: World) -> None:
    doing, review = begun(world, 5, "In progress"), begun(world, 5, "Review")
    for number in range(9):
        finished(world, f"Done {number}")
    assert old(world) == set(), "nine finished items are too few"
    finished(world, "The tenth")
    assert old(world) == {doing}, "six days old; the others left it when they were four days old, and review at nine"
    assert review not in old(world)
    page = world.browser("olga").get(f"/items/{doing}").text
    assert "Older than 85 % of finished items were when they left In progress" in page
    assert "old for this column" not in world.browser("olga").get(f"/items/{review}").text
    assert "older than 85 % of finished items were" in world.browser("olga").get("/products/FE/board").text


def test_the_log_is_read_once_until_something_else_finishes(world: World) -> None:
    refs = [finished(world, f"Done {number}") for number in range(10)]

    def statements() -> int:
        with world.reading() as session:
            loaded = product(session)
            with counting() as asked:
                read_age_marks(session, loaded)
        return len(asked)

    assert statements() > 1
    assert statements() == 1
    world.move(refs[0], "Review")
    with world.reading() as session:
        assert read_age_marks(session, product(session)).otherwise is None, "nine are left"
    world.move(refs[0], "Done")
    assert statements() > 1
    assert statements() == 1


def test_what_is_old_on_the_chart_is_old_on_its_card(world: World, noon: clock.MovedClock) -> None:
    """Both are compared with the same finished items, however many there are before them."""
    for number in range(130):
        ref = world.item(f"Done {number}", "In progress")
        noon.advance(days=20 if number < 20 else 1)
        world.move(ref, "Done")
    refs = []
    for _day in range(4):
        refs.append(world.item("Under way", "In progress"))
        noon.advance(days=1)
    with world.reading() as session:
        product = session.scalars(sa.select(Product).options(orm.selectinload(Product.columns))).one()
        marks = read_age_marks(session, product)
        ageing = draw_charts(product, read_insights(session, product)).ageing
        assert ageing is not None
        [strip], [items] = [each for each in ageing.chart.strips if each.dots], [each for each in ageing.items if each]
        old = {items[dot.place].ref for dot in strip.dots if dot.is_old}
        mark = marks.days(next(column.number for column in product.standing if column.name == "In progress"))
        assert old == {row.ref for row in items if mark is not None and row.age.days > mark} != set()
        assert old < set(refs)


def test_a_column_of_another_stage_is_judged_as_such_at_once(world: World) -> None:
    """What left a removed column counts for the first one of its stage."""
    for number in range(10):
        with clock.at(NOON - dt.timedelta(days=20)) as time:
            ref = world.item(f"Done {number}", "In progress")
            for column in ("Review", "Acceptance", "Done"):
                time.advance(days=4)
                world.move(ref, column)
    with world.changing() as (_session, loaded, owner):
        doing, review = loaded.first_column(Stage.DOING), loaded.first_column(Stage.REVIEW)
        assert doing is not None and review is not None
        Column.add(loaded, "Pairing", Stage.DOING, by=owner, behind=doing)
        review.remove(occupancy=0, by=owner)

    def marks() -> dict[str, int | None]:
        with world.reading() as session:
            found = product(session)
            told = read_age_marks(session, found)
            return {column.name: told.days(column.number) for column in found.standing}

    before = marks()
    with world.changing() as (_session, loaded, owner):
        pairing = next(column for column in loaded.standing if column.name == "Pairing")
        pairing.change(by=owner, stage=Stage.REVIEW)
    after = marks()
    ageing._kept.clear()
    assert after == marks() != before
