"""End a member's mailed links together with their sign-ins, by a serial in the links."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("user", sa.Column("link_serial", sa.Integer(), server_default=sa.text("1"), nullable=False))
