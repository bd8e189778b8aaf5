"""The page of a milestone and its dates, for owner, teammate and stranger; the line in the backlog goes by its health."""

import datetime as dt
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.models import ForecastMemory, Product
from tests.builders import World
from tests.reads.test_forecast import DAY, NOON, history

BURN_UP = "/products/FE/milestones/1/burn-up"


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


def milestone(world: World, *refs: str, due_on: str = "") -> None:
    olga = world.browser("olga")
    olga.post("/products/FE/milestones", {"name": "Winter", "kind": "set", "items": " ".join(refs)})
    if due_on:
        olga.post("/products/FE/promises", {"milestone": "1", "due_on": due_on, "statement": ""})


@pytest.mark.parametrize("name", ["olga", "dora", "lea", "dev", "vic"])
def test_every_member_sees_scope_done_dates_and_the_promised_day(world: World, name: str) -> None:
    history(world, [1 + 3 * n for n in range(30)])
    milestone(world, world.item("<b>First</b>"), world.item("Second"), due_on="2027-01-15")
    page = world.browser(name).get(BURN_UP).text
    assert "<svg" in page and "0 of 2 done" in page and "15 Jan" in page
    assert "If nothing is added" in page and "How it grows can be seen once it is two weeks old" in page
    assert "&lt;b&gt;First" in page and "style=" not in page
    promises = world.browser(name).get("/products/FE/promises").text
    assert BURN_UP in promises and "if nothing is added" in promises


def test_items_are_named_by_reference_or_number(world: World) -> None:
    refs = [world.item(title) for title in ("First", "Second", "Third")]
    milestone(world, refs[0], "2,", "fe-3")
    assert "0 of 3 done" in world.browser("olga").get(BURN_UP).text
    made = {"name": "Summer", "kind": "set", "items": "1 99"}
    answer = world.browser("olga").post("/products/FE/milestones", made, hx=True)
    assert answer.status_code == 422 and "FE-99 is no item of this product." in answer.text


def test_a_stranger_sees_no_milestone_and_there_is_no_page_of_none(world: World) -> None:
    milestone(world)
    assert world.browser("sam").get(BURN_UP).status_code == 404
    assert world.browser("olga").get("/products/FE/milestones/2/burn-up").status_code == 404
    assert "No items yet" in world.browser("olga").get(BURN_UP).text


def test_a_milestones_last_item_stands_above_its_line_exactly_when_it_is_on_track(world: World) -> None:
    history(world, [1 + 3 * n for n in range(30)], took=2)
    for n in range(5):
        world.item(f"Begun {n}", "In progress")
    refs = [world.item(f"Next {n}") for n in range(12)]
    milestone(world, refs[3], due_on="2026-12-01")
    seen = set()
    for ahead in range(7, 80, 5):
        due = NOON.date() + dt.timedelta(days=ahead)
        with world.writing() as session:
            session.execute(sa.text("UPDATE commitment SET due_on = :due"), {"due": due.isoformat()})
        page = world.browser("olga").get("/products/FE/backlog").text
        line = re.search(r'data-due-line="(\d+)".*?</li>', page)
        assert line is not None
        is_on_track = "On track" in line.group()
        assert is_on_track == (int(line.group(1)) > 3), due
        seen.add(is_on_track)
    assert seen == {True, False}


def test_how_many_by_a_day_is_answered_and_a_wrong_day_refused(world: World) -> None:
    history(world, [1 + 3 * n for n in range(30)])
    vic = world.browser("vic")
    page = vic.get("/products/FE/insights?by=2026-12-24").text
    counts = [int(number) for number in re.findall(r"<dd>(\d+) <small>items? at least", page)]
    assert len(counts) == 2 and counts[0] >= counts[1] > 0
    assert 'value="2026-12-22"' in vic.get("/products/FE/insights").text
    for text, said in (("2026-11-24", "in the future"), ("soon", "Give a day."), ("2040-01-01", "beyond five")):
        answer = vic.get(f"/products/FE/insights?by={text}")
        assert answer.status_code == 422 and (said in answer.text or "beyond 5 years" in answer.text)


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ({}, "Whether these dates hold: too early to judge."),
        ({"85": [17, 19]}, "Our 85 % dates held 17 of 19 times: too early to judge."),
        ({"85": [21, 24]}, "Our 85 % dates held 21 of 24 times."),
    ],
)
def test_the_track_record_stands_on_insights_and_beside_the_dates(
    world: World, kept: dict[str, list[int]], said: str
) -> None:
    history(world, [1 + 3 * n for n in range(30)])
    world.item("Next")
    with world.writing() as session:
        product_id = session.scalars(sa.select(Product.id)).one()
        session.add(
            ForecastMemory(
                product_id=product_id,
                kept=kept,
                tried={"85": [30, 36]},
                drift=0.3,
                drift_n=36,
                learnt_on=(NOON - 2 * DAY).date(),
            )
        )
    for path in ("/products/FE/insights", "/products/FE/backlog"):
        assert said in world.browser("vic").get(path).text
    insights = world.browser("vic").get("/products/FE/insights").text
    assert "30 of 36" in insights and "From 36 of them it learnt" in insights


@pytest.mark.parametrize("begun", [False, True])
def test_the_item_says_of_its_promises_what_the_list_of_promises_says(world: World, begun: bool) -> None:
    history(world, [1 + 3 * n for n in range(30)], took=2)
    for n in range(4):
        world.item(f"Before {n}", "In progress" if n % 2 else "Backlog")
    ref = world.item("Refunds", "In progress" if begun else "Backlog")
    milestone(world, ref, world.item("Delays"), due_on="2026-12-15")
    world.browser("olga").post("/products/FE/promises", {"item": ref, "due_on": "2026-12-15"})
    seen = set()
    for ahead in (3, 14, 30, 300):
        with world.writing() as session:
            due = NOON.date() + dt.timedelta(days=ahead)
            session.execute(sa.text("UPDATE commitment SET due_on = :due"), {"due": due.isoformat()})
        words = r"<p class=\"(?:state|dates)\">.*?(On track|At risk|Off track|Open)"
        told = re.findall(words, world.browser("vic").get("/products/FE/promises").text, re.S)
        said = re.findall(words, world.browser("vic").get(f"/items/{ref}").text, re.S)
        assert set(said) == set(told)
        assert len(said) == 2
        seen |= set(said)
    assert {"On track", "Off track"} <= seen <= {"On track", "At risk", "Off track"}


def test_what_is_no_number_of_a_milestone_is_refused_and_the_item_keeps_its_own(world: World) -> None:
    ref = world.item("First")
    milestone(world, ref)
    olga = world.browser("olga")
    for text, status in (("Winter", 422), ("1x", 422), ("9" * 40, 422), ("-1", 422), ("0", 404), ("7", 404)):
        answer = olga.post(f"/items/{ref}/milestone", {"milestone": text}, hx=True)
        assert answer.status_code == status, text
        assert status == 404 or "not the number of a milestone" in answer.text
        assert "0 of 1 done" in olga.get(BURN_UP).text
    assert olga.post(f"/items/{ref}/milestone", {"milestone": ""}, hx=True).status_code == 200
    assert "0 of 1 done" not in olga.get(BURN_UP).text
