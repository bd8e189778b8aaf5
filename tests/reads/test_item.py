"""What the loaders of backlog, item and history tell, on both databases."""

import datetime as dt

import pytest

from kanban import clock
from kanban.flow.age import Age
from kanban.models import Member
from kanban.reads import locked
from kanban.reads.backlog.backlog import BacklogPage, load_backlog, pace
from kanban.reads.board.place import TOP
from kanban.reads.items.item import ItemPage, load_item
from tests.builders import World

MONDAY = dt.datetime(2026, 11, 2, 10, 0, tzinfo=dt.UTC)


def page_of(world: World, ref: str, who: str = "olga") -> ItemPage:
    with world.reading() as session:
        product, member = _visible(world, who)
        item = locked.item_in(session, product, int(ref.partition("-")[2]), ())
        assert item is not None
        return load_item(session, product, item, member)


def backlog_of(world: World, who: str = "olga") -> BacklogPage:
    with world.reading() as session:
        product, member = _visible(world, who)
        return load_backlog(session, product, member)


def _visible(world: World, who: str):  # type: ignore[no-untyped-def]
    from kanban.extensions import db

    found = locked.visible_product(db.session(), "FE", world.ids[who])
    assert found is not None and isinstance(found[1], Member)
    return found


def sentences(world: World, ref: str) -> list[str]:
    return [line.sentence for line in page_of(world, ref).history]


# Backlog


def test_positions_follow_the_one_order_through_backlog_and_ready(world: World) -> None:
    world.item("Third")
    world.item("Fourth")
    second = world.item("Second", "Ready")
    first = world.item("First")
    world.move(second, "Ready", wish=TOP)
    world.move(first, "Backlog", wish=TOP)
    rows = backlog_of(world).rows
    assert [row.title for row in rows] == world.order()


def test_discarded_items_stand_in_no_list(world: World) -> None:
    ref = world.item("Refunds")
    world.change(ref, "discard", "Because")
    assert backlog_of(world).rows == ()


def test_the_pace_counts_complete_weeks_only(world: World) -> None:
    with clock.at(MONDAY) as moved:
        refs = [world.item(f"Item {number}", "In progress") for number in range(7)]
        moved.advance(days=2)
        for ref in refs[:4]:
            world.move(ref, "Done")
        moved.advance(days=7)
        for ref in refs[4:6]:
            world.move(ref, "Done")
        moved.advance(days=7)
        world.move(refs[6], "Done")
        with world.reading() as session:
            assert pace(session, _visible(world, "olga")[0]) == pytest.approx(3.0)


def test_without_a_complete_week_there_is_no_pace(world: World) -> None:
    world.item("Done at once", "Done")
    assert backlog_of(world).per_week is None


def test_a_few_finishes_are_no_pace(world: World) -> None:
    with clock.at(MONDAY) as moved:
        refs = [world.item(f"Item {number}", "In progress") for number in range(4)]
        for ref in refs[:3]:
            world.move(ref, "Done")
        moved.advance(days=7)
        assert backlog_of(world).per_week is None
        world.move(refs[3], "Done")
        moved.advance(days=7)
        assert backlog_of(world).per_week == 2


# Times and ages


def test_time_in_each_column_adds_up_all_visits_and_ends_with_the_age(world: World) -> None:
    with clock.at(MONDAY) as moved:
        ref = world.item("Refunds")
        moved.advance(days=3)
        world.move(ref, "Ready")
        moved.advance(days=2)
        world.move(ref, "In progress")
        moved.advance(days=1)
        world.move(ref, "Review")
        moved.advance(days=1)
        world.move(ref, "In progress")
        moved.advance(days=4)
        page = page_of(world, ref)
    assert [(stay.column, stay.days) for stay in page.stays] == [
        ("Backlog", 3),
        ("Ready", 2),
        ("In progress", 6),
        ("Review", 1),
    ]
    assert page.age == Age(7)
    assert [stay.column for stay in page.stays if stay.is_now] == ["In progress"]
    assert max(stay.share for stay in page.stays) == 10


