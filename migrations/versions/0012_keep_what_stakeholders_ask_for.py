"""Keep the requests of stakeholders."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


_RECIPIENT = (
    "CASE WHEN user_id IS NULL THEN 0 ELSE 1 END + CASE WHEN stakeholder_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN newcomer_id IS NULL THEN 0 ELSE 1 END = 1"
)


def upgrade() -> None:
    op.create_table(
        "request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("stakeholder_id", sa.Integer(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "later",
                "accepted",
                "duplicate",
                "declined",
                "done",
                name="request_state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("duplicate_of_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("solved", sa.Boolean(), nullable=True),
        sa.CheckConstraint("(state = 'duplicate') = (duplicate_of_id IS NOT NULL)", name=op.f("ck_request_duplicate")),
        sa.CheckConstraint("(state = 'new') = (decided_at IS NULL)", name=op.f("ck_request_decided")),
        sa.CheckConstraint("(state IN ('accepted', 'done')) = (item_id IS NOT NULL)", name=op.f("ck_request_item")),
        sa.CheckConstraint("solved IS NULL OR state = 'done'", name=op.f("ck_request_solved")),
        sa.ForeignKeyConstraint(["added_by_id"], ["user.id"], name=op.f("fk_request_added_by_id_user")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["user.id"], name=op.f("fk_request_decided_by_id_user")),
        sa.ForeignKeyConstraint(["duplicate_of_id"], ["request.id"], name=op.f("fk_request_duplicate_of_id_request")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_request_item_id_item")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_request_product_id_product")),
        sa.ForeignKeyConstraint(
            ["stakeholder_id"], ["stakeholder.id"], name=op.f("fk_request_stakeholder_id_stakeholder")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
        sa.UniqueConstraint("product_id", "number", name=op.f("uq_request_product_id_number")),
    )
    op.create_index("ix_request_duplicate_of_id", "request", ["duplicate_of_id"])
    op.create_index("ix_request_item_id", "request", ["item_id"])
    op.create_index("ix_request_product_id_state", "request", ["product_id", "state"])
    op.create_index("ix_request_stakeholder_id", "request", ["stakeholder_id"])

    op.create_table(
        "newcomer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("supports_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_newcomer_product_id_product"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["supports_id"], ["request.id"], name=op.f("fk_newcomer_supports_id_request"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_newcomer")),
    )
    op.create_index("ix_newcomer_at", "newcomer", ["at"])
    op.create_index("ix_newcomer_email", "newcomer", ["email"])
    op.create_index("ix_newcomer_product_id", "newcomer", ["product_id"])

    op.create_table(
        "request_step",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "asked",
                "later",
                "accepted",
                "duplicate",
                "declined",
                "reopened",
                "done",
                "resumed",
                "dropped",
                "solved",
                "unsolved",
                name="step_kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_request_step_by_id_user")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["request.id"], name=op.f("fk_request_step_request_id_request"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("request_id", "number", name=op.f("pk_request_step")),
    )
    op.create_table(
        "request_support",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("stakeholder_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["request.id"], name=op.f("fk_request_support_request_id_request"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["stakeholder_id"], ["stakeholder.id"], name=op.f("fk_request_support_stakeholder_id_stakeholder")
        ),
        sa.PrimaryKeyConstraint("request_id", "stakeholder_id", name=op.f("pk_request_support")),
    )
    op.create_index("ix_request_support_stakeholder_id", "request_support", ["stakeholder_id"])

    op.create_table(
        "request_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("newcomer_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(request_id IS NULL) <> (newcomer_id IS NULL)", name=op.f("ck_request_file_of")),
        sa.ForeignKeyConstraint(
            ["newcomer_id"], ["newcomer.id"], name=op.f("fk_request_file_newcomer_id_newcomer"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["request.id"], name=op.f("fk_request_file_request_id_request"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_file")),
        sa.UniqueConstraint("key", name=op.f("uq_request_file_key")),
    )
    op.create_index("ix_request_file_newcomer_id", "request_file", ["newcomer_id"])
    op.create_index("ix_request_file_request_id", "request_file", ["request_id"])

    with op.batch_alter_table("delivery") as table:
        table.add_column(sa.Column("newcomer_id", sa.Integer(), nullable=True))
        table.create_index("ix_delivery_newcomer_id", ["newcomer_id"])
        table.create_foreign_key(
            op.f("fk_delivery_newcomer_id_newcomer"), "newcomer", ["newcomer_id"], ["id"], ondelete="CASCADE"
        )
        table.drop_constraint(op.f("ck_delivery_recipient"), type_="check")
        table.create_check_constraint(op.f("ck_delivery_recipient"), _RECIPIENT)
    op.add_column("product", sa.Column("next_request", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("product", sa.Column("form_open", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("product", sa.Column("form_serial", sa.Integer(), server_default=sa.text("0"), nullable=False))
