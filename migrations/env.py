"""How Alembic runs here: on the connection it is given, inside the transaction that `kanban.migrating` opened."""

from typing import Any, Literal

from alembic import context

from kanban.models import Model
from kanban.models.base import UtcDateTime


def _render(kind: str, what: Any, _context: Any) -> str | Literal[False]:
    """Write plain SQLAlchemy types, so that revisions still run when the models have changed."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(what, UtcDateTime) else False


def is_modelled(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether the models describe a table: all but the full-text index, made later by `kanban.models.search_index`."""
    return kind != "table" or not (name or "").startswith("search_index")


def run() -> None:
    """Run the revisions on the given connection."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Model.metadata,
        render_as_batch=True,
        render_item=_render,
        compare_type=True,
        include_name=is_modelled,
        transactional_ddl=False,
        transaction_per_migration=False,
    )
    context.run_migrations()


run()
