"""How Alembic runs here: on the connection it is handed, inside the transaction that `kanban.migrating` opened."""

from alembic import context

from kanban.models import Model


def run() -> None:
    """Run the revisions on the given connection."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=False,
        transaction_per_migration=False,
    )
    context.run_migrations()


run()
