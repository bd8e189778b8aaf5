"""Search titles by an index that holds nothing else of the items."""

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_index("ix_item_product_id_title", "item", ["product_id", "title"])
