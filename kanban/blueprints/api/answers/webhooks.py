"""Webhooks, as the API returns them."""

from kanban.blueprints.api.answers.common import Change, Instant, Shape


class WebhookTold(Shape):
    """A webhook. `told` is the version up to which it has been told of the log; since `failing_since`, its receiver has
    accepted nothing; `stopped` says why it was switched off automatically: `gone` or `failing`."""

    number: int
    name: str
    address: str
    hears: list[str]
    is_on: bool
    stopped: str | None
    told: int
    failing_since: Instant | None
    created_at: Instant


class WebhookList(Shape):
    """All webhooks of a product, in the order of their numbers."""

    data: list[WebhookTold]
    next: str | None


class WebhookChanged(WebhookTold, Change):
    """A webhook just changed."""


class WebhookMade(WebhookChanged):
    """A webhook just added or given a new secret. The secret is returned only this once; for a repeated command it is
    null."""

    secret: str | None
