"""Requests, as the API returns them."""

from kanban.blueprints.api.answers.common import Change, Instant, Shape


class RequestTold(Shape):
    """A request. `stakeholder` and `supporters` are addresses, null if you may not see stakeholders; `item` is the
    reference of the item that came from it, `duplicate_of` the id of the request it repeats, `words` what was said with
    the latest step, and `solved` whether the requester says that it helped, null if they have not said."""

    id: int
    number: int
    title: str
    body: str
    state: str
    stakeholder: str | None
    supporters: list[str] | None
    item: str | None
    duplicate_of: int | None
    asked_at: Instant
    decided_at: Instant | None
    words: str
    solved: bool | None


class RequestList(Shape):
    """Requests in the order of their ids."""

    data: list[RequestTold]
    next: str | None


class RequestChanged(RequestTold, Change):
    """A request just written down or decided."""
