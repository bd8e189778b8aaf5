"""Puts staged items into a product in one command, all or nothing, with their original dates in the log.

It reads no file.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock, ranking
from kanban.flow.stage import Stage
from kanban.models import GONE_BEFORE, Column, Item, ItemType, Label, Member, Place, Product, Undated, User
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.board.place import respace
from kanban.reads.items.labels import MOST_LABELS, labels_by_name
from kanban.transfer.people import find_holders
from kanban.transfer.remarks import Remarks
from kanban.transfer.staging import StagedItem
from kanban.transfer.vocabulary import as_named
from kanban.transfer.writing import stand_in, write_changes, write_items, write_log

_MOST_DIGITS = 7
_INSTEAD = {Stage.READY: Stage.BACKLOG, Stage.REVIEW: Stage.DOING}


@dataclass(frozen=True)
class ImportResult:
    """What an import did: how many items are new, how many were here already and stayed as they are, and notes.

    `startless` counts the new items whose start nobody knows.
    """

    created: int
    known: int
    notes: tuple[str, ...]
    startless: int = 0


def import_items(
    session: orm.Session, product: Product, staged: Sequence[StagedItem], *, by: Member, source: str
) -> ImportResult:
    """Import the items under the product's lock, at the bottom of its order; `source` is the kind of file.

    An item that was imported before is recognised by its key, one that was exported from here by its reference; both
    are left alone. A WIP limit that the import breaks is recorded and refuses nothing. If everything was here already,
    nothing is recorded.
    """
    by.must(Action.RANK)
    existing = _ExistingItems(session, product, staged)
    fresh = existing.fresh
    if not fresh:
        return ImportResult(0, len(staged), ())
    product.record("imported", by=by, source=source, created=len(fresh), known=len(staged) - len(fresh))
    batch = _Import(session, product, by, existing)
    batch.carry_over(fresh)
    startless = sum(row.lacks_start for row in fresh)
    return ImportResult(len(fresh), len(staged) - len(fresh), batch.remarks.notes, startless)


@dataclass(frozen=True)
class NewRows:
    """The rows that would become new items (the others are here already), and notes about their references."""

    rows: list[StagedItem]
    notes: tuple[str, ...]


def find_new_rows(session: orm.Session, product: Product, staged: Sequence[StagedItem]) -> NewRows:
    """Find out which rows of a list would be new, before anything is written."""
    existing = _ExistingItems(session, product, staged)
    return NewRows(existing.fresh, tuple(existing.notes(product)))


class Targets:
    """The column in which a row will stand: the one named like its status, or else the first one of its stage."""

    def __init__(self, product: Product) -> None:
        self._named = {as_named(column.name): column for column in product.standing}
        self.first = {stage: self._first_of(product, stage) for stage in Stage}

    def of(self, row: StagedItem) -> Column:
        """The column of a row; for a removed row, the column in which it stood before."""
        named = self._named.get(as_named(row.status))
        return named if named is not None and named.stage is row.stage else self.first[row.stage]

    @staticmethod
    def _first_of(product: Product, stage: Stage) -> Column:
        column = product.first_column(stage, _INSTEAD.get(stage, stage))
        assert column is not None, "a product always has columns of backlog, doing and done"
        return column


class _ExistingItems:
    """The product's items before the import, as plain rows; `fresh` are the rows of the list that are new."""

    def __init__(self, session: orm.Session, product: Product, staged: Sequence[StagedItem]) -> None:
        rows = session.execute(
            sa.select(Item.id, Item.number, Item.import_key, Item.title, Item.created_at, Item.rank, Item.column_id)
            .where(Item.product_id == product.id)
            .order_by(Item.rank)
        ).all()
        self._imported: dict[str, int] = {row.import_key: row.id for row in rows if row.import_key is not None}
        self._own = {f"{product.key}-{row.number}": row for row in rows}
        self.numbers = {row.number for row in rows}
        standing = [row for row in rows if row.rank is not None]
        self.count_by_column = Counter(row.column_id for row in standing)
        self.last_number = max(standing, key=lambda row: row.rank).number if standing else None
        ids = [self._id_of(row) for row in staged]
        self.fresh = [row for row, item_id in zip(staged, ids, strict=True) if item_id is None]
        self._listed = {row.key: item_id for row, item_id in zip(staged, ids, strict=True) if item_id is not None}
        named = {row.key: number for row in self.fresh if (number := _number_in(row.key, product))}
        self.kept = {key: number for key, number in named.items() if number not in self.numbers}
        self.n_renamed = len(named) - len(self.kept)

    def _id_of(self, staged: StagedItem) -> int | None:
        """The item that this row brought earlier or was exported from; None if it is new.

        A key that reads like one of our references may come from another tool, so title or creation must match as well.
        """
        if staged.key in self._imported:
            return self._imported[staged.key]
        own = self._own.get(staged.key)
        if own is None:
            return None
        same_birth = staged.created_at is not None and abs((own.created_at - staged.created_at).total_seconds()) < 1
        item_id: int = own.id
        return item_id if same_birth or own.title == staged.title else None

    def notes(self, product: Product) -> Iterable[str]:
        """What people should know before they follow a reference that they remember."""
        if self.kept:
            least, most = min(self.kept.values()), max(self.kept.values())
            until = f" to {product.key}-{most}" if most > least else ""
            yield f"References stay as they are: {product.key}-{least}{until}."
        if self.n_renamed:
            yield (
                f"{self.n_renamed:,} of the references belong to other items here. These rows get new ones; "
                "search still finds them by the old ones."
            )

    def whole(self, key: str, *, is_own: bool) -> int | None:
        """The id of an earlier item that a row names as its parent; None if there is none.

        A parent that is no row of the list is looked up by our references only if the list is one of our own exports.
        """
        if found := self._listed.get(key) or self._imported.get(key):
            return found
        return self._own[key].id if is_own and key in self._own else None


