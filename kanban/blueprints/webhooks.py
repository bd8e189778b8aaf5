"""The webhooks of a product, on pages of its settings: adding, editing, testing, switching and removing them.

Only the owner sees them, since an address is often a secret itself.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access
from kanban.background.courier import Courier, Outcome
from kanban.errors import Invalid, Missing
from kanban.extensions import db, limiter, settings
from kanban.models import Hears, Product, Webhook
from kanban.policy import Action
from kanban.reads import webhooks as reads
from kanban.web.forms import Draft, Edit, as_typed, small_number
from kanban.webhooks import signing

bp = Blueprint("webhooks", __name__, url_prefix="/products/<key>/settings/webhooks")

_FIELDS = ("name", "address", "hears")
_sending = limiter.shared_limit("60 per minute", scope="webhooks tried out")


@bp.get("")
@access.needs(Action.CONFIGURE)
def index(key: str) -> str:
    """All webhooks with their state, and the form for a new one."""
    return _list(access.see_product(key), Draft("new"))


@bp.post("")
@access.needs(Action.CONFIGURE)
def add(key: str) -> Response | tuple[str, int]:
    """Add a webhook; its secret is shown this one time."""
    product, session = access.change_product(key), db.session()
    known = reads.count_webhooks(session, product)
    try:
        hook = Webhook.add(product, **_words(), reach=settings().webhooks, known=known, by=access.member())
    except Invalid as invalid:
        session.rollback()
        return _list(access.see_product(key), Draft.typed("new", invalid.errors), request.form.getlist("hears")), 422
    session.add(hook)
    access.commit(product, {"next": url_for("webhooks.show", key=key, number=hook.number)})
    return _page(access.see_product(key), hook.number, shows_secret=True), 201


@bp.get("/<int:number>")
@access.needs(Action.CONFIGURE)
def show(key: str, number: int) -> str:
    """One webhook: its state, its form, and what became of its last messages."""
    return _page(access.see_product(key), number)


@bp.post("/<int:number>")
@access.needs(Action.CONFIGURE)
def edit(key: str, number: int) -> Response | tuple[str, int]:
    """Change a webhook's name, its address and the kinds of events it hears."""
    product = access.change_product(key)
    hook = _found(product, number)
    try:
        words = {name: as_typed(getattr(hook, name)) for name in _FIELDS} | Edit(hook, _FIELDS).changes()
        hears = words.pop("hears").split()
        hook.edit(**words, hears=hears, reach=settings().webhooks, by=access.member())
    except Invalid as invalid:
        db.session.rollback()
        return _page(access.see_product(key), number, errors=invalid.errors), 422
    if access.commit(product):
        flask.flash(_("Saved."), "good")
    return _back(key, number)


@bp.post("/<int:number>/switch")
@access.needs(Action.CONFIGURE)
def switch(key: str, number: int) -> Response:
    """Switch a webhook on or off."""
    product = access.change_product(key)
    hook = _found(product, number)
    if request.form.get("on") == "1":
        hook.switch_on(reach=settings().webhooks, by=access.member())
    else:
        hook.switch_off(by=access.member())
    if access.commit(product):
        flask.flash(_("It is on.") if hook.is_on else _("It is off: nothing is sent."), "good")
    return _back(key, number)


@bp.post("/<int:number>/secret")
@access.needs(Action.CONFIGURE)
def renew_secret(key: str, number: int) -> tuple[str, int]:
    """Make a new secret, which is shown this one time."""
    product = access.change_product(key)
    _found(product, number).renew_secret(by=access.member())
    access.commit(product, {"next": url_for("webhooks.show", key=key, number=number)})
    return _page(access.see_product(key), number, shows_secret=True), 201


@bp.post("/<int:number>/skip")
@access.needs(Action.CONFIGURE)
def skip(key: str, number: int) -> Response:
    """Skip the message that holds up those behind it."""
    product = access.change_product(key)
    _found(product, number).skip(request.form.get("version", 0, type=small_number), by=access.member())
    access.commit(product)
    flask.flash(_("It is skipped; the next ones follow."), "good")
    return _back(key, number)


