"""Work that a list brings in as done without saying when: it is done, and in no figure, since nobody knows the day."""

import datetime as dt
import re
from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from kanban import clock
from kanban.models import Item, Milestone, Request, Stage, Stakeholder
from kanban.reads import locked
from kanban.reads.board.cards import load_cards
from kanban.reads.insights.charts import draw_charts
from kanban.reads.insights.insights import read_histories, read_insights
from kanban.reads.invariants import broken_invariants
from kanban.reads.items.api_items import read_api_items
from kanban.reads.items.item import load_item
from kanban.reads.promises.milestones import find_milestone, items_named, joinable_by, list_milestones
from kanban.reads.promises.promises import list_promises
from kanban.reads.updates.facts import read_facts
from kanban.transfer.exporting import as_csv, as_document
from tests.api.conftest import Programs
from tests.blueprints.undoing import undo
from tests.builders import World, sound
from tests.requesting import ask, decide
from tests.transfer.unknown_days import NOW, a_product_at_work, bring, figures, promise, staged, whole

UNDATED = (
    "U1,Nobody knows when,Done,,,",
    "U2,Begun and done,Done,2024-02-01,2024-03-01,",
    "U3,Written down early,Done,2023-01-01,,",
)


@pytest.fixture
def world(app: Flask) -> Any:
    with clock.at(NOW):
        yield World(app)


def test_no_figure_changes_when_work_comes_in_of_which_nobody_knows_when_it_was_done(world: World) -> None:
    a_product_at_work(world)
    with clock.at(NOW + dt.timedelta(days=8)):
        before = figures(world)
    assert before["outlook"] and before["foretold"] and before["cost"] and before["facts"].shipped
    assert before["panel"][0] is not None and before["age marks"].n and before["pace"]
    bring(world, *UNDATED, *(f"M{n},More,Done,,," for n in range(30)))
    with clock.at(NOW + dt.timedelta(days=8)):
        after = figures(world)
    assert {name: (before[name], told) for name, told in after.items() if told != before[name]} == {}
    assert sound(world)


def test_todays_bands_are_as_high_as_the_columns_of_the_board_with_them(world: World) -> None:
    bring(world, *UNDATED, "D,Known,Done,2025-12-01,2025-12-02,2025-12-04", "P,Going on,In progress,2025-12-20,,")
    world.move("FE-1", "In progress")
    with clock.at(NOW + dt.timedelta(days=1)), world.reading() as session:
        product = whole(session)
        standing = Counter(card.stage for card in load_cards(session, product))
        flow = draw_charts(product, read_insights(session, product), has_backlog=True).flow
    assert flow is not None
    assert dict(zip(flow.stages, flow.rows[0].counts, strict=True)) == {stage: standing[stage] for stage in flow.stages}
    assert standing == {Stage.DOING: 2, Stage.DONE: 3}
    with clock.at(NOW + dt.timedelta(days=1)):
        told = Programs(world)("olga").get("/products/FE/flow").json["cumulative"][-1]
    assert (told["doing"], told["review"], told["done"]) == (5, 3, 3)


def test_they_are_done_on_a_day_that_nobody_is_shown(world: World) -> None:
    bring(world, *UNDATED, "D,Known,Done,2025-12-01,2025-12-02,2025-12-04")
    with world.reading() as session:
        product = whole(session)
        cards = {card.title: card for card in load_cards(session, product)}
        owner = locked.membership(session, product.id, world.ids["olga"])
        assert owner is not None
        begun = load_item(session, product, world._item(session, product, "FE-2"), owner)
        told = {item.title: item for item in read_api_items(session, product)}
    days = {title: (item.stage, item.finished_at, item.finished_on) for title, item in told.items()}
    assert {card.stage for card in cards.values()} == {Stage.DONE}
    assert {title: (card.finished_on, card.cycle_days, card.age) for title, card in cards.items()} == {
        "Nobody knows when": (None, None, None),
        "Begun and done": (None, None, None),
        "Written down early": (None, None, None),
        "Known": (dt.date(2025, 12, 4), 3, None),
    }
    assert (begun.is_finished, begun.finished_on, begun.cycle_days) == (True, None, None)
    assert [(stay.column, stay.days) for stay in begun.stays] == [("Backlog", 29)]
    assert begun.history[0].sentence.endswith("it reached Done; when it was finished is not known")
    assert days.pop("Known")[2] == dt.date(2025, 12, 4)
    assert set(days.values()) == {("done", None, None)}
    assert (told["Nobody knows when"].started_on, told["Begun and done"].started_on) == (None, dt.date(2024, 3, 1))


def test_the_pages_show_no_day_either(world: World) -> None:
    bring(world, *UNDATED)
    olga = world.browser("olga")
    assert "Jan" not in "".join(re.findall(r'<article class="card".*?</article>', olga.get("/products/FE/board").text))
    assert "day not known" in olga.get("/items/FE-1").text


