"""The settings of a product's public form (open, closed, its link), and downloads of files that came with requests."""

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Missing
from kanban.extensions import db, settings
from kanban.mail.links import SignedAddress
from kanban.mail.office import PostOffice
from kanban.models import Product
from kanban.models.request_form import close_form, open_form, renew_form
from kanban.policy import Action
from kanban.reads.people import newcomers
from kanban.reads.requests import requests
from kanban.web import files

bp = Blueprint("request_settings", __name__, url_prefix="/products/<key>")


@bp.get("/settings/requests")
@access.needs(Action.SEE_REQUESTS)
def show(key: str) -> str:
    """Whether the form is open, its link, and for the owner the buttons that change this."""
    product = access.see_product(key)
    may_change = access.member().may(Action.CONFIGURE) and product.archived_at is None
    return render_template(
        "settings/requests.html",
        product=product,
        form_link=_link(product),
        may_change=may_change,
    )


@bp.post("/settings/requests")
@access.needs(Action.CONFIGURE)
def change(key: str) -> Response:
    """Open the form, close it, or replace its link."""
    product, by = access.change_product(key), access.member()
    match request.form.get("form"):
        case "open":
            open_form(product, by=by)
        case "close":
            close_form(product, by=by)
        case "renew":
            renew_form(product, by=by)
    if access.commit(product):
        flask.flash(_("The form is open.") if product.form_open else _("The form is closed."), "good")
    return flask.redirect(url_for("request_settings.show", key=key), 303)


@bp.get("/requests/<int:number>/files/<int:file>")
@access.needs(Action.SEE_REQUESTS)
def download(key: str, number: int, file: int) -> Response:
    """Send a file that came with a request as a download; browsers never show it in place."""
    found = requests.request_in(db.session(), access.see_product(key), number)
    kept = newcomers.files_of(db.session(), found) if found is not None else ()
    wanted = next((each for each in kept if each.number == file), None)
    if wanted is None:
        raise Missing
    return files.send(wanted)


def _link(product: Product) -> str:
    office = PostOffice.from_config(settings())
    return office.signed_url(SignedAddress.FORM, product.id, product.form_serial) if product.form_open else ""
