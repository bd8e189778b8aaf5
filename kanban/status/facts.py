"""What happened since the last update, from item histories, moved promises and present states; it judges nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kanban.flow.age import Age
from kanban.flow.history import ItemHistory
from kanban.flow.metrics import age
from kanban.flow.stage import Stage
from kanban.status.asked import Unanswered


@dataclass(frozen=True)
class Since:
    """The start of the facts: an instant (None: the very beginning), and the refs reported as done by then."""

    at: datetime | None = None
    told: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shipped:
    """An item that was finished in the window and still is."""

    ref: str
    title: str
    on: date


@dataclass(frozen=True)
class Working:
    """An item in progress now."""

    ref: str
    title: str
    column: str
    age: Age


@dataclass(frozen=True)
class Stop:
    """An item that can't proceed now.

    `reason` is empty where a question holds it up, since questions are internal.
    """

    ref: str
    title: str
    reason: str
    waiting_for: str
    since: date


@dataclass(frozen=True)
class Reopened:
    """An item that readers were told is done and that is open again."""

    ref: str
    title: str
    on: date


@dataclass(frozen=True)
class Dropped:
    """An item that was discarded in the window."""

    ref: str
    title: str
    reason: str
    on: date


@dataclass(frozen=True)
class Slipped:
    """A promise whose date moved in the window.

    `old_on` is the day it was promised for at the start of the window, `new_on` the day now, or None if its day has
    passed and no other was named. `ref` is empty for a milestone; `cause` and `mitigation` are the words of the last
    change.
    """

    ref: str
    title: str
    old_on: date
    new_on: date | None
    cause: str
    mitigation: str


@dataclass(frozen=True)
class Waiting:
    """An item in the queue."""

    ref: str
    title: str


@dataclass(frozen=True)
class OpenProblem:
    """An open problem of the register; `days` counts its first day as 1, `due_on` is the day of its next step."""

    text: str
    owner: str
    next_step: str
    due_on: date | None
    days: int


@dataclass(frozen=True)
class Decided:
    """What an update asked others to decide, by its subject, and the decision that answered it."""

    subject: tuple[str, str]
    number: int
    on: date


@dataclass(frozen=True)
class Facts:
    """All the facts, each list in the order in which a reader wants it.

    Days are written with their year if it is not that of `today`. `decided` holds what need not be asked any more.
    """

    slipped: tuple[Slipped, ...] = ()
    shipped: tuple[Shipped, ...] = ()
    working: tuple[Working, ...] = ()
    problems: tuple[OpenProblem, ...] = ()
    stops: tuple[Stop, ...] = ()
    reopened: tuple[Reopened, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    next: tuple[Waiting, ...] = ()
    asked: tuple[Unanswered, ...] = ()
    decided: tuple[Decided, ...] = ()
    today: date = date.min


def gather(
    histories: Iterable[ItemHistory],
    *,
    since: Since,
    today: date,
    columns: Mapping[str, str],
    stops: Sequence[Stop] = (),
    problems: Sequence[OpenProblem] = (),
    dropped: Sequence[Dropped] = (),
    queue: Sequence[Waiting] = (),
    slipped: Sequence[Slipped] = (),
    asked: Sequence[Unanswered] = (),
    decided: Sequence[Decided] = (),
) -> Facts:
    """Gather the facts from every item's history and from what a loader read of the present.

    `columns` gives the column of each ref, `queue` the top of the queue. `dropped` and `slipped` are what was discarded
    and which promises moved since, `asked` and `decided` what others are asked to decide and what they decided.
    """
    items = list(histories)
    shipped = [item for item in items if item.is_finished and _is_news(item, since)]
    shipped.sort(key=lambda item: (item.finished_at is None, item.finished_at))
    working = [item for item in items if item.is_in_progress]
    working.sort(key=lambda item: (-item.stage.position, item.started_on or today))
    return Facts(
        slipped=tuple(sorted(slipped, key=lambda each: each.old_on - (each.new_on or today))),
        shipped=tuple(Shipped(item.ref, item.title, item.finished_on or today) for item in shipped),
        working=tuple(
            Working(item.ref, item.title, columns.get(item.ref, ""), age(item, today) or Age(1)) for item in working
        ),
        problems=tuple(problems),
        stops=tuple(sorted(stops, key=lambda stop: stop.since)),
        reopened=tuple(
            Reopened(item.ref, item.title, on)
            for item in items
            if not item.is_finished and not item.is_discarded and (on := _reopened_on(item, since)) is not None
        ),
        dropped=tuple(dropped),
        next=tuple(queue),
        asked=tuple(asked),
        decided=tuple(decided),
        today=today,
    )


def _is_news(item: ItemHistory, since: Since) -> bool:
    """Whether an item was finished on a known day of the window and has not been reported as done.

    One that was reported counts again if it was reopened in between.
    """
    if since.at is None or item.finished_at is None:
        return item.finished_at is not None
    return item.finished_at >= since.at and (item.ref not in since.told or _reopened_on(item, since) is not None)


def _reopened_on(item: ItemHistory, since: Since) -> date | None:
    """The day on which an item last left done that was done before the window or was reported as done; else None."""
    if since.at is None:
        return None
    day = None
    for before, after in zip(item.entries, item.entries[1:], strict=False):
        left_done = before.stage is Stage.DONE and after.stage is not Stage.DONE and after.at >= since.at
        if left_done and (before.at < since.at or item.ref in since.told):
            day = after.on
    return day
