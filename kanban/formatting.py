"""Days, instants, durations and names as a reader sees them; the present time and the reader's locale are passed in.

Plain "en" is written the European way ("15 Dec"); an unknown locale is treated like plain "en".
"""

import re
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, format_timedelta, get_timezone_name
from babel.numbers import format_decimal
from babel.units import format_unit

LocaleLike = str | Locale
_PLAIN_ENGLISH = "en_GB"
_YEAR = re.compile(r"^y+[^A-Za-z']*|[\s,.]*(?:'[^']*'\s*)?y+(?:\s*'г'\.)?")
_KEPT = 2_048
"""How many results of each function are cached; pages show the same days and durations over and over."""
_NEVER = 1e12
"""Babel's threshold for switching to a larger unit, set so high that it keeps the unit it was given."""

Unit = Literal["day", "hour", "minute"]
_UNITS: tuple[tuple[Unit, int], ...] = (("day", 86_400), ("hour", 3_600), ("minute", 60))


@lru_cache(maxsize=_KEPT)
def short_day(day: date, locale: LocaleLike = "en", *, today: date | None = None) -> str:
    """ "15 Dec"; with the year when it is not that of `today`."""
    skeleton = "yMMMd" if today is not None and day.year != today.year else "MMMd"
    return format_skeleton(skeleton, day, locale=_locale(locale))


def month(day: date, locale: LocaleLike = "en") -> str:
    """ "Dec 2027"; for dates so far ahead that a day would be too precise."""
    return format_skeleton("yMMM", day, locale=_locale(locale))


def long_day(day: date, locale: LocaleLike = "en", *, today: date | None = None) -> str:
    """ "Tuesday 24 November"; with the year when it is not that of `today`."""
    with_year = today is not None and day.year != today.year
    return (
        full_day(day, locale) if with_year else _by_pattern(day, _YEAR.sub("", _full_pattern(_locale(locale))), locale)
    )


@lru_cache(maxsize=_KEPT)
def full_day(day: date, locale: LocaleLike = "en") -> str:
    """ "Tuesday 24 November 2026", always with the year."""
    return _by_pattern(day, _full_pattern(_locale(locale)), locale)


def week_day(day: date, locale: LocaleLike = "en") -> str:
    """ "Thursday"; for a day within the last week, which needs no date."""
    return format_date(day, "EEEE", locale=_locale(locale))


@lru_cache(maxsize=_KEPT)
def instant(at: datetime, zone: str | tzinfo, locale: LocaleLike = "en") -> str:
    """ "Tuesday 24 November 2026, 14:05 CET": an aware instant in the reader's zone, in full."""
    tz, reader = _zone(zone), _locale(locale)
    local = at.astimezone(tz)
    hour = local.replace(minute=0, second=0, microsecond=0)
    return f"{full_day(local.date(), reader)}, {local:%H:%M} {_zone_name(hour, local.fold, tz, reader)}"


@lru_cache(maxsize=_KEPT)
def _zone_name(hour: datetime, _fold: int, _zone: tzinfo, locale: Locale) -> str:
    """ "CET": what the zone of a full hour is called at that time.

    `_fold` and `_zone` only make the cache key unique: equal hours may belong to different zones, and in the night in
    which the clocks go back, to the same zone twice.
    """
    return get_timezone_name(hour, "short", locale=locale)


def short_instant(at: datetime, zone: str | tzinfo, locale: LocaleLike = "en", *, today: date | None = None) -> str:
    """ "24 Nov, 14:05": an aware instant in the reader's zone."""
    return f"{short_day(at.astimezone(_zone(zone)).date(), locale, today=today)}, {time_of_day(at, zone, locale)}"


def lately(at: datetime, zone: str | tzinfo, locale: LocaleLike = "en", *, today: date) -> str:
    """ "14:05" for an instant of today in the reader's zone, "23 Nov" for any other."""
    day = at.astimezone(_zone(zone)).date()
    return time_of_day(at, zone, locale) if day == today else short_day(day, locale, today=today)


def appointment(at: datetime, zone: str, locale: LocaleLike = "en", *, today: date | None = None) -> str:
    """ "Tue 1 Dec, 09:00 (Europe/Berlin)": an aware instant that people rely on, and the zone in which it is given."""
    day = at.astimezone(_zone(zone)).date()
    skeleton = "yMMMEd" if today is not None and day.year != today.year else "MMMEd"
    words = format_skeleton(skeleton, day, locale=_locale(locale))
    return f"{words}, {time_of_day(at, zone, locale)} ({zone})"


