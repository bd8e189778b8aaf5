"""Promise dates to people."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("last_on >= first_on", name=op.f("ck_closure_days")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_closure_product_id_product"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
        sa.UniqueConstraint("product_id", "first_on", "last_on", name=op.f("uq_closure_product_id_first_on_last_on")),
    )
    op.create_table(
        "milestone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("top", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("top IS NULL OR top >= 1", name=op.f("ck_milestone_top")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_milestone_product_id_product"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
        sa.UniqueConstraint("product_id", "number", name=op.f("uq_milestone_product_id_number")),
    )
    op.create_table(
        "commitment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("milestone_id", sa.Integer(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name=op.f("ck_commitment_withdrawn")),
        sa.CheckConstraint("item_id IS NULL OR milestone_id IS NULL", name=op.f("ck_commitment_subject")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_commitment_item_id_item")),
        sa.ForeignKeyConstraint(["made_by_id"], ["user.id"], name=op.f("fk_commitment_made_by_id_user")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_commitment_milestone_id_milestone")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_commitment_product_id_product"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
        sa.UniqueConstraint("product_id", "number", name=op.f("uq_commitment_product_id_number")),
    )
    op.create_index("ix_commitment_item_id", "commitment", ["item_id"])
    op.create_index("ix_commitment_milestone_id", "commitment", ["milestone_id"])
    op.create_index(
        "uq_commitment_item",
        "commitment",
        ["item_id"],
        unique=True,
        sqlite_where=sa.text("item_id IS NOT NULL AND withdrawn_at IS NULL"),
        postgresql_where=sa.text("item_id IS NOT NULL AND withdrawn_at IS NULL"),
    )
    op.create_index(
        "uq_commitment_milestone",
        "commitment",
        ["milestone_id"],
        unique=True,
        sqlite_where=sa.text("milestone_id IS NOT NULL AND withdrawn_at IS NULL"),
        postgresql_where=sa.text("milestone_id IS NOT NULL AND withdrawn_at IS NULL"),
    )

    op.create_table(
        "milestone_item",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_milestone_item_item_id_item"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id"],
            ["milestone.id"],
            name=op.f("fk_milestone_item_milestone_id_milestone"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_milestone_item")),
    )
    op.create_index("ix_milestone_item_milestone_id", "milestone_item", ["milestone_id"])

    op.create_table(
        "commitment_change",
        sa.Column("commitment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "scope_added",
                "estimate_wrong",
                "slower_pace",
                "blocked",
                "dependency",
                "people",
                "priority_change",
                "decision_awaited",
                "external",
                name="cause",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("mitigation", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("from_on <> to_on", name=op.f("ck_commitment_change_moves")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_commitment_change_by_id_user")),
        sa.ForeignKeyConstraint(
            ["commitment_id"],
            ["commitment.id"],
            name=op.f("fk_commitment_change_commitment_id_commitment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("commitment_id", "number", name=op.f("pk_commitment_change")),
    )
    op.create_table(
        "commitment_stakeholder",
        sa.Column("commitment_id", sa.Integer(), nullable=False),
        sa.Column("stakeholder_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["commitment_id"],
            ["commitment.id"],
            name=op.f("fk_commitment_stakeholder_commitment_id_commitment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["stakeholder_id"], ["stakeholder.id"], name=op.f("fk_commitment_stakeholder_stakeholder_id_stakeholder")
        ),
        sa.PrimaryKeyConstraint("commitment_id", "stakeholder_id", name=op.f("pk_commitment_stakeholder")),
    )
    op.create_index("ix_commitment_stakeholder_stakeholder_id", "commitment_stakeholder", ["stakeholder_id"])

    op.add_column("product", sa.Column("working_days", sa.Text(), server_default=sa.text("'12345'"), nullable=False))
    op.add_column("product", sa.Column("next_milestone", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("product", sa.Column("next_commitment", sa.Integer(), server_default=sa.text("1"), nullable=False))
