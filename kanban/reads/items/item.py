"""One item read in full, for its page and for the panel: facts, text, criteria, comments, parts, times and history."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from markupsafe import Markup
from sqlalchemy import orm

from kanban import clock, markup
from kanban.flow.age import Age
from kanban.flow.stage import QUEUE
from kanban.models import (
    Block,
    Column,
    Criterion,
    Item,
    Liberty,
    Member,
    Product,
    Stage,
    User,
    assignment,
)
from kanban.policy import Action, Role
from kanban.reads.backlog.scores import score_of
from kanban.reads.board.ageing import read_age_marks
from kanban.reads.board.liberties import about_item, tell_passings
from kanban.reads.decisions.decisions import DecisionLine, of_item
from kanban.reads.items.attachments import FileLine, file_lines
from kanban.reads.items.comments import Talk, load_talk
from kanban.reads.items.history import Line
from kanban.reads.items.history_pages import load_newest
from kanban.reads.items.labels import labels_of
from kanban.reads.items.links import Links, load_links
from kanban.reads.items.time_in_columns import TimeInColumn, time_in_columns
from kanban.reads.people.people import Person, active_members, people_by_id, people_who, roles_of
from kanban.reads.promises.item_promises import ItemPromises, promises_of
from kanban.reads.questions.questions import Thread, load_threads
from kanban.reads.words import type_choices, type_word

_COMPARED = 200
_ENOUGH = 10
_PASSED_SHOWN = 3


@dataclass(frozen=True)
class ItemMay:
    """What the reader may do with the item as it stands now."""

    edit: bool
    set_value: bool
    split: bool
    create: bool
    assign: bool
    tick: bool
    set_criteria: bool
    comment: bool
    ask: bool
    block: bool
    unblock: bool
    move: bool
    discard: bool
    restore: bool
    see_requests: bool
    show_publicly: bool


@dataclass(frozen=True)
class Hold:
    """One reason why the item is held up.

    `waits_for` is a name or other words, "" if nobody is named; `question` is the id of the question whose answer it
    waits for, None if it is held up by something else.
    """

    reason: str
    since: dt.datetime
    waits_for: str
    question: int | None


@dataclass(frozen=True)
class CriterionLine:
    """One acceptance criterion, and who ticked it."""

    number: int
    text: str
    met_at: dt.datetime | None
    met_by: str


@dataclass(frozen=True)
class PartLine:
    """A part of the item, or the item that it is a part of."""

    ref: str
    title: str
    column: str
    is_done: bool


@dataclass(frozen=True)
class ItemPage:
    """Everything the item's template shows.

    `older_in_10`: how many of ten finished items took fewer days than its age; `is_old`: older than most items were
    when they left this column; `passed`: the latest pulls that passed over it; `unexplained`: the liberties of the
    reader's own move for which no reason was given; `former_key`: its key in the list that it was imported from, if
    any.
    """

    key: str
    version: int
    product: str
    ref: str
    title: str
    revision: int
    source: str
    text: Markup
    type: str
    type_word: str
    size: str
    value: int | None
    effort: int | None
    labels: tuple[str, ...]
    types: tuple[tuple[str, str], ...]
    column: str
    stage: str
    former_key: str
    is_finished: bool
    finished_on: dt.date | None
    cycle_days: int | None
    discarded_on: dt.date | None
    discard_reason: Markup
    assignees: tuple[Person, ...]
    members: tuple[Person, ...]
    askable: tuple[Person, ...]
    me_id: int
    owner_id: int
    age: Age | None
    waited_days: int | None
    older_in_10: int | None
    is_old: bool
    passed_times: int
    passed: tuple[Line, ...]
    unexplained: tuple[Liberty, ...]
    holds: tuple[Hold, ...]
    criteria: tuple[CriterionLine, ...]
    threads: tuple[Thread, ...]
    decisions: tuple[DecisionLine, ...]
    talk: Talk
    attachments: tuple[FileLine, ...]
    parts: tuple[PartLine, ...]
    part_of: PartLine | None
    links: Links
    promises: ItemPromises
    stays: tuple[TimeInColumn, ...]
    history: tuple[Line, ...]
    history_before: str | None
    may: ItemMay
    pulls_into: int | None

    @property
    def score(self) -> float | None:
        """Value for effort to one decimal place; None unless both are given."""
        return score_of(self.value, self.effort)

    @property
    def met(self) -> int:
        """How many criteria are met."""
        return sum(criterion.met_at is not None for criterion in self.criteria)

    @property
    def ask_choices(self) -> list[tuple[int, str]]:
        """Whom one can ask, as (value, label) pairs for a select."""
        return [(person.id, person.listed) for person in self.askable]

    @property
    def open_questions(self) -> int:
        """How many questions are open: they wait for an answer, or for a reply to a question back."""
        return sum(thread.state == "open" for thread in self.threads)


def load_item(session: orm.Session, product: Product, item: Item, member: Member) -> ItemPage:
    """The page of one item for one reader; a fixed number of queries. The product's columns must be loaded."""
    team = roles_of(session, product)
    known = {one.person.id: one.person for one in team}
    past, arrivals = load_newest(session, product, item, known)
    holds = _holds(session, item, known)
    zone, today = product.zone, clock.today(product.zone)
    age = _age(item, product)
    members = [one.person for one in team if one.is_active]
    names = [one.name for one in members]
    part_of, parts = _family(session, product, item)
    liberties = about_item(session, product, item, member.user_id)
    others = [one.person for one in team if one.can(Action.TAKE_PART_IN_QUESTION) and one.person.id != member.user_id]
    finished_on = clock.day_of(item.finish, zone) if item.finish else None
    assignees = _assignees(session, item, known)
    is_free = not holds and all(person.id == member.user_id for person in assignees)
    return ItemPage(
        key=product.key,
        version=product.version,
        product=product.name,
        ref=f"{product.key}-{item.number}",
        title=item.title,
        revision=item.revision,
        source=item.description,
        text=markup.to_html(item.description, names=names, refs=product.refs),
        type=item.type.value,
        type_word=type_word(item.type),
        size=item.size,
        value=item.value,
        effort=item.effort,
        labels=tuple(labels_of(session, item)),
        types=tuple(type_choices()),
        column=item.column.name,
        stage=item.column.stage.value,
        former_key=item.former_key,
        is_finished=item.is_finished,
        finished_on=finished_on,
        cycle_days=_cycle_days(item, zone),
        discarded_on=clock.day_of(item.discarded_at, zone) if item.discarded_at else None,
        discard_reason=markup.with_refs(item.discard_reason or "", product.refs),
        assignees=assignees,
        members=tuple(members),
        askable=tuple(others),
        me_id=member.user_id,
        owner_id=next(one.person.id for one in team if one.role == Role.OWNER),
        age=age,
        waited_days=(today - clock.day_of(item.created_at, zone)).days if item.column.stage in QUEUE else None,
        older_in_10=_older_in_10(session, product, age),
        is_old=_is_old(session, item, age),
        passed_times=len(liberties.passed),
        passed=tuple(tell_passings(liberties.passed[:_PASSED_SHOWN], names=member.may(Action.RANK))),
        unexplained=tuple(liberties.unexplained),
        holds=holds,
        criteria=load_criteria(session, item),
        threads=tuple(load_threads(session, item, member, known)),
        decisions=of_item(session, product, item),
        talk=load_talk(session, item, lambda: names, reader=member),
        attachments=file_lines(session, item, member),
        parts=parts,
        part_of=part_of,
        links=load_links(session, product, item),
        promises=promises_of(session, product, item, member),
        stays=tuple(time_in_columns(product, item, arrivals)),
        history=past.lines,
        history_before=past.before,
        may=_may(item, member, holds, others),
        pulls_into=_pulls_into(item, member) if is_free else None,
    )


