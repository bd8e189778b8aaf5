"""What the silence on a question costs, and the order that follows from that: the costliest silence first."""

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa

from kanban import clock
from kanban.models import Column, Commitment, Item, Milestone, Question, QuestionState, Request
from kanban.models.milestone import milestone_item
from kanban.reads.promises.promised import COMING, nearest

_FAR = dt.date.max

_finished = sa.alias(Item.__table__)
_stands = Commitment.withdrawn_at.is_(None)
#: For each promised "next N" milestone, how many more items it counts.
_counting = (
    sa.select(
        Milestone.product_id,
        Commitment.due_on,
        (
            Milestone.top
            - sa.select(sa.func.count())
            .where(
                _finished.c.product_id == Milestone.product_id,
                _finished.c.rank.is_not(None),
                _finished.c.finished_at >= Milestone.opened_at,
                _finished.c.is_finish_known,
            )
            .correlate(Milestone)
            .scalar_subquery()
        ).label("left"),
    )
    .join(Commitment, Commitment.milestone_id == Milestone.id)
    .where(Milestone.top.is_not(None), _stands)
    .cte("counting")
    .prefix_with("MATERIALIZED")
)
#: The place of each unfinished item in the order in which "the next N" expects items to be finished.
_placed = (
    sa.select(
        Item.id.label("item_id"),
        Item.product_id,
        sa.func.row_number().over(partition_by=Item.product_id, order_by=COMING).label("place"),
    )
    .join(Column, Column.id == Item.column_id)
    .where(Item.product_id.in_(sa.select(_counting.c.product_id)), Item.rank.is_not(None), Item.finished_at.is_(None))
    .subquery("placed")
)
#: For each item that is among the next N, the nearest day promised; materialised, so that it is computed once per
#: statement and not once per row.
_next = (
    sa.select(_placed.c.item_id, sa.func.min(_counting.c.due_on).label("due_on"))
    .join(_counting, _counting.c.product_id == _placed.c.product_id)
    .where(_placed.c.place <= _counting.c.left)
    .group_by(_placed.c.item_id)
    .cte("next_ones")
    .prefix_with("MATERIALIZED")
)
_days = sa.union_all(
    sa.select(Commitment.due_on).where(Commitment.item_id == Item.id, _stands).correlate(Item),
    sa.select(Commitment.due_on)
    .join(Request, Request.id == Commitment.request_id)
    .where(Request.item_id == Item.id, _stands)
    .correlate(Item),
    sa.select(Commitment.due_on)
    .join(milestone_item, milestone_item.c.milestone_id == Commitment.milestone_id)
    .where(milestone_item.c.item_id == Item.id, _stands)
    .correlate(Item),
    sa.select(_next.c.due_on).where(_next.c.item_id == Item.id).correlate(Item),
).subquery()
#: The nearest day for which a question's item is promised: by itself, with a request it comes from, with its milestone,
#: or as one of the next N; None if it is not promised.
NEAREST_PROMISE = sa.select(sa.func.min(_days.c.due_on)).correlate(Item).scalar_subquery()


class Cost(StrEnum):
    """What the silence costs, the costliest first.

    It stops started work, keeps other work from starting, keeps somebody waiting, or leaves an assumption standing
    whose day has passed; an answer waits to be read; nothing more is to be done.
    """

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
    """What the silence costs now, for a question on an item with these dates in a product with this time zone."""
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
    """A sort key: by cost, then by day, then by age.

    For questions that stop work the day is the nearest promise; for those that keep somebody waiting, the day on which
    the answer is needed or until which the assumption holds, whichever is earlier. All others go by age alone.
    """
    days = {Cost.STOPS: promised_on, Cost.WAITS: nearest(needed_by, assumed_until)}
    return PLACES[cost], days.get(cost) or _FAR, asked_at, number
