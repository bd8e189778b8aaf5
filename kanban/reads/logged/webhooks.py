"""What the log says about webhooks, and the check that today's table says the same."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Event, Product, Webhook

_FIELDS = ("name", "host", "hears")


@dataclass
class ReplayedWebhooks:
    """Each webhook by its number as {name, host, hears, is_on}, and how many there ever were."""

    hooks: dict[int, dict[str, Any]] = field(default_factory=dict)
    count: int = 0

    def take(self, event: Event) -> None:
        """Apply one event whose kind is in STEPS; ValueError if it can't follow the events before it."""
        STEPS[event.kind](self, event.data)


def _added(replayed: ReplayedWebhooks, data: dict[str, Any]) -> None:
    if data["webhook"] != replayed.count + 1:
        raise ValueError("webhooks are numbered one after another")
    replayed.count += 1
    replayed.hooks[replayed.count] = {**{name: data[name] for name in _FIELDS}, "is_on": True}


def _changed(replayed: ReplayedWebhooks, data: dict[str, Any]) -> None:
    hook = replayed.hooks[data["webhook"]]
    for name, (was, now) in data["changes"].items():
        if hook[name] != was:
            raise ValueError("a change begins where the one before it ended")
        hook[name] = now


def _switched_on(replayed: ReplayedWebhooks, data: dict[str, Any]) -> None:
    if replayed.hooks[data["webhook"]]["is_on"]:
        raise ValueError("only what is off is switched on")
    replayed.hooks[data["webhook"]]["is_on"] = True


def _switched_off(replayed: ReplayedWebhooks, data: dict[str, Any]) -> None:
    if not replayed.hooks[data["webhook"]]["is_on"]:
        raise ValueError("only what is on is switched off")
    replayed.hooks[data["webhook"]]["is_on"] = False


def _removed(replayed: ReplayedWebhooks, data: dict[str, Any]) -> None:
    del replayed.hooks[data["webhook"]]


STEPS: dict[str, Any] = {
    "webhook_added": _added,
    "webhook_changed": _changed,
    "webhook_switched_on": _switched_on,
    "webhook_switched_off": _switched_off,
    "webhook_stopped": _switched_off,
    "webhook_removed": _removed,
}


def broken_webhooks(session: orm.Session, product: Product, replayed: ReplayedWebhooks) -> Iterator[str]:
    """A sentence if the webhooks differ from the log, and one if a webhook's place is beyond the end of the log."""
    hooks = session.scalars(sa.select(Webhook).where(Webhook.product_id == product.id)).all()
    standing = {
        hook.number: {"name": hook.name, "host": hook.host, "hears": hook.hears, "is_on": hook.is_on} for hook in hooks
    }
    if standing != replayed.hooks or product.next_webhook != replayed.count + 1:
        yield "the webhooks are not those that the log tells"
    if any(hook.told > product.version for hook in hooks):
        yield "a webhook was told of what did not happen yet"
