"""What the forecast said is kept once a day, marked with what came, and counted; nothing of it ever changes afterwards."""

import datetime as dt
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.background import chores
from kanban.background.worker import Worker
from kanban.flow.calibration import DRIFTS
from kanban.mail.office import PostOffice
from kanban.models import Ending, ForecastMemory, ForecastSnapshot, Item, Milestone, Product
from kanban.reads.board.place import TOP
from kanban.reads.insights import snapshots
from kanban.reads.insights.forecast import read_forecast
from kanban.reads.promises.milestones import find_milestone, items_named
from kanban.reads.promises.promises import promise_numbered
from kanban.transfer.exporting import as_document
from tests.builders import World
from tests.reads.test_forecast import DAY, NOON, history, one_a_week, promise
from tests.reads.test_promises import promise as promise_milestone


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


def do_chores(world: World) -> int:
    """As a worker does them; answers for how many products there was something to do."""
    due = chores.products_due(world.app)
    for product_id in due:
        chores.do_chores(world.app, product_id)
    return len(due)


def rows(world: World) -> list[dict[str, Any]]:
    query = sa.select(ForecastSnapshot.__table__).order_by(ForecastSnapshot.made_on, ForecastSnapshot.id)
    with world.reading() as session:
        return [dict(row._mapping) for row in session.execute(query)]  # noqa: SLF001


def memory(world: World) -> ForecastMemory:
    with world.reading() as session:
        return session.scalars(sa.select(ForecastMemory)).one()


def finish(world: World, ref: str, at: dt.datetime) -> None:
    with clock.at(at):
        world.move(ref, "Done")


def test_a_day_has_one_row_of_the_product_and_one_of_each_open_promise(world: World) -> None:
    history(world, one_a_week())
    second = [world.item("First"), world.item("Second")][1]
    promise(world, second, dt.date(2026, 12, 15))
    assert do_chores(world) == 1
    own, promised = rows(world)
    today = dt.date(2026, 11, 24)
    assert (own["made_on"], own["items"], own["commitment_id"], own["shares"]) == (today, snapshots.NEXT, None, 3)
    assert own["p50_on"] <= own["p85_on"] <= own["p95_on"]
    assert (own["window_first"], own["window_until"]) == (dt.date(2026, 8, 25), dt.date(2026, 11, 23))
    assert (promised["made_on"], promised["items"], promised["target_on"]) == (today, 2, dt.date(2026, 12, 15))
    with world.changing() as (session, product, _):
        assert read_forecast(session, product, positions=2).of_queue(2, 0)[1].sure == promised["p85_on"]  # type: ignore[index]
    assert do_chores(world) == 0


def test_a_row_never_changes_but_for_its_mark(world: World, noon: clock.MovedClock) -> None:
    history(world, one_a_week())
    second = [world.item("First"), world.item("Second")][1]
    promise(world, second, dt.date(2026, 12, 15))
    do_chores(world)
    before = rows(world)
    world.move(second, "Backlog", wish=TOP)
    history(world, [2, 2, 3, 3])
    chores.do_chores(world.app, 1)
    assert rows(world) == before
    finish(world, second, NOON + 2 * DAY)
    noon.advance(days=3)
    do_chores(world)
    marked = [row for row in rows(world) if row["made_on"] == before[0]["made_on"]]
    assert [row | {"ended_on": None, "ending": None} for row in marked] == before
    assert (marked[1]["ended_on"], marked[1]["ending"]) == (dt.date(2026, 11, 26), Ending.FINISHED)
    world.move(second, "Backlog", wish=TOP)
    noon.advance(days=1)
    do_chores(world)
    assert [row for row in rows(world) if row["made_on"] == before[0]["made_on"]] == marked


def test_days_on_which_nothing_ran_stay_empty(world: World, noon: clock.MovedClock) -> None:
    history(world, one_a_week())
    do_chores(world)
    noon.advance(days=5)
    do_chores(world)
    assert [row["made_on"].day for row in rows(world)] == [24, 29]


def test_two_workers_that_looked_at_the_same_time_write_one_row(world: World) -> None:
    history(world, one_a_week())
    with world.reading() as session:
        product = session.scalars(sa.select(Product)).one()
        both = [snapshots.snapshot_forecasts(session, product) for _ in range(2)]
        learnt = [snapshots.learn_drift(session, product) for _ in range(2)]
    for statements in (*both, *learnt):
        with world.writing() as session:
            for statement in statements:
                session.execute(statement)
    assert len(rows(world)) == 1
    assert memory(world).learnt_on == dt.date(2026, 11, 24)


