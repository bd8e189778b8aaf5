"""Lists in and out, over the API: exporting a product as CSV or JSON, and importing a CSV or rehearsing that."""

import flask
from flask import Response
from flask_openapi3.models import RawModel
from werkzeug.exceptions import UnsupportedMediaType

from kanban import access
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api, changed
from kanban.extensions import db
from kanban.policy import Action
from kanban.transfer import exporting
from kanban.transfer.importing import import_items
from kanban.transfer.rehearsal import Rehearsed, columns_of, rehearse
from kanban.web import replies


class CsvList(RawModel):
    """The CSV list to import."""

    mimetypes = ["text/csv"]


_CSV = {"content": {"text/csv": {"schema": {"type": "string"}}}}
_JSON = {"content": {"application/json": {"schema": {"type": "object"}}}}


@api.get("/products/<key>/export.csv", responses={200: _CSV})
@access.needs(Action.SEE)
def export_csv(path: asks.OfProduct) -> Response:
    """All items as a table that can be imported again."""
    product = access.see_product(path.key)
    return replies.download(exporting.as_csv(db.session(), product), "text/csv", f"{product.key}.csv")


@api.get("/products/<key>/export.json", responses={200: _JSON})
@access.needs(Action.SEE)
def export_json(path: asks.OfProduct) -> Response:
    """The product with columns, members, items, comments, questions and decisions; requests for those who see them."""
    product = access.see_product(path.key)
    document = exporting.as_document(db.session(), product, has_requests=access.member().may(Action.SEE_REQUESTS))
    return replies.download(flask.json.dumps(document), "application/json", f"{product.key}.json")


@api.post("/products/<key>/import", responses={200: answers.Imported})
@access.needs(Action.RANK)
def import_list(path: asks.OfProduct, query: asks.Rehearsal, raw: CsvList) -> Response:
    """Import a CSV, all or nothing; repeating it adds nothing twice.

    `map=COLUMN=FIELD` says what a column is read as; `dry_run=1` only rehearses. 422 names the row and column of
    everything that must be fixed first.
    """
    data = _sent()
    overrides = flask.request.args.getlist("map")
    product = access.see_product(path.key)
    columns, found = columns_of(product), rehearse(db.session(), product, data, overrides)
    found.refuse_problems()
    if query.dry_run:
        answer = _answer(found, found.created, found.known, ())
        answer.version, answer.changed = product.version, False
        return flask.Response(answer.model_dump_json(), mimetype="application/json")
    product = access.change_product(path.key)
    if columns_of(product) != columns:  # renamed between the rehearsal and the lock
        found = rehearse(db.session(), product, data, overrides)
        found.refuse_problems()
    arrived = import_items(db.session(), product, found.staged.items, by=access.member(), source="csv")
    return changed(product, _answer(found, arrived.created, arrived.known, arrived.notes))


def _sent() -> bytes:
    """The list that was sent, as the body or in the field `file` of a form. Raises 415 for other types."""
    request = flask.request
    if request.mimetype == "multipart/form-data":
        file = request.files.get("file")
        return file.stream.read() if file is not None else b""
    if request.mimetype not in ("text/csv", "text/plain", "application/octet-stream"):
        raise UnsupportedMediaType
    return request.get_data()


def _answer(found: Rehearsed, created: int, known: int, notes: tuple[str, ...]) -> answers.Imported:
    return answers.Imported(
        created=created,
        known=known,
        mapping=[{"column": name, "field": field} for name, field in found.mapping],
        notes=[*found.staged.notes, *notes],
    )
