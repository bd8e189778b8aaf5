"""What a new item would displace at each place of the queue, and the sentences about it."""

import datetime as dt
from collections.abc import Iterator

import pytest
from flask_babel import force_locale

from kanban import clock
from kanban.models import Commitment, Milestone, Stakeholder
from kanban.reads.backlog.displacement import Displacement, read_displacement
from kanban.reads.backlog.displacement_words import plain_sentences, sentences
from kanban.reads.promises.calendar import read_calendar
from kanban.reads.promises.milestones import find_milestone, items_named
from kanban.reads.promises.outlook import read_ahead, read_queue
from tests.builders import World
from tests.reads.test_forecast import NOON, history, one_a_week

TODAY = dt.date(2026, 11, 24)


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


def displacement(world: World, index: int) -> Displacement:
    with world.changing() as (session, product, _):
        return read_displacement(session, product, index)


def every_place(world: World, length: int) -> list[Displacement]:
    return [displacement(world, index) for index in range(length + 1)]


def promised(world: World, *refs: str, spare_days: int, to: str = "Harbour Board") -> None:
    """Promise each item as many days after its 85 % date of now, moved on to a working day."""
    with world.changing() as (session, product, owner):
        rows = read_ahead(session, product, queue := read_queue(session, product)).rows
        place = {item.item_id: n for n, item in enumerate(queue)}
        person = Stakeholder(product_id=product.id, name="Ada Lind", email=f"{refs[0]}@x.example".lower())
        person.organisation = to
        session.add(person)
        calendar = read_calendar(session, product)
        for item in items_named(session, product, list(refs)):
            sure = rows[place[item.id]].sure if rows else None
            due = calendar.next_working((sure or TODAY) + dt.timedelta(days=spare_days))
            told = {"statement": item.title, "people": [person], "is_promised": False, "is_finished": False}
            session.add(Commitment.promise(product, item, due_on=due, calendar=calendar, by=owner, **told))  # type: ignore[arg-type]


def test_the_bottom_displaces_nothing_and_a_later_place_never_more(world: World) -> None:
    history(world, one_a_week())
    refs = [world.item(f"Next {n}") for n in range(9)]
    promised(world, *refs[::3], spare_days=0)
    with world.changing() as (session, product, owner):
        session.add(Milestone.make(product, "Summer", by=owner))
    with world.changing() as (session, product, owner):
        for item in items_named(session, product, refs[4:7:2]):
            item.aim_for(find_milestone(session, product, 1), is_reached=False, by=owner)
    found = every_place(world, len(refs))
    assert (found[-1].promises, found[-1].items, found[-1].position) == ((), (), 10)
    assert found[0].promises and found[0].items_moved >= len(refs) // 2
    for earlier, later in zip(found, found[1:], strict=False):
        assert later.items_moved <= earlier.items_moved
        before = {each.number: each for each in earlier.promises}
        assert {each.number for each in later.promises} <= set(before)
        assert all(each.days <= before[each.number].days for each in later.promises)
        assert {each.number for each in later.promises if each.is_worse} <= {
            each.number for each in earlier.promises if each.is_worse
        }
        assert earlier.own and later.own and earlier.own.sure and later.own.sure
        assert earlier.own.sure <= later.own.sure


def test_what_stands_before_the_place_is_never_named(world: World) -> None:
    history(world, one_a_week())
    refs = [world.item(f"Next {n}") for n in range(6)]
    promised(world, *refs, spare_days=0)
    for index, found in enumerate(every_place(world, 6)):
        named = {each.ref for each in found.items} | {each.ref for each in found.promises}
        assert not named & set(refs[:index])


@pytest.mark.parametrize(
    ("others", "health", "words"),
    [
        (8, "at_risk", "put the promise to Harbour Board at risk"),
        (0, "off_track", "break the promise to Harbour Board"),
    ],
)
def test_a_promise_without_days_to_spare_turns_and_is_told_with_its_organisation_only(
    world: World, others: int, health: str, words: str
) -> None:
    history(world, one_a_week())
    for n in range(others):
        world.item(f"Next {n}")
    promised(world, world.item("Refunds"), spare_days=0)
    found = displacement(world, 0)
    [promise] = found.promises
    assert (promise.was_health, promise.health) == ("on_track", health)
    half, sure = promise.days
    assert sure is not None and half is not None and sure >= 4 and half >= 4
    with world.app.test_request_context(), force_locale("en"):
        told = sentences(found, TODAY)[0]
    assert told.startswith("It would move “Refunds” from ") and "Ada" not in told
    assert f"{words} (promised for " in told


def test_a_promise_with_days_to_spare_moves_and_still_stands(world: World) -> None:
    history(world, one_a_week())
    promised(world, world.item("Refunds"), spare_days=60)
    found = displacement(world, 0)
    [promise] = found.promises
    assert promise.health == "on_track" and not promise.is_worse
    with world.app.test_request_context(), force_locale("en"):
        assert sentences(found, TODAY)[0].endswith("; how the promise stands does not change.")


def test_without_history_nothing_is_said_of_dates(world: World) -> None:
    world.item("Next")
    found = displacement(world, 0)
    assert found.own is None
    with world.app.test_request_context(), force_locale("en"):
        assert sentences(found, TODAY) == ["There is too little history to say what it would move."]


def test_an_empty_queue_and_a_place_beyond_its_end_are_the_bottom(world: World) -> None:
    history(world, one_a_week())
    assert displacement(world, 5).position == 1
    world.item("Next")
    assert displacement(world, 500).position == 2
    assert displacement(world, -3).position == 1


def test_many_items_are_counted_and_few_are_named(world: World) -> None:
    history(world, one_a_week())
    for n in range(12):
        world.item(f"Next {n}")
    found = displacement(world, 0)
    assert len(found.items) == 5 and found.items_moved > 5
    with world.app.test_request_context(), force_locale("en"):
        assert sentences(found, TODAY)[-1].endswith("more items come a week or more later.")


def test_an_outsider_reads_how_much_moves_and_no_name_of_anything(world: World) -> None:
    history(world, one_a_week())
    refs = [world.item(f"Secret {n}") for n in range(12)]
    promised(world, refs[0], refs[2], spare_days=0)
    found = displacement(world, 0)
    assert found.things == len({each.ref for each in found.promises} | {each.ref for each in found.items}) + (
        found.items_moved - len(found.items)
    )
    nearest = found.promises[0].days[1]
    with world.app.test_request_context(), force_locale("en"):
        assert any("Secret" in line and "Harbour Board" in line for line in sentences(found, TODAY))
        [told] = plain_sentences(found)
        assert told == f"Taking it up moves {found.things} other things, the nearest of them by {nearest} days."
        assert plain_sentences(displacement(world, 12)) == sentences(displacement(world, 12), TODAY)
