"""Commands about people with an account, and about API tokens."""

import sys

import click
import sqlalchemy as sa

from kanban import identity, keys
from kanban.cli.opening import opened, person_named
from kanban.errors import Refused
from kanban.extensions import db
from kanban.models import LinkPurpose, User
from kanban.reads import locked
from kanban.reads.people.accounts import products_owned
from kanban.transactions import begin_write


@click.group("user")
def users() -> None:
    """People with an account."""


@users.command("create")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--admin", "is_admin", is_flag=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create_user(email: str, name: str, is_admin: bool, password_stdin: bool) -> None:
    """Make an account and print a sign-in link."""
    with opened(may_begin=True) as app:
        session = begin_write()
        if locked.user_by_email(session, email) is not None:
            raise click.ClickException("Somebody with this address is here already.")
        user = User(email=email, name=name, is_admin=is_admin)
        if password_stdin:
            user.password_hash = keys.hash_password(sys.stdin.readline().rstrip("\n"))
        session.add(user)
        session.flush()
        with app.test_request_context():
            link = keys.make_link(LinkPurpose.SIGN_IN, user, life=keys.PRINTED)
        session.commit()
        click.echo(link)


@users.command("link")
@click.argument("email")
def user_link(email: str) -> None:
    """Print a single-use sign-in link."""
    with opened() as app:
        session = begin_write()
        user = person_named(email)
        with app.test_request_context():
            link = keys.make_link(LinkPurpose.SIGN_IN, user, life=keys.PRINTED)
        session.commit()
        click.echo(link)


@users.command("list")
def list_users() -> None:
    """List everybody with an account."""
    with opened():
        for user in db.session.scalars(sa.select(User).order_by(User.email)):
            marks = " ".join(["admin"] * user.is_admin + ["deactivated"] * (not user.is_active))
            click.echo(f"{user.email}\t{user.name}\t{marks}")


@users.command("deactivate")
@click.argument("email")
def deactivate_user(email: str) -> None:
    """End a person's access."""
    with opened() as app:
        session = begin_write()
        admins = locked.hold_admins(session)
        user = person_named(email)
        if admins == [user.id]:
            raise Refused(f"{user.email} is the only administrator. Make another one first.")
        user.is_active = False
        with app.test_request_context():
            identity.end_sign_ins(user)
        session.commit()
        click.echo(f"{user.email} no longer has access.")
        if orphans := products_owned(session, user):
            click.echo(f"{', '.join(orphans)}: an administrator has to appoint a new owner, on the People page.")


@click.group("token")
def tokens() -> None:
    """Tokens for programs."""


@tokens.command("create")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--scope", type=click.Choice(["read", "write", "admin"]), default="read")
def create_token(email: str, name: str, scope: str) -> None:
    """Make a token and print it, and nothing else."""
    with opened():
        begin_write()
        user = person_named(email)
        if scope == "admin" and not user.is_admin:
            raise click.ClickException("Only an administrator’s token can have the scope admin.")
        secret = keys.make_api_token(user, name, scope)
        db.session.commit()
        click.echo(secret)
