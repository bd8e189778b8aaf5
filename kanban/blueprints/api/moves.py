"""Moving items, over the API: to a column and a place, pulling the next ready one, and undoing."""

from flask import Response

from kanban import access
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api, changed
from kanban.errors import Invalid, Refused
from kanban.extensions import db
from kanban.models import PROMISE_ACTS, Caution, Column, Item, Product, Stage
from kanban.models.reorder import reorder
from kanban.policy import Action
from kanban.reads.backlog.bulk_ranking import Goal, read_ranks
from kanban.reads.board.liberties import liberties_at
from kanban.reads.board.place import BOTTOM, TOP, TargetPosition, read_place
from kanban.reads.board.pulling import next_to_pull
from kanban.reads.items import api_items
from kanban.reads.items.undo import find_act, read_item_undos
from kanban.reads.promises.undo import undo_promise

_LOADS = ("assignees", "criteria", "blocks")


@api.post("/items/<ref>/move", responses={200: answers.Moved})
@access.needs(Action.MOVE)
def move(path: asks.OfItem, query: asks.Order, body: asks.Move) -> Response:
    """Put an item into a column, beside a neighbour; if the neighbour is gone, it goes to the end.

    `order=1` also returns the order of the column.
    """
    item = access.change_item(path.ref, load=_LOADS)
    column = read_column(item.product, body.column) if body.column is not None else item.column
    place = read_place(db.session(), item.product, column, read_wish(item.product, body.place), item=item)
    cautions = item.move_to(
        place, by=access.member(), limit_reason=body.limit_reason, passed_over_reason=body.passed_over_reason
    )
    return _moved(item, cautions, with_order=query.order)


@api.post("/products/<key>/pull", responses={200: answers.Moved})
@access.needs(Action.MOVE)
def pull(path: asks.OfProduct, body: asks.Pull) -> Response:
    """Pull the topmost ready item that nobody else holds: it is assigned to you and started.

    409 `nothing_to_pull` if there is none, `wip_limit` or `reason_required` if the column is full.
    """
    product = access.change_product(path.key)
    session = db.session()
    item = next_to_pull(session, product, access.member().user_id)
    target = product.first_column(Stage.DOING)
    if item is None or target is None:
        raise Refused("Nothing is ready to be pulled.", "nothing_to_pull")
    place = read_place(session, product, target, TOP, item=item)
    cautions = item.move_to(place, by=access.member(), limit_reason=body.limit_reason)
    return _moved(item, cautions)


@api.post("/products/<key>/ranks", responses={200: answers.Ranked})
@access.needs(Action.RANK)
def rank(path: asks.OfProduct, body: asks.Ranks) -> Response:
    """Put backlog items side by side at one place, all or none; if the neighbour is gone, they go to the end."""
    product, session = access.change_product(path.key), db.session()
    numbers = {_ranked(ref, product.key) for ref in body.items}
    reorder(read_ranks(session, product, numbers, _goal(product, body.place)), by=access.member())
    session.flush()
    found = api_items.read_api_items(session, product, Item.number.in_(numbers), limit=len(numbers), brief=True)
    return changed(product, answers.Ranked(items=[answers.PlacedCard.model_validate(item) for item in found]))


def _ranked(ref: str, key: str) -> int:
    number = asks.number_in(ref, key)
    if number is None:
        raise Refused(f"{ref[:40]} is not in this backlog. Nothing was moved.", "not_in_backlog")
    return number


def _goal(product: Product, given: tuple[str, str]) -> Goal:
    kind, of = given
    match kind:
        case "top" | "up" | "down":
            return Goal(kind)
        case "at":
            return Goal("at", int(of))
        case "after" | "before":
            number = asks.number_in(of, product.key)
            return Goal("bottom") if number is None else Goal(kind, number)
    return Goal("bottom")


@api.post("/undo", responses={200: answers.Undone})
@access.needs(Action.MOVE)
def undo(body: asks.Undo) -> Response:
    """Undo everything that your own command of this version did, if nothing has happened to its items since.

    The making, a new date or the withdrawal of a promise is undone on the same day and until somebody was told of it;
    `item` is then null.
    """
    product, session = access.change_product(body.product), db.session()
    if act := find_act(session, product, body.version, PROMISE_ACTS):
        undo_promise(session, product, act, by=access.member())
        return changed(product, answers.Undone(item=None, items=[]))
    items: list[Item] = []
    cautions: list[Caution] = []
    reason = body.limit_reason
    for part in read_item_undos(session, product, body.version, by=access.member(), limit_reason=reason):
        cautions += part.carry_out()
        items.insert(0, part.item)
    session.flush()
    cards = api_items.read_api_items(session, product, Item.id.in_({item.id for item in items}), brief=True)
    by_ref = {card.ref: answers.PlacedCard.model_validate(card) for card in cards}
    shown = [by_ref[item.ref] for item in items]
    warnings = [answers.Caution.model_validate(caution) for caution in cautions]
    return changed(product, answers.Undone(item=shown[0], items=shown, warnings=warnings))


@api.post("/items/<ref>/reasons", responses={200: answers.Moved})
@access.needs(Action.MOVE)
def explain(path: asks.OfItem, body: asks.Explanation) -> Response:
    """Say afterwards why your own move passed over other items or broke a limit; the last reason counts."""
    item = access.change_item(path.ref, load=_LOADS)
    liberties = liberties_at(db.session(), item, body.version)
    liberty = next((each for each in liberties if each.kind is body.kind), None)
    if liberty is None:
        raise Refused("That move broke no rule.")
    item.explain(liberty, body.reason, by=access.member())
    return _moved(item, [])


def _moved(item: Item, cautions: list[Caution], *, with_order: bool = False) -> Response:
    session, product = db.session(), item.product
    shown = api_items.read_api_card(session, product, item)
    answer = answers.Moved(
        item=answers.PlacedCard.model_validate(shown),
        warnings=[answers.Caution.model_validate(caution) for caution in cautions],
        order=api_items.refs_in(session, product, item.column_id) if with_order else None,
    )
    return changed(product, answer)


def read_column(product: Product, given: int | str) -> Column:
    """The column with this id or name. Raises Invalid if the product has none."""
    for column in product.standing:
        if column.id == given or (isinstance(given, str) and column.name.casefold() == given.strip().casefold()):
            return column
    raise Invalid({"column": "There is no such column in this product."})


def read_wish(product: Product, spot: tuple[str, str]) -> TargetPosition:
    """The wish that a given place stands for; a neighbour of another product means the bottom."""
    kind, ref = spot
    number = asks.number_in(ref, product.key)
    match kind:
        case "after" if number is not None:
            return TargetPosition(after=number)
        case "before" if number is not None:
            return TargetPosition(before=number)
        case "top":
            return TOP
        case _:
            return BOTTOM
