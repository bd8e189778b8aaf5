"""Splitting an item, over the API."""

from collections.abc import Mapping
from typing import Any

from flask import Response

from kanban import access
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api, changed
from kanban.errors import Invalid
from kanban.extensions import db
from kanban.models import Item
from kanban.models.split import Split, Target, split_item
from kanban.policy import Action
from kanban.reads.backlog.splitting import needing, read_split_places
from kanban.reads.items.api_items import read_api_items
from kanban.reads.items.links import needs_in

_LOADS = ("assignees", "labels", "criteria", "blocks", "links", "milestone")


@api.post("/items/<ref>/split", responses={201: answers.ItemsMade})
@access.needs(Action.SPLIT)
def split(path: asks.OfItem, body: asks.Split) -> Response:
    """Split an item into several, in one command with one undo.

    The new items come right after it, or at the top of the backlog if it has been started. Its promise stays with it,
    and so do criteria (by id) and links (by reference) that are not named.
    """
    item = access.change_item(path.ref, _LOADS)
    session, product = db.session(), item.product
    wanted = _read(item, body)
    made = split_item(
        item,
        wanted,
        read_split_places(session, product, item, len(wanted.titles)),
        needing=needing(session, product, item, list(wanted.links)),
        needs=needs_in(session, product),
        by=access.member(),
        limit_reason=body.limit_reason,
    )
    session.flush()
    numbers = [each.number for each in made]
    cautions: dict[Any, None] = dict.fromkeys(caution for each in made for caution in each.cautions)
    answer = answers.ItemsMade(
        data=[
            answers.ItemBody.model_validate(each)
            for each in read_api_items(session, product, Item.number.in_(numbers), order=(Item.number,))
        ],
        warnings=[answers.Caution.model_validate(caution) for caution in cautions],
    )
    return changed(product, answer, 201)


def _read(item: Item, body: asks.Split) -> Split:
    links: dict[int, Target] = {}
    for ref, to in body.links.items():
        number = asks.number_in(ref, item.product.key)
        if number is None:
            raise Invalid({"links": f"{ref} is not an item of this product."})
        links[number] = to if to == "all" else to - 1
    return Split(
        body.titles,
        rest=body.rest or "",
        criteria=_numbered(body.criteria),
        links=links,
        with_labels=body.labels,
        with_milestone=body.milestone,
    )


def _numbered(criteria: Mapping[int, int]) -> dict[int, int]:
    return {number: to - 1 for number, to in criteria.items()}
