"""The command line: serve, people, tokens, transfer, backup, doctor. Exit status 0 only if it did what it says."""

import sys

import click
import sqlalchemy as sa

from kanban import forecasting
from kanban.cli import keeping, lists, people, running
from kanban.config import ConfigError
from kanban.errors import KanbanError


def main() -> None:
    """Run the command line; refusals are one line on standard error and exit status 1, wrong settings 2."""
    try:
        status = commands(prog_name="kanban", standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
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
    except sa.exc.OperationalError as error:
        _stop(f"The database can't be used: {str(error.orig).strip().splitlines()[0]}", 1)


def _in_one_line(error: click.ClickException) -> str:
    """What is wrong, and after a usage error where to read more."""
    sentence = " ".join(error.format_message().split())
    if isinstance(error, click.UsageError) and error.ctx:
        return f"{sentence} How it goes: {error.ctx.command_path} --help"
    return sentence


def _stop(sentence: str, status: int) -> None:
    click.echo(sentence, err=True)
    sys.exit(status)


@click.group(help="Backlog and Kanban board for product owners.")
@click.version_option(package_name="kanban-for-product-owners")
def commands() -> None:
    pass


for _command in (
    forecasting.forecast,
    running.run,
    running.fill_demo,
    running.run_worker,
    people.users,
    people.tokens,
    lists.import_list,
    lists.export,
    keeping.database,
    keeping.doctor,
    keeping.backup,
    keeping.restore_backup,
):
    commands.add_command(_command)
