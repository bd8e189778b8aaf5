"""Which items match an inquiry, the best first, as ids; what is told of them is read elsewhere.

One way after another is asked until there are enough: the reference or number that was typed, the index of titles, the
index of all texts, and only then letters inside the words of titles, which no index knows.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Column, Item, Member, Product, Stage, User
from kanban.reads.inquiry import Inquiry
from kanban.reads.search import texts_with, titles_with


def matching_items(
    session: orm.Session, user: User, inquiry: Inquiry, limit: int, *, indexed: bool = True
) -> list[int]:
    """So many ids at most, of the person's own products; `indexed` tells whether the index holds such items at all.

    One query for a frequent word; of what is rare each way costs one, and the last looks at every title.
    """
    query = _query(user, inquiry)
    if not inquiry.words:
        return list(session.scalars(query.limit(limit)))
    found: list[int] = []
    for way in _ways(session, user, inquiry, indexed=indexed):
        if len(found) == limit:
            break
        others = Item.id.not_in(found) if found else sa.true()
        found += session.scalars(query.where(way, others).limit(limit - len(found)))
    return found


def _query(user: User, inquiry: Inquiry) -> sa.Select[int]:
    """Narrow, so that what is sorted is small: items that are not done first, then what changed last."""
    return (
        sa.select(Item.id)
        .join(Column, Column.id == Item.column_id)
        .join(Product, Product.id == Item.product_id)
        .join(Member, sa.and_(Member.product_id == Product.id, Member.user_id == user.id))
        .where(*inquiry.of_products(), *inquiry.of_items(user))
        .order_by(Column.stage == Stage.DONE, Item.changed_version.desc(), Item.id.desc())
    )


def _ways(session: orm.Session, user: User, inquiry: Inquiry, *, indexed: bool) -> Iterator[sa.ColumnElement[bool]]:
    named = _named(inquiry)
    if named is not None:
        yield named
    titled = texts_with(session, "item", inquiry.words, in_title=True)
    if indexed:
        yield Item.id.in_(titled)
        yield Item.id.in_(texts_with(session, "item", inquiry.words, in_title=False))
    # All titles are looked through; what the index has found already is left out before its row is read.
    mine = sa.select(Member.product_id).where(Member.user_id == user.id)
    inside = sa.select(Item.id).where(Item.product_id.in_(mine), titles_with(session, inquiry.text))
    if indexed:
        inside = inside.where(Item.id.not_in(titled))
    yield Item.id.in_(inside.correlate(None))


def _named(inquiry: Inquiry) -> sa.ColumnElement[bool] | None:
    """The item whose reference or number was typed."""
    if inquiry.ref is not None:
        return sa.and_(Product.key == inquiry.ref[0], Item.number == inquiry.ref[1])
    number = inquiry.words[0] if len(inquiry.words) == 1 and inquiry.words[0].isascii() else ""
    return Item.number == int(number) if number.isdecimal() and len(number) < 10 else None
