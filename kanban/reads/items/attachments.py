"""The files attached to items: those of one item, what adding another must know, and which files are still in use."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.attachments import Store, StoredFile
from kanban.models import Attachment, AttachmentSpace, Item, Member, Product, RequestFile, User

_PICTURES = {
    "image": "image",
    "text/plain": "file-text",
    "application/pdf": "file-text",
    "application/zip": "file-archive",
}


@dataclass(frozen=True)
class FileLine:
    """One file as the item's page lists it; `picture` names an icon."""

    number: int
    name: str
    size: int
    picture: str
    by: str
    at: dt.datetime
    may_remove: bool


def file_lines(session: orm.Session, item: Item, member: Member) -> tuple[FileLine, ...]:
    """The files on an item for one reader, oldest first."""
    rows = session.execute(
        sa.select(Attachment, User.name)
        .join(User, User.id == Attachment.added_by_id)
        .where(Attachment.item_id == item.id, Attachment.removed_at.is_(None))
        .order_by(Attachment.number)
    )
    return tuple(
        FileLine(
            number=file.number,
            name=file.name,
            size=file.size,
            picture=_picture(file.content_type),
            by=name,
            at=file.at,
            may_remove=not item.is_discarded and file.may_be_removed_by(member),
        )
        for file, name in rows
    )


def _picture(content_type: str) -> str:
    return _PICTURES.get(content_type) or _PICTURES.get(content_type.partition("/")[0], "file")


def attachment_in(session: orm.Session, item: Item, number: int) -> Attachment | None:
    """The file with this number that is attached to a loaded item; None if there is none or it was removed."""
    found = session.scalar(
        sa.select(Attachment)
        .where(Attachment.item_id == item.id, Attachment.number == number, Attachment.removed_at.is_(None))
        .options(orm.joinedload(Attachment.added_by))
        .execution_options(populate_existing=True)
    )
    if found is not None:
        orm.attributes.set_committed_value(found, "item", item)
    return found


def same_on(session: orm.Session, item: Item, files: Sequence[StoredFile]) -> dict[StoredFile, Attachment]:
    """Those of these files that are attached to the item already, by name and content, each with its attachment."""
    rows = session.scalars(
        sa.select(Attachment)
        .where(Attachment.item_id == item.id, Attachment.removed_at.is_(None))
        .where(Attachment.sha256.in_([file.sha256 for file in files]))
        .order_by(Attachment.number.desc())
        .options(orm.joinedload(Attachment.added_by))
    )
    found = {(row.name, row.sha256): row for row in rows}
    return {file: found[same] for file in files if (same := (file.name, file.sha256)) in found}


def read_attachment_space(session: orm.Session, item: Item) -> AttachmentSpace:
    """What adding files to this item must know; read under the product's lock, it stays true until the commit."""
    highest, count = session.execute(
        sa.select(
            sa.func.max(Attachment.number),
            sa.func.count().filter(Attachment.removed_at.is_(None)),
        ).where(Attachment.item_id == item.id)
    ).one()
    size = session.scalar(
        sa.select(sa.func.sum(Attachment.size))
        .join(Item, Item.id == Attachment.item_id)
        .where(Item.product_id == item.product_id, Attachment.removed_at.is_(None))
    )
    return AttachmentSpace(next_number=(highest or 0) + 1, count=count, product_bytes=int(size or 0))


def files_by_item(session: orm.Session, product: Product) -> dict[int, dict[int, tuple[str, int]]]:
    """Name and size of every attached file, by the number of its item and then its own."""
    found: dict[int, dict[int, tuple[str, int]]] = defaultdict(dict)
    rows = session.execute(
        sa.select(Item.number, Attachment.number, Attachment.name, Attachment.size)
        .join(Item, Item.id == Attachment.item_id)
        .where(Item.product_id == product.id, Attachment.removed_at.is_(None))
    )
    for item, number, name, size in rows:
        found[item][number] = (name, size)
    return found


# Rows compared with files on the disk


def missing_files(session: orm.Session, store: Store) -> Iterator[str]:
    """A sentence for each row whose file is missing or has the wrong size."""
    rows = session.execute(
        sa.select(Product.key, Item.number, Attachment.name, Attachment.key, Attachment.size)
        .join(Item, Item.id == Attachment.item_id)
        .join(Product, Product.id == Item.product_id)
        .where(Attachment.removed_at.is_(None))
        .order_by(Product.key, Item.number, Attachment.number)
    )
    for product, number, name, key, size in rows:
        if not store.has(key, size):
            yield f"{product}-{number}: the file of {name} ({store.path(key)}) is missing or not whole"
    for name, key, size in session.execute(sa.select(RequestFile.name, RequestFile.key, RequestFile.size)):
        if not store.has(key, size):
            yield f"the file of {name} ({store.path(key)}), which came with a request, is missing or not whole"


def wanted_files(session: orm.Session, prefix: str, *, removed_since: dt.datetime) -> set[str]:
    """The keys with this prefix that are in use, by items or requests, or whose attachment was removed since then."""
    on_items = sa.select(Attachment.key).where(
        Attachment.key.startswith(prefix),
        sa.or_(Attachment.removed_at.is_(None), Attachment.removed_at > removed_since),
    )
    on_requests = sa.select(RequestFile.key).where(RequestFile.key.startswith(prefix))
    return {*session.scalars(on_items), *session.scalars(on_requests)}


def knows_files(session: orm.Session) -> bool:
    """Whether any file was ever stored; if not, the database may not belong to the folder of files it is given."""
    known = sa.or_(sa.exists().where(Attachment.id.is_not(None)), sa.exists().where(RequestFile.id.is_not(None)))
    return bool(session.scalar(sa.select(known)))
