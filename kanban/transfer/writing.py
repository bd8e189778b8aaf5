"""Writes many new items with their events in a few statements; the verbs run on objects outside the session."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Event, Item, Product, assignment, item_label

_items, _events = cast(sa.Table, Item.__table__), cast(sa.Table, Event.__table__)
_ITEM = [column.key for column in _items.columns if column.key != "id"]
_LATER = ("part_of_id", "rank", "discarded_at", "discard_reason", "changed_version")


def stand_in(product: Product) -> Product:
    """A copy of a locked product outside the session; what is made and recorded on it still has to be written.

    A unit of work with 40,000 objects takes five times as long as these few statements.
    """
    twin = Product(key=product.key, name=product.name, time_zone=product.time_zone)
    twin.id, twin.version, twin.next_item = product.id, product.version, product.next_item
    return twin


def write_items(session: orm.Session, items: Sequence[Item]) -> None:
    """Insert the items with their labels and assignees, and set their ids."""
    session.flush()
    rows = [{name: getattr(item, name) for name in _ITEM} for item in items]
    session.execute(sa.insert(_items), rows)
    first = min(item.number for item in items)
    product_id = items[0].product_id
    query = sa.select(Item.number, Item.id).where(Item.product_id == product_id, Item.number >= first)
    ids = {number: item_id for number, item_id in session.execute(query)}
    for item in items:
        item.id = ids[item.number]
    labels = [{"item_id": item.id, "label_id": label.id} for item in items for label in item.labels]
    if labels:
        session.execute(sa.insert(item_label), labels)
    people = [{"item_id": item.id, "user_id": user.id} for item in items for user in item.assignees]
    if people:
        session.execute(sa.insert(assignment), people)


def write_changes(session: orm.Session, items: Iterable[Item]) -> None:
    """Write what changed in items after they were inserted."""
    rows = [{"id": item.id, **{name: getattr(item, name) for name in _LATER}} for item in items]
    if rows:
        session.execute(sa.update(Item), rows)


def write_log(session: orm.Session, product: Product, twin: Product) -> None:
    """Append the events recorded on the twin to those that the product itself recorded in this version."""
    session.flush()
    first = len(product.recorded) + 1
    rows = [_row(event, product, seq) for seq, event in enumerate(twin.recorded, start=first)]
    if rows:
        session.execute(sa.insert(_events), rows)
    product.next_item = twin.next_item


def _row(event: Event, product: Product, seq: int) -> Mapping[str, Any]:
    item = event.__dict__.get("item")
    return {
        "product_id": product.id,
        "version": event.version,
        "seq": seq,
        "item_id": item.id if item is not None else None,
        "actor_id": event.actor_id,
        "kind": event.kind,
        "data": event.data,
        "at": event.at,
        "effective_at": event.effective_at,
    }
