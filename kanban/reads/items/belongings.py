"""What belongs to items, for the API: labels, people, criteria, files, blocks, questions and links.

Each kind is read in one query for a whole list of items (links in four).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import (
    Attachment,
    Block,
    Criterion,
    Item,
    Label,
    Link,
    LinkKind,
    Product,
    Question,
    QuestionState,
    User,
    assignment,
    item_label,
)


@dataclass(frozen=True, slots=True)
class Blocked:
    """What holds an item up, since when, and whom or what it waits for ("" if nobody is named)."""

    reason: str
    since: dt.datetime
    waiting_for: str


@dataclass(frozen=True, slots=True)
class ApiCriterion:
    """One acceptance criterion; `id` is its number within the item, `met_by` an email address."""

    id: int
    text: str
    met_at: dt.datetime | None
    met_by: str | None


@dataclass(slots=True)
class Links:
    """The references of other items in the product, each list by number; only `parts` leaves out discarded ones."""

    needs: list[str] = field(default_factory=list)
    needed_by: list[str] = field(default_factory=list)
    split_from: str | None = None
    split_into: list[str] = field(default_factory=list)
    part_of: str | None = None
    parts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ApiAttachment:
    """One file attached to an item; `id` is its number within the item, `by` an email address, `size` in bytes."""

    id: int
    name: str
    size: int
    type: str
    at: dt.datetime
    by: str


@dataclass(slots=True)
class Belongings:
    """The belongings of some items, by item id; an item that has none of a kind has no entry there.

    `promised` is filled in by whoever reads the items.
    """

    labels: dict[int, list[str]] = field(default_factory=dict)
    assignees: dict[int, list[str]] = field(default_factory=dict)
    questions: dict[int, int] = field(default_factory=dict)
    blocked: dict[int, Blocked] = field(default_factory=dict)
    criteria: dict[int, list[ApiCriterion]] = field(default_factory=dict)
    attachments: dict[int, list[ApiAttachment]] = field(default_factory=dict)
    links: dict[int, Links] = field(default_factory=dict)
    promised: dict[int, dt.date | None] = field(default_factory=dict)

    @classmethod
    def read(cls, session: orm.Session, product: Product, ids: list[int], *, brief: bool) -> "Belongings":
        """Read the belongings of these items; `brief` skips criteria, files and links."""
        found = {"ids": ids}
        had = cls(
            labels=_lists(session.execute(_LABELS, found)),
            assignees=_lists(session.execute(_ASSIGNEES, found)),
            questions={item_id: count for item_id, count in session.execute(_QUESTIONS, found)},
            blocked={
                item_id: Blocked(reason, since, name or words)
                for item_id, reason, since, words, name in session.execute(_BLOCKS, found)
            },
        )
        if not brief:
            rows = session.execute(_CRITERIA, found)
            files = session.execute(_ATTACHMENTS, found)
            had.attachments = _lists((item_id, ApiAttachment(*file)) for item_id, *file in files)
            had.criteria = _lists((item_id, ApiCriterion(*criterion)) for item_id, *criterion in rows)
            had._read_links(session, product.key, found)
        return had

    def _read_links(self, session: orm.Session, key: str, found: dict[str, list[int]]) -> None:
        links = defaultdict[int, Links](Links)
        for item_id, number in session.execute(_UP, found):
            links[item_id].part_of = f"{key}-{number}"
        for item_id, number in session.execute(_DOWN, found):
            links[item_id].parts.append(f"{key}-{number}")
        for item_id, kind, number in session.execute(_OWN_LINKS, found):
            if kind is LinkKind.NEEDS:
                links[item_id].needs.append(f"{key}-{number}")
            else:
                links[item_id].split_from = f"{key}-{number}"
        for item_id, kind, number in session.execute(_LINKS_HERE, found):
            side = links[item_id].needed_by if kind is LinkKind.NEEDS else links[item_id].split_into
            side.append(f"{key}-{number}")
        self.links = links


_item, _label, _user = Item.__table__.c, Label.__table__.c, User.__table__.c
_file = Attachment.__table__.c
_criterion, _block, _question = Criterion.__table__.c, Block.__table__.c, Question.__table__.c


def _among(column: Any) -> Any:
    return column.in_(sa.bindparam("ids", expanding=True))


_LABELS = (
    sa.select(item_label.c.item_id, _label.name)
    .join(Label.__table__, _label.id == item_label.c.label_id)
    .where(_among(item_label.c.item_id))
    .order_by(_label.folded)
)
_ASSIGNEES = (
    sa.select(assignment.c.item_id, _user.email)
    .join(User.__table__, _user.id == assignment.c.user_id)
    .where(_among(assignment.c.item_id))
    .order_by(_user.email)
)
_CRITERIA = (
    sa.select(_criterion.item_id, _criterion.number, _criterion.text, _criterion.met_at, _user.email)
    .outerjoin(User.__table__, _user.id == _criterion.met_by_id)
    .where(_among(_criterion.item_id))
    .order_by(_criterion.number)
)
_ATTACHMENTS = (
    sa.select(_file.item_id, _file.number, _file.name, _file.size, _file.content_type, _file.at, _user.email)
    .join(User.__table__, _user.id == _file.added_by_id)
    .where(_among(_file.item_id), _file.removed_at.is_(None))
    .order_by(_file.number)
)
_BLOCKS = (
    sa.select(_block.item_id, _block.reason, _block.since, _block.waiting_for, _user.name)
    .outerjoin(User.__table__, _user.id == _block.waiting_for_id)
    .where(_among(_block.item_id), _block.until.is_(None))
    .order_by(_block.since.desc(), _block.id.desc())
)
_QUESTIONS = (
    sa.select(_question.item_id, sa.func.count())
    .where(_among(_question.item_id), _question.state == QuestionState.OPEN)
    .group_by(_question.item_id)
)
_whole = Item.__table__.alias("whole")
_UP = sa.select(_item.id, _whole.c.number).join(_whole, _whole.c.id == _item.part_of_id).where(_among(_item.id))
_DOWN = (
    sa.select(_item.part_of_id, _item.number)
    .where(_among(_item.part_of_id), _item.discarded_at.is_(None))
    .order_by(_item.number)
)
_link, _other = Link.__table__.c, Item.__table__.alias("other")
_OWN_LINKS = (
    sa.select(_link.item_id, _link.kind, _other.c.number)
    .join(_other, _other.c.id == _link.other_id)
    .where(_among(_link.item_id))
    .order_by(_other.c.number)
)
_LINKS_HERE = (
    sa.select(_link.other_id, _link.kind, _other.c.number)
    .join(_other, _other.c.id == _link.item_id)
    .where(_among(_link.other_id))
    .order_by(_other.c.number)
)


def _lists(pairs: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for item_id, value in pairs:
        found[item_id].append(value)
    return found
