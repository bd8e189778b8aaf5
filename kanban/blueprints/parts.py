"""Parts of an item: making a new part, and making an item a part of another one."""

from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid
from kanban.extensions import db
from kanban.models import Item, Product, Stage
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.board.place import BOTTOM, read_place
from kanban.reads.items.item import has_parts
from kanban.web import move_feedback, panels, replies
from kanban.web.panels import keeps

bp = Blueprint("parts", __name__)

_ALL = ("assignees", "labels", "criteria", "blocks")


@bp.post("/items/<ref>/parts")
@access.needs(Action.CREATE_ITEM)
@keeps("part")
def add(ref: str) -> Response:
    """Make a new item at the bottom of the backlog that is a part of this one."""
    item = access.change_item(ref, _ALL)
    backlog = item.product.first_column(Stage.BACKLOG)
    assert backlog is not None, "every product has a backlog"
    place = read_place(db.session(), item.product, backlog, BOTTOM)
    reason = request.form.get("limit_reason")
    part = Item.create(item.product, request.form.get("title", ""), place, by=access.member(), limit_reason=reason)
    db.session.flush()
    part.make_part_of(item, has_parts=False, by=access.member())
    access.commit(item.product)
    if not replies.wants_fragment():
        move_feedback.flash(part.cautions)
    return panels.answer(item, move_feedback.sentence("", part.cautions))


@bp.post("/items/<ref>/part-of")
@access.needs(Action.EDIT_ITEM)
@keeps("part_of")
def belong(ref: str) -> Response:
    """Make the item a part of the one with the reference `whole`, or of none."""
    item = access.change_item(ref, _ALL)
    whole = _whole(item.product, request.form.get("whole", "").strip())
    item.make_part_of(whole, has_parts=has_parts(db.session(), item), by=access.member())
    if not access.commit(item.product):
        return panels.answer(item)
    told = _("%(ref)s is an item of its own now.", ref=item.ref)
    if whole is not None:
        told = _("%(ref)s is a part of %(whole)s now.", ref=item.ref, whole=whole.ref)
    return panels.answer(item, told, undo_url=panels.undo_url(item.product))


def _whole(product: Product, ref: str) -> Item | None:
    if not ref:
        return None
    key, number = locked.read_ref(ref) or ("", 0)
    whole = locked.item_in(db.session(), product, number, ()) if key == product.key else None
    if whole is None:
        raise Invalid({"whole": _("There is no such item in this product.")})
    return whole
