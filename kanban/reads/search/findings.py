"""The search page: what was found in all products of a person, by kind; every query checks membership."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import (
    Answer,
    Block,
    Column,
    Comment,
    Criterion,
    Decision,
    Item,
    Member,
    Product,
    Question,
    QuestionState,
    Request,
    StatusUpdate,
    UpdateQuestion,
    UpdateState,
    User,
    constant,
)
from kanban.policy import Action, Role, allows
from kanban.reads.search.excerpts import Piece, excerpt, marked
from kanban.reads.search.inquiry import Inquiry
from kanban.reads.search.matches import matching_items
from kanban.reads.search.search import kinds_with, texts_with

FIRST, MOST = 8, 100
_SOURCES_OF = {"question": {"question", "answer"}}
KINDS = ("item", "criterion", "question", "asked", "decision", "update", "request", "comment")
_TRIAGING = [constant(role) for role in Role if allows(role, Action.SEE_REQUESTS)]
_SEEING_PEOPLE = [constant(role) for role in Role if allows(role, Action.SEE_STAKEHOLDERS)]
_DRAFTERS = [constant(role) for role in Role if allows(role, Action.DRAFT_UPDATE)]


@dataclass(frozen=True)
class Found:
    """One text that was found.

    `title` and `text` are pieces, some of them marked. `ref` and `number` say where it can be read, and `entry` which
    of several texts there it is. `state` is the column of an item, or the state of a question, decision or update.
    """

    kind: str
    key: str
    product: str
    title: list[Piece]
    text: list[Piece]
    ref: str = ""
    number: int = 0
    state: str = ""
    person: str = ""
    at: dt.datetime | None = None
    on: dt.date | None = None
    entry: int = 0
    is_blocked: bool = False
    is_done: bool = False


@dataclass(frozen=True)
class Group:
    """What was found of one kind, best first, and whether there is more."""

    kind: str
    rows: list[Found]
    more: bool


def find(session: orm.Session, user: User, inquiry: Inquiry, *, kind: str | None = None, but: str = "") -> list[Group]:
    """What was found: the first of each kind (except `but`), or the first hundred of one `kind`.

    One query finds out which kinds there are, then each kind takes one, questions two.
    """
    if inquiry.is_empty:
        return []
    _know_zones(session, user, inquiry)
    kinds = [each for each in KINDS if kind in (None, each) and each != but and _asks_for(inquiry, each)]
    readers = _READERS
    if inquiry.words and len(kinds) > 1:
        held = kinds_with(session, inquiry.words)
        kinds = [each for each in kinds if each == "item" or held & _SOURCES_OF.get(each, {each})]
        if "item" not in held:
            readers = {**_READERS, "item": partial(_items, indexed=False)}
    limit = MOST if kind else FIRST
    groups = [(each, readers[each](session, user, inquiry, limit + 1)) for each in kinds]
    return [Group(each, rows[:limit], len(rows) > limit) for each, rows in groups if rows]


def find_items(session: orm.Session, user: User, inquiry: Inquiry, limit: int) -> list[Found]:
    """Only items, for a list that people choose from while they type."""
    _know_zones(session, user, inquiry)
    return [] if inquiry.is_empty else _items(session, user, inquiry, limit)


def _know_zones(session: orm.Session, user: User, inquiry: Inquiry) -> None:
    """Read the time zones of the person's products if an age is asked for; one query then."""
    if inquiry.age is not None:
        query = sa.select(Product.time_zone).distinct().join(Member, Member.product_id == Product.id)
        inquiry.zones = tuple(session.scalars(query.where(Member.user_id == user.id)))


def _asks_for(inquiry: Inquiry, kind: str) -> bool:
    """Whether this kind is searched: item filters leave only items, a question filter items and questions.

    Kinds other than items need words, or, for questions, the question filter.
    """
    if kind == "item":
        return True
    if inquiry.narrows_items or (inquiry.question and kind != "question"):
        return False
    return bool(inquiry.words) or (kind == "question" and bool(inquiry.question))


def _items(session: orm.Session, user: User, inquiry: Inquiry, limit: int, *, indexed: bool = True) -> list[Found]:
    ids = matching_items(session, user, inquiry, limit, indexed=indexed)
    if not ids:
        return []
    rows = {row.id: row for row in session.execute(_SHOWN, {"ids": ids})}
    return [
        Found(
            "item",
            row.key,
            row.product,
            marked(row.title, inquiry.words),
            excerpt(row.description, inquiry.words),
            ref=f"{row.key}-{row.number}",
            number=row.number,
            state=row.column,
            is_blocked=row.blocked,
            is_done=row.finished_at is not None or row.discarded_at is not None,
        )
        for row in (rows[each] for each in ids)
    ]