def test_what_is_exported_and_brought_in_elsewhere_is_as_unknown_there(world: World) -> None:
    bring(world, *UNDATED)
    with world.reading() as session:
        rows = as_csv(session, whole(session))
        document = as_document(session, whole(session), has_requests=False)
    assert [(row.stage, row.finished_at) for row in staged(rows)] == [(Stage.DONE, None)] * 3
    assert [row.started_at is not None for row in staged(rows)] == [False, True, False]
    assert {(item["finished_at"], item["finished_on"]) for item in document["items"]} == {(None, None)}


def test_work_that_is_done_once_more_is_done_on_that_day(world: World) -> None:
    bring(world, UNDATED[0])
    world.move("FE-1", "In progress")
    assert (world.found("FE-1").finished_at, world.found("FE-1").is_finish_known) == (None, True)
    with clock.at(NOW + dt.timedelta(days=2)):
        world.move("FE-1", "Done")
        assert world.found("FE-1").finish == clock.now()
        with world.reading() as session:
            assert [(item.ref, item.on) for item in read_facts(session, whole(session)).shipped] == [
                ("FE-1", dt.date(2026, 1, 7))
            ]
    assert sound(world)


@pytest.mark.parametrize("column", ["In progress", "Backlog"])
def test_a_reopening_that_is_taken_back_leaves_the_day_unknown(world: World, column: str) -> None:
    bring(world, UNDATED[0])
    with clock.at(NOW + dt.timedelta(days=1)):
        world.move("FE-1", column)
        assert undo(world).status_code == 200
        assert (world.found("FE-1").finished_at, world.found("FE-1").is_finish_known) == (NOW, False)
        assert sound(world)
        with world.reading() as session:
            product = whole(session)
            (history,) = read_histories(session, product)
            assert (history.is_finished, history.finished_on) == (True, None)


def test_a_reopening_that_was_promised_on_is_not_taken_back(world: World) -> None:
    bring(world, UNDATED[0])
    world.move("FE-1", "In progress")
    reopened = world.version()
    promise(world, "FE-1")
    assert undo(world, version=reopened).status_code == 409


def test_a_promise_about_a_request_that_such_work_fulfils_tells_no_day(world: World) -> None:
    bring(world, UNDATED[0])
    with world.changing() as (session, product, _member):
        session.add(Stakeholder(product_id=product.id, name="Berg", email="berg@example.org"))
    number = ask(world, "Berg")
    with world.reading() as session:
        request = session.scalars(sa.select(Request)).one()
    promise(world, request)
    decide(world, number, "accept", "FE-1")
    with world.reading() as session:
        (line,) = list_promises(session, whole(session), None)
        assert (line.standing, line.finished_by, line.finished_on) == ("kept", NOW.date(), None)


def test_the_log_and_the_table_must_agree_on_what_is_unknown(world: World) -> None:
    bring(world, UNDATED[0])
    with world.writing() as session:
        session.execute(sa.update(Item).values(is_finish_known=True))
    with world.reading() as session:
        assert any("finish" in sentence for sentence in broken_invariants(session))


def test_only_what_is_done_can_be_done_on_an_unknown_day(world: World) -> None:
    world.item("To do")
    with pytest.raises(sa.exc.IntegrityError), world.writing() as session:
        session.execute(sa.update(Item).values(is_finish_known=False))


def test_a_set_is_reached_with_them_on_a_day_that_is_known_only_by_what_came_after(world: World) -> None:
    bring(world, UNDATED[0], "D,Known,Done,,2025-12-02,2025-12-04", "L,Left,In progress,2025-12-01,2025-12-20,")
    with world.changing() as (session, product, member):
        session.add(Milestone.make(product, "A set", by=member))
    with world.changing() as (session, product, member):
        for item in items_named(session, product, "FE-1 FE-2 FE-3"):
            item.aim_for(find_milestone(session, product, 1), is_reached=False, by=member)

    def line() -> Any:
        with world.reading() as session:
            (found,) = list_milestones(session, whole(session))
            joinable = joinable_by(session, whole(session), world._item(session, whole(session), "FE-1"))[0]
            assert (joinable.finished_by, joinable.finished_on) == (found.finished_by, found.finished_on)
            return found

    assert (line().done, line().total, line().finished_by) == (2, 3, None)
    with clock.at(NOW + dt.timedelta(days=3)):
        world.move("FE-3", "Done")
        assert line().finished_on == line().finished_by == dt.date(2026, 1, 8)
        world.move("FE-3", "In progress")
        world.change("FE-3", "discard", "Not needed")
        assert (line().finished_by, line().finished_on) == (NOW.date(), None)
