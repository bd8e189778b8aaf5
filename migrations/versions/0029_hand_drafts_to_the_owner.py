"""Let a delegate hand a draft to the owner."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

_KINDS = "'question', 'draft', 'mention', 'assigned', 'block', 'promise', 'stakeholder', 'acknowledged', 'comment'"


def upgrade() -> None:
    with op.batch_alter_table("status_update") as table:
        table.add_column(sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("handed_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("handed_revision", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_status_update_handed_by_id_user"), "user", ["handed_by_id"], ["id"])
        table.create_check_constraint(
            op.f("ck_status_update_handed"),
            "(handed_at IS NULL) = (handed_by_id IS NULL) AND (handed_at IS NULL) = (handed_revision IS NULL)",
        )
    for name in ("notification", "notification_choice"):
        check = op.f(f"ck_{name}_notification_kind")
        with op.batch_alter_table(name) as table:
            table.drop_constraint(check, type_="check")
            table.create_check_constraint(check, f"kind IN ({_KINDS})")
