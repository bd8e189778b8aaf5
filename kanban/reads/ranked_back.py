"""Reads, under the product's lock, where the items that one command ranked go back to; no query per item."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import ranking
from kanban.errors import Refused
from kanban.models import Deed, Event, Item, Member, Place, Product, TakeBack
from kanban.reads.place import respace

#: The version that an entry undoes, if any.
UNDOES: sa.ColumnElement[int | None] = Event.data["undoes"].as_integer()


def was_ranked(by_item: Mapping[int | None, Sequence[Event]]) -> bool:
    """Tell whether a command only gave several items other places in their columns, one entry each."""
    events = [event for entries in by_item.values() for event in entries]
    return 1 < len(by_item) == len(events) and all(_is_rank(event) for event in events)


def _is_rank(event: Event) -> bool:
    return event.kind == "moved" and event.data["from"] == event.data["to"] == event.data["was"]["column"]


def read_ranked_back(
    session: orm.Session, product: Product, version: int, by_item: Mapping[int, Sequence[Event]], *, by: Member
) -> Iterator[TakeBack]:
    """The command's part of each item, the last first, each with the place beside its old neighbour.

    Three queries, and the product is respaced if a gap is used up. The ranks are those that they end with, so carry all
    of them out before the next flush.
    """
    items = _items(session, product, by_item)
    last = _last_standing(session, by_item, version)
    order = _order(session, product)
    wanted = [each.number for each in order]
    steps = list(_steps(wanted, {each.number: each.column_id for each in order}, items, by_item))
    own = {item.number for item in items.values()}
    ranks = _ranks(order, wanted, own)
    if ranks is None:
        respace(session, product)
        ranks = _ranks(_order(session, product), wanted, own)
        if ranks is None:
            raise Refused("There is no room at these places. Try again.")
    for step in steps:
        item = items[step.item_id]
        place = Place(item.column, ranks[item.number], after=step.after, previous=step.previous)
        yield TakeBack(item, Deed(version, tuple(by_item[step.item_id]), last.get(step.item_id)), by, place)


def last_standing(entries: Iterable[tuple[int, int | None]]) -> int | None:
    """The newest effective version that undoes nothing, from (version, version it undoes), newest first."""
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


def _items(session: orm.Session, product: Product, item_ids: Iterable[int]) -> dict[int, Item]:
    found = session.scalars(sa.select(Item).where(Item.id.in_(item_ids)).execution_options(populate_existing=True))
    columns = {column.id: column for column in product.columns}
    items = {item.id: item for item in found}
    for item in items.values():
        orm.attributes.set_committed_value(item, "product", product)
        orm.attributes.set_committed_value(item, "column", columns[item.column_id])
    return items


# The order


@dataclass(frozen=True)
class _Ranked:
    number: int
    rank: int
    column_id: int


@dataclass(frozen=True)
class _Step:
    """One item being put back: the item it comes after, and the one it was after until then."""

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
    order: list[int], columns: Mapping[int, int], items: Mapping[int, Item], by_item: Mapping[int, Sequence[Event]]
) -> Iterator[_Step]:
    """Take each item out of the current order and put it after its old neighbour, as replaying the log will do."""
    for item_id in reversed(list(by_item)):
        item = items[item_id]
        if item.number not in columns:
            raise Refused(f"{item.ref} was changed since. Look again.", "changed_since")
        at = order.index(item.number)
        previous = order[at - 1] if at else None
        del order[at]
        slot = _slot(order, columns, by_item[item_id][0].data["was"]["after"], item.column_id, at)
        after = order[slot - 1] if slot else None
        order.insert(slot, item.number)
        yield _Step(item_id, after, previous)


def _slot(order: list[int], columns: Mapping[int, int], neighbour: int | None, column_id: int, own: int) -> int:
    """After the old neighbour; at the very top if there was none; at the end of the column if it is gone."""
    if neighbour is None:
        return 0
    if neighbour in columns:
        return order.index(neighbour) + 1
    return max((at + 1 for at, number in enumerate(order) if columns[number] == column_id or at < own), default=own)


def _ranks(order: Sequence[_Ranked], wanted: Sequence[int], own: set[int]) -> dict[int, int] | None:
    """An unused rank for each of those that go back; None if a gap is used up."""
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
    """Runs of neighbours that all go back, with the numbers between which they then are."""
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
    """This many ranks between these two, in a stretch that nobody occupies now, not even an item that goes back."""
    between = [rank for rank in taken if (lower is None or rank > lower) and (upper is None or rank < upper)]
    edges = [lower, *between, upper]
    for low, high in itertools.pairwise(edges):
        free = ranking.series(low, high, count)
        if free is not None:
            return free
    return None
