"""What happens when an item moves, or a move is undone: permission, limits, the clock, the pull and the log."""

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kanban.errors import Forbidden, Refused
from kanban.flow.stage import QUEUE, Stage
from kanban.models.column import Column
from kanban.models.link import open_parts_sentence, unfinished_sentence
from kanban.models.member import Member
from kanban.models.place import NO_CRITERIA, Caution, Place
from kanban.models.undated import DATED, Undated
from kanban.policy import Action, Role

if TYPE_CHECKING:
    from kanban.models.item import Item


@dataclass
class Move:
    """One move of an item: `carry_out` moves it, `undo` undoes a move, `come_back` restores a discarded item."""

    item: "Item"
    place: Place
    by: Member
    limit_reason: str | None
    passed_over_reason: str | None
    at: dt.datetime
    undated: Undated = DATED
    cautions: list[Caution] = field(default_factory=list)

    def carry_out(self) -> list[Caution]:
        """Check, change and record, in that order; return the cautions."""
        source, target = self.item.column, self.place.column
        crosses = source.id != target.id
        self._check_direction(source, target)
        rank, after = self._place_given(source, target)
        if not crosses and rank in (None, self.item.rank):
            return self.cautions
        starts = crosses and source.stage in QUEUE and target.stage not in QUEUE
        if starts:
            self._check_readiness()
        if crosses:
            self._admit(target)
            self._check_criteria(target)
            self._check_parts()
        was = self._state()
        if rank is not None:
            self.item.rank = rank
        if crosses:
            self._cross(source, target)
        self._record_move(source, target, after, was)
        if starts:
            self._start(target)
        elif crosses:
            self._hold_up()
        return self.cautions

    def undo(self, was: dict[str, Any]) -> list[Caution]:
        """Put the item back where it was, with the instants in `was`; in flow figures the move never happened."""
        source, target = self.item.column, self.place.column
        if source.stage in QUEUE and target.stage in QUEUE:
            self.by.must(Action.RANK)
        if source.id != target.id:
            self._admit(target)
        now = self._state()
        if self.place.rank is not None:
            self.item.rank = self.place.rank
        self.item.column = target
        self.item.column_id = target.id
        self.item.entered_at = _instant(was["entered_at"]) or self.item.entered_at
        self.item.started_at = _instant(was["started_at"])
        self.item.finished_at = _instant(was["finished_at"])
        self.item.undated = Undated.from_log(was)
        self._record_move(source, target, self.place.after, now)
        return self.cautions

    def come_back(self) -> list[Caution]:
        """Check the limit and record that a discarded item is restored; `Item.restore` changes the item."""
        self._admit(self.place.column)
        was = {"reason": self.item.discard_reason, "discarded_at": clock_text(self.item.discarded_at)}
        self.item.record("restored", by=self.by, column=self.place.column.number, after=self.place.after, was=was)
        return self.cautions

    # Who may go where

    def _check_direction(self, source: Column, target: Column) -> None:
        if self.by.may(Action.RANK):
            return
        if source.stage in QUEUE and target.stage in QUEUE:
            raise Forbidden(
                f"The order of {target.name} is the product owner’s."
                if source.id == target.id
                else "What is ready, and in which order, is the product owner’s to say."
            )
        accepting = target.stage is Stage.DONE and source.stage is not Stage.DONE and self.item.product.accepting
        if accepting and not self.by.may(Action.ACCEPT_ITEM):
            raise Forbidden(f"Only the product owner or a delegate can accept items into {target.name}.")

    def _place_given(self, source: Column, target: Column) -> tuple[int | None, int | None]:
        """The rank to give the item (None: it keeps its own) and the number of the item that will stand before it.

        In done, and when a developer moves an item into or out of backlog and ready, the chosen place is ignored: the
        item keeps its rank or, when it goes back to backlog or ready and has a `way_back`, returns to that.
        """
        queued = source.stage in QUEUE or target.stage in QUEUE
        keeps = target.stage is Stage.DONE or (queued and not self.by.may(Action.RANK))
        if keeps and target.stage in QUEUE and self.place.way_back is not None:
            return self.place.way_back
        return (None, self.place.previous) if keeps else (self.place.rank, self.place.after)

    def _admit(self, target: Column) -> None:
        place, named = self.place, f"{self.item.ref} “{_short(self.item.title, 60)}”"
        breach = target.admit(place.arriving, occupancy=place.occupancy, reason=self.limit_reason, named=named)
        if breach:
            self.cautions.append(Caution("wip_limit", breach.sentence))
            self.item.note_breach(breach, by=self.by)

    # Readiness and start

    def _check_readiness(self) -> None:
        if self.place.blocking:
            self.cautions.append(Caution("open_question", "A blocking question on it is still open."))
        if self.place.unfinished:
            refs = [f"{self.item.product.key}-{number}" for number in self.place.unfinished]
            self.cautions.append(Caution("needs_unfinished", unfinished_sentence(refs)))
        if not self.item.criteria:
            self.cautions.append(NO_CRITERIA)

    def _check_criteria(self, target: Column) -> None:
        if target.stage is not Stage.DONE:
            return
        unmet = [criterion.text for criterion in self.item.criteria if criterion.met_at is None]
        if unmet:
            count = len(self.item.criteria)
            told = "Its acceptance criterion" if count == 1 else f"{len(unmet)} of its {count} acceptance criteria"
            named = "; ".join(_short(text, 80).rstrip(".") for text in unmet[:2])
            are, more = "is" if len(unmet) == 1 else "are", "; …" if len(unmet) > 2 else "."
            self.cautions.append(Caution("criteria_unmet", f"{told} {are} not ticked: {named}{more}"))

    def _check_parts(self) -> None:
        if self.place.open_parts:
            refs = [f"{self.item.product.key}-{number}" for number in self.place.open_parts]
            self.cautions.append(Caution("parts_unfinished", open_parts_sentence(refs)))

    def _start(self, target: Column) -> None:
        if self.place.higher and target.stage is Stage.DOING:
            self._pass_over()
        is_free = self.place.is_free or not self.item.assignees
        if target.stage is Stage.DOING and self.by.role is Role.DEVELOPER and is_free:
            self.item.assign([self.by.user], by=self.by)
        self._hold_up()

    def _hold_up(self) -> None:
        """Let open blocking questions hold up the item if work on it begins or, after it was done, begins again."""
        for question in self.place.blocking:
            question.hold_up(by=self.by)

    def _pass_over(self) -> None:
        """Record which items the pull passed over; it is never refused.

        Without a reason, a move by the owner's side passes over nobody, since the order is theirs.
        """
        reason = " ".join((self.passed_over_reason or "").split())[:500] or None
        if reason is None:
            if self.by.may(Action.RANK):
                return
            refs = ", ".join(f"{self.item.product.key}-{number}" for number in self.place.higher[:5])
            self.cautions.append(
                Caution("passed_over", f"It was pulled before {refs}, which the product owner put first.")
            )
        self.item.record("passed_over", by=self.by, items=list(self.place.higher), reason=reason)

    # Clock and log

    def _cross(self, source: Column, target: Column) -> None:
        item = self.item
        item.column = target
        item.column_id = target.id
        target.mark_used()
        item.entered_at = self.at
        if target.stage in QUEUE:
            item.started_at = item.finished_at = None
            item.undated = DATED
            return
        if item.started_at is None:
            item.started_at, item.is_start_known = self.at, not self.undated.start
        if target.stage is not Stage.DONE:
            item.finished_at = None
            item.is_finish_known = True
        elif source.stage is not Stage.DONE or item.finished_at is None:
            item.finished_at = max(self.at, item.started_at)
            item.is_finish_known = not self.undated.finish
            self._close_blocks()

    def _close_blocks(self) -> None:
        own = [block for block in self.item.open_blocks if block.is_own]
        if own:
            self.item.unblock(by=self.by)
        if self.item.open_blocks:
            raise Refused("A blocking question on it is still open. Answer or withdraw it first.")

    def _state(self) -> dict[str, Any]:
        item = self.item
        return {
            "after": self.place.previous,
            "column": item.column.number,
            "entered_at": clock_text(item.entered_at),
            "started_at": clock_text(item.started_at),
            "finished_at": clock_text(item.finished_at),
            **item.undated.log_marks,
        }

    def _record_move(self, source: Column, target: Column, after: int | None, was: dict[str, Any]) -> None:
        what: dict[str, Any] = {
            "from": source.number,
            "to": target.number,
            "from_stage": source.stage.value,
            "to_stage": target.stage.value,
            "after": after,
            "was": was,
            **self.undated.log_marks,
        }
        self.item.record("moved", by=self.by, effective_at=self.at, **what)


def _short(text: str, most: int) -> str:
    """The text, cut to `most` characters: even inside a word, since some languages put no spaces between words."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def clock_text(instant: dt.datetime | None) -> str | None:
    """An instant as text for the log (RFC 3339, UTC), or None."""
    return instant.astimezone(dt.UTC).isoformat() if instant else None


def _instant(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None
