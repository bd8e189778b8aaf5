"""Reads, under the product's lock, where items ranked together go in the backlog, and what the form for it offers."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import ranking
from kanban.errors import Refused
from kanban.flow.stage import QUEUE
from kanban.models import Column, Item, Place, Product, Stage
from kanban.reads.board.place import respace

#: How many items may be moved at once: as many as one undo can take back quickly.
MOST_AT_ONCE = 500


@dataclass(frozen=True)
class Goal:
    """Where items should go, side by side: to an end, one step up or down, beside the item `number`, or `at` a place.

    For `at`, `number` is the place in the list, counted from 1.
    """

    kind: Literal["top", "bottom", "up", "down", "after", "before", "at"]
    number: int = 0


@dataclass(frozen=True)
class _Ranked:
    number: int
    rank: int
    stage: Stage


def read_ranks(
    session: orm.Session, product: Product, numbers: Collection[int], goal: Goal
) -> list[tuple[Item, Place]]:
    """The items that get another place, from the top down, each with its place; their relative order stays.

    A neighbour that is one of them means its own place; one that is gone or done means the bottom. Refused if one of
    the items is not in the backlog. Two queries; respaces the product if there is no gap left.
    """
    order = _whole(session, product)
    _check(product, order, numbers)
    for respaced in (False, True):
        places = _places(order, numbers, goal)
        if places is not None:
            return _with_items(session, product, places)
        if not respaced:
            respace(session, product)
            order = _whole(session, product)
    raise Refused("There is no room at that place. Try another one.")


def _whole(session: orm.Session, product: Product) -> list[_Ranked]:
    rows = session.execute(
        sa.select(Item.number, Item.rank, Column.stage)
        .join(Column, Column.id == Item.column_id)
        .where(Item.product_id == product.id, Item.rank.is_not(None))
        .order_by(Item.rank)
    )
    return [_Ranked(number, rank, stage) for number, rank, stage in rows if rank is not None]


def _check(product: Product, order: Sequence[_Ranked], numbers: Collection[int]) -> None:
    if not numbers:
        raise Refused("Choose one item or more.")
    if len(numbers) > MOST_AT_ONCE:
        raise Refused(f"At most {MOST_AT_ONCE} items can be moved at once.")
    queued = {each.number for each in order if each.stage in QUEUE}
    gone = sorted(set(numbers) - queued)
    if gone:
        ref = f"{product.key}-{gone[0]}"
        raise Refused(f"{ref} is no longer in the backlog. Nothing was moved; look again.", "not_in_backlog")


# Where


def _places(
    order: Sequence[_Ranked], numbers: Collection[int], goal: Goal
) -> list[tuple[int, int, int | None, int | None]] | None:
    """Number, rank, and the numbers of the items just before it then and now; None if there is no gap left."""
    block = [each for each in order if each.number in numbers]
    rest = [each for each in order if each.number not in numbers]
    slot = _slot(rest, block, goal)
    wanted = [*rest[:slot], *block, *rest[slot:]]
    if goal.kind not in ("after", "before") and _queued(wanted) == _queued(order):
        return []
    ranks = {each.number: each.rank for each in order}
    current = [each.number for each in order]
    moved: dict[int, tuple[int | None, int | None]] = {}
    for at, each in enumerate(wanted[slot : slot + len(block)], slot):
        after = wanted[at - 1].number if at else None
        previous = step(current, each.number, after)
        if previous != after:
            moved[each.number] = (after, previous)
    for run, lower, upper in _runs(wanted, moved):
        free = ranking.series(lower, upper, len(run))
        if free is None:
            return None
        ranks.update(zip(run, free, strict=True))
    return [(number, ranks[number], after, previous) for number, (after, previous) in moved.items()]


def _slot(rest: Sequence[_Ranked], block: Sequence[_Ranked], goal: Goal) -> int:
    """Before which of the remaining items they go, as an index into the order of the whole product."""
    queued = [at for at, each in enumerate(rest) if each.stage in QUEUE]
    if not queued:
        return _standing(rest, block[0].rank)
    match goal.kind:
        case "after" | "before":
            return _beside(rest, block, queued, goal)
        case "up":
            place = _standing([rest[at] for at in queued], block[0].rank) - 1
        case "down":
            place = _standing([rest[at] for at in queued], block[-1].rank) + 1
        case "top":
            place = 0
        case "at":
            place = goal.number - 1
        case "bottom":
            place = len(queued)
    place = max(0, place)
    return queued[place] if place < len(queued) else queued[-1] + 1


def _queued(order: Iterable[_Ranked]) -> list[int]:
    return [each.number for each in order if each.stage in QUEUE]


def _beside(rest: Sequence[_Ranked], block: Sequence[_Ranked], queued: Sequence[int], goal: Goal) -> int:
    own = next((each for each in block if each.number == goal.number), None)
    if own is not None:
        return _standing(rest, own.rank)
    anchor = next((at for at, each in enumerate(rest) if each.number == goal.number), None)
    if anchor is None or rest[anchor].stage is Stage.DONE:
        return queued[-1] + 1
    return anchor + (goal.kind == "after")


def _standing(others: Iterable[_Ranked], rank: int) -> int:
    """How many of the others are above this rank."""
    return sum(each.rank < rank for each in others)


def step(current: list[int], number: int, after: int | None) -> int | None:
    """Move an item behind another, as replaying the log will; returns the number it came after until then."""
    at = current.index(number)
    previous = current[at - 1] if at else None
    del current[at]
    current.insert(current.index(after) + 1 if after is not None else 0, number)
    return previous


def _runs(wanted: Sequence[_Ranked], moved: Collection[int]) -> Iterator[tuple[list[int], int | None, int | None]]:
    """Runs of adjacent items that all move, each with the ranks between which they go.

    No other item's rank lies between those two, not even the old rank of an item that moves.
    """
    run: list[int] = []
    lower: int | None = None
    for each in wanted:
        if each.number in moved:
            run.append(each.number)
            continue
        if run:
            yield run, lower, each.rank
        run, lower = [], each.rank
    if run:
        yield run, lower, None


def items_numbered(session: orm.Session, product: Product, numbers: Collection[int]) -> dict[int, Item]:
    """The items with these numbers, freshly read, each with its product and column set; one query."""
    return {item.number: item for item in fresh_items(session, product, Item.number.in_(numbers))}


def fresh_items(session: orm.Session, product: Product, which: sa.ColumnElement[bool]) -> list[Item]:
    """These items of the product, freshly read, each with its product and column set; one query."""
    query = sa.select(Item).where(Item.product_id == product.id, which)
    items = list(session.scalars(query.execution_options(populate_existing=True)))
    columns = {column.id: column for column in product.columns}
    for item in items:
        orm.attributes.set_committed_value(item, "product", product)
        orm.attributes.set_committed_value(item, "column", columns[item.column_id])
    return items


def _with_items(
    session: orm.Session, product: Product, places: Sequence[tuple[int, int, int | None, int | None]]
) -> list[tuple[Item, Place]]:
    items = items_numbered(session, product, [number for number, *_ in places])
    return [
        (items[number], Place(items[number].column, rank, after=after, previous=previous))
        for number, rank, after, previous in places
    ]


# What the form offers


@dataclass(frozen=True)
class Listed:
    """One item of the backlog: its place there (from 1), reference and title, and whether it is chosen."""

    place: int
    ref: str
    title: str
    is_chosen: bool


def load_listed(
    session: orm.Session, product: Product, chosen: Collection[str], *, of_board: bool = False
) -> list[Listed]:
    """The backlog in rank order; with `of_board`, the chosen items among those in progress too. One query."""
    stages = [stage for stage in Stage if stage in QUEUE or (of_board and stage is not Stage.DONE)]
    rows = session.execute(
        sa.select(Item.number, Item.title, Column.stage)
        .join(Column, Column.id == Item.column_id)
        .where(Item.product_id == product.id, Item.rank.is_not(None), Column.stage.in_(stages))
        .order_by(Item.rank)
    )
    named = ((f"{product.key}-{number}", title, stage) for number, title, stage in rows)
    shown = ((ref, title) for ref, title, stage in named if stage in QUEUE or ref in chosen)
    return [Listed(place, ref, title, ref in chosen) for place, (ref, title) in enumerate(shown, 1)]
