"""Items, over the API: board, backlog and search, reading one and changing it.

Making items is in `new_items`, moving them in `moves`.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from flask import Response

from kanban import access, identity
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api, changed
from kanban.errors import Invalid, Missing
from kanban.extensions import db
from kanban.flow.product_forecast import Dates
from kanban.flow.stage import QUEUE
from kanban.models import Caution, Item, Product, Stage
from kanban.models.score import POINTS
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.board.place import BOTTOM, item_before, read_place
from kanban.reads.items import api_items
from kanban.reads.items.item import has_parts
from kanban.reads.items.labels import labels_named
from kanban.reads.promises.outlook import read_ahead, read_queue
from kanban.reads.search.search import find_items
from kanban.reads.settings import occupancies

ALL = ("assignees", "labels", "criteria", "blocks")


# Many


@api.get("/products/<key>/board", responses={200: answers.Board})
@access.needs(Action.SEE)
def board(path: asks.OfProduct) -> answers.Board:
    """The columns of the stages from ready to done with their cards; of done ones, the newest 50."""
    product = access.see_product(path.key)
    session = db.session()
    cards, totals = api_items.read_api_board(session, product), occupancies(session, product)
    columns = [
        answers.BoardColumn(
            id=column.id,
            name=column.name,
            stage=column.stage.value,
            wip_limit=column.wip_limit,
            wip_mode=column.wip_mode.value,
            total=totals.get(column.id, 0),
            items=[answers.Card.model_validate(card) for card in cards.get(column.id, ())],
        )
        for column in product.standing
        if column.stage is not Stage.BACKLOG
    ]
    return answers.Board(version=product.version, columns=columns)


@api.get("/products/<key>/backlog", responses={200: answers.Backlog})
@access.needs(Action.SEE)
def backlog(path: asks.OfProduct, query: asks.Page) -> answers.Backlog:
    """Items of the stages backlog and ready, in rank order, with their forecast dates.

    `after` is the reference of the last item of the previous page.
    """
    product = access.see_product(path.key)
    which = [Item.rank.is_not(None), Item.column_id.in_([c.id for c in product.standing if c.stage in QUEUE])]
    if query.after is not None:
        which.append(Item.rank > _rank_of(product, query.after))
    found = api_items.read_api_items(db.session(), product, *which, limit=query.limit + 1, brief=True)
    places = iter(_places(product, query.after))
    data = [_queued(item, next(places, None)) for item in found[: query.limit]]
    next_ = data[-1].ref if len(found) > query.limit else None
    return answers.Backlog(version=product.version, data=data, next=next_)


def _places(product: Product, after: str | None) -> Sequence[Dates]:
    """The forecast dates of the places after an item, or of all; empty if there is no forecast."""
    session = db.session()
    queue = read_queue(session, product)
    rows = read_ahead(session, product, queue).rows or ()
    if after is None:
        return rows
    last = session.scalar(
        sa.select(Item.id).where(Item.product_id == product.id, Item.number == asks.number_in(after, product.key))
    )
    return rows[next((at for at, item in enumerate(queue, 1) if item.item_id == last), len(rows)) :]


def _queued(item: Any, place: Dates | None) -> answers.QueuedCard:
    card = answers.QueuedCard.model_validate(item)
    card.dates = answers.QueuedDates(p50=place.half, p85=place.sure) if place else None
    return card


def _rank_of(product: Product, ref: str) -> Any:
    rank = db.session.scalar(
        sa.select(Item.rank).where(Item.product_id == product.id, Item.number == asks.number_in(ref, product.key))
    )
    if rank is None:
        raise Invalid({"after": "That item is no longer in the list. Begin again."})
    return rank


@api.get("/search", responses={200: answers.FoundList})
@access.signed_in
def search(query: asks.Search) -> answers.FoundList:
    """Items of all your products whose title or reference contains the words `q`."""
    found = find_items(db.session(), identity.current_user(), query.q, after=query.after, limit=query.limit + 1)
    data = [answers.Found(product=key, **_fields(answers.PlacedCard, item)) for key, item in found[: query.limit]]
    return answers.FoundList(data=data, next=data[-1].ref if len(found) > query.limit else None)


def _fields(shape: type[answers.Shape], item: api_items.ApiItem) -> dict[str, Any]:
    return shape.model_validate(item).model_dump()


# One


@api.get("/items/<ref>", responses={200: answers.Item})
@access.needs(Action.SEE)
def show_item(path: asks.OfItem) -> answers.Item:
    """An item in full."""
    item = access.see_item(path.ref)
    shown = answers.Item.model_validate(api_items.read_api_item(db.session(), item.product, item))
    shown.version = item.product.version
    return shown


def item_changed(item: Item, cautions: Iterable[Caution] = ()) -> Response:
    """Commit, and respond with the item as it is now and with these cautions."""
    answer = answers.ItemChanged.model_validate(api_items.read_api_item(db.session(), item.product, item))
    answer.warnings = [answers.Caution.model_validate(caution) for caution in cautions]
    return changed(item.product, answer)


@api.patch("/items/<ref>", responses={200: answers.ItemChanged})
@access.needs(Action.EDIT_ITEM)
def edit_item(path: asks.OfItem, body: asks.ItemEdit) -> Response:
    """Change an item; 409 `stale_revision` with its current text if somebody else has changed it in the meantime."""
    item = access.change_item(path.ref, ALL)
    given = body.model_dump(exclude={"revision", "labels", "part_of"}, exclude_none=True)
    given |= {name: getattr(body, name) for name in POINTS if name in body.model_fields_set}
    if body.labels is not None:
        given["labels"] = labels_named(db.session(), item.product, body.labels)
    item.edit(given, revision=body.revision, by=access.member())
    if "part_of" in body.model_fields_set:
        whole = _whole(item.product, body.part_of)
        item.make_part_of(whole, has_parts=has_parts(db.session(), item), by=access.member())
    return item_changed(item)


def _whole(product: Product, ref: str | None) -> Item | None:
    if ref is None:
        return None
    number = asks.number_in(ref, product.key)
    whole = locked.item_in(db.session(), product, number, ()) if number is not None else None
    if whole is None:
        raise Invalid({"part_of": "There is no such item in this product."})
    return whole


@api.post("/items/<ref>/discard", responses={200: answers.ItemChanged})
@access.needs(Action.DISCARD)
def discard(path: asks.OfItem, body: asks.Reason) -> Response:
    """Take an item out of the order; it stays readable."""
    item = access.change_item(path.ref, ALL)
    item.discard(body.reason, by=access.member(), after=item_before(db.session(), item))
    return item_changed(item)


@api.post("/items/<ref>/restore", responses={200: answers.ItemChanged})
@access.needs(Action.DISCARD)
def restore(path: asks.OfItem, body: asks.Pull) -> Response:
    """Bring a discarded item back to the end of its column."""
    item = access.change_item(path.ref, ALL)
    place = read_place(db.session(), item.product, item.column, BOTTOM, item=item)
    cautions = item.restore(place, by=access.member(), limit_reason=body.limit_reason)
    return item_changed(item, cautions)


@api.post("/items/<ref>/block", responses={200: answers.ItemChanged})
@access.needs(Action.BLOCK)
def block(path: asks.OfItem, body: asks.Block) -> Response:
    """Flag an item as unable to proceed."""
    item = access.change_item(path.ref, ALL)
    item.block(body.reason, waiting_for=body.waiting_for, by=access.member())
    return item_changed(item)


@api.post("/items/<ref>/unblock", responses={200: answers.ItemChanged})
@access.needs(Action.BLOCK)
def unblock(path: asks.OfItem, body: asks.Nothing) -> Response:
    """Lift the block on an item."""
    item = access.change_item(path.ref, ALL)
    item.unblock(by=access.member())
    return item_changed(item)


@api.put("/items/<ref>/assignees", responses={200: answers.ItemChanged})
@access.needs(Action.ASSIGN)
def assign(path: asks.OfItem, body: asks.Assignees) -> Response:
    """Set exactly these members as assignees, by address."""
    item = access.change_item(path.ref, ALL)
    wanted = {address.strip().lower() for address in body.root}
    people = locked.members_by_email(db.session(), item.product, wanted)
    strangers = wanted - {user.email for user in people}
    if strangers:
        raise Invalid({"assignees": f"Not a member of this product: {', '.join(sorted(strangers))}."})
    item.assign(people, by=access.member())
    return item_changed(item)


# Criteria


@api.post("/items/<ref>/criteria", responses={201: answers.CriterionChanged})
@access.needs(Action.SET_CRITERIA)
def add_criterion(path: asks.OfItem, body: asks.NewCriterion) -> Response:
    """Add an acceptance criterion at the end."""
    item = access.change_item(path.ref, ALL)
    criterion = item.add_criterion(body.text, by=access.member())
    return _criterion_changed(item, criterion.number, 201)


@api.patch("/items/<ref>/criteria/<int:criterion_id>", responses={200: answers.CriterionChanged})
@access.needs(Action.TICK_CRITERION)
def change_criterion(path: asks.OfCriterion, body: asks.CriterionChange) -> Response:
    """Tick or untick a criterion; only the product owner's side may change its words."""
    item = access.change_item(path.ref, ALL)
    if all(criterion.number != path.criterion_id for criterion in item.criteria):
        raise Missing
    if body.text is not None:
        access.member().must(Action.SET_CRITERIA)
        item.change_criterion(path.criterion_id, body.text, by=access.member())
    if body.met is not None:
        item.tick(path.criterion_id, met=body.met, by=access.member())
    return _criterion_changed(item, path.criterion_id)


def _criterion_changed(item: Item, number: int, status: int = 200) -> Response:
    shown = api_items.read_api_item(db.session(), item.product, item)
    criterion = next(each for each in shown.criteria if each.id == number)
    fields = answers.CriterionTold.model_validate(criterion).model_dump()
    return changed(item.product, answers.CriterionChanged(**fields, ref=shown.ref), status)
