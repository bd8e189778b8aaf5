"""What the log says about promises, milestones and the calendar, and the check that today's tables say the same."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Closure, Commitment, Event, Item, Milestone, Product, Request, milestone_item


@dataclass
class ReplayedPromise:
    """One promise: days as text; item, milestone and request by number.

    `changes` are tuples of (from, to, cause, explanation, mitigation).
    """

    item: int | None
    milestone: int | None
    request: int | None
    statement: str
    first_on: str
    due_on: str
    stakeholders: list[int]
    withdrawn: str | None = None
    changes: list[tuple[str, str, str, str, str]] = field(default_factory=list)


@dataclass
class ReplayedPromises:
    """All about promises in a product: promises and milestones by number, each item's milestone, closures by days."""

    promises: dict[int, ReplayedPromise] = field(default_factory=dict)
    milestones: dict[int, tuple[str, int | None]] = field(default_factory=dict)
    aims: dict[int, int] = field(default_factory=dict)
    closures: dict[tuple[str, str], str] = field(default_factory=dict)
    working_days: str = "12345"

    def take(self, event: Event, number: int) -> None:
        """Apply one event whose kind is in STEPS; `number` is its item's, 0 for none. ValueError if it can't follow."""
        STEPS[event.kind](self, event.data, number)


def _promised(replayed: ReplayedPromises, data: dict[str, Any], number: int) -> None:
    replayed.promises[data["commitment"]] = ReplayedPromise(
        item=(number or None) if data.get("request") is None else None,
        milestone=data["milestone"],
        request=data.get("request"),
        statement=data["statement"],
        first_on=data["due_on"],
        due_on=data["due_on"],
        stakeholders=list(data["stakeholders"]),
    )


def _changed(replayed: ReplayedPromises, data: dict[str, Any], number: int) -> None:
    promise = replayed.promises[data["commitment"]]
    if promise.withdrawn is not None or promise.due_on != data["was_on"]:
        raise ValueError("a change begins where the one before it ended")
    promise.changes.append((data["was_on"], data["due_on"], data["cause"], data["explanation"], data["mitigation"]))
    promise.due_on = data["due_on"]


def _withdrawn(replayed: ReplayedPromises, data: dict[str, Any], number: int) -> None:
    replayed.promises[data["commitment"]].withdrawn = data["reason"]


def _undone(replayed: ReplayedPromises, data: dict[str, Any], number: int) -> None:
    promise = replayed.promises[data["commitment"]]
    is_last = {
        "promised": promise.withdrawn is None and not promise.changes,
        "promise_changed": promise.withdrawn is None and bool(promise.changes),
        "promise_withdrawn": promise.withdrawn is not None,
    }
    if not is_last[data["what"]]:
        raise ValueError("only the last thing done to a promise is undone")
    match data["what"]:
        case "promised":
            del replayed.promises[data["commitment"]]
        case "promise_changed":
            promise.due_on = promise.changes.pop()[0]
        case _:
            promise.withdrawn = None
    if promise.due_on != data["due_on"]:
        raise ValueError("an undo leaves the date that was promised before")


def _named(replayed: ReplayedPromises, data: dict[str, Any], number: int) -> None:
    top = data["top"] if "top" in data else replayed.milestones[data["milestone"]][1]
    replayed.milestones[data["milestone"]] = (data["name"], top)


def _removed(replayed: ReplayedPromises, data: dict[str, Any], number: int) -> None:
    del replayed.milestones[data["milestone"]]


def _aimed(replayed: ReplayedPromises, data: dict[str, Any], number: int) -> None:
    if replayed.aims.get(number) != data["was_for"]:
        raise ValueError("an item leaves the milestone it had")
    replayed.aims.pop(number, None)
    if data["milestone"] is not None:
        replayed.aims[number] = data["milestone"]


def _closed(replayed: ReplayedPromises, data: dict[str, Any], number: int) -> None:
    replayed.closures[data["first_on"], data["last_on"]] = data["name"]


def _opened_again(replayed: ReplayedPromises, data: dict[str, Any], number: int) -> None:
    del replayed.closures[data["first_on"], data["last_on"]]


def _configured(replayed: ReplayedPromises, data: dict[str, Any], number: int) -> None:
    _, replayed.working_days = data["changes"].get("working_days", ("", replayed.working_days))


