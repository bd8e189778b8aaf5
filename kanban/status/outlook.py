"""What an order of the backlog means for the promises: how each one looks, and whose health a move changes."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kanban.flow.age import Age
from kanban.flow.product_forecast import Dates, Forecast, Reach
from kanban.status.health import WORST_FIRST, of_promise


@dataclass(frozen=True)
class Queued:
    """An item in the queue, with the milestone that it belongs to."""

    item_id: int
    milestone_id: int | None


@dataclass(frozen=True)
class Started:
    """An item in progress."""

    item_id: int
    milestone_id: int | None
    age: Age


@dataclass(frozen=True)
class Outlook:
    """An open promise, and how it looks in this order.

    `ref` names its item, `milestone` is its milestone's number. `queued` are the ids of its items in the queue, whose
    order matters; if there are none, no order of the backlog changes it. `reach` is what has to happen before it is
    kept. `dates` and `health` are None if nothing can be said: there is no forecast, or an item in progress is older
    than almost all finished ones or of unknown age; `lacks` says which.
    """

    number: int
    name: str
    ref: str
    milestone: int | None
    due_on: dt.date
    queued: tuple[int, ...]
    reach: Reach
    dates: Dates | None
    health: str | None
    lacks: str


@dataclass(frozen=True)
class Ahead:
    """The forecast of a product in one order of its queue: the dates by position, and every open promise.

    `rows` are the dates of each item, `sets` those by which everything up to it is done.
    """

    key: str
    forecast: Forecast
    wip: int
    rows: tuple[Dates, ...] | None
    sets: tuple[Dates, ...] | None
    promises: tuple[Outlook, ...]


@dataclass(frozen=True)
class Given:
    """A promise with what its health follows from; `item` and `milestone` are the numbers of what it is about.

    `top` is set if it is about the next items, and `done` says how many of these are finished.
    """

    number: int
    due_on: dt.date
    item_id: int | None
    milestone_id: int | None
    milestone: int | None
    statement: str = ""
    item: int | None = None
    top: int | None = None
    done: int = 0


@dataclass(frozen=True)
class Aim:
    """What has to happen before a milestone is reached, and the places of its items among the finishes to come.

    Places count from 1. Items in progress come before the queue, the oldest first.
    """

    reach: Reach
    places: tuple[int, ...]


def outlooks(
    ahead: Ahead, promises: Iterable[Given], queue: Sequence[Queued], started: Sequence[Started]
) -> Iterable[Outlook]:
    """How each promise looks in this order of the queue; none for a milestone with nothing left to do."""
    place = {item.item_id: index for index, item in enumerate(queue)}
    for promise in promises:
        mine = [item for item in queue if _belongs(item, promise)]
        begun = [item for item in started if _belongs(item, promise)]
        left = max(promise.top - promise.done, 0) if promise.top else len(mine) + len(begun)
        if promise.item_id is None and (promise.milestone is None or not left):
            continue
        places = [place[item.item_id] for item in mine]
        reach, dates = _reach(ahead, promise, left, places, begun), _dates(ahead, promise, left, places, begun)
        yield Outlook(
            number=promise.number,
            name=promise.statement,
            ref=f"{ahead.key}-{promise.item}" if promise.item else "",
            milestone=promise.milestone,
            due_on=promise.due_on,
            queued=tuple(item.item_id for item in mine),
            reach=reach,
            dates=dates,
            health=of_promise(promise.due_on, half=dates.half, sure=dates.sure) if dates else None,
            lacks="" if dates else ahead.forecast.silence(reach),
        )


def _belongs(item: Queued | Started, promise: Given) -> bool:
    if promise.item_id is not None:
        return item.item_id == promise.item_id
    return promise.milestone_id is not None and item.milestone_id == promise.milestone_id


def _reach(ahead: Ahead, promise: Given, left: int, places: list[int], begun: list[Started]) -> Reach:
    if promise.top:
        return Reach(finishes=left)
    if not places:
        return Reach(ages=tuple(item.age for item in begun))
    last = max(places) + 1
    finishes = ahead.wip + last if promise.milestone_id else None
    return Reach(finishes=finishes, position=last, wip=ahead.wip)


def _dates(ahead: Ahead, promise: Given, left: int, places: list[int], begun: list[Started]) -> Dates | None:
    if ahead.rows is None or ahead.sets is None:
        return None
    if promise.top:
        return ahead.forecast.of_set(left)
    if places:
        return (ahead.sets if promise.milestone_id else ahead.rows)[max(places)]
    each = [ahead.forecast.of_started(item.age) for item in begun]
    known = [dates for dates in each if dates is not None]
    if not known or len(known) < len(each):
        return None
    return Dates(_last([dates.half for dates in known]), _last([dates.sure for dates in known]))


def _last(days: list[dt.date | None]) -> dt.date | None:
    known = [day for day in days if day is not None]
    return max(known) if len(known) == len(days) else None


def aims(queue: Sequence[Queued], started: Sequence[Started], left: Mapping[int, int | None]) -> dict[int, Aim]:
    """By id, the aims of those milestones among `left` that have something left to do.

    For "the next N", the value in `left` is how many of them are left, else None.
    """
    oldest = sorted(started, key=lambda item: -item.age.days)
    found, wip = {}, len(started)
    for milestone_id, count in left.items():
        begun = [item for item in oldest if item.milestone_id == milestone_id]
        queued = [place for place, item in enumerate(queue) if item.milestone_id == milestone_id]
        places = [oldest.index(item) + 1 for item in begun] + [wip + place + 1 for place in queued]
        if count is not None:
            found[milestone_id] = Aim(Reach(finishes=count), tuple(range(1, count + 1)))
        elif queued:
            found[milestone_id] = Aim(Reach(finishes=places[-1], position=places[-1] - wip, wip=wip), tuple(places))
        elif begun:
            found[milestone_id] = Aim(Reach(ages=tuple(item.age for item in begun)), tuple(places))
    return found


def by_row(promises: Iterable[Outlook]) -> dict[int, tuple[Outlook, ...]]:
    """By item id, the promises that each queued item falls under, the nearest first.

    An item is listed for its own promise or a request's, and then its milestone's is added; a milestone's promise alone
    has a line of its own elsewhere.
    """
    found: dict[int, list[Outlook]] = {}
    of_sets: dict[int, list[Outlook]] = {}
    for promise in promises:
        for item_id in promise.queued:
            (of_sets if promise.milestone is not None else found).setdefault(item_id, []).append(promise)
    return {
        item_id: tuple(sorted([*own, *of_sets.get(item_id, ())], key=lambda each: (each.due_on, each.number)))
        for item_id, own in found.items()
    }


def worst(healths: Iterable[str | None]) -> str | None:
    """The worst of the healths that are known; None if none is."""
    return min((health for health in healths if health), key=WORST_FIRST.index, default=None)


@dataclass(frozen=True)
class Turn:
    """A promise whose health a move changed."""

    promise: Outlook
    was: str

    @property
    def is_worse(self) -> bool:
        """Whether its health got worse."""
        assert self.promise.health is not None
        return WORST_FIRST.index(self.promise.health) < WORST_FIRST.index(self.was)


def turns(now: Iterable[Outlook], earlier: Iterable[Outlook]) -> list[Turn]:
    """The promises whose health has changed, those that got worse first, the worst on top."""
    was = {each.number: each.health for each in earlier}
    found = [
        Turn(promise, health)
        for promise in now
        if (health := was.get(promise.number)) and promise.health and health != promise.health
    ]
    return sorted(found, key=lambda turn: (not turn.is_worse, WORST_FIRST.index(turn.promise.health or "off_track")))
