"""The labels of one item in a small form: ticked and unticked, and new ones by name; what others changed in the
meantime stays."""

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access, panels, replies
from kanban.errors import Invalid
from kanban.extensions import db
from kanban.models import Item
from kanban.policy import Action
from kanban.reads.labels import all_labels, labels_named, labels_of
from kanban.replies import Draft

bp = Blueprint("labels", __name__)


@bp.get("/items/<ref>/labels")
@access.needs(Action.EDIT_ITEM)
def choose(ref: str) -> str:
    """The form."""
    return _form(access.see_item(ref), Draft("label"))


@bp.post("/items/<ref>/labels")
@access.needs(Action.EDIT_ITEM)
def label(ref: str) -> Response | tuple[str, int]:
    """Put on what was ticked or is new, take off what was unticked (it `was` ticked when the form was drawn)."""
    item = access.change_item(ref, ("assignees", "labels", "criteria", "blocks"))
    try:
        item.edit(
            {"labels": labels_named(db.session(), item.product, _wanted(item))},
            revision=item.revision,
            by=access.member(),
        )
    except Invalid as invalid:
        db.session.rollback()
        return _form(access.see_item(ref), Draft.typed("label", invalid.errors)), 422
    changed = access.commit(item.product)
    return replies.fragment(
        "components/_toast.html",
        otherwise=url_for("items.show", ref=item.ref),
        sentence=_("The labels of %(ref)s are changed.", ref=item.ref) if changed else _("Nothing changed."),
        undo_url=panels.undo_url(item.product) if changed else "",
    )


def _wanted(item: Item) -> list[str]:
    ticked, was = set(request.form.getlist("label")), set(request.form.getlist("was"))
    kept = [each.name for each in item.labels if each.name not in was - ticked]
    return [*kept, *(ticked - was), *request.form.get("new", "").split(",")]


def _form(item: Item, draft: Draft) -> str:
    template = "items/_label.html" if replies.wants_fragment() else "items/verb.html"
    session = db.session()
    return render_template(
        template,
        item=item,
        product=item.product,
        draft=draft,
        verb="label",
        labels=all_labels(session, item.product),
        own=labels_of(session, item),
    )
