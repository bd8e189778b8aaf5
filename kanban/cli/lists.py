"""Commands that import a list of items into a product, or export one."""

import json
from pathlib import Path
from typing import IO

import click

from kanban.cli.opening import opened, person_named, product_named
from kanban.extensions import db
from kanban.models import Member, Product
from kanban.reads import locked
from kanban.reads.people.people import owner_of
from kanban.transactions import begin_write
from kanban.transfer import exporting
from kanban.transfer.importing import ImportResult, import_items
from kanban.transfer.rehearsal import Rehearsed, columns_of, rehearse

_PRODUCT = click.option("--product", "key", required=True, metavar="KEY", help="The product’s key.")


@click.command("import")
@click.argument("format_", metavar="FORMAT", type=click.Choice(["csv", "trello"]))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_PRODUCT
@click.option("--as", "email", metavar="EMAIL", help="Who imports; by default, the product’s owner.")
@click.option(
    "--map",
    "overrides",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="Read a column as a field, such as title, status, assignee, finished or ignore.",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
def import_list(
    format_: str, file: Path, key: str, email: str | None, overrides: tuple[str, ...], dry_run: bool
) -> None:
    """Bring a list from another tool into a product.

    It arrives in full or not at all, and nothing arrives twice.

    FORMAT is csv, as Jira, Trello, Azure DevOps, Linear or a spreadsheet writes it, or trello for a board exported as
    JSON. Try --dry-run first: it shows how each column is read.
    """
    with opened():
        product = product_named(key)
        columns, found = columns_of(product), _read(product, file, overrides)
        if dry_run:
            click.echo(f"{found.created} items would be new, {found.known} are here already. Nothing was changed.")
            return
        taken, member = _lock(product, email)
        if columns_of(taken) != columns:  # renamed between the reading and the lock
            click.echo("note       The columns here have changed in the meantime, so the list was read again.")
            found = _read(taken, file, overrides)
        arrived = _bring(taken, found, member, format_)
        for note in arrived.notes:
            click.echo(f"note       {note}")
        click.echo(f"{arrived.created} items are new, {arrived.known} were here already.")


def _read(product: Product, file: Path, overrides: tuple[str, ...]) -> Rehearsed:
    """Read and print what the list means for the product as it stands; exit with 1 if the list has problems to fix."""
    found = rehearse(db.session(), product, file.read_bytes(), overrides)
    _print_reading(found)
    if found.staged.problems:
        for problem in found.staged.problems:
            click.echo(f"{file.name}: {problem}", err=True)
        raise click.exceptions.Exit(1)
    return found


def _print_reading(found: Rehearsed) -> None:
    width = max(len(name) for name, _ in found.mapping)
    for name, field in found.mapping:
        click.echo(f"column     {name:<{width}}  {field or 'left out'}")
    for note in found.staged.notes:
        click.echo(f"note       {note}")


def _lock(product: Product, email: str | None) -> tuple[Product, Member]:
    """Begin a write transaction for the importing person: load their membership and lock the product."""
    session = begin_write()
    person = person_named(email) if email else owner_of(session, product)
    member = locked.membership(session, product.id, person.id)
    taken = locked.lock_product(session, product.id)
    if member is None or taken is None:
        raise click.ClickException(f"{person.email} is not a member of {product.key}.")
    taken.refuse_archived()
    return taken, member


def _bring(product: Product, found: Rehearsed, member: Member, source: str) -> ImportResult:
    session = db.session()
    arrived = import_items(session, product, found.staged.items, by=member, source=source)
    if product.recorded:
        session.commit()
    else:
        session.rollback()
    return arrived


@click.command("export")
@click.argument("format_", metavar="FORMAT", type=click.Choice(["csv", "json"]))
@click.argument("file", type=click.File("wb", atomic=True), default="-")
@_PRODUCT
def export(format_: str, file: IO[bytes], key: str) -> None:
    """Write a product's items to a file, or to standard output.

    FORMAT is csv, which can be imported again, or json, which holds more, such as criteria, comments and decisions,
    but can’t be imported.
    """
    with opened():
        product = product_named(key)
        if format_ == "csv":
            text = exporting.as_csv(db.session(), product)
        else:
            document = exporting.as_document(db.session(), product, has_requests=True)
            text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
        file.write(text.encode())
