"""What a new item at a given place in the queue would displace. Writes nothing; `displacement_words` has the words.

Counted are promises whose dates change, and items that come a week or more later.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.flow.product_forecast import Dates
from kanban.models import Commitment, Item, Product, Stakeholder, commitment_stakeholder
from kanban.reads.promises.outlook import between, read_queue
from kanban.status.outlook import Outlook, Queued

_NEW = -1
A_WEEK = 7
MOST_NAMED = 5


@dataclass(frozen=True)
class MovedPromise:
    """A promise whose dates the new item changes: its dates and its health before and after.

    `organisations` are those of the stakeholders it was promised to.
    """

    number: int
    name: str
    ref: str
    due_on: dt.date
    was: Dates
    now: Dates
    was_health: str
    health: str
    organisations: tuple[str, ...] = ()

    @property
    def is_worse(self) -> bool:
        """Whether its health changes; a new item ahead of it never improves it, so a change is for the worse."""
        return self.health != self.was_health

    @property
    def days(self) -> tuple[int | None, int | None]:
        """By how many days the 50 % and the 85 % date move; None if one lies beyond what is forecast."""
        return _later(self.was.half, self.now.half), _later(self.was.sure, self.now.sure)


@dataclass(frozen=True)
class MovedItem:
    """An item whose 85 % date comes a week or more later, or now lies beyond what is forecast."""

    ref: str
    title: str
    was: Dates
    now: Dates

    @property
    def days(self) -> tuple[int | None, int | None]:
        """By how many days the 50 % and the 85 % date move; None if one lies beyond what is forecast."""
        return _later(self.was.half, self.now.half), _later(self.was.sure, self.now.sure)


@dataclass(frozen=True)
class Displacement:
    """What a new item at `position` (from 1), in a queue of `length` others, would displace.

    `own` are the new item's dates; None if there is no forecast, and then nothing is said about others either. `items`
    are the first few of `items_moved` in rank order. `things` counts promises and items together, a promised item once.
    """

    position: int
    length: int
    own: Dates | None
    promises: tuple[MovedPromise, ...] = ()
    items: tuple[MovedItem, ...] = ()
    items_moved: int = 0
    things: int = 0


def read_displacement(
    session: orm.Session, product: Product, index: int, queue: Sequence[Queued] | None = None
) -> Displacement:
    """What a new item displaces if it is put before the one at `index` (from 0; the queue's length means the end).

    At most eight queries, however many items and promises there are.
    """
    before = read_queue(session, product) if queue is None else list(queue)
    index = min(max(index, 0), len(before))
    ahead, earlier = between(session, product, before, [*before[:index], Queued(_NEW, None), *before[index:]])
    if ahead.rows is None:
        return Displacement(index + 1, len(before), None)
    pairs = zip(before[index:], ahead.rows[index:-1], ahead.rows[index + 1 :], strict=True)
    moved = [(item.item_id, was, now) for item, was, now in pairs if _is_far(was, now)]
    promises = _promises(session, product, earlier, ahead.promises)
    of_items = {each.number: set(each.queued) for each in ahead.promises if each.ref}
    promised = set().union(*(of_items.get(each.number, ()) for each in promises))
    return Displacement(
        position=index + 1,
        length=len(before),
        own=ahead.rows[index],
        promises=promises,
        items=_named(session, product, moved[:MOST_NAMED]),
        items_moved=len(moved),
        things=len(promises) + sum(item_id not in promised for item_id, _, _ in moved),
    )


def _is_far(was: Dates, now: Dates) -> bool:
    days = _later(was.sure, now.sure)
    return was.sure is not None and (days is None or days >= A_WEEK)


def _later(was: dt.date | None, now: dt.date | None) -> int | None:
    return (now - was).days if was is not None and now is not None else None


def _promises(
    session: orm.Session, product: Product, before: Sequence[Outlook], after: Sequence[Outlook]
) -> tuple[MovedPromise, ...]:
    was = {each.number: each for each in before}
    touched = [
        (was[each.number], each) for each in after if each.number in was and each.dates != was[each.number].dates
    ]
    promised_to = _organisations(session, product, [now.number for _, now in touched])
    found = [
        MovedPromise(
            number=now.number,
            name=now.name,
            ref=now.ref,
            due_on=now.due_on,
            was=earlier.dates,
            now=now.dates,
            was_health=earlier.health,
            health=now.health,
            organisations=promised_to.get(now.number, ()),
        )
        for earlier, now in touched
        if earlier.dates and now.dates and earlier.health and now.health
    ]
    return tuple(sorted(found, key=lambda each: (not each.is_worse, each.due_on, each.number)))


def _organisations(session: orm.Session, product: Product, numbers: list[int]) -> dict[int, tuple[str, ...]]:
    if not numbers:
        return {}
    rows = session.execute(
        sa.select(Commitment.number, Stakeholder.organisation)
        .join(commitment_stakeholder, commitment_stakeholder.c.commitment_id == Commitment.id)
        .join(Stakeholder, Stakeholder.id == commitment_stakeholder.c.stakeholder_id)
        .where(Commitment.product_id == product.id, Commitment.number.in_(numbers))
        .where(Stakeholder.organisation != "", Stakeholder.removed_at.is_(None))
        .distinct()
        .order_by(Commitment.number, Stakeholder.organisation)
    )
    found: dict[int, tuple[str, ...]] = {}
    for number, name in rows:
        found[number] = (*found.get(number, ()), name)
    return found


def _named(session: orm.Session, product: Product, moved: Sequence[tuple[int, Dates, Dates]]) -> tuple[MovedItem, ...]:
    if not moved:
        return ()
    wanted = Item.id.in_([item_id for item_id, _, _ in moved])
    known = {row.id: row for row in session.execute(sa.select(Item.id, Item.number, Item.title).where(wanted))}
    return tuple(
        MovedItem(f"{product.key}-{known[item_id].number}", known[item_id].title, was, now)
        for item_id, was, now in moved
    )
