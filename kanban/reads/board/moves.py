"""What the form of a move offers, and what a step up or down means; the place itself is read in `reads.board.place`."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import orm

from kanban.flow.stage import QUEUE
from kanban.models import Block, Column, Criterion, Event, Item, Member, Product, Stage, WipMode
from kanban.policy import Action
from kanban.reads.board.column_limits import limit_warning, occupancy_words
from kanban.reads.board.pulling import higher
from kanban.reads.items.history import newest_since
from kanban.reads.items.links import fits
from kanban.reads.settings import occupancies

_OFFERED = 200
_NAMED = 5


@dataclass(frozen=True)
class Target:
    """A column where the item may go. `label` is its name with how full it is."""

    id: int
    name: str
    label: str


@dataclass(frozen=True)
class Choices:
    """What the move form shows: where the item may go, and after which cards of the chosen column.

    `find` narrows these cards; `is_long` if there are more of them than are offered at once; `here` is the value that
    stands for the item's present place, when its own column is chosen.

    What can be said before the move: `warnings` are sentences; `asks_reason` whether the limit asks why; `passes` the
    references of items that could be pulled first; `criteria` pairs of text and whether ticked, for whoever accepts the
    item into done, where cards have no places.
    """

    key: str
    ref: str
    title: str
    stands_in: str
    columns: tuple[Target, ...]
    column_id: int
    neighbours: tuple[tuple[str, str], ...]
    here: str
    has_places: bool
    keeps_place: bool
    criteria: tuple[tuple[str, bool], ...]
    find: str
    is_long: bool
    warnings: tuple[str, ...]
    asks_reason: bool
    passes: tuple[str, ...]
    may_step: bool
    may_discard: bool

    @property
    def column_choices(self) -> list[tuple[int, str]]:
        """The columns as (value, label) pairs for a select."""
        return [(column.id, column.label) for column in self.columns]


def load_choices(session: orm.Session, item: Item, member: Member, *, wanted: int | None, find: str = "") -> Choices:
    """The columns that the member may move this item to, and the cards of the `wanted` one that match `find`.

    If no column is wanted, the cards are those of the one where the item most likely goes next.
    """
    product = item.product
    columns = [column for column in product.standing if _has_use(item, column, member)]
    chosen = next((column for column in columns if column.id == wanted), None) or _next(item, columns)
    counts = occupancies(session, product)
    has_places, is_here = _may_order(item, chosen, member), chosen.id == item.column_id
    others = counts.get(chosen.id, 0) - is_here
    limit = "" if is_here else limit_warning(chosen, occupancy=others)
    asks, refuses = (bool(limit) and chosen.wip_mode is mode for mode in (WipMode.ASK, WipMode.REFUSE))
    return Choices(
        key=product.key,
        ref=item.ref,
        title=item.title,
        stands_in=item.column.name,
        columns=tuple(
            Target(each.id, each.name, f"{each.name} · {occupancy_words(each, counts.get(each.id, 0))}")
            for each in columns
        ),
        column_id=chosen.id,
        neighbours=_neighbours(session, product, item, chosen, find) if has_places else (),
        here=_here(session, item) if is_here and has_places and not find else "",
        has_places=has_places,
        keeps_place=not has_places and not refuses and chosen.stage is not Stage.DONE,
        criteria=_to_accept(session, item, chosen, member),
        find=find,
        is_long=others > _OFFERED and has_places,
        warnings=tuple(filter(None, ["" if asks else limit, _held_up(session, item, chosen)])),
        asks_reason=asks,
        passes=() if refuses else _passed(session, item, chosen, member),
        may_step=_may_order(item, item.column, member) and not item.is_discarded,
        may_discard=member.may(Action.DISCARD) and not item.is_finished and not item.is_discarded,
    )


def _next(item: Item, columns: list[Column]) -> Column:
    """Where the item most likely goes: to the next of these columns, or back if it stands beyond all of them."""
    order = [column.id for column in item.product.standing]
    here = order.index(item.column_id)
    onward = [column for column in columns if order.index(column.id) > here]
    back = [column for column in columns if order.index(column.id) < here]
    return (onward[:1] or back[-1:] or [item.column])[0]


def _here(session: orm.Session, item: Item) -> str:
    """The present place of the item, as a value of the form."""
    above = session.scalar(
        sa.select(Item.number)
        .where(Item.column_id == item.column_id, Item.rank < item.rank)
        .order_by(Item.rank.desc())
        .limit(1)
    )
    return f"after:{item.product.key}-{above}" if above is not None else "top"


def _held_up(session: orm.Session, item: Item, column: Column) -> str:
    """A sentence if an open blocking question keeps the item out of done: that block ends only with an answer."""
    if column.stage is not Stage.DONE or column.id == item.column_id:
        return ""
    block = sa.exists().where(Block.item_id == item.id, Block.until.is_(None), Block.question_id.is_not(None))
    is_held = session.scalar(sa.select(block))
    return _("A blocking question on it is still open. Answer or withdraw it first.") if is_held else ""


def _passed(session: orm.Session, item: Item, column: Column, member: Member) -> tuple[str, ...]:
    """The items that a developer will be asked about after the move; whoever may rank passes over nothing."""
    starts = item.column.stage in QUEUE and column.stage is Stage.DOING
    if not starts or member.may(Action.RANK):
        return ()
    return tuple(f"{item.product.key}-{number}" for number in higher(session, item.product, item)[:_NAMED])


def _to_accept(session: orm.Session, item: Item, column: Column, member: Member) -> tuple[tuple[str, bool], ...]:
    if column.stage is not Stage.DONE or column.id == item.column_id or not member.may(Action.ACCEPT_ITEM):
        return ()
    query = sa.select(Criterion.text, Criterion.met_at).where(Criterion.item_id == item.id).order_by(Criterion.number)
    return tuple((text, met_at is not None) for text, met_at in session.execute(query))


def targets(item: Item, member: Member) -> list[Column]:
    """The other columns that the member may move an item to."""
    return [each for each in item.product.standing if each.id != item.column_id and _may_go(item, each, member)]


def _has_use(item: Item, column: Column, member: Member) -> bool:
    """Whether a move to this column changes anything: within its own column only if the member may reorder it."""
    return _may_order(item, column, member) if column.id == item.column_id else _may_go(item, column, member)


def _may_go(item: Item, column: Column, member: Member) -> bool:
    return item.column.stage not in shut_stages(item.product, column.stage, member)


def shut_stages(product: Product, target: Stage, member: Member) -> tuple[Stage, ...]:
    """The stages from which the member can't move an item into `target`.

    If `target` is among them, the member can't reorder items within it either.
    """
    if member.may(Action.RANK):
        return ()
    if target in QUEUE:
        return QUEUE
    accepts = not product.accepting or member.may(Action.ACCEPT_ITEM)
    return () if accepts or target is not Stage.DONE else tuple(stage for stage in Stage if stage is not Stage.DONE)


def _may_order(item: Item, column: Column, member: Member) -> bool:
    """Whether the member chooses the item's place in this column.

    Cards in done have no places. What is queued, or comes back to the queue, keeps the place that the owner's side gave
    it.
    """
    is_queued = item.column.stage in QUEUE or column.stage in QUEUE
    return column.stage is not Stage.DONE and (not is_queued or member.may(Action.RANK))


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
    """The number of the item just above or below in the same list: the column, or backlog and ready together."""
    if item.rank is None:
        return None
    query = sa.select(Item.number).where(Item.product_id == product.id, Item.id != item.id)
    if item.column.stage in QUEUE:
        ids = [column.id for column in product.standing if column.stage in QUEUE]
        query = query.where(Item.column_id.in_(ids))
    else:
        query = query.where(Item.column_id == item.column_id)
    if up:
        return session.scalar(query.where(Item.rank < item.rank).order_by(Item.rank.desc()).limit(1))
    return session.scalar(query.where(Item.rank > item.rank).order_by(Item.rank).limit(1))


def newest_of_others(session: orm.Session, items: Sequence[Item], seen: int, reader: Member) -> tuple[str, str] | None:
    """The latest move by which somebody else brought one of these items to another column after version `seen`.

    Returns its reference and a sentence, or None.
    """
    goes_on = Event.data["from"].as_integer() != Event.data["to"].as_integer()
    ids = [item.id for item in items]
    by_others = (Event.item_id.in_(ids), Event.kind == "moved", Event.actor_id != reader.user_id, goes_on)
    return newest_since(session, items[0].product, seen, *by_others)
