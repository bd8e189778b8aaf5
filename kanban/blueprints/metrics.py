"""Numbers for Prometheus: how this process answers, and what waits in the outbox of the whole installation."""

import hmac
import time
from collections.abc import Iterator
from typing import Any

import flask
from flask import Blueprint, Response

from kanban import __version__, access, clock, live
from kanban.errors import Missing
from kanban.extensions import db, settings
from kanban.models import DeliveryState
from kanban.reads.outbox import read_outbox

bp = Blueprint("metrics", __name__)

_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def register(app: flask.Flask) -> None:
    """Count requests and serve `/metrics` if KANBAN_METRICS_TOKEN is set. Without it nothing is counted, and the
    library is not even imported."""
    if app.config["KANBAN"].metrics_token is None:
        return
    from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics

    # When each series began would be as many lines again, of use to nobody.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_State())
    answers = Counter("kanban_answers", "Answers given.", ("blueprint", "method", "status"), registry=registry)
    times = Histogram(
        "kanban_answer_seconds", "Time until an answer began.", ("blueprint",), buckets=_BUCKETS_S, registry=registry
    )

    def begin() -> None:
        flask.g.begun = time.perf_counter()

    def count(response: Response) -> Response:
        request = flask.request
        # Whatever a stranger makes up must not become a new series.
        method = request.method if request.method in _METHODS else "other"
        blueprint = request.blueprint or request.endpoint or "none"
        answers.labels(blueprint, method, response.status_code).inc()
        times.labels(blueprint).observe(time.perf_counter() - flask.g.begun)
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(count)
    app.extensions["metrics"] = registry
    app.register_blueprint(bp)


@bp.get("/metrics")
@access.public
def show() -> Response:
    """The numbers as text, for whoever sends the token of the settings as a bearer token."""
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    scheme, _, given = flask.request.headers.get("Authorization", "").partition(" ")
    token = settings().metrics_token or ""
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise Missing
    return Response(generate_latest(flask.current_app.extensions["metrics"]), content_type=CONTENT_TYPE_LATEST)


class _State:
    """What is true at the moment of being asked."""

    def describe(self) -> list[Any]:
        """Nothing: so that the registry doesn't ask the database when this is registered."""
        return []

    def collect(self) -> Iterator[Any]:
        """The gauges (`prometheus_client.Metric`), read anew each time."""
        from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily

        yield InfoMetricFamily("kanban", "The program.", {"version": __version__})
        yield GaugeMetricFamily("kanban_open_streams", "Open screens.", len(live.broker.listeners()))
        outbox = read_outbox(db.session())
        mails = GaugeMetricFamily("kanban_mails", "Mails by state, of the whole installation.", labels=["state"])
        for state in DeliveryState:
            mails.add_metric([state.value], outbox.counts.get(state.value, 0))
        yield mails
        since = outbox.waiting_since
        waiting_s = (clock.now() - since).total_seconds() if since else 0
        yield GaugeMetricFamily("kanban_oldest_mail_seconds", "Age of the oldest mail that waits.", waiting_s)
