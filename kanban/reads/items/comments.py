"""The comments on an item: the newest for its page, all of them page by page, and as they were written for programs."""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass

import sqlalchemy as sa
from markupsafe import Markup
from sqlalchemy import orm

from kanban import markup
from kanban.models import Comment, Item, User
from kanban.reads.people.people import Person, person_named

SHOWN = 30
"""How many of an item's comments are shown at once: each may be pages long."""


@dataclass(frozen=True)
class CommentLine:
    """One comment as safe HTML."""

    author: Person
    text: Markup
    at: dt.datetime


@dataclass(frozen=True)
class Talk:
    """Some comments, oldest first; `count` is the number of all, `before` the id before which there are earlier ones,
    if any."""

    lines: tuple[CommentLine, ...]
    count: int
    before: int | None


def load_talk(
    session: orm.Session, item: Item, names: Callable[[], Collection[str]], *, before: int | None = None
) -> Talk:
    """The newest comments, or the newest of those before an id; one query. `names` answers who is drawn as mentioned;
    it is asked only if somebody may be."""
    refs, query = item.product.refs, _NEWEST if before is None else _EARLIER
    rows = session.connection().execute(query, {"item": item.id, "before": before}).all()
    found = rows[:SHOWN][::-1]
    known = names() if any("@" in row.body for row in found) else ()
    lines = (
        CommentLine(person_named(row.author_id, row.name), markup.to_html(row.body, names=known, refs=refs), row.at)
        for row in found
    )
    return Talk(tuple(lines), rows[0].in_all if rows else 0, found[0].id if len(rows) > SHOWN else None)


_comment, _user = Comment.__table__.c, User.__table__.c
_on_item = _comment.item_id == sa.bindparam("item")
_NEWEST = (
    sa.select(
        *(_comment.id, _comment.author_id, _comment.body, _comment.at, _user.name),
        sa.select(sa.func.count()).where(_on_item).scalar_subquery().label("in_all"),
    )
    .join(User.__table__, _user.id == _comment.author_id)
    .where(_on_item)
    .order_by(_comment.id.desc())
    .limit(SHOWN + 1)
)
_EARLIER = _NEWEST.where(_comment.id < sa.bindparam("before"))


@dataclass(frozen=True, slots=True)
class Said:
    """One comment (Markdown); the author is an address."""

    id: int
    author: str
    body: str
    at: dt.datetime


def comments_of(session: orm.Session, item: Item, *, after: int = 0, limit: int | None = None) -> list[Said]:
    """The comments after an id, oldest first."""
    query = sa.select(Comment.id, User.email, Comment.body, Comment.at).join(User, User.id == Comment.author_id)
    query = query.where(Comment.item_id == item.id, Comment.id > after).order_by(Comment.id).limit(limit)
    return [Said(*row) for row in session.execute(query)]
