"""What the form of a move offers, and what a step up or down means; the move itself reads its place in `place`."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Column, Criterion, Item, Member, Product, Stage
from kanban.policy import Action
from kanban.reads.links import fits

_QUEUE = (Stage.BACKLOG, Stage.READY)
_OFFERED = 200


@dataclass(frozen=True)
class Choices:
    """The form: where the item may go (column id and name) and behind which cards of the chosen column. `find` narrows
    these; `is_long` if there are more of them than are offered at once. `criteria`: text and whether ticked, for
    whoever accepts it into done, where cards have no places."""

    key: str
    ref: str
    title: str
    columns: tuple[tuple[int, str], ...]
    column_id: int
    current_id: int
    neighbours: tuple[tuple[str, str], ...]
    has_places: bool
    criteria: tuple[tuple[str, bool], ...]
    find: str
    is_long: bool
    asks_reason: bool
    may_step: bool
    may_discard: bool


def load_choices(session: orm.Session, item: Item, member: Member, *, wanted: int | None, find: str = "") -> Choices:
    """The columns that the member may move this item to, and the cards of the wanted one that `find` can mean."""
    product = item.product
    columns = [column for column in product.standing if _may_go(item, column, member)]
    chosen = next((column for column in columns if column.id == wanted), item.column)
    count = session.scalar(
        sa.select(sa.func.count()).where(Item.column_id == chosen.id, Item.rank.is_not(None), Item.id != item.id)
    )
    return Choices(
        key=product.key,
        ref=item.ref,
        title=item.title,
        columns=tuple((column.id, column.name) for column in columns),
        column_id=chosen.id,
        current_id=item.column_id,
        neighbours=_neighbours(session, product, item, chosen, find) if _may_order(chosen, member) else (),
        has_places=chosen.stage is not Stage.DONE,
        criteria=_to_accept(session, item, chosen, member),
        find=find,
        is_long=(count or 0) > _OFFERED and _may_order(chosen, member),
        asks_reason=chosen.wip_mode == "ask" and chosen.is_full(count or 0) and chosen.id != item.column_id,
        may_step=_may_order(item.column, member) and not item.is_discarded,
        may_discard=member.may(Action.DISCARD) and not item.is_finished and not item.is_discarded,
    )


def _to_accept(session: orm.Session, item: Item, column: Column, member: Member) -> tuple[tuple[str, bool], ...]:
    if column.stage is not Stage.DONE or column.id == item.column_id or not member.may(Action.ACCEPT_ITEM):
        return ()
    query = sa.select(Criterion.text, Criterion.met_at).where(Criterion.item_id == item.id).order_by(Criterion.number)
    return tuple((text, met_at is not None) for text, met_at in session.execute(query))


def targets(item: Item, member: Member) -> list[Column]:
    """The other columns that the member may move an item to."""
    return [each for each in item.product.standing if each.id != item.column_id and _may_go(item, each, member)]


def _may_go(item: Item, column: Column, member: Member) -> bool:
    if column.id == item.column_id or member.may(Action.RANK):
        return True
    if item.column.stage in _QUEUE and column.stage in _QUEUE:
        return False
    return not (column.stage is Stage.DONE and item.product.accepting and not member.may(Action.ACCEPT_ITEM))


def _may_order(column: Column, member: Member) -> bool:
    """Whether the member gives places in this column: none in done, and only the owner's side in backlog and ready."""
    return column.stage is not Stage.DONE and (column.stage not in _QUEUE or member.may(Action.RANK))


def _neighbours(
    session: orm.Session, product: Product, item: Item, column: Column, find: str
) -> tuple[tuple[str, str], ...]:
    query = sa.select(Item.number, Item.title).where(
        Item.column_id == column.id, Item.rank.is_not(None), Item.id != item.id
    )
    if find.strip():
        query = query.where(fits(product, find))
    rows = session.execute(query.order_by(Item.rank).limit(_OFFERED))
    return tuple((f"{product.key}-{number}", title) for number, title in rows)


def neighbour(session: orm.Session, product: Product, item: Item, *, up: bool) -> int | None:
    """The number of the item just above or below in the same list: backlog and ready together, else the column."""
    if item.rank is None:
        return None
    query = sa.select(Item.number).where(Item.product_id == product.id, Item.id != item.id)
    if item.column.stage in _QUEUE:
        ids = [column.id for column in product.standing if column.stage in _QUEUE]
        query = query.where(Item.column_id.in_(ids))
    else:
        query = query.where(Item.column_id == item.column_id)
    if up:
        return session.scalar(query.where(Item.rank < item.rank).order_by(Item.rank.desc()).limit(1))
    return session.scalar(query.where(Item.rank > item.rank).order_by(Item.rank).limit(1))
