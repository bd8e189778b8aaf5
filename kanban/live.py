"""Tells open screens what changed: an in-memory broker fed by the after-commit hook, and by watching for other processes.

A message carries from-version, to-version and the items touched. The first goes out at once; more within 250 ms are
merged, so that many viewers cost few rounds. Reconnecting reads the log, never the memory.
"""

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.extensions import Announcement
from kanban.models import Event, Item, Member, Product, SignIn, User

log = logging.getLogger("kanban")
MERGE_S = 0.25
PING_S = 15.0
WATCH_S = 0.5
TOO_FAR = 500
MEMBERS = frozenset({"member_let_go", "member_let_in", "handed_over"})


@dataclass
class Change:
    """What changed in one product between two versions; items by number."""

    product: int
    key: str
    since: int
    version: int
    items: set[int] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)

    def add(self, later: "Change") -> None:
        """Take in a later change of the same product."""
        self.version = max(self.version, later.version)
        self.items |= later.items
        self.kinds |= later.kinds

    def message(self) -> str:
        """The message as JSON: product, from, to, items as references, kinds."""
        items = [f"{self.key}-{number}" for number in sorted(self.items)]
        body = {"product": self.key, "from": self.since, "to": self.version, "items": items, "kinds": sorted(self.kinds)}
        return json.dumps(body)


class Listener:
    """One open stream: what it has seen of each of its products, and what it has still to be told."""

    def __init__(self, user_id: int, seen: dict[int, int]) -> None:
        self.user_id = user_id
        self.seen = seen
        self._waiting: deque[Change] = deque()
        self._wake = threading.Condition()
        self.closed = False
        self.recheck = False

    def tell(self, change: Change) -> None:
        """Hand over a change; never waits, and keeps at most one waiting change a product."""
        with self._wake:
            for waiting in self._waiting:
                if waiting.product == change.product:
                    waiting.add(change)
                    break
            else:
                self._waiting.append(
                    Change(change.product, change.key, change.since, change.version, set(change.items), set(change.kinds))
                )
            self.recheck |= bool(change.kinds & MEMBERS)
            self._wake.notify()

    def close(self) -> None:
        """End the stream soon."""
        with self._wake:
            self.closed = True
            self._wake.notify()

    def take(self, timeout: float) -> list[Change]:
        """Wait up to `timeout` seconds and take what there is, without what was seen already."""
        with self._wake:
            if not self._waiting and not self.closed:
                self._wake.wait(timeout)
            taken = list(self._waiting)
            self._waiting.clear()
        fresh = []
        for change in taken:
            seen = self.seen.get(change.product)
            if seen is None or change.version <= seen:
                continue
            change.since = seen
            self.seen[change.product] = change.version
            fresh.append(change)
        return fresh


