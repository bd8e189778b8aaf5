"""A moved date is told to exactly those to whom it was promised, once, by one press."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.flow.product_forecast import Dates
from kanban.formatting import short_day
from kanban.mail.links import Purpose
from kanban.models import Cause, Commitment, CommitmentChange, Product, StatusUpdate
from kanban.reads.promises import notices, outlook
from kanban.reads.promises.calendar import read_calendar
from tests.builders import World
from tests.reporting import add_stakeholders, begin, deliveries, found, link_of, person, publish

PROMISES = "/products/FE/promises"
NOTICE = f"{PROMISES}/1/notice"


def workday(world: World, days: int) -> dt.date:
    with world.reading() as session:
        product = session.scalars(sa.select(Product).where(Product.key == "FE")).one()
        calendar = read_calendar(session, product)
        return calendar.next_working(clock.today(product.zone) + dt.timedelta(days=days))


@pytest.fixture
def promised(world: World) -> World:
    """Season cards, promised to Sunniva and Tor, not to Eva."""
    add_stakeholders(world, "Sunniva", "Tor", "Eva")
    world.item("Season cards")
    day = workday(world, 10)
    people = [str(person(world, name).id) for name in ("Sunniva", "Tor")]
    form = {"item": "FE-1", "due_on": day.isoformat(), "statement": "Season cards", "person": people}
    assert world.browser("olga").post(PROMISES, form).status_code == 303
    return world


def move(world: World, days: int, why: str = "The printer is late") -> None:
    form = {
        "due_on": workday(world, days).isoformat(),
        "cause": Cause.EXTERNAL.value,
        "explanation": why,
        "mitigation": "Paper cards at the counter",
    }
    assert world.browser("olga").post(f"{PROMISES}/1/change", form).status_code == 303


def untold(world: World) -> list[int]:
    with world.reading() as session:
        product = session.scalars(sa.select(Product).where(Product.key == "FE")).one()
        numbers = session.scalars(sa.select(Commitment.number)).all()
        return list(notices.list_untold(session, product, numbers))


def notice_numbers(world: World) -> list[int]:
    with world.reading() as session:
        query = sa.select(StatusUpdate.number).where(StatusUpdate.audience.is_not(None))
        return list(session.scalars(query.order_by(StatusUpdate.number)))


def test_a_moved_date_is_listed_until_it_is_told(promised: World) -> None:
    browser = promised.browser("olga")
    assert untold(promised) == []
    assert "Not told yet" not in browser.get(PROMISES).text
    move(promised, 30)
    assert untold(promised) == [1]
    page = browser.get(PROMISES).text
    assert "Not told yet" in page
    assert "Tell the 2 people it was promised to" in page
    assert "Not told yet" not in promised.browser("dev").get(PROMISES).text
    browser.post(NOTICE, {"act": "publish"})
    assert untold(promised) == []
    assert "Not told yet" not in browser.get(PROMISES).text


def test_one_press_tells_exactly_those_it_was_promised_to(promised: World) -> None:
    move(promised, 30)
    shown = promised.browser("olga").get(NOTICE).text
    assert "The printer is late" in shown
    assert "Paper cards at the counter" in shown
    assert "Sunniva" in shown
    assert "Eva" not in shown
    assert deliveries(promised) == []
    promised.browser("olga").post(NOTICE, {"act": "publish"})
    assert deliveries(promised) == [("Sunniva", "waiting"), ("Tor", "waiting")]
    snapshot = found(promised, 1).snapshot
    assert snapshot is not None
    [line] = next(part for part in snapshot["sections"] if part["kind"] == "delays")["lines"]
    assert (line["ref"], line["old_date"] < line["new_date"]) == ("FE-1", True)
    assert "The printer is late" in line["cause"]


def test_whoever_tells_it_hears_that_no_mail_goes_out(promised: World) -> None:
    move(promised, 30)
    browser = promised.browser("olga")
    assert "Once there is one, you can send them with one click." in browser.get(NOTICE).text
    page = browser.get(browser.post(NOTICE, {"act": "publish"}).headers["Location"]).text
    assert "Told to 2 people. No mail server is set up: the mails are kept here." in page


def test_each_gets_it_once_however_often_it_is_pressed(promised: World) -> None:
    move(promised, 30)
    browser = promised.browser("olga")
    assert browser.post(NOTICE, {"act": "publish"}).status_code == 303
    assert browser.post(NOTICE, {"act": "publish"}).status_code == 409
    assert browser.get(NOTICE).status_code == 409
    assert len(deliveries(promised)) == 2
    move(promised, 40, "The printer burnt down")
    browser.post(NOTICE, {"act": "publish"})
    assert notice_numbers(promised) == [1, 2]
    snapshot = found(promised, 2).snapshot
    assert snapshot is not None
    assert "burnt down" in str(snapshot)
    assert "is late" not in str(snapshot)


def test_two_moves_that_nobody_heard_of_are_told_as_one(promised: World) -> None:
    first = workday(promised, 10).isoformat()
    move(promised, 30, "The first reason")
    move(promised, 40, "The second reason")
    promised.browser("olga").post(NOTICE, {"act": "publish"})
    text = str(found(promised, 1).snapshot)
    assert first in text
    assert "The first reason" in text
    assert "The second reason" in text
    assert untold(promised) == []


def test_a_date_that_went_there_and_back_tells_nothing(promised: World) -> None:
    move(promised, 30)
    move(promised, 10)
    assert untold(promised) == []
    assert promised.browser("olga").post(NOTICE, {"act": "publish"}).status_code == 409


def test_a_draft_is_gone_on_with_and_thrown_away_leaves_it_untold(promised: World) -> None:
    move(promised, 30)
    browser = promised.browser("dora")
    assert browser.post(NOTICE, {"act": "draft"}).headers["Location"].endswith("/updates/1")
    assert deliveries(promised) == []
    assert browser.get(NOTICE).headers["Location"].endswith("/updates/1")
    assert browser.post(NOTICE, {"act": "publish"}).headers["Location"].endswith("/updates/1")
    assert notice_numbers(promised) == [1]
    assert "Continue the notice" in browser.get(PROMISES).text
    browser.post("/products/FE/updates/1/throw-away")
    with promised.reading() as session:
        assert session.scalars(sa.select(CommitmentChange.notice_id)).all() == [None]
    assert untold(promised) == [1]


def test_a_draft_goes_to_the_same_people_when_it_is_published(promised: World) -> None:
    move(promised, 30)
    promised.browser("olga").post(NOTICE, {"act": "draft"})
    assert "Publish to 2 people" in promised.browser("olga").get("/products/FE/updates/1/publish").text
    publish(promised, 1, "Late")
    assert [name for name, _ in deliveries(promised)] == ["Sunniva", "Tor"]


def test_a_correction_of_a_notice_goes_to_the_same_people(promised: World) -> None:
    move(promised, 30)
    browser = promised.browser("olga")
    browser.post(NOTICE, {"act": "publish"})
    browser.post("/products/FE/updates/1/correct")
    publish(promised, 2, "It was wrong")
    assert [name for name, _ in deliveries(promised)] == ["Sunniva", "Sunniva", "Tor", "Tor"]


def test_who_wants_no_mail_is_named_instead_of_written_to(promised: World) -> None:
    promised.browser("olga").post(f"/products/FE/stakeholders/{person(promised, 'Tor').id}", {"level": "none"})
    move(promised, 30)
    assert "Tell them yourself" in promised.browser("olga").get(NOTICE).text
    promised.browser("olga").post(NOTICE, {"act": "publish"})
    assert [name for name, _ in deliveries(promised)] == ["Sunniva"]


def test_where_nobody_can_be_told_nothing_is_listed(promised: World) -> None:
    for name in ("Tor", "Sunniva"):
        promised.browser("olga").post(f"/products/FE/stakeholders/{person(promised, name).id}", {"level": "none"})
    move(promised, 30)
    assert untold(promised) == []
    assert promised.browser("olga").post(NOTICE, {"act": "publish"}).status_code == 409


def test_an_update_for_everybody_tells_it_as_well(promised: World) -> None:
    move(promised, 30)
    publish(promised, begin(promised))
    assert untold(promised) == []
    move(promised, 40)
    assert untold(promised) == [1]


def test_a_notice_does_not_take_the_place_of_the_regular_update(promised: World) -> None:
    move(promised, 30)
    promised.browser("olga").post(NOTICE, {"act": "publish"})
    number = begin(promised)
    with promised.reading() as session:
        draft = session.scalars(sa.select(StatusUpdate).where(StatusUpdate.number == number)).one()
        assert draft.since_at is None
        assert any(part["kind"] == "delays" and part["lines"] for part in draft.sections)


def test_the_date_that_one_looked_at_is_the_one_that_is_told(promised: World) -> None:
    move(promised, 30)
    seen = workday(promised, 30).isoformat()
    move(promised, 40)
    assert promised.browser("olga").post(NOTICE, {"act": "publish", "due_on": seen}).status_code == 409
    assert deliveries(promised) == []


@pytest.mark.parametrize(("name", "status"), [("dora", 403), ("lea", 403), ("dev", 403), ("vic", 403), ("sam", 404)])
def test_only_who_may_publish_tells(promised: World, name: str, status: int) -> None:
    move(promised, 30)
    assert promised.browser(name).post(NOTICE, {"act": "publish"}).status_code == status
    assert deliveries(promised) == []
    assert notice_numbers(promised) == []


def test_a_promise_of_another_product_is_not_found(promised: World) -> None:
    browser = promised.browser("olga")
    browser.post("/products/new", {"key": "HR", "name": "Other", "time_zone": "UTC", "cadence_days": "14"})
    assert browser.get("/products/HR/promises/1/notice").status_code == 404
    assert browser.post("/products/HR/promises/1/notice", {"act": "publish"}).status_code == 404


def test_the_log_still_replays(promised: World) -> None:
    from kanban.reads.invariants import broken_invariants

    move(promised, 30)
    promised.browser("olga").post(NOTICE, {"act": "publish"})
    with promised.reading() as session:
        assert broken_invariants(session) == []
    assert promised.kinds()[-2:] == ["update_drafted", "update_published"]


def test_a_notice_is_judged_by_the_facts_of_its_own_promise_only(promised: World) -> None:
    world = promised
    world.item("Group prices")
    day = clock.today("UTC") - dt.timedelta(days=3)
    form = {"item": "FE-2", "due_on": workday(world, 5).isoformat(), "statement": "Group prices"}
    world.browser("olga").post(PROMISES, form)
    with world.writing() as session:
        session.execute(sa.update(Commitment).where(Commitment.number == 2).values(due_on=day, first_on=day))
    move(world, 20)
    world.browser("olga").post(NOTICE, {"act": "draft"})
    [number] = notice_numbers(world)
    update = found(world, number)
    page = world.browser("olga").get(f"/products/FE/updates/{number}/publish").text
    assert "Season cards" in page
    assert "Group prices" not in page
    world.browser("olga").post(f"/products/FE/updates/{number}/publish", {"revision": str(update.revision)})
    frozen = found(world, number).snapshot or {}
    assert "checks" in frozen and "health_computed" in frozen
    assert "Group prices" not in str(frozen)


def test_a_notice_says_before_it_is_told_where_it_and_the_facts_disagree(promised: World) -> None:
    move(promised, 20)
    with promised.writing() as session:
        past = clock.today("UTC") - dt.timedelta(days=1)
        session.execute(sa.update(Commitment).values(due_on=past))
        session.execute(sa.update(CommitmentChange).values(to_on=past))
    page = promised.browser("olga").get(NOTICE).text
    assert "that day has passed" in page
    assert "Where text and facts disagree" in page


def healths(world: World, number: int = 1) -> tuple[str, str | None]:
    frozen = found(world, number).snapshot or {}
    return frozen["health"], frozen["health_computed"]


def carried(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the forecast carried every date."""
    early = clock.today("UTC") + dt.timedelta(days=1)
    dates = Dates(half=early, sure=early)
    true = outlook.read_ahead

    def read(*args: Any) -> Any:
        ahead = true(*args)
        promises = tuple(replace(each, health="on_track", dates=dates) for each in ahead.promises)
        return replace(ahead, promises=promises)

    monkeypatch.setattr(outlook, "read_ahead", read)
    monkeypatch.setattr("kanban.reads.updates.honesty.read_ahead", read)


