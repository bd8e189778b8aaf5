"""Keep what the facts filled a draft with, to tell the owner's words from theirs when the facts have moved on."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("status_update", sa.Column("filled", sa.JSON(), server_default="[]", nullable=False))
