"""Turns a table into items ready to be imported, or into a list of problems; no database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from kanban import clock
from kanban.flow.stage import QUEUE, Stage
from kanban.transfer.columns import Columns
from kanban.transfer.due import with_due
from kanban.transfer.family import Member, settle_keys, settle_parents
from kanban.transfer.mapping import ColumnMapping
from kanban.transfer.notation import is_from_jira, to_markdown
from kanban.transfer.reading import Row, Table
from kanban.transfer.remarks import Problem, Remarks, shown
from kanban.transfer.row_stage import Claims, RowStage, StageJudge
from kanban.transfer.vocabulary import DATES, Field, as_named, is_backlog, legend, type_of

TITLE_LENGTH = 300
DESCRIPTION_LENGTH = 50_000
LABEL_LENGTH = 40
KEY_LENGTH = 200
SIZE_LENGTH = 10


_POINTS = ("1", "2", "3", "4", "5")


@dataclass(frozen=True)
class StagedItem:
    """One row, ready to become an item.

    `key` identifies the row if the file is imported again. `parent_key` is the key of a row of this file, or else a
    name that an earlier file may have brought. Instants are in UTC and in order; one that the file doesn't tell is None
    and becomes that of the import. `stage` is where the item stands, or stood when it was removed. `people` are the
    cells that name its assignees; whether they are members is found out elsewhere. `due` is already part of the
    description. `is_own` says that the list was exported from here, so that a reference in it is one of ours.
    """

    row: int
    key: str
    title: str
    description: str
    status: str
    stage: Stage
    type: str
    labels: tuple[str, ...]
    parent_key: str | None
    created_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    removed: bool
    removed_at: datetime | None
    value: int | None = None
    effort: int | None = None
    size: str = ""
    people: tuple[str, ...] = ()
    due: str = ""
    is_own: bool = False

    @property
    def lacks_start(self) -> bool:
        """Whether it has been started on a day that the file doesn't tell."""
        return self.stage not in QUEUE and not self.removed and self.started_at is None


