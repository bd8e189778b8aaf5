"""Mark starts whose day nobody knows."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    # Plain SQL, since SQLite adds a CHECK to an existing table only together with the column that it is about.
    true = sa.true().compile(dialect=op.get_context().dialect)
    op.execute(
        f"ALTER TABLE item ADD COLUMN is_start_known BOOLEAN DEFAULT {true} NOT NULL "
        "CONSTRAINT ck_item_start_known CHECK (is_start_known OR started_at IS NOT NULL)"
    )
    op.create_index(
        "ix_item_start_unknown",
        "item",
        ["column_id", "rank"],
        sqlite_where=sa.text("is_start_known = 0"),
        postgresql_where=sa.text("NOT is_start_known"),
    )
    op.execute(MARK)


_item = sa.table(
    "item",
    sa.column("id", sa.Integer),
    sa.column("import_key", sa.Text),
    sa.column("started_at", sa.DateTime(timezone=True)),
    sa.column("is_start_known", sa.Boolean),
)
_event = sa.table(
    "event",
    sa.column("product_id", sa.Integer),
    sa.column("version", sa.Integer),
    sa.column("item_id", sa.Integer),
    sa.column("kind", sa.Text),
    sa.column("data", sa.JSON),
    sa.column("effective_at", sa.DateTime(timezone=True)),
)
_imports = sa.select(_event.c.product_id, _event.c.version).where(_event.c.kind == "imported")
_moved = sa.exists().where(_event.c.item_id == _item.c.id, _event.c.kind == "moved")
#: Items that an import moved straight from the queue to done; with a start date, it would have moved them into doing
#: first. They have been left out of the cycle times until now.
_came_in_as_done = sa.and_(
    _item.c.import_key.is_not(None),
    _moved.where(
        _event.c.effective_at == _item.c.started_at,
        _event.c.data["from_stage"].as_string().in_(("backlog", "ready")),
        _event.c.data["to_stage"].as_string() == "done",
        sa.tuple_(_event.c.product_id, _event.c.version).in_(_imports),
    ),
)
#: Items with a move that was undone: for them, the log says that the start is known.
_was_taken_back = _moved.where(_event.c.data["undoes"].as_string().is_not(None))
MARK = sa.update(_item).values(is_start_known=False).where(_came_in_as_done, ~_was_taken_back)