@pytest.mark.parametrize("is_carried", [True, False], ids=["carried by the forecast", "without a forecast"])
def test_a_notice_of_a_slip_is_never_green_by_itself(
    promised: World, monkeypatch: pytest.MonkeyPatch, is_carried: bool
) -> None:
    publish(promised, begin(promised))
    with promised.writing() as session:
        session.execute(sa.update(StatusUpdate).values(health="on_track"))
    if is_carried:
        carried(monkeypatch)
    move(promised, 20)
    old, new = (short_day(workday(promised, days), "en") for days in (10, 20))
    page = promised.browser("olga").get(NOTICE).text
    assert f"moved from {old} to {new}" in page
    assert "At risk" in page
    assert "On track" not in page
    promised.browser("olga").post(NOTICE, {"act": "publish"})
    assert healths(promised, 2) == ("at_risk", None)


def test_a_green_notice_of_a_slip_owes_readers_a_reason(promised: World, monkeypatch: pytest.MonkeyPatch) -> None:
    carried(monkeypatch)
    move(promised, 20)
    promised.browser("olga").post(NOTICE, {"act": "draft"})
    draft = promised.browser("olga").get("/products/FE/updates/1").text
    assert "The facts suggest at risk" in draft
    with promised.writing() as session:
        session.execute(sa.update(StatusUpdate).values(health="on_track"))
    where = "/products/FE/updates/1/publish"
    assert promised.browser("olga").post(where, {"revision": "1"}).status_code == 409
    with promised.writing() as session:
        session.execute(sa.update(StatusUpdate).values(health_reason="The counter does not need them before"))
    assert promised.browser("olga").post(where, {"revision": "1"}).status_code == 303
    assert healths(promised) == ("on_track", "at_risk")
    page = promised.browser().get(link_of(promised, "Sunniva", Purpose.READ)).text
    assert "The facts say: at risk" in page
    assert "was promised for" in page


