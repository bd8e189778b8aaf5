"""Schedule status updates."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    with op.batch_alter_table("status_update") as table:
        table.add_column(sa.Column("goes_out_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("scheduled_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("known", sa.JSON(), nullable=True))
        table.add_column(sa.Column("held", sa.JSON(), nullable=True))
        table.create_foreign_key(op.f("fk_status_update_scheduled_by_id_user"), "user", ["scheduled_by_id"], ["id"])
        table.create_check_constraint(
            op.f("ck_status_update_scheduled"),
            "(goes_out_at IS NULL) = (scheduled_by_id IS NULL) AND (goes_out_at IS NULL) = (known IS NULL)"
            " AND (goes_out_at IS NULL OR state = 'draft')",
        )
    is_scheduled = sa.text("goes_out_at IS NOT NULL")
    op.create_index(
        "ix_status_update_goes_out_at",
        "status_update",
        ["goes_out_at"],
        sqlite_where=is_scheduled,
        postgresql_where=is_scheduled,
    )
