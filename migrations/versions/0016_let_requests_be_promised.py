"""Let requests be promised."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_SUBJECT = (
    "(item_id IS NULL OR milestone_id IS NULL) AND (request_id IS NULL OR (item_id IS NULL AND milestone_id IS NULL))"
)
_STANDS = "request_id IS NOT NULL AND withdrawn_at IS NULL"


def upgrade() -> None:
    with op.batch_alter_table("commitment") as table:
        table.add_column(sa.Column("request_id", sa.Integer(), nullable=True))
        table.create_index("ix_commitment_request_id", ["request_id"])
        table.create_foreign_key(op.f("fk_commitment_request_id_request"), "request", ["request_id"], ["id"])
        table.drop_constraint(op.f("ck_commitment_subject"), type_="check")
        table.create_check_constraint(op.f("ck_commitment_subject"), _SUBJECT)
    op.create_index(
        "uq_commitment_request",
        "commitment",
        ["request_id"],
        unique=True,
        sqlite_where=sa.text(_STANDS),
        postgresql_where=sa.text(_STANDS),
    )
