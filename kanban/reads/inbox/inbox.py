"""A person's notifications over all their products: the page, the count, the daily mail.

A notification that asks the person for an answer is left to their queue of questions until that is settled: the inbox
neither lists nor counts it. Mails do include it.

Whatever a person may no longer see drops out, because their membership is joined at the moment of reading.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock, plain
from kanban.models import (
    Comment,
    Delivery,
    Digest,
    Event,
    Item,
    Member,
    Notification,
    NotificationChoice,
    NotificationKind,
    Product,
    Question,
    User,
    Way,
)
from kanban.reads.inbox.from_log import KEPT
from kanban.reads.inbox.recipients import SLACK, TURNS, way_for, ways_of
from kanban.reads.inbox.settled import asks_something
from kanban.reads.inbox.stakeholder_names import read_stakeholder_names
from kanban.reads.inbox.subjects import NOTHING, read_subjects
from kanban.reads.inbox.visibility import may_see
from kanban.reads.people.my_products import read_my_products
from kanban.reads.people.people import person_named

SHOWN = 200
NOBODY: Mapping[tuple[int, int], str] = MappingProxyType({})
_WORDS_SHOWN = 80


@dataclass(frozen=True)
class Line:
    """One notification in the inbox or in a mail.

    `what` is the kind of its event; `actor` is "" for a stakeholder. `who` are the stakeholders it is about, the latest
    first, if its reader may see them. `question` and `comment` are the first words of the one it is about.

    If it is not about an item, `title` has the words of what it is about, and `request` or `update` its number.
    """

    id: int
    kind: str
    what: str
    actor: str
    key: str
    product: str
    ref: str
    title: str
    items: int
    at: dt.datetime
    is_read: bool
    request: int = 0
    update: int = 0
    who: tuple[str, ...] = ()
    question: str = ""
    comment: str = ""

    @property
    def quoted(self) -> str:
        """The words to quote after its sentence."""
        return self.question or self.comment

    @property
    def path(self) -> str:
        """The path in the application that it leads to."""
        if self.what == "decided":
            return f"/products/{self.key}/decisions"
        if self.what in ("request_asked", "request_judged"):
            if self.request:
                return f"/products/{self.key}/requests/{self.request}"
            return f"/products/{self.key}/requests"
        if self.what == "stakeholder_asked":
            return "/questions"
        if self.update:
            return f"/products/{self.key}/updates/{self.update}"
        if self.kind == "webhook":
            return f"/products/{self.key}/settings/webhooks"
        if self.kind == "draft":
            return f"/products/{self.key}/updates"
        if self.kind == "promise" or not self.ref:
            return f"/products/{self.key}/promises"
        return f"/items/{self.ref}#questions" if self.kind == "question" else f"/items/{self.ref}"


#: The beginning of the question that a notification is about.
_QUESTION = (
    sa.select(sa.func.substr(Question.body, 1, 5 * _WORDS_SHOWN))
    .join(Event, Event.product_id == Question.product_id)
    .where(Event.product_id == Notification.product_id, Event.version == Notification.version)
    .where(Event.kind == Notification.what, Event.item_id == Notification.item_id, Notification.what.in_(TURNS))
    .where(Question.number == Event.data["question"].as_integer())
    .limit(1)
    .correlate(Notification)
    .scalar_subquery()
)

#: The beginning of the comment that a notification is about: the actor's last one on the item at the time of the event.
_COMMENT, _COMMENTED_AT = (
    sa.select(told)
    .where(Comment.item_id == Notification.item_id, Comment.author_id == Notification.actor_id)
    .where(Comment.at <= Notification.at, Notification.what == "commented")
    .order_by(Comment.at.desc(), Comment.id.desc())
    .limit(1)
    .correlate(Notification)
    .scalar_subquery()
    for told in (sa.func.substr(Comment.body, 1, 5 * _WORDS_SHOWN), Comment.at)
)


def _lines(user_id: int, *which: sa.ColumnElement[bool]) -> Any:
    return (
        sa.select(
            Notification,
            User.name,
            Member.role,
            Product.key,
            Product.name.label("product"),
            Item.number,
            Item.title,
            _QUESTION.label("question"),
            _COMMENT.label("comment"),
            _COMMENTED_AT.label("commented_at"),
        )
        .join(Product, Product.id == Notification.product_id)
        .join(Member, sa.and_(Member.product_id == Product.id, Member.user_id == Notification.user_id))
        .outerjoin(Item, Item.id == Notification.item_id)
        .outerjoin(User, User.id == Notification.actor_id)
        .where(Notification.user_id == user_id, Product.archived_at.is_(None), may_see(), *which)
        .order_by(Notification.at.desc(), Notification.id.desc())
    )


def _read_lines(session: orm.Session, query: Any, also: Mapping[tuple[int, int], str] = NOBODY) -> list[Line]:
    """The rows as lines; `also`, by product id and user id, tells people with the same name apart."""
    rows = session.execute(query).all()
    about, who = read_subjects(session, rows), read_stakeholder_names(session, rows)
    return [
        Line(
            id=row.Notification.id,
            kind=row.Notification.kind.value,
            what=row.Notification.what,
            actor=_named(row, also),
            key=row.key,
            product=row.product,
            ref=f"{row.key}-{row.number}" if row.number else "",
            title=row.title or about.get(row.Notification.id, NOTHING).title,
            items=row.Notification.items,
            at=row.Notification.at,
            is_read=row.Notification.read_at is not None,
            request=about.get(row.Notification.id, NOTHING).request,
            update=about.get(row.Notification.id, NOTHING).update,
            who=who.get(row.Notification.id, ()),
            question=plain.first_words(row.question or "", _WORDS_SHOWN),
            comment=_comment_of(row),
        )
        for row in rows
    ]


def _comment_of(row: Any) -> str:
    """The comment's first words; "" if it was removed, since the one before it is not what they were notified of."""
    is_it = row.commented_at is not None and row.Notification.at - row.commented_at < SLACK
    return plain.first_words(row.comment, _WORDS_SHOWN) if is_it else ""