@dataclass(frozen=True)
class Staged:
    """All rows of a file in its order; a single problem stops the whole import."""

    items: tuple[StagedItem, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def read_items(
    table: Table, mapping: ColumnMapping, zone: str | ZoneInfo, *, own_columns: Mapping[str, Stage] | None = None
) -> Staged:
    """Read every row; dates without an offset are local to `zone`.

    `own_columns` (name → stage) are the product's columns: a status of that name stands for that column.
    """
    zone = ZoneInfo(zone) if isinstance(zone, str) else zone
    remarks = Remarks()
    for note in table.notes:
        remarks.note(note)
    reader = _Reader(
        Columns(table, mapping, zone, remarks), remarks, legend(table.preamble), is_from_jira(table.header)
    )
    titles = [reader.title(row) for row in table.rows]
    claims = [reader.claims(row) for row in table.rows]
    judge = StageJudge(
        zone=zone,
        own_columns={as_named(name): stage for name, stage in (own_columns or {}).items()},
        now=clock.now(),
        names={field: mapping.name(field) for field in DATES},
        has_backlog=any(is_backlog(status) for each in claims for status in each.statuses),
        remarks=remarks,
    )
    members = [reader.member(row, title) for row, title in zip(table.rows, titles, strict=True)]
    keys = settle_keys(members, mapping.name(Field.KEY), remarks)
    parents = settle_parents(members, keys, mapping.name(Field.PARENT), remarks)
    items = tuple(
        reader.item(row, title, key, parent, judge.judge(claim))
        for row, title, key, parent, claim in zip(table.rows, titles, keys, parents, claims, strict=True)
    )
    return Staged(items, tuple(sorted(remarks.problems, key=lambda problem: problem.row or 0)), remarks.notes)


@dataclass(frozen=True)
class _Reader:
    """Reads the fields of a row; `codes` maps the codes of statuses to the names that the file gives them."""

    columns: Columns
    remarks: Remarks
    codes: Mapping[str, str]
    from_jira: bool

    def title(self, row: Row) -> str:
        self._refuse_width(row)
        text = self.columns.text(row, Field.TITLE)
        name = self.columns.name(Field.TITLE)
        title = " ".join(text.split())
        if not title:
            self.remarks.problem(row.number, name, "The title is missing.")
        if "\n" in text or "\r" in text:
            self.remarks.note("A title with line breaks was joined into one line.", row.number)
        self._refuse_length(row, name, title, TITLE_LENGTH, "title")
        return title

    def member(self, row: Row, title: str) -> Member:
        keys = self.columns.texts(row, Field.KEY)
        for key in keys:
            self._refuse_length(row, self.columns.name(Field.KEY), key, KEY_LENGTH, "key")
        return Member(row.number, keys, title, self.columns.text(row, Field.PARENT))

    def claims(self, row: Row) -> Claims:
        is_removed, removed = self.columns.mark(row, Field.REMOVED)
        return Claims(
            row=row.number,
            statuses=[self.codes.get(status, status) for status in self.columns.texts(row, Field.STATUS)],
            created=self.columns.stamp(row, Field.CREATED),
            started=self.columns.stamp(row, Field.STARTED),
            finished=self.columns.stamp(row, Field.FINISHED),
            changed=self.columns.stamp(row, Field.CHANGED),
            is_marked_removed=is_removed,
            removed=removed,
        )

    def item(self, row: Row, title: str, key: str, parent: str | None, standing: RowStage) -> StagedItem:
        due = self.columns.due(row)
        return StagedItem(
            row=row.number,
            key=key,
            title=title,
            description=self._described(row, due),
            status=self.columns.text(row, Field.STATUS),
            stage=standing.stage,
            type=self._type(row),
            labels=self._labels(row),
            parent_key=parent,
            created_at=standing.created_at,
            started_at=standing.started_at,
            finished_at=standing.finished_at,
            removed=standing.is_removed,
            removed_at=standing.removed_at,
            value=self._points(row, Field.VALUE),
            effort=self._points(row, Field.EFFORT),
            size=self._size(row),
            people=tuple(self.columns.texts(row, Field.ASSIGNEE)),
            due=due,
            is_own=self.columns.is_own,
        )

    def _points(self, row: Row, wanted: Field) -> int | None:
        """A value or effort from one to five; other numbers measure something else and are left out."""
        text = self.columns.text(row, wanted).strip()
        if text in _POINTS:
            return int(text)
        if text:
            told = f"“{self.columns.name(wanted)}” takes whole numbers from 1 to 5; anything else is left out."
            way_out = " Read the column as the size to keep it." if wanted is Field.EFFORT else ""
            self.remarks.note(told + way_out, row.number)
        return None

    def _size(self, row: Row) -> str:
        """Story points and the like as text; in lists from other tools, "5.0" becomes "5"."""
        told = self.columns.text(row, Field.SIZE)
        text = told if self.columns.is_own else " ".join(told.split())
        if len(text) > SIZE_LENGTH:
            name = self.columns.name(Field.SIZE)
            told = f"“{name}” has more than {SIZE_LENGTH} characters: too long for a size, so it is left out."
            self.remarks.note(told, row.number)
            return ""
        return text if self.columns.is_own else re.sub(r"^(\d+)[.,]0+$", r"\1", text)

    def _described(self, row: Row, due: str) -> str:
        text = self._description(row)
        told = with_due(text, due)
        if len(text) <= DESCRIPTION_LENGTH < len(told):
            self.remarks.note("There is no room for the due date in the description.", row.number)
            return text
        return told

    def _description(self, row: Row) -> str:
        told = self.columns.text(row, Field.DESCRIPTION).replace("\r\n", "\n")
        text = told if self.columns.is_own else self._as_markdown(row, told.replace("\r", "\n"))
        self._refuse_length(row, self.columns.name(Field.DESCRIPTION), text, DESCRIPTION_LENGTH, "description")
        return text

    def _as_markdown(self, row: Row, told: str) -> str:
        text = to_markdown(told, from_jira=self.from_jira) if len(told) <= DESCRIPTION_LENGTH else told
        if text != told:
            self.remarks.note("Descriptions in another format were turned into Markdown.", row.number)
        return text

    def _type(self, row: Row) -> str:
        text = self.columns.text(row, Field.TYPE)
        known = type_of(text)
        if text and known is None:
            self.remarks.note(f"“{shown(text)}” is not a known type of work: these arrive as features.", row.number)
        return known or "feature"

    def _labels(self, row: Row) -> tuple[str, ...]:
        labels = self.columns.labels(row)
        for label in labels:
            self._refuse_length(row, self.columns.name(Field.LABELS), label, LABEL_LENGTH, "label")
        return tuple(labels)

    def _refuse_width(self, row: Row) -> None:
        width = len(self.columns.table.header)
        if any(row.cells[width:]):
            sentence = f"{len(row.cells)} cells where the header has {width}. Is a quotation mark missing?"
            self.remarks.problem(row.number, None, sentence)

    def _refuse_length(self, row: Row, column: str | None, text: str, limit: int, what: str) -> None:
        if len(text) > limit:
            self.remarks.problem(row.number, column, f"The {what} has {len(text):,} characters; at most {limit:,} fit.")
