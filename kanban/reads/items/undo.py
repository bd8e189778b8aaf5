"""What an undo needs: what one command did to each item, where each came from, and what it was related to."""

from collections.abc import Collection, Iterator

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.errors import Refused
from kanban.models import (
    Attachment,
    CommandEvents,
    Event,
    Item,
    ItemUndo,
    Label,
    Member,
    Place,
    Product,
    UndoContext,
    User,
)
from kanban.reads import locked
from kanban.reads.backlog.undo_moves import UNDOES, column_standing, last_standing, read_moved_back, was_moved
from kanban.reads.board.place import BOTTOM, beside, read_place
from kanban.reads.items.attachments import read_attachment_space
from kanban.reads.items.history import newest_since
from kanban.reads.items.item import has_parts
from kanban.reads.items.labels import called_now, labels_named
from kanban.reads.items.links import needs_in
from kanban.reads.promises.milestones import find_milestone

_LOADS = ("assignees", "labels", "criteria", "blocks")


def read_item_undos(
    session: orm.Session, product: Product, version: int, *, by: Member, limit_reason: str | None = None
) -> Iterator[ItemUndo]:
    """What the command did to each item, the last first.

    Carry out each one before reading the next, since its place depends on it. A command that only moved several items
    is read as a whole instead. Refused if the version is not a command on items. Needs the product's lock, and its
    columns loaded.
    """
    query = sa.select(Event).where(Event.product_id == product.id, Event.version == version).order_by(Event.seq)
    by_item: dict[int | None, list[Event]] = {}
    for event in session.scalars(query):
        by_item.setdefault(event.item_id, []).append(event)
    if any(event.kind == "imported" for event in by_item.get(None, ())):
        raise Refused("An import can’t be undone. Discard what you don’t want.")
    if not by_item or None in by_item:
        raise Refused("There is nothing to undo.")
    if was_moved(by_item):
        moved = {item_id: events for item_id, events in by_item.items() if item_id is not None}
        yield from read_moved_back(session, product, version, moved, by=by, limit_reason=limit_reason)
        return
    for item_id, events in reversed(by_item.items()):
        session.flush()
        item = _item(session, product, item_id)
        yield ItemUndo(
            item,
            CommandEvents(version, tuple(events), _last_standing(session, item, version)),
            by,
            _old_place(session, product, item, events),
            _old_people(session, product, events),
            _old_labels(session, product, events),
            _context(session, product, item, events),
            limit_reason,
        )


def find_act(session: orm.Session, product: Product, version: int, kinds: Collection[str]) -> Event | None:
    """The event of one of these kinds that the command of this version made, if it made one."""
    query = sa.select(Event).where(Event.product_id == product.id, Event.version == version, Event.kind.in_(kinds))
    return session.scalar(query.limit(1))


def _item(session: orm.Session, product: Product, item_id: int | None) -> Item:
    number = session.scalars(sa.select(Item.number).where(Item.id == item_id)).one()
    item = locked.item_in(session, product, number, _LOADS)
    assert item is not None
    return item


def _last_standing(session: orm.Session, item: Item, version: int) -> int | None:
    """The version of the item's latest event, from this version on, that undoes nothing and was not undone."""
    entries = session.execute(
        sa.select(Event.version, UNDOES)
        .where(Event.item_id == item.id, Event.version >= version, Event.kind != "reason_given")
        .order_by(Event.version.desc(), Event.seq.desc())
    )
    return last_standing((later, undoes) for later, undoes in entries)


def _old_place(session: orm.Session, product: Product, item: Item, events: list[Event]) -> Place | None:
    """After the old neighbour in the old column, if the item was moved or discarded; None otherwise."""
    for event in events:
        if event.kind == "moved":
            was = event.data["was"]
            column = column_standing(product, was["column"])
            return read_place(session, product, column, beside(session, item, was["after"]), item=item, pulling=False)
        if event.kind == "discarded":
            wish = beside(session, item, event.data["after"]) if "after" in event.data else BOTTOM
            return read_place(session, product, item.column, wish, item=item)
    return None


def _old_people(session: orm.Session, product: Product, events: list[Event]) -> list[User]:
    was = next((event.data["was"] for event in events if event.kind == "assigned"), None)
    return locked.members_named(session, product, was) if was else []


def _old_labels(session: orm.Session, product: Product, events: list[Event]) -> list[Label]:
    for event in events:
        if event.kind == "edited" and "labels" in event.data["changes"]:
            names = event.data["changes"]["labels"][0]
            return labels_named(session, product, called_now(session, product, names, since=event.version))
    return []


# What it was related to


def _context(session: orm.Session, product: Product, item: Item, events: list[Event]) -> UndoContext:
    """The other items and the files that the command was about; queries are run only for those there are."""
    kinds = {event.kind for event in events}
    milestone = None
    if "aimed" in kinds:
        locked.load_belongings(session, item, ("milestone",))
        was = next(event.data["was_for"] for event in events if event.kind == "aimed")
        milestone = find_milestone(session, product, was) if was is not None else None
    if "made_part" in kinds:
        return UndoContext(whole=_old_whole(session, product, events[0]), has_parts=has_parts(session, item))
    if kinds & {"linked", "unlinked"}:
        locked.load_belongings(session, item, ("links",))
        others = (locked.item_in(session, product, event.data["other"], ()) for event in events if "link" in event.data)
        named = {other.number: other for other in others if other is not None}
        return UndoContext(milestone=milestone, others=named, needs=needs_in(session, product))
    if kinds & {"attached", "detached"}:
        numbers = [event.data["attachment"] for event in events if "attachment" in event.data]
        query = sa.select(Attachment).where(Attachment.item_id == item.id, Attachment.number.in_(numbers))
        files = {file.number: file for file in session.scalars(query.execution_options(populate_existing=True))}
        for file in files.values():
            orm.attributes.set_committed_value(file, "item", item)
        return UndoContext(files=files, space=read_attachment_space(session, item))
    return UndoContext(milestone=milestone)


def _old_whole(session: orm.Session, product: Product, event: Event) -> Item | None:
    """What the item was a part of before this event, according to the previous event of this kind."""
    before = session.scalar(
        sa.select(Event)
        .where(Event.item_id == event.item_id, Event.kind == "made_part", Event.version < event.version)
        .order_by(Event.version.desc(), Event.seq.desc())
        .limit(1)
    )
    whole = before.data["whole"] if before is not None else None
    return locked.item_in(session, product, whole, ()) if whole is not None else None


def newest_change_since(session: orm.Session, product: Product, version: int) -> tuple[str, str] | None:
    """The latest change after that version to an item that the command changed: its reference, and a sentence.

    Leaves out the version under way: an undo that is refused halfway may have written some of its own entries.
    """
    changed = sa.select(Event.item_id).where(Event.product_id == product.id, Event.version == version)
    others = Event.item_id.in_(changed), Event.kind != "reason_given", Event.version < product.version
    return newest_since(session, product, version, *others)
