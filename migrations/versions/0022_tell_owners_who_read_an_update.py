"""Notify owners of who read an update: one more kind of notification."""

from alembic import op

revision = "0022"
down_revision = "0021"

_KINDS = "'question', 'mention', 'assigned', 'block', 'promise', 'stakeholder', 'acknowledged', 'comment'"


def upgrade() -> None:
    for table in ("notification", "notification_choice"):
        name = op.f(f"ck_{table}_notification_kind")
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(name, type_="check")
            batch.create_check_constraint(name, f"kind IN ({_KINDS})")
