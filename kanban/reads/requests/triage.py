"""The requests as the owner's side works through them, in one list for each outcome.

Who asked is shown only to those who may see the stakeholders.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import (
    Commitment,
    Item,
    Member,
    Product,
    Request,
    RequestFile,
    RequestState,
    RequestStep,
    Stakeholder,
    User,
)
from kanban.models.request import request_support
from kanban.policy import Action

SHOWN_AT_MOST = 100
_OLDEST = (Request.asked_at, Request.number)


class Tab(StrEnum):
    """A list of the page; done requests are listed with the accepted ones."""

    NEW = "new"
    LATER = "later"
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    DECLINED = "declined"


def tab_of(state: str) -> Tab:
    """The list that a request in this state is on."""
    return Tab.ACCEPTED if state == RequestState.DONE else Tab(state)


@dataclass(frozen=True)
class Asker:
    """A stakeholder who asked; `id` leads to their page."""

    id: int
    name: str
    organisation: str
    email: str


@dataclass(frozen=True)
class Step:
    """What was decided or reported, in which words, and by whom ("" for the program itself or the requester)."""

    kind: str
    words: str
    by: str
    at: dt.datetime


@dataclass(frozen=True)
class TriageLine:
    """One request.

    For those who may not see the stakeholders, `asker` is None and `supporters` is empty, while `n_supporters` still
    counts them. `ref` is the item that came from it; `original` is the number of the request that it repeats,
    `original_id` its id.
    """

    id: int
    number: int
    title: str
    body: str
    state: str
    is_public: bool
    asked_at: dt.datetime
    asker: Asker | None
    added_by: str
    supporters: tuple[Asker, ...]
    n_supporters: int
    ref: str
    item_title: str
    original: int | None
    original_id: int | None
    original_title: str
    decided_at: dt.datetime | None
    solved: bool | None
    promised_on: dt.date | None
    steps: tuple[Step, ...]
    files: tuple[tuple[int, str], ...]

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision."""
        return self.state in ("new", "later")

    @property
    def last(self) -> Step | None:
        """The latest step, other than the asking itself."""
        return self.steps[-1] if len(self.steps) > 1 else None


@dataclass(frozen=True)
class TriagePage:
    """One list, with the counts of all.

    `open` is the number of the request that is unfolded. The first `n_shown` rows are the list; one more may follow, if
    it was asked for and is further down.
    """

    key: str
    version: int
    name: str
    tab: Tab
    counts: dict[str, int]
    rows: tuple[TriageLine, ...]
    n_shown: int
    open: int | None
    oldest_at: dt.datetime | None
    may_triage: bool


def load_triage(session: orm.Session, product: Product, member: Member, tab: Tab, wanted: int | None) -> TriagePage:
    """The page for one reader; six queries, however many requests there are.

    New and postponed requests are oldest first, decided ones newest first. If the wanted request is no longer in this
    list, the one after it is open instead.
    """
    counts = _counts(session, product)
    states = [state for state in RequestState if tab_of(state) is tab]
    order = _OLDEST if tab in (Tab.NEW, Tab.LATER) else (Request.decided_at.desc(), Request.number.desc())
    rows = list_requests(session, product, member, Request.state.in_(states), order=order)
    n_shown = len(rows)
    if n_shown == SHOWN_AT_MOST and wanted is not None and wanted not in [row.number for row in rows]:
        rows += list_requests(session, product, member, Request.state.in_(states), Request.number == wanted)
    return TriagePage(
        key=product.key,
        version=product.version,
        name=product.name,
        tab=tab,
        counts={each.value: sum(counts.get(s, 0) for s in RequestState if tab_of(s) is each) for each in Tab},
        rows=tuple(rows),
        n_shown=n_shown,
        open=_open(rows, wanted),
        oldest_at=rows[0].asked_at if rows and tab is Tab.NEW else None,
        may_triage=member.may(Action.TRIAGE_REQUESTS) and product.archived_at is None,
    )


def _open(rows: list[TriageLine], wanted: int | None) -> int | None:
    numbers = [row.number for row in rows]
    if wanted in numbers or not numbers:
        return wanted if numbers else None
    return next((number for number in numbers if wanted is not None and number > wanted), numbers[0])


def _counts(session: orm.Session, product: Product) -> dict[RequestState, int]:
    query = sa.select(Request.state, sa.func.count()).where(Request.product_id == product.id).group_by(Request.state)
    return {state: count for state, count in session.execute(query)}


