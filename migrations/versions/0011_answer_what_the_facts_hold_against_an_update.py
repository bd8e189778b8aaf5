"""Keep the owner's answers to what the checks found in an update."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("status_update", sa.Column("answers", sa.JSON(), server_default="{}", nullable=False))
