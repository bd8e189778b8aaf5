"""Adding many stakeholders from a CSV file: previewed first, and written once somebody has seen what would change."""

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid, Refused
from kanban.extensions import db
from kanban.models import Product
from kanban.policy import Action
from kanban.reads.stakeholders import entries, stakeholders
from kanban.web import forms

bp = Blueprint("stakeholder_import", __name__, url_prefix="/products/<key>/stakeholders/file")


@bp.get("")
@access.needs(Action.EDIT_STAKEHOLDERS)
def ask(key: str) -> str:
    """The form that asks for a file."""
    return _form(access.see_product(key))


def _form(product: Product, sentence: str = "") -> str:
    return render_template("stakeholders/file.html", product=product, sentence=sentence)


@bp.post("/preview")
@access.needs(Action.EDIT_STAKEHOLDERS)
def preview(key: str) -> Response | str:
    """Show what the file would change; nothing is written."""
    product = access.see_product(key)
    try:
        read = entries.read_file(forms.file_sent(entries.BYTES_AT_MOST) or b"")
    except Refused as refused:
        return flask.make_response(_form(product, refused.sentence), 422)
    plan = stakeholders.plan_welcome(db.session(), product, read.people)
    return render_template(
        "stakeholders/preview.html", product=product, read=read, plan=plan, text=entries.as_csv(read.people)
    )


@bp.post("")
@access.needs(Action.EDIT_STAKEHOLDERS)
def write(key: str) -> Response:
    """Put the previewed people on the list of stakeholders; all of them or none."""
    product = access.change_product(key)
    try:
        read = entries.read_file(request.form.get("csv", ""))
        if read.troubles:
            raise Invalid({"csv": _("The list didn’t arrive in full. Choose the file again.")})
        welcomed = stakeholders.welcome(db.session(), product, read.people, by=access.member())
    except (Invalid, Refused) as trouble:
        db.session.rollback()
        return flask.make_response(_form(access.see_product(key), trouble.sentence), 422)
    access.commit(product)
    flask.flash(*stakeholders.summarise(welcomed))
    return flask.redirect(url_for("stakeholders.index", key=key), 303)
