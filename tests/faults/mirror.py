"""A model of a product by the rules alone, in plain lists: no database, no rank numbers, none of the program's code.

It says what stands where, who may do what, and what a limit answers; what people do to it is in `rules`.
"""

import copy
from dataclasses import dataclass, field
from typing import Any

STAGES = ("backlog", "ready", "doing", "review", "done")
QUEUE = ("backlog", "ready")

_DEVELOP = {"create", "edit", "block", "tick", "assign", "move", "ask", "talk"}
_LEAD_ON = {"rank", "accept", "discard", "criteria", "decide", "answer"}
#: Who may do what, as the table of roles has it.
MAY = {
    "owner": {*_DEVELOP, *_LEAD_ON, "configure"},
    "delegate": {*_DEVELOP, *_LEAD_ON},
    "lead": {"ask", "talk"},
    "developer": _DEVELOP,
    "viewer": set(),
}

FORBIDDEN, MISSING, REFUSED, INVALID = 403, 404, 409, 422


class No(Exception):
    """A refusal, with the HTTP status that answers it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass
class Pillar:
    """A column, by its number in the log."""

    number: int
    name: str
    stage: str
    accepts: bool = False
    limit: int | None = None
    mode: str = "warn"


@dataclass
class Card:
    """An item; `started` and `finished` are steps of the run.

    `holds` is what blocks it: None for a person's block, otherwise the number of a question.
    """

    number: int
    title: str
    column: int
    started: int | None = None
    finished: int | None = None
    discarded: bool = False
    revision: int = 1
    type: str = "feature"
    size: str = ""
    labels: tuple[str, ...] = ()
    whole: int | None = None
    people: set[str] = field(default_factory=set)
    criteria: dict[int, tuple[str, bool]] = field(default_factory=dict)
    holds: set[int | None] = field(default_factory=set)
    needs: set[int] = field(default_factory=set)
    files: dict[int, str] = field(default_factory=dict)


@dataclass
class Talk:
    """A question, by its number."""

    number: int
    item: int
    asker: str
    addressee: str
    blocking: bool
    state: str = "open"
    turn: str = "addressee"


@dataclass(frozen=True)
class Entry:
    """One entry of the log; `undoes` names the version that it takes back."""

    version: int
    kind: str
    item: int | None
    by: str
    what: dict[str, Any] = field(default_factory=dict)
    undoes: int | None = None


Wish = tuple[str, int | None]
TOP: Wish = ("top", None)
BOTTOM: Wish = ("bottom", None)


@dataclass
class Mirror:
    """The product; `order` holds the numbers of all items that are not discarded, in the product's order."""

    roles: dict[str, str]
    columns: list[Pillar]
    version: int = 0
    step: int = 0
    order: list[int] = field(default_factory=list)
    cards: dict[int, Card] = field(default_factory=dict)
    talks: dict[int, Talk] = field(default_factory=dict)
    imported: dict[str, int] = field(default_factory=dict)
    next_column: int = 1
    log: list[Entry] = field(default_factory=list)
    fresh: list[Entry] = field(default_factory=list)

    def attempt(self, verb: str, by: str, *values: Any, **named: Any) -> "tuple[int | None, Mirror]":
        """What this command answers (None if it succeeds) and the product after it; this object stays as it is."""
        after = copy.deepcopy(self, {id(self.log): list(self.log)})
        after.fresh, after.step = [], self.step + 1
        try:
            getattr(after, verb)(by, *values, **named)
        except No as no:
            return no.status, self
        if after.fresh:
            after.version += 1
            after.log.extend(after.fresh)
        return None, after

    def record(self, kind: str, item: int | None, by: str, **what: Any) -> None:
        self.fresh.append(Entry(self.version + 1, kind, item, by, what))

    # Who may

    def may(self, by: str, action: str) -> bool:
        return action in MAY.get(self.roles.get(by, ""), set())

    def must(self, by: str, *actions: str) -> None:
        """Refuse with 404 whoever is no member, and with 403 a member who may not do this."""
        if by not in self.roles:
            raise No(MISSING)
        if not all(self.may(by, action) for action in actions):
            raise No(FORBIDDEN)

    # Columns

    def column(self, number: int) -> Pillar:
        return next(column for column in self.columns if column.number == number)

    def stage(self, card: Card) -> str:
        return self.column(card.column).stage

    def first(self, stage: str) -> Pillar | None:
        return next((column for column in self.columns if column.stage == stage), None)

    @property
    def accepting(self) -> bool:
        return any(column.accepts for column in self.columns)

    def inside(self, column: int, *, but: int | None = None) -> list[int]:
        """The items of a column in their order."""
        return [n for n in self.order if self.cards[n].column == column and n != but]

    def shown(self, column: Pillar) -> list[int]:
        """The items of a column as a page shows them: in done, the newest first."""
        numbers = self.inside(column.number)
        if column.stage != "done":
            return numbers
        return sorted(numbers, key=lambda n: (self.cards[n].finished, n), reverse=True)

    def admit(self, column: Pillar, arriving: int, item: int, by: str, reason: str | None) -> None:
        count = len(self.inside(column.number, but=item)) + arriving
        if column.limit is None or column.mode == "off" or count <= column.limit:
            return
        if column.mode == "refuse" or (column.mode == "ask" and not reason):
            raise No(REFUSED)
        self.record("limit_broken", item, by, column=column.number, reason=reason or None)

    # Places

    def before(self, number: int) -> int | None:
        """The item just before this one; None if it is the first or not in the order."""
        if number not in self.order:
            return None
        place = self.order.index(number)
        return self.order[place - 1] if place else None

    def put(self, number: int, column: Pillar, wish: Wish, *, even_done: bool = False) -> list[int]:
        """The order with the item placed where the wish says."""
        others = [n for n in self.order if n != number]
        end, anchor = wish
        if anchor is not None and anchor in others and (even_done or self.stage(self.cards[anchor]) != "done"):
            place = others.index(anchor) + (end == "after")
        else:
            place = self._at_end(number, column, others, end)
        return [*others[:place], number, *others[place:]]

    def _at_end(self, number: int, column: Pillar, others: list[int], end: str) -> int:
        inside = self.inside(column.number, but=number)
        here = self.order.index(number) if number in self.order else None
        if not inside:
            return len(others) if here is None else here
        edge = others.index(inside[0] if end == "top" else inside[-1])
        if here is not None and self.cards[number].column == column.number:
            own = self.inside(column.number)
            if own[0 if end == "top" else -1] == number:
                return here
        return edge if end == "top" else edge + 1

    def beside(self, after: int | None, number: int) -> Wish:
        """The wish for where an item was that came right after `after`."""
        if after is not None:
            return "after", after
        first = next((n for n in self.order if n != number), None)
        return ("before", first) if first is not None else BOTTOM

    def home(self, number: int) -> Wish | None:
        """Where an item that was moved since it left the queue goes back to; None if it is still in its place."""
        moves = [entry.what for entry in reversed(self.log) if entry.item == number and entry.kind == "moved"]
        for later, move in enumerate(moves):
            if move["from"] in QUEUE and move["to"] not in QUEUE:
                return self.beside(move["after"], number) if later else None
        return BOTTOM if moves else None

    # What can be pulled

    def open_blocking(self, number: int) -> list[Talk]:
        return [t for t in self.talks.values() if t.item == number and t.blocking and t.state == "open"]

    def eligible(self, by: str = "") -> list[int]:
        """Items that can be pulled, the top one first: held by nobody or by this person."""
        queue = "ready" if self.first("ready") else "backlog"
        return [n for n in self.order if self.stage(self.cards[n]) == queue and self._is_free(self.cards[n], by)]

    def _is_free(self, card: Card, by: str) -> bool:
        waits = any(self.cards[n].finished is None and not self.cards[n].discarded for n in card.needs)
        is_others = bool(card.people) and by not in card.people
        return not (card.holds or waits or is_others or self.open_blocking(card.number))

    def hold_up(self, card: Card, by: str) -> None:
        """Let open blocking questions block an item that has been started."""
        if card.started is None or card.finished is not None or card.discarded:
            return
        for talk in self.open_blocking(card.number):
            if talk.number not in card.holds:
                card.holds.add(talk.number)
                self.record("blocked", card.number, by, question=talk.number)

    def release(self, card: Card, question: int | None, by: str) -> None:
        if question in card.holds:
            card.holds.remove(question)
            self.record("unblocked", card.number, by, question=question)
