"""Reads, under the product's lock, where items go back to when an undo reverts a move of several; no query per item."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import ranking
from kanban.errors import Refused
from kanban.models import Column, CommandEvents, Event, Item, ItemUndo, Member, Place, Product, User
from kanban.reads import locked
from kanban.reads.board.place import respace
from kanban.reads.items.bulk import items_by_id, load_touched

#: The version that an event undoes, if any.
UNDOES: sa.ColumnElement[int | None] = Event.data["undoes"].as_integer()


#: Events that a move may cause besides; undoing the move takes them back too.
_WITH = ("limit_broken", "passed_over", "assigned", "blocked", "unblocked")


def was_moved(by_item: Mapping[int | None, Sequence[Event]]) -> bool:
    """Whether the command only moved several items (to other places or columns), with what such a move causes."""
    kinds_by_item = [{event.kind for event in events} for events in by_item.values()]
    moves = sum(event.kind == "moved" for events in by_item.values() for event in events)
    return 1 < len(by_item) == moves and all("moved" in kinds and kinds <= {"moved", *_WITH} for kinds in kinds_by_item)


def read_moved_back(
    session: orm.Session,
    product: Product,
    version: int,
    by_item: Mapping[int, Sequence[Event]],
    *,
    by: Member,
    limit_reason: str | None = None,
) -> Iterator[ItemUndo]:
    """What the command did to each item, the last first, each with the place beside its old neighbour.

    The first item that comes back into a column carries how many do, so that the WIP limit judges them all at once.

    Three queries, seven if the command did more than change the order; respaces the product if there is no gap left.
    The ranks are those at the very end, when all items are back, so carry out all of the undo steps before the next
    flush.
    """
    items = items_by_id(session, product, by_item)
    people = _old_people(session, product, items, by_item)
    last = _last_standing(session, by_item, version)
    moves = {item_id: _move_of(events) for item_id, events in by_item.items()}
    targets = {item_id: column_standing(product, move["was"]["column"]) for item_id, move in moves.items()}
    order = _order(session, product)
    there = Counter(each.column_id for each in order)
    coming = Counter(target.id for item_id, target in targets.items() if target.id != items[item_id].column_id)
    wanted = [each.number for each in order]
    after = {item_id: move["was"]["after"] for item_id, move in moves.items()}
    steps = list(_steps(wanted, {each.number: each.column_id for each in order}, items, targets, after))
    ranks = _ranks_for(session, product, order, wanted, {item.number for item in items.values()})
    for step in steps:
        item, target = items[step.item_id], targets[step.item_id]
        crosses = target.id != item.column_id
        place = Place(
            target,
            ranks.get(item.number),
            after=step.after,
            previous=step.previous,
            occupancy=there[target.id],
            arriving=coming.pop(target.id, 0) if crosses else 0,
        )
        command = CommandEvents(version, tuple(by_item[step.item_id]), last.get(step.item_id))
        yield ItemUndo(item, command, by, place, people.get(step.item_id, []), limit_reason=limit_reason)


def column_standing(product: Product, number: int) -> Column:
    """The column with this number; refused if it was removed."""
    for column in product.standing:
        if column.number == number:
            return column
    raise Refused("The column it came from is gone.")


def _move_of(events: Sequence[Event]) -> dict[str, Any]:
    return next(event.data for event in events if event.kind == "moved")


def _old_people(
    session: orm.Session, product: Product, items: Mapping[int, Item], by_item: Mapping[int, Sequence[Event]]
) -> dict[int, list[User]]:
    """Who held each item before the command assigned it.

    If the command did more than move, this also loads what starting and finishing touch.
    """
    if all(event.kind == "moved" for events in by_item.values() for event in events):
        return {}
    load_touched(session, items)
    assigned = [event for events in by_item.values() for event in events if event.kind == "assigned"]
    wanted = {user_id for event in assigned for user_id in event.data["was"]}
    members = locked.members_named(session, product, list(wanted)) if wanted else []
    return {
        event.item_id: [user for user in members if user.id in event.data["was"]]
        for event in assigned
        if event.item_id is not None
    }


def last_standing(entries: Iterable[tuple[int, int | None]]) -> int | None:
    """The newest version that undoes nothing and was not undone; `entries` are (version, version undone).

    Entries come newest first.
    """
    undone: set[int] = set()
    for version, undoes in entries:
        if version in undone:
            continue
        if undoes is None:
            return version
        undone.add(undoes)
    return None


def _last_standing(session: orm.Session, item_ids: Iterable[int], version: int) -> dict[int, int | None]:
    rows = session.execute(
        sa.select(Event.item_id, Event.version, UNDOES)
        .where(Event.item_id.in_(item_ids), Event.version >= version, Event.kind != "reason_given")
        .order_by(Event.version.desc(), Event.seq.desc())
    )
    entries: defaultdict[int, list[tuple[int, int | None]]] = defaultdict(list)
    for item_id, later, undoes in rows:
        if item_id is not None:
            entries[item_id].append((later, undoes))
    return {item_id: last_standing(each) for item_id, each in entries.items()}


# The order


@dataclass(frozen=True)
class _Ranked:
    number: int
    rank: int
    column_id: int


@dataclass(frozen=True)
class _Step:
    """One item being put back: the number of the item it comes after, and of the one it came after until then."""

    item_id: int
    after: int | None
    previous: int | None


def _order(session: orm.Session, product: Product) -> list[_Ranked]:
    rows = session.execute(
        sa.select(Item.number, Item.rank, Item.column_id)
        .where(Item.product_id == product.id, Item.rank.is_not(None))
        .order_by(Item.rank)
    )
    return [_Ranked(number, rank, column_id) for number, rank, column_id in rows if rank is not None]


def _steps(
    order: list[int],
    columns: dict[int, int],
    items: Mapping[int, Item],
    targets: Mapping[int, Column],
    after: Mapping[int, int | None],
) -> Iterator[_Step]:
    """Take each item out of the current order and put it after its old neighbour, as replaying the log will do."""
    for item_id in reversed(list(targets)):
        item, target = items[item_id], targets[item_id]
        if item.number not in columns:
            raise Refused(f"{item.ref} has changed since. Look again.", "changed_since")
        at = order.index(item.number)
        previous = order[at - 1] if at else None
        del order[at]
        columns[item.number] = target.id
        slot = _slot(order, columns, after[item_id], target.id, at)
        order.insert(slot, item.number)
        yield _Step(item_id, order[slot - 1] if slot else None, previous)


def _slot(order: list[int], columns: Mapping[int, int], neighbour: int | None, column_id: int, own: int) -> int:
    """After the old neighbour; at the very top if there was none; at the end of the column if the neighbour is gone."""
    if neighbour is None:
        return 0
    if neighbour in columns:
        return order.index(neighbour) + 1
    return max((at + 1 for at, number in enumerate(order) if columns[number] == column_id or at < own), default=own)


def _ranks_for(
    session: orm.Session, product: Product, order: Sequence[_Ranked], wanted: Sequence[int], own: set[int]
) -> dict[int, int]:
    """New ranks by number for the items that go back; empty if the order stays the same."""
    if wanted == [each.number for each in order]:
        return {}
    ranks = _ranks(order, wanted, own)
    if ranks is None:
        respace(session, product)
        ranks = _ranks(_order(session, product), wanted, own)
        if ranks is None:
            raise Refused("There is no room at these places. Try again.")
    return ranks


def _ranks(order: Sequence[_Ranked], wanted: Sequence[int], own: set[int]) -> dict[int, int] | None:
    """An unused rank for each item that goes back; None if there is no gap left."""
    taken = {each.number: each.rank for each in order}
    ranks: dict[int, int] = {}
    for run, lower, upper in _runs(wanted, own):
        free = _free(
            sorted(taken.values()),
            taken[lower] if lower is not None else None,
            taken[upper] if upper is not None else None,
            len(run),
        )
        if free is None:
            return None
        ranks.update(zip(run, free, strict=True))
    return ranks


def _runs(wanted: Sequence[int], own: set[int]) -> Iterator[tuple[list[int], int | None, int | None]]:
    """Runs of adjacent items that all go back, each with the numbers of the items before and after the run."""
    run: list[int] = []
    lower: int | None = None
    for number in [*wanted, None]:
        if number in own:
            run.append(number)
            continue
        if run:
            yield run, lower, number
        run, lower = [], number


def _free(taken: Sequence[int], lower: int | None, upper: int | None, count: int) -> Sequence[int] | None:
    """`count` ranks between these two, in a stretch without any taken rank, be it an old one of an item going back."""
    between = [rank for rank in taken if (lower is None or rank > lower) and (upper is None or rank < upper)]
    edges = [lower, *between, upper]
    for low, high in itertools.pairwise(edges):
        free = ranking.series(low, high, count)
        if free is not None:
            return free
    return None
