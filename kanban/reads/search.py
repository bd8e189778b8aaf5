"""Finds items over all products of a person by words of their title or by their reference; no ranking of the finds."""

from itertools import groupby

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.errors import Invalid
from kanban.models import Item, Member, Product, User
from kanban.reads.locked import read_ref
from kanban.reads.told import ItemTold, items_told


def find_items(
    session: orm.Session, user: User, words: str, *, after: str | None, limit: int
) -> list[tuple[str, ItemTold]]:
    """Product keys with items, by key and number, those behind the reference `after`; discarded ones are left out."""
    query = (
        sa.select(Product, Item.id)
        .join(Member, sa.and_(Member.product_id == Product.id, Member.user_id == user.id))
        .join(Item, Item.product_id == Product.id)
        .where(Item.discarded_at.is_(None), _holds(words))
        .order_by(Product.key, Item.number)
        .limit(limit)
        .options(orm.selectinload(Product.columns))
    )
    if after is not None:
        query = query.where(_behind(after))
    rows = session.execute(query).all()
    found: list[tuple[str, ItemTold]] = []
    for product, group in groupby(rows, key=lambda row: row[0]):
        ids = [item_id for _, item_id in group]
        told = items_told(session, product, Item.id.in_(ids), order=(Item.number,), brief=True)
        found += [(product.key, item) for item in told]
    return found


def _holds(words: str) -> sa.ColumnElement[bool]:
    """Every word stands in the title, or all of it is a reference."""
    titles = sa.and_(sa.true(), *(Item.title.icontains(word, autoescape=True) for word in words.split()[:20]))
    ref = read_ref(words)
    return titles if ref is None else sa.or_(titles, sa.and_(Product.key == ref[0], Item.number == ref[1]))


def _behind(after: str) -> sa.ColumnElement[bool]:
    ref = read_ref(after)
    if ref is None:
        raise Invalid({"after": "That is no place in this list. Take it from the page before."})
    return sa.or_(Product.key > ref[0], sa.and_(Product.key == ref[0], Item.number > ref[1]))
