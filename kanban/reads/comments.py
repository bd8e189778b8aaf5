"""The comments on an item as they were written, in pages; the item's page draws its own."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Comment, Item, User


@dataclass(frozen=True, slots=True)
class Said:
    """One comment (Markdown); the author is an address."""

    id: int
    author: str
    body: str
    at: dt.datetime


def comments_of(session: orm.Session, item: Item, *, after: int = 0, limit: int | None = None) -> list[Said]:
    """The comments behind an id, oldest first."""
    query = sa.select(Comment.id, User.email, Comment.body, Comment.at).join(User, User.id == Comment.author_id)
    query = query.where(Comment.item_id == item.id, Comment.id > after).order_by(Comment.id).limit(limit)
    return [Said(*row) for row in session.execute(query)]
