"""Undo by the rules alone: whose command it is, whether something happened since, and how each part of it goes back."""

from dataclasses import replace

from tests.faults.mirror import FORBIDDEN, QUEUE, Card, Entry, No
from tests.faults.rules import Rules, need

#: What can be undone, and the permission that it takes.
WAYS = {
    "moved": "move",
    "limit_broken": "move",
    "passed_over": "move",
    "assigned": "assign",
    "edited": "edit",
    "discarded": "discard",
    "restored": "discard",
    "blocked": "block",
    "unblocked": "block",
    "criterion_met": "tick",
    "criterion_unmet": "tick",
    "criterion_added": "criteria",
    "criterion_changed": "criteria",
    "criterion_removed": "criteria",
    "made_part": "edit",
    "created": "discard",
    "linked": "edit",
    "unlinked": "edit",
    "attached": "edit",
    "detached": "edit",
}


class Returning(Rules):
    """The rules with undo."""

    def undo(self, by: str, version: int, reason: str = "") -> None:
        self.must(by, "move")
        entries = [entry for entry in self.log if entry.version == version]
        need(entries and all(entry.item is not None for entry in entries))
        for number in dict.fromkeys(entry.item for entry in reversed(entries)):
            card, made = self.cards[number or 0], len(self.fresh)
            self._take_back(by, card, [entry for entry in entries if entry.item == number], reason)
            need(len(self.fresh) > made)
            self.fresh[made:] = [replace(entry, undoes=version) for entry in self.fresh[made:]]

    def _take_back(self, by: str, card: Card, entries: list[Entry], reason: str) -> None:
        version = entries[0].version
        need(all(entry.by == by and entry.undoes is None and entry.kind in WAYS for entry in entries))
        kinds = {entry.kind for entry in entries}
        need("created" not in kinds or "made_part" in kinds)
        for entry in entries:
            if entry.kind == "moved":
                need(any(column.number == entry.what["was"].get("column") for column in self.columns))
        need(self._last_standing(card, version) == version)
        if not all(self.may(by, WAYS[entry.kind]) for entry in entries):
            raise No(FORBIDDEN)
        for entry in reversed(entries):
            self._back(by, card, entry, reason)

    def _last_standing(self, card: Card, version: int) -> int | None:
        undone: set[int] = set()
        for entry in reversed(self.log):
            if entry.item != card.number or entry.version < version or entry.kind == "reason_given":
                continue
            if entry.version in undone:
                continue
            if entry.undoes is None:
                return entry.version
            undone.add(entry.undoes)
        return None

    def _back(self, by: str, card: Card, entry: Entry, reason: str) -> None:
        what = entry.what
        match entry.kind:
            case "moved":
                self._move_back(by, card, entry, reason)
            case "assigned":
                self._assign(by, card, what["was"] & self.roles.keys())
            case "edited":
                need(all(getattr(card, name) == now for name, (_was, now) in what["changes"].items()))
                self._word(by, card, {name: was for name, (was, _now) in what["changes"].items()})
            case "discarded":
                self._restore(by, card, self.beside(what["after"], card.number), reason)
            case "restored":
                self._discard(by, card)
            case "blocked":
                need(what["question"] in card.holds)
                self.release(card, what["question"], by)
            case "unblocked":
                card.holds.add(what["question"])
                self.record("blocked", card.number, by, question=what["question"])
            case "criterion_met" | "criterion_unmet":
                self._tick(by, card, what["criterion"], met=entry.kind == "criterion_unmet")
            case "criterion_added":
                self._word_criterion(by, card, what["criterion"], None)
            case "criterion_changed":
                text, met = what["was"]
                self._word_criterion(by, card, what["criterion"], text)
                self._tick(by, card, what["criterion"], met=met)
            case "criterion_removed":
                text, met = what["was"]
                card.criteria[what["criterion"]] = (text, False)
                self.record("criterion_added", card.number, by, criterion=what["criterion"])
                self._tick(by, card, what["criterion"], met=met)
            case "made_part":
                self._join(by, card, self.cards[what["was"]] if what["was"] else None)
            case "created":
                self._discard(by, card)
            case "linked":
                self._unlink(by, card, self.cards[what["other"]])
            case "unlinked":
                self._link(by, card, self.cards[what["other"]])
            case "attached":
                self._detach(by, card, what["file"])
            case "detached":
                card.files[what["file"]] = what["was"]
                self.record("attached", card.number, by, file=what["file"])

    def _move_back(self, by: str, card: Card, entry: Entry, reason: str) -> None:
        was, source = entry.what["was"], self.column(card.column)
        target = self.column(was["column"])
        if source.stage in QUEUE and target.stage in QUEUE:
            self.must(by, "rank")
        order = self.put(card.number, target, self.beside(entry.what["after"], card.number), even_done=True)
        if source.number != target.number:
            self.admit(target, 1, card.number, by, reason)
        after, self.order = self.before(card.number), order
        now = {"column": source.number, "started": card.started, "finished": card.finished}
        card.column, card.started, card.finished = target.number, was["started"], was["finished"]
        self.record("moved", card.number, by, **{"from": source.stage, "to": target.stage, "after": after, "was": now})
