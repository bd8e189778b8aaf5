"""Decisions that a published update asks for: what is asked of whom, what can be chosen, and what was decided."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.errors import Invalid
from kanban.models import Delivery, Item, Product, Stakeholder, StatusUpdate
from kanban.reads import locked
from kanban.reads.decisions import decisions
from kanban.reads.decisions.decisions import DecisionLine


@dataclass(frozen=True)
class AskedDecision:
    """One line of the section; `line` is its place there, `by_on` the day, `by` what was written instead of one, and
    `decision` what was decided on it."""

    line: int
    text: str
    ref: str
    of: str
    by_on: dt.date | None
    by: str
    options: tuple[str, ...]
    is_yours: bool
    decision: DecisionLine | None

    def chosen(self, option: str) -> str:
        """The answer as it is recorded: one of the options, or free words if there are none."""
        words = " ".join(option.replace("\x00", "").split())
        if not words or (self.options and words not in self.options):
            raise Invalid({"option": "Choose one of the answers." if self.options else "Write your decision first."})
        return words

    def with_remark(self, remark: str) -> str:
        """What was asked, with what the person added."""
        return "\n\n".join(filter(None, (self.text, remark.strip())))


def asked_in(session: orm.Session, delivery: Delivery) -> list[AskedDecision]:
    """The decisions that the update of this copy asks for, as the person whose copy it is sees them. A correction
    knows what was decided on the same line of what it corrects."""
    update, person = delivery.update, delivery.stakeholder
    if update is None or update.snapshot is None or person is None:
        return []
    made = _made(session, update)
    return [
        AskedDecision(
            line=place,
            text=line["text"],
            ref=line["ref"],
            of=line["of"],
            by_on=line["by_on"],
            by=line["by"],
            options=line["options"],
            is_yours=_is_asked_of(person, line["of"]),
            decision=made.get((update.id, place)) or made.get(line["text"]),
        )
        for place, line in enumerate(map(_read, lines_of(update.snapshot)))
    ]


def _is_asked_of(person: Stakeholder, words: str) -> bool:
    """Tell whether "from whom" means this person: nobody is named, they are, or all of where they work is."""
    said = words.casefold()
    return not said or person.name.casefold() in said or person.email in said or person.organisation.casefold() == said


def lines_of(snapshot: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The lines of the section that asks for decisions, as they were frozen."""
    return [line for part in snapshot["sections"] if part["kind"] == "decisions" for line in part["lines"]]


def _read(line: Mapping[str, Any]) -> dict[str, Any]:
    listed, by = (line.get("options") or "").split("|"), line.get("new_date") or ""
    by_on = _day(by)
    return {
        "text": line.get("text") or line.get("ref") or "",
        "ref": line.get("ref") or "",
        "of": line.get("note") or "",
        "by_on": by_on,
        "by": "" if by_on else by,
        "options": tuple(words for option in listed if (words := " ".join(option.split()))),
    }


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _made(session: orm.Session, update: StatusUpdate) -> dict[Any, DecisionLine]:
    """Decisions by (update, line); those on what it corrects by the words that were asked."""
    ids = {update.id, update.corrects_id} - {None}
    product = session.get_one(Product, update.product_id)
    rows = session.execute(sa.select(StatusUpdate.number, StatusUpdate.id).where(StatusUpdate.id.in_(ids)))
    numbers = {number: update_id for number, update_id in rows}
    found: dict[Any, DecisionLine] = {}
    for made in decisions.of_updates(session, product, [each for each in ids if each is not None]):
        update_id = numbers[made.update or 0]
        found[(update_id, made.line)] = made
        if update_id != update.id:
            found[made.context.partition("\n\n")[0]] = made
    return found


def item_asked_about(session: orm.Session, product: Product, asked: AskedDecision) -> Item | None:
    """The item that the line is about, with what lifting its block touches. Needs the product's columns."""
    read = locked.read_ref(asked.ref)
    if read is None or read[0] != product.key:
        return None
    return locked.item_in(session, product, read[1], ("blocks",))
