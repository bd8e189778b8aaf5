"""A real sender and a real mail server, for the test that kills the sender and for the benchmark of mail."""

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from tests import forking
from tests.mail.server import MailServer
from tests.server import ROOT

CUT = "The connection was lost before the mail server said whether it accepted the mail"


@dataclass
class Sender:
    """`kanban worker` as a process of its own that hands mails to a server; its log is beside the data."""

    folder: Path
    database_url: str
    server: MailServer
    forked: bool = False
    process: subprocess.Popen[bytes] | forking.Forked | None = None

    def start(self) -> "Sender":
        """Start it; it needs a moment until its first mail."""
        path = self.folder / "worker.log"
        if self.forked:
            self.process = forking.fork("worker", env=self._environment(), out=path, err=path)
            return self
        with path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kanban", "worker"],
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self

    def kill(self) -> None:
        """Kill it at once, whatever it is doing."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(20)

    def wait(self, done: Callable[[], bool], within_s: float, pause_s: float = 0.01) -> None:
        """Wait until `done`; AssertionError if that takes too long or the sender has ended by itself."""
        assert self.process is not None
        end, log = time.monotonic() + within_s, self.folder / "worker.log"
        while not done():
            assert self.process.poll() is None, f"The sender ended:\n{log.read_text()[-2000:]}"
            assert time.monotonic() < end, f"{self.server.count} mails after {within_s:.0f} s: {self.states()}"
            time.sleep(pause_s)

    def states(self) -> dict[str, int]:
        """The number of deliveries by state."""
        engine = sa.create_engine(self.database_url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            found = connection.execute(sa.text("SELECT state, count(*) FROM delivery GROUP BY state"))
            return {state: count for state, count in found}

    def hurry(self) -> None:
        """Make all waiting deliveries due now, since the pauses between tries grow to minutes after kills."""
        engine = sa.create_engine(self.database_url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE delivery SET due_at = created_at WHERE state = 'waiting'"))

    def cuts(self) -> int:
        """How often it lost the connection after a final dot, or gave up waiting for the answer."""
        return (self.folder / "worker.log").read_text().count(CUT)

    def memory_mb(self) -> float:
        """The memory that it holds, with shared pages counted in part (Linux)."""
        assert self.process is not None
        told = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return round(int(re.findall(r"(?m)^Pss:\s+(\d+)", told)[0]) / 1024, 1)

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KANBAN_")}
        own = {
            "KANBAN_DATA_DIR": str(self.folder),
            "KANBAN_DATABASE_URL": self.database_url,
            "KANBAN_SMTP_URL": self.server.url,
            "KANBAN_MAIL_FROM": "kanban@example.org",
            "KANBAN_BASE_URL": "https://kanban.example.org",
        }
        return {**kept, **own}


def kill_while_sending(sender: Sender, mails: int, kills: int, *, seed: int = 1, within_s: float = 60) -> None:
    """Kill the sender `kills` times, spread evenly over the mails and each time at a random moment; it starts again."""
    dice = random.Random(seed)
    for n in range(kills):
        goal = max(sender.server.count + 1, mails * (n + 1) // (kills + 1))
        sender.wait(lambda goal=goal: sender.server.count >= goal, within_s)  # type: ignore[misc]
        time.sleep(dice.random() * 0.3)
        sender.kill()
        sender.start()


@dataclass
class Arrivals:
    """What the mail server accepted, compared with what should have come."""

    once: int = 0
    more_often: int = 0
    extra: int = 0
    missing: list[str] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)

    @classmethod
    def count(cls, server: MailServer, recipients: list[str]) -> "Arrivals":
        """Count what came; `forged` are recipients whose copies do not share one Message-ID of their own."""
        arrivals, owners = cls(), dict[str, str]()
        for recipient in recipients:
            copies = server.taken.get(recipient, [])
            ids = {str(copy["Message-ID"]) for copy in copies}
            arrivals.once += len(copies) == 1
            arrivals.more_often += len(copies) > 1
            arrivals.extra += max(0, len(copies) - 1)
            if not copies:
                arrivals.missing.append(recipient)
            elif len(ids) > 1 or owners.setdefault(ids.pop(), recipient) != recipient:
                arrivals.forged.append(recipient)
        return arrivals


def most_extra(kills: int, cuts: int = 0) -> int:
    """How many second copies can't be avoided.

    Each kill can find one mail between its final dot and the record of its outcome, since senders go through that
    moment one by one; each cut after a final dot makes one more.
    """
    return kills + cuts
