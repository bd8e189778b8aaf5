"""The sender of the outbox: takes one due delivery at a time, hands it in, writes down what became of it.

Between mails it does its duties, see `duties`.

It makes no deliveries. Several may run at once, in threads, processes and on machines; each row is one's own by lease.
"""

import contextlib
import datetime as dt
import logging
import signal
import threading
import time
import uuid
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy import orm

from kanban import clock
from kanban.duties import Duties
from kanban.errors import KanbanError
from kanban.extensions import Announcement, begin_write, db, on_commit
from kanban.mail import compose, lease, prepare, smtp
from kanban.mail.letter import Letter
from kanban.mail.moment import Moment
from kanban.mail.office import PostOffice
from kanban.models import Delivery, DeliveryState, User

LEASE = dt.timedelta(minutes=10)
GIVE_UP_AFTER = dt.timedelta(hours=72)
POLL_S = 2.0
SENDERS = 4
_INSISTENCE_S = (0.2, 1, 5, 20, 60, 120)
_PAUSES_S = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800)
_running: "weakref.WeakSet[Worker]" = weakref.WeakSet()
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """A delivery that this worker has leased: which try it is, and until when."""

    id: int
    kind: str
    attempt: int
    until: dt.datetime


@dataclass(frozen=True)
class Outcome:
    """What is written down after a try."""

    state: DeliveryState
    trouble: str | None = None
    due_at: dt.datetime | None = None


class _Lost(Exception):
    """The lease ran out before the final dot, and somebody else sends the mail."""


