"""Store what was forecast."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "forecast_snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("commitment_id", sa.Integer(), nullable=True),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=True),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("shares", sa.Integer(), nullable=False),
        sa.Column("p50_on", sa.Date(), nullable=True),
        sa.Column("p85_on", sa.Date(), nullable=True),
        sa.Column("p95_on", sa.Date(), nullable=True),
        sa.Column("window_first", sa.Date(), nullable=False),
        sa.Column("window_until", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("drift", sa.Double(), nullable=False),
        sa.Column("target_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column(
            "ending",
            sa.Enum("finished", "withdrawn", name="ending", native_enum=False, create_constraint=True, length=20),
            nullable=True,
        ),
        sa.CheckConstraint("shares IN (0, 2, 3)", name=op.f("ck_forecast_snapshot_shares")),
        sa.CheckConstraint("(ended_on IS NULL) = (ending IS NULL)", name=op.f("ck_forecast_snapshot_ended")),
        sa.ForeignKeyConstraint(
            ["commitment_id"],
            ["commitment.id"],
            name=op.f("fk_forecast_snapshot_commitment_id_commitment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_forecast_snapshot_product_id_product"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecast_snapshot")),
    )
    op.create_index("ix_forecast_snapshot_product_id_made_on", "forecast_snapshot", ["product_id", "made_on"])
    op.create_index("uq_forecast_snapshot_commitment", "forecast_snapshot", ["commitment_id", "made_on"], unique=True)
    op.create_index(
        "uq_forecast_snapshot_product",
        "forecast_snapshot",
        ["product_id", "made_on"],
        unique=True,
        sqlite_where=sa.text("commitment_id IS NULL"),
        postgresql_where=sa.text("commitment_id IS NULL"),
    )
    op.create_table(
        "forecast_memory",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("learnt_on", sa.Date(), nullable=True),
        sa.Column("drift", sa.Double(), nullable=False),
        sa.Column("drift_n", sa.Integer(), nullable=False),
        sa.Column("tried", sa.JSON(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=True),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.CheckConstraint("drift >= 0", name=op.f("ck_forecast_memory_drift")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_forecast_memory_product_id_product"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_forecast_memory")),
    )
