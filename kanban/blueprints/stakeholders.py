"""The stakeholders of a product: who gets its updates and how much; what they do themselves stands in `links`."""

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
from kanban.reads import stakeholders
from kanban.reads.stakeholders import Entry
from kanban.replies import wants_fragment

bp = Blueprint("stakeholders", __name__, url_prefix="/products/<key>/stakeholders")


@bp.get("")
@access.needs(Action.SEE_STAKEHOLDERS)
def index(key: str) -> str:
    """Everybody on the list."""
    return _page(access.see_product(key))


def _page(product: Product, *, errors: dict[str, str] | None = None, form: str = "") -> str:
    people = stakeholders.list_stakeholders(db.session(), product)
    return render_template(
        "stakeholders/index.html",
        product=product,
        people=people,
        may_edit=access.member().may(Action.EDIT_STAKEHOLDERS),
        errors=errors or {},
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
        entries = stakeholders.read_entries(request.form["people"]) if pasted else [_entry()]
        welcomed = stakeholders.welcome(db.session(), product, entries, by=access.member())
    except Invalid as invalid:
        db.session.rollback()
        page = _page(access.see_product(key), errors=invalid.errors, form="many" if pasted else "one")
        return flask.make_response(page, 422)
    access.commit(product)
    _tell(welcomed)
    return _back(key)


def _entry() -> Entry:
    form = request.form
    email = form.get("email", "")
    return Entry(form.get("name", ""), email, form.get("organisation", ""), _level(form.get("level")))


def _tell(welcomed: stakeholders.Welcomed) -> None:
    n_added, n_known = len(welcomed.added), len(welcomed.known)
    if n_added:
        flask.flash(ngettext("One person was added.", "%(num)d people were added.", n_added), "good")
    if n_known:
        flask.flash(
            ngettext("One address was on the list already.", "%(num)d addresses were on the list already.", n_known),
            "plain",
        )


@bp.get("/<int:stakeholder_id>")
@access.needs(Action.EDIT_STAKEHOLDERS)
def ask_edit(key: str, stakeholder_id: int) -> str:
    """Name, organisation and how much the person gets; an address is not changed but added anew."""
    return _edit_page(access.see_product(key), stakeholder_id)


def _edit_page(product: Product, stakeholder_id: int, *, errors: dict[str, str] | None = None) -> str:
    person = stakeholders.find_stakeholder(db.session(), product, stakeholder_id)
    template = "stakeholders/_edit.html" if wants_fragment() else "stakeholders/edit.html"
    form = request.form if errors else {"name": person.name, "organisation": person.organisation, "level": person.level}
    return render_template(template, product=product, person=person, form=form, errors=errors or {})


@bp.post("/<int:stakeholder_id>")
@access.needs(Action.EDIT_STAKEHOLDERS)
def edit(key: str, stakeholder_id: int) -> Response:
    """Change what was sent of name, organisation and level."""
    product, person = _change(key, stakeholder_id)
    before = (person.name, person.organisation, person.level)
    form = request.form
    try:
        person.name = form.get("name", person.name)
        person.organisation = form.get("organisation", person.organisation)
        person.level = _level(form.get("level", person.level.value))
    except Invalid as invalid:
        db.session.rollback()
        page = _edit_page(access.see_product(key), stakeholder_id, errors=invalid.errors)
        return flask.make_response(page, 422)
    if (person.name, person.organisation, person.level) != before:
        product.record("stakeholder_changed", by=access.member(), stakeholder=person.id, level=person.level.value)
    access.commit(product)
    return _back(key)


@bp.post("/<int:stakeholder_id>/links")
@access.needs(Action.EDIT_STAKEHOLDERS)
def renew(key: str, stakeholder_id: int) -> Response:
    """End all personal links that this person ever got."""
    product, person = _change(key, stakeholder_id)
    person.renew_links()
    product.record("stakeholder_links_renewed", by=access.member(), stakeholder=person.id)
    access.commit(product)
    flask.flash(
        _("Every link that %(name)s got so far is dead. The next mail brings new ones.", name=person.name), "good"
    )
    return _back(key)


@bp.get("/<int:stakeholder_id>/remove")
@access.needs(Action.EDIT_STAKEHOLDERS)
def ask_remove(key: str, stakeholder_id: int) -> str:
    """Ask once more."""
    product = access.see_product(key)
    person = stakeholders.find_stakeholder(db.session(), product, stakeholder_id)
    template = "stakeholders/_remove.html" if wants_fragment() else "stakeholders/remove.html"
    return render_template(template, product=product, person=person)


@bp.post("/<int:stakeholder_id>/remove")
@access.needs(Action.EDIT_STAKEHOLDERS)
def remove(key: str, stakeholder_id: int) -> Response:
    """Take a person off the list; mails that still wait for them are not sent."""
    product, person = _change(key, stakeholder_id)
    person.remove()
    product.record("stakeholder_removed", by=access.member(), stakeholder=person.id)
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
