"""Tell other programs what happens, through webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

_KINDS = "'question', 'draft', 'mention', 'assigned', 'block', 'promise', 'stakeholder', 'webhook'"
_KINDS += ", 'acknowledged', 'comment'"


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("hears", sa.JSON(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("stopped", sa.String(length=20), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("NOT (is_on AND stopped IS NOT NULL)", name=op.f("ck_webhook_stopped")),
        sa.CheckConstraint("stopped IN ('gone', 'failing')", name=op.f("ck_webhook_stop_reason")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_webhook_product_id_product"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sa.UniqueConstraint("product_id", "number", name=op.f("uq_webhook_product_id_number")),
    )
    op.create_table(
        "webhook_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("webhook_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_message_webhook_id_webhook"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_message")),
        sa.UniqueConstraint("webhook_id", "version", name=op.f("uq_webhook_message_webhook_id_version")),
    )
    op.add_column("product", sa.Column("next_webhook", sa.Integer(), server_default=sa.text("1"), nullable=False))
    for name in ("notification", "notification_choice"):
        check = op.f(f"ck_{name}_notification_kind")
        with op.batch_alter_table(name) as table:
            table.drop_constraint(check, type_="check")
            table.create_check_constraint(check, f"kind IN ({_KINDS})")
