"""What stakeholders asked about updates, as the owner's side sees it: on the update, and in the owner's queue."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Member, Product, Stakeholder, StatusUpdate, UpdateQuestion, User, constant
from kanban.policy import Role


@dataclass(frozen=True)
class AskedAbout:
    """One question.

    `reaches_asker`: whether an answer gets to whoever asked. `answer` is "" as long as there is none.
    """

    product_key: str
    product: str
    number: int
    update: int
    headline: str
    name: str
    organisation: str
    reaches_asker: bool
    body: str
    asked_at: dt.datetime
    answer: str
    answered_by: str | None
    answered_at: dt.datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.answered_at is None


def asked_about(session: orm.Session, update: StatusUpdate) -> list[AskedAbout]:
    """All questions about one update, unanswered ones first."""
    query = _query().where(UpdateQuestion.update_id == update.id)
    query = query.order_by(UpdateQuestion.answered_at.is_not(None), UpdateQuestion.number)
    return [_asked_about(row) for row in session.execute(query)]


def asked_in(session: orm.Session, product: Product) -> list[AskedAbout]:
    """All questions ever asked about the product's updates, in order."""
    query = _query().where(UpdateQuestion.product_id == product.id).order_by(UpdateQuestion.number)
    return [_asked_about(row) for row in session.execute(query)]


def waiting_for(session: orm.Session, user: User) -> list[AskedAbout]:
    """The unanswered questions in products that this person owns, the oldest first."""
    query = _query().join(Member, sa.and_(Member.product_id == UpdateQuestion.product_id, *_owned_by(user.id)))
    query = query.where(UpdateQuestion.answered_at.is_(None), Product.archived_at.is_(None))
    return [_asked_about(row) for row in session.execute(query.order_by(UpdateQuestion.asked_at, UpdateQuestion.id))]


def moments_for(user_id: int | sa.BindParameter[int]) -> sa.Select[dt.datetime]:
    """The instants since which each of those questions has waited, for use in another query."""
    return (
        sa.select(UpdateQuestion.asked_at)
        .join(Member, sa.and_(Member.product_id == UpdateQuestion.product_id, *_owned_by(user_id)))
        .join(Product, Product.id == UpdateQuestion.product_id)
        .where(UpdateQuestion.answered_at.is_(None), Product.archived_at.is_(None))
    )


def question_in(session: orm.Session, product: Product, number: int) -> UpdateQuestion | None:
    """One question of the product by its number, with its update and asker loaded, for answering."""
    return session.scalar(
        sa.select(UpdateQuestion)
        .where(UpdateQuestion.product_id == product.id, UpdateQuestion.number == number)
        .options(orm.joinedload(UpdateQuestion.update), orm.joinedload(UpdateQuestion.stakeholder))
        .execution_options(populate_existing=True)
    )


def _owned_by(user_id: int | sa.BindParameter[int]) -> tuple[sa.ColumnElement[bool], ...]:
    return Member.user_id == user_id, Member.role == constant(Role.OWNER)


def _query() -> Any:
    return (
        sa.select(
            UpdateQuestion,
            Product.key,
            Product.name.label("product"),
            StatusUpdate.number.label("update"),
            StatusUpdate.headline,
            User.name.label("answered_by"),
        )
        .join(Product, Product.id == UpdateQuestion.product_id)
        .join(StatusUpdate, StatusUpdate.id == UpdateQuestion.update_id)
        .outerjoin(Stakeholder, Stakeholder.id == UpdateQuestion.stakeholder_id)
        .outerjoin(User, User.id == UpdateQuestion.answered_by_id)
        .options(orm.contains_eager(UpdateQuestion.stakeholder))
    )


def _asked_about(row: Any) -> AskedAbout:
    question: UpdateQuestion = row.UpdateQuestion
    asker = question.stakeholder
    return AskedAbout(
        product_key=row.key,
        product=row.product,
        number=question.number,
        update=row.update,
        headline=row.headline,
        name=asker.name if asker is not None else "",
        organisation=asker.organisation if asker is not None else "",
        reaches_asker=question.reaches_asker,
        body=question.body,
        asked_at=question.asked_at,
        answer=question.answer,
        answered_by=row.answered_by,
        answered_at=question.answered_at,
    )
