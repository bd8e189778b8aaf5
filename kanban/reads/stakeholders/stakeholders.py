"""The list of a product's stakeholders, single ones, and putting people on the list; sends nothing."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext, ngettext
from sqlalchemy import orm

from kanban.errors import Missing
from kanban.models import Delivery, DeliveryState, Member, Product, Response, ResponseKind, Stakeholder, StatusUpdate
from kanban.reads.people.people import namesake_addresses
from kanban.reads.stakeholders.entries import Entry, merge_entries

SHOWN_AT_MOST = 200
_NO_UPDATE = (None, False, False)


@dataclass(frozen=True)
class StakeholderRow:
    """One line of the page: who it is, what they get, the last update sent to them, and what became of it."""

    id: int
    name: str
    email: str
    organisation: str
    level: str
    added_at: dt.datetime
    last_update: int | None
    read_last: bool
    is_refused: bool


def search_stakeholders(rows: list[StakeholderRow], words: str, *, start: int = 0) -> tuple[list[StakeholderRow], int]:
    """One page of the rows in whose name, address or organisation all words occur, and how many there are in all."""
    wanted = words.casefold().split()
    found = [
        row for row in rows if all(word in f"{row.name} {row.email} {row.organisation}".casefold() for word in wanted)
    ]
    return found[start : start + SHOWN_AT_MOST], len(found)


def list_stakeholders(session: orm.Session, product: Product) -> list[StakeholderRow]:
    """The product's stakeholders by name; two queries."""
    people = session.execute(
        sa.select(
            Stakeholder.id,
            Stakeholder.name,
            Stakeholder.email,
            Stakeholder.organisation,
            Stakeholder.level,
            Stakeholder.added_at,
        )
        .where(Stakeholder.product_id == product.id, Stakeholder.removed_at.is_(None))
        .order_by(sa.func.lower(Stakeholder.name), Stakeholder.id)
    )
    last = _last_updates(session, product)
    return [
        StakeholderRow(
            id=row.id,
            name=row.name,
            email=row.email,
            organisation=row.organisation,
            level=row.level.value,
            added_at=row.added_at,
            last_update=last.get(row.id, _NO_UPDATE)[0],
            read_last=last.get(row.id, _NO_UPDATE)[1],
            is_refused=last.get(row.id, _NO_UPDATE)[2],
        )
        for row in people
    ]


def choices_among(people: Iterable[StakeholderRow | Stakeholder]) -> list[tuple[str, str, str]]:
    """The people as a form offers them: id, name, and organisation.

    The address is added where somebody else has the same name and organisation.
    """
    listed = list(people)
    also = namesake_addresses((one.id, f"{one.name} {one.organisation}", one.email) for one in listed)
    return [(str(one.id), one.name, " · ".join(filter(None, (one.organisation, also.get(one.id))))) for one in listed]


def _last_updates(session: orm.Session, product: Product) -> dict[int, tuple[int, bool, bool]]:
    acknowledged = (
        sa.exists()
        .where(Response.delivery_id == Delivery.id, Response.kind == ResponseKind.ACKNOWLEDGED)
        .label("acknowledged")
    )
    rows = session.execute(
        sa.select(Delivery.stakeholder_id, StatusUpdate.number, acknowledged, Delivery.state)
        .join(StatusUpdate, StatusUpdate.id == Delivery.update_id)
        .where(StatusUpdate.product_id == product.id)
        .order_by(StatusUpdate.number)
    )
    return {row[0] or 0: (row[1], row[2], row[3] is DeliveryState.REFUSED) for row in rows}


def find_stakeholder(session: orm.Session, product: Product, stakeholder_id: int) -> Stakeholder:
    """The product's stakeholder with this id; raises Missing if there is none or it was removed."""
    found = session.scalar(
        sa.select(Stakeholder).where(
            Stakeholder.product_id == product.id,
            Stakeholder.id == stakeholder_id,
            Stakeholder.removed_at.is_(None),
        )
    )
    if found is None:
        raise Missing
    return found


@dataclass(frozen=True)
class Welcomed:
    """Who was added (or came back), and who was on the list already.

    `merged` are those already there whose empty fields were filled.
    """

    added: list[Stakeholder]
    known: list[Stakeholder]
    merged: list[Stakeholder]


def welcome(session: orm.Session, product: Product, entries: list[Entry], *, by: Member) -> Welcomed:
    """Put people on the list under the product's lock.

    Somebody who was removed comes back with new links; for somebody already on the list, only empty fields are filled.
    """
    wanted = merge_entries(entries)
    there = known_addresses(session, product, wanted)
    welcomed = Welcomed([], [], [])
    for email, entry in wanted.items():
        person = there.get(email)
        if person is not None and person.removed_at is None:
            welcomed.known.append(person)
            if person.merge(organisation=entry.organisation, reason=entry.reason):
                welcomed.merged.append(person)
            continue
        if person is None:
            person = Stakeholder(product_id=product.id, name=entry.name, email=email)
            session.add(person)
        person.come(entry.name, entry.organisation, entry.level, reason=entry.reason, by_id=by.user_id)
        welcomed.added.append(person)
    session.flush()
    for person in welcomed.added:
        product.record("stakeholder_added", by=by, stakeholder=person.id, level=person.level.value)
    for person in welcomed.merged:
        product.record("stakeholder_changed", by=by, stakeholder=person.id, level=person.level.value)
    return welcomed


def known_addresses(session: orm.Session, product: Product, emails: Iterable[str]) -> dict[str, Stakeholder]:
    """The people with these addresses that the product knows, including those taken off the list."""
    query = sa.select(Stakeholder).where(Stakeholder.product_id == product.id, Stakeholder.email.in_(list(emails)))
    return {person.email: person for person in session.scalars(query)}


def summarise(welcomed: Welcomed) -> tuple[str, str]:
    """The result in one or two sentences, and the tone in which to show it."""
    n_added, n_known = len(welcomed.added), len(welcomed.known)
    words = [ngettext("One person was added.", "%(num)d people were added.", n_added)] if n_added else []
    if n_known:
        words.append(
            ngettext("One address was already on the list.", "%(num)d addresses were already on the list.", n_known)
        )
    return " ".join(words) or gettext("Nobody was added."), "good" if n_added else "plain"


@dataclass(frozen=True)
class Planned:
    """What putting these people on the list would do: who is new, who comes back, who is on it already.

    `doubled` is how many entries repeat an address.
    """

    new: list[Entry]
    back: list[Entry]
    known: list[Entry]
    doubled: int


def plan_welcome(session: orm.Session, product: Product, entries: list[Entry]) -> Planned:
    """Work out what `welcome` would do, without changing anything."""
    wanted = merge_entries(entries)
    there = known_addresses(session, product, wanted)
    plan = Planned([], [], [], len(entries) - len(wanted))
    for email, entry in wanted.items():
        person = there.get(email)
        (plan.new if person is None else plan.back if person.removed_at else plan.known).append(entry)
    return plan
