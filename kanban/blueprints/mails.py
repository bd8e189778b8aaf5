"""The mails of an update, as they will be or were sent, and sending those that were kept without a mail server.

A mail is shown in frames of a page, where it has an address of its own.
"""

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Missing, Refused
from kanban.extensions import db, settings
from kanban.mail import contents, levels, links, prepare
from kanban.mail.compose import WrittenMail, renderer
from kanban.mail.office import PostOffice
from kanban.models import Delivery, DeliveryState, Level, Product, Stakeholder, StatusUpdate
from kanban.policy import Action
from kanban.reads.stakeholders.stakeholders import choices_among
from kanban.reads.updates import updates
from kanban.reads.updates.copies import find_copy
from kanban.reads.updates.corrections import read_corrections
from kanban.reads.updates.draft import as_read_now
from kanban.reads.updates.kept import read_kept

bp = Blueprint("mails", __name__, url_prefix="/products/<key>/updates/<int:number>")

_MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


@bp.get("/preview")
@access.needs(Action.SEE_STAKEHOLDERS)
def preview(key: str, number: int) -> str:
    """The mail on a wide screen, on a phone and as plain text.

    It is shown for one recipient (`person`), with their level and what was promised to them, or else for everybody with
    the `level` full or brief.
    """
    product, update = _see(key, number)
    people = updates.recipients(db.session(), product, update)
    person, level = _person(people), _level()
    return render_template(
        "updates/preview.html",
        product=product,
        update=update,
        mail=_written(product, update, level, person),
        frame=url_for(
            "mails.preview_mail", key=key, number=number, level=level.value, person=person.id if person else None
        ),
        level=level.value if person is None else "person",
        people=choices_among(people),
        person=person,
        objection=_objection(product, update, person),
        delivery=None,
        their_page=None,
    )


@bp.get("/preview/mail")
@access.needs(Action.SEE_STAKEHOLDERS)
def preview_mail(key: str, number: int) -> Response:
    """The mail itself, sandboxed, for the frames of the preview."""
    product, update = _see(key, number)
    people = updates.recipients(db.session(), product, update)
    return _as_page(_written(product, update, _level(), _person(people)))


@bp.get("/mails/<int:delivery_id>")
@access.needs(Action.SEE_STAKEHOLDERS)
def sent(key: str, number: int, delivery_id: int) -> str:
    """One person's copy with its links masked; without a mail server, this is the place to read it."""
    product, update = _see(key, number)
    delivery = _copy(update, delivery_id)
    return render_template(
        "updates/preview.html",
        product=product,
        update=update,
        mail=_kept(delivery),
        frame=url_for("mails.sent_mail", key=key, number=number, delivery_id=delivery_id),
        level=None,
        people=[],
        person=None,
        objection="",
        delivery=delivery,
        their_page=_page_of_nobody(delivery),
    )


@bp.get("/mails/<int:delivery_id>/mail")
@access.needs(Action.SEE_STAKEHOLDERS)
def sent_mail(key: str, number: int, delivery_id: int) -> Response:
    """The copy itself, for the frames of its page."""
    _product, update = _see(key, number)
    return _as_page(_kept(_copy(update, delivery_id)))


@bp.post("/mails")
@access.needs(Action.PUBLISH)
def send_kept(key: str, number: int) -> Response:
    """Send the mails that were kept while there was no mail server, to those who should still get them."""
    product, session = access.change_product(key), db.session()
    update = _found(product, number)
    if not settings().sends_mail:
        raise Refused(_("No mail server is set up, so nothing can be sent."))
    mails, correction = read_kept(session, product, update), read_corrections(session, product.id).get(update.id)
    update.send_kept(mails, corrected_by=correction.number if correction else None, by=access.member())
    access.commit_unlogged(product)
    words = ngettext("One mail is on its way.", "%(num)d mails are on their way.", len(mails))
    flask.flash(*((words, "good") if mails else (_("There is nothing left to send."), "plain")))
    return flask.redirect(url_for("updates.show", key=key, number=number), 303)


def _level() -> Level:
    return Level.BRIEF if request.args.get("level") == Level.BRIEF.value else Level.FULL


def _page_of_nobody(delivery: Delivery) -> str | None:
    """A link to the recipient's personal page, but only if their address can belong to nobody (`.example`).

    With it, the demo workspace can be explored without anybody acting as a real person.
    """
    person = delivery.stakeholder
    if person is None or person.removed_at is not None or not person.is_nobody:
        return None
    key = settings().secret_key
    return url_for("links.show", token=links.sign(key, links.Purpose.READ, delivery.id, person.link_serial))


def _see(key: str, number: int) -> tuple[Product, StatusUpdate]:
    product = access.see_product(key)
    return product, _found(product, number)


def _found(product: Product, number: int) -> StatusUpdate:
    update = updates.find_update(db.session(), product, number)
    if update is None:
        raise Missing
    return update


def _person(people: list[Stakeholder]) -> Stakeholder | None:
    """The chosen recipient, or None if none was chosen. Raises Missing if that person gets no mail of this update."""
    chosen = request.args.get("person", "")
    if not chosen:
        return None
    for person in people:
        if chosen == str(person.id):
            return person
    raise Missing


def _objection(product: Product, update: StatusUpdate, person: Stakeholder | None) -> str:
    """Why this person gets no mail of this update although they are on the list, or ""."""
    if person is None or person.level is not Level.MINE:
        return ""
    words = as_read_now(db.session(), product, update, owner_id=access.member().user_id)
    passes = levels.passes_by(words, person.level, levels.concern_of(db.session(), product, person))
    return _("Nothing in it concerns what was promised to them, so they don’t get this mail.") if passes else ""


def _written(product: Product, update: StatusUpdate, level: Level, person: Stakeholder | None) -> WrittenMail:
    session = db.session()
    words = as_read_now(session, product, update, owner_id=access.member().user_id)
    concern = levels.concern_of(session, product, person) if person is not None else None
    first = None
    if person is not None:
        unsent = Delivery.to_stakeholder("update", person)
        unsent.state = DeliveryState.WAITING if settings().sends_mail else DeliveryState.KEPT
        first = contents.first_words(session, unsent, product, "en")
    return prepare.preview(
        levels.for_level(
            {**words, "headline": words["headline"] or _("(no headline yet)")},
            person.level if person is not None else level,
            concern,
        ),
        PostOffice.from_config(settings()),
        renderer(flask.current_app.jinja_env),
        person_name=person.name if person is not None else _("Somebody"),
        owner_name=updates.owner_name(session, update, product),
        zone=product.time_zone,
        first=first,
    )


def _copy(update: StatusUpdate, delivery_id: int) -> Delivery:
    if find_copy(db.session(), update, delivery_id) is None:
        raise Missing
    delivery = prepare.load(db.session(), delivery_id)
    if delivery is None:
        raise Missing
    return delivery


def _kept(delivery: Delivery) -> WrittenMail:
    office = PostOffice.from_config(settings())
    return prepare.kept_copy(db.session(), delivery, office, renderer(flask.current_app.jinja_env), show_links=False)


def _as_page(mail: WrittenMail) -> Response:
    response = flask.make_response(mail.html)
    response.headers["Content-Security-Policy"] = _MAIL_POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