def test_a_notice_of_an_earlier_day_may_be_green(promised: World, monkeypatch: pytest.MonkeyPatch) -> None:
    carried(monkeypatch)
    move(promised, 5)
    promised.browser("olga").post(NOTICE, {"act": "publish"})
    assert healths(promised) == ("on_track", "on_track")


def test_a_second_notice_still_tells_the_day_that_was_promised_first(promised: World) -> None:
    first = short_day(workday(promised, 10), "en")
    move(promised, 20)
    promised.browser("olga").post(NOTICE, {"act": "publish"})
    assert "First promised" not in str(found(promised, 1).snapshot)
    move(promised, 30)
    promised.browser("olga").post(NOTICE, {"act": "publish"})
    assert f"First promised for {first}." in str(found(promised, 2).snapshot)


def test_a_notice_whose_health_the_facts_contradict_needs_a_reason(promised: World) -> None:
    move(promised, 20)
    promised.browser("olga").post(NOTICE, {"act": "draft"})
    [number] = notice_numbers(promised)
    with promised.writing() as session:
        past = clock.today("UTC") - dt.timedelta(days=1)
        session.execute(sa.update(Commitment).values(due_on=past))
        session.execute(sa.update(StatusUpdate).values(health="on_track"))
    where = f"/products/FE/updates/{number}/publish"
    refused = promised.browser("olga").post(where, {"revision": "1"})
    assert (refused.status_code, found(promised, number).snapshot) == (409, None)
    with promised.writing() as session:
        session.execute(sa.update(StatusUpdate).values(health_reason="The printer came today"))
    assert promised.browser("olga").post(where, {"revision": "1"}).status_code == 303
    assert (found(promised, number).snapshot or {})["health_computed"] == "off_track"
