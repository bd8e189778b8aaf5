"""Accepting a request: it becomes a new item at a place in the backlog, or joins an existing item.

The form shows beforehand what the new item would displace.
"""

from collections import defaultdict
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access, clock
from kanban.errors import Invalid, Missing, Refused
from kanban.extensions import db
from kanban.models import Item, Product, Request, Stage
from kanban.policy import Action
from kanban.reads.backlog import displacement_words
from kanban.reads.backlog.arrival import HOWS, Arrival, find_items, read_arrival, resolve_any_item
from kanban.reads.backlog.displacement import read_displacement
from kanban.reads.board.place import read_place
from kanban.reads.requests import requests, triage
from kanban.web import link_pages, move_feedback, replies
from kanban.web.forms import Draft
from kanban.web.replies import own_path

bp = Blueprint("accepting", __name__, url_prefix="/products/<key>/requests")

_MOST_TYPED = 300


@bp.get("/<int:number>/accept")
@access.needs(Action.TRIAGE_REQUESTS)
def ask(key: str, number: int) -> str:
    """The form: a new item and its place, or an existing item; and a reply to whoever asked."""
    return _form(access.see_product(key), number, Draft("accept"))


@bp.get("/<int:number>/displaced")
@access.needs(Action.TRIAGE_REQUESTS)
def show_displaced(key: str, number: int) -> str:
    """What the place that is chosen so far displaces, for the open form."""
    product = access.see_product(key)
    told = _displaced(product, Draft("accept", request.args))
    return render_template("requests/_displaced.html", **told)


@bp.get("/items")
@access.needs(Action.TRIAGE_REQUESTS)
def suggest(key: str) -> str:
    """Suggest items for what was typed so far (`item` or `before`): a reference or letters of a title."""
    product = access.see_product(key)
    typed = request.args.get("item") or request.args.get("before") or ""
    found = find_items(db.session(), product, typed[:_MOST_TYPED])
    return render_template("items/_link_options.html", found=found)


@bp.post("/<int:number>/accept")
@access.needs(Action.TRIAGE_REQUESTS)
def accept(key: str, number: int) -> Response | tuple[str, int]:
    """Accept the request; or, with `look`, change nothing and return the form with what the place displaces.

    If `look` is `plain` or `named`, the sentences about that are also appended to the reply, without or with the names
    of what is displaced.
    """
    if look := request.form.get("look"):
        product = access.see_product(key)
        return _form(product, number, _looked(product, look)), 200
    product, session = access.change_product(key), db.session()
    try:
        found = requests.request_in(session, product, number)
        if found is None:
            raise Missing
        item = _item(product, found)
        found.accept(item, by=access.member(), words=request.form.get("words", ""))
    except Invalid as invalid:
        session.rollback()
        return _form(access.see_product(key), number, Draft.typed("accept", invalid.errors)), 422
    here = own_path(request.form.get("next"), url_for("requests.index", key=key))
    cautions = item.cautions
    access.commit(product, {"next": here})
    told = f"{_('%(ref)s comes from request %(number)s.', ref=item.ref, number=number)} {link_pages.who_hears()}"
    if not replies.wants_fragment():
        move_feedback.flash(cautions)
    step = move_feedback.open_it(item)
    return replies.toast(move_feedback.sentence(told, cautions), otherwise=here, notice=told, step=step)


def _item(product: Product, found: Request) -> Item:
    form, session = request.form, db.session()
    if form.get("kind") == "existing":
        return resolve_any_item(session, product, form.get("item", "")[:_MOST_TYPED])
    if not found.is_open:
        raise Refused("It has already been decided. Reopen it first.")
    column = product.first_column(Stage.BACKLOG)
    assert column is not None
    place = read_place(session, product, column, _arrival(product, Draft("accept", form)).wish)
    reason = form.get("limit_reason")
    item = Item.create(product, form.get("title", ""), place, by=access.member(), limit_reason=reason)
    session.flush()
    return item


def _arrival(product: Product, draft: Draft) -> Arrival:
    how = draft.values.get("place") or "bottom"
    if how not in HOWS:
        raise Invalid({"place": _("Choose a place.")})
    before, position = draft.values.get("before") or "", draft.values.get("position") or ""
    return read_arrival(db.session(), product, how, before=before[:_MOST_TYPED], position=position)


def _displaced(product: Product, draft: Draft) -> dict[str, Any]:
    """The context of requests/_displaced.html; for a place that can't be read, the problem and no displacement."""
    try:
        arrival = _arrival(product, draft)
    except Invalid as invalid:
        problem = " ".join(invalid.errors.values())
        above = read_arrival(db.session(), product, "top").n_above
        return {"problem": problem, "lines": [], "plain": [], "own": "", "displacement": None, "n_above": above}
    found, today = read_displacement(db.session(), product, arrival.index, arrival.queue), clock.today(product.zone)
    return {
        "problem": "",
        "lines": displacement_words.sentences(found, today),
        "plain": displacement_words.plain_sentences(found),
        "own": displacement_words.own_sentence(found, today),
        "displacement": found,
        "n_above": arrival.n_above,
    }


def _looked(product: Product, look: str) -> Draft:
    draft = Draft.typed("accept", {})
    told = _displaced(product, draft)
    lines = {"named": told["lines"], "plain": told["plain"]}.get(look, [])
    words = "\n".join([draft.values["words"].rstrip(), *lines]).strip()
    return Draft("accept", defaultdict(str, {**draft.values, "words": words}))


def _form(product: Product, number: int, draft: Draft) -> str:
    lines = triage.list_requests(db.session(), product, access.member(), Request.number == number)
    if not lines:
        raise Missing
    return render_template(
        "requests/_accept.html" if replies.wants_fragment() else "requests/verb.html",
        product=product,
        row=lines[0],
        are_colleagues=triage.are_colleagues(db.session(), product, lines[0]),
        draft=draft,
        verb="accept",
        back=own_path(request.values.get("next"), url_for("requests.index", key=product.key)),
        **_displaced(product, draft),
    )
