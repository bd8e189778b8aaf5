"""Commands that keep running, or make ready to: serve, fill the demo workspace, send mail."""

import os

import click
import flask
import sqlalchemy as sa

from kanban import keys, serving, worker
from kanban.app import log_as_json
from kanban.assets import Assets
from kanban.cli.opening import opened
from kanban.config import Config
from kanban.extensions import begin_write, db
from kanban.mail.office import PostOffice
from kanban.models import LinkPurpose, User


@click.command()
@click.option("--host", help="Address to listen on (KANBAN_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (KANBAN_PORT).")
@click.option("--demo", "with_demo", is_flag=True, help="Fill an empty installation with the demo workspace first.")
def run(host: str | None, port: int | None, with_demo: bool) -> None:
    """Bring the database up to date and serve, with the mail worker inside."""
    environ = dict(os.environ)
    if host:
        environ["KANBAN_HOST"] = host
    if port:
        environ["KANBAN_PORT"] = str(port)
    config = Config.from_environment(environ)
    log_as_json()
    if Assets().missing():
        raise click.ClickException("The scripts and styles are not built. Build them: python3 dev.py assets")
    serving.refuse_taken(config.host, config.port)
    with opened(config) as app:
        if with_demo:
            if not _fill_and_print():
                click.echo(_LEFT_OUT, err=True)
        else:
            _print_first_link()
    click.echo(f"Serving at {config.base_url}", err=True)
    serving.serve(app, host=config.host, port=config.port)


def _print_first_link() -> None:
    if db.session.scalar(sa.select(User.id).limit(1)) is not None:
        return
    begin_write()
    with flask.current_app.test_request_context():
        link = keys.make_link(LinkPurpose.SETUP, None)
    db.session.commit()
    click.echo("Nobody is here yet. Open this link once to become the administrator:", err=True)
    click.echo(f"  {link}", err=True)


@click.command("demo")
def fill_demo() -> None:
    """Fill an empty installation with the demo workspace and print a sign-in link for each role."""
    with opened():
        if not _fill_and_print():
            raise click.ClickException(_LEFT_OUT)


_LEFT_OUT = "There are people here already; the demo workspace was left out."


def _fill_and_print() -> bool:
    """False, and nothing changed, where there are people already."""
    from kanban import demo  # its story needs not stay in the memory of the process that serves

    session = begin_write()
    people = session.scalar(sa.select(sa.func.count()).select_from(User))
    if people:
        session.rollback()
        return False
    roles = demo.fill(session)
    with flask.current_app.test_request_context():
        links = [(role, user, keys.make_link(LinkPurpose.SIGN_IN, user, life=keys.PRINTED)) for role, user in roles]
    session.commit()
    click.echo("The demo workspace is ready. Each link signs in once, within a day:")
    for role, user, link in links:
        click.echo(f"  {role:<10} {user.name:<15} {link}")
    return True


@click.command("worker")
def run_worker() -> None:
    """Send due mail until stopped; run as many as you like on PostgreSQL."""
    log_as_json()
    with opened() as app:
        config: Config = app.config["KANBAN"]
        worker.Worker(app, PostOffice.from_config(config)).run_until_told()
