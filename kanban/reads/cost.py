"""What the silence on a question costs, and the order that follows: what waits on somebody, dearest first."""

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Commitment, Item, Milestone, Question, QuestionState, Request
from kanban.models.milestone import milestone_item

_FAR = dt.date.max

_other = orm.aliased(Item)


def _counted(*where: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    mine = (_other.product_id == Item.product_id, _other.rank.is_not(None), *where)
    return sa.select(sa.func.count(_other.id)).where(*mine).correlate(Item, Milestone).scalar_subquery()


#: Where an item stands among those to be finished: what is begun before what waits, the oldest and the highest first.
_PLACE = _counted(
    _other.finished_at.is_(None),
    sa.or_(
        sa.and_(_other.started_at.is_not(None), Item.started_at.is_(None)),
        _other.started_at <= Item.started_at,
        sa.and_(_other.started_at.is_(None), Item.started_at.is_(None), _other.rank <= Item.rank),
    ),
)
_DONE = _counted(_other.finished_at >= Milestone.opened_at)
_requests = sa.select(Request.id).where(Request.item_id == Item.id).correlate(Item)
_milestones = sa.select(milestone_item.c.milestone_id).where(milestone_item.c.item_id == Item.id).correlate(Item)
_counting = (
    sa.select(Milestone.id)
    .where(Milestone.product_id == Item.product_id, Milestone.top.is_not(None), Item.finished_at.is_(None))
    .where(Milestone.top - _DONE >= _PLACE)
    .correlate(Item)
)
#: The nearest day for which a question's item is promised: itself, with a request that it comes from, with its
#: milestone, or as one of the next N; None where it is not.
NEAREST_PROMISE = (
    sa.select(sa.func.min(Commitment.due_on))
    .where(
        Commitment.withdrawn_at.is_(None),
        Commitment.product_id == Item.product_id,
        sa.or_(
            Commitment.item_id == Item.id,
            Commitment.request_id.in_(_requests),
            Commitment.milestone_id.in_(_milestones),
            Commitment.milestone_id.in_(_counting),
        ),
    )
    .correlate(Item)
    .scalar_subquery()
)


class Cost(StrEnum):
    """What the silence costs, dearest first: it stops started work, keeps other work from its start, lets somebody
    wait, or lets an assumption stand whose day has passed; an answer wants to be read; nothing more to do."""

    STOPS = "stops"
    BLOCKS = "blocks"
    WAITS = "waits"
    ASSUMED = "assumed"
    READS = "reads"
    NONE = "none"


PLACES = {cost: place for place, cost in enumerate(Cost)}

Place = tuple[int, dt.date, dt.datetime, int]


def cost_of(
    question: Question, *, started_at: dt.datetime | None, finished_at: dt.datetime | None, time_zone: str
) -> Cost:
    """What the silence costs now, on an item with these dates in a product of this time zone."""
    if question.state is QuestionState.ANSWERED:
        return Cost.READS
    if not question.is_open:
        return Cost.NONE
    if question.blocking and finished_at is None:
        return Cost.STOPS if started_at is not None else Cost.BLOCKS
    return Cost.ASSUMED if question.stands_on(clock.today(time_zone)) else Cost.WAITS


def place_of(
    cost: Cost,
    *,
    promised_on: dt.date | None,
    needed_by: dt.date | None,
    assumed_until: dt.date | None,
    asked_at: dt.datetime,
    number: int,
) -> Place:
    """A key to sort by: what stops work by the nearest promise, what only waits by the day it is needed (with an
    assumption: by the day it holds until), and all else by age."""
    days = {Cost.STOPS: promised_on, Cost.WAITS: _first(needed_by, assumed_until)}
    return PLACES[cost], days.get(cost) or _FAR, asked_at, number


def _first(*days: dt.date | None) -> dt.date | None:
    return min((day for day in days if day is not None), default=None)
