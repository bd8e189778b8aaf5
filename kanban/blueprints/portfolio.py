"""Portfolio: all products of a person side by side, starting with those that need a look."""

from flask import Blueprint, render_template

from kanban import access, identity, translation
from kanban.extensions import db
from kanban.reads.portfolio.portfolio import load_portfolio
from kanban.web import replies

bp = Blueprint("portfolio", __name__, url_prefix="/portfolio")


@bp.get("")
@access.signed_in
def show() -> str:
    """The page; for a live screen, only the part that changes."""
    portfolio = load_portfolio(db.session(), identity.current_user(), **translation.locale_kwargs())
    name = "portfolio/_products.html" if replies.wants_fragment() else "portfolio/page.html"
    return render_template(name, portfolio=portfolio)
