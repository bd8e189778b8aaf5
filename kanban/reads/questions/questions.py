"""Questions as pages show them: the threads of an item, and one person's queue over all products."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import orm

from kanban import clock, markup, policy
from kanban.markup import Refs
from kanban.models import (
    Answer,
    AnswerKind,
    Block,
    Item,
    Member,
    Product,
    Question,
    QuestionState,
    Turn,
    User,
    assignment,
    constant,
)
from kanban.policy import Action, Role
from kanban.reads.people.my_products import MyProducts, read_my_products
from kanban.reads.people.people import Person, people_by_id, person
from kanban.reads.questions.cost import NEAREST_PROMISE, Cost, Place, cost_of, place_of
from kanban.reads.questions.orphaned import is_orphaned, may_answer
from kanban.reads.questions.pace import Pace, read_pace
from kanban.reads.questions.waiting import Waits
from kanban.reads.updates.update_questions import AskedAbout, waiting_for

_SHOWN = 100


class Tab(StrEnum):
    """The views of the questions page. OWNERS shows delegates what waits on the owner, since they can answer it too."""

    YOURS = "yours"
    OWNERS = "owners"
    ASKED = "asked"
    ANSWERED = "answered"


@dataclass(frozen=True)
class Entry:
    """One entry of a thread."""

    kind: str
    author: Person
    text: Markup
    becomes: str | None
    at: dt.datetime


@dataclass(frozen=True)
class ThreadMay:
    """What the reader may do with a question now."""

    answer: bool
    keep: bool
    ask_back: bool
    reply: bool
    accept: bool
    withdraw: bool
    answer_again: bool
    assume: bool


@dataclass(frozen=True)
class Thread:
    """One question with everything that was said.

    `turned_at` is since when it has waited on `waits_on`; `stands`: the assumption stands, since its day has passed
    without an answer.
    """

    id: int
    number: int
    asker: Person
    addressee: Person
    text: Markup
    blocking: bool
    needed_by: dt.date | None
    assumption: str | None
    assumed_until: dt.date | None
    stands: bool
    state: str
    waits_on: Person | None
    asked_at: dt.datetime
    turned_at: dt.datetime
    entries: tuple[Entry, ...]
    may: ThreadMay


@dataclass(frozen=True)
class Waiting:
    """A question in the queue, with the item it is about."""

    thread: Thread
    product: str
    ref: str
    title: str
    cost: Cost
    promised_on: dt.date | None
    excerpt: str


@dataclass(frozen=True)
class QueuePage:
    """One tab of the questions page.

    `waits` is what waits for an answer, as the rail counts it; `outside` is what stakeholders asked about updates;
    `gives_back` says what answering would set in motion. `products` are the keys that a live screen listens to, each
    with the version it had before anything else was read.
    """

    tab: Tab
    rows: tuple[Waiting, ...]
    outside: tuple[AskedAbout, ...]
    counts: dict[Tab, int]
    waits: Waits
    gives_back: tuple[str, ...]
    pace: Pace | None
    products: dict[str, int]


def load_threads(
    session: orm.Session, item: Item, member: Member, known: Mapping[int, Person] | None = None
) -> list[Thread]:
    """All questions on one item, open ones first, then the newest. Two queries, and one for people not `known`."""
    query = sa.select(Question).where(Question.item_id == item.id).options(orm.selectinload(Question.answers))
    questions = list(session.scalars(query))
    questions.sort(key=lambda q: (q.state not in (QuestionState.OPEN, QuestionState.ANSWERED), -q.number))
    people = people_by_id(session, _people_in(questions), known, among=item.product)
    product = item.product
    return [
        _thread(question, people, member.user_id, member.role, product.time_zone, product.refs)
        for question in questions
    ]


def load_thread(session: orm.Session, question: Question, member: Member) -> Thread:
    """One question, loaded with its answers and item, as this member sees it."""
    people = people_by_id(session, _people_in([question]))
    product = question.item.product
    return _thread(question, people, member.user_id, member.role, product.time_zone, product.refs)


def load_queue(session: orm.Session, user: User, tab: Tab) -> QueuePage:
    """One person's questions over all their products; the number of queries does not depend on how many there are."""
    my_products = read_my_products(session, user.id)
    yours = _load(session, user, _is_yours(user), my_products)
    outside = waiting_for(session, user)
    owners = _count(session, user, _is_owners(user))
    which = {Tab.OWNERS: _is_owners, Tab.ASKED: _is_asked, Tab.ANSWERED: _is_answered}
    rows = yours if tab is Tab.YOURS else _load(session, user, which[tab](user), my_products)
    if tab is Tab.ANSWERED:
        rows.sort(key=lambda row: row.thread.turned_at, reverse=True)
    return QueuePage(
        tab=tab,
        rows=tuple(rows[:_SHOWN]),
        outside=tuple(outside[:_SHOWN]) if tab is Tab.YOURS else (),
        counts={
            Tab.YOURS: len(yours) + len(outside),
            **({Tab.OWNERS: owners} if owners or tab is Tab.OWNERS else {}),
            Tab.ASKED: _count(session, user, _is_asked(user)),
            Tab.ANSWERED: _count(session, user, _is_answered(user)),
        },
        waits=_waits(yours, outside),
        gives_back=_gives_back(session, yours, my_products),
        pace=read_pace(session, user),
        products=my_products.products,
    )


