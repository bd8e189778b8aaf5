"""The stage of a row and since when, from its status and dates; no cell is read here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from kanban.flow.stage import QUEUE, Stage
from kanban.transfer.dates import Stamp
from kanban.transfer.remarks import Remarks, shown
from kanban.transfer.vocabulary import Field, as_named, is_removed, is_resolved, is_to_do, stage_of


@dataclass(frozen=True)
class Claims:
    """What a row says about itself: its statuses (the preferred one first) and its dates."""

    row: int
    statuses: list[str]
    created: Stamp | None
    started: Stamp | None
    finished: Stamp | None
    changed: Stamp | None
    is_marked_removed: bool
    removed: Stamp | None


@dataclass(frozen=True)
class RowStage:
    """What follows from a row's claims; its instants are in order, and None if the file doesn't tell."""

    stage: Stage
    is_removed: bool
    created_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    removed_at: datetime | None


@dataclass(frozen=True)
class StageJudge:
    """Judges rows for one product: with its zone, its columns by name, and the present.

    `names` are the file's names of the date columns; `has_backlog` says whether any row stands in a backlog.
    """

    zone: ZoneInfo
    own_columns: Mapping[str, Stage]
    now: datetime
    names: Mapping[Field, str | None]
    has_backlog: bool
    remarks: Remarks

    def judge(self, claims: Claims) -> RowStage:
        """The status decides the stage, the dates since when; without a known status, the dates decide both."""
        stage, is_given_up = self._stage(claims)
        is_gone = is_given_up or (claims.is_marked_removed and stage is not Stage.DONE)
        started, finished = self._stretch(claims, stage, is_gone=is_gone)
        removed = (claims.removed or claims.changed) if is_gone else None
        self._refuse_backward(claims.row, started, finished)
        for field, stamp in (
            (Field.CREATED, claims.created),
            (Field.STARTED, started),
            (Field.FINISHED, finished),
            (Field.REMOVED, removed),
        ):
            self._refuse_future(claims.row, field, stamp)
        return self._in_order(claims, stage, started, finished, removed, is_gone=is_gone)

    def _stage(self, claims: Claims) -> tuple[Stage, bool]:
        by_dates = Stage.DONE if claims.finished else Stage.DOING if claims.started else Stage.BACKLOG
        for status in claims.statuses:
            if own := self.own_columns.get(as_named(status)):
                return own, False
            if is_removed(status):
                return Stage.DOING if claims.started else Stage.BACKLOG, True
            if is_resolved(status):
                return Stage.DONE if claims.finished else Stage.REVIEW, False
            if is_to_do(status):
                return Stage.READY if self.has_backlog else Stage.BACKLOG, False
            if known := stage_of(status):
                return known, False
        if claims.statuses:
            status = shown(claims.statuses[0])
            self.remarks.note(
                f"“{status}” is neither a known status nor a column here; the dates decide where these go.", claims.row
            )
        return by_dates, False

    def _stretch(self, claims: Claims, stage: Stage, *, is_gone: bool) -> tuple[Stamp | None, Stamp | None]:
        """Start and finish, as far as they fit the stage."""
        started, finished = claims.started, claims.finished
        if is_gone:
            return started, None
        if stage is Stage.DONE:
            finished = finished or claims.changed
            if finished is None:
                self.remarks.note(
                    "Finished, but without a date: these count as done, but are left out of figures and updates, since "
                    "nobody knows when.",
                    claims.row,
                )
            elif started is None:
                self.remarks.note(
                    "Finished, but without a start date: how long these took remains unknown.", claims.row
                )
            return started, finished
        if finished is not None:
            self.remarks.note("Not finished, according to their status; the finish date was left out.", claims.row)
        if stage in QUEUE:
            if started is not None:
                self.remarks.note("Not started, according to their status; the start date was left out.", claims.row)
            return None, None
        started = started or claims.changed
        if started is None:
            self.remarks.note(
                "In progress, but without a start date: their age is shown as “at least” the days from today on, "
                "and how long they take remains unknown.",
                claims.row,
            )
        return started, None

    def _refuse_backward(self, row: int, started: Stamp | None, finished: Stamp | None) -> None:
        if started is None or finished is None:
            return
        is_exact = started.has_time and finished.has_time
        if self._day(finished) < self._day(started) or (is_exact and finished.at < started.at):
            sentence = f"finished on {self._day(finished)}, before it started on {self._day(started)}."
            self.remarks.problem(row, self.names[Field.FINISHED], sentence)

    def _refuse_future(self, row: int, field: Field, stamp: Stamp | None) -> None:
        if stamp is not None and self._day(stamp) > self.now.astimezone(self.zone).date():
            self.remarks.problem(row, self.names[field], f"{self._day(stamp)} is in the future.")

    def _in_order(
        self,
        claims: Claims,
        stage: Stage,
        started: Stamp | None,
        finished: Stamp | None,
        removed: Stamp | None,
        *,
        is_gone: bool,
    ) -> RowStage:
        """Instants that never run backwards.

        A date without a time of day is adjusted within its day; a creation after the start is moved to it.
        """
        end = finished.at if finished else None
        start = started.at if started else None
        if start and end and start > end:
            start, end = (start, start) if started and started.has_time else (end, end)
        first = start or end
        created = claims.created.at if claims.created else first
        if claims.created and first and claims.created.at > first:
            if self._day(claims.created) > first.astimezone(self.zone).date():
                self.remarks.note(
                    "Created after their start or finish: these count as created at that moment.", claims.row
                )
            created = first
        gone = removed.at if removed else None
        if gone:
            gone = max(filter(None, (gone, created, start)))
        return RowStage(stage, is_gone, *(self._not_later(instant) for instant in (created, start, end, gone)))

    def _not_later(self, instant: datetime | None) -> datetime | None:
        """Limit an instant to now: a date without a time stands for noon, which may still be ahead today."""
        return None if instant is None else min(instant, self.now)

    def _day(self, stamp: Stamp) -> date:
        return stamp.at.astimezone(self.zone).date()
