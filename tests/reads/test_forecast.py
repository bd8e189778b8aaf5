"""Forecasts as loaders read them: from a product's own finishes, by position, and what an order means for promises."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.flow.product_forecast import Forecast
from kanban.flow.sample import Standing
from kanban.models import Closure, Commitment, Item, Milestone, Product, Stakeholder
from kanban.models.commitment import commitment_stakeholder
from kanban.reads.board.place import TOP, read_place
from kanban.reads.insights.forecast import read_forecast
from kanban.reads.promises.calendar import read_calendar
from kanban.reads.promises.milestones import find_milestone, items_named
from kanban.reads.promises.outlook import read_ahead, read_queue, turns_between
from kanban.status.outlook import Ahead
from tests.builders import World
from tests.requesting import ask, decide

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)  # a Tuesday
PROMISES = "/products/FE/promises"
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


def history(world: World, days_ago: list[int], *, took: int = 4, began: int = 91) -> None:
    """Items that were finished so many days ago, each after `took` days; the product began so many days ago."""
    refs = [world.item(f"Done {n}", "Done") for n in range(len(days_ago))]
    with world.writing() as session:
        for ref, ago in zip(refs, days_ago, strict=True):
            end = NOON - ago * DAY
            dates = {"created_at": NOON - began * DAY, "started_at": end - (took - 1) * DAY, "finished_at": end}
            session.execute(sa.update(Item).where(Item.number == int(ref.partition("-")[2])).values(**dates))


def forecast(world: World, positions: int = 3) -> Forecast:
    with world.changing() as (session, product, _):
        return read_forecast(session, product, positions=positions)


def ahead(world: World) -> Ahead:
    with world.changing() as (session, product, _):
        return read_ahead(session, product, read_queue(session, product))


def promise(world: World, ref: str, due_on: dt.date) -> None:
    """Promise an item, or the milestone of that number."""
    with world.changing() as (session, product, owner):
        if ref.isdigit():
            subject: Any = find_milestone(session, product, int(ref))
            named = subject.name
        else:
            [subject] = items_named(session, product, [ref])
            named = subject.title
        calendar = read_calendar(session, product)
        told = {"statement": f"{named} for Kari", "people": [], "is_promised": False, "is_finished": False}
        session.add(Commitment.promise(product, subject, due_on=due_on, calendar=calendar, by=owner, **told))  # type: ignore[arg-type]


def to_kari(world: World) -> int:
    """Let the first promise be one to a stakeholder; answers their id."""
    with world.changing() as (session, product, _owner):
        kari = Stakeholder(product_id=product.id, name="Kari", email="kari@example.org")
        session.add(kari)
        session.flush()
        session.execute(sa.insert(commitment_stakeholder).values(commitment_id=1, stakeholder_id=kari.id))
        return kari.id


def one_a_week() -> list[int]:
    """Every Monday of thirteen weeks."""
    return [1 + 7 * week for week in range(13)]


def test_one_finish_a_week_is_forecast_at_about_one_a_week(world: World) -> None:
    history(world, one_a_week())
    found = forecast(world)
    assert (found.sample.weeks, found.sample.finished, found.standing) == (13, 13, Standing.ENOUGH)
    third = found.of_set(3)
    assert third is not None and third.half is not None and third.sure is not None
    assert dt.date(2026, 12, 7) <= third.half <= dt.date(2026, 12, 21) <= third.sure <= dt.date(2027, 1, 18)


def test_the_same_day_tells_the_same_dates_and_another_finish_others(world: World) -> None:
    history(world, one_a_week())
    before = forecast(world)
    assert forecast(world) is before
    history(world, [0, 2, 2, 2, 2, 2, 2])
    after = forecast(world)
    assert after is not before
    assert (after.of_set(5) or before.of_set(5)) != before.of_set(5)


def test_a_closure_moves_dates_out_and_none_falls_on_it(world: World) -> None:
    history(world, one_a_week())
    before = forecast(world).of_queue(40, 0)
    first, last = dt.date(2026, 12, 1), dt.date(2026, 12, 31)
    with world.changing() as (session, product, _):
        session.add(Closure(product_id=product.id, first_on=first, last_on=last, name="Winter"))
    after = forecast(world, 40).of_queue(40, 0)
    assert before and after
    for old, new in zip(before, after, strict=True):
        assert new.sure is None or not first <= new.sure <= last
        assert old.sure is not None and (new.sure is None or new.sure >= old.sure)


@pytest.mark.parametrize(
    ("days_ago", "began", "standing"),
    [([], 91, Standing.SHORT), ([1, 2, 3, 4, 5], 20, Standing.SHORT), ([1, 9, 15], 91, Standing.SHORT),
     ([40, 42, 44, 46, 48, 50], 91, Standing.STALLED), ([1, 9, 15, 22, 30, 41], 91, Standing.EARLY)],
)  # fmt: skip
def test_little_history_gives_no_date_or_an_early_one(
    world: World, days_ago: list[int], began: int, standing: Standing
) -> None:
    history(world, days_ago, began=began)
    world.item("Next")
    found = ahead(world)
    assert found.forecast.standing is standing
    assert (found.rows is None) is (standing is not Standing.EARLY)
    if found.rows:
        assert found.rows[0].half and (found.rows[0].half - dt.date(2026, 11, 24)).days % 7 == 0


def test_rows_later_in_the_queue_are_never_earlier(world: World) -> None:
    history(world, one_a_week())
    for n in range(12):
        world.item(f"Next {n}")
    world.item("Begun", "In progress")
    found = ahead(world)
    assert found.wip == 1 and found.rows is not None and len(found.rows) == 12
    assert list(found.rows) == sorted(found.rows, key=lambda dates: (dates.half, dates.sure))
    assert all(dates.half and dates.sure and dates.half <= dates.sure for dates in found.rows)


def test_a_milestone_is_never_surer_than_its_last_item(world: World) -> None:
    """Finishes come often, and what begins takes long: the item at a place is done long after as many others are."""
    history(world, [day for day in range(1, 85) if day % 7 < 5])
    history(world, [2 * n + 1 for n in range(30)], took=160, began=300)
    refs = [world.item(f"Next {n}") for n in range(4)]
    world.item("Begun", "In progress")
    world.browser("olga").post("/products/FE/milestones", {"name": "Summer", "items": " ".join(refs)})
    promise(world, refs[3], dt.date(2027, 2, 1))
    promise(world, "1", dt.date(2027, 2, 1))
    found = ahead(world)
    assert found.rows is not None and found.sets is not None
    assert all(whole.sure >= last.sure for whole, last in zip(found.sets, found.rows, strict=True))  # type: ignore[operator]
    item, milestone = found.promises
    assert item.dates == milestone.dates == found.rows[3] and item.health == milestone.health
    assert found.forecast.dates_at(milestone.reach)[85] == found.rows[3].sure


def test_a_move_that_pushes_a_promised_item_down_turns_its_health(world: World) -> None:
    history(world, one_a_week())
    ref = world.item("Refunds")
    others = [world.item(f"Next {n}") for n in range(20)]
    found = ahead(world)
    assert found.rows and found.rows[0].sure
    with world.changing() as (_, product, __):
        due = working_day(product, found.rows[0].sure)
    promise(world, ref, due)
    [outlook] = ahead(world).promises
    assert (outlook.ref, outlook.name, outlook.health) == (ref, "Refunds for Kari", "on_track")
    for other in others:
        with world.changing() as (session, product, owner):
            before = read_queue(session, product)
            [item] = items_named(session, product, [other])
            item.move_to(read_place(session, product, product.standing[0], TOP, item=item), by=owner)
            session.flush()
            turns = turns_between(session, product, before, read_queue(session, product))
            if turns:
                break
    assert [(turn.promise.ref, turn.was, turn.is_worse) for turn in turns] == [(ref, "on_track", True)]
    assert turns[0].promise.health in ("at_risk", "off_track")


def working_day(product: Product, day: dt.date) -> dt.date:
    while str(day.isoweekday()) not in product.working_days:
        day += DAY
    return day


def foretold(world: World, who: str = "olga", **asked: str) -> str:
    answer = world.browser(who).get(f"/products/FE/promises/foretold?{urlencode(asked)}", hx=True)
    assert answer.status_code == 200
    return answer.text


def test_a_day_is_judged_before_it_is_promised(world: World) -> None:
    """As it would be once it was promised: the same dates, the same health."""
    history(world, one_a_week())
    refs = [world.item(f"Item {n}") for n in range(4)]
    for due_on, health in (("2026-12-10", "Off track"), ("2027-12-01", "On track")):
        said = foretold(world, item=refs[3], due_on=due_on)
        assert "half of the likely futures by" in said
        assert health in said
        promise(world, refs[3], dt.date.fromisoformat(due_on))
        [outlook] = ahead(world).promises
        assert outlook.dates is not None and outlook.dates.sure is not None
        assert outlook.dates.sure.isoformat() in said
        assert outlook.health == health.casefold().replace(" ", "_")
        with world.writing() as session:
            session.execute(sa.delete(Commitment))
    no_day = foretold(world, item="Item 3")
    assert "likely futures" in no_day
    assert "track" not in no_day


def test_the_next_items_are_foretold_as_once_they_are_promised(world: World) -> None:
    """Items that were finished since the milestone was opened count as done."""
    history(world, one_a_week())
    started = world.item("Under way", "In progress")
    with world.changing() as (session, product, owner):
        session.add(Milestone.make(product, "The next three", by=owner, top=3))
    before = foretold(world, milestone="1", due_on="2027-12-01")
    assert "On track" in before
    world.move(started, "Done")
    after = foretold(world, milestone="1", due_on="2027-12-01")
    promise(world, "1", dt.date(2027, 12, 1))
    [outlook] = ahead(world).promises
    assert outlook.dates is not None and outlook.dates.sure is not None
    assert outlook.dates.sure.isoformat() in after
    assert before != after


def test_a_request_is_foretold_by_the_item_that_came_from_it(world: World) -> None:
    history(world, one_a_week())
    with world.changing() as (session, product, _owner):
        session.add(Stakeholder(product_id=product.id, name="Kari", email="kari@example.org"))
    asked = str(ask(world, "Kari", "A timetable on paper"))
    said = foretold(world, request=asked, due_on="2027-12-01")
    assert "The request has no place in the order until it is accepted." in said
    ref = world.item("A timetable on paper")
    decide(world, int(asked), "accept", ref)
    said = foretold(world, request=asked, due_on="2027-12-01")
    assert "On track" in said
    assert said == foretold(world, item=ref, due_on="2027-12-01")
    form = world.browser("olga").get(f"/products/FE/promises/new?request={asked}", hx=True).text
    assert "half of the likely futures by" in form


def test_what_cannot_be_foretold_is_not(world: World) -> None:
    world.item("One")
    said = foretold(world, item="FE-1", due_on="2026-12-10")
    assert "The forecast can’t say anything about this." in said
    assert "Not enough history for dates yet: 0 of" in said
    for asked in (
        {},
        {"item": "zebra"},
        {"item": "HR-1"},
        {"milestone": "7"},
        {"milestone": "x"},
        {"request": "9"},
        {"due_on": "never"},
    ):
        assert "forecast" not in foretold(world, **asked).casefold()


def test_what_can_be_forecast_and_has_no_dates_says_why(world: World) -> None:
    """One that is in progress for longer than all others took; a milestone of which nothing is left."""
    history(world, one_a_week())
    old = world.item("Old", "In progress")
    with world.writing() as session:
        session.execute(sa.update(Item).where(Item.title == "Old").values(started_at=NOON - 200 * DAY))
    assert "an item in progress is older than almost everything" in foretold(world, item=old, due_on="2027-12-01")
    promise(world, old, dt.date(2027, 12, 1))
    kari = to_kari(world)
    for page in (PROMISES, f"/items/{old}", f"/products/FE/stakeholders/{kari}"):
        assert "an item in progress is older than almost everything" in world.browser("olga").get(page).text
    with world.changing() as (session, product, owner):
        session.add(Milestone.make(product, "Nothing", by=owner))
    assert "It has no items left to do." in foretold(world, milestone="1", due_on="2027-12-01")


def test_the_page_of_whoever_it_is_promised_to_shows_how_it_looks_as_the_promises_do(world: World) -> None:
    """Also after its day was moved away and back."""
    history(world, one_a_week())
    ref = world.item("One")
    promise(world, ref, dt.date(2027, 12, 1))
    kari = to_kari(world)
    olga = world.browser("olga")
    for due_on in ("2026-11-25", "2027-12-01"):
        sent = {"due_on": due_on, "cause": "external", "explanation": "The ship is late.", "mitigation": ""}
        assert olga.post("/products/FE/promises/1/change", sent).status_code == 303
        health = "Off track" if due_on < "2027" else "On track"
        for path in (PROMISES, f"/items/{ref}", f"/products/FE/stakeholders/{kari}"):
            assert health in olga.get(path).text, (path, due_on)


def test_a_promised_milestone_without_items_says_why_nothing_is_known(world: World) -> None:
    history(world, one_a_week())
    with world.changing() as (session, product, owner):
        session.add(Milestone.make(product, "Nothing", by=owner))
    promise(world, "1", dt.date(2027, 12, 1))
    assert "It has no items left to do." in world.browser("olga").get(PROMISES).text


def test_promises_without_a_forecast_say_why_once(world: World) -> None:
    for title in ("One", "Two"):
        promise(world, world.item(title), dt.date(2027, 12, 1))
    for page in (PROMISES, "/items/FE-1"):
        assert world.browser("olga").get(page).text.count("Not enough history for dates yet") == 1


def test_a_new_date_is_judged_before_it_is_given(world: World) -> None:
    history(world, one_a_week())
    ref = world.item("One")
    promise(world, ref, dt.date(2026, 12, 21))
    form = world.browser("olga").get("/products/FE/promises/1/change", hx=True).text
    assert "half of the likely futures by" in form
    assert f"foretold?item={ref}" in form
