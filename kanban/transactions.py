"""The database session's two kinds of transaction (reading and writing), writing the log, and the after-commit hook."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, orm

from kanban.direct.prepared import Prepared
from kanban.errors import Busy
from kanban.extensions import db
from kanban.models import Delivery, Event, Product

WAIT_S = 30.0
# How many seconds a PostgreSQL connection may be idle before it is pinged when it is next used.
REST_S = 1.0


class FairLock:
    """A lock that serves those who wait in the order in which they came."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._held = False

    def acquire(self, timeout: float) -> bool:
        with self._guard:
            if not self._held and not self._waiting:
                self._held = True
                return True
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(timeout):
            return True
        with self._guard:
            if turn.is_set():
                return True
            self._waiting.remove(turn)
        return False

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


_write_lock = FairLock()
_WRITE: dict[str, dict[str, Any]] = {
    "sqlite": {"write": True},
    "postgresql": {"write": True, "isolation_level": "READ COMMITTED"},
}


def begin_write(*, wait_s: float | None = None) -> orm.Session:
    """End the read under way, drop what it loaded and begin a transaction that may write.

    On SQLite it waits in line for the process's write lock before it takes a connection, so that waiting writers hold
    none; then it runs BEGIN IMMEDIATE. The lock is released when the transaction ends, in whatever way. Raises Busy if
    the wait takes longer than `wait_s` (default: 30).
    """
    session = db.session()
    session.expunge_all()  # before the rollback, which would empty the objects: who is asking must stay readable
    session.rollback()
    if db.engine.dialect.name == "sqlite":
        if not _write_lock.acquire(WAIT_S if wait_s is None else wait_s):
            raise Busy
        session.info["holds_lock"] = True
    session.info["writing"], session.info["log"] = True, []
    try:
        session.connection(execution_options=_WRITE[db.engine.dialect.name])
    except BaseException:
        session.rollback()
        _end(session)
        raise
    return session


_BEGIN = Prepared(sa.text("BEGIN IMMEDIATE"))


def settle_engine(engine: sa.Engine) -> None:
    """Set an engine up for the two kinds of transaction; on SQLite also set its pragmas.

    On PostgreSQL reads run outside any transaction, which saves two round trips (inside one, too, each statement would
    see its own moment); and a connection is pinged only after it has been idle for a while.
    """
    if engine.dialect.name != "sqlite":
        _ask_after_a_rest(engine)
        return

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=20000",
            "secure_delete=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("write", False)
        if writes:
            _BEGIN.write(connection, {})
        else:  # twice in a move; without SQLAlchemy it takes a tenth of the time, and it can't fail
            connection.connection.cursor().execute("BEGIN")


def _ask_after_a_rest(engine: sa.Engine) -> None:
    """Ping a connection that was idle; if it is dead, the server was restarted: discard all connections of the pool."""

    @event.listens_for(engine, "checkin")
    def _note(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _ask(connection: Any, record: Any, _proxy: Any) -> None:
        since = record.info.get("rests_since")
        if since is None or time.monotonic() - since < REST_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise sa.exc.InvalidatePoolError from error


@dataclass
class Announcement:
    """What one committed command changed in one product; items by number."""

    product_id: int
    key: str
    version: int
    items: set[int] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)


Subscriber = Callable[[list[Announcement], bool], None]
_subscribers: list[Subscriber] = []


def on_commit(subscriber: Subscriber) -> None:
    """Register a function to call after every commit with what that changed, and whether it put mail into the outbox.

    The function must be quick and must not raise.
    """
    if subscriber not in _subscribers:
        _subscribers.append(subscriber)


@event.listens_for(db.session, "before_flush")
def _only_in_a_write(session: orm.Session, _context: Any, _instances: Any) -> None:
    if not session.info.get("writing"):
        raise RuntimeError("Something was changed outside a write transaction: the gate’s change_* begins one.")


