"""Webhooks as the API tells them."""

from kanban.blueprints.api.answers.common import Change, Instant, Shape


class WebhookTold(Shape):
    """A webhook. It has been told of the log up to the version `told`, and has accepted nothing since `failing_since`;
    `stopped` says why it was switched off without anybody asking: `gone` or `failing`."""

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
    """All webhooks of a product by number."""

    data: list[WebhookTold]
    next: str | None


class WebhookChanged(WebhookTold, Change):
    """A webhook just changed."""


class WebhookMade(WebhookChanged):
    """A webhook just added, or with a new secret. The secret is shown once; a repeated command returns null."""

    secret: str | None
