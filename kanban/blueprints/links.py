"""Behind the personal links in mails: a stakeholder reads, acknowledges, chooses what they get, or stops it.

No account, no cookie, no script. One address has one purpose; GET shows and POST acts. A link that is wrong, dead or
for something else answers like one that never was.
"""

from typing import Any

import flask
from flask import Blueprint, render_template, request
from flask_babel import get_locale
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Missing
from kanban.extensions import begin_write, db, limiter
from kanban.mail import links
from kanban.mail.compose import update_view
from kanban.mail.links import LinkClaim, Purpose
from kanban.models import Delivery, Level, ResponseKind, Stakeholder
from kanban.models import Response as Answer
from kanban.reads import public

bp = Blueprint("links", __name__, url_prefix="/u")


def _by_link() -> str:
    """Limits count by link: a mail provider unsubscribes many people from one address of its own."""
    return str((request.view_args or {}).get("token", ""))


@bp.get("/<token>")
@access.personal_link
@limiter.limit("120 per minute", key_func=_by_link)
def show(token: str) -> Response:
    """What the link leads to; however often a scanner opens it, nothing happens."""
    claim = _claim(token)
    delivery = public.copy_behind(db.session(), claim) if claim else None
    if claim is None or delivery is None:
        return _dead()
    return _page(token, claim, delivery)


@bp.post("/<token>")
@access.personal_link
@limiter.limit("30 per minute", key_func=_by_link)
def act(token: str) -> Response:
    """Do what the link is for. The signed address is the whole proof, as mail programs press it without a cookie."""
    claim = _claim(token)
    if claim is None:
        return _dead()
    session = begin_write()
    delivery = public.copy_behind(session, claim, to_act=True)
    if delivery is None:
        session.rollback()
        return _dead()
    if not _carry_out(claim, delivery):
        session.rollback()
        return show(token)
    session.commit()
    return _page(token, claim, delivery, is_done=True)


def _claim(token: str) -> LinkClaim | None:
    return links.read(_key(), token, Purpose.READ, Purpose.PREFERENCES, Purpose.STOP)


def _key() -> str:
    key: str = flask.current_app.config["KANBAN"].secret_key
    return key


def _carry_out(claim: LinkClaim, delivery: Delivery) -> bool:
    """Carry the act out and put its receipt into the outbox; False where it changes nothing."""
    person = _person(delivery)
    match claim.purpose:
        case Purpose.READ:
            return delivery.update is not None and delivery.acknowledge() and _receipt(delivery, "acknowledged")
        case Purpose.STOP:
            return person.level is not Level.NONE and _stop(delivery, person)
        case Purpose.PREFERENCES:
            wanted = request.form.get("level")
            if wanted not in list(Level) or wanted == person.level.value:
                return False
            if wanted == Level.NONE.value:
                return _stop(delivery, person)
            person.level = Level(wanted)
            return _receipt(delivery, "level", level=wanted)


def _stop(delivery: Delivery, person: Stakeholder) -> bool:
    person.unsubscribe()
    if delivery.update_id is not None:
        delivery.responses.append(Answer(kind=ResponseKind.UNSUBSCRIBED, body=""))
    return _receipt(delivery, "unsubscribed")


def _receipt(delivery: Delivery, what: str, **more: str) -> bool:
    """Every act is answered by a mail, so that the person learns of it when somebody else used their link."""
    update = delivery.update
    about = {"update": update.number, "headline": update.headline} if update is not None else {}
    receipt = Delivery.to_stakeholder("receipt", _person(delivery), context={"act": what, **about, **more})
    receipt.product_id = _person(delivery).product_id
    db.session.add(receipt)
    return True


def _person(delivery: Delivery) -> Stakeholder:
    if delivery.stakeholder is None:
        raise Missing
    return delivery.stakeholder


# What is shown


def _page(token: str, claim: LinkClaim, delivery: Delivery, *, is_done: bool = False) -> Response:
    product = public.product_of(db.session(), delivery)
    owner = public.owner_of(db.session(), product)
    common: dict[str, Any] = {
        "token": token,
        "person": _person(delivery),
        "product": product,
        "owner": owner,
        "is_done": is_done,
    }
    match claim.purpose:
        case Purpose.READ:
            return _letter(delivery, claim, common)
        case Purpose.STOP:
            return _answer("public/stop.html", **common)
        case Purpose.PREFERENCES:
            return _answer("public/preferences.html", **common)


def _letter(delivery: Delivery, claim: LinkClaim, common: dict[str, Any]) -> Response:
    update = delivery.update
    if update is None or update.snapshot is None:
        return _dead()
    product = common["product"]
    return _answer(
        "public/update.html",
        view=update_view(update.snapshot, locale=str(get_locale() or "en"), zone=product.time_zone),
        corrected_by=public.correction_of(db.session(), update.id),
        acknowledged=next((answer for answer in delivery.responses if answer.kind is ResponseKind.ACKNOWLEDGED), None),
        earlier=[
            (sent, links.sign(_key(), Purpose.READ, sent.delivery_id, claim.serial))
            for sent in public.sent_to(db.session(), delivery)
        ],
        **common,
    )


def _dead() -> Response:
    return _answer("public/dead.html", status=404)


def _answer(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page that sets no cookie, is found by no search engine, and tells no other site where one came from."""
    response = flask.make_response(render_template(template, csrf_token=lambda: "", **context), status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
