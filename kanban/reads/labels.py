"""Looks up a product's labels by name and makes those that are missing."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.errors import Invalid
from kanban.models import Item, Label, Product, item_label
from kanban.models.label import tidy_label

MOST_LABELS = 20


def labels_named(session: orm.Session, product: Product, names: list[str]) -> list[Label]:
    """The labels of these names, in alphabetical order, made where missing; at most 20 on one item."""
    wanted = {tidy_label(name).casefold(): tidy_label(name) for name in names if name.strip()}
    if len(wanted) > MOST_LABELS:
        raise Invalid({"labels": f"An item has at most {MOST_LABELS} labels."})
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


def labels_for(session: orm.Session, product: Product, item: Item) -> list[tuple[str, bool]]:
    """The names of a product's labels, in alphabetical order, each with whether this item has it; one query."""
    hung = sa.exists().where(item_label.c.label_id == Label.id, item_label.c.item_id == item.id)
    query = sa.select(Label.name, hung).where(Label.product_id == product.id)
    return [(name, bool(has)) for name, has in session.execute(query.order_by(Label.folded))]
