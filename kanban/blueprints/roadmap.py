"""The owner's page of the public roadmap: which items and milestones are on it, their public titles, and the link."""

from dataclasses import replace

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access, clock
from kanban.errors import Invalid
from kanban.extensions import db, settings
from kanban.mail.links import SignedAddress
from kanban.mail.office import PostOffice
from kanban.models import Product, Roadmap
from kanban.models.roadmap import DAYS, subjects, tick
from kanban.policy import Action
from kanban.reads import roadmap as reads
from kanban.web.forms import small_number

bp = Blueprint("roadmap", __name__, url_prefix="/products/<key>/roadmap")


@bp.get("")
@access.needs(Action.CONFIGURE)
def show(key: str) -> str:
    """The items and milestones that can be ticked, and the link; the item with the number `offer` comes first."""
    return _page(access.see_product(key))


@bp.post("")
@access.needs(Action.CONFIGURE)
def save(key: str) -> Response | tuple[str, int]:
    """Save the ticks and titles of what the form `offered`; anything else on the roadmap stays as it is."""
    product = access.change_product(key)
    try:
        _take_over(product)
    except Invalid as invalid:
        return _refused(key, invalid)
    if access.commit(product):
        flask.flash(_("The roadmap is saved."), "good")
    return flask.redirect(url_for("roadmap.show", key=key), 303)


def _take_over(product: Product) -> None:
    session = db.session()
    ticked = set(request.form.getlist("show"))
    offered = subjects(request.form.getlist("offered")[: reads.OFFERED * 3])
    names = [f"{kind}:{number}" for kind, number in offered]
    titles = [request.form.get(f"title {name}", "") if name in ticked else None for name in names]
    wanted = dict(zip(offered, titles, strict=True))
    lines, ids = reads.read_lines(session, product), reads.ids_of(session, product, offered)
    new, gone = tick(product, lines, wanted, ids, by=access.member())
    session.add_all(new)
    for line in gone:
        session.delete(line)


def _refused(key: str, invalid: Invalid) -> tuple[str, int]:
    db.session.rollback()
    return _page(access.see_product(key), invalid.sentence if not invalid.errors else invalid.errors["title"]), 422


@bp.post("/link")
@access.needs(Action.CONFIGURE)
def link(key: str) -> Response | tuple[str, int]:
    """Make a new link that is valid for `days`, or end the present one; unsaved ticks and titles are saved too."""
    product, session = access.change_product(key), db.session()
    try:
        _take_over(product)
    except Invalid as invalid:
        return _refused(key, invalid)
    row = reads.find_roadmap(session, product)
    if request.form.get("link") == "close":
        if row is not None:
            row.close(by=access.member())
        told = _("The link no longer works.")
    else:
        if row is None:
            session.add(row := Roadmap.of(product))
        row.open(request.form.get("days", DAYS[1], type=int), by=access.member())
        told = _("Anyone with the link can read the roadmap now.")
    if access.commit(product):
        flask.flash(told, "good")
    return flask.redirect(url_for("roadmap.show", key=key), 303)


def _page(product: Product, trouble: str = "") -> str:
    session, address = db.session(), ""
    row = reads.find_roadmap(session, product)
    if row is not None and row.is_good_on(clock.today(product.zone)):
        address = PostOffice.from_config(settings()).signed_url(SignedAddress.ROADMAP, product.id, row.serial)
    choices = reads.load_choices(session, product, request.args.get("offer", type=small_number))
    if trouble:
        choices = replace(choices, lines=[_as_sent(choice) for choice in choices.lines])
    context = {"choices": choices, "roadmap": row, "address": address, "days": DAYS, "trouble": trouble}
    return render_template("roadmap/page.html", product=product, may_change=product.archived_at is None, **context)


def _as_sent(choice: reads.Choice) -> reads.Choice:
    """The choice with the tick and title that were sent, if the form offered it."""
    if choice.subject not in request.form.getlist("offered"):
        return choice
    title = request.form.get(f"title {choice.subject}", choice.title)
    return replace(choice, ticked=choice.subject in request.form.getlist("show"), title=title)