class _Import:
    """One import in progress; places are computed in memory, so that a row costs no query of its own."""

    def __init__(self, session: orm.Session, product: Product, by: Member, existing: _ExistingItems) -> None:
        self.session, self.product, self.by, self.existing = session, product, by, existing
        self.twin = stand_in(product)
        self.now = clock.now()
        self.twin.next_item = max([self.twin.next_item, *(number + 1 for number in existing.kept.values())])
        self.remarks = Remarks()
        self.targets = Targets(product)
        self._labels: Mapping[str, Label] = {}
        self._people: Mapping[int, list[User]] = {}

    def carry_over(self, staged: Sequence[StagedItem]) -> None:
        """Make all items, join parts to their wholes, and only then discard removed items, which can take no parts."""
        self._labels = labels_by_name(self.session, self.product, _words(staged))
        self._people = self._holders(staged)
        made = self._make(staged)
        write_items(self.session, list(made.values()))
        self._join(staged, made)
        for row in staged:
            if row.removed:
                made[row.key].discard(GONE_BEFORE, by=self.by, effective_at=row.removed_at or self.now)
        write_changes(self.session, [made[row.key] for row in staged if row.removed or row.parent_key])
        self._record_breaches(made.values())
        write_log(self.session, self.product, self.twin)

    def _holders(self, staged: Sequence[StagedItem]) -> dict[int, list[User]]:
        """The users that each row assigns, by row number, among the members as they are now, under the lock."""
        found = find_holders(self.session, self.product, staged).by_row
        ids = {mate.id for mates in found.values() for mate in mates}
        users = {user.id: user for user in locked.members_named(self.session, self.product, sorted(ids))} if ids else {}
        return {row: [users[mate.id] for mate in mates] for row, mates in found.items()}

    def _make(self, staged: Sequence[StagedItem]) -> dict[str, Item]:
        """Make the items in the order of the file; in the product's order, backlog items come after all others."""
        ranks = self._free_ranks(len(staged))
        ahead = iter(ranks)
        behind = iter(ranks[sum(row.stage is not Stage.BACKLOG for row in staged) :])
        last_ahead, last_behind = self.existing.last_number, None
        made = {}
        for row in staged:
            waits = row.stage is Stage.BACKLOG
            after = (last_behind or last_ahead) if waits else last_ahead
            item = self._bring(row, next(behind if waits else ahead), after)
            if waits:
                last_behind = item.number
            else:
                last_ahead = item.number
            made[row.key] = item
        return made

    def _free_ranks(self, count: int) -> list[int]:
        for _ in range(2):
            highest = self.session.scalar(sa.select(sa.func.max(Item.rank)).where(Item.product_id == self.product.id))
            ranks = ranking.series(highest, None, count)
            if ranks is not None:
                return ranks
            respace(self.session, self.product)
        raise OverflowError("No ranks are left behind the last item, although they were just spaced anew.")

    def _bring(self, row: StagedItem, rank: int, after: int | None) -> Item:
        """Make one item with its past; it keeps its place in the product's order throughout."""
        target = self.targets.of(row)
        start = target if target.stage is Stage.BACKLOG else self.targets.first[Stage.BACKLOG]
        item = Item.create(
            self.twin,
            row.title,
            Place(start, rank, after=after),
            by=self.by,
            description=row.description,
            type=ItemType(row.type),
            size=row.size,
            labels=self._labels_of(row),
            effective_at=row.created_at or row.started_at or row.finished_at or self.now,
            import_key=row.key,
            number=self.existing.kept.get(row.key),
        )
        self._score(item, row)
        for column, at in self._way(row, target):
            # room in the column is not checked: the import records at its end which limits it broke
            place = Place(column, rank, after=after, previous=after)
            undated = Undated(start=row.lacks_start, finish=column.stage is Stage.DONE and row.finished_at is None)
            item.move_to(place, by=self.by, effective_at=at, undated=undated)
        if row.row in self._people:
            over = (row.removed_at if row.removed else row.finished_at) or self.now
            is_over = row.removed or row.stage is Stage.DONE
            item.assign(self._people[row.row], by=self.by, effective_at=over if is_over else None)
        return item

    def _score(self, item: Item, row: StagedItem) -> None:
        points = {"value": row.value, "effort": row.effort}
        item.edit({name: given for name, given in points.items() if given is not None}, revision=1, by=self.by)

    def _way(self, row: StagedItem, target: Column) -> Iterable[tuple[Column, datetime]]:
        match row.stage:
            case Stage.BACKLOG:
                return
            case Stage.READY:
                yield target, row.created_at or self.now
            case Stage.DOING | Stage.REVIEW:
                if row.started_at or not row.removed:
                    yield target, row.started_at or self.now
            case Stage.DONE:
                if row.started_at:
                    yield self.targets.first[Stage.DOING], row.started_at
                yield target, row.finished_at or self.now

    def _labels_of(self, row: StagedItem) -> list[Label]:
        labels = {label.folded: label for label in (self._labels[_fold(name)] for name in row.labels)}
        if len(labels) > MOST_LABELS:
            self.remarks.note(f"More than {MOST_LABELS} labels: the first {MOST_LABELS} were kept.", row.row)
        return [labels[folded] for folded in sorted(list(labels)[:MOST_LABELS])]

    # Parts

    def _join(self, staged: Sequence[StagedItem], made: Mapping[str, Item]) -> None:
        """Join parts to their wholes, those with a whole from an earlier import first.

        If that whole is a part itself, its own whole takes the parts instead.
        """
        parts = [row for row in staged if row.parent_key is not None]
        earlier = self._earlier([row for row in parts if row.parent_key not in made])
        parts.sort(key=lambda row: row.parent_key in made)
        for row in parts:
            whole = made.get(row.parent_key or "") or earlier.get(row.parent_key or "")
            if whole is not None:
                self._join_one(row, made[row.key], whole)

    def _earlier(self, parts: Iterable[StagedItem]) -> dict[str, Item]:
        """Items that were here before, by the key with which these rows name them as their parent."""
        ids = {key: self.existing.whole(key, is_own=row.is_own) for row in parts if (key := row.parent_key) is not None}
        query = sa.select(Item).where(Item.id.in_([item_id for item_id in ids.values() if item_id is not None]))
        found = {item.id: item for item in self.session.scalars(query.options(orm.joinedload(Item.part_of)))}
        return {key: found[item_id] for key, item_id in ids.items() if item_id is not None}

    def _join_one(self, row: StagedItem, part: Item, whole: Item) -> None:
        if whole.part_of_id is not None:
            whole = self.session.get_one(Item, whole.part_of_id)
            self.remarks.note("Parts of a part: these go directly below the topmost parent.", row.row)
        if whole.is_discarded:
            self.remarks.note("Their parent has been discarded here: these stand alone.", row.row)
            return
        part.make_part_of(whole, has_parts=False, by=self.by)

    # Limits

    def _record_breaches(self, made: Iterable[Item]) -> None:
        arrived = Counter(item.column_id for item in made if not item.is_discarded)
        for column in self.product.standing:
            count = self.existing.count_by_column[column.id] + arrived[column.id]
            if arrived[column.id] and column.is_limited and count > (column.wip_limit or 0):
                self.remarks.note(f"{column.name} holds {count} of {column.wip_limit} now: over its limit.")
                self.product.record(
                    "limit_broken",
                    by=self.by,
                    column=column.number,
                    limit=column.wip_limit,
                    count=count,
                    reason=None,
                )


def _number_in(key: str, product: Product) -> int:
    """The number in a key that reads like a reference of this product; 0 for any other key."""
    prefix, _dash, number = key.rpartition("-")
    if prefix != product.key or not (number.isascii() and number.isdecimal()) or number.startswith("0"):
        return 0
    return int(number) if len(number) <= _MOST_DIGITS else 0


def _words(staged: Sequence[StagedItem]) -> list[str]:
    return [name for row in staged for name in row.labels]


def _fold(name: str) -> str:
    return " ".join(name.split()).casefold()
