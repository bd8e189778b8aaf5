"""A person's membership of one product, with the role that the policy table reads."""

import datetime as dt
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock, policy
from kanban.errors import Forbidden
from kanban.models.base import Model, enum_type
from kanban.models.user import User
from kanban.policy import Action, Role

if TYPE_CHECKING:
    from kanban.models.product import Product


class Member(Model):
    """One person in one product. A product has exactly one owner (a unique index enforces it)."""

    __tablename__ = "member"

    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True, index=True)
    role: Mapped[Role] = mapped_column(enum_type(Role))
    since: Mapped[dt.datetime] = mapped_column(default=clock.now)

    user: Mapped[User] = orm.relationship(lazy="raise_on_sql")
    product: Mapped["Product"] = orm.relationship(back_populates="members", lazy="raise_on_sql")

    __table_args__ = (
        sa.Index(
            "uq_member_owner",
            "product_id",
            unique=True,
            sqlite_where=sa.text("role = 'owner'"),
            postgresql_where=sa.text("role = 'owner'"),
        ),
    )

    def may(self, action: Action) -> bool:
        """Whether the policy lets this member do this; a delegate may publish only if the product allows it."""
        if action is Action.PUBLISH and self.role is Role.DELEGATE:
            return self.product.delegates_publish
        return policy.allows(self.role, action)

    def must(self, action: Action) -> None:
        """Raise Forbidden, with the policy's sentence, unless the member may do this."""
        if not self.may(action):
            raise Forbidden(policy.refusal(action))
