"""The outbox as one sender of mails sees it.

Rows are taken by lease, so that several senders can work at once: in threads, in processes and on several machines.
"""

import datetime as dt
import logging
import time
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kanban import clock
from kanban.errors import Busy
from kanban.extensions import db
from kanban.mail import lease
from kanban.models import Delivery, DeliveryState, User
from kanban.transactions import begin_write

LEASE = dt.timedelta(minutes=10)
_INSISTENCE_S = (0.2, 1, 5, 20, 60, 120)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LeasedDelivery:
    """A leased delivery: its kind, the number of this try, and when the lease ends."""

    id: int
    kind: str
    attempt: int
    until: dt.datetime


@dataclass(frozen=True)
class Outcome:
    """What is recorded after a try."""

    state: DeliveryState
    trouble: str | None = None
    due_at: dt.datetime | None = None


class LeaseLost(Exception):
    """The lease ran out before the final dot, and another sender has taken the mail."""


class Outbox:
    """Takes and records deliveries under its own name.

    Each call is a transaction of its own, so none may be open already.
    """

    def __init__(self) -> None:
        self.owner = lease.own_name(uuid.uuid4().hex[:8])

    def take(self) -> LeasedDelivery | None:
        """Lease the delivery that has been due longest; None if none is due.

        Looks without a lock first, so that an idle sender writes nothing.
        """
        now = clock.now()
        due = sa.select(Delivery.id).where(_is_due(now)).order_by(Delivery.due_at, Delivery.id).limit(1)
        if db.session.scalar(due) is None:
            return None
        session = begin_write()
        leased = session.execute(
            sa.update(Delivery)
            .where(Delivery.id == due.with_for_update(skip_locked=True).scalar_subquery(), _is_due(now))
            .values(
                state=DeliveryState.SENDING,
                lease_owner=self.owner,
                lease_until=now + LEASE,
                attempts=Delivery.attempts + 1,
            )
            .returning(Delivery.id, Delivery.kind, Delivery.attempts)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        db.session.commit()
        return LeasedDelivery(leased.id, leased.kind, leased.attempts, now + LEASE) if leased is not None else None

    def add_test(self, user_id: int) -> LeasedDelivery:
        """Add a test mail to somebody, already leased."""
        session = begin_write()
        delivery = Delivery.to_user("test", session.get_one(User, user_id))
        delivery.state, delivery.attempts = DeliveryState.SENDING, 1
        delivery.lease_owner, delivery.lease_until = self.owner, clock.now() + LEASE
        session.add(delivery)
        session.commit()
        return LeasedDelivery(delivery.id, delivery.kind, 1, delivery.lease_until)

    def renew_lease(self, leased: LeasedDelivery) -> None:
        """Renew the lease before the final dot if a third of it has passed; LeaseLost if another sender has it."""
        now = clock.now()
        if now < leased.until - LEASE * 2 / 3:
            return
        held = begin_write().execute(
            sa.update(Delivery)
            .where(self._is_ours(leased))
            .values(lease_until=now + LEASE)
            .execution_options(synchronize_session=False)
        )
        db.session.commit()
        if not held.rowcount:  # type: ignore[attr-defined]
            raise LeaseLost

    def record_outcome(self, leased: LeasedDelivery, outcome: Outcome) -> None:
        """Record the outcome, unless the lease was lost to another sender meanwhile."""
        values: dict[str, Any] = {
            "state": outcome.state,
            "trouble": outcome.trouble,
            "lease_owner": None,
            "lease_until": None,
        }
        if outcome.due_at is not None:
            values["due_at"] = outcome.due_at
        if outcome.state is DeliveryState.SENT:
            values["sent_at"] = clock.now()
        _execute_with_retries(
            sa.update(Delivery)
            .where(self._is_ours(leased))
            .values(**values)
            .execution_options(synchronize_session=False)
        )

    def free(self) -> int:
        """Put back deliveries leased to processes on this machine that are gone; returns how many."""
        held = sa.select(Delivery.lease_owner).where(Delivery.state == DeliveryState.SENDING).distinct()
        owners = [owner for owner in db.session.scalars(held) if owner and owner != self.owner]
        gone = [owner for owner in owners if lease.is_gone(owner)]
        if not gone:
            return 0
        freed = begin_write().execute(
            sa.update(Delivery)
            .where(Delivery.state == DeliveryState.SENDING, Delivery.lease_owner.in_(gone))
            .values(state=DeliveryState.WAITING, lease_owner=None, lease_until=None, due_at=clock.now())
            .execution_options(synchronize_session=False)
        )
        db.session.commit()
        return int(freed.rowcount)  # type: ignore[attr-defined]

    def _is_ours(self, leased: LeasedDelivery) -> sa.ColumnElement[bool]:
        """Whether the delivery is still leased by this very try; another sender of the same worker is another try."""
        return sa.and_(
            Delivery.id == leased.id,
            Delivery.state == DeliveryState.SENDING,
            Delivery.lease_owner == self.owner,
            Delivery.attempts == leased.attempt,
        )


def _is_due(now: dt.datetime) -> sa.ColumnElement[bool]:
    """Condition of deliveries to take: waiting and due, or leased by somebody whose lease has run out."""
    waiting = sa.and_(Delivery.state == DeliveryState.WAITING, Delivery.due_at <= now)
    forsaken = sa.and_(Delivery.state == DeliveryState.SENDING, Delivery.lease_until < now)
    return sa.or_(waiting, forsaken)


def _execute_with_retries(statement: sa.Update) -> None:
    """Execute and commit, trying again for minutes while the database is away, so that no outcome is lost."""
    for pause_s in _INSISTENCE_S:
        try:
            begin_write().execute(statement)
            db.session.commit()
            return
        except (sa.exc.SQLAlchemyError, Busy):
            log.exception("an outcome could not be recorded; trying again in %s s", pause_s)
            db.session.rollback()
            time.sleep(pause_s)
    begin_write().execute(statement)
    db.session.commit()
