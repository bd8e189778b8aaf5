"""One stakeholder: what was promised to them, their mails and their acts; exporting or erasing their data."""

import json

import flask
from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Missing
from kanban.extensions import db, settings
from kanban.mail import prepare
from kanban.mail.compose import WrittenMail, renderer
from kanban.mail.office import PostOffice
from kanban.models import Product, Stakeholder
from kanban.policy import Action
from kanban.reads.stakeholders import erasure, personal, stakeholders
from kanban.web import files
from kanban.web.replies import download, wants_fragment

bp = Blueprint("personal", __name__, url_prefix="/products/<key>/stakeholders/<int:stakeholder_id>")


@bp.get("")
@access.needs(Action.SEE_STAKEHOLDERS)
def show(key: str, stakeholder_id: int) -> str:
    """The stakeholder's page."""
    product, person = _see(key, stakeholder_id)
    member = access.member()
    return render_template(
        "stakeholders/show.html",
        product=product,
        person=person,
        page=personal.read_person(db.session(), product, person, member),
        may_edit=member.may(Action.EDIT_STAKEHOLDERS),
        may_erase=member.may(Action.HANDLE_PERSONAL_DATA),
    )


@bp.get("/mails/<int:delivery_id>")
@access.needs(Action.SEE_STAKEHOLDERS)
def mail(key: str, stakeholder_id: int, delivery_id: int) -> str:
    """One mail to the person as text, with its links masked; without a mail server, this is the place to read it."""
    product, person = _see(key, stakeholder_id)
    if personal.find_mail(db.session(), person, delivery_id) is None:
        raise Missing
    return render_template("stakeholders/mail.html", product=product, person=person, mail=_kept(delivery_id))


def _kept(delivery_id: int) -> WrittenMail:
    delivery = prepare.load(db.session(), delivery_id)
    if delivery is None:
        raise Missing
    office = PostOffice.from_config(settings())
    return prepare.kept_copy(db.session(), delivery, office, renderer(flask.current_app.jinja_env), show_links=False)


@bp.get("/export.json")
@access.needs(Action.HANDLE_PERSONAL_DATA)
def export(key: str, stakeholder_id: int) -> Response:
    """Everything that is stored about the person, as a file."""
    product, person = _see(key, stakeholder_id)
    text = json.dumps(personal.export_person(db.session(), product, person), ensure_ascii=False, indent=2)
    return download(f"{text}\n", "application/json", f"{product.key.lower()}-person-{person.id}.json")


@bp.get("/erase")
@access.needs(Action.HANDLE_PERSONAL_DATA)
def ask_erase(key: str, stakeholder_id: int) -> str:
    """Ask for confirmation, and list the texts that still name the person."""
    product, person = _see(key, stakeholder_id)
    template = "stakeholders/_erase.html" if wants_fragment() else "stakeholders/erase.html"
    named = erasure.still_named(db.session(), product, person.name, person.email)
    return render_template(template, product=product, person=person, named=named)


@bp.post("/erase")
@access.needs(Action.HANDLE_PERSONAL_DATA)
def erase(key: str, stakeholder_id: int) -> Response:
    """Erase name and address for good."""
    product = access.change_product(key)
    person = stakeholders.find_stakeholder(db.session(), product, stakeholder_id)
    keys = erasure.erase_person(db.session(), product, person, by=access.member())
    access.commit(product)
    erasure.settle_erasure(db.engine)
    for key_of_file in keys:
        files.store().path(key_of_file).unlink(missing_ok=True)
    flask.flash(_("The person has been erased. Promises and updates stay, without the name."), "plain")
    return flask.redirect(url_for("stakeholders.index", key=key), 303)


def _see(key: str, stakeholder_id: int) -> tuple[Product, Stakeholder]:
    product = access.see_product(key)
    return product, stakeholders.find_stakeholder(db.session(), product, stakeholder_id)
