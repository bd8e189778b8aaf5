"""Let work go on with an assumption while a question waits for its answer."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    with op.batch_alter_table("question") as table:
        table.add_column(sa.Column("assumption", sa.Text(), nullable=True))
        table.add_column(sa.Column("assumed_until", sa.Date(), nullable=True))
        table.create_check_constraint(op.f("ck_question_assumption"), "(assumption IS NULL) = (assumed_until IS NULL)")
        table.create_check_constraint(op.f("ck_question_goes_on"), "assumption IS NULL OR NOT blocking")
