"""The one stream of server-sent events that a browser has for all products it shows."""

from flask import Blueprint, Response, request

from kanban import access, identity, live
from kanban.errors import Invalid, Missing
from kanban.extensions import db
from kanban.models import Product
from kanban.reads import locked

bp = Blueprint("live", __name__)


@bp.get("/live")
@access.signed_in
def stream() -> Response:
    """Stream server-sent events for `?products=FE,HR`; ids have the form `FE:42,HR:7`.

    `Last-Event-ID` (or `since=`) resumes after such an id. Products that the person may not see are left out; the event
    `hello` names those that are followed, with their versions.
    """
    user = identity.current_user()
    keys = [key for key in request.args.get("products", "").upper().split(",") if key]
    if not 1 <= len(keys) <= 50:  # stream.js relies on this limit
        raise Invalid({"products": "Name 1 to 50 products."})
    session = db.session()
    found = [locked.visible_product(session, key, user.id) for key in dict.fromkeys(keys)]
    products = {pair[0].id: pair[0] for pair in found if pair is not None}
    if not products:
        raise Missing
    last = request.headers.get("Last-Event-ID") or request.args.get("since", "")
    return live.answer(
        list(products.values()),
        _versions(products, last),
        lambda seen: ",".join(f"{products[product_id].key}:{version}" for product_id, version in seen.items()),
    )


def _versions(products: dict[int, Product], last: str) -> dict[int, int]:
    told = dict(part.partition(":")[::2] for part in last.split(",") if ":" in part)
    return {
        product_id: int(told[product.key])
        for product_id, product in products.items()
        if told.get(product.key, "").isdecimal() and len(told[product.key]) < 15
    }
