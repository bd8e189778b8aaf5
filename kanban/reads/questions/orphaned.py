"""Questions whose turn is that of somebody who can't take it any more: gone, only a viewer now, or without access.

The owner's side, which may always answer, takes them over; otherwise they would be in nobody's queue and hold up work.
"""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Item, Member, Product, Question, QuestionState, User, constant
from kanban.policy import Action, Role, allows

_TAKING_PART = [constant(role) for role in Role if allows(role, Action.TAKE_PART_IN_QUESTION)]


def may_answer() -> sa.ColumnElement[bool]:
    """A condition on questions joined with the membership of the person they wait on: that person can act.

    If so, nobody else needs to act for them. An answer can be read in any role.
    """
    return sa.or_(Question.state != QuestionState.OPEN, Member.role.in_(_TAKING_PART))


def is_orphaned() -> sa.ColumnElement[bool]:
    """A condition on questions: they are open, and whoever they wait on can no longer act."""
    member, person = orm.aliased(Member), orm.aliased(User)
    able = (
        sa.exists()
        .where(member.product_id == Question.product_id, member.user_id == Question.waits_on_id)
        .where(member.role.in_(_TAKING_PART), person.id == member.user_id, person.is_active)
    )
    # as a range, so that the index skips settled ones
    return sa.and_(Question.waits_on_id > 0, Question.state == QuestionState.OPEN, ~able)


def heir_of(session: orm.Session, question: Question) -> User | None:
    """The owner, if the addressee can no longer answer; None if they can."""
    able = (
        sa.select(Member.user_id).join(User, User.id == Member.user_id).where(Member.product_id == question.product_id)
    )
    able = able.where(Member.user_id == question.addressee_id, Member.role.in_(_TAKING_PART), User.is_active)
    owner = sa.select(User).join(Member, Member.user_id == User.id)
    return session.scalar(
        owner.where(Member.product_id == question.product_id, Member.role == constant(Role.OWNER), ~able.exists())
    )


def moments_for(user: int | sa.BindParameter[int]) -> sa.Select[dt.datetime]:
    """The instants since which each orphaned question has waited on this person as the owner of their products."""
    return (
        sa.select(Question.turned_at)
        .join(Member, sa.and_(Member.product_id == Question.product_id, Member.user_id == user))
        .join(Product, Product.id == Question.product_id)
        .join(Item, Item.id == Question.item_id)
        .where(
            Member.role == constant(Role.OWNER),
            Item.discarded_at.is_(None),
            Product.archived_at.is_(None),
            is_orphaned(),
        )
    )
