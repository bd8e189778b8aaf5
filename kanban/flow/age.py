"""How old work in progress is, and what can be said of that where nobody knows since when it goes on."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple


class Age(NamedTuple):
    """Calendar days, the first one counting as 1. Where it is not known, it is at least so many: nobody knows the day
    of the start, only one by which it had started."""

    days: int
    is_known: bool = True

    @classmethod
    def since(cls, started_on: date, today: date, *, is_known: bool = True) -> "Age":
        """The age of what started on a day, or by then."""
        return cls(max(1, (today - started_on).days + 1), is_known)


def oldest(ages: Iterable[Age]) -> Age | None:
    """The highest age; known only if each is, since any other may be higher."""
    found = list(ages)
    return Age(max(age.days for age in found), all(age.is_known for age in found)) if found else None
