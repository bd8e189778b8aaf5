"""The board's filter: how it is read from and written to an address, and the SQL conditions it puts on items."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

import sqlalchemy as sa

from kanban import clock
from kanban.models import Block, Event, Item, ItemType, Label, Product, Question, QuestionState, assignment, item_label

NOBODY = 0
_LONGEST = 200
_MOST_WORDS = 10

_item, _label = Item.__table__.c, Label.__table__.c
_event = Event.__table__.c
_block, _question = Block.__table__.c, Question.__table__.c


@dataclass(frozen=True)
class Filter:
    """Which cards are shown: those to which all of the set parts apply.

    `person` is a user id, or NOBODY for cards that nobody has. `age` is a number of days that the card must be older
    than, or "old" for cards older than most. `changed` is a version: only cards that others than `reader` changed
    since.
    """

    q: str = ""
    person: int | None = None
    label: str = ""
    type: ItemType | None = None
    blocked: bool = False
    question: bool = False
    age: int | Literal["old"] | None = None
    changed: int | None = None
    reader: int = 0

    @classmethod
    def read(cls, words: Mapping[str, str], *, reader: int = 0) -> "Filter":
        """Read the filter from an address, for the person with the id `reader`.

        Whatever makes no sense is ignored, so that an old link still shows a board.
        """
        kind = words.get("type", "")
        age = words.get("age", "")
        return cls(
            q=" ".join(words.get("q", "")[:_LONGEST].split()),
            person=NOBODY if words.get("person") == "nobody" else _number(words.get("person", "")),
            label=" ".join(words.get("label", "")[:_LONGEST].split()),
            type=ItemType(kind) if kind in list(ItemType) else None,
            blocked=words.get("blocked") == "1",
            question=words.get("question") == "1",
            age="old" if age == "old" else _number(age),
            changed=_number(words.get("changed", "")),
            reader=reader,
        )

    @property
    def words(self) -> dict[str, str]:
        """The filter as parameters of an address; parts that are not set are left out."""
        told = {
            "q": self.q,
            "person": "nobody" if self.person == NOBODY else str(self.person or ""),
            "label": self.label,
            "type": self.type.value if self.type else "",
            "blocked": "1" if self.blocked else "",
            "question": "1" if self.question else "",
            "age": "" if self.age is None else str(self.age),
            "changed": str(self.changed or ""),
        }
        return {name: word for name, word in told.items() if word}

    @property
    def query(self) -> str:
        """The same as a query string, without the question mark."""
        return urlencode(self.words)

    @property
    def count(self) -> int:
        """How many of its parts are in use."""
        return len(self.words)

    def conditions(self, product: Product, old_before: Mapping[int, dt.datetime]) -> list[sa.ColumnElement[bool]]:
        """The SQL conditions on an item; `old_before` has, by column id, the start before which an item is old."""
        if not self.count:
            return []
        asked: dict[str, list[sa.ColumnElement[bool]]] = {
            "q": [_holds(word, product) for word in self.q.split()[:_MOST_WORDS]],
            "person": [_held_by(self.person)] if self.person is not None else [],
            "label": [_labelled(_label.folded == self.label.casefold())],
            "type": [_item.type == self.type],
            "blocked": [sa.exists().where(_block.item_id == _item.id, _block.until.is_(None))],
            "question": [sa.exists().where(_question.item_id == _item.id, _question.state == QuestionState.OPEN)],
            "age": [_older(self.age, product, old_before)],
            "changed": [_changed_since(self.changed or 0, self.reader)],
        }
        return [condition for name in self.words for condition in asked[name]]


ALL = Filter()


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 and int(text) > 0 else None


def _holds(word: str, product: Product) -> sa.ColumnElement[bool]:
    """Whether the word occurs in the title, in a label or in the reference."""
    ref = sa.literal(f"{product.key}-") + sa.cast(_item.number, sa.String)
    return sa.or_(_contains(_item.title, word), _labelled(_contains(_label.name, word)), _contains(ref, word))


def _contains(column: sa.ColumnElement[str], word: str) -> sa.ColumnElement[bool]:
    """Whether the column contains the word, ignoring case.

    SQLite folds only ASCII letters, so a word with other letters is searched for in its usual spellings.
    """
    written = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
    return sa.or_(*(column.icontains(one, autoescape=True) for one in sorted(written)))


def _labelled(which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(item_label.c.item_id == _item.id, item_label.c.label_id == _label.id, which)


def _held_by(person: int) -> sa.ColumnElement[bool]:
    anybody = sa.exists().where(assignment.c.item_id == _item.id)
    return ~anybody if person == NOBODY else anybody.where(assignment.c.user_id == person)


def _changed_since(version: int, reader: int) -> sa.ColumnElement[bool]:
    by_others = sa.or_(_event.actor_id.is_(None), _event.actor_id != reader)
    return sa.exists().where(_event.item_id == _item.id, _event.version > version, by_others)


def _older(age: int | str | None, product: Product, old_before: Mapping[int, dt.datetime]) -> sa.ColumnElement[bool]:
    """By the age on the card: work item age in progress (the first day counts as 1), days waited before the start."""
    if age == "old":
        old = [sa.and_(_item.column_id == column, _item.started_at < at) for column, at in old_before.items()]
        return sa.and_(_item.finished_at.is_(None), sa.or_(sa.false(), *old))
    days = min(int(age or 0), 36_500)
    midnight = dt.datetime.combine(clock.today(product.zone) - dt.timedelta(days=days), dt.time(), product.zone)
    tomorrow = dt.datetime.combine(midnight.date() + dt.timedelta(days=1), dt.time(), product.zone)
    waits = sa.and_(_item.started_at.is_(None), _item.created_at < midnight)
    return sa.and_(_item.finished_at.is_(None), sa.or_(_item.started_at < tomorrow, waits))
