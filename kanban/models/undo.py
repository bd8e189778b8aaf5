"""Undoing one's own command: reversing each of its log entries, the last one first.

Moves are reversed in `move`. Mails that the command caused are not recalled.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kanban import clock
from kanban.errors import Refused
from kanban.models.attachment import Attachment, AttachmentSpace
from kanban.models.block import Block
from kanban.models.criterion import Criterion
from kanban.models.event import Event
from kanban.models.item import Item
from kanban.models.kinds import ClassOfService, ItemType
from kanban.models.label import Label
from kanban.models.link import LinkKind, Needs
from kanban.models.member import Member
from kanban.models.milestone import Milestone
from kanban.models.move import Move
from kanban.models.place import Caution, Place
from kanban.models.user import User
from kanban.policy import Action

#: Discard reason of an item that was made by a split which was then undone.
SPLIT_TAKEN_BACK = "The split was taken back."
#: Discard reason of an item that was made as a part of another one, which was then undone.
PART_TAKEN_BACK = "Adding it as a part was taken back."


@dataclass(frozen=True)
class CommandEvents:
    """What one command did to one item: its entries in log order.

    `last` is the version of the item's last entry that still has effect, ignoring entries that were undone and the
    undoing itself; None if neither this command nor a later one still has effect.
    """

    version: int
    events: tuple[Event, ...]
    last: int | None


@dataclass(frozen=True)
class UndoContext:
    """What an undo must know about other items and files, as the loader read it under the lock.

    whole, has_parts  what the item was a part of before, and whether it has parts
    milestone         the milestone it belonged to before
    others, needs     the items at the other ends of its links by number, and which items need which now
    files, space      the files that were attached or removed, by number, and the room there is
    """

    whole: Item | None = None
    has_parts: bool = False
    milestone: Milestone | None = None
    others: Mapping[int, Item] = field(default_factory=dict)
    needs: Needs = field(default_factory=dict)
    files: Mapping[int, Attachment] = field(default_factory=dict)
    space: AttachmentSpace | None = None


@dataclass
class ItemUndo:
    """One item's part of a command that is being undone.

    place         the place beside the old neighbour, if it was moved or discarded
    people        those who were assigned before and are still members
    labels        the labels it had before
    context       the other items and the files that the command was about
    limit_reason  why it may come back into a full column, if the limit asks for a reason
    """

    item: Item
    command: CommandEvents
    by: Member
    place: Place | None = None
    people: list[User] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    context: UndoContext = field(default_factory=UndoContext)
    limit_reason: str | None = None
    cautions: list[Caution] = field(default_factory=list)

    def carry_out(self) -> list[Caution]:
        """Check, change and record; each new log entry names the version that it undoes. Returns the cautions."""
        self._check()
        recorded = self.item.product.recorded
        before = len(recorded)
        for event in reversed(self.command.events):
            _UNDO_BY_KIND[event.kind].undo(self, event.data)
        for entry in recorded[before:]:
            entry.data["undoes"] = self.command.version
        if len(recorded) == before:
            raise Refused("There is nothing left to undo.")
        return self.cautions

    def _check(self) -> None:
        events = self.command.events
        if any(event.actor_id != self.by.user_id for event in events):
            raise Refused("Only the person who did it can undo that.", "not_yours")
        if any("undoes" in event.data for event in events):
            raise Refused("An undo can’t be undone. Do it again by hand.")
        if any(event.kind not in _UNDO_BY_KIND for event in events) or self._only_made_it():
            raise Refused("That can’t be undone.")
        if self.command.last is None:
            raise Refused("That has already been undone.")
        if self.command.last != self.command.version:
            raise self._changed()
        for action in {_UNDO_BY_KIND[event.kind].action for event in events}:
            self.by.must(action)

    def _only_made_it(self) -> bool:
        """Whether the command created it, neither by a split nor as a part; such a creation can't be undone."""
        made = any(event.kind == "created" for event in self.command.events)
        return made and not self._is_of_split() and not any(event.kind == "made_part" for event in self.command.events)

    def _is_of_split(self) -> bool:
        return any(event.data.get("link") == LinkKind.SPLIT_FROM for event in self.command.events)

    def _changed(self) -> Refused:
        return Refused(f"{self.item.ref} has changed since. Look again.", "changed_since")

    # Ways back

    def undo_moved(self, data: dict[str, Any]) -> None:
        """Undo a move: put the item back beside its old neighbour, with its old start and finish."""
        self.cautions += self._move().undo(data["was"])

    def _move(self) -> Move:
        if self.place is None:
            raise Refused("The column it came from is gone.")
        return Move(self.item, self.place, self.by, self.limit_reason, None, clock.now())

    def undo_assigned(self, data: dict[str, Any]) -> None:
        """Undo an assignment: give it back to its former assignees, if they are still members."""
        self.item.assign(self.people, by=self.by)

    def undo_edited(self, data: dict[str, Any]) -> None:
        """Undo an edit: restore each field's old value; refused if somebody has changed one of them since."""
        changes: dict[str, Any] = {}
        for name, (was, now) in data["changes"].items():
            if self._current_value(name) != now:
                raise self._changed()
            changes[name] = self.labels if name == "labels" else _TYPES.get(name, str)(was)
        self.item.edit(changes, revision=self.item.revision, by=self.by)

    def _current_value(self, name: str) -> Any:
        if name == "labels":
            return sorted((label.name for label in self.item.labels), key=str.casefold)
        return getattr(self.item, name)

    def undo_discarded(self, data: dict[str, Any]) -> None:
        """Undo a discard: bring the item back into the order, if the limit allows it."""
        if self.place is None:
            raise Refused("The column it came from is gone.")
        self.cautions += self.item.restore(self.place, by=self.by, limit_reason=self.limit_reason)

    def undo_restored(self, data: dict[str, Any]) -> None:
        """Undo the restoring of a discarded item: discard it again, with the old reason and date."""
        was = data.get("was")
        if was is None:
            raise Refused("That can’t be undone.")
        self.item.discard(was["reason"], by=self.by)
        self.item.discarded_at = dt.datetime.fromisoformat(was["discarded_at"])

    def undo_blocked(self, data: dict[str, Any]) -> None:
        """Undo a block: remove the interval that was opened."""
        block = self._block(data["question"], is_open=True)
        self.item.blocks.remove(block)
        self.item.record("unblocked", by=self.by, question=data["question"])

    def undo_unblocked(self, data: dict[str, Any]) -> None:
        """Undo an unblocking: open the interval again as if it had never been closed."""
        block = self._block(data["question"], is_open=False)
        block.until = None
        self.item.record(
            "blocked",
            by=self.by,
            reason=block.reason,
            waiting_for=block.waiting_for,
            person=block.waiting_for_id,
            question=data["question"],
        )

    def _block(self, question: int | None, *, is_open: bool) -> Block:
        found = [
            block
            for block in self.item.blocks
            if block.is_open is is_open and (block.question.number if block.question else None) == question
        ]
        if not found:
            raise self._changed()
        return max(found, key=lambda block: (block.until or block.since, block.since, block.id or 0))

    def undo_criterion_met(self, data: dict[str, Any]) -> None:
        """Undo a tick: the criterion is not met."""
        self.item.tick(data["criterion"], met=False, by=self.by)

    def undo_criterion_unmet(self, data: dict[str, Any]) -> None:
        """Undo the removal of a tick: set it again, with who had set it and when."""
        number = data["criterion"]
        self.item.tick(number, met=True, by=self.by)
        criterion = next(each for each in self.item.criteria if each.number == number)
        if data.get("met_at"):
            criterion.met_at, criterion.met_by_id = dt.datetime.fromisoformat(data["met_at"]), data["person"]

    def undo_criterion_added(self, data: dict[str, Any]) -> None:
        """Undo the adding of a criterion: remove it."""
        self.item.remove_criterion(data["criterion"], by=self.by)

    def undo_criterion_changed(self, data: dict[str, Any]) -> None:
        """Undo the rewording of a criterion: restore its old words and the tick they had."""
        self.item.change_criterion(data["criterion"], data["was"], by=self.by)
        self._tick_again(data)

    def undo_criterion_removed(self, data: dict[str, Any]) -> None:
        """Undo the removal of a criterion: add it with its old number, its tick and the question it came from."""
        number, text = data["criterion"], data["text"]
        self.item.criteria.append(Criterion(number=number, text=text, question_id=data.get("of_question")))
        self.item.record("criterion_added", by=self.by, criterion=number, text=text)
        self._tick_again(data)

    def _tick_again(self, data: dict[str, Any]) -> None:
        if data.get("met_at"):
            self.undo_criterion_unmet(data)

    def undo_made_part(self, data: dict[str, Any]) -> None:
        """Undo a change of what it is a part of: make it a part of what it was before, or of none."""
        self.item.make_part_of(self.context.whole, has_parts=self.context.has_parts, by=self.by)

    def undo_linked(self, data: dict[str, Any]) -> None:
        """Undo a link: remove it."""
        self.item.unlink(LinkKind(data["link"]), self.context.others[data["other"]], by=self.by)

    def undo_unlinked(self, data: dict[str, Any]) -> None:
        """Undo the removal of a link: add it again, unless that would now close a circle."""
        self.item.link(LinkKind(data["link"]), self.context.others[data["other"]], needs=self.context.needs, by=self.by)

    def undo_attached(self, data: dict[str, Any]) -> None:
        """Undo the attaching of a file: remove it."""
        self.context.files[data["attachment"]].remove(by=self.by)

    def undo_detached(self, data: dict[str, Any]) -> None:
        """Undo the removal of a file: attach it again, if it has not been deleted from disk yet."""
        assert self.context.space is not None, "a loader reads it with the files"
        self.context.files[data["attachment"]].bring_back(self.context.space, by=self.by)

    def undo_created(self, data: dict[str, Any]) -> None:
        """Undo the making of an item by a split or as a part: discard it; its number is never used again."""
        self.item.discard(SPLIT_TAKEN_BACK if self._is_of_split() else PART_TAKEN_BACK, by=self.by)

    def undo_split(self, data: dict[str, Any]) -> None:
        """Undo a split: only record it, since what was handed over comes back through its own log entries."""
        self.item.record("rejoined", by=self.by, of=data["into"])

    def undo_aimed(self, data: dict[str, Any]) -> None:
        """Undo a change of milestone: put it back into the one it belonged to before, or into none.

        That works even if the milestone has come to count as reached because the item left it.
        """
        if data["was_for"] is not None and self.context.milestone is None:
            raise Refused("The milestone it belonged to is gone.")
        self.item.aim_for(self.context.milestone, is_reached=False, by=self.by)

    def undo_with_move(self, data: dict[str, Any]) -> None:
        """Do nothing: the entry is undone with the move that it belongs to."""


