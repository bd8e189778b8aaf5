"""Two at the same moment at the order, the promises and the personal links: one does it, the other is told or changes
nothing, and the log still replays."""

import datetime as dt
from functools import partial
from typing import Any

import sqlalchemy as sa

from kanban.mail.links import Purpose
from kanban.models import Commitment, Item, Stakeholder, UpdateQuestion
from kanban.reads.board.place import BOTTOM, read_block
from tests.blueprints.test_hostile_races import at_once, count
from tests.builders import Browser, World, sound
from tests.reporting import add_stakeholders, begin, link_of, person, publish

PROMISES = "/products/FE/promises"


def status(browser: Browser, path: str, form: dict[str, Any]) -> int:
    return browser.post(path, form, hx=True).status_code


def working_day() -> str:
    day = dt.date.today() + dt.timedelta(days=30)
    return (day - dt.timedelta(days=max(0, day.weekday() - 4))).isoformat()


def backlog(world: World, n: int) -> None:
    with world.changing() as (session, product, member):
        column = next(each for each in product.columns if each.name == "Backlog")
        for at, place in enumerate(read_block(session, product, column, BOTTOM, n), 1):
            Item.create(product, f"Item {at}", place, by=member)


def test_two_promise_the_same_and_one_is_told(both: World) -> None:
    backlog(both, 1)
    form = {"item": "FE-1", "due_on": working_day()}
    assert at_once(*(partial(status, both.browser(who), PROMISES, form) for who in ("olga", "dora"))) == [200, 409]
    assert count(both, Commitment) == 1
    later = (dt.date.fromisoformat(working_day()) + dt.timedelta(days=7)).isoformat()
    change = {"due_on": later, "cause": "blocked", "explanation": "x"}
    path = f"{PROMISES}/1/change"
    assert at_once(*(partial(status, both.browser(who), path, change) for who in ("olga", "dora"))) == [200, 422]
    path = f"{PROMISES}/1/withdraw"
    assert at_once(*(partial(status, both.browser(w), path, {"reason": "x"}) for w in ("olga", "dora"))) == [200, 409]
    sound(both)


def test_the_same_command_sent_twice_at_once_is_one(both: World) -> None:
    backlog(both, 6)
    olga = [both.browser("olga") for _ in range(3)]
    form = {"items": "FE-5 FE-6", "place": "top", "command": "one"}
    version = both.version()
    assert at_once(*(partial(status, one, "/products/FE/ranks", form) for one in olga)) == [200] * 3
    assert both.version() == version + 1
    assert status(olga[0], "/products/FE/ranks", {**form, "place": "bottom"}) == 422
    form = {"titles": "X\nY", "command": "two"}
    assert at_once(*(partial(status, one, "/items/FE-1/split", form) for one in olga)) == [200] * 3
    assert count(both, Item) == 8
    sound(both)


def test_an_undo_while_somebody_moves_gives_back_all_or_nothing(both: World) -> None:
    backlog(both, 30)
    for turn in range(4):
        before = both.order()
        olga, dora = both.browser("olga"), both.browser("dora")
        some = " ".join(f"FE-{n}" for n in range(2, 20, 3))
        assert status(olga, "/products/FE/ranks", {"items": some, "place": "top" if turn % 2 else "bottom"}) == 200
        undo = f"/products/FE/undo/{both.version()}"
        place = {"items": "FE-5 FE-21", "place": "7"}
        answers = at_once(partial(status, olga, undo, {}), partial(status, dora, "/products/FE/ranks", place))
        assert answers in ([200, 200], [200, 409])
        assert sorted(both.order()) == sorted(before)
        sound(both)


def test_many_rank_at_once_and_nobody_is_lost(both: World) -> None:
    backlog(both, 40)
    calls = [
        partial(status, both.browser(who), "/products/FE/ranks", {"items": f"FE-{n} FE-{n + 7}", "place": place})
        for who in ("olga", "dora")
        for n, place in ((1, "bottom"), (9, "top"), (17, "after:FE-1"), (25, "4"))
    ]
    assert at_once(*calls) == [200] * len(calls)
    assert sorted(both.order()) == sorted(f"Item {n}" for n in range(1, 41))
    sound(both)


def test_a_stakeholder_who_presses_thrice_asks_once_and_no_erased_one_asks(both: World) -> None:
    add_stakeholders(both, "Sunniva", "Tor")
    publish(both, begin(both), "Six weeks late")
    link = link_of(both, "Sunniva", Purpose.ASK)
    ask = [partial(status, both.browser(), link, {"body": "Why?"}) for _ in range(3)]
    assert at_once(*ask) == [200] * 3
    assert count(both, UpdateQuestion) == 1
    tor = person(both, "Tor").id
    link = link_of(both, "Tor", Purpose.ASK)
    level = link_of(both, "Tor", Purpose.PREFERENCES)
    at_once(
        lambda: both.browser("olga").post(f"/products/FE/stakeholders/{tor}/erase").status_code,
        *(partial(status, both.browser(), link, {"body": f"Why {n}?"}) for n in range(2)),
        partial(status, both.browser(), level, {"level": "brief"}),
    )
    with both.reading() as session:
        found = session.scalars(sa.select(Stakeholder).where(Stakeholder.id == tor)).one()
        assert found.erased_at is not None
        assert found.level.value == "none", "somebody who was erased wants mails again"
    for path, form in ((link, {"body": "Still?"}), (level, {"level": "full"})):
        assert status(both.browser(), path, form) == 404
    sound(both)
