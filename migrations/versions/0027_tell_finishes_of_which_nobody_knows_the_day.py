"""Mark finishes whose day nobody knows."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    # Plain SQL, since SQLite adds a CHECK to an existing table only together with the column that it is about.
    true = sa.true().compile(dialect=op.get_context().dialect)
    op.execute(
        f"ALTER TABLE item ADD COLUMN is_finish_known BOOLEAN DEFAULT {true} NOT NULL "
        "CONSTRAINT ck_item_finish_known CHECK (is_finish_known OR finished_at IS NOT NULL)"
    )
