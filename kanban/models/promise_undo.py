"""Undoing one's own last command about a promise, on the same day and as long as nobody was told of it.

The making, a new date or the withdrawal is then gone from the tables, as if it had never been; the log keeps both.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from kanban import clock
from kanban.errors import Refused
from kanban.models.commitment import Commitment
from kanban.models.event import Event
from kanban.models.member import Member
from kanban.policy import Action

#: What to do when it is too late, by the kind of what can be undone.
_INSTEAD = {
    "promised": "Change the date or withdraw it instead; the first date is kept.",
    "promise_changed": "Change the date again instead; the first one is kept.",
    "promise_withdrawn": "Make a new promise instead.",
}
PROMISE_ACTS = tuple(_INSTEAD)
_NAMED = 3


@dataclass(frozen=True)
class Spread:
    """How far what is to be undone has spread, as the loader read it under the lock.

    last          the version of the last entry about the promise that still has effect; None if there is none
    told_in       the number of the first update published since that may tell of it, and
    told_to       the names of those it was promised to and who were sent that update
    is_notice     whether that update was the notice about it
    drafted_in    the number of the draft that is to tell of it
    is_kept       whether a stored forecast was made with it
    is_promised   whether something else has been promised about the same subject
    """

    last: int | None
    told_in: int | None = None
    told_to: tuple[str, ...] = ()
    is_notice: bool = False
    drafted_in: int | None = None
    is_kept: bool = False
    is_promised: bool = False


@dataclass(frozen=True)
class PromiseUndo:
    """The undoing of what `event` says was done to a promise; None as `commitment` if it is gone."""

    commitment: Commitment | None
    event: Event
    spread: Spread
    by: Member

    @property
    def is_unmade(self) -> bool:
        """Whether it is the making of the promise that is undone; the caller then deletes the row."""
        return self.event.kind == "promised"

    def carry_out(self) -> Commitment:
        """Check, change and record; the new log entry names the version that it undoes. Returns the promise."""
        if self.event.actor_id != self.by.user_id:
            raise Refused("Only the person who did it can undo that.", "not_yours")
        self.by.must(Action.PROMISE)
        if self.commitment is None or self.spread.last is None:
            raise Refused("That has already been undone.")
        if self.spread.last != self.event.version:
            raise Refused("The promise has changed since. Look again.", "changed_since")
        self._check_spread(self.commitment.product.zone)
        self.commitment.undo(self.event, by=self.by)
        return self.commitment

    def _check_spread(self, zone: ZoneInfo) -> None:
        why = self._why_too_late(zone)
        if why:
            raise Refused(f"{why} {_INSTEAD[self.event.kind]}")
        if self.spread.drafted_in is not None:
            raise Refused(f"Update {self.spread.drafted_in} is being written to tell of it. Throw it away first.")
        if self.spread.is_promised and self.event.kind == "promise_withdrawn":
            raise Refused("Another promise has been made about it since.")

    def _why_too_late(self, zone: ZoneInfo) -> str:
        """One sentence, or "" if it is not too late."""
        spread = self.spread
        if spread.told_in is not None and spread.told_to:
            rest = len(spread.told_to) - _NAMED
            more = f" and {rest} more" if rest > 0 else ""
            was_told = "was already told" if spread.is_notice else "may have been told"
            return f"It {was_told} to {', '.join(spread.told_to[:_NAMED])}{more} in update {spread.told_in}."
        if spread.told_in is not None:
            return f"Update {spread.told_in} has been published since."
        if clock.day_of(self.event.at, zone) != clock.today(zone):
            return "That can only be undone on the same day."
        return "Today’s forecast has been stored with it." if spread.is_kept else ""
