"""Looks up a product's labels by name and makes those that are missing."""

from collections import Counter
from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.errors import Invalid
from kanban.models import Item, Label, Product, item_label
from kanban.models.label import tidy_label
from kanban.reads.items.together import numbers_in

MOST_LABELS = 20


def labels_named(session: orm.Session, product: Product, names: list[str]) -> list[Label]:
    """The labels of these names, in alphabetical order, made where missing; at most 20 on one item."""
    wanted = {tidy_label(name).casefold(): tidy_label(name) for name in names if name.strip()}
    if len(wanted) > MOST_LABELS:
        raise Invalid({"labels": f"An item can have at most {MOST_LABELS} labels."})
    found = _found_or_made(session, product, wanted)
    return [found[folded] for folded in sorted(wanted)]


def labels_by_name(session: orm.Session, product: Product, names: Iterable[str]) -> dict[str, Label]:
    """Many items' labels by their folded name, made where missing; one query, however many there are."""
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
    """What the labels of each item are once some are put on and others taken off, `on` where a name is in both. Those
    that are missing are made; Invalid where an item would have more than 20."""
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
