"""The browser's one stream for all products it shows."""

from collections.abc import Callable

import flask
from flask import Blueprint, Response, request

from kanban import access, live
from kanban.errors import Invalid, Missing
from kanban.extensions import db
from kanban.models import Product
from kanban.reads import locked

bp = Blueprint("live", __name__)


@bp.get("/live")
@access.signed_in
def stream() -> Response:
    """`?products=FE,HR`: server-sent events, `id: FE:42,HR:7`; `Last-Event-ID` resumes or answers `reset`."""
    user = access.current_user()
    keys = [key for key in request.args.get("products", "").upper().split(",") if key]
    if not 1 <= len(keys) <= 50:
        raise Invalid({"products": "Name 1 to 50 products."})
    session = db.session()
    found = [locked.visible_product(session, key, user.id) for key in dict.fromkeys(keys)]
    products = [pair[0] for pair in found if pair is not None]
    if len(products) != len(set(keys)):
        raise Missing
    seen = _seen_versions(products, request.headers.get("Last-Event-ID") or request.args.get("since", ""))
    sign_in = access.current_sign_in()
    return open_stream(products, seen, user.id, sign_in.id if sign_in else None, _ident(products))


def _seen_versions(products: list[Product], last: str) -> dict[int, int]:
    told = dict(part.partition(":")[::2] for part in last.split(",") if ":" in part)
    return {
        product.id: int(told[product.key]) if told.get(product.key, "").isdigit() else product.version
        for product in products
    }


def _ident(products: list[Product]) -> Callable[[dict[int, int]], str]:
    keys = {product.id: product.key for product in products}
    return lambda seen: ",".join(f"{keys[product_id]}:{version}" for product_id, version in seen.items())


def open_stream(
    products: list[Product],
    seen: dict[int, int],
    user_id: int,
    sign_in_id: int | None,
    ident: Callable[[dict[int, int]], str],
) -> Response:
    """A stream over these products from the versions seen; holds no database session while it is idle."""
    listener = live.broker.open(user_id, {product.id: seen[product.id] for product in products})
    if listener is None:
        return Response("Too many open screens just now.\n", 503, {"Retry-After": "10"}, mimetype="text/plain")
    session = db.session()
    for product in products:
        session.refresh(product, ["version"])
        if seen[product.id] != product.version:
            change = live.missed(session, product, seen[product.id])
            reset = live.Change(product.id, product.key, 0, product.version, kinds={"reset"})
            if change is None:
                listener.seen[product.id] = min(seen[product.id], product.version - 1)
            listener.tell(change or reset)
    session.close()
    app = flask.current_app._get_current_object()  # type: ignore[attr-defined]
    ids = {product.id for product in products}

    def may_go_on() -> bool:
        with app.app_context():
            return live.still_allowed(db.session(), user_id, sign_in_id, ids)

    response = Response(live.stream(listener, may_go_on, ident), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response
