"""Forks processes of the program, which saves the two seconds of importing it and drawing its first pages.

A parent process does both once and waits for orders; for each order it forks a child that becomes the program, with its
own settings and output.

Like a new process, the child has its own session, environment, folder and streams, runs the same `main`, and is stopped
and killed in the same way. Its application is the parent's, given the child's settings. Tests of the start itself use a
new interpreter.
"""

import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


class Forked:
    """A forked process, with the part of the interface of `subprocess.Popen` that the tests use."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, -9 if it was killed; None while it runs."""
        if self.returncode is None:
            self.returncode = _ask(ended=self.pid)
        return self.returncode

    def kill(self) -> None:
        """Kill it at once."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float) -> int:
        """Wait until it has ended; returns its exit code."""
        end = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired("kanban", timeout)
            time.sleep(0.01)
        assert self.returncode is not None
        return self.returncode


def fork(
    *arguments: str, env: dict[str, str], out: Path | str, err: Path | str, feed: Path | str = os.devnull
) -> Forked:
    """Start `kanban …` with this environment; its output is appended to these files."""
    order = {"argv": ["kanban", *arguments], "env": env, "streams": [str(feed), str(out), str(err)]}
    return Forked(_ask(**order))


def _ask(**order: Any) -> Any:
    here = _parent()
    here.sendall(json.dumps(order).encode() + b"\n")
    with here.makefile("rb") as answers:
        return json.loads(answers.readline())


@cache
def _parent() -> socket.socket:
    """A socket to the parent of all children of this process; the parent ends when the socket is closed."""
    here, there = socket.socketpair()
    with there:
        parent = subprocess.Popen(
            [sys.executable, "-m", "tests.forking", str(there.fileno())],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            pass_fds=[there.fileno()],
            start_new_session=True,
        )

    def end() -> None:
        here.close()
        parent.wait(20)

    atexit.register(end)
    return here


def _wait_for_orders(there: socket.socket) -> bool:
    """Answer orders; returns True in a child that is to become the program, False when the socket was closed."""
    orders = there.makefile("rb", buffering=0)
    while line := orders.readline():
        order = json.loads(line)
        if "ended" in order:
            pid, status = os.waitpid(order["ended"], os.WNOHANG)
            there.sendall(json.dumps(os.waitstatus_to_exitcode(status) if pid else None).encode() + b"\n")
            continue
        _warm_up(order["env"])
        if (answer := os.fork()) == 0:
            orders.close()
            there.close()
            _become(order)
            return True
        there.sendall(json.dumps(answer).encode() + b"\n")
    return False


def _become(order: dict[str, Any]) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(order["env"])
    for number, path in enumerate(order["streams"]):
        opened = os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115
    sys.argv[:] = order["argv"]


def _read_everything() -> None:
    """Import all of the program and of what serves it, and exempt these objects from garbage collection."""
    import importlib
    import pkgutil

    import sqlalchemy as sa

    import kanban

    modules = [module.name for module in pkgutil.walk_packages(kanban.__path__, "kanban.")]
    for name in (*modules, "gunicorn.app.base", "gunicorn.workers.gthread", "sqlalchemy.dialects.sqlite", "jinja2.ext"):
        if name != "kanban.__main__":
            importlib.import_module(name)
    sa.orm.configure_mappers()
    gc.collect()
    gc.freeze()


def _warm_up(environ: dict[str, str]) -> None:
    """Draw the first pages with an application on a copy of the workspace, as soon as there is one.

    All children from then on use that application.
    """
    from kanban import app
    from kanban.cli import opening as opening_module
    from kanban.config import Config
    from tests.applications import turn_to, warmed

    opening: Any = opening_module
    path = Path(environ["KANBAN_DATA_DIR"]) / "kanban.sqlite3"
    if opening.create_app is not app.create_app or not path.exists():
        return
    warm = warmed(path)
    if warm is None:
        return

    def turned(config: Config) -> Any:
        if config.proxies or not config.is_sqlite:
            return app.create_app(config)
        with warm.app_context():
            turn_to(warm, config)
        return warm

    opening.create_app = turned
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    _read_everything()
    if _wait_for_orders(socket.socket(fileno=int(sys.argv[1]))):
        from kanban.cli import main

        main()
