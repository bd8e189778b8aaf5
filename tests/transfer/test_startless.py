"""Work that a list brings in as started without saying when: it counts, and how long it takes or goes on stays unknown."""

import datetime as dt
import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

import kanban
from kanban import clock
from kanban.flow.age import Age, oldest
from kanban.models import Event, Item, Milestone, Stage, Stakeholder
from kanban.reads import locked
from kanban.reads.board.board import load_board
from kanban.reads.board.cards import Card, load_cards
from kanban.reads.board.filters import Filter
from kanban.reads.insights.insights import read_histories, read_insights
from kanban.reads.invariants import broken_invariants
from kanban.reads.items.api_items import read_api_items
from kanban.reads.items.item import ItemPage, load_item
from kanban.reads.people.my_work import load_my_work
from kanban.reads.promises.milestones import find_milestone, items_named
from kanban.reads.promises.outlook import read_ahead, read_queue
from kanban.reads.requests.requested import read_mine
from kanban.reads.updates.facts import read_facts
from kanban.status.lines import sections
from kanban.transfer.exporting import as_csv, as_document
from tests.blueprints.test_import_export import LIST, fields_of, look
from tests.blueprints.undoing import undo
from tests.builders import World, sound
from tests.requesting import ask, decide
from tests.transfer.unknown_days import HEADER, NOW, a_product_at_work, bring, figures, promise, staged, whole

DOING = "S1,Nobody knows since when,In progress,,,"
REVIEW = "S2,Written down early,Review,2025-12-20,,"
DONE = "S3,Done one day,Done,2025-12-01,,2025-12-04"
KNOWN = "K1,Known,In progress,2025-12-01,2025-12-30,"

#: What started work adds to whichever day it was started on: it is in progress, and so ahead of what waits.
WITH_THE_WORK_IN_PROGRESS = {
    "milestones",
    "outlook",
    "foretold",
    "foretold today",
    "promises",
    "cost",
    "insights",
    "charts",
} | {
    "facts",
    "facts of all",
}


@pytest.fixture
def world(app: Flask) -> Any:
    with clock.at(NOW):
        yield World(app)


def cards(world: World) -> dict[str, Card]:
    with world.reading() as session:
        return {card.ref: card for card in load_cards(session, whole(session))}


def page(world: World, ref: str) -> ItemPage:
    with world.reading() as session:
        product = whole(session)
        owner = locked.membership(session, product.id, world.ids["olga"])
        assert owner is not None
        return load_item(session, product, world._item(session, product, ref), owner)


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name for name, told in after.items() if told != before[name]}


def test_no_figure_learns_a_length_from_work_of_which_nobody_knows_when_it_was_started(world: World) -> None:
    a_product_at_work(world)
    later = NOW + dt.timedelta(days=8)
    with clock.at(later):
        before = figures(world)
    started = [f"M{n},More,{'In progress' if n % 2 else 'Review'},,," for n in range(30)]
    bring(world, DOING, REVIEW, *started)
    with clock.at(later):
        while_it_goes_on = figures(world)
    assert changed(before, while_it_goes_on) <= WITH_THE_WORK_IN_PROGRESS
    assert while_it_goes_on["insights"].cycle == before["insights"].cycle
    assert while_it_goes_on["insights"].weeks == before["insights"].weeks
    assert while_it_goes_on["facts"].shipped == before["facts"].shipped
    with world.reading() as session:
        refs = [item.ref for item in read_api_items(session, whole(session)) if item.title == "More"]
    with clock.at(NOW + dt.timedelta(days=1)):
        for ref in refs:
            world.move(ref, "Done")
    with clock.at(later):
        done = figures(world)
    assert done["forecast"][0].counts != before["forecast"][0].counts, "each finish counts"
    assert done["forecast"][1] == before["forecast"][1]
    assert done["insights"].cycle == before["insights"].cycle
    for name in ("sle", "age marks", "panel"):
        assert done[name] == before[name]
    assert sound(world)


def test_a_finish_whose_start_is_not_told_counts_in_the_throughput_alone(world: World) -> None:
    a_product_at_work(world)
    before = figures(world)
    bring(world, *(f"F{n},Done then,Done,2025-11-01,,2025-12-{10 + n}" for n in range(9)))
    after = figures(world)
    assert sum(after["forecast"][0].counts) == sum(before["forecast"][0].counts) + 9
    assert after["forecast"][1] == before["forecast"][1]
    assert (after["sle"], after["insights"].cycle) == (before["sle"], before["insights"].cycle)
    assert (after["age marks"], after["panel"]) == (before["age marks"], before["panel"])


