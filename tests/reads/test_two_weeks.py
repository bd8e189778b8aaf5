"""Two weeks of a product, and the draft that tells exactly what happened in them; what was published before stays."""

import datetime as dt
import json
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.models import StatusUpdate
from kanban.reads.updates.beginning import read_beginning
from tests.builders import World
from tests.reporting import UPDATES, begin, publish

START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def start() -> Iterator[clock.MovedClock]:
    with clock.at(START) as moved:
        yield moved


def told(world: World) -> dict[str, list[tuple[str, str]]]:
    with world.changing() as (session, product, _):
        sections = read_beginning(session, product).sections
    return {part["kind"]: [(line["ref"], line["text"]) for line in part["lines"]] for part in sections}


def frozen(world: World, number: int) -> bytes:
    """What is stored, byte for byte."""
    with world.reading() as session:
        query = sa.select(sa.cast(StatusUpdate.snapshot, sa.Text)).where(StatusUpdate.number == number)
        return str(session.scalar(query)).encode()


def test_a_draft_tells_two_weeks_exactly_and_what_was_published_stays_byte_for_byte(
    world: World, start: clock.MovedClock
) -> None:
    old, undone, shipped, blocked, promised, dropped, waiting = (
        world.item(title, "Ready")
        for title in ("Told before", "Came back", "Wallet", "Terminal", "Invoices", "Loyalty", "Map")
    )
    world.move(old, "Done")
    sent = {"item": promised, "due_on": "2026-04-01", "statement": "Invoices"}
    assert world.browser("olga").post("/products/FE/promises", sent).status_code == 303
    publish(world, begin(world), "Before all that")
    first = frozen(world, 1)
    page = world.browser("olga").get(f"{UPDATES}/1").text.partition('class="sheet')[2].partition("</article>")[0]

    for day, act in (
        (1, lambda: world.move(shipped, "In progress", by="dev")),
        (2, lambda: world.move(undone, "Done")),
        (3, lambda: world.move(undone, "Ready")),
        (4, lambda: world.move(blocked, "In progress", by="dev")),
        (5, lambda: world.change(blocked, "block", "No certificate", by="dev")),
        (6, lambda: world.move(shipped, "Done")),
        (8, lambda: world.browser("olga").post("/products/FE/problems", {"text": "The bank is slow", "owner": "Nils"})),
        (9, lambda: world.change(dropped, "discard", "Nobody wants it")),
        (
            10,
            lambda: world.browser("olga").post(
                "/products/FE/promises/1/change",
                {"due_on": "2026-04-15", "cause": "external", "explanation": "The bank is slow"},
            ),
        ),
    ):
        start.move_to(START + dt.timedelta(days=day))
        act()
    start.move_to(START + dt.timedelta(days=14))
    assert told(world) == {
        "delays": [(promised, "Invoices")],
        "shipped": [(shipped, "Wallet")],
        "in_progress": [(blocked, "Terminal")],
        "problems": [("", "The bank is slow"), (blocked, "Terminal")],
        "next": [(promised, "Invoices"), (waiting, "Map"), (undone, "Came back")],
    }
    publish(world, begin(world), "After it")
    world.browser("olga").post(
        "/products/FE/settings", {"name": "Other", "time_zone": "Asia/Tokyo", "cadence_days": "3"}
    )
    world.move(old, "In progress")
    assert frozen(world, 1) == first
    assert json.loads(first)["headline"] == "Before all that"
    assert (
        world.browser("olga").get(f"{UPDATES}/1").text.partition('class="sheet')[2].partition("</article>")[0] == page
    )
