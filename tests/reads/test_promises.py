"""Promises and milestones as loaders read them, on both databases."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Cause, Closure, Commitment, Item, Milestone, Product, Stakeholder
from kanban.reads import locked
from kanban.reads.backlog.backlog import load_backlog
from kanban.reads.board.cards import load_cards
from kanban.reads.board.place import TOP
from kanban.reads.invariants import broken_invariants
from kanban.reads.promises import promises
from kanban.reads.promises.calendar import list_closures, read_calendar
from kanban.reads.promises.item_promises import promises_of
from kanban.reads.promises.milestones import find_milestone, items_named, list_milestones
from kanban.reads.questions.cost import NEAREST_PROMISE
from kanban.reads.updates.facts import read_facts
from kanban.status.outlook import by_row
from kanban.status.promises import Slips
from tests.builders import World

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)  # a Tuesday


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


def promise(world: World, about: str | int, **changed: Any) -> int:
    """Promise an item by its reference or a milestone by its number; answers the promise's number."""
    with world.changing() as (session, product, member):
        subject = items_named(session, product, [about])[0] if isinstance(about, str) else None
        what: dict[str, Any] = {"due_on": dt.date(2026, 12, 15), "statement": "", "people": []}
        commitment = Commitment.promise(
            product,
            subject or find_milestone(session, product, int(about)),  # type: ignore[arg-type]
            calendar=read_calendar(session, product),
            is_promised=False,
            is_finished=False,
            by=member,
            **(what | changed),
        )
        session.add(commitment)
        return commitment.number


def slip(world: World, number: int, day: dt.date) -> None:
    with world.changing() as (session, product, member):
        found = promises.promise_numbered(session, product, number)
        assert found is not None
        calendar = read_calendar(session, product)
        found.change(day, cause=Cause.PEOPLE, explanation="Ill", calendar=calendar, is_finished=False, by=member)


def test_items_milestones_and_the_product_tell_their_slips(world: World, noon: clock.MovedClock) -> None:
    one, two = world.item("One", "Ready"), world.item("Two", "Review")
    with world.changing() as (session, product, member):
        person = Stakeholder(product_id=product.id, name="Ada", email="ada@harbour.example")
        session.add(person)
        product.record("stakeholder_added", by=member, stakeholder=0, level="full")
    with world.changing() as (session, product, member):
        session.add(Milestone.make(product, "Summer", by=member))
        session.add(Milestone.make(product, "The next two", top=2, by=member))
    with world.changing() as (session, product, member):
        milestone = find_milestone(session, product, 1)
        for item in items_named(session, product, f"{one} {two}"):
            item.aim_for(milestone, is_reached=False, by=member)
    with world.changing() as (session, product, member):
        day = dt.date(2026, 12, 24)
        session.add(Closure.close(product, day, day, "Christmas", known=list_closures(session, product), by=member))
    with world.reading() as session:
        people = list(session.scalars(sa.select(Stakeholder)))
    own, of_summer = promise(world, one, people=people), promise(world, 1)
    slip(world, own, dt.date(2026, 12, 25))
    slip(world, own, dt.date(2026, 12, 22))
    slip(world, of_summer, dt.date(2027, 1, 4))
    noon.advance(hours=1)
    world.move(two, "Done")
    with world.reading() as session:
        product = session.scalars(sa.select(Product).options(orm.selectinload(Product.columns))).one()
        owner, viewer = (locked.membership(session, product.id, world.ids[name]) for name in ("olga", "vic"))
        assert owner is not None
        assert viewer is not None
        page = promises.load_promises(session, product, owner)
        assert [line.slips for line in page.running] == [Slips(1, 7), Slips(1, 20)]
        assert page.slips == Slips(2, 27)
        assert [(line.name, line.done, line.total) for line in page.milestones] == [
            ("Summer", 1, 2),
            ("The next two", 1, 2),
        ]
        assert page.running[0].people == (promises.PersonLine("Ada", "ada@harbour.example"),)
        assert promises.load_promises(session, product, viewer).running[0].people is None
        told = promises_of(session, product, items_named(session, product, one)[0], owner)
        assert (told.slips, told.milestone_name, told.choices) == (Slips(1, 7), "Summer", [(1, "Summer")])
        assert told.of_milestone is not None
        assert told.of_milestone.due_on == dt.date(2027, 1, 4)
        assert [card.promised_on for card in load_cards(session, product)] == [
            dt.date(2026, 12, 22),
            dt.date(2027, 1, 4),
        ]
        backlog = load_backlog(session, product, owner)
        row = backlog.rows[0]
        assert [each.due_on for each in by_row(backlog.ahead.promises)[row.item_id]] == [
            dt.date(2026, 12, 22),
            dt.date(2027, 1, 4),
        ]
        assert row.milestone == "Summer"
        slipped = [
            (each.ref, each.old_on.day, each.new_on and each.new_on.day)
            for each in read_facts(session, product).slipped
        ]
        assert slipped == [("", 15, 4), (one, 15, 22)]
        calendar = read_calendar(session, product)
        assert calendar.next_working(dt.date(2026, 12, 24)) == dt.date(2026, 12, 25)
        assert list_milestones(session, product)[0].finished_on is None
        assert broken_invariants(session) == []


@pytest.mark.parametrize("top", range(1, 8))
def test_the_next_ones_of_a_milestone_are_those_that_questions_are_ordered_by(
    world: World, noon: clock.MovedClock, top: int
) -> None:
    for column in ("Backlog", "Ready", "In progress", "Backlog", "Ready", "Ready"):
        world.item(f"In {column}", column)
    noon.advance(hours=1)
    world.move("FE-6", "Review", wish=TOP)
    world.move("FE-5", "In progress", wish=TOP)
    with world.changing() as (session, product, member):
        session.add(Milestone.make(product, "The next ones", top=top, by=member))
    promise(world, 1)
    with world.reading() as session:
        product = session.scalars(sa.select(Product).options(orm.selectinload(Product.columns))).one()
        [line] = list_milestones(session, product)
        query = sa.select(Item.number).where(NEAREST_PROMISE.is_not(None)).order_by(Item.number)
        assert sorted(each.ref for each in line.items) == [f"FE-{number}" for number in session.scalars(query)]
        assert {"FE-3", "FE-5", "FE-6", "FE-2"} >= {each.ref for each in line.items} or top > 4