def test_its_age_is_at_least_what_is_known(world: World) -> None:
    bring(world, DOING, REVIEW, KNOWN)
    with clock.at(NOW + dt.timedelta(days=4)):
        assert {ref: card.age for ref, card in cards(world).items()} == {
            "FE-1": Age(5, is_known=False),
            "FE-2": Age(5, is_known=False),
            "FE-3": Age(11),
        }
        facts = page(world, "FE-1")
        assert facts.age == Age(5, is_known=False)
        assert facts.stays == ()
        assert facts.history[0].sentence.endswith("it reached In progress; when it was started is not known")
        with world.reading() as session:
            product = whole(session)
            owner = locked.membership(session, product.id, world.ids["olga"])
            assert owner is not None
            assert load_board(session, product, owner).progress.oldest == Age(11, is_known=False)
            rows = read_insights(session, product).wip.rows
            told = {
                item.ref: (item.started_at, item.started_on, item.age_days) for item in read_api_items(session, product)
            }
            [lines] = [
                part["lines"] for part in sections(read_facts(session, product)) if part["kind"] == "in_progress"
            ]
        assert [(row.ref, row.age) for row in rows] == [
            ("FE-3", Age(11)),
            ("FE-1", Age(5, is_known=False)),
            ("FE-2", Age(5, is_known=False)),
        ]
        assert told["FE-1"] == told["FE-2"] == (None, None, None)
        assert told["FE-3"][2] == 11
        assert {line["ref"]: line["note"].replace("\xa0", " ") for line in lines} == {
            "FE-1": "In progress, at least 5 days",
            "FE-2": "Review, at least 5 days",
            "FE-3": "In progress, 11 days",
        }


def test_the_oldest_is_known_only_if_every_age_is() -> None:
    assert oldest([]) is None
    assert oldest([Age(3), Age(9)]) == Age(9)
    assert oldest([Age(9), Age(3, is_known=False)]) == Age(9, is_known=False)
    assert Age.since(dt.date(2026, 1, 2), dt.date(2026, 1, 1)) == Age(1)


def test_the_pages_say_at_least(world: World) -> None:
    bring(world, DOING)
    world.item("Finished", "Done")
    olga = world.browser("olga")
    olga.post("/items/FE-1/assign-me", {"command": "a" * 32})
    with clock.at(NOW + dt.timedelta(days=4)):
        board = olga.get("/products/FE/board").text.replace("\xa0", " ")
        assert "In progress for at least 5 days: the start date isn’t known" in board
        assert "oldest at least 5 days" in board
        facts = olga.get("/items/FE-1").text.replace("\xa0", " ")
        assert "at least 5 days" in facts and "start not known" in facts
        assert "the start date isn’t known" in olga.get("/my/work").text
        assert "one, at least 5 days" in olga.get("/portfolio").text.replace("\xa0", " ")
        insights = olga.get("/products/FE/insights").text.replace("\xa0", " ")
        assert insights.count("at least 5 days") == 3  # in short, in the chart and below it
        assert '<circle class="least"' in insights and '<li class="least">' in insights
        assert "by 5 Jan" in insights


def test_it_is_old_as_soon_as_it_is_surely_so(world: World) -> None:
    a_product_at_work(world)
    bring(world, DOING)
    ref = next(ref for ref, card in cards(world).items() if card.title == "Nobody knows since when")
    with clock.at(NOW + dt.timedelta(days=1)):
        assert (cards(world)[ref].is_old, page(world, ref).older_in_10) == (False, 2)
    with clock.at(NOW + dt.timedelta(days=30)):
        assert (cards(world)[ref].is_old, page(world, ref).is_old, page(world, ref).older_in_10) == (True, True, 10)
        assert "In progress for at least 31 days: older than 85 % of finished items" in world.browser("olga").get(
            "/products/FE/board"
        ).text.replace("\xa0", " ")


def test_it_is_found_as_older_and_never_as_younger(world: World) -> None:
    bring(world, DOING, KNOWN)
    olga = world.browser("olga")
    with clock.at(NOW + dt.timedelta(days=4)):
        with world.reading() as session:
            product = whole(session)
            found = {
                days: {card.ref for card in load_cards(session, product, only=Filter(age=days))} for days in (4, 5)
            }
        assert found == {4: {"FE-1", "FE-2"}, 5: {"FE-2"}}
        asked = {
            way: set(re.findall(r"FE-\d", olga.get(f"/search?q=age:{way}").text)) for way in (">4d", ">5d", "<99d")
        }
        assert asked == {">4d": {"FE-1", "FE-2"}, ">5d": {"FE-2"}, "<99d": {"FE-2"}}


