"""Title, type, size and labels of an item edited in its row of the backlog; the panel edits the same through items."""

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid, Stale
from kanban.extensions import db
from kanban.models import Item, ItemType
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.items.labels import labels_named
from kanban.reads.words import type_choices
from kanban.web import panels, replies
from kanban.web.replies import Draft

bp = Blueprint("lines", __name__)

_LOADS = ("assignees", "labels", "criteria", "blocks")


@bp.get("/items/<ref>/line")
@access.needs(Action.EDIT_ITEM)
def show(ref: str) -> str:
    """The form that takes a row's place, or stands on a page of its own."""
    return _form(ref, Draft("line"))


@bp.post("/items/<ref>/line")
@access.needs(Action.EDIT_ITEM)
def save(ref: str) -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Change them as given; if somebody else did in the meantime, 409 with both texts and nothing changed."""
    item = access.change_item(ref, _LOADS)
    form = request.form
    try:
        kind = ItemType(form.get("type", "")) if form.get("type") in list(ItemType) else item.type
        labels = labels_named(db.session(), item.product, form.get("labels", "").split(","))
        changes = {"title": form.get("title", ""), "type": kind, "size": form.get("size", ""), "labels": labels}
        item.edit(changes, revision=form.get("revision", 0, type=replies.small_number), by=access.member())
    except Invalid as invalid:
        db.session.rollback()
        return _form(ref, Draft.typed("line", invalid.errors)), 422
    except Stale:
        db.session.rollback()
        return _form(ref, Draft.typed("line", {}, is_stale=True)), 409, {"X-Kanban-Code": "stale"}
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


def _form(ref: str, draft: Draft) -> str:
    item = access.see_item(ref)
    locked.load_belongings(db.session(), item, ("labels",))
    template = "lines/_form.html" if replies.wants_fragment() else "lines/page.html"
    return render_template(template, item=item, draft=draft, values=_values(item, draft), types=type_choices())


def _values(item: Item, draft: Draft) -> dict[str, str]:
    """What was typed, or else what the item says."""
    labels = ", ".join(label.name for label in item.labels)
    now = {"title": item.title, "type": item.type.value, "size": item.size, "labels": labels}
    return {name: draft.values.get(name, value) for name, value in now.items()}