_SHOWN = (
    sa.select(Item.id, Item.number, Item.title, Item.description, Item.finished_at, Item.discarded_at)
    .add_columns(Product.key, Product.name.label("product"), Column.name.label("column"))
    .add_columns(sa.exists().where(Block.item_id == Item.id, Block.until.is_(None)).label("blocked"))
    .join(Product, Product.id == Item.product_id)
    .join(Column, Column.id == Item.column_id)
    .where(Item.id.in_(sa.bindparam("ids", expanding=True)))
)


def _criteria(session: orm.Session, user: User, inquiry: Inquiry, limit: int) -> list[Found]:
    """Acceptance criteria; those of items that are not done come first."""
    query = (
        _mine(sa.select(Criterion.text, Item.number, Item.title, Item.finished_at), user, inquiry)
        .join(Item, Item.product_id == Product.id)
        .join(Criterion, Criterion.item_id == Item.id)
        .where(Item.discarded_at.is_(None), Criterion.id.in_(texts_with(session, "criterion", inquiry.words)))
        .order_by(Item.finished_at.is_not(None), Item.changed_version.desc(), Criterion.id.desc())
    )
    return [
        Found(
            "criterion",
            row.key,
            row.product,
            [(row.title, False)],
            marked(row.text, inquiry.words),
            ref=f"{row.key}-{row.number}",
            is_done=row.finished_at is not None,
        )
        for row in session.execute(query.limit(limit))
    ]


def _questions(session: orm.Session, user: User, inquiry: Inquiry, limit: int) -> list[Found]:
    """Questions that contain the words, in their text or in one entry of their thread."""
    query = (
        _mine(sa.select(Question.id, Question.body, Question.state, Question.asked_at), user, inquiry)
        .add_columns(Item.number, Item.title, User.name.label("person"))
        .join(Question, Question.product_id == Product.id)
        .join(Item, Item.id == Question.item_id)
        .join(User, User.id == Question.asker_id)
        .where(Item.discarded_at.is_(None), *inquiry.of_questions())
        .order_by(Question.state != QuestionState.OPEN, Question.asked_at.desc(), Question.id.desc())
    )
    if inquiry.words:
        said = sa.select(Answer.question_id).where(Answer.id.in_(texts_with(session, "answer", inquiry.words)))
        asked = Question.id.in_(texts_with(session, "question", inquiry.words))
        query = query.where(sa.or_(asked, Question.id.in_(said)))
    rows = session.execute(query.limit(limit)).all()
    threads = _threads(session, [row.id for row in rows])
    return [
        Found(
            "question",
            row.key,
            row.product,
            excerpt(row.body, inquiry.words) or [(_line(row.body), False)],
            next((found for body in threads.get(row.id, []) if (found := excerpt(body, inquiry.words))), []),
            ref=f"{row.key}-{row.number}",
            state=row.state.value,
            person=row.person,
            at=row.asked_at,
        )
        for row in rows
    ]


def _threads(session: orm.Session, question_ids: list[int]) -> dict[int, list[str]]:
    threads: dict[int, list[str]] = {}
    if not question_ids:
        return threads
    said = sa.select(Answer.question_id, Answer.body).where(Answer.question_id.in_(question_ids)).order_by(Answer.id)
    for question_id, body in session.execute(said):
        threads.setdefault(question_id, []).append(body)
    return threads


def _decisions(session: orm.Session, user: User, inquiry: Inquiry, limit: int) -> list[Found]:
    newer = orm.aliased(Decision)
    is_old = sa.exists().where(newer.supersedes_id == Decision.id).label("is_old")
    query = (
        _mine(sa.select(Decision.number, Decision.body, Decision.context, Decision.decided_on, is_old), user, inquiry)
        .join(Decision, Decision.product_id == Product.id)
        .where(Decision.id.in_(texts_with(session, "decision", inquiry.words)))
        .order_by(Decision.decided_on.desc(), Decision.id.desc())
    )
    return [
        Found(
            "decision",
            row.key,
            row.product,
            excerpt(row.body, inquiry.words) or [(_line(row.body), False)],
            excerpt(row.context, inquiry.words),
            number=row.number,
            state="superseded" if row.is_old else "",
            on=row.decided_on,
        )
        for row in session.execute(query.limit(limit))
    ]


