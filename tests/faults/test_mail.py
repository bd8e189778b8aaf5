"""The mail server refuses, defers, stalls, is slow and drops connections, and the sender is killed.

Everybody gets the update once, and once more with the same Message-ID only where SMTP itself can't know.
"""

import os
from pathlib import Path

from kanban.extensions import db
from tests.faults.post import Arrivals, Sender, kill_while_sending, most_extra
from tests.mail.application import add_product, make_app, publish_update
from tests.mail.server import Behaviour, MailServer

FULL = os.environ.get("KANBAN_FAULTS") == "full"
RECIPIENTS = 1000 if FULL else 60
KILLS = 20 if FULL else 3

#: What happens to every twentieth mail, by the remainder of its number; all but the first two are tried again.
BAD_DAYS = {
    3: (Behaviour.REFUSE_FOREVER, None),
    4: (Behaviour.REFUSE_CONTENT, None),
    5: (Behaviour.REFUSE_FOR_NOW, 1),
    6: (Behaviour.DEFER_CONTENT, 1),
    7: (Behaviour.STALL_AT_RECIPIENT, 1),
    8: (Behaviour.SLOW, None),
    9: (Behaviour.DROP_AT_DATA, 1),
    10: (Behaviour.DROP_AFTER_DOT_UNSAVED, 1),
    11: (Behaviour.DROP_AFTER_DOT_TAKEN, 1),
}


def test_everybody_gets_it_once_on_a_bad_day_with_a_killed_sender(ready_url: str, tmp_path: Path) -> None:
    publish(ready_url)
    with MailServer(stall_s=3, slow_s=0.2).running() as server:
        refused = list[str]()
        for number in range(RECIPIENTS):
            how, times = BAD_DAYS.get(number % 20, (None, None))
            if how is None:
                continue
            server.misbehave(f"person{number}@example.com", how, times=times)
            if times is None and how is not Behaviour.SLOW:
                refused.append(f"person{number}@example.com")
        sender = Sender(tmp_path, ready_url, server, forked=not FULL).start()
        try:
            kill_while_sending(sender, RECIPIENTS - RECIPIENTS * len(BAD_DAYS) // 20, KILLS)
            ends = {"sent": RECIPIENTS - len(refused), "refused": len(refused)}
            sender.wait(lambda: settled(sender, ends), within_s=240 if FULL else 90, pause_s=0.5)
        finally:
            sender.kill()
        assert not set(refused) & set(server.taken)
        wanted = [f"person{n}@example.com" for n in range(RECIPIENTS) if f"person{n}@example.com" not in refused]
        arrivals = Arrivals.count(server, wanted)
    assert arrivals.missing == []
    assert arrivals.forged == []
    assert arrivals.extra <= most_extra(KILLS, sender.cuts())
    print(f"{KILLS} kills, {len(wanted)} to get it: {arrivals.once} once, {arrivals.extra} copies more")


def settled(sender: Sender, ends: dict[str, int]) -> bool:
    """Whether each delivery has come to its end; those that wait for their next try are made due at once."""
    sender.hurry()
    return sender.states() == ends


def publish(database_url: str) -> None:
    """Publish an update to all recipients, and leave it in the outbox."""
    app = make_app(database_url)
    publish_update(app, add_product(app, stakeholders=RECIPIENTS))
    with app.app_context():
        db.engine.dispose()
