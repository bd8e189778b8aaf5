"""Undoing one's own command: the opposite of each of its entries, last one first; undoing a move is in `move`. What was
mailed stays mailed."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kanban import clock
from kanban.errors import Refused
from kanban.models.attachment import Attachment, Shelf
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

#: The reason given for discarding an item whose creation was undone.
SPLIT_TAKEN_BACK = "The split was taken back."


@dataclass(frozen=True)
class Deed:
    """What one command did to one item: its entries in log order.

    `last` is the version of the item's last effective entry, ignoring entries that were undone and the undoing itself;
    None if none since this command, itself included, is effective.
    """

    version: int
    events: tuple[Event, ...]
    last: int | None


@dataclass(frozen=True)
class Kin:
    """What an undo must know of other items and of files, as the loader read it under the lock.

    whole, has_parts  what it was a part of before, and whether it has parts
    milestone         which it belonged to before
    others, needs     the items at the other ends of its links by number, and who needs whom now
    files, shelf      the files that came or went by number, and the room there is
    """

    whole: Item | None = None
    has_parts: bool = False
    milestone: Milestone | None = None
    others: Mapping[int, Item] = field(default_factory=dict)
    needs: Needs = field(default_factory=dict)
    files: Mapping[int, Attachment] = field(default_factory=dict)
    shelf: Shelf | None = None


@dataclass
class TakeBack:
    """One item's part of a command that is being undone.

    place   beside the old neighbour, for what was moved or discarded
    people  those who held the item before and are still members
    labels  what it was labelled with before
    kin     the items and files that the command was about as well
    limit_reason  why it may come back into a full column, where its limit asks
    """

    item: Item
    deed: Deed
    by: Member
    place: Place | None = None
    people: list[User] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    kin: Kin = field(default_factory=Kin)
    limit_reason: str | None = None
    cautions: list[Caution] = field(default_factory=list)

    def carry_out(self) -> list[Caution]:
        """Check, change, record: each new entry names the version that it undoes."""
        self._check()
        recorded = self.item.product.recorded
        before = len(recorded)
        for event in reversed(self.deed.events):
            _WAYS[event.kind].go_back(self, event.data)
        for entry in recorded[before:]:
            entry.data["undoes"] = self.deed.version
        if len(recorded) == before:
            raise Refused("There is nothing left to undo.")
        return self.cautions

    def _check(self) -> None:
        events = self.deed.events
        if any(event.actor_id != self.by.user_id for event in events):
            raise Refused("Only the person who did it can undo that.", "not_yours")
        if any("undoes" in event.data for event in events):
            raise Refused("An undo can’t be undone. Do it again by hand.")
        if any(event.kind not in _WAYS for event in events) or self._only_made_it():
            raise Refused("That can’t be undone.")
        if self.deed.last is None:
            raise Refused("That has already been undone.")
        if self.deed.last != self.deed.version:
            raise self._changed()
        for action in {_WAYS[event.kind].action for event in events}:
            self.by.must(action)

    def _only_made_it(self) -> bool:
        """Tell whether the command only created it, other than by a split."""
        made = any(event.kind == "created" for event in self.deed.events)
        return made and not any(event.data.get("link") == LinkKind.SPLIT_FROM for event in self.deed.events)

    def _changed(self) -> Refused:
        return Refused(f"{self.item.ref} has changed since. Look again.", "changed_since")

    # Ways back

    def move(self, data: dict[str, Any]) -> None:
        """Out of the new place: beside its old neighbour, with its old clock."""
        self.cautions += self._move().take_back(data["was"])

    def _move(self) -> Move:
        if self.place is None:
            raise Refused("The column it came from is gone.")
        return Move(self.item, self.place, self.by, self.limit_reason, None, clock.now())

    def assign(self, data: dict[str, Any]) -> None:
        """Back to its former assignees, as far as they are still members."""
        self.item.assign(self.people, by=self.by)

    def edit(self, data: dict[str, Any]) -> None:
        """Field by field back to the old words, unless somebody changed them since."""
        changes: dict[str, Any] = {}
        for name, (was, now) in data["changes"].items():
            if self._present(name) != now:
                raise self._changed()
            changes[name] = self.labels if name == "labels" else _TYPES.get(name, str)(was)
        self.item.edit(changes, revision=self.item.revision, by=self.by)

    def _present(self, name: str) -> Any:
        if name == "labels":
            return sorted((label.name for label in self.item.labels), key=str.casefold)
        return getattr(self.item, name)

    def discard(self, data: dict[str, Any]) -> None:
        """Back into the order, as far as the limit lets it."""
        if self.place is None:
            raise Refused("The column it came from is gone.")
        self.cautions += self.item.restore(self.place, by=self.by, limit_reason=self.limit_reason)

    def restore(self, data: dict[str, Any]) -> None:
        """Out of the order again, with the old reason and date."""
        was = data.get("was")
        if was is None:
            raise Refused("That can’t be undone.")
        self.item.discard(was["reason"], by=self.by)
        self.item.discarded_at = dt.datetime.fromisoformat(was["discarded_at"])

    def block(self, data: dict[str, Any]) -> None:
        """The interval that was opened is removed."""
        block = self._block(data["question"], is_open=True)
        self.item.blocks.remove(block)
        self.item.record("unblocked", by=self.by, question=data["question"])

    def unblock(self, data: dict[str, Any]) -> None:
        """The interval that was closed goes on."""
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

    def tick(self, data: dict[str, Any]) -> None:
        """The tick off again."""
        self.item.tick(data["criterion"], met=False, by=self.by)

    def untick(self, data: dict[str, Any]) -> None:
        """The tick on again, with who set it and when."""
        number = data["criterion"]
        self.item.tick(number, met=True, by=self.by)
        criterion = next(each for each in self.item.criteria if each.number == number)
        if data.get("met_at"):
            criterion.met_at, criterion.met_by_id = dt.datetime.fromisoformat(data["met_at"]), data["person"]

    def remove_criterion(self, data: dict[str, Any]) -> None:
        """The added criterion is removed."""
        self.item.remove_criterion(data["criterion"], by=self.by)

    def reword_criterion(self, data: dict[str, Any]) -> None:
        """The old words, with the tick they had."""
        self.item.change_criterion(data["criterion"], data["was"], by=self.by)
        self._tick_again(data)

    def restore_criterion(self, data: dict[str, Any]) -> None:
        """The removed criterion, at its old place, with its tick and its source."""
        number, text = data["criterion"], data["text"]
        self.item.criteria.append(Criterion(number=number, text=text, question_id=data.get("of_question")))
        self.item.record("criterion_added", by=self.by, criterion=number, text=text)
        self._tick_again(data)

    def _tick_again(self, data: dict[str, Any]) -> None:
        if data.get("met_at"):
            self.untick(data)

    def belong(self, data: dict[str, Any]) -> None:
        """A part of what it was a part of before, or of none."""
        self.item.make_part_of(self.kin.whole, has_parts=self.kin.has_parts, by=self.by)

    def unlink(self, data: dict[str, Any]) -> None:
        """Without the link again."""
        self.item.unlink(LinkKind(data["link"]), self.kin.others[data["other"]], by=self.by)

    def link(self, data: dict[str, Any]) -> None:
        """With the link again, unless it would now close a circle."""
        self.item.link(LinkKind(data["link"]), self.kin.others[data["other"]], needs=self.kin.needs, by=self.by)

    def detach(self, data: dict[str, Any]) -> None:
        """The file off again."""
        self.kin.files[data["attachment"]].remove(by=self.by)

    def attach(self, data: dict[str, Any]) -> None:
        """The file on it again, while it is kept."""
        assert self.kin.shelf is not None, "a loader reads it with the files"
        self.kin.files[data["attachment"]].bring_back(self.kin.shelf, by=self.by)

    def unmake(self, data: dict[str, Any]) -> None:
        """An item made by the split is discarded; its number is never used again."""
        self.item.discard(SPLIT_TAKEN_BACK, by=self.by)

    def rejoin(self, data: dict[str, Any]) -> None:
        """One item again; what was handed over comes back through its own entries."""
        self.item.record("rejoined", by=self.by, of=data["into"])

    def aim_back(self, data: dict[str, Any]) -> None:
        """Into the milestone that it belonged to before, or into none.

        One that counts as reached since it has left takes it too.
        """
        if data["was_for"] is not None and self.kin.milestone is None:
            raise Refused("The milestone it belonged to is gone.")
        self.item.aim_for(self.kin.milestone, is_reached=False, by=self.by)

    def leave(self, data: dict[str, Any]) -> None:
        """Nothing to do: it is undone with the move that it belongs to."""


@dataclass(frozen=True)
class _Way:
    action: Action
    go_back: Callable[[TakeBack, dict[str, Any]], None]


_TYPES: dict[str, Callable[[Any], Any]] = {
    "type": ItemType,
    "class_of_service": ClassOfService,
    "value": lambda points: points,
    "effort": lambda points: points,
}
_WAYS: dict[str, _Way] = {
    "created": _Way(Action.SPLIT, TakeBack.unmake),
    "split": _Way(Action.SPLIT, TakeBack.rejoin),
    "aimed": _Way(Action.PROMISE, TakeBack.aim_back),
    "moved": _Way(Action.MOVE, TakeBack.move),
    "limit_broken": _Way(Action.MOVE, TakeBack.leave),
    "passed_over": _Way(Action.MOVE, TakeBack.leave),
    "assigned": _Way(Action.ASSIGN, TakeBack.assign),
    "edited": _Way(Action.EDIT_ITEM, TakeBack.edit),
    "discarded": _Way(Action.DISCARD, TakeBack.discard),
    "restored": _Way(Action.DISCARD, TakeBack.restore),
    "blocked": _Way(Action.BLOCK, TakeBack.block),
    "unblocked": _Way(Action.BLOCK, TakeBack.unblock),
    "criterion_met": _Way(Action.TICK_CRITERION, TakeBack.tick),
    "criterion_unmet": _Way(Action.TICK_CRITERION, TakeBack.untick),
    "criterion_added": _Way(Action.SET_CRITERIA, TakeBack.remove_criterion),
    "criterion_changed": _Way(Action.SET_CRITERIA, TakeBack.reword_criterion),
    "criterion_removed": _Way(Action.SET_CRITERIA, TakeBack.restore_criterion),
    "made_part": _Way(Action.EDIT_ITEM, TakeBack.belong),
    "linked": _Way(Action.EDIT_ITEM, TakeBack.unlink),
    "unlinked": _Way(Action.EDIT_ITEM, TakeBack.link),
    "attached": _Way(Action.EDIT_ITEM, TakeBack.detach),
    "detached": _Way(Action.EDIT_ITEM, TakeBack.attach),
}
