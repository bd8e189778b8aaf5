"""Sends the mails of the outbox: takes one due delivery at a time, hands it to the mail server and records the outcome.

Between mails it performs its duties, see `duties`.

It creates no deliveries. Several may run at once: each takes its rows by lease, see `mail.outbox`.
"""

import contextlib
import datetime as dt
import logging
import signal
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import orm

from kanban import clock
from kanban.background.courier import Courier
from kanban.background.duties import Duties
from kanban.errors import KanbanError
from kanban.extensions import Announcement, begin_write, db, on_commit
from kanban.mail import compose, prepare, smtp
from kanban.mail.letter import Letter
from kanban.mail.moment import Moment
from kanban.mail.office import PostOffice
from kanban.mail.outbox import LEASE, Lost, Outbox, Outcome, Taken
from kanban.models import Delivery, DeliveryState

GIVE_UP_AFTER = dt.timedelta(hours=72)
POLL_S = 2.0
SENDERS = 4
_PAUSES_S = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800)
_running: "weakref.WeakSet[Worker]" = weakref.WeakSet()
log = logging.getLogger(__name__)


class Worker:
    """Sends what is due until it is stopped. Start it after the fork: it holds threads."""

    def __init__(self, app: Flask, office: PostOffice) -> None:
        self.app = app
        self.office = office
        self.outbox = Outbox()
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

    def run_until_told(self, *, beside: Courier | None = None) -> None:
        """Run until SIGTERM or Ctrl+C, then finish what is being sent; with the courier of webhooks `beside` it. For a
        process of its own, in its main thread."""
        told = {signal.SIGTERM, signal.SIGINT}
        if hasattr(signal, "sigwait"):
            signal.pthread_sigmask(signal.SIG_BLOCK, told)
        if beside is not None:
            beside.start()
        if not hasattr(signal, "sigwait"):
            self.run()
            return
        self.start()
        signal.sigwait(told)
        if beside is not None:
            beside.stop()
        self.stop(timeout_s=LEASE.total_seconds())

    def ring(self) -> None:
        """Look at the outbox now."""
        self._bell.set()

    def run(self) -> None:
        """Free the deliveries leased to workers that are gone, then send until stopped."""
        with ThreadPoolExecutor(SENDERS, thread_name_prefix="mail-sender") as pool:
            with self._mishaps_logged(), self.app.app_context():
                self.outbox.free()
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

        Takes up to a minute if the mail server is silent. Call it with no transaction open.
        """
        with self.app.app_context():
            taken = self.outbox.add_test(user_id)
            return self._hand_in(taken, self._prepare(taken))

    def _send_all_due(self, pool: ThreadPoolExecutor) -> None:
        """Give each due delivery to a sender as soon as one is free, so that a slow one holds up only itself."""
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
        with self.app.app_context():
            return self.outbox.take()

    def _deliver(self, taken: Taken) -> None:
        with self.app.app_context():
            self._hand_in(taken, self._prepare(taken))

    def _hand_in(self, taken: Taken, prepared: Letter | Outcome) -> Outcome:
        """Send it if there is something to send, and record the outcome; from the final dot on, one sender at a
        time."""
        with contextlib.ExitStack() as moment:

            def at_the_dot() -> None:
                moment.enter_context(self._moment.alone())
                self.outbox.hold_on(taken)

            if isinstance(prepared, Letter):
                prepared = self._send(taken, prepared, at_the_dot)
            self.outbox.write_down(taken, prepared)
        return prepared

    def _prepare(self, taken: Taken) -> Letter | Outcome:
        """The letter to send, or the outcome to record instead."""
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
        except Lost:
            return Outcome(DeliveryState.WAITING)
        return Outcome(DeliveryState.SENT)

    def _later(self, taken: Taken, trouble: str) -> Outcome:
        """Plan another try, each after a longer pause, until 72 hours after the delivery was made."""
        delivery = db.session.get(Delivery, taken.id, populate_existing=True)
        if delivery is None:
            return Outcome(DeliveryState.CANCELLED)
        now = clock.now()
        pause_s = _PAUSES_S[min(delivery.attempts, len(_PAUSES_S)) - 1]
        due_at = now + dt.timedelta(seconds=pause_s * (1 + delivery.id % 8 / 40))
        if due_at > delivery.created_at + GIVE_UP_AFTER:
            return Outcome(DeliveryState.REFUSED, f"Given up after 72 hours. {trouble}")
        return Outcome(DeliveryState.WAITING, trouble, due_at)

    @contextlib.contextmanager
    def _mishaps_logged(self) -> Iterator[None]:
        """Log any error and go on: a database that is away comes back, and leases run out."""
        try:
            yield
        except Exception:
            log.exception("the mail worker met an error")


def _ring_all(_announcements: list[Announcement], mail: bool) -> None:
    if mail:
        for worker in list(_running):
            worker.ring()
