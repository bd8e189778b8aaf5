"""Dates as other tools write them, turned into instants; whether one makes sense for an item is decided elsewhere."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from zoneinfo import ZoneInfo

MAX_LENGTH = 80
_NOON = 12
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_MONTH = rf"(?P<month_name>(?:{'|'.join(_MONTHS)})[a-z]*)\.?,?"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_SECOND = r"(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
_TIME = rf"(?:(?:t|[\s,]+(?:at\s+)?)(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}}){_SECOND}\s*(?P<half>[ap]\.?m\.?)?)?"
_OFFSET = r"\s*(?P<offset>z|(?:utc|gmt)?[+-]\d{2}:?\d{2}|utc|gmt)?(?:\s*\([^)]*\))?"
_DAYS = (
    r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
    rf"{_WEEKDAY}(?P<first>\d{{1,2}})(?P<mark>[-/.])(?P<second_number>\d{{1,2}})(?P=mark){_YEAR}",
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})[\s./-]+{_MONTH}[\s./-]*{_YEAR}",
    rf"{_WEEKDAY}{_MONTH}\s*(?P<day>\d{{1,2}}),?\s+(?P<year>\d{{4}})",
)
_FORMATS = [re.compile(day + _TIME + _OFFSET, re.ASCII | re.IGNORECASE) for day in _DAYS]


class DateOrder(StrEnum):
    """How a date of three numbers with the year at the end is meant."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


@dataclass(frozen=True)
class Stamp:
    """An instant in UTC; without a time of day it stands for noon in the product's zone, far from either midnight."""

    at: datetime
    has_time: bool


def parse_date(text: str, zone: ZoneInfo, order: DateOrder | None = None) -> Stamp:
    """The instant that a cell means; without an offset it is local to `zone`.

    `order` decides "03/04/2020"; "3.4.2020" is always day first. Raises ValueError for everything that isn't a date.
    """
    parts = _parts(text)
    if parts is None:
        raise ValueError("isn’t a date that can be read")
    year, month, day = _calendar(parts, order)
    if not 1970 <= year <= 2100:
        raise ValueError("is outside the years 1970 to 2100")
    try:
        local = datetime(year, month, day, *_clock(parts), tzinfo=_offset(parts["offset"]) or zone)
    except ValueError:
        raise ValueError("isn’t a day or a time that exists") from None
    return Stamp(local.astimezone(UTC), parts["hour"] is not None)


def orders_shown(texts: Iterable[str]) -> tuple[int, int, str | None]:
    """What the cells of a column say about the order of day and month.

    Returns how many can only be day first, how many can only be month first, and the first one that can be read both
    ways as different days.
    """
    day_first, month_first, either = 0, 0, None
    for text in texts:
        parts = _parts(text)
        if parts is None or parts.get("first") is None or parts["mark"] == ".":
            continue
        first, second = int(parts["first"]), int(parts["second_number"])
        day_first += first > 12 >= second
        month_first += second > 12 >= first
        if either is None and first != second and first <= 12 and second <= 12:
            either = text
    return day_first, month_first, either


def _parts(text: str) -> dict[str, str] | None:
    text = text.strip()
    if len(text) > MAX_LENGTH:
        return None
    for known in _FORMATS:
        if match := known.fullmatch(text):
            return match.groupdict()
    return None


def _calendar(parts: dict[str, str], order: DateOrder | None) -> tuple[int, int, int]:
    year = _full_year(parts["year"])
    if parts.get("first") is not None:
        first, second = int(parts["first"]), int(parts["second_number"])
        day_first = parts["mark"] == "." or order is not DateOrder.MONTH_FIRST
        return (year, second, first) if day_first else (year, first, second)
    if parts.get("month_name") is not None:
        return year, _MONTHS.index(parts["month_name"][:3].casefold()) + 1, int(parts["day"])
    return year, int(parts["month"]), int(parts["day"])


def _full_year(digits: str) -> int:
    """Read two digits as 1970 to 2069."""
    year = int(digits)
    return year if len(digits) == 4 else year + (2000 if year < 70 else 1900)


def _clock(parts: dict[str, str]) -> tuple[int, int, int]:
    if parts["hour"] is None:
        return _NOON, 0, 0
    hour = int(parts["hour"])
    if parts["half"] is not None:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if parts["half"][0] in "pP" else 0)
    return hour, int(parts["minute"]), int(parts["second"] or 0)


def _offset(text: str | None) -> timezone | None:
    if text is None:
        return None
    digits = re.sub(r"[^\d+-]", "", text)
    if not digits:
        return UTC
    return timezone((-1 if digits[0] == "-" else 1) * timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5])))
