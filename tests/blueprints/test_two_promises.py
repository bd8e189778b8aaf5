"""An item under two promises: the row, the card and the page tell the nearest day, the worst health, and name both."""

import datetime as dt
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.models import Item
from kanban.reads.questions.cost import NEAREST_PROMISE
from tests.blueprints.test_requests import LIST, asked, person
from tests.builders import World
from tests.reads.test_forecast import NOON, history, one_a_week

PROMISES = "/products/FE/promises"
FAR, NEAR = dt.date(2027, 6, 15), dt.date(2026, 11, 26)


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


def promise(world: World, statement: str, due_on: dt.date, **about: str) -> None:
    form = {"due_on": due_on.isoformat(), "statement": statement, **about}
    assert world.browser("olga").post(PROMISES, form, hx=True).status_code == 200


def from_request(world: World, due_on: dt.date) -> str:
    """A promised request that was accepted; answers the item that comes from it."""
    number = asked(world, "Refunds for Kari Nordmann", person(world))
    promise(world, "Money back", due_on, request=str(number))
    answer = world.browser("olga").post(f"{LIST}/{number}/accept", {"title": "Refunds", "place": "top"})
    assert answer.status_code == 303
    return re.findall(r"FE-\d+", world.browser("olga").get(PROMISES).text)[0]


def given(world: World, ref: str) -> str:
    page = world.browser("dev").get("/products/FE/backlog").text
    [row] = re.findall(rf'<li[^>]*id="row-{ref}".*?</li>', page, re.DOTALL)
    [chip] = re.findall(r'<span class="given">.*?</span></span></span>|<span class="given"></span>', row, re.DOTALL)
    return chip


@pytest.mark.parametrize(("own", "requested"), [(FAR, NEAR), (NEAR, FAR)])
def test_a_row_tells_the_worst_of_its_own_and_its_requests_promise(
    both: World, own: dt.date, requested: dt.date
) -> None:
    history(both, one_a_week())
    ref = from_request(both, requested)
    promise(both, "Refunds work", own, item=ref)
    chip = given(both, ref)
    assert "off track" in chip and "26 Nov" in re.sub(r'title="[^"]*"', "", chip)
    assert "Money back: " in chip and "Refunds work: " in chip and "15 June" in chip


def test_a_row_takes_in_the_promise_of_its_milestone_only_beside_its_own(world: World) -> None:
    history(world, one_a_week())
    first, second = world.item("First"), world.item("Second")
    olga = world.browser("olga")
    olga.post("/products/FE/milestones", {"name": "Winter", "kind": "set", "items": f"{first} {second}"})
    promise(world, "Winter timetable", NEAR, milestone="1")
    assert "chip" not in given(world, first)
    promise(world, "The first", FAR, item=first)
    assert "off track" in given(world, first) and "Winter timetable: " in given(world, first)
    assert "chip" not in given(world, second)


def test_the_card_shows_the_nearest_day_and_names_both(both: World) -> None:
    ref = from_request(both, NEAR)
    both.move(ref, "Ready")
    board = both.browser("dev").get("/products/FE/board").text
    assert "26 Nov</span>" in board and "Its request" not in board
    promise(both, "Refunds work", FAR, item=ref)
    board = both.browser("dev").get("/products/FE/board").text
    assert "26 Nov</span>" in board
    assert "The item itself: Tuesday 15 June" in board and "Its request: Thursday 26 November" in board


def test_the_card_of_an_item_whose_milestone_alone_is_promised_tells_that_day(world: World) -> None:
    first = world.item("First", "Ready")
    world.item("Second", "Ready")
    world.browser("olga").post("/products/FE/milestones", {"name": "Winter", "kind": "set", "items": first})

    def board() -> str:
        return world.browser("dev").get("/products/FE/board").text

    assert "promised for" not in board()
    promise(world, "Winter timetable", NEAR, milestone="1")
    assert board().count("Its milestone is promised for Thursday 26 November") == 1
    promise(world, "The first", FAR, item=first)
    assert "Its milestone is promised" not in board() and "Its milestone: Thursday 26 November" in board()


def test_the_items_page_tells_of_the_promise_of_its_request(both: World) -> None:
    history(both, one_a_week())
    ref = from_request(both, NEAR)
    for name in ("olga", "dev"):
        page = both.browser(name).get(f"/items/{ref}").text
        assert "Money back" in page and "Off track" in page
    assert "Nordmann" not in both.browser("dev").get(f"/items/{ref}").text.split("promised", 1)[1][:600]
    assert "Promise a date" in both.browser("olga").get(f"/items/{ref}").text
    promise(both, "Refunds work", FAR, item=ref)
    page = both.browser("vic").get(f"/items/{ref}").text
    assert "Money back" in page and "Refunds work" in page and "On track" in page and "Off track" in page
    assert both.browser("sam").get(f"/items/{ref}").status_code == 404


def nearest(world: World) -> dict[str, dt.date | None]:
    with world.reading() as session:
        query = sa.select(Item.number, NEAREST_PROMISE)
        return {f"FE-{number}": day for number, day in session.execute(query)}


def test_the_nearest_promise_counts_requests_and_the_next_n(both: World) -> None:
    begun, waits, later = both.item("Begun", "In progress"), both.item("Waits", "Ready"), both.item("Later")
    both.browser("olga").post("/products/FE/milestones", {"name": "The next two", "kind": "top", "top": "2"})
    promise(both, "", dt.date(2026, 12, 15), milestone="1")
    assert nearest(both) == {begun: dt.date(2026, 12, 15), waits: dt.date(2026, 12, 15), later: None}
    both.move(begun, "Done")
    assert nearest(both) == {begun: None, waits: dt.date(2026, 12, 15), later: None}
    ref = from_request(both, NEAR)
    assert nearest(both)[ref] == NEAR
