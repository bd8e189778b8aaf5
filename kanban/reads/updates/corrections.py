"""Which published updates were corrected later; the frozen snapshot of a corrected update stays as it is."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import StatusUpdate, UpdateState


@dataclass(frozen=True)
class Correction:
    """The update to read instead of a corrected one."""

    update_id: int
    number: int
    published_at: dt.datetime


def read_corrections(session: orm.Session, product_id: int) -> dict[int, Correction]:
    """By the id of each corrected update, the one to read instead, following corrections of corrections; one query."""
    rows = session.execute(
        sa.select(StatusUpdate.id, StatusUpdate.number, StatusUpdate.published_at, StatusUpdate.corrects_id)
        .where(
            StatusUpdate.product_id == product_id,
            StatusUpdate.state == UpdateState.PUBLISHED,
            StatusUpdate.corrects_id.is_not(None),
        )
        .order_by(StatusUpdate.published_at, StatusUpdate.number)
    )
    direct = {
        row.corrects_id or 0: Correction(row.id, row.number, row.published_at) for row in rows if row.published_at
    }
    return {wrong_id: _last(direct, right) for wrong_id, right in direct.items()}


def _last(direct: Mapping[int, Correction], right: Correction) -> Correction:
    while right.update_id in direct:
        right = direct[right.update_id]
    return right
