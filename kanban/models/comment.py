"""Comments on an item: internal talk in Markdown, never shown to stakeholders."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.models.base import Model
from kanban.models.user import User


class Comment(Model):
    """One comment."""

    __tablename__ = "comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    body: Mapped[str]
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)

    author: Mapped[User] = orm.relationship(lazy="raise_on_sql")
