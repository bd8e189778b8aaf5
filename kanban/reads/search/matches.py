"""Which items match an inquiry, the best first, as ids; what is shown of them is read elsewhere.

Ways to match are tried one after another until there are enough items: the reference or number that was typed, then the
index of titles, and only then the index of other texts and letters inside words of titles, which no index covers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Column, Item, Member, Product, Stage, User
from kanban.reads.search.inquiry import Inquiry
from kanban.reads.search.search import index_query, texts_matching, title_patterns, titles_like


def matching_items(
    session: orm.Session, user: User, inquiry: Inquiry, limit: int, *, indexed: bool = True
) -> list[int]:
    """At most this many ids, from the person's own products.

    `indexed` tells whether the index holds any matching item at all. One query for a frequent word, and one more for a
    rare one, which has to look at every title.
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
    """Queries with their bound values, the ones that match better first.

    Ways that share one query cost only one look at each row. All of them do if a filter is set, since it leaves so few
    items that matching titles are seldom enough.
    """
    only, dialect = [*inquiry.of_products(), *inquiry.of_items(user)], session.get_bind().dialect.name
    if not inquiry.words:
        yield _query(*only), {}
        return
    if (named := _named(inquiry)) is not None:
        yield _query(named, *only), {}
    patterns = {f"pattern_{n}": pattern for n, pattern in enumerate(title_patterns(inquiry.text))}
    titles, texts = (index_query(dialect, inquiry.words, in_title=in_title) for in_title in (True, False))
    words, pieces = {"titles": titles, "texts": texts, **patterns}, _Pieces.of(dialect, len(patterns))
    if not indexed:
        yield _query(Item.id.in_(pieces.inside), *only), words
    elif inquiry.has_filter:
        yield _query(Item.id.in_(pieces.all), *only, first=(pieces.titled, pieces.in_text)), words
    else:
        yield pieces.in_titles, words
        yield pieces.elsewhere, words


@dataclass(frozen=True)
class _Pieces:
    """Parts of the queries that are the same for all inquiries with this many words on one database.

    They are cached, because building them takes a third as long as the answer. `titled`, `in_text` and `inside` are the
    ids of items whose titles contain the words, whose other texts do, and whose titles contain them anywhere;
    `in_titles` and `elsewhere` are the whole queries for an inquiry without filters.
    """

    titled: sa.Select[int]
    in_text: sa.Select[int]
    inside: sa.Select[int]
    all: sa.CompoundSelect[int]
    in_titles: sa.Select[int]
    elsewhere: sa.Select[int]

    @classmethod
    @cache
    def of(cls, dialect: str, count: int) -> "_Pieces":
        titled = texts_matching(dialect, "item", sa.bindparam("titles", type_=sa.Text), in_title=True)
        in_text = texts_matching(dialect, "item", sa.bindparam("texts", type_=sa.Text), in_title=False)
        mine = sa.select(Member.product_id).where(Member.user_id == _READER)
        patterns = [sa.bindparam(f"pattern_{n}", type_=sa.Text) for n in range(count)]
        inside = sa.select(Item.id).where(Item.product_id.in_(mine), titles_like(dialect, patterns)).correlate(None)
        standing = Item.discarded_at.is_(None)
        rest = sa.union_all(in_text, inside.where(Item.id.not_in(titled)))
        return cls(
            titled=titled,
            in_text=in_text,
            inside=inside,
            all=sa.union_all(titled, in_text, inside),
            in_titles=_query(Item.id.in_(titled), standing),
            elsewhere=_query(Item.id.in_(rest), standing, first=(in_text,)),
        )


_READER, _MOST = sa.bindparam("reader", type_=sa.Integer), sa.bindparam("most", type_=sa.Integer)


def _query(*only: sa.ColumnElement[bool], first: Iterable[sa.Select[int]] = ()) -> sa.Select[int]:
    """The ids of the reader's items under these conditions; only ids, so that little is sorted.

    Sorted by membership in each of `first`, then unfinished items before done ones, then the latest changed first.
    """
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


def _named(inquiry: Inquiry) -> sa.ColumnElement[bool] | None:
    """The item whose reference or number was typed, or which had that reference in the list it was imported from."""
    if inquiry.ref is not None:
        return _with_reference(*inquiry.ref)
    number = inquiry.words[0] if len(inquiry.words) == 1 and inquiry.words[0].isascii() else ""
    return Item.number == int(number) if number.isdecimal() and len(number) < 10 else None


def _with_reference(key: str, number: int) -> sa.ColumnElement[bool]:
    """The item with this reference, and those that had it in the list they came from; each found by an index."""
    here, there = sa.alias(Item.__table__), sa.alias(Item.__table__)
    mine = sa.select(Member.product_id).where(Member.user_id == _READER)
    own = sa.select(here.c.id).join(Product, Product.id == here.c.product_id)
    former = sa.select(there.c.id).where(there.c.product_id.in_(mine), there.c.import_key == f"{key}-{number}")
    named = sa.union_all(own.where(Product.key == key, here.c.number == number), former).subquery()
    return Item.id.in_(sa.select(named.c.id).correlate(None))