def time_of_day(at: datetime, zone: str | tzinfo, locale: LocaleLike = "en") -> str:
    """ "14:05", or "2:05 PM" in locales that write it that way."""
    return format_time(at, "short", tzinfo=_zone(zone), locale=_locale(locale))


def waiting(since: datetime, now: datetime, locale: LocaleLike = "en") -> str:
    """ "4 days", "5 hours", "1 minute": how long ago that was, in completed units."""
    return length(now - since, locale)


def length(duration: timedelta, locale: LocaleLike = "en") -> str:
    """ "4 days", "5 hours", "1 minute": a duration in whole units of the largest unit that fits; at least a minute."""
    count, unit = _largest_unit(duration)
    return _spaced(format_unit(count, f"duration-{unit}", length="long", locale=_locale(locale)))


def ago(at: datetime, now: datetime, locale: LocaleLike = "en") -> str:
    """ "4 days ago", "in 5 hours"."""
    count, unit = _largest_unit(abs(now - at))
    whole = timedelta(**{f"{unit}s": count})
    return format_timedelta(
        -whole if at <= now else whole, granularity=unit, threshold=_NEVER, add_direction=True, locale=_locale(locale)
    )


@lru_cache(maxsize=_KEPT)
def days(count: int, locale: LocaleLike = "en") -> str:
    """ "14 d", for narrow places."""
    return _spaced(format_unit(count, "duration-day", length="narrow", locale=_locale(locale)))


@lru_cache(maxsize=_KEPT)
def long_days(count: int, locale: LocaleLike = "en") -> str:
    """ "14 days"."""
    return _spaced(format_unit(count, "duration-day", length="long", locale=_locale(locale)))


def number(value: float, locale: LocaleLike = "en") -> str:
    """A number with at most one decimal, in the reader's notation."""
    return str(format_decimal(value, "#,##0.#", locale=_locale(locale)))


def file_size(size: int, locale: LocaleLike = "en") -> str:
    """ "512 bytes", "740 kB", "1.2 MB": bytes in steps of a thousand, as the limits count them."""
    reader = _locale(locale)
    for unit, step in (("megabyte", 1_000_000), ("kilobyte", 1_000)):
        if size >= step * 0.9995:
            value = size / step
            shape = "#,##0.#" if value < 10 else "#,##0"
            return str(format_unit(value, f"digital-{unit}", length="short", format=shape, locale=reader))
    return str(format_unit(size, "digital-byte", length="long", locale=reader))


def initials(name: str) -> str:
    """ "IL" for Ingrid Lund, "AN" for Anders, "?" for no name: the first letters of the first and the last word."""
    words = [letters for word in name.split() if (letters := [character for character in word if character.isalnum()])]
    if not words:
        return "?"
    first, last = words[0], words[-1]
    return ("".join(first[:2]) if len(words) == 1 else first[0] + last[0]).upper()


@lru_cache(maxsize=64)
def _locale(wanted: LocaleLike) -> Locale:
    if isinstance(wanted, Locale):
        return Locale.parse(_PLAIN_ENGLISH) if str(wanted) == "en" else wanted
    try:
        return Locale.parse(_PLAIN_ENGLISH if wanted == "en" else wanted.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(_PLAIN_ENGLISH)


def _zone(zone: str | tzinfo) -> tzinfo:
    return ZoneInfo(zone) if isinstance(zone, str) else zone


def _full_pattern(locale: Locale) -> str:
    """The locale's longest way to write a day; European English without its comma."""
    pattern = str(locale.date_formats["full"].pattern)
    return pattern.replace("EEEE, d", "EEEE d") if locale.language == "en" else pattern


def _by_pattern(day: date, pattern: str, locale: LocaleLike) -> str:
    return format_date(day, pattern, locale=_locale(locale))


def _largest_unit(duration: timedelta) -> tuple[int, Unit]:
    seconds = max(60, int(duration.total_seconds()))
    return next((seconds // size, unit) for unit, size in _UNITS if seconds >= size)


def _spaced(text: str) -> str:
    """Put a space between a number and its unit, which some languages write without one in narrow form ("14d")."""
    return re.sub(r"(?<=\d)(?=[^\W\d_])", " ", text)