def _waits(yours: Iterable[Waiting], outside: Iterable[AskedAbout]) -> Waits:
    since = [row.thread.turned_at for row in yours if row.cost is not Cost.READS]
    since += [row.asked_at for row in outside]
    return Waits(len(since), min(since, default=None))


def load_yours(session: orm.Session, user: User, my_products: MyProducts) -> list[Waiting]:
    """What waits on one person over all their products, the costliest silence first."""
    return _load(session, user, _is_yours(user), my_products)[:_SHOWN]


# Which questions


def _is_yours(user: User) -> sa.ColumnElement[bool]:
    """What waits on the person; for an owner, also what waits on somebody who can no longer act."""
    own = sa.and_(Question.waits_on_id == user.id, may_answer())
    return sa.or_(own, sa.and_(Member.role == constant(Role.OWNER), is_orphaned()))


def _is_owners(user: User) -> sa.ColumnElement[bool]:
    """What waits on the owner of a product where the person is a delegate, and so can answer it."""
    owner = orm.aliased(Member)
    waits = sa.exists().where(
        owner.product_id == Question.product_id,
        owner.role == constant(Role.OWNER),
        owner.user_id == Question.waits_on_id,
    )
    return sa.and_(
        Member.role == constant(Role.DELEGATE), Question.state == QuestionState.OPEN, sa.or_(waits, is_orphaned())
    )


def _is_asked(user: User) -> sa.ColumnElement[bool]:
    return sa.and_(Question.asker_id == user.id, Question.closed_at.is_(None))


def _is_answered(user: User) -> sa.ColumnElement[bool]:
    said = sa.exists().where(
        Answer.question_id == Question.id, Answer.author_id == user.id, Answer.kind == AnswerKind.ANSWER
    )
    mine = sa.or_(said, Question.asker_id == user.id, Question.addressee_id == user.id)
    return sa.and_(Question.first_answered_at.is_not(None), mine)


def _visible(query: Any, user: User) -> Any:
    """Restrict a query to products where the person is a member, and to items that are not discarded."""
    return (
        query.join(Item, Item.id == Question.item_id)
        .join(Product, Product.id == Question.product_id)
        .join(Member, sa.and_(Member.product_id == Product.id, Member.user_id == user.id))
        .where(Item.discarded_at.is_(None), Product.archived_at.is_(None))
    )


def _count(session: orm.Session, user: User, which: sa.ColumnElement[bool]) -> int:
    query = _visible(sa.select(sa.func.count()).select_from(Question), user).where(which)
    return session.scalar(query) or 0


def _load(session: orm.Session, user: User, which: sa.ColumnElement[bool], my_products: MyProducts) -> list[Waiting]:
    query = sa.select(
        *(Question, Item.number, Item.title, Item.started_at, Item.finished_at, Product.key, Product.name),
        *(Product.next_item, Product.time_zone, Member.role, NEAREST_PROMISE.label("promised_on")),
    )
    query = _visible(query, user).where(which).options(orm.selectinload(Question.answers))
    found = session.execute(query.order_by(Question.turned_at.desc()).limit(1000)).all()
    people = people_by_id(session, _people_in(row.Question for row in found))
    rows = [
        Waiting(
            thread=_thread(
                row.Question,
                my_products.among(row.Question.product_id, people),
                user.id,
                row.role,
                row.time_zone,
                Refs(row.key, row.next_item - 1),
            ),
            product=row.name,
            ref=f"{row.key}-{row.number}",
            title=row.title,
            cost=cost_of(row.Question, started_at=row.started_at, finished_at=row.finished_at, time_zone=row.time_zone),
            promised_on=row.promised_on,
            excerpt=row.Question.excerpt,
        )
        for row in found
    ]
    return sorted(rows, key=_by_cost)


# What it costs


def _by_cost(row: Waiting) -> Place:
    thread = row.thread
    return place_of(
        row.cost,
        promised_on=row.promised_on,
        needed_by=thread.needed_by,
        assumed_until=thread.assumed_until,
        asked_at=thread.asked_at,
        number=thread.id,
    )


