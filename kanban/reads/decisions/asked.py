"""The decisions that the published updates of a product ask for, with what answers them."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Decision, Product, StatusUpdate, UpdateState
from kanban.status.asked import Answer, Ask, Asked, Unanswered
from kanban.status.draft_text import LINE_FIELDS

_correction = orm.aliased(StatusUpdate)
#: The condition that an update's snapshot has a section for decisions; no others are read.
_ASKS = StatusUpdate.snapshot.cast(sa.Text).contains('"kind": "decisions"')


def read_asked(session: orm.Session, product: Product) -> Asked:
    """All decisions that the product's updates asked for, answered or not; one query."""
    return _read(session, [product])[product.id]


def read_unanswered(session: orm.Session, product: Product) -> list[Unanswered]:
    """The decisions that others still have to make; an archived product asks for none."""
    if product.archived_at is not None:
        return []
    return read_asked(session, product).unanswered(clock.today(product.zone))


def count_unanswered(session: orm.Session, products: Sequence[Product]) -> dict[int, int]:
    """How many decisions others still have to make, by product id; one query for all of them."""
    asked = _read(session, products)
    return {each.id: len(asked[each.id].unanswered(clock.today(each.zone))) for each in products}


def _read(session: orm.Session, products: Sequence[Product]) -> dict[int, Asked]:
    found: dict[int, list[Any]] = {product.id: [] for product in products}
    for row in session.execute(_query(list(found))):
        found[row.product_id].append(row)
    return {product.id: _asked_for(found[product.id], product.zone) for product in products}


def _query(product_ids: Sequence[int]) -> sa.Select[Any]:
    """Each update that asks for decisions, once for each decision made on it, in the order of publishing.

    Its snapshot, which is long, is only in the first of these rows.
    """
    nth = sa.func.row_number().over(partition_by=StatusUpdate.id, order_by=Decision.number)
    # Looked up once and not once per update, since the rows of updates are long.
    corrected = sa.select(_correction.corrects_id).where(
        _correction.product_id.in_(product_ids),
        _correction.corrects_id.is_not(None),
        _correction.state == UpdateState.PUBLISHED,
    )
    return (
        sa.select(
            StatusUpdate.product_id,
            StatusUpdate.id,
            StatusUpdate.number,
            StatusUpdate.published_at,
            sa.case((nth == 1, StatusUpdate.snapshot)).label("snapshot"),
            StatusUpdate.corrects_id,
            StatusUpdate.audience,
            StatusUpdate.id.in_(corrected).label("is_corrected"),
            Decision.number.label("decision"),
            Decision.line,
            Decision.at,
        )
        .outerjoin(Decision, Decision.update_id == StatusUpdate.id)
        .where(StatusUpdate.product_id.in_(product_ids), StatusUpdate.state == UpdateState.PUBLISHED, _ASKS)
        .order_by(StatusUpdate.published_at, StatusUpdate.number, Decision.number)
    )


def _asked_for(rows: Sequence[Any], zone: ZoneInfo) -> Asked:
    asks = [
        Ask(
            update_id=row.id,
            update=row.number,
            place=place,
            at=row.published_at,
            on=clock.day_of(row.published_at, zone),
            line={name: str(line.get(name) or "") for name in LINE_FIELDS},
            corrects_id=row.corrects_id,
            is_corrected=row.is_corrected,
            is_notice=row.audience is not None,
        )
        for row in rows
        if row.snapshot is not None
        for part in row.snapshot["sections"]
        if part["kind"] == "decisions"
        for place, line in enumerate(part["lines"])
    ]
    answers = [Answer(row.decision, row.id, row.line, row.at) for row in rows if row.decision is not None]
    return Asked(asks, answers)
