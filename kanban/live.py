"""Tells open screens what changed: one broker in memory, fed by the after-commit hook and by the watcher.

A message carries from-version, to-version and the items touched. The first goes out at once; those that follow within
250 ms are merged, so that many viewers cause few requests. A client that reconnects catches up from the log, never from
memory. No stream holds a database session.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import flask
import sqlalchemy as sa
from sqlalchemy import orm

from kanban import identity
from kanban.errors import Busy
from kanban.extensions import db
from kanban.identity import Credential
from kanban.models import Event, Item, Product
from kanban.transactions import Announcement, on_commit

MERGE_S = 0.25
PING_S = 15.0
TOO_FAR = 500
RESET = "reset"


@dataclass
class Change:
    """What changed in one product after version `since`, up to and including `version`; items by number."""

    product: int
    key: str
    since: int
    version: int
    items: set[int] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)

    def add(self, other: "Change") -> None:
        """Merge in another change of the same product; if one in between is missing, `since` moves past the gap."""
        if other.since > self.version:
            self.since = other.since
        elif other.version >= self.since:
            self.since = min(self.since, other.since)
        self.version = max(self.version, other.version)
        self.items |= other.items
        self.kinds |= other.kinds
        if len(self.items) > TOO_FAR:
            self.items, self.kinds = set(), {RESET}

    def message(self) -> str:
        """The message as JSON: product, from, to, items as references, kinds."""
        items = [f"{self.key}-{number}" for number in sorted(self.items)]
        span = {"product": self.key, "from": self.since, "to": self.version}
        return json.dumps({**span, "items": items, "kinds": sorted(self.kinds)})


class Listener:
    """One open stream: the credential that opened it, the version of each product it has seen, and changes to send."""

    def __init__(self, credential: Credential, seen: Mapping[int, int]) -> None:
        self.credential = credential
        self.seen = dict(seen)
        self.is_denied = False
        self._waiting: dict[int, Change] = {}
        self._ended = threading.Event()
        self._wake = threading.Condition()

    def tell(self, change: Change) -> None:
        """Hand over a change; never blocks, and keeps at most one pending change per product."""
        with self._wake:
            waiting = self._waiting.get(change.product)
            if waiting is not None:
                waiting.add(change)
            else:
                self._waiting[change.product] = replace(change, items=set(change.items), kinds=set(change.kinds))
            self._wake.notify()

    def end(self, *, is_denied: bool = False) -> None:
        """End the stream now; `is_denied` tells the client not to reconnect."""
        self.is_denied = self.is_denied or is_denied
        self._ended.set()
        with self._wake:
            self._wake.notify()

    @property
    def has_ended(self) -> bool:
        """Whether the stream has ended."""
        return self._ended.is_set()

    def rest(self, length_s: float) -> None:
        """Wait for this long, unless the stream ends in the meantime."""
        self._ended.wait(length_s)

    def take(self, timeout_s: float) -> list[Change]:
        """Wait at most this long for changes and take them.

        Their `since` is the version last seen, unless changes in between are missing.
        """
        with self._wake:
            self._wake.wait_for(lambda: self._waiting or self.has_ended, timeout_s)
            taken, self._waiting = self._waiting, {}
        fresh = []
        for change in taken.values():
            seen = self.seen[change.product]
            if change.version > seen:
                change.since = seen if change.since <= seen else change.since
                self.seen[change.product] = change.version
                fresh.append(change)
        return fresh


class Broker:
    """All open streams of this process, and the newest version of each product that it has heard of."""

    def __init__(self, limit: int = 400) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()
        self._versions: dict[int, int] = {}
        self._is_over = False

    def open(self, credential: Credential, seen: Mapping[int, int]) -> Listener:
        """Register a new listener; Busy if this process has as many as it can serve, or this person half as many."""
        with self._lock:
            own = sum(listener.credential.user_id == credential.user_id for listener in self._listeners)
            if len(self._listeners) >= self.limit or own >= max(self.limit // 2, 1):
                raise Busy("Too many open screens just now. This one follows when another is closed.")
            listener = Listener(credential, seen)
            self._listeners.add(listener)
            if self._is_over:
                listener.end()
            return listener

    def forget(self, listener: Listener) -> None:
        """Drop this listener."""
        listener.end()
        with self._lock:
            self._listeners.discard(listener)

    def end_all(self) -> None:
        """End every stream before a stop, and each that is opened after that over a connection still open."""
        self._is_over = True
        for listener in self.listeners():
            listener.end()

    def listeners(self) -> list[Listener]:
        """The streams open at this moment."""
        with self._lock:
            return list(self._listeners)

    def announce(self, told: list[Announcement], _mail: bool) -> None:
        """The after-commit hook."""
        for each in told:
            kinds = {RESET} if "imported" in each.kinds else each.kinds  # its items were not named one by one
            self.tell(Change(each.product_id, each.key, each.version - 1, each.version, each.items, kinds))

    def tell(self, change: Change) -> None:
        """Tell every stream that watches the product."""
        self.note(change.product, change.version)
        for listener in self.listeners():
            if change.product in listener.seen:
                listener.tell(change)

    def note(self, product_id: int, version: int) -> None:
        """Remember that streams were told of this version or have read it."""
        with self._lock:
            self._versions[product_id] = max(self._versions.get(product_id, 0), version)

    def known_version(self, product_id: int) -> int:
        """The newest version heard of; 0 if none."""
        return self._versions.get(product_id, 0)


broker = Broker()


def init_app(_app: flask.Flask) -> None:
    """Subscribe the broker to every commit of this process."""
    on_commit(broker.announce)


Ident = Callable[[Mapping[int, int]], str]


def answer(products: list[Product], last: Mapping[int, int], ident: Ident) -> flask.Response:
    """The response with an event stream of these products, which the person may see.

    `last` (product id → version) is where to resume; `ident` makes the id of a message from product id → version.
    """
    seen = {product.id: last.get(product.id, product.version) for product in products}
    listener = broker.open(identity.credential(), seen)
    try:
        _catch_up(listener)
    except BaseException:
        broker.forget(listener)
        raise
    keys = {product.id: product.key for product in products}
    response = flask.Response(_stream(listener, keys, ident), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(lambda: broker.forget(listener))
    return response


def _catch_up(listener: Listener) -> None:
    """Hand over what happened since `seen`. The listener is registered before this reads, so that nothing is missed."""
    session = db.session()
    session.rollback()
    for product in session.scalars(sa.select(Product).where(Product.id.in_(listener.seen))):
        seen = listener.seen[product.id]
        broker.note(product.id, product.version)
        if seen > product.version:
            listener.seen[product.id] = 0
        if seen != product.version:
            reset = Change(product.id, product.key, product.version - 1, product.version, kinds={RESET})
            listener.tell(missed(session, product, seen) or reset)
    session.rollback()


def missed(session: orm.Session, product: Product, since: int) -> Change | None:
    """What a client at version `since` missed, read from the log; None when that is too much to tell."""
    if not product.version - TOO_FAR <= since <= product.version:
        return None
    change = Change(product.id, product.key, since, product.version)
    rows = session.execute(
        sa.select(Item.number, Event.kind)
        .select_from(Event)
        .outerjoin(Item, Item.id == Event.item_id)
        .where(Event.product_id == product.id, Event.version > since, Event.version <= product.version)
        .distinct()
    ).all()
    change.kinds = {kind for _, kind in rows}
    change.items = {number for number, _ in rows if number is not None}
    return change if len(change.items) <= TOO_FAR else None


def _stream(listener: Listener, keys: Mapping[int, str], ident: Ident) -> Iterator[str]:
    """The text of the stream until the client leaves, the server stops or access ends."""
    versions = json.dumps({"versions": {keys[product_id]: version for product_id, version in listener.seen.items()}})
    yield f"retry: 2000\nid: {ident(listener.seen)}\nevent: hello\ndata: {versions}\n\n"
    while True:
        changes = listener.take(PING_S)
        if listener.has_ended:
            break
        for change in changes:
            yield f"id: {ident(listener.seen)}\ndata: {change.message()}\n\n"
        if changes:
            listener.rest(MERGE_S)
        else:
            yield "event: ping\ndata: {}\n\n"
    if listener.is_denied:
        yield "event: ended\ndata: {}\n\n"
