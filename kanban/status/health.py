"""How far the facts carry a claim about health. It suggests; the owner decides and says why where the two differ."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Ground(StrEnum):
    """What a suggestion stands on."""

    NO_PROMISE = "no_promise"
    DATE_MOVED = "date_moved"


@dataclass(frozen=True)
class Suggestion:
    """A health as its plain name, and its ground; `count` is how many promises stand behind it."""

    health: str
    ground: Ground
    count: int = 0

    def contradicts(self, claim: str) -> bool:
        """Tell whether a reader would find the claim and the facts at odds; unknown is at odds with nothing."""
        return self.health == "off_track" and claim in ("on_track", "done")


def suggest(moved_dates: int) -> Suggestion:
    """Health is about promises. One whose date moved in this update was not kept; without any, nothing can be said."""
    if moved_dates:
        return Suggestion("off_track", Ground.DATE_MOVED, moved_dates)
    return Suggestion("unknown", Ground.NO_PROMISE)


def of_promise(due_on: date, *, half: date | None, sure: date | None) -> str:
    """On track when the 85 % date is on or before the promised one, at risk when only the 50 % date is, else off track.

    A date beyond all that is forecast (None) keeps no promise. Where there is no forecast at all, don't ask: unknown.
    """
    if sure is not None and sure <= due_on:
        return "on_track"
    return "at_risk" if half is not None and half <= due_on else "off_track"
