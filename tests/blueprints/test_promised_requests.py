"""A request that is promised for a date: the form, the promises page, and its forecast once an item comes from it."""

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.models import Commitment, Event, Product
from kanban.reads.invariants import broken_invariants
from kanban.reads.promises.outlook import read_ahead, read_queue
from tests.blueprints.test_requests import LIST, asked, person
from tests.builders import World
from tests.reads.test_forecast import NOON, history, one_a_week

PROMISES = "/products/FE/promises"
DAY = dt.date(2027, 6, 15)


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


def promise(world: World, number: int, who: int, **form: str) -> int:
    fields = {"request": str(number), "due_on": DAY.isoformat(), "statement": "Money back", "person": str(who), **form}
    return world.browser("olga").post(PROMISES, fields, hx=True).status_code


def health(world: World) -> list[tuple[str, str | None]]:
    with world.reading() as session:
        product = session.scalars(sa.select(Product)).one()
        return [(one.ref, one.health) for one in read_ahead(session, product, read_queue(session, product)).promises]


def test_a_request_is_promised_and_has_no_date_until_an_item_comes_from_it(both: World) -> None:
    history(both, one_a_week())
    who = person(both)
    number = asked(both, "Refunds for Kari Nordmann", who)
    browser = both.browser("olga")
    form = browser.get(f"{PROMISES}/new?request={number}", hx=True).text
    assert "Refunds for Kari Nordmann" in form and f'value="{who}" checked' in form
    assert promise(both, number, who) == 200
    assert health(both) == []
    text = browser.get(PROMISES).text
    assert "Money back" in text and "no date yet" in text and f"{LIST}/{number}" in text
    text = both.browser("dev").get(PROMISES).text
    assert "no date yet" in text and LIST not in text and "Nordmann" not in text
    browser.post(f"{LIST}/{number}/accept", {"title": "Refunds", "place": "top"})
    [(ref, stands)] = health(both)
    assert stands == "on_track"
    assert f"/items/{ref}" in browser.get(PROMISES).text and "no date yet" not in browser.get(PROMISES).text
    both.move(ref, "Done")
    assert "Kept" in browser.get(PROMISES).text and health(both) == []
    with both.reading() as session:
        told = [each for each in broken_invariants(session) if "promise" in each or "request" in each]
    assert told == []


def test_a_promise_of_a_request_without_words_says_its_number_only(world: World) -> None:
    who = person(world)
    number = asked(world, "Refunds for Kari Nordmann", who)
    assert promise(world, number, who, statement="") == 200
    with world.reading() as session:
        assert session.scalars(sa.select(Commitment.statement)).one() == "Request 1"
        assert not any("Nordmann" in str(data) for data in session.scalars(sa.select(Event.data)))


def test_a_request_has_one_promise_and_none_once_it_is_declined(world: World) -> None:
    who = person(world)
    first, second = asked(world, "Refunds", who), asked(world, "A chat", who)
    assert promise(world, first, who) == 200
    assert promise(world, first, who) == 409
    assert promise(world, 77, who) == 422
    browser = world.browser("olga")
    assert "promised for" in browser.get(LIST).text
    browser.post(f"{LIST}/{second}/decline", {"words": "Mail does that"})
    assert promise(world, second, who) == 409
    browser.post(f"{LIST}/{first}/decline", {"words": "Not any more"})
    assert "no date yet" not in browser.get(PROMISES).text


def test_a_developer_promises_nothing(world: World) -> None:
    who = person(world)
    number = asked(world, "Refunds", who)
    form = {"request": str(number), "due_on": DAY.isoformat()}
    assert world.browser("dev").post(PROMISES, form).status_code == 403
    assert world.browser("sam").post(PROMISES, form).status_code == 404


def test_what_becomes_of_a_requests_promise_reaches_the_item_on_an_open_board(both: World) -> None:
    who = person(both)
    number = asked(both, "Refunds", who)
    both.browser("olga").post(f"{LIST}/{number}/accept", {"title": "Refunds", "place": "top"})
    both.move("FE-1", "Ready")
    acts = [
        (PROMISES, {"request": str(number), "due_on": DAY.isoformat(), "statement": "Money back", "person": str(who)}),
        (f"{PROMISES}/1/change", {"due_on": "2027-06-22", "cause": "people", "explanation": "Two are ill."}),
        (f"{PROMISES}/1/withdraw", {"reason": "Nobody needs it."}),
    ]
    for (path, form), words in zip(acts, ("15 Jun 2027", "22 Jun 2027", ""), strict=True):
        since = both.version()
        assert both.browser("olga").post(path, form).status_code == 303
        changed = both.browser("dev").get(f"/products/FE/board/changes?since={since}", hx=True).text
        assert "FE-1" in changed and words in changed
        assert ("2027" in changed) is bool(words)
    with both.reading() as session:
        assert broken_invariants(session) == []
