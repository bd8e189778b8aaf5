"""The age of work in progress, including work whose start nobody knows."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple


class Age(NamedTuple):
    """An age in calendar days, the first one counting as 1.

    If it is not known, `days` is the least it can be, counted from a day by which the work had started.
    """

    days: int
    is_known: bool = True

    @classmethod
    def since(cls, started_on: date, today: date, *, is_known: bool = True) -> "Age":
        """The age of work that started on that day or, if its start is not known, by that day."""
        return cls(max(1, (today - started_on).days + 1), is_known)


def oldest(ages: Iterable[Age]) -> Age | None:
    """The highest age, None if there is none; known only if all ages are, since an unknown one may be higher."""
    found = list(ages)
    return Age(max(age.days for age in found), all(age.is_known for age in found)) if found else None
