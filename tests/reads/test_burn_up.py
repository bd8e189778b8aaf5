"""A milestone's scope, what of it was done, when the rest will be, and what its growth means."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest

from kanban import clock
from kanban.formatting import long_day
from kanban.models import Milestone
from kanban.reads.promises.burn_up import BurnUp, load_burn_up
from kanban.reads.promises.growth import MilestoneAhead, read_milestones_ahead
from kanban.reads.promises.milestones import find_milestone, items_named, list_milestones
from tests.blueprints.undoing import undo
from tests.builders import World
from tests.reads.test_forecast import DAY, NOON, history, one_a_week
from tests.reads.test_promises import promise, slip


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


def make(world: World, name: str, **fields: Any) -> None:
    with world.changing() as (session, product, owner):
        session.add(Milestone.make(product, name, by=owner, **fields))


def join(world: World, number: int | None, *refs: str, by: str = "olga") -> None:
    with world.changing(by) as (session, product, member):
        milestone = find_milestone(session, product, number) if number else None
        for item in items_named(session, product, refs):
            item.aim_for(milestone, is_reached=False, by=member)


def page(world: World, number: int = 1) -> BurnUp:
    with world.changing() as (session, product, owner):
        found = load_burn_up(session, product, owner, number)
    assert found is not None
    return found


def ahead(world: World) -> dict[int, MilestoneAhead]:
    with world.changing() as (session, product, _):
        return read_milestones_ahead(session, product, list_milestones(session, product))[1]


def test_the_scope_tells_who_added_what_and_a_discarded_item_leaves_it(world: World) -> None:
    refs = [world.item(f"Item {n}") for n in range(3)]
    with clock.at(NOON - 20 * DAY):
        make(world, "Summer")
        join(world, 1, refs[0])
    with clock.at(NOON - 10 * DAY):
        join(world, 1, refs[1], refs[2], by="dora")
    with clock.at(NOON - 5 * DAY):
        world.change(refs[2], "discard", "Not wanted")
    found = page(world)
    assert [(change.ref, change.by, change.is_added, change.scope) for change in found.changes] == [
        (refs[0], "Olga", True, 1),
        (refs[1], "Dora", True, 2),
        (refs[2], "Dora", True, 3),
        (refs[2], "Olga", False, 2),
    ]
    assert found.changes[-1].scope == found.line.total == 2
    join(world, None, refs[1])
    assert page(world).changes[-1].scope == page(world).line.total == 1


@pytest.mark.parametrize("name", ["a discard", "a restore", "a joining", "a leaving"])
def test_what_was_undone_is_no_change_of_the_scope(world: World, name: str) -> None:
    one, two = (world.item(title) for title in ("One", "Two"))
    make(world, "Summer")
    join(world, 1, one)
    if name == "a restore":
        world.change(one, "discard", "Not wanted")
    before = page(world)
    match name:
        case "a discard":
            world.change(one, "discard", "Not wanted")
        case "a restore":
            assert world.browser("olga").post(f"/items/{one}/restore", hx=True).status_code == 200
        case "a joining":
            join(world, 1, two)
        case _:
            join(world, None, one)
    version = world.version()
    assert page(world).changes != before.changes
    assert undo(world, version=version).status_code == 200
    after = page(world)
    assert (after.changes, after.chart, after.line) == (before.changes, before.chart, before.line)
    join(world, 1, two)
    assert page(world).changes[-1].scope == page(world).line.total


def test_a_split_that_was_undone_is_no_change_of_the_scope(world: World) -> None:
    one = world.item("One")
    make(world, "Summer")
    join(world, 1, one)
    before = page(world)
    sent = {"titles": "At sea\nAshore", "milestone": "1"}
    assert world.browser("olga").post(f"/items/{one}/split", sent, hx=True).status_code == 200
    version = world.version()
    assert page(world).line.total == 3
    assert undo(world, version=version).status_code == 200
    assert (page(world).changes, page(world).line) == (before.changes, before.line)


def test_what_was_done_before_it_joined_never_stands_above_the_scope(world: World) -> None:
    with clock.at(NOON - 30 * DAY):
        early = world.item("Early", "Done")
    late = world.item("Late")
    with clock.at(NOON - 20 * DAY):
        make(world, "Summer")
        join(world, 1, early, late)
    with clock.at(NOON - 2 * DAY):
        world.move(late, "Done")
    found = page(world)
    assert found.finishes == ((dt.date(2026, 11, 4), 1), (dt.date(2026, 11, 22), 2))
    assert found.ahead is None and not found.chart.rays


def test_every_promised_day_stays_visible(world: World) -> None:
    make(world, "Summer")
    join(world, 1, world.item("One"))
    number = promise(world, 1)
    for day in (18, 22):
        slip(world, number, dt.date(2026, 12, day))
    targets = page(world).chart.targets
    assert [(target.day.day, target.is_current) for target in targets if target.day] == [
        (15, False),
        (18, False),
        (22, True),
    ]
    assert [target.at for target in targets] == sorted({target.at for target in targets})


def test_the_cone_ends_on_the_dates_that_are_told(world: World) -> None:
    history(world, one_a_week())
    make(world, "Summer")
    join(world, 1, *[world.item(f"Item {n}") for n in range(4)])
    found = page(world)
    assert found.ahead and set(found.ahead.dates) == {50, 85, 95}
    assert [ray.share for ray in found.chart.rays] == [15, 50, 85, 95]
    ends = [ray.x for ray in found.chart.rays]
    assert ends == sorted(ends) and {ray.y for ray in found.chart.rays} == {found.chart.plot.top}


def test_growth_never_brings_a_date_forward_and_is_told_only_where_there_is_some(world: World) -> None:
    history(world, one_a_week())
    refs = [world.item(f"Item {n}") for n in range(6)]
    with clock.at(NOON - 40 * DAY):
        make(world, "Growing")
        make(world, "Calm")
        make(world, "The next twenty", top=20)
        join(world, 1, *refs[:2])
        join(world, 2, refs[4], refs[5])
    make(world, "New")
    assert ahead(world)[1].growing is None
    for days, ref in ((20, refs[2]), (6, refs[3])):
        with clock.at(NOON - days * DAY):
            join(world, 1, ref)
    found = ahead(world)
    growing, calm, top = found[1], found[2], found[3]
    assert (growing.added, growing.weeks) == (2, 5) and growing.growing
    for share in (50, 85, 95):
        then = growing.growing[share]
        assert then is None or then >= (growing.dates[share] or dt.date.max)
    assert growing.growing[85] != growing.dates[85]
    assert calm.growing is None and calm.weeks == 5
    assert top.growing is None and top.dates[85]
    assert 4 not in found, "it has no items"
    for number in (1, 2):
        world.browser("olga").post("/products/FE/promises", {"milestone": number, "due_on": "2027-03-01"})
    backlog = world.browser("dev").get("/products/FE/backlog").text
    lines = re.findall(r'data-promise="(\d)"><details.*?<p>(.*?)</p>', backlog)
    day = growing.growing[85]
    told = f"it is done by {long_day(day, today=NOON.date())}." if day else "it is not done within five years."
    assert {number: told in why for number, why in lines} == {"1": True, "2": False}


def test_what_joined_and_left_again_is_no_growth(world: World) -> None:
    history(world, one_a_week())
    refs = [world.item(f"Item {n}") for n in range(2)]
    with clock.at(NOON - 40 * DAY):
        make(world, "Summer")
        join(world, 1, refs[0])
    with clock.at(NOON - 10 * DAY):
        join(world, 1, refs[1])
    with clock.at(NOON - 9 * DAY):
        join(world, None, refs[1])
    assert ahead(world)[1].growing is None


def test_what_left_by_mistake_and_was_taken_back_is_no_growth(world: World) -> None:
    history(world, one_a_week())
    ref = world.item("One")
    with clock.at(NOON - 40 * DAY):
        make(world, "Summer")
        join(world, 1, ref)
    with clock.at(NOON - 10 * DAY):
        join(world, None, ref)
        assert undo(world).status_code == 200
    assert (ahead(world)[1].added, ahead(world)[1].weeks) == (0, 5)


def test_a_reorder_never_changes_the_curves(world: World) -> None:
    history(world, one_a_week())
    refs = [world.item(f"Item {n}") for n in range(5)]
    make(world, "Summer")
    join(world, 1, refs[0])
    before = ahead(world)[1]
    world.move(refs[0], "Backlog")
    after = ahead(world)[1]
    assert (before.aim.reach.finishes, after.aim.reach.finishes) == (1, 5)
    world.move(refs[4], "Backlog")
    assert ahead(world)[1].aim.reach.finishes == 4
    make(world, "The next five", top=5)
    finished = ahead(world)[2].dates
    assert all(finished[share] <= day for share, day in after.dates.items()), "its last item has to be done as well"  # type: ignore[operator]
