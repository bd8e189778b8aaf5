"""A product that nobody heard of: marked in words, and its owner reminded once for each cadence that goes by."""

import datetime as dt
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from kanban import clock
from kanban.background import chores
from kanban.background.worker import Worker
from kanban.extensions import db
from kanban.mail.office import PostOffice
from kanban.models import Delivery, Member, Product
from kanban.policy import Role
from kanban.reads.updates import updates
from kanban.reads.updates.silence import products_to_remind, read_silence
from kanban.reads.updates.updates import list_updates
from tests.builders import World
from tests.reporting import UPDATES, add_stakeholders, begin, publish

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


def do_chores(world: World) -> None:
    for product_id in chores.products_due(world.app):
        chores.do_chores(world.app, product_id)


def reminders(world: World) -> list[tuple[int | None, str, str | None]]:
    """(to whom, state, trouble) of each reminder."""
    with world.reading() as session:
        query = sa.select(Delivery.user_id, Delivery.state, Delivery.trouble).where(Delivery.kind == "update_due")
        return [(row.user_id, row.state.value, row.trouble) for row in session.execute(query.order_by(Delivery.id))]


def configure(world: World, **values: object) -> None:
    with world.writing() as session:
        session.execute(sa.update(Product).values(**values))


def silent_days(world: World) -> int | None:
    with world.reading() as session:
        silence = read_silence(session, session.scalars(sa.select(Product)).one())
        return silence.days if silence is not None and silence.is_long else None


def test_the_owner_is_reminded_once_for_each_cadence_without_an_update(world: World, noon: clock.MovedClock) -> None:
    publish(world, begin(world))
    told = []
    for _day in range(45):
        noon.advance(days=1)
        do_chores(world)
        do_chores(world)
        told.append(len(reminders(world)))
    assert [told[day - 1] for day in (13, 14, 27, 28, 41, 42, 45)] == [0, 1, 1, 2, 2, 3, 3]
    assert {user_id for user_id, _state, _trouble in reminders(world)} == {world.ids["olga"]}


def test_a_new_update_begins_a_new_cadence(world: World, noon: clock.MovedClock) -> None:
    publish(world, begin(world))
    noon.advance(days=13)
    publish(world, begin(world))
    noon.advance(days=13)
    do_chores(world)
    assert reminders(world) == []
    noon.advance(days=1)
    do_chores(world)
    assert len(reminders(world)) == 1


def test_it_comes_in_the_morning_of_the_products_own_zone(world: World, noon: clock.MovedClock) -> None:
    configure(world, time_zone="Pacific/Auckland")
    publish(world, begin(world))
    noon.advance(days=14, hours=5)  # 6 in the morning there
    do_chores(world)
    assert reminders(world) == []
    noon.advance(hours=1)
    do_chores(world)
    assert len(reminders(world)) == 1


@pytest.mark.parametrize("values", [{"cadence_days": 0}, {"archived_at": NOON}])
def test_nobody_is_reminded_where_none_is_due_or_the_product_is_archived(
    world: World, noon: clock.MovedClock, values: dict[str, object]
) -> None:
    publish(world, begin(world))
    configure(world, **values)
    noon.advance(days=40)
    do_chores(world)
    assert reminders(world) == []


def test_where_nobody_waits_nothing_is_due_until_somebody_does(world: World, noon: clock.MovedClock) -> None:
    noon.advance(days=40)
    do_chores(world)
    assert (reminders(world), silent_days(world)) == ([], None)
    add_stakeholders(world, "Kari")
    noon.advance(days=14)
    do_chores(world)
    assert len(reminders(world)) == 1
    noon.advance(days=8)
    assert silent_days(world) == 22


def test_two_workers_at_once_remind_once(world: World, noon: clock.MovedClock) -> None:
    publish(world, begin(world))
    now = noon.advance(days=14)

    def work(_place: int) -> None:
        with clock.at(now):
            do_chores(world)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert len(reminders(world)) == 1


def test_what_became_needless_on_its_way_is_not_sent(world: World, noon: clock.MovedClock) -> None:
    publish(world, begin(world))
    noon.advance(days=14)
    do_chores(world)
    publish(world, begin(world))
    Worker(world.app, PostOffice.from_config(world.app.config["KANBAN"])).drain()
    assert reminders(world) == [(world.ids["olga"], "cancelled", "An update is no longer due.")]


@pytest.mark.parametrize(("days", "trouble"), [(13, "One is scheduled already."), (15, None)])
def test_one_that_goes_out_within_a_cadence_needs_no_reminder(
    world: World, noon: clock.MovedClock, days: int, trouble: str | None
) -> None:
    publish(world, begin(world))
    noon.advance(days=14)
    number = begin(world)
    with world.changing() as (session, product, member):
        update = updates.update_under_lock(session, product, number)
        assert update is not None
        update.edit({"headline": "On we go"}, by=member)
        update.schedule(noon.now() + dt.timedelta(days), known={}, by=member)
    do_chores(world)
    Worker(world.app, PostOffice.from_config(world.app.config["KANBAN"])).drain()
    assert [each for _user_id, _state, each in reminders(world)] == [trouble]


def test_whoever_gave_the_product_away_gets_no_reminder(world: World, noon: clock.MovedClock) -> None:
    publish(world, begin(world))
    noon.advance(days=14)
    do_chores(world)
    with world.writing() as session:
        for name, role in (("olga", Role.VIEWER), ("dora", Role.OWNER)):
            session.execute(sa.update(Member).where(Member.user_id == world.ids[name]).values(role=role))
    Worker(world.app, PostOffice.from_config(world.app.config["KANBAN"])).drain()
    assert [state for _user_id, state, _trouble in reminders(world)] == ["cancelled"]


def test_a_product_silent_too_long_is_marked_in_words_wherever_products_stand(
    world: World, noon: clock.MovedClock
) -> None:
    publish(world, begin(world))
    noon.advance(days=21)
    assert "readers expect one every" not in world.browser("vic").get(UPDATES).text
    noon.advance(days=1)
    page = world.browser("vic").get(UPDATES).text
    assert "No update for 22 days: readers expect one every 14 days." in page
    assert "silent for 22 days" in world.browser("dev").get("/products/FE/board").text
    publish(world, begin(world))
    assert "silent for" not in world.browser("vic").get(UPDATES).text.lower()


def test_mails_of_a_product_are_found_without_reading_those_of_all(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        asked: list[tuple[str, Any]] = []
        sa.event.listen(db.engine, "before_cursor_execute", lambda *heard: asked.append((heard[2], heard[3])))
        session = db.session()
        products_to_remind(session)
        list_updates(session, Product(id=1, time_zone="UTC"), drafts=True)
        about_mails = [each for each in asked if "FROM delivery" in each[0]]
        assert len(about_mails) >= 3
        for statement, values in about_mails:
            plan = [row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
            mails = [step for step in plan if re.match(r"(SCAN|SEARCH) delivery\b", step)]
            assert mails
            assert all("ix_delivery_product_id_kind" in step for step in mails), mails
