"""The log of a product in the order of its versions, for the API, with the references and ids that the API uses."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Commitment, Event, Item, Milestone, Product, Question, Request, StatusUpdate, User


@dataclass(frozen=True, slots=True)
class Entry:
    """One event.

    In `data`, columns, questions, updates, milestones, commitments and requests are ids, items are references, people
    are email addresses.
    """

    version: int
    seq: int
    kind: str
    ref: str | None
    actor: str | None
    at: dt.datetime
    effective_at: dt.datetime
    data: dict[str, Any]


@dataclass(frozen=True)
class Page:
    """Whole versions in their order; `next` is the last of them if more follow, else None."""

    entries: list[Entry]
    next: int | None


def read_log(session: orm.Session, product: Product, *, after: int, limit: int) -> Page:
    """About `limit` events after a version; more if the first version alone has more, since no version is split."""
    mine = sa.select(Event, Item.number).outerjoin(Item, Item.id == Event.item_id)
    mine = mine.where(Event.product_id == product.id, Event.version > after).order_by(Event.version, Event.seq)
    rows = session.execute(mine.limit(limit + 1)).all()
    next_ = None
    if len(rows) > limit:
        first, cut = rows[0].Event.version, rows[-1].Event.version
        last = max(first, cut - 1)
        if first == cut:
            rows = session.execute(mine.where(Event.version == first)).all()
        rows = [row for row in rows if row.Event.version <= last]
        next_ = last if last < max(cut, product.version) else None
    return Page(_Words(session, product, [row.Event for row in rows]).tell(rows), next_)


def read_version(
    session: orm.Session, product: Product, version: int, *which: sa.ColumnElement[bool], limit: int
) -> tuple[list[Entry], int]:
    """The first events of one version that meet these conditions, and how many more there are."""
    mine = sa.select(Event, Item.number).outerjoin(Item, Item.id == Event.item_id)
    mine = mine.where(Event.product_id == product.id, Event.version == version, *which)
    rows = session.execute(mine.order_by(Event.seq).limit(limit + 1)).all()
    left_out = 0
    if len(rows) > limit:
        left_out = (session.scalar(sa.select(sa.func.count()).select_from(mine.subquery())) or 0) - limit
        rows = rows[:limit]
    return _Words(session, product, [row.Event for row in rows]).tell(rows), left_out


_COLUMNS, _ITEMS, _PEOPLE = (
    ("column", "from", "to", "order"),
    ("after", "whole", "items", "other"),
    ("person", "former", "people"),
)


_NUMBERED: tuple[tuple[str, type[Any]], ...] = (
    ("question", Question),
    ("update", StatusUpdate),
    ("milestone", Milestone),
    ("was_for", Milestone),
    ("commitment", Commitment),
    ("request", Request),
)


class _Words:
    """Translates the numbers and ids in events into what the API calls these things."""

    def __init__(self, session: orm.Session, product: Product, events: Sequence[Event]) -> None:
        self._key = product.key
        self._columns = {column.number: column.id for column in product.columns}
        self._people = _addresses(session, events)
        self._rows: dict[str, dict[int, int]] = {
            name: _ids(session, product, model, {event.data.get(name) for event in events}) for name, model in _NUMBERED
        }

    def tell(self, rows: Iterable[Any]) -> list[Entry]:
        return [
            Entry(
                version=event.version,
                seq=event.seq,
                kind=event.kind,
                ref=self._item(number) if number is not None else None,
                actor=self._people.get(event.actor_id),
                at=event.at,
                effective_at=event.effective_at,
                data={name: self._word(event.kind, name, value) for name, value in event.data.items()},
            )
            for event, number in rows
        ]

    def _word(self, kind: str, name: str, value: Any) -> Any:
        if isinstance(value, list) and (name in (*_COLUMNS, *_ITEMS, *_PEOPLE) or (kind, name) == ("assigned", "was")):
            return [self._word(kind, "person" if name == "was" else name, each) for each in value]
        if isinstance(value, dict) and name == "was":
            return {inner: self._word(kind, inner, each) for inner, each in value.items()}
        if not isinstance(value, int) or isinstance(value, bool):
            return value
        if name in _COLUMNS:
            return self._columns.get(value)
        if name in _ITEMS:
            return self._item(value)
        if name in _PEOPLE:
            return self._people.get(value)
        return self._rows[name].get(value) if name in self._rows else value

    def _item(self, number: int) -> str:
        return f"{self._key}-{number}"


def _addresses(session: orm.Session, events: Sequence[Event]) -> Mapping[int | None, str]:
    ids: set[Any] = {event.actor_id for event in events}
    for event in events:
        ids |= {event.data.get("person"), event.data.get("former"), *event.data.get("people", ())}
        if event.kind == "assigned":
            ids |= set(event.data.get("was", ()))
    rows = session.execute(sa.select(User.id, User.email).where(User.id.in_(ids - {None})))
    return {user_id: email for user_id, email in rows}


def _ids(session: orm.Session, product: Product, model: type[Any], numbers: set[Any]) -> dict[int, int]:
    if not numbers - {None}:
        return {}
    query = sa.select(model.number, model.id).where(model.product_id == product.id, model.number.in_(numbers - {None}))
    return {number: row_id for number, row_id in session.execute(query)}
