"""How far the facts carry a claim about health. It suggests; the owner decides and says why where the two differ."""

from dataclasses import dataclass
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
