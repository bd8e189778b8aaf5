"""How a command reports that it can't do something: one line on standard error, and an exit status."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click

from kanban.config import ConfigError
from kanban.errors import KanbanError


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """Turn errors raised inside into one line and an exit status: 1 for a refusal, 2 for a wrong setting or use."""
    try:
        yield
    except click.Abort:
        _stop("Stopped.", 130)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        _stop(_in_one_line(error), error.exit_code)
    except ConfigError as error:
        _stop(str(error), 2)
    except KanbanError as error:
        _stop(error.sentence, 1)
    except _of_database() as error:
        if not _is_unusable(error):
            raise
        where = "KANBAN_DATABASE_URL" if os.environ.get("KANBAN_DATABASE_URL") else "KANBAN_DATA_DIR"
        why = str(error.orig).strip().splitlines()[0]  # type: ignore[attr-defined]
        _stop(f"{where}: the database there can’t be used ({why}).", 1)


def _of_database() -> type[Exception]:
    """SQLAlchemy's DatabaseError, imported only after an error, so that commands without a database don't load it."""
    from sqlalchemy.exc import DatabaseError

    return DatabaseError


def _is_unusable(error: Exception) -> bool:
    """Whether the database is away, full or no database at all; any other error of it is a bug and is raised on."""
    from sqlalchemy.exc import DatabaseError, OperationalError

    return type(error) in (DatabaseError, OperationalError)


def _in_one_line(error: click.ClickException) -> str:
    """The error's message on one line; after a usage error, also where to find help."""
    sentence = " ".join(error.format_message().split())
    if isinstance(error, click.UsageError) and error.ctx:
        return f"{sentence} For help: {error.ctx.command_path} --help"
    return sentence


def _stop(sentence: str, status: int) -> None:
    with suppress(OSError):  # if the log's disk is full, the exit status still tells
        click.echo(sentence, err=True)
    sys.exit(status)