@dataclass(frozen=True)
class _UndoOfKind:
    action: Action
    undo: Callable[[ItemUndo, dict[str, Any]], None]


_TYPES: dict[str, Callable[[Any], Any]] = {
    "type": ItemType,
    "class_of_service": ClassOfService,
    "value": lambda points: points,
    "effort": lambda points: points,
}
_UNDO_BY_KIND: dict[str, _UndoOfKind] = {
    "created": _UndoOfKind(Action.SPLIT, ItemUndo.undo_created),
    "split": _UndoOfKind(Action.SPLIT, ItemUndo.undo_split),
    "aimed": _UndoOfKind(Action.PROMISE, ItemUndo.undo_aimed),
    "moved": _UndoOfKind(Action.MOVE, ItemUndo.undo_moved),
    "limit_broken": _UndoOfKind(Action.MOVE, ItemUndo.undo_with_move),
    "passed_over": _UndoOfKind(Action.MOVE, ItemUndo.undo_with_move),
    "assigned": _UndoOfKind(Action.ASSIGN, ItemUndo.undo_assigned),
    "edited": _UndoOfKind(Action.EDIT_ITEM, ItemUndo.undo_edited),
    "discarded": _UndoOfKind(Action.DISCARD, ItemUndo.undo_discarded),
    "restored": _UndoOfKind(Action.DISCARD, ItemUndo.undo_restored),
    "blocked": _UndoOfKind(Action.BLOCK, ItemUndo.undo_blocked),
    "unblocked": _UndoOfKind(Action.BLOCK, ItemUndo.undo_unblocked),
    "criterion_met": _UndoOfKind(Action.TICK_CRITERION, ItemUndo.undo_criterion_met),
    "criterion_unmet": _UndoOfKind(Action.TICK_CRITERION, ItemUndo.undo_criterion_unmet),
    "criterion_added": _UndoOfKind(Action.SET_CRITERIA, ItemUndo.undo_criterion_added),
    "criterion_changed": _UndoOfKind(Action.SET_CRITERIA, ItemUndo.undo_criterion_changed),
    "criterion_removed": _UndoOfKind(Action.SET_CRITERIA, ItemUndo.undo_criterion_removed),
    "made_part": _UndoOfKind(Action.EDIT_ITEM, ItemUndo.undo_made_part),
    "linked": _UndoOfKind(Action.EDIT_ITEM, ItemUndo.undo_linked),
    "unlinked": _UndoOfKind(Action.EDIT_ITEM, ItemUndo.undo_unlinked),
    "attached": _UndoOfKind(Action.EDIT_ITEM, ItemUndo.undo_attached),
    "detached": _UndoOfKind(Action.EDIT_ITEM, ItemUndo.undo_detached),
}
