"""One item: reading it, its text and people, blocking, discarding and restoring it.

Its place is in `moves`, and its criteria, comments, links, files and parts are in modules of their own.
"""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access, markup
from kanban.errors import Invalid, Refused, Stale
from kanban.extensions import db
from kanban.models import Item, Product
from kanban.models.score import POINTS, read_points
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.backlog.holders import with_others
from kanban.reads.board.place import BOTTOM, item_before, read_place
from kanban.reads.items.history_pages import edits_since
from kanban.reads.items.labels import labels_named
from kanban.reads.people.people import member_names
from kanban.reads.promises.item_promises import promises_of
from kanban.reads.words import field_word, type_chosen
from kanban.web import forms, move_feedback, panels, replies
from kanban.web.forms import Draft
from kanban.web.naming import item_named

bp = Blueprint("items", __name__)

_ALL = ("assignees", "labels", "criteria", "blocks")


# Reading


@bp.get("/items/<ref>")
@access.needs(Action.SEE)
def show(ref: str) -> Response:
    """One item: a page, or the fragment for the panel and live screens."""
    return panels.show(ref)


# Text and people


@bp.post("/items/<ref>/edit")
@access.needs(Action.EDIT_ITEM)
def edit(ref: str) -> Response:
    """Change what the form holds of title, description, type, size, score and labels.

    If somebody else has changed the same meanwhile, nothing is saved and the form comes back with both texts (409).
    """
    form = "facts" if request.form.get("section") == "facts" else "text"
    item, revision = access.change_item(ref, _ALL), _revision()
    try:
        since = edits_since(db.session(), item, revision)
        item.edit(_changes(item.product), revision=revision, by=access.member(), since=since)
    except Invalid as invalid:
        db.session.rollback()
        return panels.show(ref, Draft.typed(form, invalid.errors), 422)
    except Stale as stale:
        db.session.rollback()
        return panels.conflict(ref, panels.overtaken(ref, form, stale.by))
    sentence = _("You changed %(field)s of %(ref)s.", field=_fields(), ref=item.ref)
    return _answer(item, sentence if access.commit(item.product, {"revision": item.revision}) else "")


def _changes(product: Product) -> dict[str, Any]:
    form = request.form
    changes: dict[str, Any] = {name: form[name] for name in ("title", "description", "size") if name in form}
    if "type" in form:
        changes["type"] = type_chosen(form["type"])
    changes |= {name: read_points(name, form[name]) for name in POINTS if name in form}
    if "labels" in form:
        changes["labels"] = labels_named(db.session(), product, form["labels"].split(","))
    return changes


def _fields() -> str:
    sent = [name for name in ("title", "description", "type", "size", "labels", *POINTS) if name in request.form]
    return ", ".join(field_word(name) for name in sent)


def _revision() -> int:
    return request.form.get("revision", 0, type=forms.small_number)


def _answer(item: Item, sentence: str) -> Response:
    """The item, and a toast with an undo if something changed."""
    return panels.answer(item, sentence, undo_url=panels.undo_url(item.product) if sentence else "")


@bp.post("/items/<ref>/preview")
@access.needs(Action.EDIT_ITEM)
def preview(ref: str) -> Response:
    """Show what the description would look like; nothing is saved."""
    item = access.see_item(ref)
    names = member_names(db.session(), item.product)
    html = markup.to_html(request.form.get("description", ""), names=names, refs=item.product.refs)
    if replies.wants_fragment():
        return Response(render_template("items/_preview.html", html=html), mimetype="text/html")
    return panels.show(ref, panels.previewed("text", html))


@bp.post("/items/<ref>/assign")
@access.needs(Action.ASSIGN)
def assign(ref: str) -> Response:
    """Assign exactly the members who are ticked, but keep what others have changed since the version `seen`."""
    item = access.change_item(ref, _ALL)
    ticked = set(request.form.getlist("people", type=forms.small_number))
    seen, member = request.form.get("seen", type=forms.small_number), access.member()
    wanted = with_others(db.session(), item, ticked, since=seen, by=member) if seen is not None else ticked
    people = locked.members_named(db.session(), item.product, list(wanted))
    if len(people) != len(wanted):
        raise Refused(_("One of these people is no longer in this product. Look again."))
    item.assign(people, by=member)
    return _assigned(item)


@bp.post("/items/<ref>/assign-me")
@access.needs(Action.ASSIGN)
def assign_me(ref: str) -> Response:
    """Assign the person too, beside those who already hold the item."""
    item = access.change_item(ref, _ALL)
    member = access.member()
    if member.user in item.assignees:
        access.commit(item.product)
        return panels.answer(item, _("%(ref)s is already yours.", ref=item.ref))
    item.assign([*item.assignees, member.user], by=member)
    return _assigned(item)


