"""Remember when a comment was edited."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.add_column("comment", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
