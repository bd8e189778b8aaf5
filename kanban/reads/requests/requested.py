"""What a requester may read: the state of their requests and why, and which other requests are similar.

Nothing internal is shown: about an item, only whether it waits or is being worked on, and its likely dates; about
others' requests, only titles that were made public.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.flow.age import Age
from kanban.flow.product_forecast import Dates, Reach
from kanban.models import Item, Product, Request, RequestFile, RequestState, RequestStep, Stakeholder, User
from kanban.models.request import request_support
from kanban.reads.promises.outlook import read_ahead, read_queue

SHOWN_AT_MOST = 100
SIMILAR_AT_MOST = 4
_COMPARED = 1000
_WORD = re.compile(r"\w{3,}")
_BEGINNING = 5


@dataclass(frozen=True)
class StepLine:
    """One step with the name of the member who took it, or ""."""

    kind: str
    words: str
    by: str
    at: dt.datetime


@dataclass(frozen=True)
class ItemProgress:
    """How far the item of an accepted request is: waiting, started or done; and its likely dates.

    Without dates, `lacks` says why: the item has no `place` in the order, or what `Forecast.silence` returns.
    """

    stage: str
    dates: Dates | None
    lacks: str = ""


@dataclass(frozen=True)
class RequestLine:
    """One request as its requester, or somebody who said "me too", may read it.

    `title` is empty if it is somebody else's and was not made public; `original` is the request that it repeats.
    """

    number: int
    title: str
    body: str
    is_mine: bool
    state: str
    asked_at: dt.datetime
    n_supporters: int
    solved: bool | None
    files: tuple[str, ...]
    steps: tuple[StepLine, ...]
    standing: ItemProgress | None
    original: "RequestLine | None" = None


def read_mine(
    session: orm.Session, product: Product, person: Stakeholder, *, limit: int | None = SHOWN_AT_MOST
) -> list[RequestLine]:
    """The person's own requests and the public ones they support, newest first; a fixed number of queries."""
    supported = sa.select(request_support.c.request_id).where(request_support.c.stakeholder_id == person.id)
    own = Request.stakeholder_id == person.id
    query = sa.select(Request).where(
        Request.product_id == product.id,
        sa.or_(own, sa.and_(Request.id.in_(supported), Request.is_public)),
    )
    return _lines(session, product, person, query.order_by(Request.number.desc()).limit(limit))


def read_one(session: orm.Session, product: Product, person: Stakeholder, number: int) -> RequestLine | None:
    """One request as this person may read it."""
    query = sa.select(Request).where(Request.product_id == product.id, Request.number == number)
    return next(iter(_lines(session, product, person, query)), None)


def _lines(session: orm.Session, product: Product, person: Stakeholder, query: sa.Select[Any]) -> list[RequestLine]:
    options = (
        orm.joinedload(Request.duplicate_of),
        orm.joinedload(Request.item),
        orm.selectinload(Request.steps),
        orm.selectinload(Request.supporters),
    )
    requests = list(session.scalars(query.options(*options)))
    repeated = _repeated(session, requests, options)
    originals = [each for each in repeated.values() if each.duplicate_of_id is None]
    names = _names(session, [step for each in (*requests, *originals) for step in each.steps])
    files = _files(session, [each.id for each in requests])
    standings = _standings(session, product, [each.item for each in (*requests, *originals) if each.item is not None])
    shown = {each.id: _line(each, person, names, files, standings, None) for each in originals}
    return [_line(each, person, names, files, standings, shown.get(_root(each, repeated))) for each in requests]


def _repeated(session: orm.Session, requests: list[Request], options: Any) -> dict[int, Request]:
    """By id, all requests that these repeat, and those that they repeat in turn.

    One query per step of the longest chain.
    """
    found: dict[int, Request] = {}
    wanted = {each.duplicate_of_id for each in requests} - {None}
    while wanted:
        query = sa.select(Request).where(Request.id.in_(wanted)).options(*options)
        rows = list(session.scalars(query.execution_options(populate_existing=True)))
        found |= {each.id: each for each in rows}
        wanted = {each.duplicate_of_id for each in rows} - {None} - found.keys()
    return found


def _root(request: Request, repeated: dict[int, Request]) -> int:
    """The id of the request at the end of a chain of duplicates; 0 if this one repeats none."""
    while request.duplicate_of_id is not None:
        request = repeated[request.duplicate_of_id]
        if request.duplicate_of_id is None:
            return request.id
    return 0


