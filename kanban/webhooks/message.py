"""What a webhook is sent: one message for each version of the log that holds events it is subscribed to.

The events look as in the API's log; headers carry the signature that proves where the message comes from.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import orm

from kanban import clock
from kanban.models import Product, Webhook
from kanban.reads.log import Entry, read_version
from kanban.reads.webhooks import heard
from kanban.webhooks import signing

#: The most events in one message; of a command that wrote more, the rest is only in the log.
MOST_EVENTS = 200
MOST_BYTES = 500_000


@dataclass(frozen=True)
class Message:
    """A message whose `id` stays the same however often it is sent."""

    id: str
    body: bytes

    def headers(self, key: str, nonce: str) -> Mapping[str, str]:
        """The headers of one try, signed now with the webhook's current secret."""
        now = int(clock.now().timestamp())
        signature = signing.signature(key, nonce, message_id=self.id, timestamp=now, body=self.body)
        return {
            "Content-Type": "application/json",
            "User-Agent": "Kanban-Webhooks",
            "webhook-id": self.id,
            "webhook-timestamp": str(now),
            "webhook-signature": signature,
        }


def tell_version(session: orm.Session, product: Product, hook: Webhook, version: int) -> Message | None:
    """The message about one version, None if it holds no event that the webhook is subscribed to.

    Needs the product's columns loaded.
    """
    entries, left_out = read_version(session, product, version, heard(hook.hears), limit=MOST_EVENTS)
    if not entries:
        return None
    events: list[dict[str, Any]] = []
    length = 0
    for entry in entries:
        events.append(_event_data(entry))
        length += len(json.dumps(events[-1]))
        if length > MOST_BYTES and len(events) > 1:
            events.pop()
            break
    left_out += len(entries) - len(events)
    about = {"product": product.key, "version": version, "events": events, "left_out": left_out}
    at = entries[0].at  # part of the id too, because after a restore the same version number means another change
    return Message(f"msg_{hook.uid}_{version}_{_ms(at)}", _body("product.changed", at, about))


def tell_test(product: Product, hook: Webhook) -> Message:
    """A test message, which carries no events."""
    now = clock.now()
    about = {"product": product.key, "webhook": hook.name}
    return Message(f"msg_{hook.uid}_test_{_ms(now)}", _body("webhook.test", now, about))


def _event_data(entry: Entry) -> dict[str, Any]:
    return asdict(entry) | {"at": _instant(entry.at), "effective_at": _instant(entry.effective_at)}


def _body(kind: str, at: dt.datetime, about: dict[str, Any]) -> bytes:
    return json.dumps({"type": kind, "timestamp": _instant(at), "data": about}, ensure_ascii=False).encode()


def _ms(at: dt.datetime) -> int:
    return int(at.timestamp() * 1000)


def _instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
