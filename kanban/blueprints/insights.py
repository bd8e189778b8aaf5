"""Insights of a product: how long work takes, how much gets finished, how old the work in progress is."""

from flask import Blueprint, render_template, request

from kanban import access
from kanban.extensions import db
from kanban.policy import Action
from kanban.reads.board.liberties import read_liberties
from kanban.reads.insights.asked_day import read_asked
from kanban.reads.insights.charts import draw_charts
from kanban.reads.insights.insights import read_insights
from kanban.reads.insights.lost_time import read_lost_time

bp = Blueprint("insights", __name__, url_prefix="/products/<key>/insights")


@bp.get("")
@access.needs(Action.SEE)
def show(key: str) -> str | tuple[str, int]:
    """The numbers of one period, as charts and tables; with `?by=DAY` also how many items will be done by then.

    `?scale=log` spreads out short cycle times, `?flow=all` shows the backlog too.
    """
    product, session = access.see_product(key), db.session()
    insights = read_insights(session, product, request.args.get("period", "all"))
    since, view = insights.first_day, {name: _chosen(name, value) for name, value in _VIEWS.items()}
    asked = read_asked(session, product, request.args.get("by"))
    page = render_template(
        "insights/page.html",
        product=product,
        insights=insights,
        charts=draw_charts(product, insights, is_log=bool(view["scale"]), has_backlog=bool(view["flow"])),
        lost=read_lost_time(session, product, since=since),
        liberties=read_liberties(session, product, since=since),
        asked=asked,
        names=access.member().may(Action.RANK),
        view=view,
    )
    return (page, 422) if asked.error else page


_VIEWS = {"scale": "log", "flow": "all"}
"""The alternative view of a chart: its parameter in the address, and the value that turns it on."""


def _chosen(name: str, value: str) -> str | None:
    return value if request.args.get(name) == value else None