def _line(
    request: Request,
    person: Stakeholder,
    names: dict[int, str],
    files: dict[int, tuple[str, ...]],
    standings: dict[int, ItemProgress],
    original: RequestLine | None,
) -> RequestLine:
    is_mine = request.stakeholder_id == person.id
    return RequestLine(
        number=request.number,
        title=request.title if is_mine or request.is_public else "",
        body=request.body if is_mine else "",
        is_mine=is_mine,
        state=request.state.value,
        asked_at=request.asked_at,
        n_supporters=len(request.supporters),
        solved=request.solved,
        files=files.get(request.id, ()) if is_mine else (),
        steps=tuple(
            StepLine(step.kind.value, step.words, names.get(step.by_id or 0, ""), step.at)
            for step in request.steps
            if is_mine or step.kind.value not in ("solved", "unsolved")
        ),
        standing=standings.get(request.item_id or 0),
        original=original,
    )


def _names(session: orm.Session, steps: Iterable[RequestStep]) -> dict[int, str]:
    ids = {step.by_id for step in steps if step.by_id is not None}
    rows = session.execute(sa.select(User.id, User.name).where(User.id.in_(ids))) if ids else ()
    return {user_id: name for user_id, name in rows}


def _files(session: orm.Session, ids: list[int]) -> dict[int, tuple[str, ...]]:
    rows = session.execute(
        sa.select(RequestFile.request_id, RequestFile.name)
        .where(RequestFile.request_id.in_(ids))
        .order_by(RequestFile.number)
    )
    found: dict[int, tuple[str, ...]] = {}
    for request_id, name in rows:
        found[request_id or 0] = (*found.get(request_id or 0, ()), name)
    return found


def _standings(session: orm.Session, product: Product, items: list[Item]) -> dict[int, ItemProgress]:
    """By item id, how far these items are; the forecast is read only if one of them is still to be done."""
    open_items = [item for item in items if item.finished_at is None and item.discarded_at is None]
    found = {item.id: ItemProgress("done", None) for item in items if item.finished_at is not None}
    if not open_items:
        return found
    queue = read_queue(session, product)
    ahead = read_ahead(session, product, queue)
    places = {queued.item_id: place for place, queued in enumerate(queue)}
    today = clock.today(product.zone)
    for item in open_items:
        if item.started_at is not None:
            started_on = clock.day_of(item.started_at, product.zone)
            age = Age.since(started_on, today, is_known=item.is_start_known)
            dates = ahead.forecast.of_started(age)
            found[item.id] = ItemProgress("started", dates, "" if dates else ahead.forecast.silence(Reach(ages=(age,))))
        elif (place := places.get(item.id)) is None:
            found[item.id] = ItemProgress("waiting", None, "place")
        else:
            dates = ahead.rows[place] if ahead.rows is not None else None
            found[item.id] = ItemProgress("waiting", dates, "" if dates else ahead.forecast.silence(Reach()))
    return found


@dataclass(frozen=True)
class Similar:
    """A request that asks for something like what is being written.

    `is_known` if the person follows it already: it is their own (`is_mine`), or they said "me too".
    """

    number: int
    title: str
    state: str
    is_mine: bool
    is_known: bool


def similar_to(session: orm.Session, product: Product, words: str, person: Stakeholder | None) -> list[Similar]:
    """Requests that share words with these, the closest first: those with public titles, and the person's own."""
    wanted = _stems(words)
    if not wanted:
        return []
    seen = Request.is_public
    rows = session.execute(
        sa.select(Request.id, Request.number, Request.title, Request.state, Request.stakeholder_id)
        .where(
            Request.product_id == product.id,
            sa.or_(seen, Request.stakeholder_id == person.id) if person is not None else seen,
            Request.state.not_in((RequestState.DUPLICATE, RequestState.DECLINED)),
        )
        .order_by(Request.number.desc())
        .limit(_COMPARED)
    )
    scored = [(len(wanted & _stems(row.title)), row) for row in rows]
    close = sorted((each for each in scored if each[0] * 3 >= len(wanted) and each[0]), key=lambda each: -each[0])
    mine = person.id if person is not None else None
    shown = [row for _, row in close[:SIMILAR_AT_MOST]]
    supported = _supported(session, person, [row.id for row in shown]) if person is not None else set()
    return [
        Similar(
            row.number,
            row.title,
            row.state.value,
            is_mine=row.stakeholder_id == mine,
            is_known=row.stakeholder_id == mine or row.id in supported,
        )
        for row in shown
    ]


def _supported(session: orm.Session, person: Stakeholder, ids: list[int]) -> set[int]:
    """The ids of those of these requests that the person said "me too" to."""
    support = request_support.c
    query = sa.select(support.request_id).where(support.stakeholder_id == person.id, support.request_id.in_(ids))
    return set(session.scalars(query)) if ids else set()


def _stems(words: str) -> set[str]:
    return {word[:_BEGINNING] for word in _WORD.findall(words[:500].casefold())} - _COMMON


#: Words that nearly every request contains.
_COMMON = {
    *("the", "and", "for", "with", "that", "this", "from", "have", "has", "can", "could", "would", "shoul", "want"),
    *("need", "like", "pleas", "when", "what", "where", "there", "into", "not", "are", "our", "you", "your", "able"),
}
