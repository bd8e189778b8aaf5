"""The stakeholders of a product: who gets its updates, and how much.

What they do themselves is in `links`, adding many from a file in `stakeholder_import`, what is stored about one
person in `personal`.
"""

from typing import Any

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid
from kanban.extensions import db
from kanban.models import Level, Product, Stakeholder
from kanban.policy import Action
from kanban.reads.stakeholders import changing, entries, stakeholders
from kanban.reads.stakeholders.entries import Entry, LineError
from kanban.web.forms import Edit, small_number
from kanban.web.replies import wants_fragment

bp = Blueprint("stakeholders", __name__, url_prefix="/products/<key>/stakeholders")


@bp.get("")
@access.needs(Action.SEE_STAKEHOLDERS)
def index(key: str) -> str:
    """The stakeholders, two hundred per page; `q` searches them."""
    return _page(access.see_product(key))


def _page(
    product: Product, *, errors: dict[str, str] | None = None, form: str = "", troubles: list[LineError] | None = None
) -> str:
    everybody = stakeholders.list_stakeholders(db.session(), product)
    words, start = request.args.get("q", ""), request.args.get("from", 0, type=small_number) or 0
    shown, n_found = stakeholders.search_stakeholders(everybody, words, start=start)
    return render_template(
        "stakeholders/index.html",
        product=product,
        people=shown,
        n_people=len(everybody),
        n_found=n_found,
        words=words,
        start=start,
        step=stakeholders.SHOWN_AT_MOST,
        may_edit=access.member().may(Action.EDIT_STAKEHOLDERS),
        errors=errors or {},
        troubles=troubles or [],
        wrong_form=form,
        typed=request.form,
    )


@bp.post("")
@access.needs(Action.EDIT_STAKEHOLDERS)
def add(key: str) -> Response:
    """Add one person, or the people of a pasted list; all of them or none."""
    product = access.change_product(key)
    pasted = "people" in request.form
    try:
        read = _pasted() if pasted else entries.Entries([_entry()], [])
        if read.troubles:
            sentence = _("Nobody has been added yet. Correct the lines listed below; nothing you wrote is lost.")
            return _again(key, {"people": sentence}, "many", read.troubles)
        welcomed = stakeholders.welcome(db.session(), product, read.people, by=access.member())
    except Invalid as invalid:
        return _again(key, invalid.errors, "many" if pasted else "one")
    access.commit(product)
    flask.flash(*stakeholders.summarise(welcomed))
    return _back(key)


def _pasted() -> entries.Entries:
    reason = request.form.get("reason", "")
    if len(reason) > 300:
        raise Invalid({"reason": _("A reason can have at most 300 characters.")})
    return entries.read_lines(request.form["people"], reason=reason)


def _entry() -> Entry:
    form = request.form
    level = _level(form.get("level"))
    return Entry(
        form.get("name", ""), form.get("email", ""), form.get("organisation", ""), level, form.get("reason", "")
    )


def _again(key: str, errors: dict[str, str], form: str, troubles: list[LineError] | None = None) -> Response:
    db.session.rollback()
    page = _page(access.see_product(key), errors=errors, form=form, troubles=troubles)
    return flask.make_response(page, 422)


@bp.get("/<int:stakeholder_id>/edit")
@access.needs(Action.EDIT_STAKEHOLDERS)
def ask_edit(key: str, stakeholder_id: int) -> str:
    """The form with a stakeholder's name, address, organisation, level and reason."""
    return _edit_page(access.see_product(key), stakeholder_id)


_FIELDS = ("name", "email", "organisation", "level", "reason")


def _edit_page(product: Product, stakeholder_id: int, *, errors: dict[str, str] | None = None) -> str:
    person = stakeholders.find_stakeholder(db.session(), product, stakeholder_id)
    template = "stakeholders/_edit.html" if wants_fragment() else "stakeholders/edit.html"
    form, told = {name: getattr(person, name) for name in _FIELDS}, dict(errors or {})
    if errors:
        edit = _edit_of(person)
        form |= edit.values
        told |= edit.clashes
    n_refused = len(changing.refused_mails(db.session(), product, person))
    return render_template(template, product=product, person=person, form=form, errors=told, n_refused=n_refused)


def _edit_of(person: Stakeholder) -> Edit:
    return Edit(person, [name for name in _FIELDS if name in request.form])


@bp.post("/<int:stakeholder_id>")
@access.needs(Action.EDIT_STAKEHOLDERS)
def edit(key: str, stakeholder_id: int) -> Response:
    """Save what was changed in the form (see Edit) of name, address, organisation, level and reason.

    Since only changed fields are saved, somebody who has unsubscribed in the meantime stays unsubscribed.
    """
    product, person = _change(key, stakeholder_id)
    address = person.email
    try:
        values: dict[str, Any] = _edit_of(person).changes()
        if "level" in values:
            values["level"] = _level(values["level"])
        again = changing.change_person(db.session(), product, person, by=access.member(), **values)
    except Invalid as invalid:
        db.session.rollback()
        page = _edit_page(access.see_product(key), stakeholder_id, errors=invalid.errors)
        return flask.make_response(page, 422)
    is_moved, told = person.email != address, _moved(person, len(again))
    access.commit(product)
    if is_moved:
        flask.flash(told, "good")
    return _back(key)


def _moved(person: Stakeholder, n_again: int) -> str:
    """What happens after a change of address, in a sentence or two."""
    words = _(
        "%(name)s now gets mails at %(address)s. Earlier links no longer work.", name=person.name, address=person.email
    )
    again = ngettext("One mail that was refused goes there.", "%(num)d mails that were refused go there.", n_again)
    return f"{words} {again}" if n_again else words


@bp.post("/<int:stakeholder_id>/links")
@access.needs(Action.EDIT_STAKEHOLDERS)
def renew(key: str, stakeholder_id: int) -> Response:
    """End all personal links that this person has ever got."""
    product, person = _change(key, stakeholder_id)
    person.replace_links(product, by=access.member())
    access.commit(product)
    flask.flash(
        _("No link sent to %(name)s so far works any more. The next mail brings new ones.", name=person.name), "good"
    )
    return _back(key)


@bp.get("/<int:stakeholder_id>/remove")
@access.needs(Action.EDIT_STAKEHOLDERS)
def ask_remove(key: str, stakeholder_id: int) -> str:
    """Ask for confirmation."""
    product = access.see_product(key)
    person = stakeholders.find_stakeholder(db.session(), product, stakeholder_id)
    template = "stakeholders/_remove.html" if wants_fragment() else "stakeholders/remove.html"
    return render_template(template, product=product, person=person)


@bp.post("/<int:stakeholder_id>/remove")
@access.needs(Action.EDIT_STAKEHOLDERS)
def remove(key: str, stakeholder_id: int) -> Response:
    """Take a person off the list; mails still waiting to be sent to them are not sent."""
    product, person = _change(key, stakeholder_id)
    person.remove(product, by=access.member())
    access.commit(product)
    flask.flash(_("%(name)s is off the list.", name=person.name), "plain")
    return _back(key)


def _change(key: str, stakeholder_id: int) -> tuple[Product, Stakeholder]:
    product = access.change_product(key)
    return product, stakeholders.find_stakeholder(db.session(), product, stakeholder_id)


def _level(value: str | None) -> Level:
    if value not in list(Level):
        raise Invalid({"level": _("Choose how much this person gets.")})
    return Level(value)


def _back(key: str) -> Response:
    return flask.redirect(url_for("stakeholders.index", key=key), 303)
