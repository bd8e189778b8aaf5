"""The state of a promise given the facts, and how often and how far its date slipped; days in, no words out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PromiseState(StrEnum):
    """The state of a promise."""

    OPEN = "open"
    KEPT = "kept"
    LATE = "late"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Verdict:
    """Whether a promise was kept; `late_days` are the days after its date until it was finished, or until today."""

    standing: PromiseState
    late_days: int = 0


def judge(due_on: date, *, finished_on: date | None, today: date, is_withdrawn: bool = False) -> Verdict:
    """Kept if finished on its day or before, late if the day has passed without that, else open."""
    if is_withdrawn:
        return Verdict(PromiseState.WITHDRAWN)
    late_days = ((finished_on or today) - due_on).days
    if late_days > 0:
        return Verdict(PromiseState.LATE, late_days)
    return Verdict(PromiseState.OPEN if finished_on is None else PromiseState.KEPT)


@dataclass(frozen=True)
class Slips:
    """How often a date moved to a later day, and how many days after the first date it is now.

    Moves to an earlier day reduce `days`, but not below zero.
    """

    times: int = 0
    days: int = 0

    @classmethod
    def of(cls, moves: Iterable[tuple[date, date]]) -> "Slips":
        """The slips of one promise, from its changes as (from, to)."""
        lengths = [(after - before).days for before, after in moves]
        return cls(sum(length > 0 for length in lengths), max(sum(lengths), 0))

    def __add__(self, other: "Slips") -> "Slips":
        return Slips(self.times + other.times, self.days + other.days)


def total(slips: Iterable[Slips]) -> Slips:
    """The sum of these slips, for an item, a milestone or a product."""
    return sum(slips, Slips())
