"""Find passed-over items and broken limits by an index, without reading the whole log."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_LIBERTIES = "kind IN ('passed_over', 'limit_broken', 'reason_given')"


def upgrade() -> None:
    op.create_index(
        "ix_event_liberty",
        "event",
        ["product_id", "version", "seq"],
        sqlite_where=sa.text(_LIBERTIES),
        postgresql_where=sa.text(_LIBERTIES),
    )
