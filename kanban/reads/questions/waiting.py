"""How many questions wait for one person's answer, and since when.

They are those asked on items, those left to the owner, and those that stakeholders asked about updates. An answer waits
for its asker, too, but only to be read: the inbox shows it, and it keeps nobody waiting.
"""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Item, Member, Product, Question, QuestionState
from kanban.reads.questions import orphaned
from kanban.reads.updates import update_questions


@dataclass(frozen=True)
class Waits:
    """How many wait, and since when the oldest does."""

    count: int
    oldest_at: dt.datetime | None


def count_for(user: int | sa.BindParameter[int]) -> sa.ScalarSelect[int]:
    """How many wait on this person, as a part of another query."""
    return sa.select(sa.func.count()).select_from(_moments(user)).scalar_subquery()


def read_waits(session: orm.Session, user_id: int) -> Waits:
    """How many wait on this person, and since when the oldest does; one query."""
    since = _moments(user_id)
    return Waits(*session.execute(sa.select(sa.func.count(), sa.func.min(since.c.at)).select_from(since)).one())


def _moments(user: int | sa.BindParameter[int]) -> sa.Subquery:
    """The instant since which each of them has waited."""
    asked = (
        sa.select(Question.turned_at.label("at"))
        .join(Member, sa.and_(Member.product_id == Question.product_id, Member.user_id == user))
        .join(Product, Product.id == Question.product_id)
        .join(Item, Item.id == Question.item_id)
        .where(Question.waits_on_id == user, Question.state == QuestionState.OPEN, orphaned.may_answer())
        .where(Item.discarded_at.is_(None), Product.archived_at.is_(None))
    )
    return sa.union_all(asked, orphaned.moments_for(user), update_questions.moments_for(user)).subquery()
