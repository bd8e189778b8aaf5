"""Send delay notices to those to whom an item was promised, and say why a stakeholder is on the list."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("status_update", sa.Column("audience", sa.JSON(), nullable=True))
    op.add_column("stakeholder", sa.Column("reason", sa.Text(), server_default="", nullable=False))
    op.add_column("stakeholder", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("commitment_change") as table:
        table.add_column(sa.Column("notice_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_commitment_change_notice_id_status_update"),
            "status_update",
            ["notice_id"],
            ["id"],
            ondelete="SET NULL",
        )
    op.create_index("ix_commitment_change_notice_id", "commitment_change", ["notice_id"])
