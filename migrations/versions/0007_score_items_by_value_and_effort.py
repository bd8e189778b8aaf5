"""Score items by value and effort."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # Plain SQL, since SQLite adds a CHECK to an existing table only together with the column that it is about.
    for name in ("value", "effort"):
        op.execute(
            f"ALTER TABLE item ADD COLUMN {name} INTEGER CONSTRAINT ck_item_{name} CHECK ({name} BETWEEN 1 AND 5)"
        )
