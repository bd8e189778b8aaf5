"""Notices what other processes wrote, and whose access ended while their stream is open.

What this process commits itself is announced by the hook after its commits.
"""

import logging
import threading
import time

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.background.due_loop import errors_logged
from kanban.live import RESET, Broker, Change, Listener, missed
from kanban.models import ApiToken, Member, Product, SignIn, User

log = logging.getLogger("kanban")
LOOK_S = 0.5
CHECK_S = 2.0
CHECK_ANYWAY_S = 30.0
PAUSE_S = 2.0


class Watcher(threading.Thread):
    """One thread with one database connection per process: it polls `PRAGMA data_version` on SQLite, or uses LISTEN."""

    def __init__(self, engine: sa.Engine, broker: Broker) -> None:
        super().__init__(name="live-watcher", daemon=True)
        self._engine = engine
        self._broker = broker
        self._stopping = threading.Event()
        self._checked_at = time.monotonic()

    def stop(self) -> None:
        """Ask the thread to end soon."""
        self._stopping.set()

    def run(self) -> None:
        """Watch until stopped; after an error, such as a lost database, try again two seconds later."""
        watch = self._watch_file if self._engine.dialect.name == "sqlite" else self._watch_notifications
        while not self._stopping.is_set():
            with errors_logged("live watcher"):
                try:
                    watch()
                except (sa.exc.SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error) as error:
                    log.warning("the live watcher lost the database: %s", error.__class__.__name__)
            self._stopping.wait(PAUSE_S)

    def _watch_file(self) -> None:
        with self._engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            known, is_checked = None, False
            while not self._stopping.wait(LOOK_S):
                version = raw.execute("PRAGMA data_version").fetchone()[0]
                if version != known:
                    known, is_checked = version, False
                    self.look()
                is_checked |= self._check(CHECK_ANYWAY_S if is_checked else CHECK_S)

    def _watch_notifications(self) -> None:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("LISTEN kanban")
            raw = connection.connection.dbapi_connection
            assert raw is not None
            self.look()
            while not self._stopping.is_set():
                heard = list(raw.notifies(timeout=LOOK_S, stop_after=1))
                if any(self._is_news(notice.payload) for notice in heard):
                    self.look()
                self._check(CHECK_S)

    def _is_news(self, payload: str) -> bool:
        product_id, _, version = payload.partition(":")
        return int(version) > self._broker.known_version(int(product_id))

    def look(self) -> None:
        """Announce to the open streams the versions that this process has not announced yet."""
        watched = {product_id for listener in self._broker.listeners() for product_id in listener.seen}
        if not watched:
            return
        with orm.Session(self._engine) as session:
            for product in session.scalars(sa.select(Product).where(Product.id.in_(watched))):
                known = self._broker.known_version(product.id)
                if product.version > known:
                    reset = Change(product.id, product.key, product.version - 1, product.version, kinds={RESET})
                    self._broker.tell(missed(session, product, known) or reset)

    def _check(self, every_s: float) -> bool:
        if time.monotonic() - self._checked_at < every_s:
            return False
        self._checked_at = time.monotonic()
        self.check_access()
        return True

    def check_access(self) -> None:
        """End the streams of people who signed out, were deactivated or are members no longer; at most 3 queries."""
        listeners = self._broker.listeners()
        if not listeners:
            return
        people = {listener.credential.user_id for listener in listeners}
        with orm.Session(self._engine) as session:
            rows = session.execute(
                sa.select(Member.user_id, Member.product_id)
                .join(User, User.id == Member.user_id)
                .where(User.is_active, Member.user_id.in_(people))
            )
            members = {(user_id, product_id) for user_id, product_id in rows}
            sign_ins = session.scalars(
                sa.select(SignIn).where(SignIn.user_id.in_(people), SignIn.ended_at.is_(None))
            ).all()
            tokens = session.scalars(
                sa.select(ApiToken.id).where(ApiToken.user_id.in_(people), ApiToken.ended_at.is_(None))
            ).all()
        open_ids = {sign_in.id for sign_in in sign_ins if sign_in.is_open()}
        for listener in listeners:
            if not _may_go_on(listener, members, open_ids, set(tokens)):
                listener.end(is_denied=True)


def _may_go_on(listener: Listener, members: set[tuple[int, int]], sign_ins: set[int], tokens: set[int]) -> bool:
    credential = listener.credential
    came_by = credential.sign_in_id in sign_ins or credential.token_id in tokens
    return came_by and all((credential.user_id, product_id) in members for product_id in listener.seen)
