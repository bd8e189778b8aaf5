"""The one source of the present instant, which tests and the demo can move; dates and times are formatted elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


class MovedClock:
    """A clock that stands still until it is advanced."""

    def __init__(self, instant: datetime) -> None:
        self._instant = _as_utc(instant)

    def now(self) -> datetime:
        return self._instant

    def advance(self, by: timedelta | None = None, **lengths: float) -> datetime:
        """Go forward by a time (`advance(days=1)` or `advance(timedelta(...))`) and return the new instant."""
        self._instant += timedelta(**lengths) if by is None else by
        return self._instant

    def move_to(self, instant: datetime) -> datetime:
        self._instant = _as_utc(instant)
        return self._instant


_moved: ContextVar[MovedClock | None] = ContextVar("moved_clock", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    moved = _moved.get()
    return datetime.now(UTC) if moved is None else moved.now()


def today(zone: str | ZoneInfo) -> date:
    """The calendar day it now is in a time zone (an IANA name or a ZoneInfo)."""
    return day_of(now(), zone)


def day_of(instant: datetime, zone: str | ZoneInfo) -> date:
    """The calendar day on which an aware instant falls in a time zone."""
    return instant.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone).date()


def instants_of(day: date, time: time, zone: str) -> list[datetime]:
    """The instants at which the clocks of a time zone show this day and time.

    There is no such instant if the clocks go forward past it, and there are two if they go back and show it twice.
    """
    shown = datetime.combine(day, time)
    both = {shown.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(each for each in both if each.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) == shown)


@contextmanager
def at(instant: datetime) -> Iterator[MovedClock]:
    """Stop the clock at an aware instant inside the block, in this context only.

    The block gets the clock, so it can `advance(hours=2)` or `move_to(...)`.
    """
    clock = MovedClock(instant)
    token = _moved.set(clock)
    try:
        yield clock
    finally:
        _moved.reset(token)


def _as_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("The clock needs an instant with a time zone.")
    return instant.astimezone(UTC)