@bp.get("/<int:number>/remove")
@access.needs(Action.CONFIGURE)
def ask_remove(key: str, number: int) -> str:
    """Ask for confirmation."""
    product = access.see_product(key)
    return render_template("settings/webhook_remove.html", product=product, hook=_found(product, number))


@bp.post("/<int:number>/remove")
@access.needs(Action.CONFIGURE)
def remove(key: str, number: int) -> Response:
    """Remove a webhook with its secret and what was stored about its messages."""
    product = access.change_product(key)
    hook = _found(product, number)
    hook.remove(by=access.member())
    db.session.delete(hook)
    access.commit(product)
    flask.flash(_("%(name)s is removed.", name=hook.name), "plain")
    return flask.redirect(url_for("webhooks.index", key=key), 303)


@bp.post("/<int:number>/test")
@access.needs(Action.CONFIGURE)
@_sending
def test(key: str, number: int) -> Response:
    """Send a test message at once, and say what became of it."""
    return _send_now(access.change_product(key), number, None)


@bp.post("/<int:number>/messages/<int:message_id>/again")
@access.needs(Action.CONFIGURE)
@_sending
def send_again(key: str, number: int, message_id: int) -> Response:
    """Send one of the last messages again, at once."""
    product = access.change_product(key)
    message = reads.message_in(db.session(), _found(product, number), message_id)
    if message is None:
        raise Missing
    return _send_now(product, number, message.version)


def _send_now(product: Product, number: int, version: int | None) -> Response:
    """Send a message at once, after releasing the lock: nothing is held while the receiver takes its time.

    `version` is the one that the message tells of; None sends a test.
    """
    key, product_id, hook_id = product.key, product.id, _found(product, number).id
    db.session.rollback()
    app: flask.Flask = flask.current_app._get_current_object()  # type: ignore[attr-defined]
    flask.flash(*_summarise(Courier(app).send_now(hook_id, product_id, version)))
    return _back(key, number)


def _summarise(outcome: Outcome | None) -> tuple[str, str]:
    if outcome is None:
        return _("There is nothing in it that this webhook hears about."), "warn"
    if outcome.trouble is None:
        return _("It was accepted with the answer %(status)s.", status=outcome.status), "good"
    return _("It was not accepted. %(trouble)s", trouble=outcome.trouble), "bad"


def _words() -> dict[str, Any]:
    return {
        **{name: request.form.get(name, "") for name in ("name", "address")},
        "hears": request.form.getlist("hears"),
    }


def _found(product: Product, number: int) -> Webhook:
    hook = reads.webhook_in(db.session(), product, number)
    if hook is None:
        raise Missing
    return hook


def _list(product: Product, draft: Draft, hears: list[str] | None = None) -> str:
    return render_template(
        "settings/webhooks.html",
        product=product,
        hooks=reads.list_webhooks(db.session(), product),
        draft=draft,
        hears=list(Hears) if hears is None else hears,
        may_change=product.archived_at is None,
        reach=settings().webhooks,
    )


def _page(product: Product, number: int, *, errors: Mapping[str, str] | None = None, shows_secret: bool = False) -> str:
    hook = _found(product, number)
    typed = Edit(hook, _FIELDS) if errors is not None else None
    return render_template(
        "settings/webhook.html",
        product=product,
        hook=hook,
        messages=reads.list_messages(db.session(), hook),
        stuck=reads.stuck_in(db.session(), hook),
        secret=signing.secret_of(settings().secret_key, hook.nonce) if shows_secret else "",
        values=typed.values if typed else {"name": hook.name, "address": hook.address},
        hears=typed.values["hears"].split() if typed else hook.hears,
        errors=defaultdict(lambda: None, {**(errors or {}), **(typed.clashes if typed else {})}),
        may_change=product.archived_at is None,
        reach=settings().webhooks,
    )


def _back(key: str, number: int) -> Response:
    return flask.redirect(url_for("webhooks.show", key=key, number=number), 303)
