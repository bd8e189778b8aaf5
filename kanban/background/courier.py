"""Delivers messages to webhooks: takes one that is due, sends the next message from the log, and records the outcome.

Each webhook receives one version after the other. A message that is not accepted is tried again after growing pauses,
and those behind it wait. While a receiver is answering, no transaction is open and no lock is held.
"""

import datetime as dt
import logging
import secrets
import time
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask

from kanban import clock
from kanban.addresses import Reach
from kanban.background.due_loop import DueLoop, pause_after
from kanban.extensions import db
from kanban.models import StopReason, Webhook, WebhookMessage
from kanban.models.webhook import PATIENCE
from kanban.reads import locked, webhooks
from kanban.reads.insights import snapshots
from kanban.transactions import begin_write
from kanban.webhooks.client import NO_PAUSE, Client, Failed
from kanban.webhooks.message import Message, tell_test, tell_version

#: Far longer than a try takes, so a lease that has run out means that its holder is gone.
LEASE = dt.timedelta(minutes=2)
_QUIET = {"synchronize_session": False}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LeasedMessage:
    """A leased webhook and the version to send to it."""

    hook_id: int
    product_id: int
    version: int
    lease: str


@dataclass(frozen=True)
class Outcome:
    """What became of one try.

    `trouble` says in a sentence what went wrong and is None if the message was accepted; `status` is None if no answer
    came; `asks_for` is how long the receiver wants to be left alone (its Retry-After).
    """

    status: int | None
    words: str
    trouble: str | None
    took_ms: int
    asks_for: dt.timedelta = NO_PAUSE


class Courier(DueLoop[LeasedMessage]):
    """Sends the webhook messages that are due until it is stopped."""

    def __init__(self, app: Flask, client: Client | None = None) -> None:
        super().__init__(app, name="courier of webhooks")
        self._client = client or Client(app.config["KANBAN"].webhooks)
        self._key: str = app.config["KANBAN"].secret_key

    def run(self) -> None:
        """Send until stopped; return at once if webhooks are switched off."""
        if self._client.reach is not Reach.OFF:
            super().run()

    def send_now(self, hook_id: int, product_id: int, version: int | None) -> Outcome | None:
        """Send one version again, or a test message if `version` is None; returns None if there is nothing to send.

        Runs at once and in this thread. The outcome is recorded, but what the webhook is sent next stays the same. Call
        it with no transaction open.
        """
        with self.app.app_context():
            outcome = self._try(hook_id, product_id, version)
            if outcome is not None:
                begin_write()
                _keep(hook_id, version, outcome)
                db.session.commit()
            return outcome

    def _take(self) -> LeasedMessage | None:
        """Lease the webhook that has been due longest and has something to send; None if there is no such webhook.

        Webhooks not subscribed to what the next versions hold are moved on past them. Looks without a lock first, so
        that an idle courier writes nothing.
        """
        with self.app.app_context():
            while db.session.scalar(webhooks.due(clock.now()).limit(1)) is not None:
                session, now = begin_write(), clock.now()
                due = webhooks.due(now).limit(1).with_for_update(skip_locked=True, of=Webhook)
                hook = session.get(Webhook, session.scalar(due) or 0)
                if hook is None:
                    db.session.rollback()
                    return None
                version, upto = webhooks.next_version(session, hook)
                hook.pass_over(upto if version is None else version - 1)
                leased = None
                if version is not None:
                    hook.lease, hook.lease_until = secrets.token_hex(8), now + LEASE
                    leased = LeasedMessage(hook.id, hook.product_id, version, hook.lease)
                session.commit()
                if leased is not None:
                    return leased
            db.session.rollback()
            return None

    def _deliver(self, leased: LeasedMessage) -> None:
        with self.app.app_context():
            outcome = self._try(leased.hook_id, leased.product_id, leased.version)
            if outcome is None:  # gone, or hears no more of that
                self._give_back(leased)
                return
            if outcome.trouble:
                log.info("webhook %s did not take version %s: %s", leased.hook_id, leased.version, outcome.trouble)
            reason = self._record_outcome(leased, outcome)
            if reason is not None:
                self._stop(leased, reason)
            self.wake()  # its next message may be waiting

    def _try(self, hook_id: int, product_id: int, version: int | None) -> Outcome | None:
        """Build the message, end the transaction that read for it, and send it; None if there is nothing to send."""
        try:
            prepared = self._prepare(hook_id, product_id, version)
        except Exception:
            log.exception("a message to webhook %s could not be written", hook_id)
            return Outcome(None, "", "The message could not be written. The log has the details.", 0)
        return self._send(*prepared) if prepared is not None else None

    def _prepare(self, hook_id: int, product_id: int, version: int | None) -> tuple[str, str, Message] | None:
        """Address, nonce and message; None if the webhook is gone or the version holds nothing it is subscribed to."""
        session = db.session()
        try:
            hook, product = session.get(Webhook, hook_id), snapshots.product_with_columns(session, product_id)
            if hook is None or product is None:
                return None
            told = tell_test(product, hook) if version is None else tell_version(session, product, hook, version)
            return (hook.address, hook.nonce, told) if told is not None else None
        finally:
            session.rollback()

    def _send(self, address: str, nonce: str, message: Message) -> Outcome:
        begun = time.monotonic()
        status, words, trouble, asks_for = None, "", None, NO_PAUSE
        try:
            answer = self._client.post(address, message.body, message.headers(self._key, nonce))
            status, words, trouble, asks_for = answer.status, answer.words, _objection(answer.status), answer.asks_for
        except Failed as failure:
            trouble = str(failure)
        return Outcome(status, words, trouble, int((time.monotonic() - begun) * 1000), asks_for)

    @staticmethod
    def _give_back(leased: LeasedMessage) -> None:
        """End the lease, so that whatever comes next need not wait until it runs out."""
        mine = sa.update(Webhook).where(Webhook.id == leased.hook_id, Webhook.lease == leased.lease)
        begin_write().execute(mine.values(lease=None, lease_until=None), execution_options=_QUIET)
        db.session.commit()

    def _record_outcome(self, leased: LeasedMessage, outcome: Outcome) -> StopReason | None:
        """Record the outcome, unless the lease was lost; returns why the webhook is to be switched off, or None."""
        session, now = begin_write(), clock.now()
        mine = sa.select(Webhook).where(Webhook.id == leased.hook_id, Webhook.lease == leased.lease)
        hook = session.scalar(mine.with_for_update())
        if hook is None:
            session.rollback()
            return None
        hook.lease = hook.lease_until = None
        reason = None
        if outcome.trouble is None:
            hook.told, hook.tries, hook.failing_since, hook.due_at = leased.version, 0, None, now
        else:
            hook.tries += 1
            hook.failing_since = hook.failing_since or now
            hook.due_at = now + max(pause_after(hook.tries, hook.id), outcome.asks_for)
            reason = StopReason.FAILING if now - hook.failing_since >= PATIENCE else None
            reason = StopReason.GONE if outcome.status == 410 else reason
        session.flush()
        _keep(leased.hook_id, leased.version, outcome)
        session.commit()
        return reason

    @staticmethod
    def _stop(leased: LeasedMessage, reason: StopReason) -> None:
        session = begin_write()
        product = locked.lock_product(session, leased.product_id)
        hook = session.get(Webhook, leased.hook_id) if product is not None else None
        if product is not None and hook is not None and hook.failing_since is not None:
            sa.orm.attributes.set_committed_value(hook, "product", product)
            hook.stop(reason)
        if product is not None and product.recorded:
            session.commit()
        else:
            session.rollback()


