"""Link items to each other."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "link",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("needs", "split_from", name="link_kind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("item_id <> other_id", name=op.f("ck_link_itself")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_link_item_id_item", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["other_id"], ["item.id"], name="fk_link_other_id_item", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id", "kind", "other_id", name="pk_link"),
    )
    op.create_index("ix_link_other_id", "link", ["other_id"])
    op.create_index(
        "uq_link_split_from",
        "link",
        ["item_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'split_from'"),
        postgresql_where=sa.text("kind = 'split_from'"),
    )
