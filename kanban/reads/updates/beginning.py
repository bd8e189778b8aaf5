"""What the draft of an update starts from: the facts since the last update, or the words of the one it corrects."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Event, Health, Product, StatusUpdate
from kanban.reads.updates.facts import read_facts
from kanban.reads.updates.updates import last_published
from kanban.status.gettext import Gettext, plain
from kanban.status.lines import sections


@dataclass(frozen=True)
class Beginning:
    """What a new draft starts from; the fields are the keyword arguments of `StatusUpdate.draft`."""

    sections: list[dict[str, Any]]
    since_version: int
    since_at: dt.datetime | None
    health: Health
    corrects: StatusUpdate | None = None

    @property
    def keywords(self) -> dict[str, Any]:
        """The same as a dict of keyword arguments."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def read_beginning(
    session: orm.Session, product: Product, *, locale: str = "en", gettext: Gettext = plain
) -> Beginning:
    """The facts since the last published update as sections; the health is unknown until the owner claims one."""
    last = last_published(session, product)
    facts = read_facts(session, product)
    return Beginning(
        sections=sections(facts, locale=locale, gettext=gettext),
        since_version=_drafted_version(session, product, last) if last else 0,
        since_at=last.published_at if last else None,
        health=Health.UNKNOWN,
    )


def beginning_of_correction(wrong: StatusUpdate) -> Beginning:
    """What a correction starts from: the words that were published."""
    frozen = wrong.snapshot or {}
    return Beginning(frozen.get("sections", []), wrong.since_version, wrong.since_at, wrong.health, wrong)


def _drafted_version(session: orm.Session, product: Product, update: StatusUpdate) -> int:
    return (
        session.scalar(
            sa.select(sa.func.max(Event.version)).where(
                Event.product_id == product.id,
                Event.kind == "update_drafted",
                Event.data["update"].as_integer() == update.number,
            )
        )
        or 0
    )
