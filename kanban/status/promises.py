"""How a promise stands against the facts, and how often and far its date slipped; days in, no words out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Standing(StrEnum):
    """What became of a promise so far."""

    OPEN = "open"
    KEPT = "kept"
    LATE = "late"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Verdict:
    """Where a promise stands; `late_days` counts the days after its date, until it was finished or until today."""

    standing: Standing
    late_days: int = 0


def judge(due_on: date, *, finished_on: date | None, today: date, is_withdrawn: bool = False) -> Verdict:
    """Kept when finished on its day or before, late when its day has passed without that, else open."""
    if is_withdrawn:
        return Verdict(Standing.WITHDRAWN)
    late_days = ((finished_on or today) - due_on).days
    if late_days > 0:
        return Verdict(Standing.LATE, late_days)
    return Verdict(Standing.OPEN if finished_on is None else Standing.KEPT)


@dataclass(frozen=True)
class Slips:
    """How often a date moved to a later day, and by how many days all its changes together moved it away from the first
    one; what came forward counts against that, but never below the first date."""

    times: int = 0
    days: int = 0

    @classmethod
    def of(cls, moves: Iterable[tuple[date, date]]) -> "Slips":
        """Those of one promise, from its changes as (from, to)."""
        lengths = [(after - before).days for before, after in moves]
        return cls(sum(length > 0 for length in lengths), max(sum(lengths), 0))

    def __add__(self, other: "Slips") -> "Slips":
        return Slips(self.times + other.times, self.days + other.days)


def total(slips: Iterable[Slips]) -> Slips:
    """All of them together, for an item, a milestone or a product."""
    return sum(slips, Slips())
