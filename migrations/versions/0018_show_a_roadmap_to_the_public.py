"""Show a public roadmap to whoever has its link: ticked items and milestones under public titles."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "roadmap",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_roadmap_product_id_product"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_roadmap")),
    )
    op.create_table(
        "roadmap_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("milestone_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.CheckConstraint("(item_id IS NULL) <> (milestone_id IS NULL)", name=op.f("ck_roadmap_line_subject")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_roadmap_line_product_id_product"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_roadmap_line_item_id_item"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id"], ["milestone.id"], name=op.f("fk_roadmap_line_milestone_id_milestone"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roadmap_line")),
        sa.UniqueConstraint("item_id", name=op.f("uq_roadmap_line_item_id")),
        sa.UniqueConstraint("milestone_id", name=op.f("uq_roadmap_line_milestone_id")),
    )
    op.create_index("ix_roadmap_line_product_id", "roadmap_line", ["product_id"])
