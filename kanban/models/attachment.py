"""Files attached to an item: their names and how to verify them; the files themselves are kept outside the database."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.attachments import COMES_BACK, StoredFile
from kanban.config import MOST_PRODUCT_BYTES
from kanban.errors import Forbidden, Refused
from kanban.models.base import Model
from kanban.models.member import Member
from kanban.models.user import User
from kanban.policy import Action

if TYPE_CHECKING:
    from kanban.models.item import Item

MOST_ON_ITEM = 100


@dataclass(frozen=True)
class AttachmentSpace:
    """What must be known about existing files before more are added.

    That is the number of the item's next file, how many it has, and the bytes of all files in the product.
    """

    next_number: int
    count: int
    product_bytes: int

    def require_room(self, sizes: Sequence[int]) -> None:
        """Raise Refused if there is no room for files of all these sizes."""
        if self.count + len(sizes) > MOST_ON_ITEM:
            raise Refused(f"An item holds at most {MOST_ON_ITEM} files.", "too_many_files")
        if self.product_bytes + sum(sizes) > MOST_PRODUCT_BYTES:
            raise Refused(
                f"A product’s files can take up {MOST_PRODUCT_BYTES // 1_000_000} MB in all. Remove some first.",
                "no_room",
            )


class Attachment(Model):
    """One file; `number` identifies it within its item, `key` the file in the data directory.

    When an attachment is removed, its row stays; the file is deleted a day later.
    """

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id", ondelete="CASCADE"))
    number: Mapped[int]
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int] = mapped_column(sa.BigInteger)
    sha256: Mapped[str]
    added_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    at: Mapped[dt.datetime]
    removed_at: Mapped[dt.datetime | None]

    item: Mapped["Item"] = orm.relationship(lazy="raise_on_sql")
    added_by: Mapped[User] = orm.relationship(lazy="raise_on_sql")

    __table_args__ = (sa.UniqueConstraint("item_id", "number"),)

    @classmethod
    def attach(
        cls, item: "Item", files: Sequence[StoredFile], space: AttachmentSpace, *, by: Member
    ) -> "list[Attachment]":
        """Attach files that have already been written to disk, all or none; the caller adds the rows to the session."""
        by.must(Action.EDIT_ITEM)
        item.refuse_discarded()
        space.require_room([file.size for file in files])
        return [cls._attach(item, file, number, by=by) for number, file in enumerate(files, start=space.next_number)]

    @classmethod
    def _attach(cls, item: "Item", file: StoredFile, number: int, *, by: Member) -> "Attachment":
        attachment = cls(
            item=item,
            item_id=item.id,
            number=number,
            **asdict(file),
            added_by=by.user,
            added_by_id=by.user_id,
            at=clock.now(),
            removed_at=None,
        )
        item.record("attached", by=by, attachment=number, name=file.name, size=file.size)
        return attachment

    def may_be_removed_by(self, member: Member) -> bool:
        """Whether this member may remove it: the person who added it may, and the owner's side."""
        own = member.user_id == self.added_by_id and member.may(Action.EDIT_ITEM)
        return own or member.may(Action.DISCARD)

    def remove(self, *, by: Member) -> None:
        """Take the file off its item; it is deleted a day later."""
        self.item.refuse_discarded()
        if not self.may_be_removed_by(by):
            raise Forbidden("Only the person who added a file, the product owner or a delegate can remove it.")
        if self.removed_at is None:
            self.removed_at = clock.now()
            self.item.record("detached", by=by, attachment=self.number, name=self.name, size=self.size)

    def bring_back(self, space: AttachmentSpace, *, by: Member) -> None:
        """Attach a removed file again, as long as the file is still kept and there is room."""
        if self.removed_at is None:
            raise Refused(f"{self.name} is already attached.")
        if clock.now() - self.removed_at > COMES_BACK:
            raise Refused(f"{self.name} was removed too long ago. Add it again.")
        space.require_room([self.size])
        self.removed_at = None
        self.item.record("attached", by=by, attachment=self.number, name=self.name, size=self.size)
