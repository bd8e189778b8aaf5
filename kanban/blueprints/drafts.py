"""Drafts of status updates: beginning one, writing it, handing it to the owner, throwing it away."""

from typing import Any

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from kanban import access, translation
from kanban.errors import Invalid, Missing
from kanban.extensions import db
from kanban.models import Product, StatusUpdate, UpdateState
from kanban.policy import Action
from kanban.reads.updates import updates
from kanban.reads.updates.beginning import Beginning, beginning_of_correction, read_beginning
from kanban.reads.updates.draft import judge_saved, read_unmentioned
from kanban.reads.updates.handed import owner_since, read_owner
from kanban.reads.updates.honesty import judge
from kanban.status.draft_text import DraftText
from kanban.web import sheets
from kanban.web.replies import wants_fragment

bp = Blueprint("drafts", __name__, url_prefix="/products/<key>/updates")

_GOALS = {"publish": "publishing.confirm", "later": "publishing.choose_time", "preview": "mails.preview"}


@bp.post("")
@access.needs(Action.DRAFT_UPDATE)
def begin(key: str) -> Response:
    """Begin a draft with the facts since the last update, or open the draft that is already being written."""
    product = access.change_product(key)
    known = updates.open_draft(db.session(), product)
    return _go_on(product, known) or _begin(
        product, read_beginning(db.session(), product, **translation.locale_kwargs())
    )


@bp.post("/<int:number>/correct")
@access.needs(Action.DRAFT_UPDATE)
def correct(key: str, number: int) -> Response:
    """Begin a correction with the words that were published, or open the one that is already being written."""
    product = access.change_product(key)
    wrong = _to_change(product, number)
    known = updates.open_draft(db.session(), product, corrects_id=wrong.id)
    return _go_on(product, known) or _begin(product, beginning_of_correction(wrong))


def _go_on(product: Product, number: int | None) -> Response | None:
    if number is None:
        return None
    access.commit(product)
    return _to_page(product.key, number)


def _begin(product: Product, beginning: Beginning) -> Response:
    draft = StatusUpdate.draft(product, by=access.member(), **beginning.keywords)
    db.session.add(draft)
    access.commit(product)
    return _to_page(product.key, draft.number)


@bp.post("/<int:number>")
@access.needs(Action.DRAFT_UPDATE)
def edit(key: str, number: int) -> Response:
    """Save the draft; `act` is what else the pressed button does, empty for an autosave."""
    product = access.change_product(key)
    update = _to_change(product, number)
    act = request.form.get("act", "")
    written = DraftText.read(request.form, healths=sheets.HEALTHS)
    if written.revision != update.revision and update.state is UpdateState.DRAFT:
        return _conflict(key, number, written)
    written.arrange(act)
    filled = _fill(product, update, written, act)
    try:
        given = _answers(product, update, written, act)
        update.edit({**written.changes, "answers": given}, by=access.member(), filled=filled)
    except Invalid as invalid:
        return _with_errors(key, number, written, invalid)
    lacks = _hand_over(product, update) if act == "hand-over" else None
    access.commit(product)
    return _with_errors(key, number, written, lacks) if lacks else _saved(key, number, act)


def _fill(product: Product, update: StatusUpdate, written: DraftText, act: str) -> list[dict[str, str]]:
    """Add the fact, or renew the lines, that the pressed button names; return the lines that were filled from facts."""
    verb, _space, which = act.partition(" ")
    if verb == "mention":
        return written.mention(read_unmentioned(db.session(), product, written, **translation.locale_kwargs()), which)
    if verb == "renew":
        found = judge(db.session(), product, update, written, **translation.locale_kwargs()).case.outdated
        return written.renew(found, which.removeprefix("H17:"))
    return []


