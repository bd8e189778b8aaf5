"""The comments on an item: the newest for its page, older ones page by page, and all as written, for the API."""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup
from sqlalchemy import orm

from kanban import markup
from kanban.models import Comment, Item, Member, Product, User
from kanban.models.comment import may_remove
from kanban.policy import Action
from kanban.reads.people.people import Person, active_members, person_named

SHOWN = 30
"""How many of an item's comments are shown at once, since each may be pages long."""


@dataclass(frozen=True)
class CommentLine:
    """One comment as safe HTML.

    `words` is its Markdown for those who may edit it, else None; `mark` tells one wording from an earlier one.
    """

    id: int
    author: Person
    text: Markup
    at: dt.datetime
    edited_at: dt.datetime | None
    mark: str
    words: str | None
    may_remove: bool


@dataclass(frozen=True)
class Talk:
    """Some comments, oldest first.

    `count` is the number of all comments on the item; `before` is the id to ask for earlier ones with, None if there
    are none.
    """

    lines: tuple[CommentLine, ...]
    count: int
    before: int | None


def load_talk(
    session: orm.Session,
    item: Item,
    names: Callable[[], Collection[str]],
    *,
    reader: Member,
    before: int | None = None,
) -> Talk:
    """The newest comments, or the newest of those before an id; one query.

    `names` returns the names that are drawn as mentions; it is called only if a comment contains an "@".
    """
    refs, query = item.product.refs, _NEWEST if before is None else _EARLIER
    rows = session.connection().execute(query, {"item": item.id, "before": before}).all()
    found = rows[:SHOWN][::-1]
    known = names() if any("@" in row.body for row in found) else ()
    may_say = reader.may(Action.COMMENT)
    lines = (
        CommentLine(
            row.id,
            person_named(row.author_id, row.name),
            markup.to_html(row.body, names=known, refs=refs),
            row.at,
            row.edited_at,
            mark_of(row),
            row.body if may_say and row.author_id == reader.user_id else None,
            may_remove(reader, row.author_id),
        )
        for row in found
    )
    return Talk(tuple(lines), rows[0].in_all if rows else 0, found[0].id if len(rows) > SHOWN else None)


_comment, _user = Comment.__table__.c, User.__table__.c
_on_item = _comment.item_id == sa.bindparam("item")
_NEWEST = (
    sa.select(
        *(_comment.id, _comment.author_id, _comment.body, _comment.at, _comment.edited_at, _user.name),
        sa.select(sa.func.count()).where(_on_item).scalar_subquery().label("in_all"),
    )
    .join(User.__table__, _user.id == _comment.author_id)
    .where(_on_item)
    .order_by(_comment.id.desc())
    .limit(SHOWN + 1)
)
_EARLIER = _NEWEST.where(_comment.id < sa.bindparam("before"))


@dataclass(frozen=True, slots=True)
class ApiComment:
    """One comment (Markdown) for the API; the author is an email address."""

    id: int
    author: str
    body: str
    at: dt.datetime
    edited_at: dt.datetime | None


def comment_in(session: orm.Session, item: Item, comment_id: int) -> Comment | None:
    """The comment with this id on this item, or None."""
    return session.scalar(sa.select(Comment).where(Comment.id == comment_id, Comment.item_id == item.id))


def newly_mentioned(session: orm.Session, product: Product, before: str, after: str) -> set[int]:
    """The ids of the members whom a text mentions now and did not before; one query, if it mentions anybody."""
    if "@" not in after:
        return set()
    team = active_members(session, product)
    names = [person.name for person in team]
    named = markup.names_in(after, names) - markup.names_in(before, names)
    return {person.id for person in team if person.name in named}


def mark_of(comment: Any) -> str:
    """A mark that changes whenever a comment is edited, to tell whether a form shows its latest words."""
    return comment.edited_at.isoformat() if comment.edited_at else ""


def comments_of(session: orm.Session, item: Item, *, after: int = 0, limit: int | None = None) -> list[ApiComment]:
    """The comments after the one with id `after`, oldest first."""
    query = sa.select(Comment.id, User.email, Comment.body, Comment.at, Comment.edited_at).join(
        User, User.id == Comment.author_id
    )
    query = query.where(Comment.item_id == item.id, Comment.id > after).order_by(Comment.id).limit(limit)
    return [ApiComment(*row) for row in session.execute(query)]
