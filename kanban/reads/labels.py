"""Looks up a product's labels by name and makes those that are missing."""

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.errors import Invalid
from kanban.models import Label, Product
from kanban.models.label import tidy_label


def labels_named(session: orm.Session, product: Product, names: list[str]) -> list[Label]:
    """The labels of these names, in alphabetical order, made where missing; at most 20 on one item."""
    wanted = {tidy_label(name).casefold(): tidy_label(name) for name in names if name.strip()}
    if len(wanted) > 20:
        raise Invalid({"labels": "An item has at most 20 labels."})
    found = {
        label.folded: label
        for label in session.scalars(
            sa.select(Label).where(Label.product_id == product.id, Label.folded.in_(list(wanted)))
        )
    }
    for folded, name in wanted.items():
        if folded not in found:
            found[folded] = Label(product_id=product.id, name=name)
            session.add(found[folded])
    return [found[folded] for folded in sorted(wanted)]


def all_labels(session: orm.Session, product: Product) -> list[str]:
    """The names of a product's labels, in alphabetical order."""
    return list(session.scalars(sa.select(Label.name).where(Label.product_id == product.id).order_by(Label.folded)))
