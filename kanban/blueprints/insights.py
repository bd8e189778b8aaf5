"""Insights of a product: how long work takes, how much gets finished, how old the work in progress is."""

from flask import Blueprint, render_template, request

from kanban import access
from kanban.extensions import db
from kanban.policy import Action
from kanban.reads.asked_day import read_asked
from kanban.reads.charts import draw_charts
from kanban.reads.insights import read_insights
from kanban.reads.liberties import read_liberties

bp = Blueprint("insights", __name__, url_prefix="/products/<key>/insights")


@bp.get("")
@access.needs(Action.SEE)
def show(key: str) -> str | tuple[str, int]:
    """The numbers of one period, as charts and tables; with `?by=DAY` also how many items are done by then.
    `?scale=log` spreads short cycle times out, `?flow=all` shows the backlog too."""
    product = access.see_product(key)
    insights = read_insights(db.session(), product, request.args.get("period", "all"))
    view = {
        name: value if request.args.get(name) == value else None for name, value in (("scale", "log"), ("flow", "all"))
    }
    charts = draw_charts(product, insights, is_log=view["scale"] is not None, has_backlog=view["flow"] is not None)
    liberties = read_liberties(db.session(), product, since=insights.first_day)
    asked = read_asked(db.session(), product, request.args.get("by"))
    names = access.member().may(Action.RANK)
    told = {
        "insights": insights,
        "liberties": liberties,
        "names": names,
        "asked": asked,
        "charts": charts,
        "view": view,
    }
    page = render_template("insights/page.html", product=product, **told)
    return (page, 422) if asked.error else page
