"""Keep what the facts filled into a draft, to tell it from the owner's words when the facts have changed."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("status_update", sa.Column("filled", sa.JSON(), server_default="[]", nullable=False))
