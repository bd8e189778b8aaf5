"""What the mail worker does between mails, each duty at its own interval.

Publish updates whose time has come, delete files that are no longer wanted, do the products' daily chores, let requests
follow their items, and notify members of what others did.
"""

import logging
import time
from collections.abc import Callable

from flask import Flask

from kanban import clock
from kanban.attachments import KEPT_AFTER_REMOVAL, Store
from kanban.background import chores, following, notifying, scheduling
from kanban.config import Config
from kanban.extensions import db
from kanban.reads.items import attachments

PUBLISH_EVERY_S = 5.0
SWEEP_EVERY_S = 3600.0
FOLLOW_EVERY_S = 10.0
NOTIFY_EVERY_S = 5.0
log = logging.getLogger(__name__)


class Duties:
    """The duties of one worker and when each is due next; all are due at the start."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._sweep_at = self._chores_at = self._follow_at = self._notify_at = self._digests_at = time.monotonic()
        self._publish_at = time.monotonic()
        self._updates: list[tuple[int, int]] = []
        self._products: list[int] = []
        self._behind: list[int] = []

    @property
    def each(self) -> tuple[Callable[[], bool], ...]:
        """The duties in order; each does what is due and returns whether more is waiting to be done at once."""
        return (
            self._publish,
            self._sweep,
            self._do_a_chore,
            self._follow_items,
            self._notify,
            self._send_digests,
        )

    def _publish(self) -> bool:
        """Publish one update at most, so that one that fails does not hold up the others."""
        if not self._updates and time.monotonic() >= self._publish_at:
            self._publish_at = time.monotonic() + PUBLISH_EVERY_S
            self._updates = scheduling.updates_due(self._app)
        if self._updates:
            scheduling.publish_due(self._app, *self._updates.pop())
        return bool(self._updates)

    def _sweep(self) -> bool:
        if time.monotonic() >= self._sweep_at:
            self._sweep_at = time.monotonic() + SWEEP_EVERY_S
            following.forget_newcomers(self._app)
            sweep_files(self._app)
        return False

    def _do_a_chore(self) -> bool:
        """Do the chores of one product at most, so that mail never waits for longer than that."""
        if not self._products and time.monotonic() >= self._chores_at:
            self._chores_at = time.monotonic() + chores.EVERY_S
            self._products = chores.products_due(self._app)
        if self._products:
            chores.do_chores(self._app, self._products.pop())
        return bool(self._products)

    def _follow_items(self) -> bool:
        if time.monotonic() >= self._follow_at:
            self._follow_at = time.monotonic() + FOLLOW_EVERY_S
            following.follow_items(self._app)
        return False

    def _notify(self) -> bool:
        """Notify about one product at a time, so that a product whose log can't be read does not hold up the others."""
        if not self._behind and time.monotonic() >= self._notify_at:
            self._notify_at = time.monotonic() + NOTIFY_EVERY_S
            self._behind = notifying.products_behind(self._app)
        if self._behind:
            notifying.notify(self._app, self._behind.pop())
        return bool(self._behind)

    def _send_digests(self) -> bool:
        if time.monotonic() >= self._digests_at:
            self._digests_at = time.monotonic() + chores.EVERY_S
            notifying.send_digests(self._app)
        return False


def sweep_files(app: Flask) -> int:
    """Delete attached files that were removed a day ago, or that no row refers to; returns how many.

    Does nothing if the database has never known a file: it may be the wrong one for this folder.
    """
    config: Config = app.config["KANBAN"]
    with app.app_context():
        session = db.session()
        if not config.attachments_dir.is_dir() or not attachments.knows_files(session):
            return 0
        since = clock.now() - KEPT_AFTER_REMOVAL
        count = Store(config.attachments_dir).sweep(
            lambda prefix: attachments.wanted_files(session, prefix, removed_since=since),
            older_than_s=KEPT_AFTER_REMOVAL.total_seconds(),
        )
        if count:
            log.info("%s files of attachments were swept", count)
        return count
