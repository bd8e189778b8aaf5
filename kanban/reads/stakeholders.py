"""Reads and looks up a product's stakeholders: the page's list, and the entries of a pasted list; it sends nothing."""

import datetime as dt
import re
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.errors import Invalid, Missing
from kanban.models import Delivery, Level, Member, Product, Response, ResponseKind, Stakeholder, StatusUpdate
from kanban.models.user import read_email

ENTRIES_AT_MOST = 500
_ENTRY = re.compile(r'^\s*"?(?P<name>[^<>"]*?)"?\s*<(?P<email>[^<>]+)>\s*[,;]?\s*(?P<organisation>[^<>]*)$')


@dataclass(frozen=True)
class StakeholderRow:
    """One line of the page: who, what they get, the last update sent to them and whether they said they read it."""

    id: int
    name: str
    email: str
    organisation: str
    level: str
    added_at: dt.datetime
    last_update: int | None
    read_last: bool


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
            last_update=last.get(row.id, (None, False))[0],
            read_last=last.get(row.id, (None, False))[1],
        )
        for row in people
    ]


def _last_updates(session: orm.Session, product: Product) -> dict[int, tuple[int, bool]]:
    acknowledged = (
        sa.exists()
        .where(Response.delivery_id == Delivery.id, Response.kind == ResponseKind.ACKNOWLEDGED)
        .label("acknowledged")
    )
    rows = session.execute(
        sa.select(Delivery.stakeholder_id, StatusUpdate.number, acknowledged)
        .join(StatusUpdate, StatusUpdate.id == Delivery.update_id)
        .where(StatusUpdate.product_id == product.id)
        .order_by(StatusUpdate.number)
    )
    return {row[0] or 0: (row[1], row[2]) for row in rows}


def find_stakeholder(session: orm.Session, product: Product, stakeholder_id: int) -> Stakeholder:
    """One of the product's stakeholders who is not removed; Missing otherwise."""
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
class Entry:
    """A person to be added."""

    name: str
    email: str
    organisation: str = ""
    level: Level = Level.FULL


def read_entries(text: str) -> list[Entry]:
    """One person a line: `Name <a@b>, Organisation`, or a bare address. Invalid names every line it can't read."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not lines:
        raise Invalid({"people": "Write one person a line."})
    if len(lines) > ENTRIES_AT_MOST:
        raise Invalid({"people": f"At most {ENTRIES_AT_MOST} people at a time."})
    entries, broken = [], []
    for number, line in lines:
        entry = _read_entry(line)
        entries += [entry] if entry else []
        broken += [] if entry else [str(number)]
    if broken:
        where = "Line " + broken[0] if len(broken) == 1 else "Lines " + ", ".join(broken[:10])
        raise Invalid({"people": f"{where}: write Name <address@example.org>, Organisation. Nobody was added yet."})
    return entries


def _read_entry(line: str) -> Entry | None:
    match = _ENTRY.match(line)
    name, email, organisation = match.group("name", "email", "organisation") if match else ("", line, "")
    try:
        email = read_email(email)
    except Invalid:
        return None
    name = " ".join(name.split()) or email.partition("@")[0]
    organisation = " ".join(organisation.split())
    return Entry(name, email, organisation) if len(name) <= 200 and len(organisation) <= 200 else None


@dataclass(frozen=True)
class Welcomed:
    """Who was added (or came back), and who was on the list already and stayed as they were."""

    added: list[Stakeholder]
    known: list[Stakeholder]


def welcome(session: orm.Session, product: Product, entries: list[Entry], *, by: Member) -> Welcomed:
    """Put people on the list under the product's lock. One who was removed comes back with new links."""
    wanted = {read_email(entry.email): entry for entry in entries}
    there = {
        person.email: person
        for person in session.scalars(
            sa.select(Stakeholder).where(Stakeholder.product_id == product.id, Stakeholder.email.in_(list(wanted)))
        )
    }
    welcomed = Welcomed([], [])
    for email, entry in wanted.items():
        person = there.get(email)
        if person is not None and person.removed_at is None:
            welcomed.known.append(person)
            continue
        if person is None:
            person = Stakeholder(product_id=product.id, name=entry.name, email=email, added_by_id=by.user_id)
            session.add(person)
        person.come(entry.name, entry.organisation, entry.level)
        welcomed.added.append(person)
    session.flush()
    for person in welcomed.added:
        product.record("stakeholder_added", by=by, stakeholder=person.id, level=person.level.value)
    return welcomed
