"""Days, instants and lengths as readers see them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from kanban import formatting

DAY = date(2026, 11, 24)
AT = datetime(2026, 11, 24, 13, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("locale", "short", "long"),
    [
        ("en", "24 Nov", "Tuesday 24 November"),
        ("en_US", "Nov 24", "Tuesday, November 24"),
        ("de", "24. Nov.", "Dienstag, 24. November"),
        ("fr", "24 nov.", "mardi 24 novembre"),
        ("es", "24 nov", "martes, 24 de noviembre"),
        ("ru", "24 нояб.", "вторник, 24 ноября"),
        ("ja", "11月24日", "11月24日火曜日"),
        ("hu", "nov. 24.", "november 24., kedd"),
    ],
)
def test_days_read_as_the_reader_writes_them(locale: str, short: str, long: str) -> None:
    assert formatting.short_day(DAY, locale) == short
    assert formatting.long_day(DAY, locale) == long


def test_a_day_of_another_year_shows_its_year() -> None:
    assert formatting.short_day(DAY, today=date(2026, 1, 1)) == "24 Nov"
    assert formatting.short_day(DAY, today=date(2027, 1, 1)) == "24 Nov 2026"
    assert formatting.long_day(DAY, today=date(2027, 1, 1)) == "Tuesday 24 November 2026"


def test_an_instant_stands_in_the_readers_zone_and_names_it() -> None:
    assert formatting.instant(AT, "Europe/Oslo") == "Tuesday 24 November 2026, 14:05 CET"
    assert formatting.instant(AT, "UTC") == "Tuesday 24 November 2026, 13:05 UTC"
    assert formatting.instant(AT, "Pacific/Auckland").startswith("Wednesday 25 November 2026, 02:05")
    summer = AT.replace(month=7)
    assert formatting.instant(summer, "Europe/Oslo") == "Friday 24 July 2026, 15:05 CEST"
    assert formatting.instant(summer, "Europe/Oslo", "de") == "Freitag, 24. Juli 2026, 15:05 MESZ"
    assert formatting.short_instant(AT, "Europe/Oslo") == "24 Nov, 14:05"
    assert formatting.time_of_day(AT, "Europe/Oslo", "en_US").replace("\u202f", " ") == "2:05 PM"


def test_what_is_of_today_shows_its_time_and_anything_else_its_day() -> None:
    assert formatting.lately(AT, "Europe/Oslo", today=DAY) == "14:05"
    assert formatting.lately(AT, "Europe/Oslo", today=DAY + timedelta(days=1)) == "24 Nov"
    assert formatting.lately(AT, "Pacific/Auckland", today=DAY) == "25 Nov", "today is the reader's"
    assert formatting.lately(AT, "Europe/Oslo", today=date(2027, 11, 24)) == "24 Nov 2026"


def test_an_appointment_names_its_weekday_and_the_zone_in_which_it_is_told() -> None:
    assert formatting.appointment(AT, "Europe/Oslo") == "Tue 24 Nov, 14:05 (Europe/Oslo)"
    assert formatting.appointment(AT, "America/New_York", "de") == "Di., 24. Nov., 08:05 (America/New_York)"
    assert "2026" in formatting.appointment(AT, "UTC", today=date(2027, 1, 1))


def test_both_hours_of_the_night_in_which_the_clocks_go_back_are_named() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    for _ in range(2):
        assert formatting.instant(first, "Europe/Oslo") == "Sunday 25 October 2026, 02:30 CEST"
        assert formatting.instant(first + timedelta(hours=1), "Europe/Oslo") == "Sunday 25 October 2026, 02:30 CET"


@pytest.mark.parametrize(
    ("lasted", "long", "past"),
    [
        (timedelta(days=4, hours=20), "4 days", "4 days ago"),
        (timedelta(days=400), "400 days", "400 days ago"),
        (timedelta(hours=5, minutes=59), "5 hours", "5 hours ago"),
        (timedelta(minutes=12), "12 minutes", "12 minutes ago"),
        (timedelta(seconds=3), "1 minute", "1 minute ago"),
        (timedelta(days=1), "1 day", "1 day ago"),
    ],
)
def test_waiting_counts_whole_units(lasted: timedelta, long: str, past: str) -> None:
    assert formatting.waiting(AT - lasted, AT) == long
    assert formatting.ago(AT - lasted, AT) == past


def test_what_lies_ahead_reads_as_the_future() -> None:
    assert formatting.ago(AT + timedelta(hours=5), AT) == "in 5 hours"
    assert formatting.ago(AT + timedelta(days=3), AT, "de") == "in 3 Tagen"


def test_a_number_of_days_fits_on_a_card() -> None:
    assert formatting.days(14) == "14 d"
    assert formatting.days(14, "de") == "14 T"
    assert formatting.long_days(14) == "14 days"
    assert formatting.long_days(1) == "1 day"


def test_numbers_have_one_decimal_at_most() -> None:
    assert formatting.number(4) == "4"
    assert formatting.number(4.26) == "4.3"
    assert formatting.number(1234.5, "de") == "1.234,5"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ingrid Lund", "IL"),
        ("Anders", "AN"),
        ("Maria del Carmen", "MC"),
        ("  jo  ", "JO"),
        ("Åse (guest) Ødegård", "ÅØ"),
        ("X", "X"),
        ("", "?"),
        ("- !", "?"),
    ],
)
def test_initials_come_from_the_first_and_the_last_word(name: str, expected: str) -> None:
    assert formatting.initials(name) == expected


def test_an_unknown_locale_reads_as_plain_english() -> None:
    for locale in ("xx", "", "not a locale", Locale("en")):
        assert formatting.short_day(DAY, locale) == "24 Nov"
    assert formatting.short_day(DAY, "de-CH") == "24. Nov."


@given(st.text(max_size=40))
def test_any_name_has_initials_that_fit(name: str) -> None:
    assert formatting.initials(name)
    assert not any(sign.isspace() for sign in formatting.initials(name))


@given(st.timedeltas(timedelta(0), timedelta(days=4000)), st.sampled_from(["en", "de", "fr", "ru", "ja", "pl"]))
def test_every_length_names_its_number(lasted: timedelta, locale: str) -> None:
    text = formatting.length(lasted, locale)
    assert any(sign.isdigit() for sign in text)
    assert any(sign.isdigit() for sign in formatting.ago(AT - lasted, AT, locale)) or lasted < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("size", "locale", "words"),
    [
        (0, "en", "0 bytes"),
        (1, "en", "1 byte"),
        (999, "en", "999 bytes"),
        (1_500, "en", "1.5 kB"),
        (1_500, "de", "1,5 kB"),
        (740_400, "en", "740 kB"),
        (999_999, "en", "1 MB"),
        (20_000_000, "en", "20 MB"),
        (20_000_000, "fr", "20 Mo"),
    ],
)
def test_a_files_size_is_told_in_the_largest_unit_that_fits(size: int, locale: str, words: str) -> None:
    assert formatting.file_size(size, locale).replace("\u202f", " ").replace("\xa0", " ") == words
