"""Keep decisions in a log of their own, and what stakeholders ask about updates."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    _number_decisions()
    op.create_table(
        "update_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("update_id", sa.Integer(), nullable=False),
        sa.Column("stakeholder_id", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by_id IS NULL)", name=op.f("ck_update_question_answered")
        ),
        sa.ForeignKeyConstraint(["answered_by_id"], ["user.id"], name=op.f("fk_update_question_answered_by_id_user")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_update_question_product_id_product")),
        sa.ForeignKeyConstraint(
            ["stakeholder_id"],
            ["stakeholder.id"],
            name=op.f("fk_update_question_stakeholder_id_stakeholder"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["update_id"], ["status_update.id"], name=op.f("fk_update_question_update_id_status_update")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_update_question")),
        sa.UniqueConstraint("product_id", "number", name=op.f("uq_update_question_product_id_number")),
    )
    op.create_index("ix_update_question_open", "update_question", ["product_id", "answered_at"])
    op.create_index("ix_update_question_update_id", "update_question", ["update_id"])


def _number_decisions() -> None:
    """Give existing decisions numbers in the order in which they were made."""
    op.add_column("product", sa.Column("next_decision", sa.Integer(), server_default=sa.text("1"), nullable=False))
    with op.batch_alter_table("decision") as table:
        table.add_column(sa.Column("number", sa.Integer(), nullable=True))
        table.add_column(sa.Column("context", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("who", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("decided_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("stakeholder_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("update_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("line", sa.Integer(), nullable=True))
        table.add_column(sa.Column("supersedes_id", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE decision SET decided_on = date(at), number = (SELECT count(*) FROM decision AS older"
        " WHERE older.product_id = decision.product_id AND older.id <= decision.id)"
    )
    op.execute(
        "UPDATE product SET next_decision = 1 + (SELECT count(*) FROM decision WHERE decision.product_id = product.id)"
    )
    with op.batch_alter_table("decision") as table:
        table.alter_column("number", existing_type=sa.Integer(), nullable=False)
        table.alter_column("decided_on", existing_type=sa.Date(), nullable=False)
        table.alter_column("decided_by_id", existing_type=sa.Integer(), nullable=True)
        table.drop_index("ix_decision_product_id")
        table.create_index("ix_decision_item_id", ["item_id"])
        table.create_unique_constraint(op.f("uq_decision_product_id_number"), ["product_id", "number"])
        table.create_unique_constraint(op.f("uq_decision_supersedes_id"), ["supersedes_id"])
        table.create_unique_constraint(op.f("uq_decision_update_id_line"), ["update_id", "line"])
        table.create_check_constraint(op.f("ck_decision_line"), "(update_id IS NULL) = (line IS NULL)")
        table.create_foreign_key(op.f("fk_decision_update_id_status_update"), "status_update", ["update_id"], ["id"])
        table.create_foreign_key(
            op.f("fk_decision_stakeholder_id_stakeholder"),
            "stakeholder",
            ["stakeholder_id"],
            ["id"],
            ondelete="SET NULL",
        )
        table.create_foreign_key(op.f("fk_decision_supersedes_id_decision"), "decision", ["supersedes_id"], ["id"])
