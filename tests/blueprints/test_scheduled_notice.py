"""A delay notice that goes out later tells the day that is promised then, or is held back."""

import datetime as dt

from kanban import clock
from kanban.background import scheduling
from kanban.models import UpdateState
from tests.blueprints.test_notices import NOTICE, PROMISES, move, promised
from tests.builders import World
from tests.reporting import UPDATES, deliveries, found

__all__ = ["promised"]


def schedule(world: World, days: int = 1) -> None:
    day = (clock.today("UTC") + dt.timedelta(days=days)).isoformat()
    form = {"revision": str(found(world, 1).revision), "day": day, "time": "09:00"}
    assert world.browser("olga").post(f"{UPDATES}/1/schedule", form).status_code == 303


def go_out(world: World) -> list[str]:
    """What the worker does at its time; answers why it was held back."""
    due_at = found(world, 1).goes_out_at
    assert due_at is not None
    with clock.at(due_at):
        for due in scheduling.updates_due(world.app):
            scheduling.publish_due(world.app, *due)
    held = found(world, 1).held
    return held["why"] if held else []


def begun(world: World) -> None:
    move(world, 30)
    assert world.browser("olga").post(NOTICE).status_code == 303
    schedule(world)


def test_it_goes_to_those_to_whom_it_was_promised(promised: World) -> None:
    begun(promised)
    assert go_out(promised) == []
    assert [name for name, _state in deliveries(promised)] == ["Sunniva", "Tor"]


def test_a_day_that_moved_again_is_not_told(promised: World) -> None:
    begun(promised)
    move(promised, 60)
    assert "“Season cards” says “" in promised.browser("olga").get(f"{UPDATES}/1").text
    [why] = go_out(promised)
    assert found(promised, 1).state is UpdateState.DRAFT and deliveries(promised) == []
    assert why.startswith("“Season cards” says “") and ", but it is now “" in why


def test_a_promise_that_was_withdrawn_is_not_told_as_late(promised: World) -> None:
    begun(promised)
    form = {"reason": "No longer wanted"}
    assert promised.browser("olga").post(f"{PROMISES}/1/withdraw", form).status_code == 303
    assert go_out(promised) == ["“Season cards” is listed as a delay, but that promise is no longer open."]


def test_who_publishes_it_now_is_told_as_well_that_its_day_is_another(promised: World) -> None:
    move(promised, 30)
    olga = promised.browser("olga")
    assert olga.post(NOTICE).status_code == 303
    assert ", but it is now “" not in olga.get(f"{UPDATES}/1/publish").text
    move(promised, 60)
    assert ", but it is now “" in olga.get(f"{UPDATES}/1/publish").text
