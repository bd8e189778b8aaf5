"""An item's history, a page at a time."""

from flask import Blueprint, render_template, request

from kanban import access
from kanban.extensions import db
from kanban.policy import Action
from kanban.reads.items.history_pages import load_history_page, read_mark
from kanban.web import replies

bp = Blueprint("history", __name__)


@bp.get("/items/<ref>/history")
@access.needs(Action.SEE)
def show(ref: str) -> str:
    """The entries before the mark `before`, or the newest: a page or, for a page's script, the entries to append."""
    item = access.see_item(ref)
    past = load_history_page(db.session(), item.product, item, before=read_mark(request.args.get("before", "")))
    template = "items/_older.html" if replies.wants_fragment() else "items/history.html"
    return render_template(template, ref=item.ref, title=item.title, past=past)
