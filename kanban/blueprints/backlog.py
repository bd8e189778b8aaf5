"""The backlog page. Ranking goes through the same move as on the board; adding goes through items."""

from flask import Blueprint, render_template

from kanban import access, replies
from kanban.extensions import db
from kanban.policy import Action
from kanban.reads.backlog import load_backlog

bp = Blueprint("backlog", __name__)


@bp.get("/products/<key>/backlog")
@access.needs(Action.SEE)
def show(key: str) -> str:
    """Everything not started yet in the one order; for a live screen only the list."""
    product = access.see_product(key)
    backlog = load_backlog(db.session(), product, access.member())
    partial = replies.wants_fragment()
    return render_template("backlog/_list.html" if partial else "backlog/page.html", backlog=backlog, partial=partial)
