"""Webhooks: those of a product with the fate of their messages, and what the next message to each has to tell."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Event, Hears, Item, Product, Webhook, WebhookMessage

SHOWN = 20
#: How many messages of a webhook are kept.
KEPT = 50
#: The kinds of events in each group; a kind that is in none of them is about an item, or belongs to the rest.
KINDS: dict[Hears, tuple[str, ...]] = {
    Hears.QUESTIONS: (
        *("asked", "answered", "asked_back", "replied", "sent_back", "answer_accepted", "withdrawn", "assumed"),
        *("decided", "stakeholder_asked", "stakeholder_answered"),
    ),
    Hears.PROMISES: (
        *("promised", "promise_changed", "promise_withdrawn", "promise_undone"),
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
    """The condition that an event belongs to one of these groups; see KINDS."""
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
    """A message that was sent, with the first event that it told: its kind, and the number of its item.

    For a test message, `kind` is "" and `number` None.
    """

    message: WebhookMessage
    kind: str
    number: int | None


def list_messages(session: orm.Session, hook: Webhook) -> list[MessageLine]:
    """The webhook's last messages and what became of them, the newest first; two queries."""
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
    """The failed message that holds up those behind it, if there is one; one query if the webhook fails, else none."""
    if not hook.is_on or hook.failing_since is None:
        return None
    next_ = (WebhookMessage.webhook_id == hook.id, WebhookMessage.version == hook.told + 1)
    return session.scalar(sa.select(WebhookMessage).where(*next_, WebhookMessage.trouble.is_not(None)))


def message_in(session: orm.Session, hook: Webhook, message_id: int) -> WebhookMessage | None:
    """A message of this webhook, if it is still kept."""
    mine = sa.select(WebhookMessage).where(WebhookMessage.webhook_id == hook.id, WebhookMessage.id == message_id)
    return session.scalar(mine)


def due(now: dt.datetime) -> sa.Select[int]:
    """The ids of webhooks that have not told all of the log and that no courier has leased, the longest due first."""
    return (
        sa.select(Webhook.id)
        .join(Product, Product.id == Webhook.product_id)
        .where(Webhook.is_on, Webhook.due_at <= now, Product.version > Webhook.told)
        .where(sa.or_(Webhook.lease.is_(None), Webhook.lease_until < now))
        .order_by(Webhook.due_at, Webhook.id)
    )


def next_version(session: orm.Session, hook: Webhook) -> tuple[int | None, int]:
    """The next version that this webhook has to tell, or None; and up to which version the log was searched."""
    upto = session.scalars(sa.select(Product.version).where(Product.id == hook.product_id)).one()
    behind = sa.select(Event.version).where(Event.product_id == hook.product_id, Event.version > hook.told)
    behind = behind.where(Event.version <= upto, heard(hook.hears)).order_by(Event.version, Event.seq).limit(1)
    return session.scalar(behind), upto
