"""Dates as other tools write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanban.transfer.dates import DateOrder, Stamp, orders_shown, parse_date

ZURICH = ZoneInfo("Europe/Zurich")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-01-20", (2025, 1, 20, 11, 0)),
        ("2025/01/20", (2025, 1, 20, 11, 0)),
        ("2025-01-20T10:00:00Z", (2025, 1, 20, 10, 0)),
        ("2025-01-20 10:00", (2025, 1, 20, 9, 0)),
        ("2025-01-20 10:00:00.123 UTC", (2025, 1, 20, 10, 0)),
        ("2022-10-09T15:09:48+0000", (2022, 10, 9, 15, 9, 48)),
        ("2022-10-09T15:09:48-05:30", (2022, 10, 9, 20, 39, 48)),
        ("7.6.2025 14:59:28", (2025, 6, 7, 12, 59, 28)),
        ("07.06.25", (2025, 6, 7, 10, 0)),
        ("22/Sep/25 9:26 AM", (2025, 9, 22, 7, 26)),
        ("22-Sep-2025", (2025, 9, 22, 10, 0)),
        ("22. September 2025 at 12:15 a.m.", (2025, 9, 21, 22, 15)),
        ("Sep 22, 2025, 12:05 PM", (2025, 9, 22, 10, 5)),
        ("Tue Aug 23 2022 13:54:01 GMT+0000 (GMT)", (2022, 8, 23, 13, 54, 1)),
        ("Tue Aug 23 2022 13:54:01 GMT+0200 (Central European Summer Time)", (2022, 8, 23, 11, 54, 1)),
        ("Tue, 23 Aug 2022 13:54:01 +0200", (2022, 8, 23, 11, 54, 1)),
        ("13/04/2020", (2020, 4, 13, 10, 0)),
        (" 2025-01-20 ", (2025, 1, 20, 11, 0)),
    ],
)
def test_dates_of_other_tools_are_read(text: str, expected: tuple[int, ...]) -> None:
    assert parse_date(text, ZURICH).at == datetime(*expected, tzinfo=UTC)  # type: ignore[arg-type,misc]


def test_a_day_without_a_time_is_far_from_either_midnight() -> None:
    for zone in ("Pacific/Auckland", "America/Los_Angeles", "UTC"):
        stamp = parse_date("2025-01-20", ZoneInfo(zone))
        assert stamp.at.astimezone(ZoneInfo(zone)).hour == 12
        assert not stamp.has_time
    assert parse_date("2025-01-20 12:00", ZURICH).has_time


def test_the_order_decides_about_slashes_and_never_about_dots() -> None:
    assert parse_date("03/04/2020", ZURICH, DateOrder.DAY_FIRST).at.month == 4
    assert parse_date("03/04/2020", ZURICH, DateOrder.MONTH_FIRST).at.month == 3
    assert parse_date("3.4.2020", ZURICH, DateOrder.MONTH_FIRST).at.month == 4


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("soon", "isn’t a date"),
        ("20250120", "isn’t a date"),
        ("45678", "isn’t a date"),
        ("2025-1", "isn’t a date"),
        ("2025-01-20 and more", "isn’t a date"),
        ("2" * 200, "isn’t a date"),
        ("２０２５-01-20", "isn’t a date"),
        ("2025-02-30", "isn’t a day"),
        ("31/31/2025", "isn’t a day"),
        ("2025-01-20 25:00", "isn’t a day"),
        ("2025-01-20 13:00 PM", "isn’t a day"),
        ("2025-01-20T10:00+99:99", "isn’t a day"),
        ("1.1.0001", "1970 to 2100"),
        ("2101-01-01", "1970 to 2100"),
    ],
)
def test_what_is_no_date_says_so(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_date(text, ZURICH)


def test_a_column_shows_its_order() -> None:
    assert orders_shown(["03/20/2020", "04/05/2020"]) == (0, 1, "04/05/2020")
    assert orders_shown(["20/03/2020", "5/5/2020", "x", "7.6.2025"]) == (1, 0, None)


DAYS = st.datetimes(datetime(1971, 1, 1), datetime(2099, 12, 30))
FORMATS = st.sampled_from(
    [
        *("%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d/%b/%Y %I:%M:%S %p", "%a %b %d %Y %H:%M:%S GMT+0000 (GMT)"),
        *("%Y-%m-%dT%H:%M:%SZ", "%d %B %Y %H:%M:%S", "%b %d, %Y %H:%M:%S"),
    ]
)


@given(DAYS, FORMATS)
def test_what_was_written_is_read_again(at: datetime, written: str) -> None:
    at = at.replace(microsecond=0)
    assert parse_date(at.strftime(written), ZoneInfo("UTC")) == Stamp(at.replace(tzinfo=UTC), True)


@given(st.text(max_size=60))
def test_any_text_is_a_date_or_no_date(text: str) -> None:
    try:
        stamp = parse_date(text, ZURICH)
    except ValueError:
        return
    assert stamp.at.tzinfo is UTC