def _updates(session: orm.Session, user: User, inquiry: Inquiry, limit: int) -> list[Found]:
    """Published updates, and drafts for those who may write them."""
    seen = sa.or_(StatusUpdate.state == UpdateState.PUBLISHED, Member.role.in_(_DRAFTERS))
    shown = sa.select(StatusUpdate.number, StatusUpdate.headline, StatusUpdate.summary, StatusUpdate.sections)
    query = (
        _mine(shown.add_columns(StatusUpdate.state, StatusUpdate.published_at), user, inquiry)
        .join(StatusUpdate, StatusUpdate.product_id == Product.id)
        .where(seen, StatusUpdate.id.in_(texts_with(session, "update", inquiry.words)))
        .order_by(StatusUpdate.id.desc())
    )
    return [
        Found(
            "update",
            row.key,
            row.product,
            marked(row.headline, inquiry.words),
            next((found for text in _texts(row) if (found := excerpt(text, inquiry.words))), []),
            number=row.number,
            state=row.state.value,
            at=row.published_at,
        )
        for row in session.execute(query.limit(limit))
    ]


def _texts(row: Any) -> Iterable[str]:
    yield row.summary
    for part in row.sections:
        for line in part["lines"]:
            yield " ".join(line.get(name) or "" for name in ("text", "note", "options"))


def _asked(session: orm.Session, user: User, inquiry: Inquiry, limit: int) -> list[Found]:
    """What stakeholders asked about updates, and the answers, for those who may see that; never who asked."""
    shown = sa.select(UpdateQuestion.number, UpdateQuestion.body, UpdateQuestion.answer, UpdateQuestion.asked_at)
    query = (
        _mine(shown.add_columns(UpdateQuestion.answered_at, StatusUpdate.number.label("update")), user, inquiry)
        .join(UpdateQuestion, UpdateQuestion.product_id == Product.id)
        .join(StatusUpdate, StatusUpdate.id == UpdateQuestion.update_id)
        .where(Member.role.in_(_SEEING_PEOPLE), UpdateQuestion.id.in_(texts_with(session, "asked", inquiry.words)))
        .order_by(UpdateQuestion.answered_at.is_not(None), UpdateQuestion.id.desc())
    )
    return [
        Found(
            "asked",
            row.key,
            row.product,
            excerpt(row.body, inquiry.words) or [(_line(row.body), False)],
            excerpt(row.answer, inquiry.words),
            number=row.update,
            entry=row.number,
            state="open" if row.answered_at is None else "answered",
            at=row.asked_at,
        )
        for row in session.execute(query.limit(limit))
    ]


def _requests(session: orm.Session, user: User, inquiry: Inquiry, limit: int) -> list[Found]:
    """Requests, in products where the person may see them; never who asked."""
    shown = sa.select(Request.number, Request.title, Request.body, Request.state, Request.asked_at)
    query = (
        _mine(shown, user, inquiry)
        .join(Request, Request.product_id == Product.id)
        .where(Member.role.in_(_TRIAGING), Request.id.in_(texts_with(session, "request", inquiry.words)))
        .order_by(Request.asked_at.desc(), Request.id.desc())
    )
    return [
        Found(
            "request",
            row.key,
            row.product,
            marked(row.title, inquiry.words),
            excerpt(row.body, inquiry.words),
            number=row.number,
            state=row.state.value,
            at=row.asked_at,
        )
        for row in session.execute(query.limit(limit))
    ]


def _comments(session: orm.Session, user: User, inquiry: Inquiry, limit: int) -> list[Found]:
    query = (
        _mine(sa.select(Comment.body, Comment.at), user, inquiry)
        .add_columns(Item.number, Item.title, User.name.label("person"))
        .join(Item, Item.product_id == Product.id)
        .join(Comment, Comment.item_id == Item.id)
        .join(User, User.id == Comment.author_id)
        .where(Item.discarded_at.is_(None), Comment.id.in_(texts_with(session, "comment", inquiry.words)))
        .order_by(Comment.at.desc(), Comment.id.desc())
    )
    return [
        Found(
            "comment",
            row.key,
            row.product,
            [(row.title, False)],
            excerpt(row.body, inquiry.words),
            ref=f"{row.key}-{row.number}",
            person=row.person,
            at=row.at,
        )
        for row in session.execute(query.limit(limit))
    ]


def _mine(query: Any, user: User, inquiry: Inquiry) -> Any:
    """Restrict a query to products of which the person is a member."""
    mine = sa.and_(Member.product_id == Product.id, Member.user_id == user.id)
    return (
        query.add_columns(Product.key, Product.name.label("product"))
        .select_from(Product)
        .join(Member, mine)
        .where(*inquiry.of_products())
    )


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:199] + "…"


_READERS: dict[str, Callable[[orm.Session, User, Inquiry, int], list[Found]]] = {
    "item": _items,
    "criterion": _criteria,
    "question": _questions,
    "asked": _asked,
    "decision": _decisions,
    "update": _updates,
    "request": _requests,
    "comment": _comments,
}
