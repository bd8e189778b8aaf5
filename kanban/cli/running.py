"""`kanban run`: its process only watches the process that serves, so it loads as little of the program as it can."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping

import click

from kanban import serving
from kanban.cli.refusals import errors_in_one_line
from kanban.config import Config


@click.command()
@click.option("--host", help="Address to listen on (KANBAN_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (KANBAN_PORT).")
@click.option("--demo", "with_demo", is_flag=True, help="Fill an empty installation with the demo workspace first.")
def run(host: str | None, port: int | None, with_demo: bool) -> None:
    """Bring the database up to date and serve.

    The mail worker runs as part of it.
    """
    environ = dict(os.environ)
    if host:
        environ["KANBAN_HOST"] = host
    if port:
        environ["KANBAN_PORT"] = str(port)
    config = Config.from_environment(environ)
    serving.refuse_taken(config.host, config.port)
    if with_demo:
        _fill(environ)

    def begin() -> serving.Service:
        from kanban.cli.beginning import begun

        with errors_in_one_line():
            return begun(config, with_link=not with_demo)
        raise AssertionError("what is refused ends the process")

    serving.serve(begin, host=config.host, port=config.port, threads=config.threads)


def _fill(environ: Mapping[str, str]) -> None:
    """Fill the demo workspace in a child process, since building it takes 50 MB that would never be given back.

    A signal to stop is passed on to the child, so that nothing is filled for a server that was told to stop.
    """
    filling = subprocess.Popen([sys.executable, "-m", "kanban", "demo", "--if-empty"], env=environ)
    told = signal.SIGTERM, signal.SIGINT
    before = [signal.signal(each, lambda _number, _frame: filling.terminate()) for each in told]
    ended = filling.wait()
    for each, handler in zip(told, before, strict=True):
        signal.signal(each, handler)
    if ended:
        sys.exit(ended if ended > 0 else 128 - ended)
