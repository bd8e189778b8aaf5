"""Dates over the API: when so many items are done, how many by a day, and the dates of the backlog's places."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.models import ForecastMemory, Item, Product
from tests.api.conftest import Program, Programs
from tests.builders import World

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)  # a Tuesday
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


def finished(world: World, days_ago: list[int]) -> None:
    refs = [world.item(f"Done {n}", "Done") for n in range(len(days_ago))]
    with world.writing() as session:
        for ref, ago in zip(refs, days_ago, strict=True):
            end = NOON - ago * DAY
            dates = {"created_at": NOON - 91 * DAY, "started_at": end - 3 * DAY, "finished_at": end}
            session.execute(sa.update(Item).where(Item.number == int(ref.partition("-")[2])).values(**dates))


def ask(program: Program, **query: Any) -> Any:
    answer = program.get("/products/FE/forecast", **query)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_so_many_items_and_a_day_answer_each_other(olga: Program, world: World) -> None:
    finished(world, [1 + 3 * n for n in range(30)])
    found = ask(olga, items=10)
    assert (found["standing"], found["lacking"], found["counts"]) == ("enough", None, None)
    assert found["dates"]["p50"] <= found["dates"]["p85"] <= found["dates"]["p95"]
    assert (found["sample"]["weeks"], found["sample"]["finished"]) == (13, 30)
    assert found["model"]["trials"] == 2000
    assert found["track_record"] == {"verdict": "too early to judge", "forecasts": [], "backtest": None}
    by = ask(olga, by=found["dates"]["p85"])
    assert by["counts"]["p85"] >= 10 >= ask(olga, by="2026-11-25")["counts"]["p85"]
    assert by["counts"]["p50"] >= by["counts"]["p85"] >= by["counts"]["p95"]
    assert ask(olga, items=10) == found


def test_the_track_record_tells_shown_dates_and_the_backtest_apart(olga: Program, world: World) -> None:
    finished(world, [1 + 3 * n for n in range(30)])
    with world.writing() as session:
        told = {"kept": {"50": [11, 21], "85": [19, 21]}, "tried": {"85": [30, 36]}, "drift": 0.3, "drift_n": 36}
        product_id = session.scalars(sa.select(Product.id)).one()
        session.add(ForecastMemory(product_id=product_id, learnt_on=NOON.date() - DAY, **told))
    found = ask(olga, items=10)
    assert found["model"]["drift"] == 0.3
    assert found["track_record"] == {
        "verdict": "85 % dates held 19 of 21 times",
        "forecasts": [{"share": 50, "held": 11, "n": 21}, {"share": 85, "held": 19, "n": 21}],
        "backtest": {
            "on": (NOON.date() - DAY).isoformat(),
            "learnt_from": 36,
            "forecasts": [{"share": 85, "held": 30, "n": 36}],
        },
    }


def test_a_milestone_tells_its_dates(olga: Program, world: World) -> None:
    finished(world, [1 + 3 * n for n in range(30)])
    olga.post("/products/FE/milestones", {"name": "Summer", "items": [world.item("One"), world.item("Two")]})
    olga.post("/products/FE/milestones", {"name": "Empty"})
    summer, empty = olga.get("/products/FE/milestones").json["data"]
    finished_two = ask(olga, items=2)["dates"]
    dates = summer["dates"]
    assert dates.keys() == finished_two.keys() and summer["dates_growing"] is None
    assert all(dates[share] >= on for share, on in finished_two.items()), "the second of them takes its time, too"
    assert empty["dates"] is None


def test_little_history_says_what_is_lacking(olga: Program, world: World) -> None:
    finished(world, [1, 9, 15])
    world.item("Next")
    found = ask(olga, items=1)
    assert (found["standing"], found["lacking"], found["dates"]) == (
        "short",
        {"have": 3, "need": 5, "unit": "days"},
        None,
    )
    assert olga.get("/products/FE/backlog").json["data"][0]["dates"] is None


def test_the_backlog_tells_the_dates_of_each_place_on_every_page(olga: Program, world: World) -> None:
    finished(world, [1 + 3 * n for n in range(30)])
    for n in range(5):
        world.item(f"Next {n}")
    whole = olga.get("/products/FE/backlog").json["data"]
    dates = [row["dates"]["p85"] for row in whole]
    assert dates == sorted(dates) and all(row["dates"]["p50"] <= row["dates"]["p85"] for row in whole)
    rest = olga.get("/products/FE/backlog", limit=2, after=whole[1]["ref"]).json["data"]
    assert [row["dates"] for row in rest] == [row["dates"] for row in whole[2:4]]


@pytest.mark.parametrize(
    "query", [{}, {"items": 0}, {"by": "2026-11-24"}, {"by": "2040-01-01"}, {"by": "soon"}, {"items": "x"}]
)
def test_what_makes_no_question_is_refused(olga: Program, query: dict[str, Any]) -> None:
    assert olga.get("/products/FE/forecast", **query).status_code == 422


def test_every_member_may_ask_and_a_stranger_may_not(program: Programs) -> None:
    assert program("vic").get("/products/FE/forecast", items=1).status_code == 200
    assert program("sam").get("/products/FE/forecast", items=1).status_code == 404
