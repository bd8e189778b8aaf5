"""What somebody types into the search: words, and filters such as `owner:me` or `age:>7d`; it is never refused."""

import datetime as dt
import re
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext as _

from kanban import clock
from kanban.models import (
    Block,
    Column,
    Item,
    ItemType,
    Label,
    Product,
    Question,
    QuestionState,
    Stage,
    User,
    assignment,
    item_label,
)
from kanban.reads.locked import read_ref
from kanban.reads.search.search import words_of

FILTERS = ("owner", "label", "stage", "type", "blocked", "q", "age", "product")
_SAME = {"assignee": "owner", "person": "owner", "labels": "label", "question": "q", "questions": "q"}
_PART = re.compile(
    r'(?P<name>[a-z]{1,20}):(?!//)(?:"(?P<quoted>[^"]*)"?|(?P<value>[^\s"]*))|"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+)',
    re.IGNORECASE,
)
_VALUES = ("quoted", "value", "phrase", "word")
_AGE = re.compile(r"(?P<way>[<>]?)=?(?P<count>\d{1,4})(?P<unit>[dwmy]?)", re.IGNORECASE)
_DAYS = {"": 1, "d": 1, "w": 7, "m": 30, "y": 365}
_YES, _NO = ("", "yes", "1", "true"), ("no", "0", "false")
_LONGEST = 1000
DISCARDED = "discarded"


@dataclass
class Inquiry:
    """What is looked for.

    `troubles` are sentences about parts that could not be read, and were taken as words or left out. `age` is (way,
    days), where way is "<" or ">"; `question` is a question's state or "". `zones` are the time zones of the person's
    products, in whose days an age is counted.
    """

    asked: str
    text: str = ""
    words: list[str] = field(default_factory=list)
    ref: tuple[str, int] | None = None
    owners: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    types: list[ItemType] = field(default_factory=list)
    products: list[str] = field(default_factory=list)
    blocked: bool | None = None
    question: str = ""
    age: tuple[str, int] | None = None
    discarded: bool = False
    zones: tuple[str, ...] = ()
    troubles: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, asked: str) -> "Inquiry":
        """Read filters by their names, and the rest as words."""
        inquiry, words = cls(asked=asked[:_LONGEST].strip()), []
        for part in _PART.finditer(inquiry.asked):
            value = next(part[group] or "" for group in _VALUES if part[group] is not None)
            name = _SAME.get((part["name"] or "").lower(), (part["name"] or "").lower())
            if name in FILTERS:
                inquiry._take(name, value.strip())
                continue
            if name:
                inquiry._say(
                    _(
                        "There is no filter “%(name)s:”, so it was read as a word. The filters are: %(all)s.",
                        name=name,
                        all=_ALL,
                    )
                )
                value = f"{name} {value}"
            words.append(value)
        inquiry.text = " ".join(words)
        inquiry.words, inquiry.ref = words_of(inquiry.text), read_ref(inquiry.text)
        return inquiry

    @property
    def narrows_items(self) -> bool:
        """Whether anything is asked for that only items have."""
        asked = (self.owners, self.labels, self.stages, self.types, self.age, self.discarded)
        return any(asked) or self.blocked is not None

    @property
    def has_filter(self) -> bool:
        """Whether anything but words is asked for."""
        return self.narrows_items or bool(self.question or self.products)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not (self.words or self.ref or self.has_filter)

    def of_items(self, user: User) -> list[sa.ColumnElement[bool]]:
        """The conditions on an item (joined with its column and product), apart from its words."""
        found: list[sa.ColumnElement[bool]] = []
        found.append(Item.discarded_at.is_not(None) if self.discarded else Item.discarded_at.is_(None))
        found += [_held_by(name, user) for name in self.owners]
        found += [_labelled(name) for name in self.labels]
        if self.stages:
            found.append(Column.stage.in_(self.stages))
        if self.types:
            found.append(Item.type.in_(self.types))
        if self.blocked is not None:
            stopped = sa.exists().where(Block.item_id == Item.id, Block.until.is_(None))
            found.append(stopped if self.blocked else sa.and_(~stopped, Item.finished_at.is_(None)))
        if self.question:
            found.append(sa.exists().where(Question.item_id == Item.id, *self.of_questions()))
        if self.age is not None:
            found.append(_aged(*self.age, self.zones))
        return found

    def of_questions(self) -> list[sa.ColumnElement[bool]]:
        """The conditions on a question, apart from its words."""
        return [Question.state == QuestionState(self.question)] if self.question else []

    def of_products(self) -> list[sa.ColumnElement[bool]]:
        """The conditions on products."""
        return [Product.key.in_(self.products)] if self.products else []

    def _say(self, sentence: str) -> None:
        if sentence not in self.troubles and len(self.troubles) < 5:
            self.troubles.append(sentence)

    def _take(self, name: str, value: str) -> None:
        """Read one filter; a value that makes no sense is reported and left out."""
        low = value.lower()
        age = _AGE.fullmatch(value) if name == "age" else None
        match name:
            case "owner" if value:
                self.owners.append(value)
            case "label" if value:
                self.labels.append(value)
            case "product" if value:
                self.products.append(value.upper())
            case "stage" if low == DISCARDED:
                self.discarded = True
            case "stage" if low in list(Stage):
                self.stages.append(Stage(low))
            case "type" if low in list(ItemType):
                self.types.append(ItemType(low))
            case "blocked" if low in (*_YES, *_NO):
                self.blocked = low in _YES
            case "q" if low in ("", *list(QuestionState)):
                self.question = low or QuestionState.OPEN.value
            case "age" if age is not None:
                self.age = (age["way"] or ">", int(age["count"]) * _DAYS[age["unit"].lower()])
            case _:
                self._say(_WRONG[name](value[:40]))


