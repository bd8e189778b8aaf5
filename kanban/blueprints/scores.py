"""Sorting by score: a preview beside the present order, and the button that applies it.

Nothing else orders items by their score.
"""

import uuid

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Refused
from kanban.extensions import db
from kanban.models import Product
from kanban.models.reorder import reorder
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.backlog.reorder import read_reorder
from kanban.reads.backlog.scores import Preview, load_preview
from kanban.reads.promises.outlook import read_queue
from kanban.web import forms, panels, promise_impact, replies

bp = Blueprint("scores", __name__)

TOPS = (10, 25, 50, 100)
_MOST_NAMED = 2_000


@bp.get("/products/<key>/scores")
@access.needs(Action.RANK)
def preview(key: str) -> str:
    """What sorting by score would do to the items in `items` (references), to the first `top`, or to all."""
    product = access.see_product(key)
    template = "scores/_preview.html" if replies.wants_fragment() else "scores/page.html"
    found = _read(product)
    ranges = [
        ("", _("All that have a score")),
        *((top, _("The first %(count)s of the backlog", count=top)) for top in TOPS),
    ]
    return render_template(
        template, product=product, preview=found, chosen=_chosen(), ranges=ranges, command=uuid.uuid4().hex
    )


@bp.post("/products/<key>/scores/sort")
@access.needs(Action.RANK)
def sort(key: str) -> Response:
    """Put the items into the previewed order, as one command; refused if the preview (`seen`) is out of date."""
    product = access.change_product(key)
    found = _read(product)
    if found.seen != request.form.get("seen"):
        raise Refused(
            _("The order or a score has changed since you looked. Nothing was moved; check the preview again."),
            "order_changed",
        )
    before = read_queue(db.session(), product)
    reorder(read_reorder(db.session(), product, [each.number for each in found.then]), by=access.member())
    db.session.flush()
    after = read_queue(db.session(), product)
    changed = access.commit(product)
    told = ngettext("One item is now sorted by score.", "%(num)d items are now sorted by score.", found.moved)
    if not changed:
        told = _("They are already in the order of their scores.")
    turned = promise_impact.impact_notice(product, before if changed else None, after)
    return replies.toast(
        f"{told} {turned.sentence}".strip(),
        otherwise=url_for("backlog.show", key=product.key),
        undo_url=panels.undo_url(product) if changed else "",
        step=turned.step,
    )


def _read(product: Product) -> Preview:
    named, top = _chosen()
    numbers = {number for ref in named for key, number in [locked.read_ref(ref) or ("", 0)] if key == product.key}
    return load_preview(db.session(), product, numbers=numbers if named else None, top=top)


def _chosen() -> tuple[list[str], int | None]:
    """The references in `items`, or else how many items from the top; neither means all."""
    named = " ".join(request.values.getlist("items")).replace(",", " ").split()[:_MOST_NAMED]
    top = request.values.get("top", type=forms.small_number)
    return named, top if top and not named else None
