"""Delay notices: a preview of what the people to whom a promise was made would read, and one button that tells them."""

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from kanban import access, translation
from kanban.errors import Invalid, Missing, Refused
from kanban.extensions import db, settings
from kanban.models import Commitment, Product
from kanban.policy import Action
from kanban.reads.promises import notices, promises
from kanban.reads.promises.notices import Notice
from kanban.reads.updates.draft import judge_saved
from kanban.reads.updates.publishing import read_publishing
from kanban.web import link_pages, sheets
from kanban.web.replies import wants_fragment

bp = Blueprint("notices", __name__, url_prefix="/products/<key>/promises/<int:number>/notice")


@bp.get("")
@access.needs(Action.DRAFT_UPDATE)
def ask(key: str, number: int) -> str | Response:
    """Show what would be told to whom; if a notice is already being written, go to it."""
    product = access.see_product(key)
    commitment = _found(product, number)
    known = notices.drafted(db.session(), commitment)
    if known is not None:
        return _to_update(key, known)
    notice = _written(product, commitment)
    draft = notice.draft(product)
    judgement = judge_saved(db.session(), product, draft, **translation.locale_kwargs())
    return render_template(
        "promises/_notice.html" if wants_fragment() else "promises/notice.html",
        product=product,
        number=number,
        notice=notice,
        findings=judgement.findings,
        view=sheets.sheet(product, draft, judgement),
        may_publish=access.member().may(Action.PUBLISH),
        keeps_mail=not settings().sends_mail,
    )


@bp.post("")
@access.needs(Action.DRAFT_UPDATE)
def tell(key: str, number: int) -> Response:
    """Write the notice; with `act=publish` it goes out at once, otherwise it is a draft to go on with."""
    product, session = access.change_product(key), db.session()
    commitment, member = _found(product, number), access.member()
    known = notices.drafted(session, commitment)
    if known is not None:
        access.commit(product)
        return _to_update(key, known)
    notice = _written(product, commitment)
    if request.form.get("due_on", commitment.due_on.isoformat()) != commitment.due_on.isoformat():
        raise Refused(gettext("The date has moved again since you looked. Look once more."))
    update = notice.begin(session, product, by=member)
    n_people = len(notice.people)
    if request.form.get("act") == "publish":
        judgement = judge_saved(session, product, update, **translation.locale_kwargs())
        try:
            update.publish(**read_publishing(session, product, update, judgement), by=member)
        except Invalid as invalid:
            raise Refused(invalid.sentence) from invalid
        told = ngettext("Told to one person.", "Told to %(num)d people.", n_people)
        flask.flash(link_pages.told_to(told) if n_people else told, "good")
    access.commit(product)
    return _to_update(key, update.number)


def _written(product: Product, commitment: Commitment) -> Notice:
    return notices.write_notice(db.session(), product, commitment, **translation.locale_kwargs())


def _found(product: Product, number: int) -> Commitment:
    found = promises.promise_numbered(db.session(), product, number)
    if found is None:
        raise Missing
    return found


def _to_update(key: str, number: int) -> Response:
    return flask.redirect(url_for("updates.show", key=key, number=number), 303)
