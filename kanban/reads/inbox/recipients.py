"""Who is notified of an event in the log, and as which kind; judged by the members and roles of today."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import markup, policy
from kanban.models import (
    Answer,
    Comment,
    Event,
    Item,
    Member,
    NotificationChoice,
    NotificationKind,
    Question,
    User,
    Way,
    assignment,
)
from kanban.models.notification import DEFAULT_WAYS
from kanban.policy import Action, Role

TURNS = ("asked", "answered", "asked_back", "replied", "sent_back")
_OWNERS = ("promise_changed", "promise_withdrawn", "promise_undone")
_READERS = ("stakeholder_asked", "request_asked", "request_judged")
_DRAFTS = ("update_handed_over", "update_held")
_WEBHOOKS = ("webhook_stopped",)
_OTHERS = ("assigned", "blocked", "unblocked", "commented", "comment_edited", "decided", "edited")
KINDS = (*TURNS, *_OWNERS, *_READERS, *_DRAFTS, *_WEBHOOKS, *_OTHERS)

SLACK = dt.timedelta(minutes=1)
"""How far apart an event and the text that it is about can be at most."""


@dataclass(frozen=True)
class Notified:
    """One person who is notified of one event."""

    user_id: int
    kind: NotificationKind
    event: Event


@dataclass
class _EventContext:
    """What the events are about: members, who holds and who asked on which item, questions by number, and comments."""

    members: Mapping[int, tuple[Role, str]]
    holders: dict[int, set[int]] = field(default_factory=dict)
    askers: dict[int, set[int]] = field(default_factory=dict)
    questions: dict[int, Question] = field(default_factory=dict)
    comments: dict[int, list[Comment]] = field(default_factory=dict)

    @property
    def owner_id(self) -> int | None:
        return next((user_id for user_id, (role, _name) in self.members.items() if role is Role.OWNER), None)


def recipients_of(session: orm.Session, product_id: int, events: Sequence[Event]) -> Iterator[Notified]:
    """Each person and kind to notify for each of these events; only members, never the actor; at most six queries."""
    if not events:
        return
    context = _read_context(session, product_id, events)
    for event in events:
        for user_id, kind in _of(event, context):
            if user_id != event.actor_id and user_id in context.members:
                yield Notified(user_id, kind, event)


def ways_of(session: orm.Session, user_ids: Iterable[int]) -> dict[tuple[int, NotificationKind], Way]:
    """The ways in which these people chose to be notified; kinds without a choice are left out."""
    query = sa.select(NotificationChoice).where(NotificationChoice.user_id.in_(set(user_ids)))
    return {(choice.user_id, choice.kind): choice.way for choice in session.scalars(query)}


def way_for(chosen: Mapping[tuple[int, NotificationKind], Way], user_id: int, kind: NotificationKind) -> Way:
    """The way in which one person gets one kind of notification."""
    return chosen.get((user_id, kind), DEFAULT_WAYS[kind])


def _of(event: Event, context: _EventContext) -> Iterator[tuple[int, NotificationKind]]:
    item_id = event.item_id or 0
    question = context.questions.get(event.data.get("question") or 0)
    if event.kind in TURNS and question is not None:
        to_addressee = event.kind in ("asked", "replied", "sent_back")
        yield (question.addressee_id if to_addressee else question.asker_id), NotificationKind.QUESTION
        yield from _mentioned(_words_of(event, question), context)
    if event.kind == "assigned" and event.effective_at >= event.at:  # else it came from a list and is about past work
        for user_id in set(event.data["people"]) - set(event.data["was"]):
            yield user_id, NotificationKind.ASSIGNED
    if event.kind in ("blocked", "unblocked"):
        for user_id in context.holders.get(item_id, ()):
            yield user_id, NotificationKind.BLOCK
    if event.kind == "commented":
        yield from _mentioned(_comment_of(event, context), context)
        for user_id in context.holders.get(item_id, set()) | context.askers.get(item_id, set()):
            yield user_id, NotificationKind.COMMENT
    if event.kind == "comment_edited":
        yield from (
            (user_id, NotificationKind.MENTION) for user_id in event.data["people"] if user_id in context.members
        )
    if event.kind == "edited":
        before, after = event.data["changes"].get("description", ("", ""))
        stood = {user_id for user_id, _kind in _mentioned(before, context)}
        yield from (each for each in _mentioned(after, context) if each[0] not in stood)
    if event.kind == "update_held":
        yield event.data["person"], NotificationKind.DRAFT
    if context.owner_id is not None:
        if event.kind in _OWNERS and event.data.get("what") != "promised":  # nobody was notified of that one either
            yield context.owner_id, NotificationKind.PROMISE
        if event.kind in _DRAFTS:
            yield context.owner_id, NotificationKind.DRAFT
        if event.kind in _WEBHOOKS:
            yield context.owner_id, NotificationKind.WEBHOOK
        if event.kind in _READERS or (event.kind == "decided" and event.data.get("stakeholder")):
            yield context.owner_id, NotificationKind.STAKEHOLDER


def _mentioned(words: str, context: _EventContext) -> Iterator[tuple[int, NotificationKind]]:
    named = markup.names_in(words, [name for _role, name in context.members.values()])
    for user_id, (role, name) in context.members.items():
        if name in named and policy.allows(role, Action.SEE):
            yield user_id, NotificationKind.MENTION


def _words_of(event: Event, question: Question) -> str:
    if event.kind == "asked":
        return question.body
    mine = [answer for answer in question.answers if answer.author_id == event.actor_id]
    return min(mine, key=lambda answer: abs(answer.at - event.at)).body if mine else ""


def _comment_of(event: Event, context: _EventContext) -> str:
    mine = [one for one in context.comments.get(event.item_id or 0, ()) if one.author_id == event.actor_id]
    return min(mine, key=lambda one: abs(one.at - event.at)).body if mine else ""


def _read_context(session: orm.Session, product_id: int, events: Sequence[Event]) -> _EventContext:
    people = session.execute(
        sa.select(User.id, Member.role, User.name)
        .join(Member, Member.user_id == User.id)
        .where(Member.product_id == product_id, User.is_active)
    )
    context = _EventContext({user_id: (role, name) for user_id, role, name in people})
    items = {event.item_id for event in events if event.kind in ("blocked", "unblocked", "commented")} - {None}
    for item_id, user_id in session.execute(
        sa.select(assignment.c.item_id, assignment.c.user_id).where(assignment.c.item_id.in_(items))
    ):
        context.holders.setdefault(item_id, set()).add(user_id)
    talked = {event.item_id for event in events if event.kind == "commented"}
    for item_id, user_id in session.execute(
        sa.select(Question.item_id, Question.asker_id).where(Question.item_id.in_(talked))
    ):
        context.askers.setdefault(item_id, set()).add(user_id)
    since = min(event.at for event in events)
    for comment in session.scalars(
        sa.select(Comment).join(Item).where(Comment.item_id.in_(talked), Comment.at >= since - SLACK)
    ):
        context.comments.setdefault(comment.item_id, []).append(comment)
    numbers = {event.data.get("question") for event in events if event.kind in TURNS} - {None}
    for question in session.scalars(
        sa.select(Question)
        .where(Question.product_id == product_id, Question.number.in_(numbers))
        .options(orm.selectinload(Question.answers).load_only(Answer.author_id, Answer.at, Answer.body))
    ):
        context.questions[question.number] = question
    return context
