"""Working hours between two instants: nine to five on working days, in the product's own time zone."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanban.flow.calendar import Calendar
from kanban.flow.working_time import DAY, working_time

OSLO = ZoneInfo("Europe/Oslo")
CLOSED = Calendar(frozenset({dt.date(2026, 12, 25)}))
INSTANTS = st.datetimes(dt.datetime(2026, 3, 1), dt.datetime(2026, 4, 30), timezones=st.just(dt.UTC))  # noqa: DTZ001


def at(day: str, time: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=OSLO)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (at("2026-11-24", "10:00"), at("2026-11-24", "12:30"), 2.5),
        (at("2026-11-24", "07:00"), at("2026-11-24", "10:00"), 1),
        (at("2026-11-24", "16:00"), at("2026-11-25", "10:00"), 2),
        (at("2026-11-27", "16:00"), at("2026-11-30", "10:00"), 2),
        (at("2026-11-28", "10:00"), at("2026-11-29", "18:00"), 0),
        (at("2026-12-24", "16:00"), at("2026-12-28", "10:00"), 2),
        (at("2026-11-24", "18:00"), at("2026-11-24", "20:00"), 0),
        (at("2026-11-24", "12:00"), at("2026-11-24", "10:00"), 0),
    ],
)
def test_only_nine_to_five_on_working_days_counts(start: dt.datetime, end: dt.datetime, hours: float) -> None:
    assert working_time(start, end, CLOSED, "Europe/Oslo") == dt.timedelta(hours=hours)


def test_the_hours_are_those_of_the_products_time_zone() -> None:
    start, end = at("2026-11-24", "09:00"), at("2026-11-24", "17:00")
    assert working_time(start, end, CLOSED, "Europe/Oslo") == DAY
    assert working_time(start, end, CLOSED, "America/New_York") == dt.timedelta(hours=2)


@given(INSTANTS, INSTANTS, INSTANTS)
def test_two_stretches_are_as_long_as_both_together_also_when_the_clocks_change(
    one: dt.datetime, two: dt.datetime, three: dt.datetime
) -> None:
    first, middle, last = sorted((one, two, three))
    parts = (working_time(a, b, CLOSED, "Europe/Oslo") for a, b in ((first, middle), (middle, last)))
    assert sum(parts, dt.timedelta()) == working_time(first, last, CLOSED, "Europe/Oslo")
