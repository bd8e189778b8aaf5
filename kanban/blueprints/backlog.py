"""The backlog page. Ranking is in `moves` and `bulk_ranking`, adding items in `new_items`."""

from flask import Blueprint, render_template, request

from kanban import access
from kanban.policy import Action
from kanban.web import replies, rows

bp = Blueprint("backlog", __name__)

_LONGEST_FILTER = 200


@bp.get("/products/<key>/backlog")
@access.needs(Action.SEE)
def show(key: str) -> str:
    """Everything that is not started yet, in its order; for a page's script only the list.

    The filter by words (`q`) is applied by the page itself, which hides rows: all rows are sent, and a drop means the
    same whatever is hidden.
    """
    product = access.see_product(key)
    partial = replies.wants_fragment()
    template = "backlog/_list.html" if partial else "backlog/page.html"
    asked = request.args.get("q", "")[:_LONGEST_FILTER]
    return render_template(template, partial=partial, asked=asked, **rows.page_of(product))
