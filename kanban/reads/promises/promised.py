"""The days for which an item is promised: by its own promise, by a request it comes from, or with its milestone."""

import datetime as dt
from typing import Any, NamedTuple

import sqlalchemy as sa

from kanban.models import Column, Commitment, Item, Request, Stage
from kanban.models.milestone import milestone_item

_item, _promise, _request = Item.__table__.c, Commitment.__table__.c, Request.__table__.c


def _nearest(*where: sa.ColumnElement[bool]) -> sa.ScalarSelect[dt.date | None]:
    days = sa.select(sa.func.min(_promise.due_on)).where(_promise.withdrawn_at.is_(None), *where)
    return days.correlate(Item.__table__).scalar_subquery()


#: The day of its own promise, of the nearest among the requests it comes from, and of its milestone's promise.
OWN_ON = _nearest(_promise.item_id == _item.id)
REQUEST_ON = _nearest(_promise.request_id == _request.id, _request.item_id == _item.id)
MILESTONE_ON = _nearest(_promise.milestone_id == milestone_item.c.milestone_id, milestone_item.c.item_id == _item.id)
PROMISED = (OWN_ON.label("own_on"), REQUEST_ON.label("request_on"), MILESTONE_ON.label("milestone_on"))

#: The order in which "the next N" expects unfinished items to be finished: started ones, the oldest first; then ready
#: ones; then the backlog. Needs each item's column joined.
COMING: tuple[Any, ...] = (
    Item.started_at.is_(None),
    Item.started_at,
    Column.stage == Stage.BACKLOG,
    Item.rank,
)


class Promised(NamedTuple):
    """The days of the promises that an item falls under; at least one of them is known."""

    own: dt.date | None
    request: dt.date | None
    milestone: dt.date | None

    @property
    def on(self) -> dt.date:
        """The nearest of them."""
        return min(day for day in self if day is not None)

    @property
    def is_several(self) -> bool:
        """Whether it falls under more than one promise."""
        return sum(day is not None for day in self) > 1

    @property
    def is_shared(self) -> bool:
        """Whether only its milestone is promised."""
        return self.own is None and self.request is None


def promised(own: dt.date | None, request: dt.date | None, milestone: dt.date | None) -> Promised | None:
    """The promised days of an item; None if nothing is promised."""
    return Promised(own, request, milestone) if own or request or milestone else None


def nearest(*days: dt.date | None) -> dt.date | None:
    """The earliest of these days; None if there are none."""
    return min((day for day in days if day is not None), default=None)
