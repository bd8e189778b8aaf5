"""A promise that looks worse than the day before: told to the owner once, by the day's chore, and to nobody else."""

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.background import chores
from kanban.models import Notification, NotificationKind, Way
from tests.blueprints.test_inbox import choose, heard, written
from tests.builders import World
from tests.reads.test_forecast import NOON, forecast, history, one_a_week, promise


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


def do_chores(world: World) -> None:
    for product_id in chores.products_due(world.app):
        chores.do_chores(world.app, product_id)


def promised(world: World, spare_days: int = 0) -> str:
    """An item second in the queue, promised for the day that is 85 % sure today, and so many days more."""
    history(world, one_a_week())
    ref = [world.item("First"), world.item("Second")][1]
    curves = forecast(world, 2).of_queue(2, 0)
    assert curves is not None
    second = curves[1]
    assert second.sure is not None
    promise(world, ref, second.sure + dt.timedelta(spare_days))
    return ref


def test_the_owner_hears_once_that_a_promise_is_at_risk_and_once_that_it_is_off_track(
    both: World, noon: clock.MovedClock
) -> None:
    ref = promised(both)
    do_chores(both)
    assert heard(both, "olga") == [], "the first day says nothing worse than any before"
    told: list[tuple[str, str]] = []
    for _day in range(40):
        noon.advance(days=1)
        do_chores(both)
        before, told = told, heard(both, "olga")
        do_chores(both)
        assert told == heard(both, "olga")
        if len(told) == 1 and before == []:
            page = both.browser("olga").get("/inbox").text
            assert "A promise is at risk now" in page and ref in page
    assert told == [("promise", "promise_at_risk"), ("promise", "promise_off_track")]
    assert "A promise is off track now" in both.browser("olga").get("/inbox").text
    assert [heard(both, name) for name in ("dora", "lea", "dev", "vic", "sam")] == [[]] * 5
    answer = both.browser("olga").post(f"/inbox/{newest(both)}/open")
    assert answer.headers["Location"].endswith("/products/FE/promises")


def test_nothing_is_told_while_nothing_worsens(world: World, noon: clock.MovedClock) -> None:
    promised(world, spare_days=60)
    for _day in range(5):
        do_chores(world)
        noon.advance(days=1)
    assert heard(world, "olga") == []


def test_the_chosen_way_decides_whether_a_mail_goes_out_or_nothing_at_all(world: World, noon: clock.MovedClock) -> None:
    promised(world)
    choose(world, "olga", NotificationKind.PROMISE, Way.AT_ONCE)
    do_chores(world)
    until_told(world, noon)
    assert world.mails() == [("notification", "olga@example.org")]
    mail = written(world, "notification")
    assert mail.subject == "A promise is at risk now: Second (FE-15)" and "/products/FE/promises" in mail.text


def test_who_wants_none_of_it_gets_none(world: World, noon: clock.MovedClock) -> None:
    promised(world)
    choose(world, "olga", NotificationKind.PROMISE, Way.OFF)
    for _day in range(15):
        do_chores(world)
        noon.advance(days=1)
    assert (heard(world, "olga"), world.mails()) == ([], [])


def test_several_are_one_notification(world: World, noon: clock.MovedClock) -> None:
    history(world, one_a_week())
    refs = [world.item("First"), world.item("Second")]
    for ref, dates in zip(refs, forecast(world, 2).of_queue(2, 0) or (), strict=True):
        assert dates.sure is not None
        promise(world, ref, dates.sure)
    do_chores(world)
    until_told(world, noon)
    with world.reading() as session:
        made = session.scalars(sa.select(Notification)).one()
        assert (made.items, made.item_id, made.actor_id) == (2, None, None)
    assert "2 promises are at risk now" in world.browser("olga").get("/inbox").text


def until_told(world: World, noon: clock.MovedClock) -> None:
    for _day in range(20):
        noon.advance(days=1)
        do_chores(world)
        if heard(world, "olga"):
            return
    raise AssertionError("nothing was told")


def newest(world: World) -> int:
    with world.reading() as session:
        return session.scalars(sa.select(sa.func.max(Notification.id))).one()
