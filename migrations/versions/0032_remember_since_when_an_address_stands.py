"""Remember since when a stakeholder has had the present address."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.add_column("stakeholder", sa.Column("readdressed_at", sa.DateTime(timezone=True), nullable=True))
