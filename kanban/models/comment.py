"""Comments on an item: internal talk in Markdown, never shown to stakeholders.

The author may reword a comment, which is then marked as edited, and remove it. The log says that this happened, but
never holds the words.
"""

import datetime as dt
from collections.abc import Collection
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.errors import Forbidden, Invalid
from kanban.models.base import Model
from kanban.models.user import User
from kanban.policy import Action

if TYPE_CHECKING:
    from kanban.models.item import Item
    from kanban.models.member import Member


class Comment(Model):
    """One comment."""

    __tablename__ = "comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    body: Mapped[str]
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    edited_at: Mapped[dt.datetime | None]

    author: Mapped[User] = orm.relationship(lazy="raise_on_sql")

    def reword(self, body: str, mentioned: Collection[int], *, item: "Item", by: "Member") -> None:
        """Replace the comment's words, as its author; the same words change nothing.

        `mentioned` are the ids of the people whom the new words mention and the old ones did not.
        """
        text = tidy_comment(body)
        if by.user_id != self.author_id:
            raise Forbidden("Only the author of a comment can change it.")
        if text != self.body:
            self.body, self.edited_at = text, clock.now()
            item.record("comment_edited", by=by, people=sorted(mentioned))

    def remove(self, *, item: "Item", by: "Member") -> None:
        """Delete it for good; only its author and the owner's side may."""
        if not may_remove(by, self.author_id):
            raise Forbidden("Only its author, the product owner or a delegate can remove a comment.")
        session = orm.object_session(self)
        assert session is not None, "a comment that is removed was read from somewhere"
        session.delete(self)
        item.record("comment_removed", by=by, person=self.author_id)


def may_remove(member: "Member", author_id: int) -> bool:
    """Whether this member may remove a comment of that author."""
    return (member.user_id == author_id and member.may(Action.COMMENT)) or member.may(Action.DISCARD)


def tidy_comment(body: str) -> str:
    """A comment's words as they are stored: 1 to 20,000 characters of Markdown, or Invalid."""
    text = body.replace("\x00", "").replace("\r\n", "\n").strip()
    if not text or len(text) > 20_000:
        raise Invalid({"body": "A comment needs 1 to 20,000 characters."})
    return text