class Worker:
    """Sends what is due until it is stopped. Start it after the fork: it holds threads."""

    def __init__(self, app: Flask, office: PostOffice) -> None:
        self.app = app
        self.office = office
        self.owner = lease.own_name(uuid.uuid4().hex[:8])
        self._render = compose.renderer(app.jinja_env)
        self._bell = threading.Event()
        self._stopping = threading.Event()
        self._slots = threading.Semaphore(SENDERS)
        self._moment = Moment()
        self._thread: threading.Thread | None = None
        self._duties = Duties(app)

    def start(self) -> "Worker":
        """Run in a thread of this process, woken by every commit that adds a delivery."""
        on_commit(_ring_all)
        _running.add(self)
        self._thread = threading.Thread(target=self.run, name="mail-worker", daemon=True)
        self._thread.start()
        return self

    def stop(self, timeout_s: float = 10.0) -> None:
        """Take nothing new and wait for what is being sent."""
        self._stopping.set()
        self._bell.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def run_until_told(self) -> None:
        """Run until SIGTERM or Ctrl+C, then finish what is being sent. For a process of its own, in its main thread."""
        told = {signal.SIGTERM, signal.SIGINT}
        if not hasattr(signal, "sigwait"):
            self.run()
            return
        signal.pthread_sigmask(signal.SIG_BLOCK, told)
        self.start()
        signal.sigwait(told)
        self.stop(timeout_s=LEASE.total_seconds())

    def ring(self) -> None:
        """Look at the outbox now."""
        self._bell.set()

    def run(self) -> None:
        """Free what owners that are gone had taken, then send until stopped."""
        with ThreadPoolExecutor(SENDERS, thread_name_prefix="mail-sender") as pool:
            with self._mishaps_logged():
                self.free_leases()
            while not self._stopping.is_set():
                self._bell.clear()
                self._send_all_due(pool)
                for duty in self._duties.each:
                    with self._mishaps_logged():
                        if duty():
                            self._bell.set()
                self._bell.wait(POLL_S)

    def drain(self) -> int:
        """Send everything that is due now, one after another, in this thread; returns how many were taken."""
        count = 0
        while (taken := self._take()) is not None:
            self._deliver(taken)
            count += 1
        return count

    def send_test(self, user_id: int) -> Outcome:
        """Send a test mail to somebody at once, in this thread, one try only; its row keeps the outcome.

        Takes up to a minute where the mail server is silent. Call it with no transaction open.
        """
        with self.app.app_context():
            session = begin_write()
            user = session.get_one(User, user_id)
            delivery = Delivery.to_user("test", user)
            delivery.state, delivery.attempts = DeliveryState.SENDING, 1
            delivery.lease_owner, delivery.lease_until = self.owner, clock.now() + LEASE
            session.add(delivery)
            session.commit()
            taken = Taken(delivery.id, delivery.kind, 1, delivery.lease_until)
            return self._hand_in(taken, self._prepare(taken))

    def free_leases(self) -> int:
        """Put back what owners on this machine had taken who no longer live; returns how many."""
        with self.app.app_context():
            held = sa.select(Delivery.lease_owner).where(Delivery.state == DeliveryState.SENDING).distinct()
            owners = [owner for owner in db.session.scalars(held) if owner and owner != self.owner]
            gone = [owner for owner in owners if lease.is_gone(owner)]
            if not gone:
                return 0
            session = begin_write()
            freed = session.execute(
                sa.update(Delivery)
                .where(Delivery.state == DeliveryState.SENDING, Delivery.lease_owner.in_(gone))
                .values(state=DeliveryState.WAITING, lease_owner=None, lease_until=None, due_at=clock.now())
                .execution_options(synchronize_session=False)
            )
            db.session.commit()
            return int(freed.rowcount)  # type: ignore[attr-defined]

    def _send_all_due(self, pool: ThreadPoolExecutor) -> None:
        """Give every due delivery to a sender as one comes free, so that a slow one holds up only itself."""
        while not self._stopping.is_set():
            self._slots.acquire()
            taken = None
            with self._mishaps_logged():
                taken = self._take()
            if taken is None:
                self._slots.release()
                return
            pool.submit(self._deliver_in_slot, taken)

    def _deliver_in_slot(self, taken: Taken) -> None:
        try:
            with self._mishaps_logged():
                self._deliver(taken)
        finally:
            self._slots.release()

    def _take(self) -> Taken | None:
        """Lease the delivery that has been due longest, or None; a free look first, so that idling writes nothing."""
        with self.app.app_context():
            now = clock.now()
            due = sa.select(Delivery.id).where(_is_due(now)).order_by(Delivery.due_at, Delivery.id).limit(1)
            if db.session.scalar(due) is None:
                return None
            session = begin_write()
            taken = session.execute(
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
            return Taken(taken.id, taken.kind, taken.attempts, now + LEASE) if taken is not None else None

    def _deliver(self, taken: Taken) -> None:
        with self.app.app_context():
            self._hand_in(taken, self._prepare(taken))

    def _hand_in(self, taken: Taken, prepared: Letter | Outcome) -> Outcome:
        """Send it if there is something to send, and write down what became of it; from the final dot on alone."""
        with contextlib.ExitStack() as moment:

            def at_the_dot() -> None:
                moment.enter_context(self._moment.alone())
                self._hold_on(taken)

            if isinstance(prepared, Letter):
                prepared = self._send(taken, prepared, at_the_dot)
            self._write_down(taken, prepared)
        return prepared

    def _hold_on(self, taken: Taken) -> None:
        """Let nobody else take the mail up while its final dot is answered; _Lost when somebody has done so already."""
        now = clock.now()
        if now < taken.until - LEASE * 2 / 3:
            return
        held = begin_write().execute(
            sa.update(Delivery)
            .where(_is_ours(taken, self.owner))
            .values(lease_until=now + LEASE)
            .execution_options(synchronize_session=False)
        )
        db.session.commit()
        if not held.rowcount:  # type: ignore[attr-defined]
            raise _Lost

    def _prepare(self, taken: Taken) -> Letter | Outcome:
        """The letter to send, or what to write down instead."""
        session = begin_write() if prepare.makes_link(taken.kind) else db.session()
        try:
            prepared = self._letter(session, taken)
            db.session.commit()
        except KanbanError as error:
            prepared = Outcome(DeliveryState.REFUSED, error.sentence)
        except Exception:
            log.exception("delivery %s could not be written", taken.id)
            db.session.rollback()
            return self._later(taken, "The mail could not be written. The log has the details.")
        finally:
            db.session.rollback()
        return prepared

    def _letter(self, session: orm.Session, taken: Taken) -> Letter | Outcome:
        delivery = prepare.load(session, taken.id)
        if delivery is None:
            return Outcome(DeliveryState.CANCELLED)
        objection = prepare.objection(session, delivery)
        if objection:
            return Outcome(DeliveryState.CANCELLED, objection)
        if self.office.smtp is None:
            return Outcome(DeliveryState.KEPT)
        letter = prepare.letter_for(session, delivery, self.office, self._render)
        letter.as_message()
        return letter

    def _send(self, taken: Taken, letter: Letter, at_the_dot: Callable[[], None]) -> Outcome:
        assert self.office.smtp is not None
        try:
            smtp.send(
                self.office.smtp,
                letter.as_message(),
                sender=letter.from_.wire_address,
                recipient=letter.to.wire_address,
                at_the_dot=at_the_dot,
            )
        except smtp.Final as trouble:
            return Outcome(DeliveryState.REFUSED, trouble.sentence)
        except (smtp.Temporary, smtp.Unknown) as trouble:
            if taken.kind == "test":
                return Outcome(DeliveryState.REFUSED, trouble.sentence)
            log.info("delivery %s did not go out: %s", taken.id, trouble.sentence)
            return self._later(taken, trouble.sentence)
        except _Lost:
            return Outcome(DeliveryState.WAITING)
        return Outcome(DeliveryState.SENT)

    def _later(self, taken: Taken, trouble: str) -> Outcome:
        """Another try, each after a longer pause, until 72 hours after it was written."""
        delivery = db.session.get(Delivery, taken.id, populate_existing=True)
        if delivery is None:
            return Outcome(DeliveryState.CANCELLED)
        now = clock.now()
        pause_s = _PAUSES_S[min(delivery.attempts, len(_PAUSES_S)) - 1]
        due_at = now + dt.timedelta(seconds=pause_s * (1 + delivery.id % 8 / 40))
        if due_at > delivery.created_at + GIVE_UP_AFTER:
            return Outcome(DeliveryState.REFUSED, f"Given up after 72 hours. {trouble}")
        return Outcome(DeliveryState.WAITING, trouble, due_at)

    def _write_down(self, taken: Taken, outcome: Outcome) -> None:
        """Record the outcome unless the lease was lost to somebody else meanwhile."""
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
        self._surely(
            sa.update(Delivery)
            .where(_is_ours(taken, self.owner))
            .values(**values)
            .execution_options(synchronize_session=False)
        )

    def _surely(self, statement: sa.Update) -> None:
        """Execute and commit, once more and more while the database is away: what was taken must not be forgotten."""
        for pause_s in _INSISTENCE_S:
            try:
                begin_write().execute(statement)
                db.session.commit()
                return
            except Exception:
                log.exception("an outcome could not be written down; once more in %s s", pause_s)
                db.session.rollback()
                time.sleep(pause_s)
        begin_write().execute(statement)
        db.session.commit()

    @contextlib.contextmanager
    def _mishaps_logged(self) -> Iterator[None]:
        """The one place that outlives any error: a database that is away comes back, and the leases run out."""
        try:
            yield
        except Exception:
            log.exception("the mail worker met an error")


def _is_ours(taken: Taken, owner: str) -> sa.ColumnElement[bool]:
    """Still leased by this very try; another sender of the same worker is another try."""
    return sa.and_(
        Delivery.id == taken.id,
        Delivery.state == DeliveryState.SENDING,
        Delivery.lease_owner == owner,
        Delivery.attempts == taken.attempt,
    )


def _is_due(now: dt.datetime) -> sa.ColumnElement[bool]:
    """Waiting and due, or leased by somebody whose time has run out."""
    waiting = sa.and_(Delivery.state == DeliveryState.WAITING, Delivery.due_at <= now)
    forsaken = sa.and_(Delivery.state == DeliveryState.SENDING, Delivery.lease_until < now)
    return sa.or_(waiting, forsaken)


def _ring_all(_announcements: list[Announcement], mail: bool) -> None:
    if mail:
        for worker in list(_running):
            worker.ring()
