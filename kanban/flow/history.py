"""The history of each item, rebuilt from the moves in the log. The numbers made from histories are in `metrics`.

Instants decide the order, days in the product's time zone decide the numbers.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from kanban.flow.stage import QUEUE, Stage

WORKED_ON = (Stage.DOING, Stage.REVIEW)
"""The stages in which somebody works on an item."""


@dataclass(frozen=True)
class Subject:
    """The item that a history is about, and whether the days of its start and its finish are known."""

    item_id: int
    ref: str
    title: str
    type: str = "feature"
    is_start_known: bool = True
    is_finish_known: bool = True


class Move(NamedTuple):
    """One log record that put an item somewhere.

    `from_stage` is None when it was created or restored, `to_stage` is None when it was discarded. `undoes` is the
    version that this record took back. `column` is the column it arrived in, if the caller wants entries by column. If
    not `is_dated`, it started or finished work on an unknown day, and `effective_at` is the latest it can have been.
    """

    item_id: int
    from_stage: Stage | None
    to_stage: Stage | None
    effective_at: datetime
    version: int
    seq: int = 0
    undoes: int | None = None
    column: int | None = None
    is_dated: bool = True


@dataclass(frozen=True)
class Blockage:
    """An interval in which an item could not proceed; open while `until` is None."""

    item_id: int
    since: datetime
    until: datetime | None = None


class Crossing(NamedTuple):
    """The day on which an item reached a stage or a later one, and has not gone back before it since."""

    stage: Stage
    on: date


class Entry(NamedTuple):
    """An arrival in a column, in the order of the log; if not `is_dated`, it was on that day at the latest."""

    stage: Stage
    column: int | None
    at: datetime
    on: date
    is_dated: bool = True


@dataclass(frozen=True)
class Spell:
    """A stretch of work that ended without a finish: the item went back to the queue or was discarded."""

    started_on: date
    ended_on: date


@dataclass(frozen=True)
class ItemHistory:
    """What became of one item; `stage` is where it is now, or was when it was discarded.

    The finish is None if the item is not finished, or if nobody knows when it was. If not `is_start_known`,
    `started_at` is only an instant by which it had started.
    """

    ref: str
    title: str
    type: str
    item_id: int
    stage: Stage
    created_on: date
    started_at: datetime | None
    started_on: date | None
    finished_at: datetime | None
    finished_on: date | None
    discarded_on: date | None
    crossings: tuple[Crossing, ...] = ()
    entries: tuple[Entry, ...] = ()
    spells: tuple[Spell, ...] = ()
    blocks: tuple[Blockage, ...] = ()
    is_start_known: bool = True

    @property
    def is_discarded(self) -> bool:
        return self.discarded_on is not None

    @property
    def is_finished(self) -> bool:
        """Whether it counts as finished everywhere: it is done and not discarded."""
        return self.stage is Stage.DONE and not self.is_discarded

    @property
    def is_undated(self) -> bool:
        """Whether it was finished on an unknown day: it then counts as done, but in no figure that needs the day."""
        return self.is_finished and self.finished_on is None

    @property
    def is_in_progress(self) -> bool:
        """Whether it is started, not finished and not discarded; a blocked item is in progress too."""
        return self.stage in WORKED_ON and not self.is_discarded


def build_histories(
    subjects: Iterable[Subject], moves: Iterable[Move], blocks: Iterable[Blockage], zone: str | ZoneInfo
) -> list[ItemHistory]:
    """One history per subject, in the order of the subjects; a subject without any remaining move has none.

    Moves may come in any order; they count in the order in which they were recorded. If the effective instant of a
    record lies before that of an earlier record, the earlier record's is used, so that a clock that was set back never
    re-orders a history.
    """
    zone = ZoneInfo(zone) if isinstance(zone, str) else zone
    moves_by_item: dict[int, list[Move]] = defaultdict(list)
    for move in moves:
        moves_by_item[move.item_id].append(move)
    blocks_by_item: dict[int, list[Blockage]] = defaultdict(list)
    for block in blocks:
        blocks_by_item[block.item_id].append(block)
    histories = []
    for subject in subjects:
        standing = without_undone(moves_by_item[subject.item_id])
        if standing:
            trail = _Trail(zone)
            for move in standing:
                trail.follow(move)
            histories.append(trail.history(subject, blocks_by_item[subject.item_id]))
    return histories


def without_undone(moves: Iterable[Move]) -> list[Move]:
    """The moves of one item in recorded order, without those that were undone and without the undoing itself."""
    undone: set[int] = set()
    standing = []
    for move in sorted(moves, key=lambda m: (m.version, m.seq), reverse=True):
        if move.version in undone:
            continue
        if move.undoes is None:
            standing.append(move)
        else:
            undone.add(move.undoes)
    return standing[::-1]


_Moment = tuple[datetime, date]
"""An instant, and the day that it is in the product's time zone."""

_UP_TO = {stage: tuple(each for each in Stage if each.position <= stage.position) for stage in Stage}
_BEYOND = {stage: tuple(each for each in Stage if each.position > stage.position) for stage in Stage}


@dataclass
class _Trail:
    """One item while its moves are followed; `crossed` holds the crossings still in effect, by stage."""

    zone: ZoneInfo
    at: _Moment | None = None
    created: _Moment | None = None
    stage: Stage = Stage.BACKLOG
    discarded: _Moment | None = None
    crossed: dict[Stage, _Moment] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    spells: list[Spell] = field(default_factory=list)

    def follow(self, move: Move) -> None:
        if self.at is None or move.effective_at > self.at[0]:
            self.at = move.effective_at, move.effective_at.astimezone(self.zone).date()
        self.created = self.created or self.at
        if move.to_stage is None:
            self.discarded = self.at
        else:
            self._arrive(move.to_stage, move, self.at)

    def _arrive(self, stage: Stage, move: Move, at: _Moment) -> None:
        """A skipped stage takes the instant of the next later one; a step back cancels the stages after it."""
        if stage in QUEUE:
            self._end_spell(self.discarded or at)
        self.discarded = None
        self.stage = stage
        for each in _UP_TO[stage]:
            self.crossed.setdefault(each, at)
        for each in _BEYOND[stage]:
            self.crossed.pop(each, None)
        self.entries.append(Entry(stage, move.column, *at, move.is_dated))

    def _end_spell(self, at: _Moment) -> None:
        started = self.crossed.get(Stage.DOING)
        if started is not None and Stage.DONE not in self.crossed:
            self.spells.append(Spell(started[1], at[1]))

    def history(self, subject: Subject, blocks: list[Blockage]) -> ItemHistory:
        assert self.created is not None
        started_at, started_on = self.crossed.get(Stage.DOING, _NEVER)
        finished_at, finished_on = self.crossed.get(Stage.DONE, _NEVER) if subject.is_finish_known else _NEVER
        if self.discarded is not None:
            self._end_spell(self.discarded)
        return ItemHistory(
            ref=subject.ref,
            title=subject.title,
            type=subject.type,
            item_id=subject.item_id,
            stage=self.stage,
            created_on=self.created[1],
            started_at=started_at,
            started_on=started_on,
            finished_at=finished_at,
            finished_on=finished_on,
            discarded_on=self.discarded[1] if self.discarded else None,
            crossings=tuple(Crossing(stage, self.crossed[stage][1]) for stage in Stage if stage in self.crossed),
            entries=tuple(self.entries),
            spells=tuple(self.spells),
            blocks=tuple(sorted(blocks, key=lambda block: block.since)),
            is_start_known=subject.is_start_known,
        )


_NEVER = (None, None)