def test_how_old_it_is_among_the_finished_needs_ten_of_them(world: World) -> None:
    with clock.at(MONDAY) as moved:
        refs = [world.item(f"Item {number}", "In progress") for number in range(11)]
        for ref in refs[:9]:
            moved.advance(days=1)
            world.move(ref, "Done")
        assert page_of(world, refs[10]).older_in_10 is None
        world.move(refs[9], "Done")
        moved.advance(days=1)
        assert page_of(world, refs[10]).older_in_10 == 10


def test_a_finished_item_says_after_how_many_days(world: World) -> None:
    with clock.at(MONDAY) as moved:
        ref = world.item("Refunds", "In progress")
        moved.advance(days=4)
        world.move(ref, "Done")
        page = page_of(world, ref)
    assert (page.cycle_days, page.age, page.finished_on) == (5, None, dt.date(2026, 11, 6))


# History


def test_the_history_tells_each_kind_of_change_in_words(world: World) -> None:
    ref, whole = world.item("Refunds"), world.item("Money back")
    world.change(ref, "add_criterion", "In full")
    world.change(ref, "tick", 1, met=True, by="dev")
    world.change(ref, "change_criterion", 1, "In full, at once")
    world.change(ref, "remove_criterion", 1)
    world.change(ref, "comment", "Hello", by="dev")
    with world.changing("dev") as (session, product, member):
        item = locked.item_in(session, product, 1, ("assignees",))
        assert item is not None
        item.assign([member.user], by=member)
        item.make_part_of(locked.item_in(session, product, 2, ()), has_parts=False, by=member)
    world.change(ref, "discard", "Not wanted")
    assert sentences(world, ref) == [
        "Olga discarded it: Not wanted",
        f"Dev made it a part of {whole}",
        "Dev took it",
        "Dev commented",
        "Olga removed the criterion “In full, at once”",
        "Olga changed a criterion from “In full” to “In full, at once”",
        "Dev ticked “In full”",
        "Olga added the criterion “In full”",
        "Olga created it in Backlog",
    ]


def test_the_history_of_a_question_names_its_first_words(world: World) -> None:
    ref = world.item("Refunds", "In progress")
    question = world.ask(ref, "Which " + "long " * 40 + "delays?", blocking=True)
    world.question(question, "answer", "All", by="dora")
    told = sentences(world, ref)
    assert told[0].startswith("“Which long") and told[0].endswith("…” no longer holds it up")
    assert told[1].startswith("Dora answered “Which long")
    assert told[2].endswith("…” holds it up")
    assert told[3].startswith("Dev asked Olga, blocking: “Which long")


def test_an_edit_keeps_before_and_after_of_each_field(world: World) -> None:
    ref = world.item("Refunds")
    world.change(ref, "edit", {"title": "Refund a ticket", "size": "M"}, revision=1)
    lines = page_of(world, ref).history[:2]
    told = {tuple((piece.kind, piece.text) for piece in line.pieces) for line in lines}
    assert told == {
        (("went", "Refunds"), ("came", "Refund a ticket")),
        (("went", "nothing"), ("came", "M")),
    }


def test_names_are_those_of_today(world: World) -> None:
    from kanban.models import User

    ref = world.item("Refunds", by="dev")
    with world.writing() as session:
        session.get_one(User, world.ids["dev"]).name = "Devora Berg"
    assert sentences(world, ref) == ["Devora Berg created it in Backlog"]


# What each may do


_TEAMS = {"edit", "create", "assign", "tick", "comment", "ask", "block", "move"}
_OWNERS = {*_TEAMS, "set_criteria", "set_value", "split", "discard", "see_requests"}


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("olga", {*_OWNERS, "show_publicly"}),
        ("dora", _OWNERS),
        ("dev", _TEAMS),
        ("lea", {"comment", "ask", "see_requests"}),
        ("vic", set()),
    ],
)
def test_each_role_may_what_the_table_says(world: World, who: str, may: set[str]) -> None:
    page = page_of(world, world.item("Refunds"), who)
    assert {name for name, allowed in vars(page.may).items() if allowed} == may


def test_a_discarded_item_can_only_be_talked_about_and_restored(world: World) -> None:
    ref = world.item("Refunds")
    world.change(ref, "discard", "Because")
    page = page_of(world, ref)
    assert {name for name, allowed in vars(page.may).items() if allowed} == {"comment", "restore", "see_requests"}
