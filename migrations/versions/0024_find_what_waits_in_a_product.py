"""Find the questions of a product that wait on somebody by an index."""

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_index("ix_question_product_id_waits_on_id", "question", ["product_id", "waits_on_id"])
