"""What is promised about one item: its own promise, and those of its milestone and of the requests it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.flow.product_forecast import Dates, Forecast
from kanban.models import Commitment, Item, Member, Product, Request
from kanban.policy import Action
from kanban.reads.promises.milestones import joinable_by
from kanban.reads.promises.outlook import read_ahead_of
from kanban.reads.promises.promises import PromiseLine, list_promises
from kanban.status.outlook import Given
from kanban.status.promises import Slips, total


@dataclass(frozen=True)
class ItemPromises:
    """What is promised about an item.

    `own` is its promise that stands, `withdrawn` are those that were withdrawn, `of_requests` those of the requests it
    comes from; then its milestone, and the promise of that. `choices` are the milestones it could join, empty for those
    who may not decide that. `health` and `dates` are by promise number, for running promises about which something can
    be said. If one of them has no dates, `silent` is the forecast and `lacks` says why.
    """

    own: PromiseLine | None
    withdrawn: tuple[PromiseLine, ...]
    milestone: int | None
    milestone_name: str
    of_milestone: PromiseLine | None
    of_requests: tuple[PromiseLine, ...]
    slips: Slips
    health: Mapping[int, str | None]
    dates: Mapping[int, Dates]
    silent: Forecast | None
    lacks: str
    choices: list[tuple[int, str]]
    may_promise: bool

    @property
    def any(self) -> bool:
        """Whether anything is or was promised about it."""
        return bool(self.own or self.withdrawn or self.of_requests or self.of_milestone)


def promises_of(session: orm.Session, product: Product, item: Item, member: Member) -> ItemPromises:
    """The promises about one item, for one reader; two queries, and six more if one is running."""
    joinable = joinable_by(session, product, item)
    aim = next((each for each in joinable if each.is_joined), None)
    asked = sa.select(Request.id).where(Request.item_id == item.id)
    about = sa.or_(
        Commitment.item_id == item.id,
        Commitment.request_id.in_(asked),
        *((Commitment.milestone_id == aim.id,) if aim else ()),
    )
    lines = list_promises(session, product, member, about, milestones=joinable)
    given = [
        Given(line.number, line.due_on, item.id if line.ref else None, line.milestone_id, line.milestone)
        for line in lines
        if line.is_running and not line.is_dropped
    ]
    ahead = read_ahead_of(session, product, given) if given else None
    lacking = [each.lacks for each in ahead.promises if each.lacks] if ahead else []
    own = [line for line in lines if line.ref and not line.request]
    may_promise = member.may(Action.PROMISE) and not item.is_discarded and product.archived_at is None
    return ItemPromises(
        own=next((line for line in own if not line.withdrawn_at), None),
        withdrawn=tuple(line for line in own if line.withdrawn_at),
        milestone=aim.number if aim else None,
        milestone_name=aim.name if aim else "",
        of_milestone=next((line for line in lines if line.milestone and not line.withdrawn_at), None),
        of_requests=tuple(line for line in lines if line.request and not line.withdrawn_at),
        slips=total(line.slips for line in lines if line.ref),
        health={each.number: each.health for each in ahead.promises} if ahead else {},
        dates={each.number: each.dates for each in ahead.promises if each.dates} if ahead else {},
        silent=ahead.forecast if ahead and lacking else None,
        lacks=lacking[0] if lacking else "",
        choices=[(each.number, each.name) for each in joinable] if may_promise else [],
        may_promise=may_promise,
    )