def _named(row: Any, also: Mapping[tuple[int, int], str]) -> str:
    if not row.name:
        return ""
    told = row.Notification
    return person_named(told.actor_id, row.name, also.get((told.product_id, told.actor_id), "")).listed


#: Whether it is listed in the inbox: a notification that asks for an answer is so only once it is settled.
_IS_LISTED = sa.or_(Notification.read_at.is_not(None), ~asks_something())


def read_inbox(session: orm.Session, user_id: int, *, also: Mapping[tuple[int, int], str] = NOBODY) -> list[Line]:
    """The newest notifications; at most seven queries."""
    return _read_lines(session, _lines(user_id, _IS_LISTED).limit(SHOWN), also)


def list_inbox(session: orm.Session, user_id: int, *, unread: bool, before: int | None, limit: int) -> list[Line]:
    """A page for the API, by id: those made before the one with the id `before`."""
    which = [_IS_LISTED, *([Notification.read_at.is_(None)] if unread else [])]
    which += [Notification.id < before] if before is not None else []
    return _read_lines(session, _lines(user_id, *which).order_by(None).order_by(Notification.id.desc()).limit(limit))


def find_line(session: orm.Session, user_id: int, notification_id: int) -> Line | None:
    """One of the person's own notifications, as long as they may see it."""
    found = _read_lines(session, _lines(user_id, Notification.id == notification_id))
    return found[0] if found else None


def find_lines(session: orm.Session, user_id: int, ids: list[int]) -> list[Line]:
    """Those of the person's own that are unread and that they may see, the newest first, worded for a mail."""
    query = _lines(user_id, Notification.id.in_(ids), Notification.read_at.is_(None)).limit(SHOWN)
    return _read_lines(session, query, read_my_products(session, user_id).also)