def test_nobody_is_told_when_it_will_be_done(world: World) -> None:
    """What it may still take follows from its age, and of that only a bound is known."""
    a_product_at_work(world)
    bring(world, DOING, "K1,Known,In progress,2025-12-01,2026-01-04,")
    unknown, known = (card.ref for card in cards(world).values() if card.title in ("Nobody knows since when", "Known"))
    promise(world, unknown)
    promise(world, known)
    with world.reading() as session:
        product = whole(session)
        told = {each.ref: each for each in read_ahead(session, product, read_queue(session, product)).promises}
    assert (told[unknown].dates, told[unknown].health, told[unknown].lacks) == (None, None, "start")
    assert (told[known].dates is not None, told[known].lacks) == (True, "")
    sentence = "No date: the start date of an item in progress isn’t known."
    olga = world.browser("olga")
    assert sentence in olga.get(f"/items/{unknown}").text
    assert sentence not in olga.get(f"/items/{known}").text
    assert olga.get("/products/FE/promises").text.count(sentence) == 1


def test_nor_when_a_set_or_a_request_will_be_that_hangs_on_it(world: World) -> None:
    a_product_at_work(world)
    bring(world, DOING)
    [ref] = [card.ref for card in cards(world).values() if card.title == "Nobody knows since when"]
    with world.changing() as (session, product, member):
        session.add(Milestone.make(product, "Hangs on it", by=member))
        session.add(Stakeholder(product_id=product.id, name="Berg", email="berg@example.org"))
    with world.changing() as (session, product, member):
        [item] = items_named(session, product, ref)
        item.aim_for(find_milestone(session, product, 3), is_reached=False, by=member)
    promise(world, 3)
    decide(world, ask(world, "Berg"), "accept", ref)
    with world.reading() as session:
        person = session.scalars(sa.select(Stakeholder)).one()
        [line] = read_mine(session, whole(session), person)
    assert line.standing is not None
    assert (line.standing.stage, line.standing.dates, line.standing.lacks) == ("started", None, "start")
    sentence = "No date: the start date of an item in progress isn’t known."
    olga = world.browser("olga")
    for path in (f"/items/{ref}", "/products/FE/milestones/3/burn-up", "/products/FE/promises"):
        assert sentence in olga.get(path).text


def test_it_stays_unknown_until_it_is_finished_and_after(world: World) -> None:
    bring(world, DOING)
    with clock.at(NOW + dt.timedelta(days=2)):
        world.move("FE-1", "Review")
        assert cards(world)["FE-1"].age == Age(3, is_known=False)
    with clock.at(NOW + dt.timedelta(days=4)):
        world.move("FE-1", "Done")
        card = cards(world)["FE-1"]
        assert (card.finished_on, card.cycle_days) == (dt.date(2026, 1, 9), None)
        assert "start not known" in world.browser("olga").get("/items/FE-1").text
        assert [(stay.column, stay.days) for stay in page(world, "FE-1").stays] == [("Review", 2)]
        with world.reading() as session:
            [history] = read_histories(session, whole(session))
        assert (history.finished_on, history.is_start_known) == (dt.date(2026, 1, 9), False)
        world.move("FE-1", "In progress")
        assert cards(world)["FE-1"].age == Age(5, is_known=False)
    assert sound(world)


def test_what_goes_back_and_is_started_here_has_a_start(world: World) -> None:
    bring(world, DOING)
    world.move("FE-1", "Ready")
    assert (world.found("FE-1").started_at, world.found("FE-1").is_start_known) == (None, True)
    with clock.at(NOW + dt.timedelta(days=2)):
        world.move("FE-1", "In progress")
        assert cards(world)["FE-1"].age == Age(1)
        world.move("FE-1", "Done")
        assert cards(world)["FE-1"].cycle_days == 1
    assert sound(world)


@pytest.mark.parametrize("line", [DOING, DONE])
@pytest.mark.parametrize("column", ["Ready", "Review"])
def test_a_move_that_is_taken_back_leaves_the_start_unknown(world: World, line: str, column: str) -> None:
    bring(world, line)
    before = world.found("FE-1")
    with clock.at(NOW + dt.timedelta(days=1)):
        world.move("FE-1", column)
        assert undo(world).status_code == 200
        after = world.found("FE-1")
        assert (after.started_at, after.is_start_known) == (before.started_at, False)
        assert sound(world)


