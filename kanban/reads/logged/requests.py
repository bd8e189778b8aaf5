"""What the log says about requests and the form for them, and the check that today's tables say the same."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Event, Item, Product, Request, RequestState, RequestStep, request_support


@dataclass
class ReplayedRequest:
    """One request as the log describes it; item and original by number, people by id."""

    stakeholder: int
    state: str = "new"
    item: int | None = None
    duplicate_of: int | None = None
    is_public: bool = False
    solved: bool | None = None
    supporters: set[int] = field(default_factory=set)


@dataclass
class ReplayedRequests:
    """Requests by number; and of the form, whether it is open and the serial of its valid link."""

    requests: dict[int, ReplayedRequest] = field(default_factory=dict)
    form: tuple[bool, int] = (False, 0)

    def take(self, event: Event, item: int) -> None:
        """Apply one event of a kind in STEPS, about the item numbered `item`.

        Raises ValueError or KeyError if it can't follow the events before it.
        """
        if event.kind == "request_form_changed":
            self.form = (event.data["open"], event.data["serial"])
        elif event.kind == "request_asked":
            self._ask(event.data)
        else:
            STEPS[event.kind](self.requests[event.data["request"]], event.data, item)

    def _ask(self, data: dict[str, Any]) -> None:
        if data["request"] != len(self.requests) + 1:
            raise ValueError("numbers follow each other")
        self.requests[data["request"]] = ReplayedRequest(data["stakeholder"])


def _support(replayed: ReplayedRequest, data: dict[str, Any], item: int) -> None:
    if data["stakeholder"] in {replayed.stakeholder, *replayed.supporters}:
        raise ValueError("who knows of it already is not taken in again")
    replayed.supporters.add(data["stakeholder"])


def _decide(replayed: ReplayedRequest, state: str) -> None:
    if replayed.state not in ("new", "later"):
        raise ValueError("it is decided once")
    replayed.state = state


def _accept(replayed: ReplayedRequest, data: dict[str, Any], item: int) -> None:
    _decide(replayed, "accepted")
    replayed.item = item


def _postpone(replayed: ReplayedRequest, data: dict[str, Any], item: int) -> None:
    _decide(replayed, "later")


def _duplicate(replayed: ReplayedRequest, data: dict[str, Any], item: int) -> None:
    _decide(replayed, "duplicate")
    replayed.duplicate_of = data["of"]


def _decline(replayed: ReplayedRequest, data: dict[str, Any], item: int) -> None:
    _decide(replayed, "declined")


def _unsettle(replayed: ReplayedRequest, data: dict[str, Any], item: int) -> None:
    if replayed.state == "new":
        raise ValueError("what waits is not reopened")
    replayed.state, replayed.item, replayed.duplicate_of, replayed.solved = "new", None, None, None


def _finish(replayed: ReplayedRequest, data: dict[str, Any], item: int) -> None:
    if replayed.state != "accepted":
        raise ValueError("only what was accepted is done")
    replayed.state = "done"


def _resume(replayed: ReplayedRequest, data: dict[str, Any], item: int) -> None:
    if replayed.state != "done":
        raise ValueError("only what was done is resumed")
    replayed.state, replayed.solved = "accepted", None


def _judge(replayed: ReplayedRequest, data: dict[str, Any], item: int) -> None:
    if replayed.state != "done":
        raise ValueError("only what is done is judged")
    replayed.solved = data["solved"]


def _show(replayed: ReplayedRequest, data: dict[str, Any], item: int) -> None:
    replayed.is_public = True


def _hide(replayed: ReplayedRequest, data: dict[str, Any], item: int) -> None:
    replayed.is_public = False


STEPS: dict[str, Any] = {
    "request_form_changed": None,
    "request_asked": None,
    "request_supported": _support,
    "request_accepted": _accept,
    "request_postponed": _postpone,
    "request_duplicate": _duplicate,
    "request_declined": _decline,
    "request_reopened": _unsettle,
    "request_dropped": _unsettle,
    "request_done": _finish,
    "request_resumed": _resume,
    "request_judged": _judge,
    "request_shown": _show,
    "request_hidden": _hide,
}


def broken_requests(session: orm.Session, product: Product, replayed: ReplayedRequests) -> Iterator[str]:
    """A sentence for everything about requests that differs from the log, or is inconsistent."""
    found = _stored(session, product)
    if found != replayed.requests:
        numbers = [n for n in {*found, *replayed.requests} if found.get(n) != replayed.requests.get(n)]
        yield f"the requests {sorted(numbers)} are not as the log tells"
    if product.next_request != len(found) + 1:
        yield f"{len(found)} requests, next {product.next_request}: a number was lost or reused"
    if (product.form_open, product.form_serial) != replayed.form:
        yield "the form for requests is not as the log tells"
    foreign = sa.select(Request.number).join(Item, Item.id == Request.item_id)
    foreign = foreign.where(Request.product_id == product.id, Item.product_id != product.id)
    for number in session.scalars(foreign):
        yield f"request {number} became an item of another product"
    counted = sa.select(Request.number, sa.func.count(), sa.func.max(RequestStep.number))
    counted = counted.join(RequestStep, RequestStep.request_id == Request.id)
    for number, count, last in session.execute(counted.where(Request.product_id == product.id).group_by(Request.id)):
        if count != last:
            yield f"request {number} has {count} steps up to {last}"


def _stored(session: orm.Session, product: Product) -> dict[int, ReplayedRequest]:
    original = orm.aliased(Request)
    rows = session.execute(
        sa.select(
            Request.id,
            Request.number,
            Request.stakeholder_id,
            Request.state,
            Item.number.label("item"),
            original.number.label("original"),
            Request.is_public,
            Request.solved,
        )
        .outerjoin(Item, Item.id == Request.item_id)
        .outerjoin(original, original.id == Request.duplicate_of_id)
        .where(Request.product_id == product.id)
    ).all()
    found = {
        row.id: ReplayedRequest(
            row.stakeholder_id, RequestState(row.state).value, row.item, row.original, row.is_public, row.solved
        )
        for row in rows
    }
    support = sa.select(request_support).join(Request, Request.id == request_support.c.request_id)
    for request_id, person in session.execute(support.where(Request.product_id == product.id)):
        found[request_id].supporters.add(person)
    return {row.number: found[row.id] for row in rows}
