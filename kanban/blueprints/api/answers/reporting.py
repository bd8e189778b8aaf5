"""Stakeholders, updates and deliveries as the API tells them."""

from typing import Any

from pydantic import RootModel

from kanban.blueprints.api.answers.common import Change, Instant, Shape


class Stakeholder(Shape):
    """Somebody who gets a product's updates."""

    id: int
    name: str
    email: str
    organisation: str
    level: str


class StakeholderList(Shape):
    """Stakeholders by id."""

    data: list[Stakeholder]
    next: str | None


class StakeholderChanged(Stakeholder, Change):
    """A stakeholder just added, changed or removed, or found on the list already."""


class StakeholdersAdded(Change):
    """The people just named, in that order, each address once; `added` counts the new ones."""

    data: list[Stakeholder]
    added: int


class PeopleAdded(RootModel[StakeholderChanged | StakeholdersAdded]):
    """The person, or the list of several, as was asked."""


class Check(Shape):
    """Something a reader would hold against the update as it is."""

    code: str
    message: str
    ref: str | None = None
    key: str | None = None
    mentioned: bool = False
    reason: str = ""


class UpdateBody(Shape):
    """A status update without its deliveries. `handed_at` is when a draft was handed to the owner, `goes_out_at` when
    it goes out by itself, `held_because` why it did not the last time; `corrected_by` is the later update to read
    instead."""

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
    """One person's copy: waiting, sent, kept (there is no mail server), refused or cancelled."""

    email: str
    state: str
    responses: list[str]


class Update(UpdateBody):
    """A status update, with its deliveries if you may see them."""

    deliveries: list[Delivery] | None


class UpdateChanged(UpdateBody, Change):
    """A draft just changed, the health that the facts suggest, and where claim and facts disagree."""

    suggested_health: str
    suggested_because: list[str]
    checks: list[Check]


class UpdatePublished(UpdateBody, Change):
    """An update just published, and to how many people; none yet where it goes out later."""

    deliveries: int