def test_two_workers_in_the_same_moment_write_one_row_of_each_subject(world: World) -> None:
    history(world, one_a_week())
    promise(world, world.item("Promised"), dt.date(2026, 12, 15))
    barrier = threading.Barrier(2, timeout=10)

    def work() -> None:
        with clock.at(NOON):
            due = chores.products_due(world.app)
            barrier.wait()
            for product_id in due:
                chores.do_chores(world.app, product_id)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(work) for _ in range(2)]:
            done.result()
    assert [row["commitment_id"] for row in rows(world)] == [None, 1]


def test_the_running_worker_does_what_is_due_and_then_rests(world: World) -> None:
    history(world, one_a_week())
    worker = Worker(world.app, PostOffice.from_config(world.app.config["KANBAN"])).start()
    try:
        while chores.products_due(world.app):
            threading.Event().wait(0.02)
    finally:
        worker.stop()
    assert len(rows(world)) == 1


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-10-24T22:30:00+00:00", "2026-10-25"),  # the day on which clocks go back begins at 22:00 UTC
        ("2026-10-25T22:30:00+00:00", "2026-10-25"),  # and has 25 hours
        ("2026-10-25T23:30:00+00:00", "2026-10-26"),
        ("2026-03-28T23:30:00+00:00", "2026-03-29"),
        ("2026-03-29T21:59:00+00:00", "2026-03-29"),  # 23 hours
        ("2026-03-29T22:01:00+00:00", "2026-03-30"),
    ],
)
def test_a_day_is_the_products_own_day_also_when_clocks_change(world: World, instant: str, day: str) -> None:
    with world.writing() as session:
        session.execute(sa.update(Product).values(time_zone="Europe/Oslo"))
    with clock.at(dt.datetime.fromisoformat(instant)) as moved:
        do_chores(world)
        assert [row["made_on"].isoformat() for row in rows(world)] == [day]
        midnight = dt.datetime.combine(rows(world)[0]["made_on"] + DAY, dt.time(), ZoneInfo("Europe/Oslo"))
        moved.move_to(midnight - dt.timedelta(seconds=1))
        assert do_chores(world) == 0
        moved.move_to(midnight)
        assert do_chores(world) == 1
        assert len(rows(world)) == 2


def test_a_time_zone_that_turns_the_day_back_writes_nothing_twice(world: World) -> None:
    with world.writing() as session:
        session.execute(sa.update(Product).values(time_zone="Pacific/Auckland"))
    do_chores(world)
    with world.writing() as session:
        session.execute(sa.update(Product).values(time_zone="America/Los_Angeles"))
    assert do_chores(world) == 0
    chores.do_chores(world.app, 1)
    assert [row["made_on"].day for row in rows(world)] == [25]


def test_the_products_own_row_is_marked_with_its_tenth_finish(world: World, noon: clock.MovedClock) -> None:
    history(world, one_a_week())
    refs = [world.item(f"Next {n}") for n in range(10)]
    do_chores(world)
    for number, ref in enumerate(refs):
        finish(world, ref, NOON + (number + 1) * DAY)
    noon.advance(days=10)
    do_chores(world)
    assert rows(world)[0]["ending"] is None, "the tenth was finished today and may still be taken back"
    noon.advance(days=1)
    do_chores(world)
    assert (rows(world)[0]["ended_on"], rows(world)[0]["ending"]) == (dt.date(2026, 12, 4), Ending.FINISHED)
    kept = memory(world).kept
    assert kept["85"] == [1, 1]
    with world.changing() as (session, product, _):
        told = read_forecast(session, product, positions=1).track
    assert (told.sure.held, told.sure.n, told.sure.is_too_early) == (1, 1, True)


def test_a_promise_taken_back_counts_only_where_its_date_had_passed(world: World, noon: clock.MovedClock) -> None:
    history(world, one_a_week())
    ref = world.item("Promised")
    promise(world, ref, dt.date(2026, 12, 15))
    do_chores(world)
    sure = rows(world)[1]["p85_on"]
    noon.move_to(dt.datetime.combine(sure + DAY, dt.time(12), dt.UTC))
    with world.changing() as (session, product, owner):
        found = promise_numbered(session, product, 1)
        assert found is not None
        found.withdraw("Not wanted", is_finished=False, by=owner)
    noon.advance(days=1)
    do_chores(world)
    assert rows(world)[1]["ending"] is Ending.WITHDRAWN
    assert memory(world).kept["85"][1] >= 1 and memory(world).kept["85"][0] == 0


