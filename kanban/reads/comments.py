"""The comments on an item: the newest for its page, all of them page by page, and as they were written for programs."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from markupsafe import Markup
from sqlalchemy import orm

from kanban import markup
from kanban.models import Comment, Item, User
from kanban.reads.people import Person, people_by_id

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


def load_talk(session: orm.Session, item: Item, names: list[str], *, before: int | None = None) -> Talk:
    """The newest comments, or the newest of those before an id; two queries. `names` are drawn as mentions."""
    all_of = sa.select(sa.func.count()).where(Comment.item_id == item.id).scalar_subquery()
    query = sa.select(Comment, all_of).where(Comment.item_id == item.id)
    if before is not None:
        query = query.where(Comment.id < before)
    rows = session.execute(query.order_by(Comment.id.desc()).limit(SHOWN + 1)).all()
    found = [comment for comment, _count in rows[:SHOWN]][::-1]
    people = people_by_id(session, (comment.author_id for comment in found))
    lines = (CommentLine(people[one.author_id], markup.to_html(one.body, names=names), one.at) for one in found)
    return Talk(tuple(lines), rows[0][1] if rows else 0, found[0].id if len(rows) > SHOWN else None)


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