def lock_last_mail(session: orm.Session, told: Notification) -> Delivery | None:
    """The last mail that notified this person about this product at once, locked until the transaction ends."""
    return session.scalar(
        sa.select(Delivery)
        .where(
            Delivery.kind == "notification",
            Delivery.user_id == told.user_id,
            Delivery.product_id == told.product_id,
        )
        .order_by(Delivery.id.desc())
        .limit(1)
        .with_for_update()
    )


def is_ones_own(session: orm.Session, user_id: int, notification_id: int) -> bool:
    """Whether it was made for this person, even if they may no longer see what it is about."""
    own = sa.select(Notification.id).where(Notification.user_id == user_id, Notification.id == notification_id)
    return session.scalar(own) is not None


def unread_of(user_id: int | sa.BindParameter[int]) -> sa.ScalarSelect[int]:
    """How many notifications in the inbox are unread, as a column of another query."""
    return (
        sa.select(sa.func.count())
        .select_from(Notification)
        .join(Member, sa.and_(Member.product_id == Notification.product_id, Member.user_id == user_id))
        .join(Product, Product.id == Notification.product_id)
        .where(Notification.user_id == user_id, Notification.read_at.is_(None), ~asks_something())
        .where(Product.archived_at.is_(None), may_see())
        .correlate(None)
        .scalar_subquery()
    )


def mark_read(session: orm.Session, user_id: int, notification_id: int | None = None) -> int:
    """Mark one of the person's own as read, or all; returns how many were unread. Under the write lock.

    Notifications that ask for an answer stay unread until that is settled.
    """
    query = sa.update(Notification).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    query = query.where(~asks_something())
    if notification_id is not None:
        query = query.where(Notification.id == notification_id)
    done = session.execute(query.values(read_at=clock.now()).execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]


# How notifications reach a person


def read_ways(session: orm.Session, user_id: int) -> dict[str, str]:
    """The way in which each kind reaches a person."""
    chosen = ways_of(session, [user_id])
    return {kind.value: way_for(chosen, user_id, kind).value for kind in NotificationKind}


def choose_way(session: orm.Session, user_id: int, kind: NotificationKind, way: Way) -> None:
    """Store how a kind is to reach the person from now on; under the write lock."""
    session.merge(NotificationChoice(user_id=user_id, kind=kind, way=way))


# The daily mail


def readers_waiting(session: orm.Session) -> list[int]:
    """The ids of active people with unread notifications for the daily mail that no daily mail has included yet."""
    told = sa.select(sa.func.max(Digest.until)).where(Digest.user_id == Notification.user_id).scalar_subquery()
    query = (
        sa.select(Notification.user_id)
        .distinct()
        .join(User, User.id == Notification.user_id)
        .join(Member, sa.and_(Member.product_id == Notification.product_id, Member.user_id == Notification.user_id))
        .where(User.is_active, may_see(), Notification.read_at.is_(None), Notification.way == Way.DIGEST)
        .where(Notification.made_at >= clock.now() - KEPT, sa.or_(told.is_(None), Notification.made_at > told))
    )
    return sorted(session.scalars(query))


def lock_reader(session: orm.Session, user_id: int) -> User | None:
    """Lock the person's row, so that a second worker looks only after the first has written."""
    return session.scalar(
        sa.select(User)
        .where(User.id == user_id, User.is_active)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def last_digest(session: orm.Session, user_id: int) -> Digest | None:
    """The newest daily mail of a person."""
    return session.scalar(sa.select(Digest).where(Digest.user_id == user_id).order_by(Digest.day.desc()).limit(1))


def gathered(session: orm.Session, user_id: int, *, since: dt.datetime, until: dt.datetime) -> list[Line]:
    """The content of a daily mail: still unread, still visible, the newest first, worded for a mail."""
    which = (
        Notification.read_at.is_(None),
        Notification.way == Way.DIGEST,
        Notification.made_at > since,
        Notification.made_at <= until,
    )
    return _read_lines(session, _lines(user_id, *which).limit(SHOWN), read_my_products(session, user_id).also)
