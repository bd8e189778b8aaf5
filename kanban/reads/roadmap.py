"""The public roadmap: what its owner chooses from, and the few titles that whoever has the link may read."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Column, Item, Milestone, Product, Roadmap, RoadmapLine, Stage, milestone_item
from kanban.models.roadmap import Subject

OFFERED = 200
_NEXT_WITHOUT_READY = 3
_STARTED = (Stage.DOING, Stage.REVIEW)


@dataclass(frozen=True)
class Choice:
    """Something that can be ticked: its own name for the owner, and the title that the public reads once it is."""

    subject: str
    ref: str
    name: str
    title: str
    ticked: bool
    column: str


@dataclass(frozen=True)
class Choices:
    """What can be ticked: milestones, and the first `n_shown` of `n_items` items."""

    lines: list[Choice]
    n_shown: int
    n_items: int


@dataclass(frozen=True)
class Public:
    """All that a public roadmap shows: titles in three columns, and the name of the product."""

    product: str
    now: tuple[str, ...]
    next: tuple[str, ...]
    later: tuple[str, ...]


@dataclass(frozen=True)
class _Line:
    title: str
    column: str
    rank: int


def find_roadmap(session: orm.Session, product: Product) -> Roadmap | None:
    """The product's link, if it ever had one."""
    row = session.get(Roadmap, product.id)
    if row is not None:
        orm.attributes.set_committed_value(row, "product", product)
    return row


def read_lines(session: orm.Session, product: Product) -> dict[Subject, RoadmapLine]:
    """The ticked lines, by what each is about."""
    rows = session.execute(
        sa.select(RoadmapLine, Item.number, Milestone.number)
        .outerjoin(Item, Item.id == RoadmapLine.item_id)
        .outerjoin(Milestone, Milestone.id == RoadmapLine.milestone_id)
        .where(RoadmapLine.product_id == product.id)
    )
    return {("item", item) if item is not None else ("milestone", other): line for line, item, other in rows}


def ids_of(session: orm.Session, product: Product, wanted: list[Subject]) -> dict[Subject, int]:
    """The row ids of those of these subjects that belong to the product and may be shown."""
    items = [number for kind, number in wanted if kind == "item"]
    others = [number for kind, number in wanted if kind == "milestone"]
    found: dict[Subject, int] = {}
    query = sa.select(Item.number, Item.id).where(Item.product_id == product.id, Item.number.in_(items))
    for number, item_id in session.execute(query.where(Item.discarded_at.is_(None))):
        found["item", number] = item_id
    standing = sa.select(Milestone.number, Milestone.id).where(Milestone.removed_at.is_(None))
    for number, row_id in session.execute(
        standing.where(Milestone.product_id == product.id, Milestone.number.in_(others))
    ):
        found["milestone", number] = row_id
    return found


def load_choices(session: orm.Session, product: Product, wanted: int | None = None) -> Choices:
    """Milestones, then ticked items, then the first unfinished items in rank order. Three queries.

    The item numbered `wanted`, if any, comes first among the items, so that it is sure to be included.
    """
    lines = read_lines(session, product)
    items = session.execute(
        sa.select(Item.number, Item.title, Column.name, sa.func.count().over())
        .join(Column, Column.id == Item.column_id)
        .outerjoin(RoadmapLine, RoadmapLine.item_id == Item.id)
        .where(Item.product_id == product.id, Item.discarded_at.is_(None))
        .where(sa.or_(Item.finished_at.is_(None), RoadmapLine.id.is_not(None)))
        .order_by(Item.number != (wanted or 0), RoadmapLine.id.is_(None), Item.rank)
        .limit(OFFERED)
    ).all()
    named = sa.select(Milestone.number, Milestone.name).where(Milestone.product_id == product.id)
    milestones = session.execute(named.where(Milestone.removed_at.is_(None)).order_by(Milestone.number))
    found = [_choice("milestone", number, "", name, "", lines) for number, name in milestones]
    found += [
        _choice("item", number, f"{product.key}-{number}", title, column, lines) for number, title, column, _ in items
    ]
    return Choices(found, len(items), items[0][-1] if items else 0)


def _choice(kind: str, number: int, ref: str, name: str, column: str, lines: dict[Subject, RoadmapLine]) -> Choice:
    line = lines.get((kind, number))
    return Choice(f"{kind}:{number}", ref, name, line.title if line else "", line is not None, column)


# What the public reads


def load_public(session: orm.Session, product_id: int, serial: int) -> Public | None:
    """The roadmap behind a link with this serial; None if the link was closed, replaced or is past its last day."""
    row = session.execute(
        sa.select(Product, Roadmap).join(Roadmap, Roadmap.product_id == Product.id).where(Product.id == product_id)
    ).one_or_none()
    if row is None:
        return None
    product, link = row
    dead = link.serial != serial or not link.is_good_on(clock.today(product.zone))
    return None if dead or product.archived_at is not None else shown_of(session, product)


def shown_of(session: orm.Session, product: Product) -> Public:
    """What whoever has the link reads at this moment."""
    lines = sorted([*_items(session, product), *_milestones(session, product)], key=lambda line: line.rank)
    now, ahead, later = ([line.title for line in lines if line.column == name] for name in ("now", "next", "later"))
    if not ahead and not _has_ready(session, product):
        ahead, later = later[:_NEXT_WITHOUT_READY], later[_NEXT_WITHOUT_READY:]
    return Public(product.name, tuple(now), tuple(ahead), tuple(later))


def _items(session: orm.Session, product: Product) -> list[_Line]:
    rows = session.execute(
        sa.select(RoadmapLine.title, Column.stage, Item.rank)
        .join(Item, Item.id == RoadmapLine.item_id)
        .join(Column, Column.id == Item.column_id)
        .where(RoadmapLine.product_id == product.id, Item.discarded_at.is_(None), Column.stage != Stage.DONE)
    )
    return [_Line(title, _column(stage), rank or 0) for title, stage, rank in rows]


def _column(stage: Stage) -> str:
    return "now" if stage in _STARTED else "next" if stage is Stage.READY else "later"


def _milestones(session: orm.Session, product: Product) -> list[_Line]:
    """Each milestone, in the column of its most advanced unfinished item; a finished milestone is left out."""
    rows = session.execute(
        sa.select(RoadmapLine.id, RoadmapLine.title, Milestone.top, Column.stage, Item.rank)
        .join(Milestone, Milestone.id == RoadmapLine.milestone_id)
        .outerjoin(milestone_item, milestone_item.c.milestone_id == Milestone.id)
        .outerjoin(Item, sa.and_(Item.id == milestone_item.c.item_id, Item.discarded_at.is_(None)))
        .outerjoin(Column, Column.id == Item.column_id)
        .where(RoadmapLine.product_id == product.id, Milestone.removed_at.is_(None))
    ).all()
    found = []
    for line_id in {row.id: None for row in rows}:
        mine = [row for row in rows if row.id == line_id]
        stages = [row.stage for row in mine if row.stage is not None]
        ahead = [row for row in mine if row.stage is not None and row.stage is not Stage.DONE]
        if stages and not ahead:
            continue
        columns = {_column(row.stage) for row in ahead}
        column = "now" if mine[0].top or "now" in columns else "next" if "next" in columns else "later"
        found.append(_Line(mine[0].title, column, min((row.rank or 0 for row in ahead), default=2**62)))
    return found


def _has_ready(session: orm.Session, product: Product) -> bool:
    query = sa.select(Column.id).where(Column.product_id == product.id, Column.stage == Stage.READY)
    return session.scalar(query.where(Column.removed_at.is_(None)).limit(1)) is not None
