"""A draft whose facts moved on says so, before it is published too, and one press brings its lines up to date."""

import datetime as dt
import html
from collections.abc import Iterator

import pytest

from kanban import clock
from tests.builders import World
from tests.reporting import UPDATES, begin, form_of, found, publish

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
DRAFT = f"{UPDATES}/1"


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


def page(world: World, path: str = DRAFT) -> str:
    return html.unescape(world.browser("olga").get(path).text)


def press(world: World, act: str, **words: object) -> None:
    assert world.browser("olga").post(DRAFT, form_of(world, 1, act=act, **words)).status_code == 303


def lines(world: World, number: int = 1) -> list[tuple[str, str, str]]:
    return [
        (part["kind"], line["ref"], line["note"]) for part in found(world, number).sections for line in part["lines"]
    ]


def test_what_was_finished_since_is_told_and_moved_with_one_press(world: World) -> None:
    ref = world.item("Wallet", "In progress")
    begin(world)
    told = "is listed as in progress, but is finished."
    assert told not in page(world)
    world.move(ref, "Done")
    assert f"“Wallet” {told}" in page(world)
    assert f"“Wallet” {told}" in page(world, f"{DRAFT}/publish")
    press(world, f"renew H17:in_progress {ref}")
    assert lines(world) == [("shipped", ref, "")]
    assert told not in page(world)


def test_all_lines_are_brought_up_to_date_at_once(world: World) -> None:
    back, gone = world.item("Wallet", "In progress"), world.item("Refunds", "In progress")
    begin(world)
    world.move(back, "Ready")
    world.change(gone, "discard", "No bank")
    told = page(world)
    assert "is back in the queue" in told and "was discarded" in told
    press(world, "renew all", headline="Nearly")
    assert lines(world) == [("next", back, "back in the queue"), ("next", gone, "will not be done: No bank")]
    assert found(world, 1).headline == "Nearly"
    world.move(back, "In progress")
    press(world, "renew all")
    assert lines(world) == [("in_progress", back, "In progress, 1 day"), ("next", gone, "will not be done: No bank")]


def test_what_was_blocked_and_is_not_any_more_is_told(world: World) -> None:
    ref = world.item("Wallet", "In progress")
    world.change(ref, "block", "No contract")
    begin(world)
    world.change(ref, "unblock")
    assert "“Wallet” is listed as a problem, but can proceed again." in page(world)
    press(world, "renew all")
    assert lines(world) == [("in_progress", ref, "In progress, 1 day")]


def test_days_that_went_on_are_one_quiet_line(world: World, noon: clock.MovedClock) -> None:
    for title in ("Wallet", "Refunds"):
        world.item(title, "In progress")
    begin(world)
    noon.advance(days=2)
    assert "2 lines give the days in progress as of an earlier day." in page(world)
    assert "as of an earlier day" in page(world, f"{DRAFT}/publish")
    press(world, "renew days")
    assert {note for _kind, _ref, note in lines(world)} == {"In progress, 3 days"}
    assert "as of an earlier day" not in page(world)


def test_what_was_added_later_is_known_as_filled_in(world: World, noon: clock.MovedClock) -> None:
    begin(world)
    ref = world.item("Wallet", "In progress")
    press(world, f"mention {ref}")
    noon.advance(days=2)
    press(world, "renew all")
    assert lines(world) == [("in_progress", ref, "In progress, 3 days")]


def test_an_autosave_tells_what_happened_meanwhile(world: World) -> None:
    ref = world.item("Wallet", "In progress")
    begin(world)
    world.move(ref, "Done")
    saved = world.browser("olga").post(DRAFT, form_of(world, 1, headline="Well"), hx=True)
    assert "“Wallet” is listed as in progress, but is finished." in html.unescape(saved.text)


def test_what_was_published_all_the_same_is_frozen_with_the_finding(world: World) -> None:
    ref = world.item("Wallet", "In progress")
    begin(world)
    world.move(ref, "Done")
    press(world, "save", headline="All is well", health="unknown")
    sent = {"revision": str(found(world, 1).revision)}
    assert world.browser("olga").post(f"{DRAFT}/publish", sent).status_code == 303
    frozen = found(world, 1).snapshot
    assert frozen is not None
    assert [check["code"] for check in frozen["checks"]] == ["H17"]
    assert "filled" not in frozen
    assert found(world, 1).filled == []


def test_a_correction_tells_of_the_day_of_what_it_corrects(world: World) -> None:
    ref = world.item("Wallet", "In progress")
    publish(world, begin(world))
    world.move(ref, "Done")
    world.browser("olga").post(f"{DRAFT}/correct")
    assert "is listed as in progress" not in page(world, f"{UPDATES}/2")
