"""`kanban demo`: fill an empty installation with the demo workspace."""

import click
import flask
import sqlalchemy as sa

from kanban import demo, keys
from kanban.cli.opening import opened
from kanban.models import LinkPurpose, User
from kanban.reads.people.accounts import hold_first_account
from kanban.transactions import begin_write

_LEFT_OUT = "There are people here already, so the demo workspace was left out."


@click.command("demo")
@click.option("--if-empty", is_flag=True, help="If the installation is in use, leave it as it is and succeed.")
def fill_demo(if_empty: bool) -> None:
    """Fill an empty installation with the demo workspace.

    Prints one sign-in link each for its owner, a delegate, a lead and a developer.
    """
    with opened(may_begin=True):
        session = begin_write()
        hold_first_account(session)
        if session.scalar(sa.select(sa.func.count()).select_from(User)):
            session.rollback()
            if not if_empty:
                raise click.ClickException(_LEFT_OUT)
            click.echo(_LEFT_OUT, err=True)
            return
        roles = demo.fill(session)
        with flask.current_app.test_request_context():
            links = [(role, user, keys.make_link(LinkPurpose.SIGN_IN, user, life=keys.PRINTED)) for role, user in roles]
        session.commit()
    click.echo("The demo workspace is ready. Each link signs in once, within a day:")
    for role, user, link in links:
        click.echo(f"  {role:<10} {user.name:<15} {link}")
