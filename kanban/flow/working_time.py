"""Working hours between two instants: from nine to five on the working days of a calendar, in one time zone."""

import datetime as dt
from zoneinfo import ZoneInfo

from kanban.flow.calendar import Calendar

OPENS, CLOSES = dt.time(9), dt.time(17)
#: The length of a working day.
DAY = dt.timedelta(hours=8)
_NONE = dt.timedelta()


def working_time(start: dt.datetime, end: dt.datetime, calendar: Calendar, zone: str) -> dt.timedelta:
    """How much of the time from `start` to `end` (both aware) lies in working hours; none if `end` comes first.

    A day in between counts as eight hours even if the clocks change on it, since they change at night. Takes one step
    per day.
    """
    first, last = start.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
    if end <= start:
        return _NONE
    total, day = _NONE, first.date()
    while day <= last.date():
        if calendar.is_working(day):
            opens = first.time() if day == first.date() else OPENS
            closes = last.time() if day == last.date() else CLOSES
            total += max(_since_midnight(min(closes, CLOSES)) - _since_midnight(max(opens, OPENS)), _NONE)
        day += dt.timedelta(days=1)
    return total


def _since_midnight(time: dt.time) -> dt.timedelta:
    return dt.timedelta(hours=time.hour, minutes=time.minute, seconds=time.second, microseconds=time.microsecond)