_ALL = ", ".join(f"{name}:" for name in FILTERS)
_WRONG = {
    "owner": lambda value: _("After “owner:” comes a name, “me” or “nobody”."),
    "label": lambda value: _("After “label:” comes the name of a label."),
    "product": lambda value: _("After “product:” comes the key of a product."),
    "stage": lambda value: _(
        "“%(value)s” isn’t a stage. The stages are: %(all)s.", value=value, all=", ".join([*Stage, DISCARDED])
    ),
    "type": lambda value: _("“%(value)s” isn’t a type. The types are: %(all)s.", value=value, all=", ".join(ItemType)),
    "blocked": lambda value: _("After “blocked:” comes “yes” or “no”."),
    "q": lambda value: _(
        "“%(value)s” isn’t a state of a question. The states are: %(all)s.", value=value, all=", ".join(QuestionState)
    ),
    "age": lambda value: _("“%(value)s” isn’t an age. Write it like “>7d” or “<2w”.", value=value),
}


def _held_by(name: str, user: User) -> sa.ColumnElement[bool]:
    anybody = sa.exists().where(assignment.c.item_id == Item.id)
    if name.lower() == "nobody":
        return ~anybody
    held = anybody.where(assignment.c.user_id == User.id)
    if name.lower() == "me":
        return held.where(User.id == user.id)
    words = name.split()[:5]
    return held.where(
        *(sa.or_(User.name.icontains(word, autoescape=True), User.email == word.lower()) for word in words)
    )


def _labelled(name: str) -> sa.ColumnElement[bool]:
    begins = Label.folded.startswith(name.casefold(), autoescape=True)
    return sa.exists().where(item_label.c.item_id == Item.id, item_label.c.label_id == Label.id, begins)


def _aged(way: str, days: int, zones: tuple[str, ...]) -> sa.ColumnElement[bool]:
    """By the age on the card, in days of its product: work item age in progress, days waited before the start.

    The first day in progress counts as 1. An item whose start is unknown is found as older than its least possible age,
    and never as younger.
    """
    fits = [
        sa.and_(
            Product.time_zone == zone,
            sa.and_(Item.is_start_known, ~_older(days - 1, ZoneInfo(zone)))
            if way == "<"
            else _older(days, ZoneInfo(zone)),
        )
        for zone in zones
    ]
    return sa.and_(Item.finished_at.is_(None), sa.or_(sa.false(), *fits))


def _older(days: int, zone: dt.tzinfo) -> sa.ColumnElement[bool]:
    day = clock.now().astimezone(zone).date() - dt.timedelta(days=min(days, 36_500))
    midnight, tomorrow = (dt.datetime.combine(each, dt.time(), zone) for each in (day, day + dt.timedelta(days=1)))
    return sa.case((Item.started_at.is_not(None), Item.started_at < tomorrow), else_=Item.created_at < midnight)