def list_requests(
    session: orm.Session,
    product: Product,
    member: Member,
    *which: sa.ColumnElement[bool],
    order: Sequence[Any] = _OLDEST,
    limit: int = SHOWN_AT_MOST,
) -> list[TriageLine]:
    """The requests that meet the conditions, as one reader may see them; one query, three more if there are any."""
    original = orm.aliased(Request)
    added = orm.aliased(User)
    query = (
        sa.select(Request, Stakeholder.name, Stakeholder.organisation, Stakeholder.email, added.name.label("added_by"))
        .add_columns(Item.number.label("item"), Item.title.label("item_title"))
        .add_columns(original.number.label("original"), original.title.label("original_title"), Commitment.due_on)
        .join(Stakeholder, Stakeholder.id == Request.stakeholder_id)
        .outerjoin(added, added.id == Request.added_by_id)
        .outerjoin(Item, Item.id == Request.item_id)
        .outerjoin(original, original.id == Request.duplicate_of_id)
        .outerjoin(Commitment, sa.and_(Commitment.request_id == Request.id, Commitment.withdrawn_at.is_(None)))
        .where(Request.product_id == product.id, *which)
    )
    rows = session.execute(query.order_by(*order).limit(limit)).all()
    ids = [row.Request.id for row in rows]
    supporters, steps = (_supporters(session, ids), _steps(session, ids)) if ids else ({}, {})
    files = _files(session, ids) if ids else {}
    sees_people = member.may(Action.SEE_STAKEHOLDERS)
    return [
        _line(
            product,
            row,
            supporters.get(row.Request.id, []),
            steps.get(row.Request.id, []),
            files.get(row.Request.id, []),
            sees_people,
        )
        for row in rows
    ]


def are_colleagues(session: orm.Session, product: Product, line: TriageLine) -> bool:
    """Whether everybody who hears of this request is also a member of the product."""
    addresses = {each.email for each in (line.asker, *line.supporters) if each is not None}
    members = sa.select(sa.func.count(User.id)).join(Member, Member.user_id == User.id)
    known = members.where(Member.product_id == product.id, User.is_active, User.email.in_(addresses))
    return bool(addresses) and session.scalar(known) == len(addresses)


def list_by_id(
    session: orm.Session, product: Product, member: Member, *which: sa.ColumnElement[bool], limit: int = 1
) -> list[TriageLine]:
    """The same as `list_requests`, in the order of their ids."""
    return list_requests(session, product, member, *which, order=(Request.id,), limit=limit)


def _line(
    product: Product,
    row: Any,
    supporters: list[Asker],
    steps: list[Step],
    files: list[tuple[int, str]],
    sees_people: bool,
) -> TriageLine:
    request: Request = row.Request
    return TriageLine(
        id=request.id,
        number=request.number,
        title=request.title,
        body=request.body,
        state=request.state.value,
        is_public=request.is_public,
        asked_at=request.asked_at,
        asker=Asker(request.stakeholder_id, row.name, row.organisation, row.email) if sees_people else None,
        added_by=row.added_by or "",
        supporters=tuple(supporters) if sees_people else (),
        n_supporters=len(supporters),
        ref=f"{product.key}-{row.item}" if row.item else "",
        item_title=row.item_title or "",
        original=row.original,
        original_id=request.duplicate_of_id,
        original_title=row.original_title or "",
        decided_at=request.decided_at,
        solved=request.solved,
        promised_on=row.due_on,
        steps=tuple(steps),
        files=tuple(files),
    )


def _supporters(session: orm.Session, ids: list[int]) -> dict[int, list[Asker]]:
    rows = session.execute(
        sa.select(request_support.c.request_id, Stakeholder.id, Stakeholder.name, Stakeholder.organisation)
        .add_columns(Stakeholder.email)
        .join(Stakeholder, Stakeholder.id == request_support.c.stakeholder_id)
        .where(request_support.c.request_id.in_(ids))
        .order_by(sa.func.lower(Stakeholder.name), Stakeholder.id)
    )
    found: dict[int, list[Asker]] = defaultdict(list)
    for request_id, *person in rows:
        found[request_id].append(Asker(*person))
    return found


def _steps(session: orm.Session, ids: list[int]) -> dict[int, list[Step]]:
    rows = session.execute(
        sa.select(RequestStep, User.name)
        .outerjoin(User, User.id == RequestStep.by_id)
        .where(RequestStep.request_id.in_(ids))
        .order_by(RequestStep.request_id, RequestStep.number)
    )
    found: dict[int, list[Step]] = defaultdict(list)
    for step, by in rows:
        found[step.request_id].append(Step(step.kind.value, step.words, by or "", step.at))
    return found


def _files(session: orm.Session, ids: list[int]) -> dict[int, list[tuple[int, str]]]:
    """By request id, the numbers and names of the files that came with it."""
    rows = session.execute(
        sa.select(RequestFile.request_id, RequestFile.number, RequestFile.name)
        .where(RequestFile.request_id.in_(ids))
        .order_by(RequestFile.request_id, RequestFile.number)
    )
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for request_id, number, name in rows:
        found[request_id or 0].append((number, name))
    return found


def repeatable(session: orm.Session, product: Product, number: int) -> list[tuple[int, str]]:
    """Number and title of the requests that this one could repeat, the newest first."""
    query = sa.select(Request.number, Request.title).where(
        Request.product_id == product.id, Request.number != number, Request.state != RequestState.DUPLICATE
    )
    return [(row.number, row.title) for row in session.execute(query.order_by(Request.number.desc()).limit(200))]
