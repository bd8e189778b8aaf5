"""How far the facts support a claim about health: they suggest, the owner decides and says why if the two differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from kanban.formatting import short_day
from kanban.status.gettext import Gettext, plain

WORST_FIRST = ("off_track", "at_risk", "on_track")


class Ground(StrEnum):
    """What a suggestion is based on."""

    NOTHING = "nothing"
    DATE_MOVED = "date_moved"
    FORECAST = "forecast"
    SLIPPED = "slipped"


@dataclass(frozen=True)
class PromiseHealth:
    """How one open promise stands.

    `half` and `sure` are its dates at 50 and 85 %, None if beyond the forecast; `is_known` says whether there is a
    forecast. `slipped_from` is the earlier day that the readers of a delay notice know, if it slipped.
    """

    number: int
    title: str
    due_on: date
    half: date | None
    sure: date | None
    is_past: bool = False
    slipped_from: date | None = None
    is_known: bool = True

    @property
    def health(self) -> str:
        """The health of this promise alone.

        A promise whose day has passed is off track; one that slipped is at risk at best.
        """
        return "at_risk" if self.slips_only else self._without_slip

    @property
    def slips_only(self) -> bool:
        """Whether nothing but its slip speaks against the promise."""
        return self.slipped_from is not None and self._without_slip in ("on_track", "unknown")

    @property
    def _without_slip(self) -> str:
        if self.is_past:
            return "off_track"
        return of_promise(self.due_on, half=self.half, sure=self.sure) if self.is_known else "unknown"


@dataclass(frozen=True)
class Suggestion:
    """A suggested health and its ground; `count` is how many promises it is based on, `stands` which ones."""

    health: str
    ground: Ground
    count: int = 0
    stands: tuple[PromiseHealth, ...] = ()

    def contradicts(self, claim: str) -> bool:
        """Whether readers would find that claim and facts contradict each other; an unknown health never does."""
        return self.health == "off_track" and claim in ("on_track", "done")

    def differs(self, claim: str) -> bool:
        """Whether the owner owes readers a reason: the facts suggest something, and the claim differs."""
        if self.ground is Ground.SLIPPED:
            return claim in ("on_track", "done")
        return self.ground is Ground.FORECAST and self.health != claim


@dataclass(frozen=True)
class Judged:
    """What is frozen beside a claim.

    The suggestion, its reasons in words, and the findings of the checks as {code, message, mentioned, reason}.
    """

    suggestion: Suggestion
    reasons: tuple[str, ...] = ()
    checks: tuple[dict[str, Any], ...] = ()


def suggest(moved_dates: int, stands: Sequence[PromiseHealth] = ()) -> Suggestion:
    """The health of the worst promise whose state is known.

    If there is none, dates that moved in this update count as promises not kept; without those, the health is unknown.
    """
    if stands:
        worst = min((stand.health for stand in stands), key=WORST_FIRST.index)
        behind = tuple(stand for stand in stands if stand.health == worst)
        ground = Ground.SLIPPED if all(stand.slips_only for stand in behind) else Ground.FORECAST
        return Suggestion(worst, ground, len(behind), behind)
    if moved_dates:
        return Suggestion("off_track", Ground.DATE_MOVED, moved_dates)
    return Suggestion("unknown", Ground.NOTHING)


def of_promise(due_on: date, *, half: date | None, sure: date | None) -> str:
    """On track if the 85 % date is on or before the promised day, at risk if only the 50 % date is, else off track.

    A date beyond the forecast (None) keeps no promise. Don't call this without any forecast: the health is unknown
    then.
    """
    if sure is not None and sure <= due_on:
        return "on_track"
    return "at_risk" if half is not None and half <= due_on else "off_track"


def reason_for(stand: PromiseHealth, today: date, *, locale: str = "en", gettext: Gettext = plain) -> str:
    """Why the facts suggest their health, in a sentence about one promise."""
    due, sure = short_day(stand.due_on, locale, today=today), stand.sure
    if stand.slips_only and stand.slipped_from is not None:
        old = short_day(stand.slipped_from, locale, today=today)
        return gettext("“%(title)s” was promised for %(old)s and moved to %(due)s", title=stand.title, old=old, due=due)
    if stand.is_past:
        return gettext("“%(title)s” was promised for %(due)s, and that day has passed", title=stand.title, due=due)
    if sure is None:
        return gettext("“%(title)s” is promised for %(due)s, but no likely day is in sight", title=stand.title, due=due)
    return gettext(
        "“%(title)s” is promised for %(due)s and likely (85 %%) by %(sure)s",
        title=stand.title,
        due=due,
        sure=short_day(sure, locale, today=today),
    )
