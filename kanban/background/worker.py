"""Sends the mails of the outbox: takes one due delivery at a time, hands it to the mail server and records the outcome.

Between mails it performs its duties, see `duties`; apart from these, it creates no deliveries. Several workers may run
at once: each takes its rows by lease, see `mail.outbox`.
"""

import contextlib
import datetime as dt
import logging
import signal
import weakref
from collections.abc import Callable

from flask import Flask
from sqlalchemy import orm

from kanban import clock
from kanban.background.courier import Courier
from kanban.background.due_loop import DueLoop, pause_after
from kanban.background.duties import Duties
from kanban.errors import KanbanError
from kanban.extensions import db
from kanban.mail import compose, prepare, smtp
from kanban.mail.acceptance_window import AcceptanceWindow
from kanban.mail.letter import Letter
from kanban.mail.office import PostOffice
from kanban.mail.outbox import LEASE, LeasedDelivery, LeaseLost, Outbox, Outcome
from kanban.models import Delivery, DeliveryState
from kanban.transactions import Announcement, begin_write, on_commit

GIVE_UP_AFTER = dt.timedelta(hours=72)
_running: "weakref.WeakSet[Worker]" = weakref.WeakSet()
log = logging.getLogger(__name__)


class Worker(DueLoop[LeasedDelivery]):
    """Sends the mails that are due until it is stopped."""

    def __init__(self, app: Flask, office: PostOffice) -> None:
        super().__init__(app, name="mail worker")
        self.office = office
        self.outbox = Outbox()
        self._render = compose.renderer(app.jinja_env)
        self._acceptance_window = AcceptanceWindow()
        self._duties = Duties(app)

    def start(self) -> "Worker":
        """Run in a thread of this process, woken by every commit that adds a delivery."""
        on_commit(_ring_all)
        _running.add(self)
        return super().start()

    def run_until_signalled(self, *, beside: Courier | None = None) -> None:
        """Run until SIGTERM or Ctrl+C, then finish what is being sent; `beside` is a courier to run along with it.

        For a process of its own, in its main thread.
        """
        signals = {signal.SIGTERM, signal.SIGINT}
        if hasattr(signal, "sigwait"):
            signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        if beside is not None:
            beside.start()
        if not hasattr(signal, "sigwait"):
            self.run()
            return
        self.start()
        signal.sigwait(signals)
        if beside is not None:
            beside.stop()
        self.stop(timeout_s=LEASE.total_seconds())

    def send_test(self, user_id: int) -> Outcome:
        """Send somebody a test mail at once, in this thread and with a single try; its delivery row keeps the outcome.

        Takes up to a minute if the mail server is silent. Call it with no transaction open.
        """
        with self.app.app_context():
            leased = self.outbox.add_test(user_id)
            return self._hand_in(leased, self._prepare(leased))

    def _begin(self) -> None:
        """Free the deliveries leased to workers that are gone."""
        with self.app.app_context():
            self.outbox.free()

    def _after_each_round(self) -> None:
        for duty in self._duties.each:
            with self._errors_logged():
                if duty():
                    self.wake()

    def _take(self) -> LeasedDelivery | None:
        with self.app.app_context():
            return self.outbox.take()

    def _deliver(self, leased: LeasedDelivery) -> None:
        with self.app.app_context():
            self._hand_in(leased, self._prepare(leased))

    def _hand_in(self, leased: LeasedDelivery, prepared: Letter | Outcome) -> Outcome:
        """Send the letter if there is one, and record the outcome.

        From the final dot of SMTP to the recorded outcome, only one delivery at a time is under way.
        """
        with contextlib.ExitStack() as acceptance_window:

            def at_the_dot() -> None:
                acceptance_window.enter_context(self._acceptance_window.exclusive())
                self.outbox.renew_lease(leased)

            if isinstance(prepared, Letter):
                prepared = self._send(leased, prepared, at_the_dot)
            self.outbox.record_outcome(leased, prepared)
        return prepared

    def _prepare(self, leased: LeasedDelivery) -> Letter | Outcome:
        """The letter to send, or the outcome to record instead."""
        session = begin_write() if prepare.makes_link(leased.kind) else db.session()
        try:
            prepared = self._letter(session, leased)
            db.session.commit()
        except KanbanError as error:
            prepared = Outcome(DeliveryState.REFUSED, error.sentence)
        except Exception:
            log.exception("delivery %s could not be written", leased.id)
            db.session.rollback()
            return self._later(leased, "The mail could not be written. The log has the details.")
        finally:
            db.session.rollback()
        return prepared

    def _letter(self, session: orm.Session, leased: LeasedDelivery) -> Letter | Outcome:
        delivery = prepare.load(session, leased.id)
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

    def _send(self, leased: LeasedDelivery, letter: Letter, at_the_dot: Callable[[], None]) -> Outcome:
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
            if leased.kind == "test":
                return Outcome(DeliveryState.REFUSED, trouble.sentence)
            log.info("delivery %s did not go out: %s", leased.id, trouble.sentence)
            return self._later(leased, trouble.sentence)
        except LeaseLost:
            return Outcome(DeliveryState.WAITING)
        return Outcome(DeliveryState.SENT)

    def _later(self, leased: LeasedDelivery, trouble: str) -> Outcome:
        """Schedule another try after a longer pause, or give up 72 hours after the delivery was created."""
        delivery = db.session.get(Delivery, leased.id, populate_existing=True)
        if delivery is None:
            return Outcome(DeliveryState.CANCELLED)
        now = clock.now()
        due_at = now + pause_after(delivery.attempts, delivery.id)
        if due_at > delivery.created_at + GIVE_UP_AFTER:
            return Outcome(DeliveryState.REFUSED, f"Given up after 72 hours. {trouble}")
        return Outcome(DeliveryState.WAITING, trouble, due_at)


def _ring_all(_announcements: list[Announcement], mail: bool) -> None:
    if mail:
        for worker in list(_running):
            worker.wake()
