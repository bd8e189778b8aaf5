"""Making items, over the API: one, or up to 500 of which all are made or none."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby

from flask import Response

from kanban import access
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api, changed
from kanban.blueprints.api.moves import read_column, read_wish
from kanban.errors import Invalid
from kanban.extensions import db
from kanban.models import Column, Item, Label, Place, Product, Stage
from kanban.models.label import tidy_label
from kanban.policy import Action
from kanban.reads.board.place import BOTTOM, TargetPosition, read_block
from kanban.reads.items.api_items import read_api_items
from kanban.reads.items.labels import MOST_LABELS, labels_by_name


@api.post("/products/<key>/items", responses={201: answers.Made})
@access.needs(Action.CREATE_ITEM)
def make_items(path: asks.OfProduct, body: asks.NewItems) -> Response:
    """Make one item, or a list of up to 500 in this order; a developer's items go to the bottom of the backlog."""
    product = access.change_product(path.key)
    asked = body.root
    if isinstance(asked, list):
        rows = [_read(product, each, row) for row, each in enumerate(asked)]
    else:
        rows = [_read(product, asked)]
    items = _make(product, rows)
    numbers = [item.number for item in items]
    data = read_api_items(db.session(), product, Item.number.in_(numbers), order=(Item.number,))
    warnings = _warnings(items)
    if isinstance(asked, list):
        answer = answers.ItemsMade(data=[answers.ItemBody.model_validate(item) for item in data], warnings=warnings)
        return changed(product, answer, 201)
    made = answers.ItemChanged.model_validate(data[0])
    made.warnings = warnings
    return changed(product, made, 201)


def _make(product: Product, rows: Sequence["_Row"]) -> list[Item]:
    """Make the items.

    Neighbours in the list that go to the same place are put there together, so that they keep their order. A column's
    limit is checked once, for all items that come into it.
    """
    session = db.session()
    items: list[Item] = []
    arriving = Counter(row.column.id for row in rows)
    reasons = {row.column.id: row.ask.limit_reason for row in reversed(rows) if row.ask.limit_reason}
    labels = labels_by_name(session, product, (name for row in rows for name in row.labels))
    for _, group in groupby(rows, key=lambda row: (row.column.id, row.ask.place)):
        run = list(group)
        column = run[0].column
        come = arriving.pop(column.id, 0)
        places = read_block(session, product, column, _wish(product, run[0].ask), len(run), arriving=come)
        for row, place in zip(run, places, strict=True):
            with _named(row.row):
                items.append(_make_one(product, row, place, labels, reasons.get(column.id)))
        session.flush()
    return items


@dataclass(frozen=True)
class _Row:
    """One item to be made; `row` is its index in the list that was sent, None if it was sent alone."""

    row: int | None
    ask: asks.NewItem
    column: Column
    labels: list[str]


def _read(product: Product, ask: asks.NewItem, row: int | None = None) -> _Row:
    with _named(row):
        labels = [tidy_label(name) for name in ask.labels if name.strip()]
        if len({name.casefold() for name in labels}) > MOST_LABELS:
            raise Invalid({"labels": f"An item can have at most {MOST_LABELS} labels."})
        backlog = product.first_column(Stage.BACKLOG)
        column = read_column(product, ask.column) if ask.column is not None else backlog
        assert column is not None, "a product always has a column of stage backlog"
        return _Row(row, ask, column, labels)


@contextmanager
def _named(row: int | None) -> Iterator[None]:
    """Make an Invalid raised inside name the entry of the list, as in `3.title`."""
    try:
        yield
    except Invalid as invalid:
        if row is None:
            raise
        raise Invalid({f"{row}.{field}": sentence for field, sentence in invalid.errors.items()}) from invalid


def _wish(product: Product, ask: asks.NewItem) -> TargetPosition:
    return read_wish(product, ask.place) if access.member().may(Action.RANK) else BOTTOM


def _make_one(product: Product, row: _Row, place: Place, labels: Mapping[str, Label], limit_reason: str | None) -> Item:
    ask = row.ask
    own = {labels[name.casefold()].folded: labels[name.casefold()] for name in row.labels}
    return Item.create(
        product,
        ask.title,
        place,
        by=access.member(),
        description=ask.description,
        type=ask.type,
        size=ask.size,
        labels=[own[folded] for folded in sorted(own)],
        limit_reason=limit_reason,
    )


def _warnings(items: Iterable[Item]) -> list[answers.Caution]:
    """The cautions about the new items, each sentence once."""
    cautions = dict.fromkeys(caution for item in items for caution in item.cautions)
    return [answers.Caution.model_validate(caution) for caution in cautions]
