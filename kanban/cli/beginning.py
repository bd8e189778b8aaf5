"""How a process that serves pages or sends mail begins: the application over an up-to-date database."""

import os
from contextlib import suppress

import click
import flask
import sqlalchemy as sa

from kanban import keys
from kanban.app import log_as_json
from kanban.assets import Assets
from kanban.background import worker
from kanban.background.courier import Courier
from kanban.cli.opening import opened
from kanban.config import Config, ConfigError
from kanban.extensions import db
from kanban.mail.office import PostOffice
from kanban.models import LinkPurpose, User
from kanban.service import Service
from kanban.transactions import begin_write


def begun(config: Config, *, with_link: bool) -> Service:
    """The service, ready to run; prints its address and, `with_link`, a link for the first administrator."""
    _refuse_read_only(config)
    log_as_json()
    if Assets().missing():
        raise click.ClickException("The scripts and styles have not been built. Build them with: python3 dev.py assets")
    with opened(config, may_begin=True) as app:
        if with_link:
            _print_first_link()
    _tell(f"Serving at {config.base_url}")
    return Service(app)


def _refuse_read_only(config: Config) -> None:
    """Raise ConfigError if this user may only read the database file: pages would open, but no change could be kept."""
    file = sa.make_url(config.database_url).database
    if config.is_sqlite and file and os.path.exists(file) and not os.access(file, os.W_OK):
        where = "KANBAN_DATABASE_URL" if os.environ.get("KANBAN_DATABASE_URL") else "KANBAN_DATA_DIR"
        raise ConfigError(f"{where}: {file} can’t be written by this user.")


def _tell(line: str) -> None:
    """Print a line to standard error; if that can't be written (its disk is full, say), serve all the same."""
    with suppress(OSError):
        click.echo(line, err=True)


def _print_first_link() -> None:
    if db.session.scalar(sa.select(User.id).limit(1)) is not None:
        return
    begin_write()
    with flask.current_app.test_request_context():
        link = keys.make_link(LinkPurpose.SETUP, None)
    db.session.commit()
    _tell("Nobody is here yet. Open this link once to become the administrator:")
    _tell(f"  {link}")


@click.command("worker")
def run_worker() -> None:
    """Send due mail and webhook messages until stopped.

    On PostgreSQL, run as many as you like.
    """
    config = Config.from_environment()
    _refuse_read_only(config)
    log_as_json()
    with opened(config, may_begin=True) as app:
        worker.Worker(app, PostOffice.from_config(config)).run_until_signalled(beside=Courier(app))
