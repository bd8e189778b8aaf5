"""What an item needs and what needs it, over HTTP: adding a link, removing one, and suggestions while one types."""

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access, replies
from kanban.errors import Invalid, Missing
from kanban.extensions import db
from kanban.models import Item, LinkKind
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.item import load_item
from kanban.reads.links import find_linkable, meant, needs_in
from kanban.replies import Draft

bp = Blueprint("item_links", __name__)

_LOADS = ("links",)
_WAYS = ("needs", "needed_by")


@bp.get("/items/<ref>/links/suggest")
@access.needs(Action.EDIT_ITEM)
def suggest(ref: str) -> str:
    """Options for what was typed so far (`other`): a reference or letters of a title."""
    item = access.see_item(ref)
    found = find_linkable(db.session(), item.product, item, request.args.get("other", "")[:300])
    return render_template("items/_link_options.html", found=found)


@bp.post("/items/<ref>/links")
@access.needs(Action.EDIT_ITEM)
def add(ref: str) -> Response:
    """Say that the item needs the one that `other` means, or, with `way` needed_by, that it is needed by it."""
    item = access.change_item(ref, _LOADS)
    try:
        other = _meant(item, request.form.get("other", "").strip()[:300])
    except Invalid as invalid:
        db.session.rollback()
        return _item_page(access.see_item(ref), Draft.typed("link", invalid.errors), 422)
    first, second = _ends(item, request.form.get("way", "needs"), other)
    first.link(LinkKind.NEEDS, second, needs=needs_in(db.session(), item.product), by=access.member())
    return _changed(item)


@bp.post("/items/<ref>/links/<way>/<other>/remove")
@access.needs(Action.EDIT_ITEM)
def remove(ref: str, way: str, other: str) -> Response:
    """Say that the item does not need the other one any more, or is not needed by it."""
    item = access.change_item(ref, _LOADS)
    key, number = locked.read_ref(other) or ("", 0)
    found = locked.item_in(db.session(), item.product, number, _LOADS) if key == item.product.key else None
    if found is None:
        raise Missing
    first, second = _ends(item, way, found)
    first.unlink(LinkKind.NEEDS, second, by=access.member())
    return _changed(item)


def _meant(item: Item, words: str) -> Item:
    session, product = db.session(), item.product
    other = meant(session, product, item, words, _LOADS)
    if other is not None:
        return other
    found = [ref for ref, _title in find_linkable(session, product, item, words)]
    if len(found) > 1:
        raise Invalid({"other": _("Several items fit: %(refs)s. Give the reference of one.", refs=", ".join(found))})
    raise Invalid({"other": _("There is no such item in this product.")})


def _ends(item: Item, way: str, other: Item) -> tuple[Item, Item]:
    """The item that needs, and the one that is needed."""
    if way not in _WAYS:
        raise Missing
    return (item, other) if way == "needs" else (other, item)


def _changed(item: Item) -> Response:
    access.commit(item.product)
    if not replies.wants_fragment():
        return replies.fragment("", otherwise=url_for("items.show", ref=item.ref))
    return _item_page(item, None)


def _item_page(item: Item, draft: Draft | None, status: int = 200) -> Response:
    page = load_item(db.session(), item.product, item, access.member())
    template = "items/_item.html" if replies.wants_fragment() else "items/page.html"
    return Response(render_template(template, item=page, draft=draft), status, mimetype="text/html")