def _answers(product: Product, update: StatusUpdate, written: DraftText, act: str) -> dict[str, Any]:
    """The answers to findings: the reasons as typed, and the pressed "mentioned" or "not mentioned" of one finding."""
    reasons = zip(request.form.getlist("answer_key"), request.form.getlist("answer_reason"), strict=False)
    given = {key: {**update.answers.get(key, {}), "reason": reason} for key, reason in reasons}
    verb, _space, key = act.partition(" ")
    if verb in ("told", "untold"):
        if verb == "told":
            judge(db.session(), product, update, written, **translation.locale_kwargs()).must_be_mentioned([key])
        given[key] = {**update.answers.get(key, {}), **given.get(key, {}), "mentioned": verb == "told"}
    return given


def _hand_over(product: Product, update: StatusUpdate) -> Invalid | None:
    """Hand the draft to the owner; return what it lacks for that, if anything, in which case it is still saved."""
    session = db.session()
    judged = judge_saved(session, product, update, **translation.locale_kwargs()).judged
    try:
        update.hand_over(by=access.member(), judged=judged, owner_since=owner_since(session, product))
    except Invalid as invalid:
        return invalid
    flask.flash(gettext("%(name)s has it now.", name=read_owner(session, product).first_name), "good")
    return None


def _saved(key: str, number: int, act: str) -> Response:
    """Answer a saved draft: an autosave with its new state and findings, a button with the form drawn anew.

    Buttons that lead elsewhere and forms without script are redirected.
    """
    if act in _GOALS:
        return flask.redirect(url_for(_GOALS[act], key=key, number=number), 303)
    if not wants_fragment():
        return _to_page(key, number)
    product = access.see_product(key)
    update = _to_see(product, number)
    if not act:
        return flask.make_response(sheets.judged(product, update, part="drafts/_saved.html"))
    return flask.make_response(sheets.editor(product, update, part="drafts/_rewritten.html"))


def _conflict(key: str, number: int, mine: DraftText) -> Response:
    """A 409 that keeps both texts: the writer's own in the form, the saved one beside it."""
    db.session.rollback()
    product = access.see_product(key)
    update = _to_see(product, number)
    theirs = sheets.theirs(product, update)
    if wants_fragment():
        html = render_template("drafts/_conflict_partial.html", product=product, update=update, theirs=theirs)
    else:
        html = sheets.editor(product, update, mine, theirs=theirs)
    return flask.make_response(html, 409)


def _with_errors(key: str, number: int, mine: DraftText, invalid: Invalid) -> Response:
    if wants_fragment():
        raise invalid
    db.session.rollback()
    product = access.see_product(key)
    html = sheets.editor(product, _to_see(product, number), mine, errors=invalid.errors)
    return flask.make_response(html, 422)


@bp.get("/<int:number>/throw-away")
@access.needs(Action.DRAFT_UPDATE)
def ask_throw_away(key: str, number: int) -> str:
    """Ask for confirmation, since a draft that is thrown away is gone."""
    product = access.see_product(key)
    template = "drafts/_throw_away.html" if wants_fragment() else "drafts/throw_away.html"
    return render_template(template, product=product, update=_to_see(product, number))


@bp.post("/<int:number>/throw-away")
@access.needs(Action.DRAFT_UPDATE)
def throw_away(key: str, number: int) -> Response:
    """Delete a draft; the log still says that there was one."""
    product = access.change_product(key)
    update = _to_change(product, number)
    update.throw_away(by=access.member())
    db.session.delete(update)
    access.commit(product)
    flask.flash(gettext("The draft is thrown away."), "plain")
    return flask.redirect(url_for("updates.index", key=key), 303)


def _to_change(product: Product, number: int) -> StatusUpdate:
    update = updates.update_under_lock(db.session(), product, number)
    if update is None:
        raise Missing
    return update


def _to_see(product: Product, number: int) -> StatusUpdate:
    update = updates.find_update(db.session(), product, number)
    if update is None:
        raise Missing
    return update


def _to_page(key: str, number: int) -> Response:
    return flask.redirect(url_for("updates.show", key=key, number=number), 303)
