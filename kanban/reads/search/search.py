"""Finds texts by their words among what a person may see: the one place that queries the full-text index.

It does so on both databases. A word finds words that begin with it, regardless of case and accents; of several words, a
text must contain all. In titles of items, letters inside a word are found as well.
"""

import re
from collections.abc import Sequence
from functools import cache
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.errors import Invalid
from kanban.models import Item, Member, Product, User
from kanban.models.search_index import KINDS_AT_MOST, SOURCES, fold, is_word_character
from kanban.reads.items.api_items import ApiItem, read_api_items
from kanban.reads.locked import read_ref

_LONGEST_ASKED, _MOST_WORDS, _LONGEST_WORD = 1000, 20, 60


def words_of(asked: str) -> list[str]:
    """The words to look for, folded as in the index; characters between words are ignored, so no input is an error."""
    cleaned = "".join(
        character if is_word_character(character) else " " for character in "".join(fold(asked[:_LONGEST_ASKED]))
    )
    return [word[:_LONGEST_WORD] for word in cleaned.split() if word[0].isalnum()][:_MOST_WORDS]


def texts_with(session: orm.Session, kind: str, words: list[str]) -> sa.Select[int]:
    """The ids of the rows of one kind (of SOURCES) whose text contains every word."""
    dialect = session.get_bind().dialect.name
    return texts_matching(dialect, kind, sa.literal(index_query(dialect, words), sa.Text))


def texts_matching(
    dialect: str, kind: str, query: sa.ColumnElement[str], *, in_title: bool | None = None
) -> sa.Select[int]:
    """The same for the result of `index_query`, for a query that is built before the words are known.

    `in_title`: only the title has to contain them, or (False) the text has to but not the title.
    """
    key, holds = _match(dialect, query, in_title=in_title)
    return sa.select(key // KINDS_AT_MOST).select_from(_INDEX).where(holds, key % KINDS_AT_MOST == SOURCES[kind].number)


def index_query(dialect: str, words: list[str], *, in_title: bool | None = None) -> str:
    """The words in the query language of this database's index."""
    if dialect != "sqlite":
        return " & ".join(f"'{word}':*" for word in words)
    anywhere = " ".join(f'"{word}"*' for word in words)
    title = f"title : ({anywhere})"
    return anywhere if in_title is None else title if in_title else f"({anywhere}) NOT ({title})"


def kinds_with(session: orm.Session, words: list[str]) -> set[str]:
    """The kinds with any text that contains every word, whoever may see it; the others need not be searched."""
    dialect = session.get_bind().dialect.name
    numbers = set(session.scalars(_kinds(dialect), {"query": index_query(dialect, words)}))
    return {kind for kind, source in SOURCES.items() if source.number in numbers}


@cache
def _kinds(dialect: str) -> sa.Select[int]:
    """Cached, since every search needs it."""
    key, holds = _match(dialect, sa.bindparam("query", type_=sa.Text))
    return sa.select(key % KINDS_AT_MOST).select_from(_INDEX).where(holds).distinct()


_INDEX = sa.table("search_index")


def _match(
    dialect: str, query: sa.ColumnElement[str], *, in_title: bool | None = None
) -> tuple[sa.ColumnElement[int], sa.ColumnElement[bool]]:
    """The key column of the index, and the condition that a row contains every word."""
    if dialect == "sqlite":
        return sa.literal_column("search_index.rowid", sa.Integer), sa.literal_column("search_index").op("MATCH")(query)
    parsed = sa.func.to_tsquery(sa.literal_column("'simple'"), query)
    holds, titled = (sa.literal_column(f"search_index.{column}").op("@@")(parsed) for column in ("words", "title"))
    match = {None: holds, True: titled, False: sa.and_(holds, sa.not_(titled))}[in_title]
    return sa.literal_column("search_index.id", sa.BigInteger), match


def items_with(session: orm.Session, asked: str) -> sa.ColumnElement[bool]:
    """Items whose texts contain the words, or whose title contains all of them anywhere."""
    words = words_of(asked)
    if not words:
        return sa.false()
    return sa.or_(Item.id.in_(texts_with(session, "item", words)), titles_with(session, asked))


def titles_with(session: orm.Session, asked: str) -> sa.ColumnElement[bool]:
    """Items whose title contains all the words anywhere, regardless of case; looks at every title."""
    patterns = [sa.literal(pattern, sa.Text) for pattern in title_patterns(asked)]
    return titles_like(session.get_bind().dialect.name, patterns)


def title_patterns(asked: str) -> list[str]:
    """LIKE patterns, one for each word that the title has to contain."""
    parts = asked[:_LONGEST_ASKED].split()[:_MOST_WORDS]
    return [f"%{_MEANING_MORE.sub(_ESCAPED, part)}%" for part in parts]


_MEANING_MORE, _ESCAPED = re.compile("[/%_]"), r"/\g<0>"


def titles_like(dialect: str, patterns: Sequence[sa.ColumnElement[str]]) -> sa.ColumnElement[bool]:
    """Items whose title is LIKE all of these patterns, which may be bound later."""
    if dialect == "sqlite":  # whose LIKE ignores case
        return sa.and_(sa.true(), *(Item.title.like(pattern, escape="/") for pattern in patterns))
    title = sa.func.lower(Item.title)
    return sa.and_(sa.true(), *(title.like(sa.func.lower(pattern), escape="/") for pattern in patterns))


def find_items(
    session: orm.Session, user: User, words: str, *, after: str | None, limit: int
) -> list[tuple[str, ApiItem]]:
    """Product keys with items, by key and number, after the reference `after`; discarded items are left out."""
    query = (
        sa.select(Product, Item.id)
        .join(Member, sa.and_(Member.product_id == Product.id, Member.user_id == user.id))
        .join(Item, Item.product_id == Product.id)
        .where(Item.discarded_at.is_(None), _holds(session, words))
        .order_by(Product.key, Item.number)
        .limit(limit)
        .options(orm.selectinload(Product.columns))
    )
    if after is not None:
        query = query.where(_behind(after))
    rows = session.execute(query).all()
    found: list[tuple[str, ApiItem]] = []
    for product, group in groupby(rows, key=lambda row: row[0]):
        ids = [item_id for _, item_id in group]
        items = read_api_items(session, product, Item.id.in_(ids), order=(Item.number,), brief=True)
        found += [(product.key, item) for item in items]
    return found


def _holds(session: orm.Session, asked: str) -> sa.ColumnElement[bool]:
    """Every word occurs in the item, or the whole text is its reference."""
    texts, ref = items_with(session, asked), read_ref(asked)
    return texts if ref is None else sa.or_(texts, sa.and_(Product.key == ref[0], Item.number == ref[1]))


def _behind(after: str) -> sa.ColumnElement[bool]:
    ref = read_ref(after)
    if ref is None:
        raise Invalid({"after": "That is not a position in this list. Take it from the previous page."})
    return sa.or_(Product.key > ref[0], sa.and_(Product.key == ref[0], Item.number > ref[1]))
