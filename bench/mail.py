"""Measures sending: an update to 1,000 people over a real mail server (STARTTLS, sign-in), then again with kills.

    python3 dev.py bench mail
    python3 dev.py bench mail --recipients 200 --kills 5
    python3 dev.py bench mail --postgres

The first round is undisturbed. It measures mails per second, from the first mail that the server accepted to the last
one, and the memory of `kanban worker` after the first tenth and at the end. The mail server runs in the process of the
benchmark on the same machine, so its half of each TLS handshake is part of the figure. In the second round, on data of
its own, the worker is killed with -9 twenty times and started again. The benchmark fails unless everybody got the mail
and extra copies carry the same Message-ID and number at most one for each kill and each connection lost after a final
dot. The last line is JSON.
"""

import argparse
import json
import logging
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.board import postgres, say
from kanban import migrating
from kanban.config import Config
from kanban.extensions import db
from tests.faults.post import Arrivals, Sender, kill_while_sending, most_extra
from tests.mail.application import add_product, make_app, publish_update
from tests.mail.server import MailServer


def main() -> None:
    """Fill, send, fill again, send and kill, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipients", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument(
        "--postgres", action="store_true", help="on the PostgreSQL of KANBAN_TEST_DATABASE_URL or of a wheel"
    )
    options = parser.parse_args()
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # no lines about deprecations or killed connections
    figures = measure(options.recipients, options.postgres) | disturb(
        options.recipients, options.kills, options.postgres
    )
    print(json.dumps({"recipients": options.recipients, "postgres": options.postgres, **figures}))


def measure(recipients: int, is_postgres: bool) -> dict[str, float]:
    """Send to all recipients undisturbed."""
    with ExitStack() as stack:
        sender = prepare(stack, recipients, is_postgres)
        server = sender.server
        sender.wait(lambda: server.count >= 1, within_s=60)
        began, before = time.perf_counter(), server.count
        sender.wait(lambda: server.count >= recipients / 10, within_s=120)
        early_mb = sender.memory_mb()
        sender.wait(lambda: server.count >= recipients, within_s=recipients)
        taken_s = time.perf_counter() - began
        sender.wait(lambda: sender.states() == {"sent": recipients}, within_s=60, pause_s=0.2)
        late_mb = sender.memory_mb()
        arrivals = count(server, recipients)
        cuts = sender.cuts()
    if arrivals.extra > most_extra(0, cuts):
        raise SystemExit(f"{arrivals.extra} mails came twice though nobody was killed")
    rate = (recipients - before) / taken_s
    say(f"{recipients} mails in {taken_s:.1f} s: {rate:.0f} a second")
    say(f"memory of the worker: {early_mb} MB after a tenth, {late_mb} MB at the end")
    return {
        "mails_per_s": round(rate, 1),
        "seconds": round(taken_s, 1),
        "early_mb": early_mb,
        "late_mb": late_mb,
    }


def disturb(recipients: int, kills: int, is_postgres: bool) -> dict[str, float]:
    """Send to all recipients while the sender is killed again and again."""
    with ExitStack() as stack:
        sender = prepare(stack, recipients, is_postgres)
        began = time.perf_counter()
        kill_while_sending(sender, recipients, kills)
        sender.wait(lambda: sender.states() == {"sent": recipients}, within_s=recipients + 60, pause_s=0.2)
        taken_s = time.perf_counter() - began
        arrivals = count(sender.server, recipients)
        cuts = sender.cuts()
    if arrivals.extra > most_extra(kills, cuts):
        raise SystemExit(f"{arrivals.extra} extra copies after {kills} kills and {cuts} cuts")
    say(f"{kills} kills in {taken_s:.0f} s: {arrivals.once} got it once, {arrivals.more_often} again, none missing")
    return {
        "kills": kills,
        "cuts": cuts,
        "once": arrivals.once,
        "again_same_id": arrivals.more_often,
        "extra_copies": arrivals.extra,
        "missing": len(arrivals.missing),
    }


def prepare(stack: ExitStack, recipients: int, is_postgres: bool) -> Sender:
    """A published update in the outbox of a fresh database, a mail server, and a sender that has just been started."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kanban-bench-")))
    url = stack.enter_context(postgres()) if is_postgres else f"sqlite:///{folder / 'kanban.sqlite3'}"
    migrating.upgrade(Config.from_environment({"KANBAN_DATA_DIR": str(folder), "KANBAN_DATABASE_URL": url}))
    app = make_app(url)
    publish_update(app, add_product(app, stakeholders=recipients))
    with app.app_context():
        db.engine.dispose()
    sender = Sender(folder, url, stack.enter_context(MailServer().running())).start()
    stack.callback(sender.kill)
    return sender


def count(server: MailServer, recipients: int) -> Arrivals:
    """Count the mails; stop if somebody got none or copies differ, since the figures would mean nothing."""
    arrivals = Arrivals.count(server, [f"person{number}@example.com" for number in range(recipients)])
    if arrivals.missing:
        raise SystemExit(f"{len(arrivals.missing)} never got it: {', '.join(arrivals.missing[:5])}")
    if arrivals.forged:
        raise SystemExit(f"{len(arrivals.forged)} got copies with different Message-IDs: {arrivals.forged[:5]}")
    return arrivals


if __name__ == "__main__":
    main()
