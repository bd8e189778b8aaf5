"""Stakeholders, status updates and deliveries, as the API returns them."""

from typing import Any

from pydantic import RootModel

from kanban.blueprints.api.answers.common import Change, Instant, Shape


class Stakeholder(Shape):
    """A stakeholder of a product; `level` is how much of the updates they get."""

    id: int
    name: str
    email: str
    organisation: str
    level: str


class StakeholderList(Shape):
    """Stakeholders in the order of their ids."""

    data: list[Stakeholder]
    next: str | None


class StakeholderChanged(Stakeholder, Change):
    """A stakeholder just added, changed or removed, or already on the list."""


class StakeholdersAdded(Change):
    """The people named in the call, in that order and each address once; `added` counts the new ones."""

    data: list[Stakeholder]
    added: int


class PeopleAdded(RootModel[StakeholderChanged | StakeholdersAdded]):
    """The stakeholder or, if a list was sent, the stakeholders."""


class Check(Shape):
    """Something in the draft that a reader could object to, with the answer to it, if any (`mentioned`, `reason`)."""

    code: str
    message: str
    ref: str | None = None
    key: str | None = None
    mentioned: bool = False
    reason: str = ""


class UpdateBody(Shape):
    """A status update without its deliveries. `handed_at` is when a draft was handed to the owner, `goes_out_at` when a
    scheduled one goes out, `held_because` why it was held back the last time. `corrects` is the id of the update that
    this one corrects, `corrected_by` that of the later update to read instead."""

    id: int
    number: int
    product: str
    state: str
    headline: str
    summary: str
    health: str
    health_reason: str
    sections: list[dict[str, Any]]
    since: Instant | None
    created_at: Instant
    handed_at: Instant | None
    goes_out_at: Instant | None
    held_because: list[str] | None
    published_at: Instant | None
    corrects: int | None
    corrected_by: int | None
    corrected_at: Instant | None
    revision: int


class Delivery(Shape):
    """The copy for one person; its `state` is waiting, sent, kept (there is no mail server), refused or cancelled."""

    email: str
    state: str
    responses: list[str]


class Update(UpdateBody):
    """A status update, with its deliveries if you may see them."""

    deliveries: list[Delivery] | None


class UpdateChanged(UpdateBody, Change):
    """A draft just changed, with the health that the facts suggest and the checks of what it claims."""

    suggested_health: str
    suggested_because: list[str]
    checks: list[Check]


class UpdatePublished(UpdateBody, Change):
    """An update just published or scheduled; `deliveries` is the number of people who get it, 0 if that comes later."""

    deliveries: int