class Broker:
    """All open streams of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()
        self._versions: dict[int, int] = {}
        self.limit = 400

    def open(self, user_id: int, seen: dict[int, int]) -> Listener | None:
        """A new listener, or None when there are as many as this process can bear."""
        with self._lock:
            if len(self._listeners) >= self.limit:
                return None
            listener = Listener(user_id, seen)
            self._listeners.add(listener)
            return listener

    def close(self, listener: Listener) -> None:
        """Forget a listener."""
        with self._lock:
            self._listeners.discard(listener)

    def close_all(self) -> None:
        """End every stream, as before a stop."""
        with self._lock:
            for listener in self._listeners:
                listener.close()

    def announce(self, told: list[Announcement], _mail: bool) -> None:
        """The after-commit hook."""
        for announcement in told:
            self.tell(
                Change(
                    announcement.product_id,
                    announcement.key,
                    announcement.version - 1,
                    announcement.version,
                    announcement.items,
                    announcement.kinds,
                )
            )

    def tell(self, change: Change) -> None:
        """Tell everybody who watches the product."""
        with self._lock:
            known = self._versions.get(change.product, 0)
            self._versions[change.product] = max(known, change.version)
            for listener in self._listeners:
                if change.product in listener.seen:
                    listener.tell(change)

    def known_version(self, product_id: int) -> int:
        """The latest version that was announced here; 0 when none was."""
        return self._versions.get(product_id, 0)

    def watched(self) -> set[int]:
        """The products that somebody watches."""
        with self._lock:
            return {product for listener in self._listeners for product in listener.seen}

    def count(self) -> int:
        """How many streams are open."""
        return len(self._listeners)


broker = Broker()


def stream(listener: Listener, may_go_on: Callable[[], bool], ident: Callable[[dict[int, int]], str]) -> Iterator[str]:
    """The text of a server-sent event stream until the client leaves, the broker closes it or access ends.

    `may_go_on` is asked when membership changed and at every ping; `ident` writes the id from product → version.
    """
    try:
        yield f"retry: 2000\nid: {ident(listener.seen)}\nevent: hello\ndata: {{}}\n\n"
        last_sent = time.monotonic()
        while not listener.closed:
            changes = listener.take(PING_S)
            if listener.recheck or not changes:
                listener.recheck = False
                if not may_go_on():
                    yield "event: ended\ndata: {}\n\n"
                    return
            for change in changes:
                yield f"id: {ident(listener.seen)}\ndata: {change.message()}\n\n"
                last_sent = time.monotonic()
            if changes:
                time.sleep(MERGE_S)
            elif time.monotonic() - last_sent >= PING_S - 1:
                yield "event: ping\ndata: {}\n\n"
                last_sent = time.monotonic()
    finally:
        broker.close(listener)


def missed(session: orm.Session, product: Product, since: int) -> Change | None:
    """What a client at version `since` missed, read from the log; None when that is too much to tell."""
    if since > product.version or product.version - since > TOO_FAR:
        return None
    change = Change(product.id, product.key, since, product.version)
    rows = session.execute(
        sa.select(Item.number, Event.kind)
        .select_from(Event)
        .outerjoin(Item, Item.id == Event.item_id)
        .where(Event.product_id == product.id, Event.version > since)
    )
    for number, kind in rows:
        change.kinds.add(kind)
        if number is not None:
            change.items.add(number)
    return change


def still_allowed(session: orm.Session, user_id: int, sign_in_id: int | None, product_ids: set[int]) -> bool:
    """Tell whether the person is still active, signed in and a member of all these products."""
    if not session.scalar(sa.select(User.is_active).where(User.id == user_id)):
        return False
    if sign_in_id is not None:
        sign_in = session.get(SignIn, sign_in_id, populate_existing=True)
        if sign_in is None or not sign_in.is_open():
            return False
    count = session.scalar(
        sa.select(sa.func.count()).where(Member.user_id == user_id, Member.product_id.in_(product_ids))
    )
    return count == len(product_ids)


class Watcher(threading.Thread):
    """Notices what other processes wrote: SQLite by `PRAGMA data_version`, PostgreSQL by NOTIFY with the version."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(name="live-watcher", daemon=True)
        self._engine = engine
        self._stop = threading.Event()

    def stop(self) -> None:
        """End soon."""
        self._stop.set()

    def run(self) -> None:
        """Watch until stopped; a database that is away for a while is asked again."""
        while not self._stop.is_set():
            try:
                if self._engine.dialect.name == "sqlite":
                    self._watch_file()
                else:
                    self._watch_notifications()
            except sa.exc.SQLAlchemyError as error:
                log.warning("live watcher: %s", error.__class__.__name__)
                self._stop.wait(2)

    def _watch_file(self) -> None:
        with self._engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            connection.rollback()
            known = None
            while not self._stop.wait(WATCH_S):
                version = raw.execute("PRAGMA data_version").fetchone()[0]
                if version != known:
                    known = version
                    self._look()

    def _watch_notifications(self) -> None:
        with self._engine.connect() as connection:
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql("LISTEN kanban")
            raw = connection.connection.dbapi_connection
            assert raw is not None
            self._look()
            while not self._stop.is_set():
                heard = list(raw.notifies(timeout=WATCH_S, stop_after=1))
                if heard:
                    self._look()

    def _look(self) -> None:
        """Tell the watched products' versions that were not announced in this process."""
        watched = broker.watched()
        if not watched:
            return
        with orm.Session(self._engine) as session:
            for product in session.scalars(sa.select(Product).where(Product.id.in_(watched))):
                known = broker.known_version(product.id)
                if known == 0:
                    broker.tell(Change(product.id, product.key, product.version - 1, product.version))
                elif product.version > known:
                    change = missed(session, product, known)
                    broker.tell(change or Change(product.id, product.key, known, product.version, kinds={"reset"}))


def notify_others(engine: sa.Engine) -> Callable[[list[Announcement], bool], None]:
    """An after-commit hook that tells the other processes on PostgreSQL; on SQLite they see the file change."""

    def notify(told: list[Announcement], _mail: bool) -> None:
        if told and engine.dialect.name == "postgresql":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("NOTIFY kanban")

    return notify
