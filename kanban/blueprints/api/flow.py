"""Flow metrics, forecast, log and stream, over the API."""

import datetime as dt
from collections.abc import Iterable

from flask import Response, request

from kanban import access, clock, live
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api
from kanban.errors import Invalid
from kanban.extensions import db
from kanban.flow import metrics
from kanban.flow.cumulative import cumulative_flow
from kanban.flow.draws import VERSION
from kanban.flow.history import ItemHistory
from kanban.flow.product_forecast import Forecast
from kanban.flow.track import Record, Track
from kanban.models import Product
from kanban.policy import Action
from kanban.reads.board.liberties import read_liberties
from kanban.reads.insights.asked_day import check_ahead
from kanban.reads.insights.forecast import first_recorded, read_forecast
from kanban.reads.insights.insights import read_histories
from kanban.reads.log import read_log

_MOST_DAYS = 1500
_LONG_AGO = dt.date(1900, 1, 1)


@api.get("/products/<key>/flow", responses={200: answers.Flow})
@access.needs(Action.SEE)
def flow(path: asks.OfProduct, query: asks.Window) -> answers.Flow:
    """Cycle times, throughput, work in progress and its age, for a window of days or for the whole history."""
    product = access.see_product(path.key)
    histories = read_histories(db.session(), product)
    now = clock.now()
    today = clock.day_of(now, product.zone)
    since, until = _window(query, histories, today)
    cycle = metrics.cycle_times(histories, since=query.since, until=until)
    wip = metrics.wip(histories, today, now)
    liberties = read_liberties(db.session(), product, since=query.since, until=until)
    return answers.Flow(
        version=product.version,
        cycle_times=[answers.CycleTime(ref=row.ref, finished_on=row.finished_on, days=row.days) for row in cycle.rows],
        percentiles=answers.Percentiles.model_validate(cycle),
        throughput=_throughput(product, histories, query.since or metrics.monday_of(since), until, today),
        wip=wip.n,
        ages=[_age(row) for row in wip.rows],
        cumulative=[
            answers.FlowDay(on=day.on, **{stage.value: count for stage, count in day.reached.items()})
            for day in cumulative_flow(histories, since, until)
        ],
        passed_over=[answers.PassedOver.model_validate(item) for item in liberties.passed],
        limits_broken=[answers.BrokenLimit.model_validate(limit) for limit in liberties.broken],
    )


def _age(row: metrics.WipItem) -> answers.Age:
    is_known = row.age.is_known
    return answers.Age(
        ref=row.ref,
        stage=row.stage.value,
        started_on=row.started_on if is_known else None,
        age_days=row.age.days if is_known else None,
        is_blocked=row.is_blocked,
    )


def _window(query: asks.Window, histories: list[ItemHistory], today: dt.date) -> tuple[dt.date, dt.date]:
    until = max(min(query.until or today, today), _LONG_AGO)
    first = min((history.created_on for history in histories), default=until)
    since = query.since or max(first, until - dt.timedelta(days=_MOST_DAYS - 1))
    if query.since and query.until and query.since > query.until:
        raise Invalid({"to": "The window ends before it begins."})
    if (until - since).days >= _MOST_DAYS:
        raise Invalid({"from": f"A window can have at most {_MOST_DAYS:,} days."})
    return since, until


def _throughput(
    product: Product, histories: list[ItemHistory], since: dt.date, until: dt.date, today: dt.date
) -> answers.Throughput:
    """The complete weeks of the window, and the running one.

    If the window ends on a Sunday before today, its last week is complete; on any other day that week is running.
    """
    first, last = since + dt.timedelta(days=-since.weekday() % 7), metrics.monday_of(until)
    if first <= last and until < today and until.weekday() == 6:
        last += dt.timedelta(days=7)
    begun = first_recorded(db.session(), product)
    pace = metrics.throughput(histories, max(last, until), begun, weeks=max((last - first).days // 7, 0))
    running = metrics.finished_within(histories, since=max(since, last), until=until)
    return answers.Throughput(
        weeks=[answers.Week(week=monday, finished=count) for monday, count in pace.weeks],
        running=answers.Week(week=last, finished=len(running)),
        mean=pace.mean,
    )


@api.get("/products/<key>/forecast", responses={200: answers.Forecast})
@access.needs(Action.SEE)
def forecast(path: asks.OfProduct, query: asks.Foretelling) -> answers.Forecast:
    """When the next `items` will be done, or how many will be done `by` a day, and how far to trust that."""
    product = access.see_product(path.key)
    if query.items is None and query.by is None:
        raise Invalid({"items": "Ask for items=N, for by=DATE, or for both."})
    if query.by is not None:
        check_ahead(query.by, clock.today(product.zone))
    found = read_forecast(db.session(), product, positions=query.items or 1, by=query.by)
    model, lacking = found.model, found.sample.shortage
    return answers.Forecast(
        version=product.version,
        today=found.today,
        standing=found.standing.value,
        lacking=answers.Lacking.model_validate(lacking) if lacking else None,
        items=query.items,
        dates=_dates(found, query.items) if query.items is not None else None,
        by=query.by,
        counts=_counts(found, query.by) if query.by is not None else None,
        sample=answers.LearntFrom.model_validate(found.sample),
        model=answers.ModelTold(version=VERSION, drift=model.drift, trials=model.trials, seed=model.seed),
        track_record=_track_record(found.track),
    )


def _track_record(track: Track) -> answers.TrackRecord:
    sure = track.sure
    tried = answers.Backtest(on=track.tried_on, learnt_from=track.learnt_from, forecasts=_held(track.tried))
    return answers.TrackRecord(
        verdict="too early to judge" if sure.is_too_early else f"85 % dates held {sure.held} of {sure.n} times",
        forecasts=_held(track.kept),
        backtest=tried if track.tried_on else None,
    )


def _held(records: Iterable[Record]) -> list[answers.Held]:
    return [answers.Held.model_validate(each) for each in records if each.n]


def _dates(found: Forecast, items: int) -> answers.DatesByShare | None:
    told = found.when(items)
    return answers.DatesByShare(**{f"p{share}": day for share, day in told.items()}) if told else None


def _counts(found: Forecast, by: dt.date) -> answers.CountsByShare | None:
    told = found.how_many(by)
    return answers.CountsByShare(**{f"p{share}": count for share, count in told.items()}) if told else None


@api.get("/products/<key>/events", responses={200: answers.EventList})
@access.needs(Action.SEE)
def events(path: asks.OfProduct, query: asks.LogPage) -> answers.EventList:
    """The log after a version, in order; a page never splits a version, and `seq` orders the events within one."""
    product = access.see_product(path.key)
    page = read_log(db.session(), product, after=query.after, limit=query.limit)
    data = [answers.Event.model_validate(entry) for entry in page.entries]
    return answers.EventList(data=data, next=None if page.next is None else str(page.next))


_STREAM = {"content": {"text/event-stream": {"schema": {"type": "string"}}}}


@api.get("/products/<key>/stream", responses={200: _STREAM})
@access.needs(Action.SEE)
def stream(path: asks.OfProduct) -> Response:
    """Server-sent events whose `id` is the version and which name the changed items; `Last-Event-ID` resumes."""
    product = access.see_product(path.key)
    last = request.headers.get("Last-Event-ID", "")
    seen = {product.id: int(last)} if last.isascii() and last.isdecimal() and len(last) < 15 else {}
    return live.answer([product], seen, lambda versions: str(versions[product.id]))
