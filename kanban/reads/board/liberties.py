"""Liberties as recorded in the log: those of one move, and how often items were passed over and limits broken."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import orm

from kanban import clock
from kanban.models import Event, Item, Liberty, LibertyKind, Product
from kanban.models.event import LIBERTIES
from kanban.reads.items.history import Line
from kanban.reads.people.people import people_by_id
from kanban.reads.words import reason_word

_GIVEN = "reason_given"
_A_MOMENT, _TWO_WEEKS = dt.timedelta(minutes=1), dt.timedelta(days=14)


def liberties_at(session: orm.Session, item: Item, version: int) -> list[Liberty]:
    """The liberties that the item's move of this version took, each with the reason given last."""
    events = session.scalars(
        sa.select(Event)
        .where(Event.product_id == item.product_id, Event.version == version, Event.item_id == item.id)
        .where(Event.kind.in_([kind.value for kind in LibertyKind]))
        .order_by(Event.seq)
    )
    given = session.scalars(
        sa.select(Event.data)
        .where(Event.item_id == item.id, Event.version > version, Event.kind == _GIVEN)
        .order_by(Event.version, Event.seq)
    )
    reasons = {data["about"]: data["reason"] for data in given if data["of_version"] == version}
    taken = [Liberty.from_event(event) for event in events]
    return [replace(each, reason=reasons.get(each.kind.value, each.reason)) for each in taken]


@dataclass(frozen=True)
class Passing:
    """One pull that passed over an item: which item was pulled instead, when, by whom and why ("" if nobody said)."""

    at: dt.datetime
    pulled: str
    who: str
    reason: str


@dataclass(frozen=True)
class Counted:
    """A reason ("" for none) and how often it was given."""

    reason: str
    times: int


@dataclass(frozen=True)
class PassedItem:
    """An item that was passed over: how often, with which reasons, and by whom; the most frequent first."""

    ref: str
    title: str
    times: int
    reasons: tuple[Counted, ...]
    people: tuple[str, ...]


@dataclass(frozen=True)
class BrokenLimit:
    """A column whose limit was broken: how often, how many items it held at most, and why."""

    column_id: int
    column: str
    times: int
    most: int
    reasons: tuple[Counted, ...]


@dataclass(frozen=True)
class Liberties:
    """Both tables for a period: items passed over and limits broken, each with the most frequent first."""

    passed: tuple[PassedItem, ...]
    broken: tuple[BrokenLimit, ...]


def read_liberties(
    session: orm.Session, product: Product, *, since: dt.date | None = None, until: dt.date = dt.date.max
) -> Liberties:
    """What was passed over and which limits were broken on these days, leaving out what was undone.

    The days are those of the product's zone.
    """
    zone, first = product.zone, since or dt.date.min
    entries = [entry for entry in _entries(session, product) if first <= clock.day_of(entry.at, zone) <= until]
    people = people_by_id(session, {entry.liberty.actor_id for entry in entries})
    names = {user_id: person.name for user_id, person in people.items()}
    return Liberties(_passed(session, product, entries, names), _broken(product, entries))


@dataclass(frozen=True)
class AboutItem:
    """What the log says about one item.

    `passed` are the pulls that passed over it, newest first; `unexplained` are the liberties of its own moves for which
    the person asking has not given a reason yet.
    """

    passed: list[Passing]
    unexplained: list[Liberty]


def about_item(session: orm.Session, product: Product, item: Item, user_id: int) -> AboutItem:
    """The liberties that concern an item, for this person.

    Of the person's own unexplained ones, at most the latest is returned. One taken less than a minute ago is left out,
    since the answer to that move asks about it already; after two weeks nobody is asked any more.
    """
    entries = _entries(session, product)
    now = clock.now()
    own = [
        entry.liberty
        for entry in entries
        if entry.number == item.number
        and entry.liberty.actor_id == user_id
        and entry.liberty.reason is None
        and _A_MOMENT < now - entry.at < _TWO_WEEKS
    ]
    return AboutItem(_passings(session, product, item.number, entries), own[-1:])


def _passings(session: orm.Session, product: Product, number: int, entries: Iterable["_Entry"]) -> list[Passing]:
    entries = [entry for entry in entries if number in entry.liberty.items]
    people = people_by_id(session, {entry.liberty.actor_id for entry in entries})
    return [
        Passing(
            at=entry.at,
            pulled=f"{product.key}-{entry.number}",
            who=people[entry.liberty.actor_id].name if entry.liberty.actor_id in people else "",
            reason=entry.liberty.reason or "",
        )
        for entry in reversed(entries)
    ]


def tell_passings(passings: Iterable[Passing], *, names: bool) -> list[Line]:
    """The pulls as sentences for people; who pulled is named only if `names`, for the owner's side."""
    return [Line(each.at, _passing_sentence(each, each.who if names else "")) for each in passings]


