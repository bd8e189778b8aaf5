"""Parts of an item: making new parts, and making an item a part of another one."""

import flask
from flask import Blueprint, request
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access, plain
from kanban.errors import Invalid
from kanban.extensions import db
from kanban.flow.stage import QUEUE
from kanban.models import Item, Product, Stage
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.board.place import BOTTOM, TargetPosition, below_family, read_block
from kanban.reads.items.item import has_parts
from kanban.web import move_feedback, panels, replies
from kanban.web.panels import keeps

bp = Blueprint("parts", __name__)

_ALL = ("assignees", "labels", "criteria", "blocks")
_MOST_AT_ONCE = 100


@bp.post("/items/<ref>/parts")
@access.needs(Action.CREATE_ITEM)
@keeps("part")
def add(ref: str) -> Response:
    """Make new items of the backlog that are parts of this one: of several lines each is one.

    From those who may rank they go below it or below the parts that follow it, as long as it is queued; otherwise to
    the bottom.
    """
    item, title = access.change_item(ref, _ALL), request.form.get("title", "")
    wish, lines = _wish(item), plain.bare_lines(title)
    made = _create(item, lines if len(lines) > 1 else [title], wish)
    access.commit(item.product)
    told, cautions = _landed(made, wish), list(dict.fromkeys(caution for each in made for caution in each.cautions))
    if not replies.wants_fragment():
        flask.flash(told, "good")
        move_feedback.flash(cautions)
    undo_url = panels.undo_url(item.product) if access.member().may(Action.SPLIT) else ""
    return panels.answer(item, move_feedback.sentence(told, cautions), undo_url=undo_url)


def _wish(whole: Item) -> TargetPosition:
    is_queued = whole.column.stage in QUEUE and not whole.is_discarded
    return below_family(db.session(), whole) if is_queued and access.member().may(Action.RANK) else BOTTOM


def _create(whole: Item, titles: list[str], wish: TargetPosition) -> list[Item]:
    product, reason = whole.product, request.form.get("limit_reason")
    if len(titles) > _MOST_AT_ONCE:
        raise Invalid({"title": _("Add at most %(most)s parts at once.", most=_MOST_AT_ONCE)})
    backlog = product.first_column(Stage.BACKLOG)
    assert backlog is not None, "every product has a backlog"
    places = read_block(db.session(), product, backlog, wish, len(titles))
    made = [
        Item.create(product, title, place, by=access.member(), limit_reason=reason)
        for title, place in zip(titles, places, strict=True)
    ]
    db.session.flush()
    for part in made:
        part.make_part_of(whole, has_parts=False, by=access.member())
    return made


def _landed(made: list[Item], wish: TargetPosition) -> str:
    first = made[0]
    known = {"refs": ", ".join(part.ref for part in made), "column": first.column.name, "num": len(made)}
    if wish.after is None:
        return ngettext(
            "%(refs)s has been added at the bottom of %(column)s.",
            "%(num)d parts have been added at the bottom of %(column)s.",
            **known,
        )
    return ngettext(
        "%(refs)s has been added to %(column)s, right below %(above)s.",
        "%(num)d parts have been added to %(column)s, right below %(above)s.",
        above=f"{first.product.key}-{wish.after}",
        **known,
    )


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
