"""Builders: webhooks of a world's product, and how they stand."""

import os
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from kanban.addresses import Reach
from kanban.models import Hears, Webhook, WebhookMessage
from kanban.reads import webhooks
from kanban.webhooks import signing
from tests.builders import World


def add_hook(world: World, address: str, *, name: str = "Chat", hears: Iterable[str] = tuple(Hears)) -> int:
    """A webhook that the owner added; answers its number."""
    with world.changing() as (session, product, owner):
        known = webhooks.count_webhooks(session, product)
        hook = Webhook.add(product, name=name, address=address, hears=hears, reach=Reach.PRIVATE, known=known, by=owner)
        session.add(hook)
        session.flush()
        return hook.number


def change_hook(world: World, number: int, verb: str, **named: Any) -> None:
    """Call one verb of a webhook, as the owner."""
    with world.changing() as (session, product, owner):
        hook = webhooks.webhook_in(session, product, number)
        assert hook is not None
        getattr(hook, verb)(by=owner, **named)


def hook_of(world: World, number: int = 1) -> Webhook:
    """A webhook as it stands."""
    with world.reading() as session:
        hook = session.scalars(sa.select(Webhook).where(Webhook.number == number)).one()
        session.expunge_all()
        return hook


def messages_of(world: World, number: int = 1) -> list[WebhookMessage]:
    """What became of its messages, the oldest first."""
    with world.reading() as session:
        query = sa.select(WebhookMessage).join(Webhook).where(Webhook.number == number).order_by(WebhookMessage.id)
        found = list(session.scalars(query))
        session.expunge_all()
        return found


def secret_of(world: World, number: int = 1) -> str:
    """The secret, as its receiver got it."""
    return signing.secret_of(world.app.config["KANBAN"].secret_key, hook_of(world, number).nonce)


def worker_environment(world: World, folder: str) -> dict[str, str]:
    """The settings of a `kanban worker` over the same database that may call this machine."""
    config = world.app.config["KANBAN"]
    names = ("PATH", "LD_LIBRARY_PATH", "HOME", "LANG")
    return {name: os.environ[name] for name in names if name in os.environ} | {
        "KANBAN_DATA_DIR": folder,
        "KANBAN_DATABASE_URL": config.database_url,
        "KANBAN_SECRET_KEY": config.secret_key,
        "KANBAN_WEBHOOKS": "private",
    }
