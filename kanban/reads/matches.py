"""Which items match an inquiry, the best first, as ids; what is told of them is read elsewhere.

One way after another is asked until there are enough: the reference or number that was typed, the index of titles, and
only then the index of the other texts and letters inside the words of titles, which no index knows.
"""

from collections.abc import Iterable, Iterator
from functools import cache

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Column, Item, Member, Product, Stage, User
from kanban.reads.inquiry import Inquiry
from kanban.reads.search import texts_told, texts_with, titles_with, told_to_index


def matching_items(
    session: orm.Session, user: User, inquiry: Inquiry, limit: int, *, indexed: bool = True
) -> list[int]:
    """So many ids at most, of the person's own products; `indexed` tells whether the index holds such items at all.

    One query for a frequent word, one more for what is rare, whose last part looks at every title.
    """
    found: list[int] = []
    for query, words in _ways(session, user, inquiry, indexed=indexed):
        wanted = {"reader": user.id, "most": limit, **words}
        found += [each for each in session.scalars(query, wanted) if each not in found]
        if len(found) >= limit:
            break
    return found[:limit]


_Way = tuple[sa.Select[int], dict[str, str]]


def _ways(session: orm.Session, user: User, inquiry: Inquiry, *, indexed: bool) -> Iterator[_Way]:
    """Queries with the words they ask for, the better ones first. What is asked together costs one look at each row:
    all of it where a filter leaves few, so that the titles alone are seldom enough."""
    only, dialect = [*inquiry.of_products(), *inquiry.of_items(user)], session.get_bind().dialect.name
    if not inquiry.words:
        yield _query(*only), {}
        return
    if (named := _named(inquiry)) is not None:
        yield _query(named, *only), {}
    if indexed and not inquiry.has_filter:
        yield _titled(dialect), {"told": told_to_index(dialect, inquiry.words, in_title=True)}
    mine = sa.select(Member.product_id).where(Member.user_id == _READER)
    inside = sa.select(Item.id).where(Item.product_id.in_(mine), titles_with(session, inquiry.text)).correlate(None)
    if not indexed:
        yield _query(Item.id.in_(inside), *only), {}
        return
    titled, told = (texts_with(session, "item", inquiry.words, in_title=in_title) for in_title in (True, False))
    if inquiry.has_filter:
        yield _query(Item.id.in_(sa.union_all(titled, told, inside)), *only, first=(titled, told)), {}
    else:
        rest = sa.union_all(told, inside.where(Item.id.not_in(titled)))
        yield _query(Item.id.in_(rest), *only, first=(told,)), {}


_READER, _MOST = sa.bindparam("reader", type_=sa.Integer), sa.bindparam("most", type_=sa.Integer)


def _query(*only: sa.ColumnElement[bool], first: Iterable[sa.Select[int]] = ()) -> sa.Select[int]:
    """Narrow, so that what is sorted is small: by `first`, if anything; then items that are not done, and of these what
    changed last."""
    return (
        sa.select(Item.id)
        .join(Column, Column.id == Item.column_id)
        .join(Product, Product.id == Item.product_id)
        .join(Member, sa.and_(Member.product_id == Product.id, Member.user_id == _READER))
        .where(*only)
        .order_by(*(Item.id.in_(ids).desc() for ids in first))
        .order_by(Column.stage == Stage.DONE, Item.changed_version.desc(), Item.id.desc())
        .limit(_MOST)
    )


@cache
def _titled(dialect: str) -> sa.Select[int]:
    """Items that are not discarded whose title holds the words; made once, since most of what is typed asks this."""
    told = texts_told(dialect, "item", sa.bindparam("told", type_=sa.Text), in_title=True)
    return _query(Item.discarded_at.is_(None), Item.id.in_(told))


def _named(inquiry: Inquiry) -> sa.ColumnElement[bool] | None:
    """The item whose reference or number was typed."""
    if inquiry.ref is not None:
        return sa.and_(Product.key == inquiry.ref[0], Item.number == inquiry.ref[1])
    number = inquiry.words[0] if len(inquiry.words) == 1 and inquiry.words[0].isascii() else ""
    return Item.number == int(number) if number.isdecimal() and len(number) < 10 else None
