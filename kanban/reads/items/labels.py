"""A product's labels: looked up by name, created where missing, counted over items, and followed when renamed."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.errors import Invalid
from kanban.models import Event, Item, Label, Product, item_label
from kanban.models.label import tidy_label
from kanban.reads.items.bulk import numbers_in

MOST_LABELS = 20


def labels_named(session: orm.Session, product: Product, names: list[str]) -> list[Label]:
    """The labels with these names, in alphabetical order; missing ones are created. Invalid if more than 20."""
    wanted = {tidy_label(name).casefold(): tidy_label(name) for name in names if name.strip()}
    if len(wanted) > MOST_LABELS:
        raise Invalid({"labels": f"An item can have at most {MOST_LABELS} labels."})
    found = _found_or_made(session, product, wanted)
    return [found[folded] for folded in sorted(wanted)]


def labels_by_name(session: orm.Session, product: Product, names: Iterable[str]) -> dict[str, Label]:
    """The labels of many items by folded name; missing ones are created. One query, however many there are."""
    return _found_or_made(session, product, {tidy_label(name).casefold(): tidy_label(name) for name in names})


def _found_or_made(session: orm.Session, product: Product, wanted: dict[str, str]) -> dict[str, Label]:
    if not wanted:
        return {}
    query = sa.select(Label).where(Label.product_id == product.id)
    if len(wanted) <= MOST_LABELS:
        query = query.where(Label.folded.in_(list(wanted)))
    found = {label.folded: label for label in session.scalars(query)}
    for folded, name in wanted.items():
        if folded not in found:
            found[folded] = Label(product_id=product.id, name=name)
            session.add(found[folded])
    return found


def labels_of(session: orm.Session, item: Item) -> list[str]:
    """The names of an item's labels, in alphabetical order."""
    query = sa.select(Label.name).join(item_label, item_label.c.label_id == Label.id)
    return list(session.scalars(query.where(item_label.c.item_id == item.id).order_by(Label.folded)))


def all_labels(session: orm.Session, product: Product) -> list[str]:
    """The names of a product's labels, in alphabetical order."""
    return list(session.scalars(sa.select(Label.name).where(Label.product_id == product.id).order_by(Label.folded)))


# Several items at once


def count_labels(session: orm.Session, product: Product, refs: Collection[str]) -> Counter[str]:
    """How many of these items have each label, by its name; one query."""
    query = (
        sa.select(Label.name, sa.func.count())
        .join(item_label, item_label.c.label_id == Label.id)
        .join(Item, Item.id == item_label.c.item_id)
        .where(Item.product_id == product.id, Item.number.in_(numbers_in(product, refs)), Item.rank.is_not(None))
        .group_by(Label.name)
    )
    return Counter({name: count for name, count in session.execute(query)})


def relabel(
    session: orm.Session, product: Product, items: Iterable[Item], *, on: Iterable[str], off: Iterable[str]
) -> list[tuple[Item, list[Label]]]:
    """The labels of each item after those named `on` are added and those named `off` are removed.

    A name in both is added. Missing labels are created; Invalid if an item would have more than 20.
    """
    wanted = {tidy_label(name).casefold(): name for name in on if name.strip()}
    if len(wanted) > MOST_LABELS:
        raise Invalid({"labels": f"An item can have at most {MOST_LABELS} labels."})
    put = labels_by_name(session, product, wanted.values())
    taken = {tidy_label(name).casefold() for name in off if name.strip()} - set(put)
    found = []
    for item in items:
        labels = {label.folded: label for label in item.labels if label.folded not in taken} | put
        if len(labels) > MOST_LABELS:
            raise Invalid({"labels": f"{item.ref} would have {len(labels)} labels; an item has at most {MOST_LABELS}."})
        found.append((item, [labels[folded] for folded in sorted(labels)]))
    return found


# All labels of a product, for its settings


@dataclass(frozen=True)
class LabelRow:
    """A label and how many items have it: open ones, finished ones and discarded ones."""

    id: int
    name: str
    open: int
    finished: int
    discarded: int

    @property
    def count(self) -> int:
        """How many items have it."""
        return self.open + self.finished + self.discarded


def list_labels(session: orm.Session, product: Product, label: Label | None = None) -> list[LabelRow]:
    """The product's labels in alphabetical order, or `label` alone; one query, however many items have them."""
    is_here = Item.rank.is_not(None)
    parts = {
        "open": sa.and_(is_here, Item.finished_at.is_(None)),
        "finished": sa.and_(is_here, Item.finished_at.is_not(None)),
        "discarded": sa.and_(Item.id.is_not(None), ~is_here),
    }
    counts = (sa.func.count(sa.case((part, 1))).label(name) for name, part in parts.items())
    query = (
        sa.select(Label.id, Label.name, *counts)
        .outerjoin(item_label, item_label.c.label_id == Label.id)
        .outerjoin(Item, Item.id == item_label.c.item_id)
        .where(Label.product_id == product.id)
        .group_by(Label.id, Label.name, Label.folded)
        .order_by(Label.folded)
    )
    if label is not None:
        query = query.where(Label.id == label.id)
    return [LabelRow(row.id, row.name, row.open, row.finished, row.discarded) for row in session.execute(query)]


def label_in(session: orm.Session, product: Product, label_id: int) -> Label | None:
    """The product's label with this id, or None."""
    return session.scalar(sa.select(Label).where(Label.product_id == product.id, Label.id == label_id))


def label_called(session: orm.Session, product: Product, name: str) -> Label | None:
    """The product's label with this name, ignoring case, or None."""
    folded = tidy_label(name).casefold()
    return session.scalar(sa.select(Label).where(Label.product_id == product.id, Label.folded == folded))


def called_now(session: orm.Session, product: Product, names: Iterable[str], *, since: int) -> list[str]:
    """What labels that had these names at version `since` are called now, after all renaming and merging."""
    now = list(names)
    changes = sa.select(Event.data).where(
        Event.product_id == product.id, Event.version > since, Event.kind.in_(("label_renamed", "label_merged"))
    )
    for data in session.scalars(changes.order_by(Event.version, Event.seq)):
        now = [data["now"] if name == data["was"] else name for name in now]
    return now
