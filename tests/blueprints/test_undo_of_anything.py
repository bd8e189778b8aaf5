"""Any changes of one person, taken back one by one, leave what was there before."""

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import orm

from kanban import clock
from kanban.errors import KanbanError
from kanban.models import Item, LinkKind, Member, Product
from kanban.reads import locked
from kanban.reads.board.place import BOTTOM, TOP, TargetPosition, item_before, read_place
from kanban.reads.items.item import has_parts
from kanban.reads.items.labels import labels_named
from kanban.reads.items.links import needs_in
from kanban.reads.items.undo import read_item_undos
from tests.builders import EVERYTHING, World, sound


class Hands:
    """One person who changes things at random, and takes all of it back."""

    def __init__(self, world: World) -> None:
        self.world = world

    def state(self) -> list[Any]:
        with self.world.reading() as session:
            query = sa.select(Item).options(
                orm.joinedload(Item.column),
                *(
                    orm.selectinload(getattr(Item, name))
                    for name in ("assignees", "labels", "criteria", "blocks", "links")
                ),
            )
            return [self._told(item) for item in session.scalars(query.order_by(Item.rank.nulls_last(), Item.number))]

    def _told(self, item: Item) -> tuple[Any, ...]:
        return (
            *(item.number, item.title, item.type, item.column.name, item.discard_reason, item.discarded_at),
            *(item.entered_at, item.started_at, item.finished_at),
            *([user.name for user in item.assignees], [label.name for label in item.labels]),
            [(each.number, each.text, each.met_at, each.met_by_id) for each in item.criteria],
            item.part_of_id,
            sorted((link.kind.value, link.other_id) for link in item.links),
            sorted((each.since, each.until is None, each.reason, each.question_id or 0) for each in item.blocks),
        )

    def change(self, number: int, verb: str, choice: int) -> int | None:
        """Answers the version, or None where nothing came of it."""
        try:
            with self.world.changing("olga") as (session, product, member):
                item = locked.item_in(session, product, number, (*EVERYTHING, "links"))
                assert item is not None
                self._carry_out(session, product, item, member, verb, choice)
                if not product.recorded:
                    raise KanbanError("nothing")
                return product.version
        except KanbanError:
            return None

    def _carry_out(
        self, session: orm.Session, product: Product, item: Item, by: Member, verb: str, choice: int
    ) -> None:
        match verb:
            case "move":
                column = product.standing[choice % len(product.standing)]
                wish = (TOP, BOTTOM, TargetPosition(after=1 + choice % 4))[choice % 3]
                item.move_to(read_place(session, product, column, wish, item=item), by=by)
            case "edit":
                labels = labels_named(session, product, ["red", "green", "blue"][: choice % 4])
                changes = {"title": f"Title {choice % 3}", "labels": labels}
                item.edit(changes, revision=item.revision, by=by)
            case "assign":
                item.assign([by.user][: choice % 2], by=by)
            case "tick":
                item.tick(1, met=bool(choice % 2), by=by)
            case "criterion":
                if choice % 3 and item.criteria:
                    number = item.criteria[choice % len(item.criteria)].number
                    if choice % 2:
                        item.change_criterion(number, f"Text {choice}", by=by)
                    else:
                        item.remove_criterion(number, by=by)
                else:
                    item.add_criterion(f"Text {choice}", by=by)
            case "part":
                whole = locked.item_in(session, product, 1 + choice % 4, ()) if choice % 5 else None
                item.make_part_of(whole, has_parts=has_parts(session, item), by=by)
            case "link":
                other = locked.item_in(session, product, 1 + choice % 4, ())
                assert other is not None
                needs = needs_in(session, product)
                if other.number in needs.get(item.number, ()):
                    item.unlink(LinkKind.NEEDS, other, by=by)
                else:
                    item.link(LinkKind.NEEDS, other, needs=needs, by=by)
            case "block":
                item.block("The bank is away", by=by)
            case "unblock":
                item.unblock(by=by)
            case "discard":
                item.discard("No longer wanted", by=by, after=item_before(session, item))
            case "restore":
                item.restore(read_place(session, product, item.column, BOTTOM, item=item), by=by)

    def take_back(self, version: int) -> None:
        with self.world.changing("olga") as (session, product, member):
            for part in read_item_undos(session, product, version, by=member):
                part.carry_out()


VERBS = (
    *("move", "move", "move", "edit", "assign", "tick", "block", "unblock", "discard", "restore"),
    *("criterion", "criterion", "part", "link"),
)


@pytest.fixture
def hands(world: World) -> Hands:
    for title in ("One", "Two"):
        world.item(title, "Ready", criteria=("In full",))
    world.item("Three", "In progress", criteria=("In full",))
    world.item("Four", "Backlog", criteria=("In full",))
    world.ask("FE-2", "Which harbour?", blocking=True)
    return Hands(world)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.tuples(st.integers(1, 4), st.sampled_from(VERBS), st.integers(0, 11)), min_size=1, max_size=9)
)
def test_any_changes_of_one_person_are_taken_back_one_by_one(hands: Hands, changes: list[tuple[int, str, int]]) -> None:
    start = hands.state()
    with clock.at(clock.now()) as moved:
        versions = []
        for number, verb, choice in changes:
            moved.advance(minutes=1)
            versions.append(hands.change(number, verb, choice))
        for version in reversed([version for version in versions if version is not None]):
            moved.advance(minutes=1)
            hands.take_back(version)
    assert hands.state() == start
    assert sound(hands.world)
