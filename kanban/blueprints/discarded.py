"""The list of what was put away; bringing it back goes through items."""

from flask import Blueprint, render_template

from kanban import access, replies
from kanban.extensions import db
from kanban.policy import Action
from kanban.reads.discarded import list_discarded

bp = Blueprint("discarded", __name__)


@bp.get("/products/<key>/discarded")
@access.needs(Action.SEE)
def show(key: str) -> str:
    """Discarded items, the last first, each with its reason and, for those who may, the way back."""
    product = access.see_product(key)
    found, count = list_discarded(db.session(), product)
    template = "discarded/_list.html" if replies.wants_fragment() else "discarded/page.html"
    may_restore = access.member().may(Action.DISCARD)
    return render_template(template, product=product, found=found, count=count, may_restore=may_restore)
