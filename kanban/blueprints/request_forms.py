"""A product's public form for requests: anybody with its link can ask or say "me too", and then confirms their address.

It needs no account, cookie or script. A link that is wrong, dead or closed looks like one that never existed. Without a
mail server nothing is accepted, since nobody could confirm it.
"""

from collections import defaultdict
from typing import Any

import flask
from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid, KanbanError, Refused
from kanban.extensions import db, limiter, settings
from kanban.mail import links
from kanban.mail.links import SignedAddress
from kanban.models import Newcomer, Product
from kanban.reads.people import newcomers
from kanban.reads.people.people import owner_of
from kanban.reads.requests import requested
from kanban.transactions import begin_write
from kanban.web import files, link_pages, request_intake

bp = Blueprint("request_forms", __name__, url_prefix="/requests")


@bp.get("/<token>")
@access.personal_link
@limiter.limit("60 per minute")
def show(token: str) -> Response:
    """The form."""
    product = _product(token)
    return link_pages.dead() if product is None else _form(token, product)


@bp.post("/<token>")
@access.personal_link
@limiter.limit("6 per minute; 30 per hour; 60 per day")
def send(token: str) -> Response:
    """Note the request and mail a link to confirm it.

    Whatever fills in the invisible field `website` is taken for a robot: it gets the usual answer, and nothing is kept.
    If similar requests exist, they are shown once before the request is taken.
    """
    product = _product(token)
    if product is None:
        return link_pages.dead()
    if not settings().sends_mail:
        return _form(token, product, status=409)
    if request.form.get("website"):
        return _sent(product)
    similar = _similar(product) if not request.form.get("supports") and not request.form.get("seen") else []
    if similar:
        return _form(token, product, similar=similar, must_look=True)
    store = files.store()
    try:
        kept = request_intake.keep_files(store, request.form, request.files.getlist("file"))
        with store.dropped_on_failure(kept):
            session = begin_write()
            is_kept = request_intake.submit(session, product, request.form, kept)
    except Invalid as trouble:
        return _again(token, trouble, errors=trouble.errors)
    except Refused as trouble:
        return _again(token, trouble)
    session.commit()
    if not is_kept:
        store.drop(file.key for file in kept)
    return _sent(product)


@bp.get("/<token>/similar")
@access.personal_link
@limiter.limit("120 per minute")
def similar(token: str) -> Response:
    """Public requests similar to the title that is being typed."""
    product = _product(token)
    if product is None:
        return link_pages.dead()
    found = requested.similar_to(db.session(), product, request.args.get("title", ""), None)
    return link_pages.page("public/_similar.html", similar=found)


@bp.get("/confirm/<token>")
@access.personal_link
@limiter.limit("60 per minute")
def look(token: str) -> Response:
    """Show what waits to be confirmed; mail scanners may open it as often as they like, since GET changes nothing."""
    delivery_id = _confirmed(token)
    newcomer = newcomers.newcomer_behind(db.session(), delivery_id) if delivery_id else None
    return link_pages.dead() if newcomer is None else _confirmation(token, newcomer)


@bp.post("/confirm/<token>")
@access.personal_link
@limiter.limit("20 per minute")
def confirm(token: str) -> Response:
    """Confirm the request, and go to the person's own page."""
    delivery_id = _confirmed(token)
    newcomer = newcomers.newcomer_behind(db.session(), delivery_id) if delivery_id else None
    if newcomer is None or delivery_id is None:
        return link_pages.dead()
    session = begin_write()
    try:
        mine = request_intake.confirm(session, newcomer.product_id, delivery_id)
    except (Invalid, Refused) as trouble:
        session.rollback()
        return _confirmation(token, newcomer, status=trouble.status, trouble=trouble.sentence)
    if mine is None:
        session.rollback()
        return link_pages.dead()
    session.commit()
    address = url_for(
        "request_pages.show", token=links.sign_address(settings().secret_key, SignedAddress.MINE, *mine), confirmed=1
    )
    return flask.redirect(address, 303)


def _product(token: str) -> Product | None:
    read = links.read_signed_address(settings().secret_key, token, SignedAddress.FORM)
    return newcomers.product_of_form(db.session(), *read) if read is not None else None


def _confirmed(token: str) -> int | None:
    read = links.read_signed_address(settings().secret_key, token, SignedAddress.CONFIRM)
    return read[0] if read is not None else None


def _similar(product: Product) -> list[requested.Similar]:
    return requested.similar_to(db.session(), product, request.form.get("title", ""), None)


# What is shown


def _form(token: str, product: Product, *, status: int = 200, **more: Any) -> Response:
    owner = owner_of(db.session(), product).name
    context = {"similar": [], "must_look": False, "errors": {}, "trouble": "", "owner": owner, **more}
    typed = defaultdict(str, request.form.to_dict())
    return link_pages.page("public/request.html", status=status, token=token, product=product, typed=typed, **context)


def _again(token: str, trouble: KanbanError, errors: dict[str, str] | None = None) -> Response:
    """The same form with what was typed and a sentence that says what is wrong."""
    db.session.rollback()
    product = _product(token)
    if product is None:
        return link_pages.dead()
    sentence = "" if errors else trouble.sentence
    return _form(
        token, product, status=trouble.status, errors=errors or {}, trouble=sentence, similar=_similar(product)
    )


def _sent(product: Product) -> Response:
    """The answer to a sent form: the same whether it was noted or not, so that it reveals nothing."""
    return link_pages.page(
        "public/request_sent.html", product=product, email=request.form.get("email", "")[:254].strip()
    )


def _confirmation(token: str, newcomer: Newcomer, *, status: int = 200, trouble: str = "") -> Response:
    session = db.session()
    product = newcomers.product_of(session, newcomer)
    return link_pages.page(
        "public/confirm.html",
        status=status,
        token=token,
        newcomer=newcomer,
        product=product,
        owner=owner_of(session, product).name,
        files=newcomers.files_of(session, newcomer),
        trouble=trouble,
    )