def askable(session: orm.Session, product: Product) -> list[Person]:
    """The members who can be asked: those whose role lets them answer."""
    return active_members(session, product, who_may=Action.TAKE_PART_IN_QUESTION)


def has_parts(session: orm.Session, item: Item) -> bool:
    """Whether other items are parts of this one."""
    return bool(session.scalar(sa.select(sa.exists().where(Item.part_of_id == item.id))))


def _may(item: Item, member: Member, holds: tuple[Hold, ...], others: list[Person]) -> ItemMay:
    stands = not item.is_discarded
    own = any(hold.question is None for hold in holds)
    return ItemMay(
        edit=stands and member.may(Action.EDIT_ITEM),
        set_value=stands and member.may(Action.SET_VALUE),
        split=stands and not item.is_finished and member.may(Action.SPLIT),
        create=stands and member.may(Action.CREATE_ITEM),
        assign=stands and member.may(Action.ASSIGN),
        tick=stands and member.may(Action.TICK_CRITERION),
        set_criteria=stands and member.may(Action.SET_CRITERIA),
        comment=member.may(Action.COMMENT),
        ask=stands and bool(others) and member.may(Action.ASK),
        block=stands and not item.is_finished and not own and member.may(Action.BLOCK),
        unblock=own and member.may(Action.BLOCK),
        move=stands and member.may(Action.MOVE),
        discard=stands and not item.is_finished and member.may(Action.DISCARD),
        restore=item.is_discarded and member.may(Action.DISCARD),
        see_requests=member.may(Action.SEE_REQUESTS),
        show_publicly=stands and not item.is_finished and member.may(Action.CONFIGURE),
    )