def test_what_is_exported_and_brought_in_elsewhere_is_as_unknown_there(world: World) -> None:
    bring(world, DOING, REVIEW, DONE, KNOWN)
    with world.reading() as session:
        rows = staged(as_csv(session, whole(session)))
        document = as_document(session, whole(session), has_requests=False)
    assert [(row.stage, row.lacks_start, row.started_at is None, row.finished_at is None) for row in rows] == [
        (Stage.DOING, True, True, True),
        (Stage.REVIEW, True, True, True),
        (Stage.DONE, True, True, False),
        (Stage.DOING, False, False, True),
    ]
    days = [(item["started_at"], item["started_on"]) for item in document["items"]]
    assert days[:3] == [(None, None)] * 3
    assert days[3][1] == "2025-12-30"


def test_what_was_removed_before_it_was_started_lacks_no_start(world: World) -> None:
    assert bring(world, "R,Gone,Cancelled,2025-12-01,,", DOING).startless == 1
    assert sound(world)


def test_who_brings_it_in_is_told_how_many_and_what_that_means(world: World) -> None:
    olga = world.browser("olga")
    lines = "\n".join([HEADER, DOING, REVIEW, DONE, KNOWN]).encode()
    seen = look(olga, lines).text
    sentence = "3 of them have no start date: how long they have been going on, or took, is unknown and in no figure."
    assert sentence in seen
    assert (
        "In progress, but without a start date: their age is shown as “at least” the days from today on, and how long "
        "they take remains unknown. (rows 2, 3)" in seen
    )
    answer = olga.post(LIST, {**fields_of(seen), "command": "b" * 32})
    assert answer.status_code == 303
    assert sentence in olga.get("/products/FE/backlog").text
    assert "tell" not in look(olga, b"Title,Status\nA,To Do\n").text.partition("import-sum")[2].partition("</p>")[0]


def test_the_log_and_the_table_must_agree_on_what_is_unknown(world: World) -> None:
    bring(world, DOING)
    with world.writing() as session:
        session.execute(sa.update(Item).values(is_start_known=True))
    with world.reading() as session:
        assert any("unknown start" in sentence for sentence in broken_invariants(session))


def test_only_what_was_started_can_have_been_started_on_an_unknown_day(world: World) -> None:
    world.item("To do")
    with pytest.raises(sa.exc.IntegrityError), world.writing() as session:
        session.execute(sa.update(Item).values(is_start_known=False))


def test_what_came_in_as_done_before_the_mark_was_there_gets_it(world: World) -> None:
    """The log of then has none: it tells by the import that brought an item straight to done."""
    bring(world, DONE, "U,Nobody knows when,Done,,,", "D,Both told,Done,2025-12-01,2025-12-02,2025-12-04", KNOWN)
    bring(world, "B,Moved here,Ready,2025-12-01,,", "R,Reopened,Done,2025-12-01,,2025-12-04")
    bring(world, "T,Taken back,Done,2025-12-01,,2025-12-04")
    world.move("FE-5", "Done")
    world.item("Made here", "Done")
    with world.writing() as session:
        for event in session.scalars(sa.select(Event).where(Event.kind == "moved")):
            event.data = {name: told for name, told in event.data.items() if name != "undated_start"}
        session.execute(sa.update(Item).values(is_start_known=True))
    world.move("FE-6", "In progress")
    world.move("FE-7", "Backlog")
    assert undo(world).status_code == 200
    with world.writing() as session:
        session.execute(_revision("0028_tell_starts_of_which_nobody_knows_the_day").MARK)
    unknown = {ref for ref in (f"FE-{n}" for n in range(1, 9)) if not world.found(ref).is_start_known}
    assert unknown == {"FE-1", "FE-2", "FE-6"}
    assert sound(world)


def _revision(name: str) -> Any:
    path = Path(kanban.__file__).parent.parent / "migrations" / "versions" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_my_work_keeps_its_order(world: World) -> None:
    bring(world, DOING, KNOWN)
    for ref in ("FE-1", "FE-2"):
        with world.changing() as (session, product, member):
            item = world._item(session, product, ref)
            item.assign([member.user], by=member)
    with world.reading() as session:
        user = locked.membership(session, whole(session).id, world.ids["olga"])
        assert user is not None
        held = load_my_work(session, user.user).held
    assert [(one.ref, one.age) for one in held] == [("FE-2", Age(7)), ("FE-1", Age(1, is_known=False))]