def test_milestones_are_foretold_as_sets_and_marked_when_their_last_item_is_done(
    world: World, noon: clock.MovedClock
) -> None:
    history(world, one_a_week())
    one, two = world.item("One"), world.item("Two")
    with world.changing() as (session, product, owner):
        session.add(Milestone.make(product, "Summer", by=owner))
        session.add(Milestone.make(product, "The next three", top=3, by=owner))
    with world.changing() as (session, product, owner):
        milestone = find_milestone(session, product, 1)
        for item in items_named(session, product, f"{one} {two}"):
            item.aim_for(milestone, is_reached=False, by=owner)
    promise_milestone(world, 1)
    promise_milestone(world, 2)
    do_chores(world)
    assert [row["items"] for row in rows(world)] == [10, 2, 3]
    for days, ref in enumerate((one, two), start=1):
        finish(world, ref, NOON + days * DAY)
    noon.advance(days=3)
    do_chores(world)
    assert rows(world)[1]["ended_on"] == dt.date(2026, 11, 26)


def test_the_drift_is_learnt_by_the_worker_once_a_week_and_used_by_every_forecast(
    world: World, noon: clock.MovedClock
) -> None:
    history(world, [1 + 7 * week for week in range(60)], began=420)
    with world.changing() as (session, product, _):
        assert read_forecast(session, product, positions=3).model.drift == 0.4
    do_chores(world)
    learnt = memory(world)
    assert learnt.drift != 0.4 and 0 <= learnt.drift <= max(DRIFTS) and learnt.drift_n > 10
    assert learnt.tried["85"][1] >= 10
    with world.changing() as (session, product, _):
        found = read_forecast(session, product, positions=3)
    assert found.model.drift == learnt.drift and found.track.tried_on == dt.date(2026, 11, 24)
    assert rows(world)[0]["drift"] == learnt.drift
    noon.advance(days=6)
    do_chores(world)
    assert memory(world).learnt_on == dt.date(2026, 11, 24)
    noon.advance(days=1)
    do_chores(world)
    assert memory(world).learnt_on == dt.date(2026, 12, 1)


def test_little_history_is_kept_as_no_date_and_never_judged(world: World, noon: clock.MovedClock) -> None:
    ref = world.item("Only one")
    promise(world, ref, dt.date(2026, 12, 1))
    do_chores(world)
    assert [(row["shares"], row["p85_on"]) for row in rows(world)] == [(0, None), (0, None)]
    noon.advance(days=30)
    do_chores(world)
    assert memory(world).kept["85"] == [0, 0]


def test_an_archived_product_is_left_alone_and_no_version_is_taken(world: World) -> None:
    history(world, one_a_week())
    do_chores(world)
    with world.writing() as session:
        version = session.scalar(sa.select(Product.version))
        session.execute(sa.update(Product).values(archived_at=NOON))
        session.execute(sa.delete(ForecastMemory))
    assert do_chores(world) == 0
    with world.reading() as session:
        assert session.scalar(sa.select(Product.version)) == version, "the memory stands outside the log"
        assert session.scalar(sa.select(sa.func.count()).select_from(Item))


def test_what_was_kept_leaves_with_the_product_as_plain_json(world: World) -> None:
    history(world, one_a_week())
    promise(world, world.item("Promised"), dt.date(2026, 12, 15))
    do_chores(world)
    with world.changing() as (session, product, _):
        told = json.loads(json.dumps(as_document(session, product, has_requests=True)))["forecasts"]
    assert [(row["promise"], row["made_on"], row["target_on"], row["ending"]) for row in told] == [
        (None, "2026-11-24", None, None),
        (1, "2026-11-24", "2026-12-15", None),
    ]


def test_a_product_that_is_erased_takes_its_memory_with_it(world: World) -> None:
    tables = (ForecastSnapshot.__table__, ForecastMemory.__table__)
    for table in tables:
        [key] = [key for key in table.foreign_keys if key.column.table.name == "product"]
        assert key.ondelete == "CASCADE"
