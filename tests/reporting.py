"""Steps of reporting for tests of pages: list stakeholders, begin a draft, send its form, publish."""

from typing import Any

import sqlalchemy as sa

from kanban.mail import links
from kanban.mail.links import Purpose
from kanban.models import Delivery, Response, Stakeholder, StatusUpdate
from kanban.reads.stakeholders.entries import Entry
from kanban.reads.stakeholders.stakeholders import welcome
from kanban.reads.updates import draft, updates
from kanban.reads.updates.beginning import read_beginning
from kanban.status.draft_text import LINE_FIELDS, SECTION_KINDS
from tests.builders import World

UPDATES = "/products/FE/updates"


def add_stakeholders(world: World, *names: str) -> None:
    """Add stakeholders, each with an address made from the name."""
    with world.changing() as (session, product, member):
        entries = [Entry(name, f"{name.lower()}@island.example.org", "Finance") for name in names]
        welcome(session, product, entries, by=member)


def begin(world: World, by: str = "olga") -> int:
    """Begin a draft with the present facts; returns its number."""
    with world.changing(by) as (session, product, member):
        started = StatusUpdate.draft(product, by=member, **read_beginning(session, product).keywords)
        session.add(started)
        return started.number


def form_of(world: World, number: int, **words: Any) -> dict[str, Any]:
    """The draft's form as its page would send it, with these words changed; `lines` adds lines of {kind, text, …}."""
    with world.reading() as session:
        written = draft.saved_words(session.scalars(sa.select(StatusUpdate).where(StatusUpdate.number == number)).one())
    saved = [line for section in written.sections for line in section["lines"]]
    lines: list[dict[str, Any]] = [*saved, *words.pop("lines", [])]
    form: dict[str, Any] = {"revision": str(written.revision), **written.words}
    lines = sorted(
        lines + [{"kind": kind} for kind in SECTION_KINDS], key=lambda line: SECTION_KINDS.index(line["kind"])
    )
    for name in ("kind", *LINE_FIELDS):
        form[f"line_{name}"] = [line.get(name, "") for line in lines]
    form["line_place"] = [str(line["place"]) if "place" in line else f"new-{line['kind']}" for line in lines]
    return {**form, **words}


def publish(world: World, number: int, headline: str = "All is well") -> None:
    """Give the draft a headline and publish it as its owner."""
    with world.changing() as (session, product, member):
        update = updates.update_under_lock(session, product, number)
        assert update is not None
        last = updates.last_published(session, product)
        update.edit({"headline": headline}, by=member)
        update.publish(updates.recipients(session, product), before=last.health if last else None, by=member)


def found(world: World, number: int) -> StatusUpdate:
    """The update as it is stored."""
    with world.reading() as session:
        update = session.scalars(sa.select(StatusUpdate).where(StatusUpdate.number == number)).one()
        session.expunge_all()
        return update


def link_of(world: World, name: str, purpose: Purpose, number: int = 1) -> str:
    """The address of this person's link for one purpose in the mail of an update."""
    with world.reading() as session:
        delivery_id, serial = session.execute(
            sa.select(Delivery.id, Stakeholder.link_serial)
            .join(Stakeholder, Stakeholder.id == Delivery.stakeholder_id)
            .join(StatusUpdate, StatusUpdate.id == Delivery.update_id)
            .where(Stakeholder.name == name, StatusUpdate.number == number)
        ).one()
    return "/u/" + links.sign(world.app.config["KANBAN"].secret_key, purpose, delivery_id, serial)


def person(world: World, name: str) -> Stakeholder:
    """A stakeholder as stored."""
    with world.reading() as session:
        found_person = session.scalars(sa.select(Stakeholder).where(Stakeholder.name == name)).one()
        session.expunge_all()
        return found_person


def deliveries(world: World, kind: str = "update") -> list[tuple[str, str]]:
    """(name, state) of the mails of a kind, by name."""
    with world.reading() as session:
        rows = session.execute(
            sa.select(Stakeholder.name, Delivery.state)
            .join(Delivery, Delivery.stakeholder_id == Stakeholder.id)
            .where(Delivery.kind == kind)
            .order_by(Stakeholder.name, Delivery.id)
        )
        return [(name, state.value) for name, state in rows]


def answers(world: World) -> list[str]:
    """The kinds of the answers that stakeholders gave, in order."""
    with world.reading() as session:
        return [kind.value for kind in session.scalars(sa.select(Response.kind).order_by(Response.id))]