@event.listens_for(db.session, "do_orm_execute")
def _only_in_a_write_either(state: orm.ORMExecuteState) -> None:
    if (state.is_insert or state.is_update or state.is_delete) and not state.session.info.get("writing"):
        raise RuntimeError("A statement that writes ran outside a write transaction.")


@event.listens_for(db.session, "after_flush")
def _collect(session: orm.Session, _context: Any) -> None:
    note_new(session, session.new)
    _write_log(session)


def note_new(session: orm.Session, made: Iterable[Any]) -> None:
    """Note what has to be announced after the commit about objects that were just written."""
    told: dict[int, Announcement] = session.info.setdefault("told", {})
    for instance in made:
        if isinstance(instance, Event):
            _note(session, told, instance)
        elif isinstance(instance, Delivery):
            session.info["mail"] = True


def _write_log(session: orm.Session) -> None:
    """Write the log entries that wait in the session (see Product.record), after the rows that they are about.

    Not inside a savepoint, since the entries are older than it and must survive if it is rolled back.
    """
    entries: list[Event] = session.info.get("log", [])
    if not entries or session.in_nested_transaction():
        return
    told: dict[int, Announcement] = session.info.setdefault("told", {})
    for entry in entries:
        _note(session, told, entry)
    _ENTRIES.write(session.connection(), *map(_row, entries))
    entries.clear()


def _row(entry: Event) -> dict[str, Any]:
    values = {name: entry.__dict__.get(name) for name in _ENTRY}
    if values["item_id"] is None and (item := entry.__dict__.get("item")) is not None:
        if item.id is None:
            raise RuntimeError("An entry of the log was to be written before the item that it is about.")
        values["item_id"] = item.id
    return values


_ENTRIES = Prepared(sa.insert(Event.__table__))  # type: ignore[arg-type]
_ENTRY = tuple(Event.__table__.columns.keys())


def _note(session: orm.Session, told: dict[int, Announcement], entry: Event) -> None:
    product = session.identity_map.get(orm.util.identity_key(Product, entry.product_id))
    key = product.key if isinstance(product, Product) else ""
    announcement = told.setdefault(entry.product_id, Announcement(entry.product_id, key, entry.version))
    announcement.version = max(announcement.version, entry.version)
    announcement.kinds.add(entry.kind)
    item = entry.__dict__.get("item")
    if item is not None:
        announcement.items.add(item.number)


@event.listens_for(db.session, "before_commit")
def _tell_other_processes(session: orm.Session) -> None:
    """On PostgreSQL, notify other processes as part of the commit; on SQLite they see that the file has changed."""
    if not session.info.get("writing") or session.in_nested_transaction():
        return
    session.flush()
    _write_log(session)  # if there was nothing to flush, they have not been written yet
    told: dict[int, Announcement] = session.info.get("told", {})
    if told and db.engine.dialect.name == "postgresql":
        for announcement in told.values():
            words = f"{announcement.product_id}:{announcement.version}"
            session.execute(sa.select(sa.func.pg_notify("kanban", words)))


@event.listens_for(db.session, "after_commit")
def _announce(session: orm.Session) -> None:
    if session.in_nested_transaction():
        return
    told = list(session.info.pop("told", {}).values())
    mail = session.info.pop("mail", False)
    if told or mail:
        for subscriber in _subscribers:
            subscriber(told, mail)


@event.listens_for(db.session, "after_rollback")
def _forget(session: orm.Session) -> None:
    session.info.pop("told", None)
    session.info.pop("mail", None)


@event.listens_for(db.session, "after_transaction_end")
def _release(session: orm.Session, transaction: orm.SessionTransaction) -> None:
    if transaction.parent is None:
        _end(session)


def _end(session: orm.Session) -> None:
    session.info.pop("writing", None)
    session.info.pop("log", None)
    if session.info.pop("holds_lock", False):
        _write_lock.release()
