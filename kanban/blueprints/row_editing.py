"""Editing an item's title, type, size and labels in its row of the backlog; the panel edits them through `items`."""

from collections.abc import Sequence
from dataclasses import replace

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid, Stale
from kanban.extensions import db
from kanban.models import Event, Item, ItemType
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.items.history_pages import edits_since
from kanban.reads.items.labels import labels_named
from kanban.reads.words import type_choices
from kanban.web import forms, panels, replies
from kanban.web.forms import Draft

bp = Blueprint("row_editing", __name__)

_LOADS = ("assignees", "labels", "criteria", "blocks")


@bp.get("/items/<ref>/line")
@access.needs(Action.EDIT_ITEM)
def show(ref: str) -> str:
    """The form that replaces the row or, without script, is a page of its own."""
    return _form(ref, Draft("line"))


@bp.post("/items/<ref>/line")
@access.needs(Action.EDIT_ITEM)
def save(ref: str) -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Save the form; if somebody else has changed the same meanwhile, change nothing and show both texts (409)."""
    item, form = access.change_item(ref, _LOADS), request.form
    revision = form.get("revision", 0, type=forms.small_number)
    try:
        kind = ItemType(form.get("type", "")) if form.get("type") in list(ItemType) else item.type
        since = edits_since(db.session(), item, revision)
        labels = labels_named(db.session(), item.product, _labels(item, since))
        changes = {"title": form.get("title", ""), "type": kind, "size": form.get("size", ""), "labels": labels}
        item.edit(changes, revision=revision, by=access.member(), since=since)
    except Invalid as invalid:
        db.session.rollback()
        return _form(ref, Draft.typed("line", invalid.errors)), 422
    except Stale as stale:
        db.session.rollback()
        return _form(ref, _overtaken(ref, stale)), 409, {"X-Kanban-Code": "stale"}
    changed = access.commit(item.product)
    told = _("%(ref)s is changed.", ref=item.ref) if changed else ""
    here = url_for("backlog.show", key=item.product.key)
    if not replies.wants_fragment():
        if told:
            flask.flash(told, "good")
        return flask.redirect(replies.own_path(form.get("next"), here), 303)
    if not told:
        return Response("", mimetype="text/html")
    undo_url = panels.undo_url(item.product)
    return replies.toast(told, otherwise=here, undo_url=undo_url, undo_of=item.ref)


def _labels(item: Item, since: Sequence[Event]) -> list[str]:
    """The labels that the item is to have.

    Only what the writer added or removed counts: a label that was renamed or removed while the form was open must not
    come back because its old name was still in the field.
    """
    form = request.form
    typed = {" ".join(name.split()).casefold(): name for name in form.get("labels", "").split(",")}
    if "was_labels" not in form or any("labels" in event.data["changes"] for event in since):
        return list(typed.values())
    was = {" ".join(name.split()).casefold() for name in form["was_labels"].split(",")}
    kept = [label.name for label in item.labels if label.folded not in was - typed.keys()]
    return [*kept, *(name for folded, name in typed.items() if folded not in was)]


def _overtaken(ref: str, stale: Stale) -> Draft:
    """The form after a conflict: what its writer changed as typed, the rest as it is now.

    `now` quotes the present values that saving would replace.
    """
    draft, standing = panels.overtaken(ref, "line", stale.by), _standing(_seen(ref))
    typed = {name: draft.values[name] for name in standing if name in (stale.mine or standing)}
    now = " · ".join(f"“{standing[name]}”" for name in typed if typed[name] != standing[name])
    return replace(draft, values={**typed, "meanwhile": draft.values["meanwhile"], "now": now})


def _form(ref: str, draft: Draft) -> str:
    item = _seen(ref)
    template = "row_editing/_form.html" if replies.wants_fragment() else "row_editing/page.html"
    was_labels = draft.values.get("was_labels", _standing(item)["labels"])
    values = _values(item, draft)
    return render_template(template, item=item, draft=draft, values=values, was_labels=was_labels, types=type_choices())


def _seen(ref: str) -> Item:
    item = access.see_item(ref)
    locked.load_belongings(db.session(), item, ("labels",))
    return item


def _values(item: Item, draft: Draft) -> dict[str, str]:
    """The values of the form: what was typed, or else what the item has."""
    return {name: draft.values.get(name, value) for name, value in _standing(item).items()}


def _standing(item: Item) -> dict[str, str]:
    labels = ", ".join(label.name for label in item.labels)
    return {"title": item.title, "type": item.type.value, "size": item.size, "labels": labels}
