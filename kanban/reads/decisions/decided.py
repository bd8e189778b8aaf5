"""Decisions that a published update asks for: what is asked of whom, what can be chosen, and what was decided."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import orm

from kanban.errors import Invalid
from kanban.models import Decision, Delivery, Item, Product, Stakeholder, StatusUpdate
from kanban.reads import locked
from kanban.reads.decisions import decisions
from kanban.reads.decisions.asked import read_asked
from kanban.reads.decisions.decisions import DecisionLine
from kanban.status.asked import Ask


@dataclass(frozen=True)
class AskedDecision:
    """One line of the section.

    `line` is its place there; `by_on` is the day by which it is needed, or `by` what was written instead of a day;
    `decision` is what was decided on it.
    """

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
        """The answer as it is recorded: one of the options, or free words if there are none; Invalid otherwise."""
        words = " ".join(option.replace("\x00", "").split())
        if not words or (self.options and words not in self.options):
            raise Invalid({"option": "Choose one of the answers." if self.options else "Write your decision first."})
        return words

    def with_remark(self, remark: str) -> str:
        """What was asked, followed by what the person added."""
        return "\n\n".join(filter(None, (self.text, remark.strip())))


def asked_in(session: orm.Session, delivery: Delivery) -> list[AskedDecision]:
    """The decisions that the update of this copy asks for, as the person whose copy it is sees them.

    Each comes with the decision that answers it, on whichever line that was made.
    """
    update, person = delivery.update, delivery.stakeholder
    if update is None or person is None:
        return []
    return [
        AskedDecision(
            line=ask.place,
            text=ask.text,
            ref=ask.line["ref"],
            of=ask.of,
            by_on=ask.by_on,
            by="" if ask.by_on else ask.by,
            options=tuple(words for option in ask.line["options"].split("|") if (words := " ".join(option.split()))),
            is_yours=is_asked_of(person, ask.of),
            decision=decision,
        )
        for ask, decision in _read_closed(session, update)
    ]


def decided_on(session: orm.Session, update: StatusUpdate) -> list[DecisionLine]:
    """What was decided on what this update asks for, on whichever line, and still holds; the newest first."""
    made = {each.number: each for _ask, each in _read_closed(session, update) if each and not each.superseded_by}
    return [made[number] for number in sorted(made, reverse=True)]


def _read_closed(session: orm.Session, update: StatusUpdate) -> list[tuple[Ask, DecisionLine | None]]:
    """Each line of an update with the decision that answers it; one query, and another if there are decisions."""
    product = session.get_one(Product, update.product_id)
    asked = read_asked(session, product)
    closed = [(ask, asked.decision_on(ask)) for ask in asked.asks if ask.update_id == update.id]
    numbers = {number for _ask, number in closed if number is not None}
    rows = decisions.list_decisions(session, product, Decision.number.in_(numbers)) if numbers else []
    made = {row.number: row for row in rows}
    return [(ask, made.get(number) if number is not None else None) for ask, number in closed]


def is_asked_of(person: Stakeholder, words: str) -> bool:
    """Whether "from whom" means this person: it names nobody, names them, or is the organisation they work for."""
    said = words.casefold()
    return not said or person.name.casefold() in said or person.email in said or person.organisation.casefold() == said


def item_asked_about(session: orm.Session, product: Product, asked: AskedDecision) -> Item | None:
    """The item that the line is about, with its blocks loaded. The product's columns must be loaded."""
    read = locked.read_ref(asked.ref)
    if read is None or read[0] != product.key:
        return None
    return locked.item_in(session, product, read[1], ("blocks",))
