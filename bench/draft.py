"""Measures `New update` on a product of 10,000 items and 26 weeks: from the press to the page of the draft.

    python3 dev.py bench draft
    python3 dev.py bench draft --items 1000

Six of ten items went through ready and in progress to done, evenly over the weeks; ten promises are open, an update was
published two weeks ago, and fifty items are blocked. Times are what a client on the same machine waits, with its
connection kept open: the median, and the first time, when nothing is cached yet. For comparison it measures a bare
route of the same server in the same run. The last line is JSON.
"""

import argparse
import datetime as dt
import json
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parent.parent))

import sqlalchemy as sa
from sqlalchemy import orm

from bench._filling import KEY, fill
from bench.board import Client, median_ms, say
from kanban import clock, ranking
from kanban.app import create_app
from kanban.config import Config
from kanban.extensions import db
from kanban.models import Commitment, Item, Member, Place, Product, Stage, StatusUpdate, User
from kanban.policy import Role
from kanban.reads import locked
from kanban.reads.promises.calendar import read_calendar
from kanban.reads.updates.beginning import read_beginning
from kanban.transactions import begin_write
from tests.server import serving

WEEKS = 26
PROMISES = 10
ROUNDS = 8
UPDATES = f"/products/{KEY}/updates"


def main() -> None:
    """Fill, serve, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kanban-bench-") as folder:
        cookies = fill(Path(folder), cards=0, people=1)
        add_weeks(Path(folder), options.items)
        with serving(Path(folder)) as server:
            figures = measure(Client(server.url, cookies[0]))
    print(json.dumps({"items": options.items, "weeks": WEEKS, **figures}))


def measure(client: Client) -> dict[str, float]:
    """All figures; each draft is thrown away, because `New update` would go on with one that is open."""
    client.read_token(f"{KEY}-1")
    bare = median_ms(lambda: client.get("/healthz"), 200)
    rounds = [begin(client) for _ in range(ROUNDS)]
    bare = min(bare, median_ms(lambda: client.get("/healthz"), 200))
    begun = sorted(first for first, _ in rounds)[ROUNDS // 2]
    shown = sorted(second for _, second in rounds)[ROUNDS // 2]
    say(f"{sum(rounds[0]):6.0f} ms the first time, then {begun:.0f} ms to begin and {shown:.0f} ms for the page")
    say(f"a bare route: {bare:.2f} ms; both are {(begun + shown) / bare:.0f} of them")
    return {
        "first_ms": round(sum(rounds[0]), 1),
        "begin_ms": round(begun, 1),
        "page_ms": round(shown, 1),
        "bare_ms": round(bare, 3),
    }


def begin(client: Client) -> tuple[float, float]:
    """The milliseconds of pressing `New update`, and of the page that it leads to."""
    started = time.perf_counter()
    where = post(client, UPDATES)
    begun = time.perf_counter()
    client.get(where)
    shown = time.perf_counter()
    post(client, f"{where}/throw-away")
    return (begun - started) * 1000, (shown - begun) * 1000


def post(client: Client, path: str) -> str:
    """Press a button of a page; returns the address that it leads to."""
    headers = {"Cookie": client.cookie, "Content-Type": "application/x-www-form-urlencoded"}
    client.connection.request("POST", path, urlencode({"csrf_token": client.token}), headers)
    answer = client.connection.getresponse()
    content = answer.read()
    if answer.status != 303:
        raise RuntimeError(f"POST {path} answered {answer.status}: {content[:500]!r}")
    return answer.headers["Location"]


# Filling


def add_weeks(data: Path, count: int) -> None:
    """Add items, finishes, blocks, promises and an update, spread over the weeks up to now."""
    app = create_app(Config.from_environment({"KANBAN_DATA_DIR": str(data)}))
    with app.app_context():
        session = begin_write()
        product = locked.lock_product(session, session.scalars(sa.select(Product.id)).one())
        assert product is not None
        owner = session.scalars(sa.select(Member).where(Member.role == Role.OWNER)).one()
        owner = locked.membership(session, product.id, owner.user_id) or owner
        _add_items(session, product, owner, count)
        _add_promises(session, product, owner, count)
        _add_update(session, product, owner)
        session.commit()
        db.session.remove()
        db.engine.dispose()


def _add_items(session: orm.Session, product: Product, owner: Member, count: int) -> None:
    columns = {column.stage: column for column in reversed(product.standing)}
    now, span = clock.now(), dt.timedelta(weeks=WEEKS)
    owner_user = session.get_one(User, owner.user_id)
    for number, rank in enumerate(ranking.spread(count)):
        begun = now - span + span * (number / count)
        place = Place(columns[Stage.BACKLOG], rank, after=number or None)
        item = Item.create(product, f"Booking {number + 1} at the harbour", place, by=owner, effective_at=begun)
        session.flush()
        if number % 10 >= 6 and number % 200 != 199:
            continue
        stages = (Stage.READY, Stage.DOING) if number % 200 == 199 else (Stage.READY, Stage.DOING, Stage.DONE)
        item.assign([owner_user], by=owner)
        for step, stage in enumerate(stages):
            at = min(now, begun + dt.timedelta(days=step * (1 + number % 5)))
            item.move_to(Place(columns[stage], rank, after=number or None), by=owner, effective_at=at)
        if len(stages) == 2:
            item.block("The harbour does not answer.", by=owner)


def _add_promises(session: orm.Session, product: Product, owner: Member, count: int) -> None:
    calendar = read_calendar(session, product)
    day = clock.today(product.zone) + dt.timedelta(days=60)
    while not calendar.is_open(day):
        day += dt.timedelta(days=1)
    waiting = session.scalars(
        sa.select(Item).where(Item.finished_at.is_(None)).order_by(Item.number.desc()).limit(PROMISES)
    )
    for n, item in enumerate(waiting):
        session.add(
            Commitment.promise(
                product,
                item,
                statement=f"Promise {n}",
                due_on=day,
                people=[],
                calendar=calendar,
                is_promised=False,
                is_finished=False,
                by=owner,
            )
        )
    session.flush()


def _add_update(session: orm.Session, product: Product, owner: Member) -> None:
    with clock.at(clock.now() - dt.timedelta(weeks=2)):
        update = StatusUpdate.draft(product, by=owner, **read_beginning(session, product).keywords)
        session.add(update)
        session.flush()
        update.edit({"headline": "All is well"}, by=owner)
        update.publish([], before=None, by=owner)


if __name__ == "__main__":
    main()
