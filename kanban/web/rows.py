"""The list of the backlog as HTML, each row drawn once for all readers; what a row shows is read elsewhere.

Forecast dates belong to places in the order and not to rows, so that a move redraws no row: the list puts the dates of
each place between the cells of the row that is there.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import flask
from markupsafe import Markup

from kanban import access, clock, formatting, identity, translation
from kanban.extensions import db
from kanban.flow.product_forecast import Dates
from kanban.flow.stage import QUEUE
from kanban.models import Product
from kanban.models.score import climbs
from kanban.reads.backlog.backlog import BacklogPage, Row, load_backlog
from kanban.reads.promises.growth import read_growing
from kanban.reads.seen import load_seen
from kanban.reads.words import climb_words
from kanban.status.outlook import Ahead, Outlook, by_row, worst

_SHARP_DAYS = 330
_MARK = "<!-- dates -->"


@dataclass(frozen=True)
class Line:
    """One row of the list, in the order of its parts: its own `cells`, its `score` and what that says about its place,
    the dates of that place (`when`), what was promised (`given`), and the `rest` of its cells."""

    ref: str
    cells: Markup
    score: Markup
    when: Markup
    given: Markup
    rest: Markup


def page_of(product: Product) -> dict[str, Any]:
    """The context of the backlog's templates, for the signed-in person."""
    backlog = load_backlog(db.session(), product, access.member())
    seen = load_seen(db.session(), product, access.member(), QUEUE)
    growing = read_growing(db.session(), product, backlog.ahead)
    drawn = {"lines": lines(backlog), "due_lines": _due_lines(backlog.ahead, growing), "curves": _curves(backlog)}
    return {"backlog": backlog, "seen": seen, **drawn}


def lines(backlog: BacklogPage) -> list[Line]:
    """The rows in order. Their numbers and dates belong to the list, so that a move redraws no row."""
    locale, today = _reader()
    ready, may_move = backlog.ready_name or "", backlog.may.move
    promises = by_row(backlog.ahead.promises)
    dates = backlog.ahead.rows or (None,) * len(backlog.rows)
    scored = climbs(row.score for row in backlog.rows)
    return [
        Line(
            row.ref,
            cells,
            _score(row.score, climb, locale),
            _when(place, locale, today),
            _given(promises.get(row.item_id, ()), locale, today),
            rest,
        )
        for row, place, climb in zip(backlog.rows, dates, scored, strict=True)
        for cells, rest in (_drawn(row, locale, ready, may_move),)
    ]


def _reader() -> tuple[str, dt.date]:
    return translation.language(), clock.today(identity.current_user().time_zone)


@lru_cache(maxsize=12_000)  # enough for a whole backlog of ten thousand
def _drawn(row: Row, _locale: str, ready: str, may_move: bool) -> tuple[Markup, Markup]:
    cells, _, rest = _render("row", row=row, ready=ready, movable=may_move).partition(_MARK)
    return Markup(cells), Markup(rest)  # noqa: S704 (escaped by the template)


@lru_cache(maxsize=5_000)
def _when(dates: Dates | None, locale: str, today: dt.date) -> Markup:
    if dates is None:
        return Markup("")
    half, sure = (day and _day(day, locale, today) for day in (dates.half, dates.sure))
    return _render("when", half=half, sure=sure)


def _day(day: dt.date, locale: str, today: dt.date) -> str:
    """ "15 Dec"; from 330 days on only the month, since a day would be too precise."""
    near = (day - today).days < _SHARP_DAYS
    return formatting.short_day(day, locale) if near else formatting.month(day, locale)


@lru_cache(maxsize=2_000)
def _score(score: float | None, climb: int | None, locale: str) -> Markup:
    if score is None or climb is None:
        return Markup("")
    told = formatting.number(score, locale)
    return _render("score", score=score, told=told, climb=climb, says=climb_words(climb))


def _given(promises: Sequence[Outlook], locale: str, today: dt.date) -> Markup:
    if not promises:
        return _chip((), None, locale, today)
    due = tuple((each.name, each.due_on) for each in promises)
    return _chip(due, worst(each.health for each in promises), locale, today)


@lru_cache(maxsize=2_000)
def _chip(due: tuple[tuple[str, dt.date], ...], health: str | None, locale: str, today: dt.date) -> Markup:
    due_on = due[0][1] if due else None
    is_late = due_on is not None and due_on < today
    day = _day(due_on, locale, today) if due_on else ""
    return _render("given", due=due, due_on=due_on, day=day, health=health, is_late=is_late)


def _due_lines(ahead: Ahead, growing: Mapping[int, dt.date | None]) -> dict[int, list[Markup]]:
    """The lines drawn across the list for promised milestones, by the number of rows above each.

    These are the rows that, together with everything started, are done by the promised day in 85 of 100 futures. Health
    is judged by the same dates: a milestone on track has its last item above its line.
    """
    found: dict[int, list[Markup]] = defaultdict(list)
    reader = _reader()
    for promise in ahead.promises if ahead.sets is not None else ():
        if promise.milestone is not None:
            place = sum(dates.sure is not None and dates.sure <= promise.due_on for dates in ahead.sets or ())
            day = _day(promise.due_on, *reader)
            grown = {"grows": promise.milestone in growing, "grown_on": growing.get(promise.milestone)}
            found[place].append(_render("due_line", due_line=promise, place=place, day=day, key=ahead.key, **grown))
    return found


def _render(name: str, **context: Any) -> Markup:
    template = flask.current_app.jinja_env.get_template(f"backlog/_{name}.html")
    return Markup(template.render(**context))  # noqa: S704 (escaped by the template)


# For the page's script


def _curves(backlog: BacklogPage) -> dict[str, Any]:
    """The dates by place and the promises that depend on the order, so that the script can show what another order
    would mean.

    Dates are days from today, each stored as the difference from the one before.
    """
    ahead = backlog.ahead
    if ahead.rows is None:
        return {}
    refs = {row.item_id: row.ref for row in backlog.rows}
    decided = [promise for promise in ahead.promises if promise.queued and promise.health]
    today = ahead.forecast.today
    of_sets = ahead.sets if any(promise.milestone for promise in decided) else ()
    return {
        "rows": _steps(ahead.rows, today),
        "sets": _steps(of_sets or (), today),
        "promises": [_promise_data(promise, refs, today) for promise in decided],
    }


def _steps(dates: Sequence[Dates], today: dt.date) -> list[list[int]]:
    """The 50 % and 85 % dates as steps in days, one list each; a list ends where dates are beyond five years."""
    ahead: list[list[int]] = []
    for days in ([each.half for each in dates], [each.sure for each in dates]):
        known = [(day - today).days for day in days if day is not None]
        ahead.append([day - before for day, before in zip(known, [0, *known], strict=False)])
    return ahead


def _promise_data(promise: Outlook, refs: dict[int, str], today: dt.date) -> dict[str, Any]:
    return {
        "number": promise.number,
        "name": promise.name,
        "day": _day(promise.due_on, *_reader()),
        "due": (promise.due_on - today).days,
        "items": [refs[item_id] for item_id in promise.queued],
        "set": promise.milestone is not None,
        "row": promise.ref,
    }