def _pulls_into(item: Item, member: Member) -> int | None:
    """The id of the column into which a developer could pull it; None unless it stands where *Pull next* takes from."""
    if member.role is not Role.DEVELOPER or item.is_discarded or item.column.stage is not item.product.queue_stage:
        return None
    return next((column.id for column in item.product.standing if column.stage is Stage.DOING), None)


# Facts


def _cycle_days(item: Item, zone: ZoneInfo) -> int | None:
    """From start to finish, the first day counting as 1; None if either of them is unknown."""
    if item.started_at is None or item.finish is None or not item.is_start_known:
        return None
    return (clock.day_of(item.finish, zone) - clock.day_of(item.started_at, zone)).days + 1


def _age(item: Item, product: Product) -> Age | None:
    if item.started_at is None or item.is_finished or item.is_discarded:
        return None
    started_on = clock.day_of(item.started_at, product.zone)
    return Age.since(started_on, clock.today(product.zone), is_known=item.is_start_known)


def _is_old(session: orm.Session, item: Item, age: Age | None) -> bool:
    if age is None:
        return False
    mark = read_age_marks(session, item.product).days(item.column.number)
    return mark is not None and age.days > mark


def _older_in_10(session: orm.Session, product: Product, age: Age | None) -> int | None:
    """How many of ten finished items took fewer days, going by the last 200; None if there are fewer than ten."""
    if age is None:
        return None
    rows = session.execute(
        sa.select(Item.started_at, Item.finished_at)
        .where(Item.product_id == product.id, Item.finished_at.is_not(None), Item.discarded_at.is_(None))
        .where(Item.is_start_known, Item.is_finish_known)
        .order_by(Item.finished_at.desc())
        .limit(_COMPARED)
    ).all()
    zone = product.zone
    days = [(clock.day_of(done, zone) - clock.day_of(begun, zone)).days + 1 for begun, done in rows if begun and done]
    if len(days) < _ENOUGH:
        return None
    return 10 * sum(length < age.days for length in days) // len(days)


def _assignees(session: orm.Session, item: Item, known: dict[int, Person]) -> tuple[Person, ...]:
    """The people who hold it, by name, each named as in the lists of members."""
    found = people_who(session, User.id.in_(sa.select(assignment.c.user_id).where(assignment.c.item_id == item.id)))
    return tuple(known.get(one.id, one) for one in found)


def _holds(session: orm.Session, item: Item, known: dict[int, Person]) -> tuple[Hold, ...]:
    query = sa.select(Block).where(Block.item_id == item.id, Block.until.is_(None)).order_by(Block.since)
    blocks = list(session.scalars(query))
    people = people_by_id(session, (block.waiting_for_id for block in blocks), known)
    return tuple(
        Hold(
            reason=block.reason,
            since=block.since,
            waits_for=people[block.waiting_for_id].listed if block.waiting_for_id in people else block.waiting_for,
            question=block.question_id,
        )
        for block in blocks
    )


# Lists


def load_criteria(session: orm.Session, item: Item) -> tuple[CriterionLine, ...]:
    """Its acceptance criteria in their order."""
    query = sa.select(Criterion).where(Criterion.item_id == item.id).order_by(Criterion.number)
    found = list(session.scalars(query))
    people = people_by_id(session, (criterion.met_by_id for criterion in found))
    return tuple(
        CriterionLine(
            number=criterion.number,
            text=criterion.text,
            met_at=criterion.met_at,
            met_by=people[criterion.met_by_id].name if criterion.met_by_id in people else "",
        )
        for criterion in found
    )


def _family(session: orm.Session, product: Product, item: Item) -> tuple[PartLine | None, tuple[PartLine, ...]]:
    """What the item is a part of, and its own parts; one query."""
    rows = session.execute(
        sa.select(Item.id, Item.number, Item.title, Column.name, Column.stage)
        .join(Column, Column.id == Item.column_id)
        .where(Item.product_id == product.id, Item.discarded_at.is_(None))
        .where(sa.or_(Item.part_of_id == item.id, Item.id == item.part_of_id))
        .order_by(Item.number)
    )
    lines = {
        item_id: PartLine(f"{product.key}-{number}", title, column, stage is Stage.DONE)
        for item_id, number, title, column, stage in rows
    }
    whole = lines.pop(item.part_of_id, None) if item.part_of_id else None
    return whole, tuple(lines.values())
