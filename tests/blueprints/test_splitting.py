"""Splitting an item: what the new ones take over, where they stand, and that one undo gives all of it back."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from werkzeug.test import TestResponse

from kanban.models import Column, Event, Item, Milestone, WipMode
from kanban.models.kinds import Origin
from kanban.reads.items.labels import labels_named
from kanban.reads.items.links import load_links
from tests.builders import World, sound


def split(world: World, ref: str, titles: str, *, who: str = "olga", status: int = 200, **fields: Any) -> TestResponse:
    sent = {name.replace("_", "-"): value for name, value in fields.items()}
    answer = world.browser(who).post(f"/items/{ref}/split", {"titles": titles, **sent}, hx=True)
    assert answer.status_code == status, answer.text
    return answer


def undo(world: World, answer: TestResponse, status: int = 200) -> TestResponse:
    path = re.findall(r'action="(/products/FE/undo/\d+)"', answer.text)[0]
    back = world.browser("olga").post(path, hx=True)
    assert back.status_code == status, back.text
    return back


def criteria(world: World, ref: str) -> list[str]:
    return [criterion.text for criterion in world.found(ref).criteria]


def links(world: World, ref: str) -> dict[str, list[str]]:
    with world.reading() as session:
        item = session.scalars(
            sa.select(Item).where(Item.number == int(ref.partition("-")[2])).options(orm.joinedload(Item.product))
        ).one()
        found = load_links(session, item.product, item)
        return {
            name: [link.ref for link in getattr(found, name)]
            for name in ("needs", "needed_by", "split_from", "split_into")
            if getattr(found, name)
        }


def labelled(world: World, ref: str, *names: str) -> None:
    with world.changing() as (session, product, member):
        item = world._item(session, product, ref)
        item.edit({"labels": labels_named(session, product, list(names))}, revision=item.revision, by=member)


def aimed(world: World, ref: str, name: str) -> None:
    with world.changing() as (session, product, member):
        milestone = Milestone.make(product, name, top=None, by=member)
        session.add(milestone)
        session.flush()
        item = world._item(session, product, ref)
        orm.attributes.set_committed_value(item, "milestone", None)
        item.aim_for(milestone, is_reached=False, by=member)


def need(world: World, ref: str, other: str) -> None:
    assert world.browser("olga").post(f"/items/{ref}/links", {"other": other}).status_code == 303


@pytest.fixture
def furnished(both: World) -> World:
    """FE-1 needs FE-2 and is needed by FE-3; it has three criteria, the last of them met, a label and a milestone."""
    for title in ("Sell tickets", "Take money", "Report sales", "Paint"):
        both.item(title, criteria=("By card", "In cash", "To members") if title == "Sell tickets" else ())
    both.change("FE-1", "tick", 3, met=True)
    need(both, "FE-1", "FE-2")
    need(both, "FE-3", "FE-1")
    labelled(both, "FE-1", "shop")
    aimed(both, "FE-1", "Summer")
    return both


def state(world: World) -> Any:
    with world.reading() as session:
        gone = session.scalars(sa.select(Item.number).where(Item.rank.is_(None))).all()
    tables = [
        (ref, criteria(world, ref), world.found(ref).title, links(world, ref)) for ref in ("FE-1", "FE-2", "FE-3")
    ]
    return world.order(), tables, len(gone)


def test_a_split_hands_over_what_was_chosen_and_one_undo_gives_it_back(furnished: World) -> None:
    before, version = state(furnished), furnished.version()
    fields: dict[str, Any] = {"criterion_1": "2", "criterion_2": "3", "link_2": "all", "link_3": "3", "rest": "1"}
    answer = split(
        furnished, "FE-1", "Sell some\n- Sell by card\n\n2. Sell for cash", labels="1", milestone="1", **fields
    )
    assert furnished.version() == version + 1
    assert furnished.order() == ["Sell some", "Sell by card", "Sell for cash", "Take money", "Report sales", "Paint"]
    assert (criteria(furnished, "FE-1"), criteria(furnished, "FE-5"), criteria(furnished, "FE-6")) == (
        ["To members"],
        ["By card"],
        ["In cash"],
    )
    assert links(furnished, "FE-1") == {"needs": ["FE-2"], "split_into": ["FE-5", "FE-6"]}
    assert links(furnished, "FE-5") == {"needs": ["FE-2"], "split_from": ["FE-1"]}
    assert links(furnished, "FE-6") == {"needs": ["FE-2"], "needed_by": ["FE-3"], "split_from": ["FE-1"]}
    with furnished.reading() as session:
        made = session.scalars(
            sa.select(Item)
            .where(Item.number > 4)
            .options(orm.selectinload(Item.labels), orm.joinedload(Item.milestone), orm.joinedload(Item.column))
        ).all()
        assert {item.origin for item in made} == {Origin.SPLIT}
        assert {(item.labels[0].name, item.milestone and item.milestone.name, item.column.name) for item in made} == {
            ("shop", "Summer", "Backlog")
        }
    sound(furnished)
    undo(furnished, answer)
    order, tables, gone = state(furnished)
    assert (order, tables) == before[:2]
    assert gone == before[2] + 2
    browser = furnished.browser("olga")
    assert "The split was taken back" in browser.get("/items/FE-5").text
    for page in ("insights", "backlog", "board", "updates"):
        assert browser.get(f"/products/FE/{page}").status_code == 200
    sound(furnished)


def test_what_was_split_off_and_changed_since_is_not_taken_back(furnished: World) -> None:
    answer = split(furnished, "FE-1", "Sell by card")
    furnished.change("FE-5", "comment", "On it", by="dev")
    before = state(furnished)
    told = undo(furnished, answer, 409).text
    assert "changed since" in told, told
    assert state(furnished) == before


def test_without_ticks_neither_labels_nor_milestone_come_along(furnished: World) -> None:
    split(furnished, "FE-1", "Sell by card")
    made = furnished.found("FE-5")
    assert made.labels == []
    with furnished.reading() as session:
        assert session.scalar(sa.select(Item.id).where(Item.number == 5, Item.milestone.has())) is None
    assert links(furnished, "FE-5") == {"split_from": ["FE-1"]}
    assert criteria(furnished, "FE-1") == ["By card", "In cash", "To members"]


@pytest.mark.parametrize(
    ("titles", "fields", "told"),
    [
        ("", {}, "Write 1 to 12"),
        ("Only the rest", {"rest": "1"}, "Write 1 to 12"),
        ("\n".join(str(line) for line in range(13)), {}, "Write 1 to 12"),
        ("x" * 301, {}, "at most 300 characters"),
        ("One", {"criterion_1": "2"}, "a line that isn’t there"),
        ("One", {"link_2": "7"}, "a line that isn’t there"),
        ("One", {"criterion_3": "1"}, "is met already"),
        ("One", {"criterion_9": "1"}, "criteria is gone"),
        ("One", {"link_4": "1"}, "links is gone"),
    ],
)
def test_what_can_not_be_is_told_in_the_form_and_changes_nothing(
    furnished: World, titles: str, fields: dict[str, str], told: str
) -> None:
    before, version = state(furnished), furnished.version()
    assert told in split(furnished, "FE-1", titles, status=422, **fields).text
    assert (state(furnished), furnished.version()) == (before, version)


def test_it_is_the_owners_side_that_splits(furnished: World) -> None:
    for who, status in (("dev", 403), ("lea", 403), ("vic", 403), ("sam", 404)):
        split(furnished, "FE-1", "One", who=who, status=status)
        assert furnished.browser(who).get("/items/FE-1/split").status_code == status
    assert "/split" not in furnished.browser("dev").get("/items/FE-1").text
    split(furnished, "FE-1", "One", who="dora")


def test_of_what_is_begun_the_new_ones_come_to_the_top_of_the_backlog(world: World) -> None:
    for title in ("Paint", "Sail", "Rest"):
        world.item(title)
    world.move("FE-2", "Ready")
    split(world, "FE-2", "Sail home")
    assert world.order("Ready") == ["Sail", "Sail home"]
    world.move("FE-3", "In progress")
    page = world.browser("olga").get("/items/FE-3/split").text
    assert "already been started" in page
    split(world, "FE-3", "Rest later\nRest more")
    assert world.order("Backlog") == ["Rest later", "Rest more", "Paint"]
    assert world.found("FE-5").started_at is None
    sound(world)


def test_what_is_finished_or_discarded_is_not_split(world: World) -> None:
    done, gone = world.item("Done"), world.item("Gone")
    world.move(done, "Done")
    world.change(gone, "discard", "Not wanted")
    assert "It is finished" in split(world, done, "One", status=422).text
    assert "Restore it first" in split(world, gone, "One", status=422).text


def test_the_limit_of_a_full_column_counts(world: World) -> None:
    ref = world.item("Paint", "Ready")
    with world.changing() as (session, product, member):
        column = next(column for column in product.columns if column.name == "Ready")
        column.wip_mode, column.wip_limit = WipMode.REFUSE, 2
        product.record(
            "column_changed",
            by=member,
            column=column.number,
            changes={"wip_mode": ["warn", "refuse"], "wip_limit": [None, 2]},
        )
    split(world, ref, "One\nTwo", status=422)
    split(world, ref, "One")
    sound(world)


def test_the_form_works_without_script_and_says_what_stays(furnished: World) -> None:
    browser = furnished.browser("olga")
    page = browser.get("/items/FE-1/split").text
    for words in ("met, so it stays", "Give them the labels: shop", "the milestone Summer", "On each of them as well"):
        assert words in page
    sent = browser.post("/items/FE-1/split", {"titles": "One\nTwo", "criterion-1": "1", "labels": "1"})
    assert (sent.status_code, sent.headers["Location"]) == (303, "/items/FE-1")
    assert criteria(furnished, "FE-5") == ["By card"]
    shown = browser.get("/items/FE-1").text
    assert "Split into" in shown
    assert "split it into FE-5, FE-6" in shown


def test_the_same_form_sent_twice_splits_once(furnished: World) -> None:
    for _ in range(2):
        split(furnished, "FE-1", "One", command="c1")
    assert furnished.order().count("One") == 1


def test_making_one_item_by_hand_is_still_nothing_to_undo(world: World) -> None:
    world.item("Paint")
    answer = world.browser("olga").post(f"/products/FE/undo/{world.version()}", hx=True)
    assert answer.status_code == 409
    assert world.order() == ["Paint"]
    with world.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Event).where(Event.kind == "discarded")) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(Column)) is not None