def _passing_sentence(passing: Passing, who: str) -> str:
    ref, reason = passing.pulled, reason_word(passing.reason)
    if who and reason:
        return _("%(who)s pulled %(ref)s before it: %(reason)s", who=who, ref=ref, reason=reason)
    if who:
        return _("%(who)s pulled %(ref)s before it", who=who, ref=ref)
    if reason:
        return _("%(ref)s was pulled before it: %(reason)s", ref=ref, reason=reason)
    return _("%(ref)s was pulled before it", ref=ref)


def times_passed(session: orm.Session, product: Product, number: int) -> int:
    """How often an item was passed over."""
    entries = _entries(session, product, LibertyKind.PASSED_OVER)
    return sum(number in entry.liberty.items for entry in entries)


@dataclass(frozen=True)
class _Entry:
    number: int | None
    at: dt.datetime
    liberty: Liberty


def _entries(session: orm.Session, product: Product, *kinds: LibertyKind) -> list[_Entry]:
    """Liberties in the order of the log, without those whose command was undone: two queries."""
    wanted = [kind.value for kind in kinds or LibertyKind]
    rows = session.execute(_TAKEN, {"product": product.id}).all()
    given = {
        (row.item_id, row.data["of_version"], row.data["about"]): row.data["reason"]
        for row in rows
        if row.kind == _GIVEN
    }
    taken = [row for row in rows if row.kind in wanted]
    undone = _undone(session, {row.item_id for row in taken if row.item_id is not None}) if taken else set()
    return [
        _Entry(
            row.number,
            row.effective_at,
            _explained(Liberty.from_event(row), given.get((row.item_id, row.version, row.kind))),
        )
        for row in taken
        if (row.item_id, row.version) not in undone
    ]


def _explained(liberty: Liberty, reason: str | None) -> Liberty:
    return liberty if reason is None else replace(liberty, reason=reason)


_TAKEN = (
    sa.select(Event.version, Event.kind, Event.item_id, Event.actor_id, Event.data, Event.effective_at, Item.number)
    .outerjoin(Item, Item.id == Event.item_id)
    .where(
        Event.product_id == sa.bindparam("product"),
        sa.text(f"event.{LIBERTIES}"),
    )
    .order_by(Event.version, Event.seq)
)


def _undone(session: orm.Session, item_ids: set[int]) -> set[tuple[int | None, int]]:
    """Pairs of (item id, version that was undone), whatever kind of event the undo recorded."""
    undoes = Event.data["undoes"].as_integer()
    query = sa.select(Event.item_id, undoes).where(Event.item_id.in_(item_ids), undoes.is_not(None))
    return {(item_id, version) for item_id, version in session.execute(query)}


def _passed(
    session: orm.Session, product: Product, entries: Iterable[_Entry], names: dict[int, str]
) -> tuple[PassedItem, ...]:
    by_item: dict[int, list[_Entry]] = defaultdict(list)
    for entry in entries:
        for number in entry.liberty.items:
            by_item[number].append(entry)
    rows = session.execute(
        sa.select(Item.number, Item.title).where(Item.product_id == product.id, Item.number.in_(by_item))
    )
    found = [
        PassedItem(
            ref=f"{product.key}-{number}",
            title=title,
            times=len(by_item[number]),
            reasons=_counted(by_item[number]),
            people=_people(by_item[number], names),
        )
        for number, title in rows
    ]
    return tuple(sorted(found, key=lambda item: (-item.times, int(item.ref.rpartition("-")[2]))))


def _people(entries: Iterable[_Entry], names: dict[int, str]) -> tuple[str, ...]:
    counts = Counter(names[entry.liberty.actor_id] for entry in entries if entry.liberty.actor_id in names)
    return tuple(name for name, _count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _broken(product: Product, entries: Iterable[_Entry]) -> tuple[BrokenLimit, ...]:
    by_column: dict[int, list[_Entry]] = defaultdict(list)
    for entry in entries:
        if entry.liberty.column is not None:
            by_column[entry.liberty.column].append(entry)
    found = [
        BrokenLimit(
            column_id=column.id,
            column=column.name,
            times=len(by_column[column.number]),
            most=max(entry.liberty.count_and_limit[0] for entry in by_column[column.number]),
            reasons=_counted(by_column[column.number]),
        )
        for column in product.columns
        if column.number in by_column
    ]
    return tuple(sorted(found, key=lambda limit: -limit.times))


def _counted(entries: Iterable[_Entry]) -> tuple[Counted, ...]:
    """The reasons with their counts, the most frequent first; "no reason" comes last."""
    counts = Counter(entry.liberty.reason or "" for entry in entries)
    ordered = sorted(counts.items(), key=lambda pair: (not pair[0], -pair[1], pair[0].casefold()))
    return tuple(Counted(reason, times) for reason, times in ordered)