STEPS = {
    "promised": _promised,
    "promise_changed": _changed,
    "promise_withdrawn": _withdrawn,
    "promise_undone": _undone,
    "milestone_made": _named,
    "milestone_renamed": _named,
    "milestone_removed": _removed,
    "aimed": _aimed,
    "closed": _closed,
    "opened_again": _opened_again,
    "product_changed": _configured,
}


# Today's tables compared with it


def broken_promises(session: orm.Session, product: Product, replayed: ReplayedPromises) -> Iterator[str]:
    """Sentences about what the tables say otherwise than the log, and about gaps between the dates of a promise."""
    commitments = _commitments(session, product)
    if {each.number: _standing(each, *about) for each, *about in commitments} != replayed.promises:
        yield "the promises are not those that the log tells"
    for commitment, *_about in commitments:
        yield from _chain(commitment)
    if _standing_milestones(session, product) != replayed.milestones:
        yield "the milestones are not those that the log tells"
    aims = (
        sa.select(Item.number, Milestone.number, Milestone.product_id)
        .join(milestone_item, milestone_item.c.item_id == Item.id)
        .join(Milestone, Milestone.id == milestone_item.c.milestone_id)
        .where(Item.product_id == product.id)
    )
    rows = session.execute(aims).all()
    if {row[0]: row[1] for row in rows} != replayed.aims:
        yield "the items of the milestones are not those that the log tells"
    yield from (f"item {row[0]} is of a milestone of another product" for row in rows if row[2] != product.id)
    closures = session.scalars(sa.select(Closure).where(Closure.product_id == product.id))
    if {(each.first_on.isoformat(), each.last_on.isoformat()): each.name for each in closures} != replayed.closures:
        yield "the closures are not those that the log tells"
    if product.working_days != replayed.working_days:
        yield "the working days are not those that the log tells"


def _chain(commitment: Commitment) -> Iterator[str]:
    """Each change must begin where the one before it ended, from the first date to today's."""
    at = commitment.first_on
    for place, change in enumerate(commitment.changes, start=1):
        if change.number != place or change.from_on != at:
            yield f"promise {commitment.number}: change {place} does not begin where the one before it ended"
        at = change.to_on
    if at != commitment.due_on:
        yield f"promise {commitment.number}: its changes do not lead to its date"
    about = (commitment.item_id, commitment.milestone_id, commitment.request_id)
    if sum(each is not None for each in about) != 1:
        yield f"promise {commitment.number} is about nothing, or about two things"


def _standing(commitment: Commitment, item: int | None, milestone: int | None, request: int | None) -> ReplayedPromise:
    return ReplayedPromise(
        item=item,
        milestone=milestone,
        request=request,
        statement=commitment.statement,
        first_on=commitment.first_on.isoformat(),
        due_on=commitment.due_on.isoformat(),
        stakeholders=sorted(person.id for person in commitment.stakeholders),
        withdrawn=commitment.withdrawn_reason,
        changes=[
            (
                change.from_on.isoformat(),
                change.to_on.isoformat(),
                change.cause.value,
                change.explanation,
                change.mitigation,
            )
            for change in commitment.changes
        ],
    )


def _commitments(session: orm.Session, product: Product) -> list[tuple[Commitment, int | None, int | None, int | None]]:
    """Each promise with the numbers of its item, milestone and request; items already loaded are not refreshed."""
    query = (
        sa.select(Commitment, Item.number, Milestone.number, Request.number)
        .outerjoin(Item, Item.id == Commitment.item_id)
        .outerjoin(Milestone, Milestone.id == Commitment.milestone_id)
        .outerjoin(Request, Request.id == Commitment.request_id)
        .where(Commitment.product_id == product.id)
        .options(orm.selectinload(Commitment.stakeholders), orm.selectinload(Commitment.changes))
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]


def _standing_milestones(session: orm.Session, product: Product) -> dict[int, tuple[str, int | None]]:
    query = sa.select(Milestone.number, Milestone.name, Milestone.top)
    rows = session.execute(query.where(Milestone.product_id == product.id, Milestone.removed_at.is_(None)))
    return {number: (name, top) for number, name, top in rows}
