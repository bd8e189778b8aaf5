"""Webhooks, over the API, for those who may configure the product."""

from flask import Response

from kanban import access
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api, changed, json_response
from kanban.errors import Missing
from kanban.extensions import db, settings
from kanban.models import Product, Webhook
from kanban.policy import Action
from kanban.reads import webhooks as reads
from kanban.webhooks import signing


@api.get("/products/<key>/webhooks", responses={200: answers.WebhookList})
@access.needs(Action.CONFIGURE)
def list_webhooks(path: asks.OfProduct) -> answers.WebhookList:
    """The product's webhooks, in the order of their numbers, without their secrets."""
    hooks = reads.list_webhooks(db.session(), access.see_product(path.key))
    return answers.WebhookList(data=[answers.WebhookTold.model_validate(hook) for hook in hooks], next=None)


@api.post("/products/<key>/webhooks", responses={201: answers.WebhookMade})
@access.needs(Action.CONFIGURE)
def add_webhook(path: asks.OfProduct, body: asks.NewWebhook) -> Response:
    """Add a webhook; its secret is in this response only."""
    product, session = access.change_product(path.key), db.session()
    known = reads.count_webhooks(session, product)
    hook = Webhook.add(product, **body.model_dump(), reach=settings().webhooks, known=known, by=access.member())
    session.add(hook)
    return _with_secret(product, hook, 201)


@api.patch("/products/<key>/webhooks/<int:number>", responses={200: answers.WebhookChanged})
@access.needs(Action.CONFIGURE)
def change_webhook(path: asks.OfWebhook, body: asks.WebhookEdit) -> Response:
    """Change the given fields of a webhook; `is_on` switches it on or off."""
    product, by = access.change_product(path.key), access.member()
    hook = _found(product, path.number)
    words = body.model_dump(exclude_none=True, exclude={"is_on"})
    hook.edit(
        **{"name": hook.name, "address": hook.address, "hears": hook.hears} | words,
        reach=settings().webhooks,
        by=by,
    )
    if body.is_on:
        hook.switch_on(reach=settings().webhooks, by=by)
    elif body.is_on is False:
        hook.switch_off(by=by)
    return changed(product, answers.WebhookChanged.model_validate(hook))


@api.post("/products/<key>/webhooks/<int:number>/secret", responses={200: answers.WebhookMade})
@access.needs(Action.CONFIGURE)
def renew_webhook_secret(path: asks.OfWebhook) -> Response:
    """Make a new secret, which ends the old one; it is in this response only."""
    product = access.change_product(path.key)
    hook = _found(product, path.number)
    hook.renew_secret(by=access.member())
    return _with_secret(product, hook, 200)


@api.delete("/products/<key>/webhooks/<int:number>", responses={200: answers.Change})
@access.needs(Action.CONFIGURE)
def remove_webhook(path: asks.OfWebhook) -> Response:
    """Remove a webhook with its secret."""
    product = access.change_product(path.key)
    hook = _found(product, path.number)
    hook.remove(by=access.member())
    db.session.delete(hook)
    return changed(product, answers.Change())


def _with_secret(product: Product, hook: Webhook, status: int) -> Response:
    """Commit and respond with the secret; the response stored for a repeated command is without it."""
    line = answers.WebhookTold.model_validate(hook).model_dump()
    made = answers.WebhookMade(**line, secret=None)
    changed(product, made, status)
    secret = signing.secret_of(settings().secret_key, hook.nonce)
    return json_response(made.model_copy(update={"secret": secret}), status)


def _found(product: Product, number: int) -> Webhook:
    hook = reads.webhook_in(db.session(), product, number)
    if hook is None:
        raise Missing
    return hook