def _objection(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return f"It answered with {status}, which leads elsewhere; that is never followed."
    return f"It answered with {status}."


def _keep(hook_id: int, version: int | None, outcome: Outcome) -> None:
    """Record what became of a message; of repeated tries only the last is kept.

    Messages older than the newest `KEPT` are deleted, except one that is still being tried and so holds up the others.
    """
    session = db.session()
    values = {
        "at": clock.now(),
        "took_ms": outcome.took_ms,
        "status": outcome.status,
        "answer": outcome.words,
        "trouble": outcome.trouble,
    }
    again = sa.update(WebhookMessage).where(
        WebhookMessage.webhook_id == hook_id, WebhookMessage.version == version, WebhookMessage.version.is_not(None)
    )
    done = session.execute(again.values(tries=WebhookMessage.tries + 1, **values), execution_options=_QUIET)
    if done.rowcount or (hook := session.get(Webhook, hook_id)) is None:  # type: ignore[attr-defined]
        return
    session.execute(sa.insert(WebhookMessage).values(webhook_id=hook_id, version=version, tries=1, **values))
    newest = sa.select(WebhookMessage.id).where(WebhookMessage.webhook_id == hook_id)
    newest = newest.order_by(WebhookMessage.at.desc(), WebhookMessage.id.desc()).limit(webhooks.KEPT)
    old = sa.delete(WebhookMessage).where(WebhookMessage.webhook_id == hook_id, WebhookMessage.id.not_in(newest))
    is_over = sa.or_(WebhookMessage.version.is_(None), WebhookMessage.version <= hook.told)
    session.execute(old.where(is_over), execution_options=_QUIET)
