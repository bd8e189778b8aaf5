"""The question "how many are done by this day", as somebody types it, and its answer."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import orm

from kanban import clock
from kanban.errors import Invalid
from kanban.flow.forecast import LAST_YEAR
from kanban.flow.product_forecast import Forecast
from kanban.models import Product
from kanban.reads.insights.forecast import read_forecast

_SUGGESTED = dt.timedelta(weeks=4)


@dataclass(frozen=True)
class AskedDay:
    """What was typed, what is wrong with it, and how many items are done by that day.

    `text` is a suggestion if nothing was typed; `counts` are by share; `first` and `last` bound the days that can be
    asked for.
    """

    text: str
    error: str | None
    by: dt.date | None
    counts: Mapping[int, int]
    forecast: Forecast
    first: dt.date
    last: dt.date


def last_day(today: dt.date) -> dt.date:
    """The last day for which anything is forecast."""
    return today + dt.timedelta(days=LAST_YEAR * 365)


def check_ahead(by: dt.date, today: dt.date) -> None:
    """Raise Invalid if the day is not in the future, or beyond what is forecast."""
    if by <= today:
        raise Invalid({"by": "That day isn’t in the future."})
    if by > last_day(today):
        raise Invalid({"by": f"Nothing is forecast beyond {LAST_YEAR} years."})


def read_asked(session: orm.Session, product: Product, text: str | None) -> AskedDay:
    """The answer for the day that was typed; without one, just the cached forecast.

    A day that is asked for needs a forecast of its own, which takes some 20 ms.
    """
    today = clock.today(product.zone)
    by, error = None, None
    if text is not None:
        try:
            by = _day(text)
            check_ahead(by, today)
        except Invalid as invalid:
            by, error = None, invalid.errors["by"]
    forecast = read_forecast(session, product, positions=1, by=by)
    return AskedDay(
        text=(today + _SUGGESTED).isoformat() if text is None else text[:20],
        error=error,
        by=by,
        counts=forecast.how_many(by) if by else {},
        forecast=forecast,
        first=today + dt.timedelta(days=1),
        last=last_day(today),
    )


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Invalid({"by": "Give a day."}) from None
