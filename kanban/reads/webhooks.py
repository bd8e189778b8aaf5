"""Reads webhooks: those of a product with what became of their messages, and what the next one to each has to tell."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Event, Hears, Item, Product, Webhook, WebhookMessage

SHOWN = 20
#: How many of a webhook's messages are remembered.
KEPT = 50
#: What belongs to which group; whatever is named nowhere here is about an item, or the rest.
KINDS: dict[Hears, tuple[str, ...]] = {
    Hears.QUESTIONS: (
        *("asked", "answered", "asked_back", "replied", "sent_back", "answer_accepted", "withdrawn", "assumed"),
        *("decided", "stakeholder_asked", "stakeholder_answered"),
    ),
    Hears.PROMISES: (
        *("promised", "promise_changed", "promise_withdrawn"),
        *("milestone_made", "milestone_renamed", "milestone_removed", "aimed"),
    ),
    Hears.UPDATES: ("update_published",),
    Hears.REQUESTS: (
        *("request_asked", "request_supported", "request_accepted", "request_duplicate", "request_declined"),
        *("request_postponed", "request_reopened", "request_resumed", "request_done", "request_dropped"),
        *("request_judged", "request_shown", "request_hidden"),
    ),
}
_TOLD_APART = tuple(kind for kinds in KINDS.values() for kind in kinds)


def heard(hears: Sequence[str]) -> sa.ColumnElement[bool]:
    """A condition on events: those of these groups. What is none of the named kinds is about an item, or the rest."""
    if set(hears) >= set(Hears):
        return sa.true()
    groups: dict[Hears, sa.ColumnElement[bool]] = {group: Event.kind.in_(kinds) for group, kinds in KINDS.items()}
    groups[Hears.ITEMS] = sa.and_(Event.kind.not_in(_TOLD_APART), Event.item_id.is_not(None))
    groups[Hears.REST] = sa.and_(Event.kind.not_in(_TOLD_APART), Event.item_id.is_(None))
    return sa.or_(sa.false(), *(condition for group, condition in groups.items() if group.value in hears))


def list_webhooks(session: orm.Session, product: Product) -> list[Webhook]:
    """A product's webhooks in the order in which they were added; one query."""
    return list(session.scalars(sa.select(Webhook).where(Webhook.product_id == product.id).order_by(Webhook.number)))


def count_webhooks(session: orm.Session, product: Product) -> int:
    """How many webhooks a product has."""
    mine = sa.select(sa.func.count()).select_from(Webhook).where(Webhook.product_id == product.id)
    return session.scalar(mine) or 0


def webhook_in(session: orm.Session, product: Product, number: int) -> Webhook | None:
    """A webhook of the product by its number."""
    query = sa.select(Webhook).where(Webhook.product_id == product.id, Webhook.number == number)
    hook = session.scalar(query.execution_options(populate_existing=True))
    if hook is not None:
        orm.attributes.set_committed_value(hook, "product", product)
    return hook


@dataclass(frozen=True)
class MessageLine:
    """A message that was sent, with the first thing that it told: what happened, and to which item. Neither for a
    test."""

    message: WebhookMessage
    kind: str
    number: int | None


def list_messages(session: orm.Session, hook: Webhook) -> list[MessageLine]:
    """What became of its last messages, the newest first; two queries."""
    query = sa.select(WebhookMessage).where(WebhookMessage.webhook_id == hook.id)
    query = query.order_by(WebhookMessage.at.desc(), WebhookMessage.id.desc()).limit(SHOWN)
    messages = session.scalars(query).all()
    mine = (Event.product_id == hook.product_id, Event.version.in_({each.version for each in messages} - {None}))
    first = sa.select(Event.version, sa.func.min(Event.seq).label("seq")).where(*mine, heard(hook.hears))
    of_first = first.group_by(Event.version).subquery()
    told = (
        sa.select(Event.version, Event.kind, Item.number)
        .join(of_first, sa.and_(of_first.c.version == Event.version, of_first.c.seq == Event.seq))
        .outerjoin(Item, Item.id == Event.item_id)
        .where(Event.product_id == hook.product_id)
    )
    about = {version: (kind, number) for version, kind, number in session.execute(told)}
    return [MessageLine(each, *about.get(each.version or 0, ("", None))) for each in messages]


def stuck_in(session: orm.Session, hook: Webhook) -> WebhookMessage | None:
    """The message that holds up the ones behind it, if one does; one query if the webhook fails, else none."""
    if not hook.is_on or hook.failing_since is None:
        return None
    next_ = (WebhookMessage.webhook_id == hook.id, WebhookMessage.version == hook.told + 1)
    return session.scalar(sa.select(WebhookMessage).where(*next_, WebhookMessage.trouble.is_not(None)))


def message_in(session: orm.Session, hook: Webhook, message_id: int) -> WebhookMessage | None:
    """A message of this webhook that is remembered."""
    mine = sa.select(WebhookMessage).where(WebhookMessage.webhook_id == hook.id, WebhookMessage.id == message_id)
    return session.scalar(mine)


def due(now: dt.datetime) -> sa.Select[int]:
    """The ids of webhooks behind whose place the log goes on and with whom nobody is busy, the longest due first."""
    return (
        sa.select(Webhook.id)
        .join(Product, Product.id == Webhook.product_id)
        .where(Webhook.is_on, Webhook.due_at <= now, Product.version > Webhook.told)
        .where(sa.or_(Webhook.lease.is_(None), Webhook.lease_until < now))
        .order_by(Webhook.due_at, Webhook.id)
    )


def next_version(session: orm.Session, hook: Webhook) -> tuple[int | None, int]:
    """The next version that tells it anything, or None; and up to where the log was looked through."""
    upto = session.scalars(sa.select(Product.version).where(Product.id == hook.product_id)).one()
    behind = sa.select(Event.version).where(Event.product_id == hook.product_id, Event.version > hook.told)
    behind = behind.where(Event.version <= upto, heard(hook.hears)).order_by(Event.version, Event.seq).limit(1)
    return session.scalar(behind), upto