def _gives_back(session: orm.Session, rows: list[Waiting], my_products: MyProducts) -> tuple[str, ...]:
    """What answering would set in motion, in sentences that claim nothing the data doesn't show."""
    stopped = [row for row in rows if row.cost is Cost.STOPS]
    freed = _freed_people(session, [row.thread.id for row in stopped], my_products)
    if not stopped:
        return ()
    first, is_only = stopped[0], len(rows) == 1
    names = [one.first_name for one in freed.get(first.thread.id, ())]
    sentences = []
    who = _(" and ").join(names)
    if names and is_only:
        sentences.append(_("Answering it frees %(names)s.", names=who))
    elif names:
        sentences.append(_("Answering the first one frees %(names)s.", names=who))
    elif first.thread.id in freed and is_only:
        sentences.append(_("Answering it lets %(ref)s go on.", ref=first.ref))
    elif first.thread.id in freed:
        sentences.append(_("Answering the first one lets %(ref)s go on.", ref=first.ref))
    people = {one.id for persons in freed.values() for one in persons}
    if len(stopped) > 1 and len(people) > len(names):
        sentences.append(
            ngettext(
                "Answering the %(count)s that stop work unblocks one person.",
                "Answering the %(count)s that stop work unblocks %(num)s people.",
                len(people),
                count=len(stopped),
            )
        )
    return tuple(sentences)


def _freed_people(session: orm.Session, ids: list[int], my_products: MyProducts) -> dict[int | None, list[Person]]:
    """For each question that alone blocks its item, the people who hold that item and whom an answer would free."""
    other = orm.aliased(Block)
    alone = ~sa.exists().where(other.item_id == Block.item_id, other.until.is_(None), other.id != Block.id)
    rows = session.execute(
        sa.select(Block.question_id, Question.product_id, User)
        .join(Question, Question.id == Block.question_id)
        .outerjoin(assignment, assignment.c.item_id == Block.item_id)
        .outerjoin(User, User.id == assignment.c.user_id)
        .where(Block.question_id.in_(ids), Block.until.is_(None), alone)
        .order_by(User.name)
    )
    freed: dict[int | None, list[Person]] = defaultdict(list)
    for question_id, product_id, user in rows:
        freed[question_id].extend(
            my_products.among(product_id, {user.id: person(user)}).values() if user is not None else ()
        )
    return freed


# Threads


def _people_in(questions: Iterable[Question]) -> set[int | None]:
    found: set[int | None] = set()
    for question in questions:
        found |= {question.asker_id, question.addressee_id, question.waits_on_id}
        found.update(answer.author_id for answer in question.answers)
    return found


def _thread(
    question: Question, people: Mapping[int, Person], user_id: int, role: str, time_zone: str, refs: Refs
) -> Thread:
    return Thread(
        id=question.id,
        number=question.number,
        asker=people[question.asker_id],
        addressee=people[question.addressee_id],
        text=markup.to_html(question.body, refs=refs),
        blocking=question.blocking,
        needed_by=question.needed_by,
        assumption=question.assumption,
        assumed_until=question.assumed_until,
        stands=question.stands_on(clock.today(time_zone)),
        state=question.state.value,
        waits_on=people.get(question.waits_on_id or 0),
        asked_at=question.asked_at,
        turned_at=question.turned_at,
        entries=tuple(
            Entry(
                kind=answer.kind.value,
                author=people[answer.author_id],
                text=markup.to_html(answer.body, refs=refs),
                becomes=answer.becomes.value if answer.becomes else None,
                at=answer.at,
            )
            for answer in question.answers
        ),
        may=_may(question, user_id, role),
    )


def _may(question: Question, user_id: int, role: str) -> ThreadMay:
    takes_part = policy.allows(role, Action.TAKE_PART_IN_QUESTION)
    is_asker = takes_part and user_id == question.asker_id
    is_open = question.state is QuestionState.OPEN
    answerer = takes_part and (user_id == question.addressee_id or policy.allows(role, Action.ANSWER))
    answers = is_open and answerer
    return ThreadMay(
        answer=answers,
        keep=answerer and policy.allows(role, Action.SET_CRITERIA),
        ask_back=answers and question.turn is Turn.ADDRESSEE and not is_asker,
        reply=is_open and is_asker and question.turn is Turn.ASKER,
        accept=is_asker and question.state is QuestionState.ANSWERED,
        withdraw=is_asker and question.closed_at is None,
        answer_again=answerer and not is_asker and question.state in (QuestionState.ANSWERED, QuestionState.ACCEPTED),
        assume=is_open and is_asker,
    )
