"""The command line: serve, people, tokens, transfer, backup, doctor. Exit status 0 only when it did what it says."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click
import flask
import sqlalchemy as sa

from kanban import access, forecasting, keys, migrating, serving, worker
from kanban.app import create_app, log_as_json
from kanban.attachments import Store
from kanban.config import Config, ConfigError
from kanban.errors import KanbanError, Refused
from kanban.extensions import begin_write, db
from kanban.mail.office import PostOffice
from kanban.models import DeliveryState, LinkPurpose, Product, User
from kanban.models.delivery import Delivery
from kanban.reads import locked
from kanban.reads.accounts import products_owned
from kanban.reads.attachments import missing_files
from kanban.reads.invariants import broken_invariants
from kanban.reads.item import owner_of
from kanban.replies import Assets
from kanban.transfer import leaving
from kanban.transfer.arriving import Arrived, arrive
from kanban.transfer.backup import back_up, restore
from kanban.transfer.rehearsal import Rehearsed, rehearse


def main() -> None:
    """Run the command line; refusals are one line on standard error and exit status 1, wrong settings 2."""
    try:
        status = commands(standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.Abort:
        _stop("Stopped.", 130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except ConfigError as error:
        _stop(str(error), 2)
    except KanbanError as error:
        _stop(error.sentence, 1)
    except sa.exc.OperationalError as error:
        _stop(f"The database can't be used: {str(error.orig).strip().splitlines()[0]}", 1)


def _stop(sentence: str, status: int) -> None:
    click.echo(sentence, err=True)
    sys.exit(status)


@click.group(help="Backlog and Kanban board for product owners.")
@click.version_option(package_name="kanban-for-product-owners")
def commands() -> None:
    pass


commands.add_command(forecasting.forecast)


@contextmanager
def _app(config: Config | None = None) -> Iterator[flask.Flask]:
    """An application over an up-to-date database, inside its context."""
    config = config or Config.from_environment()
    migrating.upgrade(config)
    app = create_app(config)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


@commands.command()
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
    with _app(config) as app:
        if with_demo:
            _fill_and_print()
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


@commands.command("demo")
def fill_demo() -> None:
    """Fill an empty installation with the demo workspace and print a sign-in link for each role."""
    with _app():
        _fill_and_print()


def _fill_and_print() -> None:
    from kanban import demo  # its story needs not stay in the memory of the process that serves

    session = begin_write()
    people = session.scalar(sa.select(sa.func.count()).select_from(User))
    if people:
        session.rollback()
        click.echo("There are people here already; the demo workspace was left out.", err=True)
        return
    roles = demo.fill(session)
    with flask.current_app.test_request_context():
        links = [(role, user, keys.make_link(LinkPurpose.SIGN_IN, user, life=keys.PRINTED)) for role, user in roles]
    session.commit()
    click.echo("The demo workspace is ready. Each link signs in once, within a day:")
    for role, user, link in links:
        click.echo(f"  {role:<10} {user.name:<15} {link}")


@commands.command("worker")
def run_worker() -> None:
    """Send due mail until stopped; run as many as you like on PostgreSQL."""
    log_as_json()
    with _app() as app:
        config: Config = app.config["KANBAN"]
        worker.Worker(app, PostOffice.from_config(config)).run_until_told()


@commands.group("db")
def database() -> None:
    """The database."""


@database.command("upgrade")
def upgrade() -> None:
    """Bring the database to the schema of this version (SQLite: after a backup)."""
    changed = migrating.upgrade(Config.from_environment())
    click.echo("The database is up to date now." if changed else "The database was up to date.")


@commands.group("user")
def users() -> None:
    """People with an account."""


@users.command("create")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--admin", "is_admin", is_flag=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create_user(email: str, name: str, is_admin: bool, password_stdin: bool) -> None:
    """Make an account and print a sign-in link."""
    with _app() as app:
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
    with _app() as app:
        session = begin_write()
        user = _person(email)
        with app.test_request_context():
            link = keys.make_link(LinkPurpose.SIGN_IN, user, life=keys.PRINTED)
        session.commit()
        click.echo(link)


@users.command("list")
def list_users() -> None:
    """List everybody with an account."""
    with _app():
        for user in db.session.scalars(sa.select(User).order_by(User.email)):
            marks = " ".join(["admin"] * user.is_admin + ["deactivated"] * (not user.is_active))
            click.echo(f"{user.email}\t{user.name}\t{marks}")


@users.command("deactivate")
@click.argument("email")
def deactivate_user(email: str) -> None:
    """End a person's access."""
    with _app() as app:
        session = begin_write()
        admins = locked.hold_admins(session)
        user = _person(email)
        if admins == [user.id]:
            raise Refused(f"{user.email} is the only administrator. Make another one first.")
        user.is_active = False
        with app.test_request_context():
            access.end_sign_ins(user)
        session.commit()
        click.echo(f"{user.email} has no access any more.")
        if orphans := products_owned(session, user):
            click.echo(f"{', '.join(orphans)}: an administrator has to appoint a new owner, on the page People.")


