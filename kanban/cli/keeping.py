"""Commands that maintain an installation: schema upgrade, doctor, backup and restore."""

from pathlib import Path

import click
import sqlalchemy as sa

from kanban import migrating
from kanban.attachments import Store
from kanban.cli.opening import opened
from kanban.config import Config
from kanban.extensions import db
from kanban.models import DeliveryState
from kanban.models.delivery import Delivery
from kanban.reads.invariants import broken_invariants
from kanban.reads.items.attachments import missing_files
from kanban.transfer.backup import back_up, restore


@click.group("db")
def database() -> None:
    """The database."""


@database.command("upgrade")
def upgrade() -> None:
    """Bring the database to the schema of this version.

    On SQLite, a backup is made first.
    """
    changed = migrating.upgrade(Config.from_environment())
    click.echo("The database is up to date now." if changed else "The database was already up to date.")


@click.command()
def doctor() -> None:
    """Check whether the installation is well.

    Checks the invariants, the schema, the attached files, the mail settings and the outbox.
    """
    with opened() as app:
        config: Config = app.config["KANBAN"]
        broken = [
            *broken_invariants(db.session()),
            *missing_files(db.session(), Store(config.attachments_dir)),
        ]
        waiting, refused = (
            db.session.scalar(sa.select(sa.func.count()).select_from(Delivery).where(Delivery.state == state))
            for state in (DeliveryState.WAITING, DeliveryState.REFUSED)
        )
        click.echo(f"database   {db.engine.dialect.name}, schema up to date")
        click.echo(f"mail       {'by SMTP' if config.smtp_url else 'kept in the app: KANBAN_SMTP_URL is not set'}")
        click.echo(f"outbox     {waiting} waiting, {refused} refused")
        for sentence in broken:
            click.echo(f"broken     {sentence}", err=True)
        click.echo(f"invariants {'all hold' if not broken else f'{len(broken)} broken'}")
        if broken:
            raise click.exceptions.Exit(1)


_FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.command()
@_FILE
def backup(file: Path) -> None:
    """Write the whole database and all attached files into one file.

    On SQLite, people can go on working; on PostgreSQL, use pg_dump.
    """
    config = Config.from_environment()
    migrating.upgrade(config, may_begin=False)
    made = back_up(config, file)
    click.echo(f"{file}: {made.size:,} bytes, with {made.files} attached files")
    if made.missing:
        raise click.ClickException(
            f"{made.missing} attached files are missing or incomplete and were left out; `kanban doctor` names them."
        )


@click.command("restore")
@_FILE
def restore_backup(file: Path) -> None:
    """Check a backup, then replace the current database with it.

    The new one is brought up to date as well.
    """
    restore(Config.from_environment(), file)
    click.echo(f"{file} is in place. If the server is running, restart it: it may still show what was there before.")
