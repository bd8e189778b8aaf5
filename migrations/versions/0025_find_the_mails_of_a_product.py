"""Find the deliveries of a product by an index."""

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_index("ix_delivery_product_id_kind", "delivery", ["product_id", "kind"])
