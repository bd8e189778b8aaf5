"""The command line: serve, people, tokens, transfer, backup, doctor.

A command exits with status 0 only if it did what it says.
"""

import importlib
import sys

import click

from kanban.cli.refusals import errors_in_one_line

_PLACES = {
    "backup": "kanban.cli.keeping:backup",
    "db": "kanban.cli.keeping:database",
    "demo": "kanban.cli.filling:fill_demo",
    "doctor": "kanban.cli.keeping:doctor",
    "export": "kanban.cli.lists:export",
    "forecast": "kanban.cli.forecasting:forecast",
    "import": "kanban.cli.lists:import_list",
    "restore": "kanban.cli.keeping:restore_backup",
    "run": "kanban.cli.running:run",
    "token": "kanban.cli.people:tokens",
    "user": "kanban.cli.people:users",
    "worker": "kanban.cli.beginning:run_worker",
}


def main() -> None:
    """Run the command line; a refusal is one line on standard error with exit status 1, a wrong setting with 2."""
    with errors_in_one_line():
        status = commands(prog_name="kanban", standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)


class _Commands(click.Group):
    """Imports a command only when it is called.

    The process of `run` lives as long as the server that it watches, so it should load no other command.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module, _, name = _PLACES.get(cmd_name, "").partition(":")
        if not module:
            return None
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=_Commands, help="Backlog and Kanban board for product owners.")
@click.version_option(package_name="kanban-for-product-owners")
def commands() -> None:
    pass
