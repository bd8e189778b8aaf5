"""The pages behind the personal links in mails, where a stakeholder reads an update, acknowledges it, asks or decides,
chooses how much they get, or unsubscribes.

They need no account, cookie or script. Each link has one purpose; GET shows and POST acts. A link that is wrong, dead
or for something else looks like one that never existed.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from kanban import access, translation
from kanban.errors import Invalid, KanbanError, Refused
from kanban.extensions import db, limiter, settings
from kanban.mail import links
from kanban.mail.compose import update_view
from kanban.mail.links import LinkClaim, Purpose, SignedAddress
from kanban.models import Delivery, ResponseKind
from kanban.reads.decisions import decided
from kanban.reads.people.people import owner_of
from kanban.reads.updates import public
from kanban.web import link_actions, link_pages

bp = Blueprint("links", __name__, url_prefix="/u")

_PAGES: Mapping[Purpose | SignedAddress, str] = {
    Purpose.READ: "public/update.html",
    Purpose.ASK: "public/ask.html",
    Purpose.DECIDE: "public/decide.html",
    Purpose.PREFERENCES: "public/preferences.html",
    Purpose.STOP: "public/stop.html",
    Purpose.REPORT: "public/report.html",
}
_ABOUT_UPDATES = (Purpose.READ, Purpose.ASK, Purpose.DECIDE)


@bp.get("/<token>")
@access.personal_link
@limiter.limit("120 per minute", key_func=link_pages.by_link)
def show(token: str) -> Response:
    """Show what the link leads to; mail scanners may open it as often as they like, since GET changes nothing."""
    claim = _claim(token)
    delivery = public.copy_behind(db.session(), claim) if claim else None
    if claim is None or delivery is None:
        return link_pages.dead()
    return _page(token, claim, delivery)


@bp.post("/<token>")
@access.personal_link
@limiter.limit("30 per minute", key_func=link_pages.by_link)
def act(token: str) -> Response:
    """Do what the link is for; the signed address is the only proof, since mail programs send it without a cookie."""
    claim = _claim(token)
    begun = link_actions.begin(claim) if claim is not None else None
    if claim is None or begun is None:
        return link_pages.dead()
    try:
        is_done = link_actions.carry_out(begun, request.form)
    except (Invalid, Refused) as trouble:
        begun.session.rollback()
        return _again(token, claim, trouble)
    if not is_done:
        begun.session.rollback()
        return show(token)
    begun.session.commit()
    return _page(token, claim, begun.delivery, is_done=True)


def _again(token: str, claim: LinkClaim, trouble: KanbanError) -> Response:
    """The same page with what was typed and a sentence that says what is wrong."""
    delivery = public.copy_behind(db.session(), claim)
    if delivery is None:
        return link_pages.dead()
    return _page(token, claim, delivery, status=trouble.status, trouble=trouble.sentence)


def _claim(token: str) -> LinkClaim | None:
    return links.read(settings().secret_key, token, *Purpose)


# What is shown


def _page(
    token: str, claim: LinkClaim, delivery: Delivery, *, is_done: bool = False, status: int = 200, trouble: str = ""
) -> Response:
    if claim.purpose in _ABOUT_UPDATES and (delivery.update is None or delivery.update.snapshot is None):
        return link_pages.dead()
    session = db.session()
    product = public.product_of(session, delivery)
    about = _letter(delivery) if claim.purpose in _ABOUT_UPDATES else {}
    return link_pages.page(
        _PAGES[claim.purpose],
        token=token,
        person=delivery.stakeholder,
        product=product,
        owner=owner_of(session, product).name,
        is_done=is_done,
        link=lambda purpose: links.sign(settings().secret_key, Purpose(purpose), delivery.id, claim.serial),
        mine=links.sign_address(settings().secret_key, SignedAddress.MINE, delivery.id, claim.serial),
        copy_link=lambda delivery_id: links.sign(settings().secret_key, Purpose.READ, delivery_id, claim.serial),
        typed=defaultdict(str, request.form.to_dict() if trouble else {}),
        trouble=trouble,
        alone=claim.purpose is not Purpose.READ,
        status=status,
        **about,
    )


def _letter(delivery: Delivery) -> dict[str, Any]:
    """The context for the frozen update of this copy, with what its reader has done about it and may still do."""
    session, update = db.session(), delivery.update
    assert update is not None
    assert update.snapshot is not None
    product = public.product_of(session, delivery)
    answers = {answer.kind for answer in delivery.responses}
    earlier = public.sent_to(session, delivery, product)
    return {
        "view": update_view(update.snapshot, locale=translation.language(), zone=product.time_zone),
        "acknowledged": ResponseKind.ACKNOWLEDGED in answers,
        "earlier": earlier,
        "this": next(sent for sent in earlier if sent.is_this),
        "questions": public.asked_about(session, delivery),
        "asked": decided.asked_in(session, delivery),
        "may_act": delivery.is_open_to_acts and product.archived_at is None,
    }