def _assigned(item: Item) -> Response:
    names = ", ".join(sorted(user.name for user in item.assignees))
    sentence = _("%(names)s: assigned to %(ref)s.", names=names, ref=item.ref)
    if not names:
        sentence = _("Nobody is assigned to %(ref)s now.", ref=item.ref)
    return _answer(item, sentence if access.commit(item.product) else "")


# Blocking


@bp.get("/items/<ref>/block")
@access.needs(Action.BLOCK)
def block(ref: str) -> str:
    """The small form that asks for the reason to block the item."""
    return _verb_form("block", access.see_item(ref), Draft("block"))


@bp.post("/items/<ref>/block")
@access.needs(Action.BLOCK)
def do_block(ref: str) -> Response | tuple[str, int]:
    """Block the item: flag it as unable to proceed."""
    item = access.change_item(ref, _ALL)
    form = request.form
    try:
        item.block(form.get("reason", ""), waiting_for=form.get("waiting_for", ""), by=access.member())
    except Invalid as invalid:
        return _ask_again("block", ref, invalid)
    access.commit(item.product)
    return _done(item, _("%(ref)s is blocked.", ref=item.ref), undo_url=panels.undo_url(item.product))


@bp.post("/items/<ref>/unblock")
@access.needs(Action.BLOCK)
def unblock(ref: str) -> Response:
    """Lift the item's block."""
    item = access.change_item(ref, _ALL)
    item.unblock(by=access.member())
    sentence = _("%(ref)s is unblocked.", ref=item.ref)
    if not access.commit(item.product):
        return panels.answer(item, _("%(ref)s was no longer blocked.", ref=item.ref))
    return _answer(item, sentence)


# Discarding and restoring


@bp.get("/items/<ref>/discard")
@access.needs(Action.DISCARD)
def discard(ref: str) -> str:
    """The small form that asks for the reason to discard the item."""
    return _verb_form("discard", access.see_item(ref), Draft("discard"))


@bp.post("/items/<ref>/discard")
@access.needs(Action.DISCARD)
def do_discard(ref: str) -> Response | tuple[str, int]:
    """Discard the item: take it out of the order, for a `reason` or as a duplicate of the one that `other` names."""
    item = access.change_item(ref, _ALL)
    try:
        item.discard(_why_discarded(item), by=access.member(), after=item_before(db.session(), item))
    except Invalid as invalid:
        return _ask_again("discard", ref, invalid)
    access.commit(item.product)
    return _done(item, _("%(ref)s is discarded.", ref=item.ref), undo_url=panels.undo_url(item.product))


def _why_discarded(item: Item) -> str:
    why = request.form.get("reason", "").strip()
    if not request.form.get("other", "").strip():
        return why
    other = item_named(item.product, item, "other")
    if other.id == item.id:
        raise Invalid({"other": _("An item can’t be a duplicate of itself.")})
    if other.is_discarded:
        raise Invalid({"other": _("%(ref)s is discarded itself. Name one that stays.", ref=other.ref)})
    told = _("Duplicate of %(ref)s", ref=other.ref)
    return f"{told}: {why}" if why else told


@bp.post("/items/<ref>/restore")
@access.needs(Action.DISCARD)
def restore(ref: str) -> Response:
    """Restore a discarded item at the end of its column."""
    item = access.change_item(ref, _ALL)
    place = read_place(db.session(), item.product, item.column, BOTTOM, item=item)
    cautions = item.restore(place, by=access.member(), limit_reason=request.form.get("limit_reason"))
    question = move_feedback.ask(item, move_feedback.liberties_of(item.product))
    access.commit(item.product)
    if not replies.wants_fragment():
        move_feedback.flash(cautions, question)
    told = _("%(ref)s is back in %(column)s, at the end.", ref=item.ref, column=item.column.name)
    undo_url = panels.undo_url(item.product)
    return panels.answer(item, move_feedback.sentence(told, cautions, question), undo_url=undo_url, ask=question)


def _verb_form(verb: str, item: Item, draft: Draft) -> str:
    template = f"items/_{verb}.html" if replies.wants_fragment() else "items/verb.html"
    promises = promises_of(db.session(), item.product, item, access.member()) if verb == "discard" else None
    return render_template(template, item=item, product=item.product, draft=draft, verb=verb, promises=promises)


def _ask_again(verb: str, ref: str, invalid: Invalid) -> tuple[str, int]:
    db.session.rollback()
    return _verb_form(verb, access.see_item(ref), Draft.typed(verb, invalid.errors)), 422


def _done(item: Item, sentence: str, *, undo_url: str = "") -> Response:
    """A toast; the parts of the page that show the item then fetch it again."""
    here = url_for("items.show", ref=item.ref)
    return replies.toast(sentence, otherwise=here, undo_url=undo_url, undo_of=item.ref)
