"""The page of a stakeholder's own requests, behind their personal link.

It shows the state of each request and why. Here they ask for something else, say "me too" to a public request, or say
whether what was done solves theirs.
"""

from collections import defaultdict
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from kanban import access, translation
from kanban.errors import Invalid, KanbanError, Missing, Refused
from kanban.extensions import db, limiter, settings
from kanban.mail import links
from kanban.mail.links import LinkClaim, Purpose, SignedAddress
from kanban.mail.request_mails import outcome_words, window_words
from kanban.models import Delivery
from kanban.reads.people.people import owner_of
from kanban.reads.requests import requested
from kanban.reads.updates import public
from kanban.web import files, link_actions, link_pages, request_intake

bp = Blueprint("request_pages", __name__, url_prefix="/requests/mine")


@bp.get("/<token>")
@access.personal_link
@limiter.limit("120 per minute", key_func=link_pages.by_link)
def show(token: str) -> Response:
    """Show the page; mail scanners may open it as often as they like, since GET changes nothing."""
    delivery = _delivery(token)
    return link_pages.dead() if delivery is None else _page(token, delivery)


@bp.post("/<token>")
@access.personal_link
@limiter.limit("12 per minute; 60 per hour", key_func=link_pages.by_link)
def act(token: str) -> Response:
    """Ask for something, say "me too" or say whether what was done helps, under the product's lock."""
    claim, delivery = _claim(token), _delivery(token)
    if claim is None or delivery is None:
        return link_pages.dead()
    if _must_look(delivery):
        return _page(token, delivery, similar=_similar(delivery), must_look=True)
    store = files.store()
    try:
        kept = request_intake.keep_files(store, request.form, request.files.getlist("file"))
        with store.dropped_on_failure(kept):
            begun = link_actions.begin(claim)
            is_done = begun is not None and request_intake.carry_out(begun, request.form, kept)
    except (Invalid, Refused) as trouble:
        return _again(token, trouble)
    except Missing:
        db.session.rollback()
        return link_pages.dead()
    if begun is None or not is_done:
        db.session.rollback()
        store.drop(file.key for file in kept)
        known = _delivery(token)
        return link_pages.dead() if known is None else _page(token, known, is_known=True)
    begun.session.commit()
    return _page(token, begun.delivery, is_done=True)


@bp.get("/<token>/similar")
@access.personal_link
@limiter.limit("120 per minute", key_func=link_pages.by_link)
def similar(token: str) -> Response:
    """Requests similar to the title that is being typed: public ones and the person's own."""
    delivery = _delivery(token)
    if delivery is None:
        return link_pages.dead()
    return link_pages.page("public/_similar.html", similar=_similar(delivery, request.args.get("title", "")))


def _must_look(delivery: Delivery) -> bool:
    """Whether similar requests must be shown before a new one is taken.

    They are shown once, to people without script, who have not seen them while typing.
    """
    form = request.form
    is_new = form.get("act") == "ask" and not form.get("supports") and not form.get("seen")
    return is_new and bool(_similar(delivery))


def _similar(delivery: Delivery, words: str | None = None) -> list[requested.Similar]:
    session, typed = db.session(), request.form.get("title", "") if words is None else words
    return requested.similar_to(session, public.product_of(session, delivery), typed, delivery.stakeholder)


def _claim(token: str) -> LinkClaim | None:
    read = links.read_signed_address(settings().secret_key, token, SignedAddress.MINE)
    return LinkClaim(SignedAddress.MINE, *read) if read is not None else None


def _delivery(token: str) -> Delivery | None:
    claim = _claim(token)
    return public.copy_behind(db.session(), claim) if claim is not None else None


# What is shown


def _again(token: str, trouble: KanbanError) -> Response:
    """The same page with what was typed and a sentence that says what is wrong."""
    db.session.rollback()
    delivery = _delivery(token)
    if delivery is None:
        return link_pages.dead()
    errors = trouble.errors if isinstance(trouble, Invalid) else {}
    sentence = "" if set(errors) & {"title", "body", "file"} else trouble.sentence
    return _page(token, delivery, status=trouble.status, errors=errors, trouble=sentence, similar=_similar(delivery))


def _page(token: str, delivery: Delivery, *, status: int = 200, **more: Any) -> Response:
    session, person = db.session(), delivery.stakeholder
    assert person is not None
    product, language = public.product_of(session, delivery), translation.language()
    context: dict[str, Any] = {"similar": [], "must_look": False, "errors": {}, "trouble": ""}
    context |= {"is_done": False, "is_known": False}
    context |= more
    return link_pages.page(
        "public/requests.html",
        status=status,
        token=token,
        person=person,
        product=product,
        owner=owner_of(session, product).name,
        requests=requested.read_mine(session, product, person),
        may_ask=delivery.is_open_to_acts and product.archived_at is None,
        outcome_words=outcome_words,
        window_words=lambda line: window_words(line, language),
        link=lambda purpose: links.sign(settings().secret_key, Purpose(purpose), delivery.id, person.link_serial),
        typed=defaultdict(str, {} if context["is_done"] or context["is_known"] else request.form.to_dict()),
        is_confirmed="confirmed" in request.args,
        **context,
    )