@commands.group("token")
def tokens() -> None:
    """Tokens for programs."""


@tokens.command("create")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--scope", type=click.Choice(["read", "write", "admin"]), default="read")
def create_token(email: str, name: str, scope: str) -> None:
    """Make a token and print it, and nothing else."""
    with _app():
        begin_write()
        user = _person(email)
        if scope == "admin" and not user.is_admin:
            raise click.ClickException("Only an administrator's token can have the scope admin.")
        secret = keys.make_api_token(user, name, scope)
        db.session.commit()
        click.echo(secret)


def _person(email: str) -> User:
    user = locked.user_by_email(db.session(), email)
    if user is None or not user.is_active:
        raise click.ClickException(f"Nobody with the address {email} has access here.")
    return user


_PRODUCT = click.option("--product", "key", required=True, metavar="KEY", help="The product's key.")


@commands.command("import")
@click.argument("format_", metavar="FORMAT", type=click.Choice(["csv"]))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_PRODUCT
@click.option("--as", "email", metavar="EMAIL", help="Who imports; the product's owner unless given.")
@click.option("--map", "overrides", multiple=True, metavar="COLUMN=FIELD", help="Read a column as a field.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
def import_list(
    format_: str, file: Path, key: str, email: str | None, overrides: tuple[str, ...], dry_run: bool
) -> None:
    """Bring a list from another tool into a product: all of it or nothing, and nothing twice."""
    with _app():
        product = _product(key)
        found = rehearse(db.session(), product, file.read_bytes(), overrides)
        _print_reading(found)
        if found.staged.problems:
            for problem in found.staged.problems:
                click.echo(f"{file.name}: {problem}", err=True)
            raise click.exceptions.Exit(1)
        if dry_run:
            click.echo(f"{found.created} items would be new, {found.known} are here already. Nothing was changed.")
            return
        arrived = _bring(product, found, email, format_)
        for note in arrived.notes:
            click.echo(f"note       {note}")
        click.echo(f"{arrived.created} items are new, {arrived.known} were here already.")


def _product(key: str) -> Product:
    product = locked.product_named(db.session(), key)
    if product is None:
        raise click.ClickException(f"There is no product {key}.")
    return product


def _print_reading(found: Rehearsed) -> None:
    width = max(len(name) for name, _ in found.mapping)
    for name, field in found.mapping:
        click.echo(f"column     {name:<{width}}  {field or 'left out'}")
    for note in found.staged.notes:
        click.echo(f"note       {note}")


def _bring(product: Product, found: Rehearsed, email: str | None, source: str) -> Arrived:
    """One command of the one who imports, as the gate would carry it out."""
    session = begin_write()
    person = _person(email) if email else owner_of(session, product)
    member = locked.membership(session, product.id, person.id)
    taken = locked.lock_product(session, product.id)
    if member is None or taken is None:
        raise click.ClickException(f"{person.email} is no member of {product.key}.")
    if taken.archived_at is not None:
        raise Refused(f"{taken.name} is archived. Bring it back first.", "archived")
    arrived = arrive(session, taken, found.staged.items, by=member, source=source)
    if taken.recorded:
        session.commit()
    else:
        session.rollback()
    return arrived


@commands.command("export")
@click.argument("format_", metavar="FORMAT", type=click.Choice(["csv", "json"]))
@click.argument("file", type=click.File("wb", atomic=True), default="-")
@_PRODUCT
def export(format_: str, file: IO[bytes], key: str) -> None:
    """Write a product's items to a file, or to standard output: csv comes back through import, json has everything."""
    with _app():
        product = _product(key)
        if format_ == "csv":
            text = leaving.as_csv(db.session(), product)
        else:
            document = leaving.as_document(db.session(), product, has_requests=True)
            text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
        file.write(text.encode())


@commands.command()
def doctor() -> None:
    """Check the invariants, the schema, the files of attachments, the mail settings and the outbox."""
    with _app() as app:
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


@commands.command()
@_FILE
def backup(file: Path) -> None:
    """Write the whole database and all attached files into one file (SQLite; on PostgreSQL use pg_dump)."""
    config = Config.from_environment()
    migrating.upgrade(config)
    made = back_up(config, file)
    click.echo(f"{file}: {made.size:,} bytes, with {made.files} attached files")
    if made.missing:
        raise click.ClickException(
            f"{made.missing} attached files are missing or not whole, and not in it; `kanban doctor` names them."
        )


@commands.command("restore")
@_FILE
def restore_backup(file: Path) -> None:
    """Check a backup, then put it in the place of today's database, and bring that up to date."""
    config = Config.from_environment()
    restore(config, file)
    migrating.upgrade(config)
    click.echo(f"{file} is in place.")
