"""The program as a real process, for tests that start, ask, stop and kill it."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError

from tests import forking

ROOT = Path(__file__).parent.parent


@dataclass
class Server:
    """`kanban run` in a process group of its own; its data and log are in `folder`.

    If `forked`, its processes come from `forking`, which takes a quarter of the time.
    """

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=lambda: free_port())
    forked: bool = False
    process: subprocess.Popen[bytes] | forking.Forked | None = None

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """All that it has printed so far."""
        path = self.folder / "server.log"
        return path.read_text() if path.exists() else ""

    def start(self, *arguments: str, within_s: float = 60) -> None:
        """Start it and wait until it is ready to serve."""
        self.process = self._forked_run(*arguments) if self.forked else self._new_run(*arguments)
        self._wait(within_s)

    def _new_run(self, *arguments: str) -> "subprocess.Popen[bytes]":
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "kanban", "run", *arguments],
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _forked_run(self, *arguments: str) -> forking.Forked:
        log = self.folder / "server.log"
        return forking.fork("run", *arguments, env=self._environment(), out=log, err=log)

    def stop(self) -> None:
        """Ask it to stop and wait until it has."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it and its children at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def command(self, *arguments: str, feed: str = "") -> str:
        """Run `kanban …` on the same data; returns what it printed, and fails if the command failed."""
        if self.forked:
            return self._forked_command(*arguments, feed=feed)
        done = subprocess.run(
            [sys.executable, "-m", "kanban", *arguments],
            cwd=ROOT,
            env=self._environment(),
            input=feed,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"kanban {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def _forked_command(self, *arguments: str, feed: str) -> str:
        with tempfile.TemporaryDirectory() as name:
            said, complained, given = (Path(name) / each for each in ("out", "err", "in"))
            given.write_text(feed)
            ended = forking.fork(*arguments, env=self._environment(), out=said, err=complained, feed=given).wait(600)
            assert ended == 0, f"kanban {' '.join(arguments)}: {said.read_text()}{complained.read_text()}"
            return said.read_text().strip()

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KANBAN_")}
        return {**kept, "KANBAN_DATA_DIR": str(self.folder), "KANBAN_PORT": str(self.port), **self.settings}

    def _wait(self, within_s: float) -> None:
        assert self.process is not None
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(f"The server ended with {self.process.returncode}:\n{self.log}")
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                    return
            except (URLError, OSError):
                time.sleep(0.05)
        self.kill()
        raise AssertionError(f"The server was not ready after {within_s} s:\n{self.log}")

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)
            raise AssertionError(f"The server did not stop within 20 s:\n{self.log}") from None
        finally:
            self.process = None


@contextmanager
def serving(folder: Path, *arguments: str, forked: bool = False, **settings: str) -> Iterator[Server]:
    """A server that runs as long as the block; arguments go to `kanban run`, settings are KANBAN_… variables.

    It is killed at the end, since a clean stop waits three seconds for kept-alive connections.
    """
    folder.mkdir(parents=True, exist_ok=True)
    server = Server(folder, settings, forked=forked)
    server.start(*arguments)
    try:
        yield server
    finally:
        server.kill()


def free_port() -> int:
    """A port that nothing is listening on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
