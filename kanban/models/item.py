"""A backlog item (shown on the board as a card): its text and people, how it is created and how it leaves.

Moves are in `move`; the verbs about its criteria, blocks, links and milestone are in the modules of these nouns.
"""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, WriteOnlyMapped, mapped_column

from kanban import clock
from kanban.errors import Forbidden, Invalid, Refused, Stale
from kanban.flow.stage import Stage
from kanban.models import block as block_verbs
from kanban.models import criterion as criterion_verbs
from kanban.models import link as link_verbs
from kanban.models import milestone as milestone_verbs
from kanban.models.base import Model, enum_type
from kanban.models.block import Block
from kanban.models.column import Breach, Column
from kanban.models.comment import Comment, tidy_comment
from kanban.models.concurrent_edits import merge_edits
from kanban.models.criterion import Criterion
from kanban.models.event import Event
from kanban.models.kinds import ClassOfService, ItemType, Origin
from kanban.models.label import Label, item_label
from kanban.models.liberty import Liberty
from kanban.models.link import Link
from kanban.models.member import Member
from kanban.models.milestone import Milestone, milestone_item
from kanban.models.move import Move
from kanban.models.place import NO_CRITERIA, Caution, Place
from kanban.models.score import check_score
from kanban.models.undated import DATED, Undated
from kanban.models.user import User
from kanban.policy import Action

if TYPE_CHECKING:
    from kanban.models.product import Product
    from kanban.models.question import Question

TEXT_FIELDS = ("title", "description", "type", "size", "class_of_service", "value", "effort")
_OWNERS_FIELDS = {"class_of_service": Action.SET_CLASS, "value": Action.SET_VALUE}

#: Prefix of the keys that an import makes up for the rows of a list that has no keys.
MADE_UP_KEY = "title:"
#: Discard reason of an item that had already been removed in the list it was imported from.
GONE_BEFORE = "It was removed before this list was imported."


class Item(Model):
    """One item. `number` is unique in its product and never reused; `rank` is its place in the product's one order.

    `revision` counts edits of the text, so that an edit can name the text it started from; `changed_version` is the
    product's version at the last event about the item. `started_at`, `finished_at` and `entered_at` (when it came into
    its column) are effective instants.

    `is_start_known` or `is_finish_known` is false if an imported list brought the item in as started or done without
    saying when. The instant is then that of the import, by which it had happened. When the start is unknown, the item
    is left out of every figure that measures how long work took, and its age is only a lower bound; when the finish is
    unknown, it still counts as done but is left out of all other figures.
    """

    __tablename__ = "item"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"))
    number: Mapped[int]
    column_id: Mapped[int] = mapped_column(sa.ForeignKey("column.id"))
    rank: Mapped[int | None] = mapped_column(sa.BigInteger)
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    type: Mapped[ItemType] = mapped_column(enum_type(ItemType), default=ItemType.FEATURE)
    size: Mapped[str] = mapped_column(default="")
    value: Mapped[int | None]
    effort: Mapped[int | None]
    class_of_service: Mapped[ClassOfService] = mapped_column(enum_type(ClassOfService), default=ClassOfService.STANDARD)
    origin: Mapped[Origin] = mapped_column(enum_type(Origin), default=Origin.PLANNED)
    part_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("item.id"), index=True)
    import_key: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=1)
    changed_version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]
    entered_at: Mapped[dt.datetime]
    started_at: Mapped[dt.datetime | None]
    is_start_known: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    finished_at: Mapped[dt.datetime | None]
    is_finish_known: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    discarded_at: Mapped[dt.datetime | None]
    discard_reason: Mapped[str | None]

    product: Mapped["Product"] = orm.relationship(back_populates="items", lazy="raise_on_sql")
    column: Mapped[Column] = orm.relationship(lazy="raise_on_sql")
    part_of: Mapped["Item | None"] = orm.relationship(remote_side="Item.id", lazy="raise_on_sql")
    assignees: Mapped[list[User]] = orm.relationship(secondary="assignment", order_by=User.name, lazy="raise_on_sql")
    labels: Mapped[list[Label]] = orm.relationship(secondary=item_label, order_by=Label.folded, lazy="raise_on_sql")
    criteria: Mapped[list[Criterion]] = orm.relationship(
        order_by=Criterion.number, lazy="raise_on_sql", cascade="all, delete-orphan"
    )
    blocks: Mapped[list[Block]] = orm.relationship(
        order_by=Block.since, lazy="raise_on_sql", cascade="all, delete-orphan"
    )
    links: Mapped[list[Link]] = orm.relationship(
        foreign_keys=Link.item_id, back_populates="item", lazy="raise_on_sql", cascade="all, delete-orphan"
    )
    milestone: Mapped[Milestone | None] = orm.relationship(secondary=milestone_item, lazy="raise_on_sql")
    comments: WriteOnlyMapped[Comment] = orm.relationship(passive_deletes=True)
    questions: WriteOnlyMapped["Question"] = orm.relationship(back_populates="item", passive_deletes="all")

    __table_args__ = (
        sa.UniqueConstraint("product_id", "number"),
        sa.UniqueConstraint("product_id", "rank"),
        sa.UniqueConstraint("product_id", "import_key"),
        sa.Index("ix_item_column_id_rank", "column_id", "rank"),
        sa.Index("ix_item_product_id_finished_at", "product_id", "finished_at"),
        sa.Index("ix_item_product_id_title", "product_id", "title"),  # scan titles without reading the long rows
        sa.Index(
            "ix_item_column_id_started_at",
            "column_id",
            "started_at",
            sqlite_where=sa.text("rank IS NOT NULL"),
            postgresql_where=sa.text("rank IS NOT NULL"),
        ),
        sa.Index(
            "ix_item_start_unknown",
            "column_id",
            "rank",
            sqlite_where=sa.text("is_start_known = 0"),
            postgresql_where=sa.text("NOT is_start_known"),
        ),
        sa.CheckConstraint("(rank IS NULL) = (discarded_at IS NOT NULL)", name="rank"),
        sa.CheckConstraint("finished_at IS NULL OR started_at IS NOT NULL", name="finished"),
        sa.CheckConstraint("is_start_known OR started_at IS NOT NULL", name="start_known"),
        sa.CheckConstraint("is_finish_known OR finished_at IS NOT NULL", name="finish_known"),
        sa.CheckConstraint("part_of_id IS NULL OR part_of_id <> id", name="part_of"),
        sa.CheckConstraint("value BETWEEN 1 AND 5", name="value"),
        sa.CheckConstraint("effort BETWEEN 1 AND 5", name="effort"),
    )

    @orm.validates("title")
    def _tidy_title(self, _key: str, value: str) -> str:
        title = " ".join(value.replace("\x00", "").split())
        if not title:
            raise Invalid({"title": "An item needs a title."})
        if len(title) > 300:
            raise Invalid({"title": "A title can have at most 300 characters; put the rest in the description."})
        return title

    @orm.validates("description")
    def _check_description(self, _key: str, value: str) -> str:
        text = value.replace("\x00", "").replace("\r\n", "\n").strip()
        if len(text) > 50_000:
            raise Invalid({"description": "A description can have at most 50,000 characters."})
        return text

    @orm.validates("size")
    def _check_size(self, _key: str, value: str) -> str:
        size = value.strip()
        if len(size) > 10:
            raise Invalid({"size": "A size can have at most 10 characters, such as S, M, L or 3."})
        return size

    @orm.validates("value", "effort")
    def _check_score(self, key: str, given: int | None) -> int | None:
        return check_score(key, given)

    @property
    def ref(self) -> str:
        """The reference people use, such as FERRY-12."""
        return f"{self.product.key}-{self.number}"

    @property
    def is_finished(self) -> bool:
        """Whether it stands in a column of stage done."""
        return self.finished_at is not None

    @property
    def finish(self) -> dt.datetime | None:
        """When it was finished; None if it is not, or if nobody knows when."""
        return self.finished_at if self.is_finish_known else None

    @property
    def undated(self) -> Undated:
        """Which of its two days, start and finish, nobody knows."""
        return Undated(start=not self.is_start_known, finish=not self.is_finish_known)

    @undated.setter
    def undated(self, undated: Undated) -> None:
        self.is_start_known, self.is_finish_known = not undated.start, not undated.finish

    @property
    def is_discarded(self) -> bool:
        """Whether it was discarded."""
        return self.discarded_at is not None

    def record(self, kind: str, *, by: Member | None, effective_at: dt.datetime | None = None, **what: Any) -> None:
        """Write one entry about this item to the product's log."""
        self.product.record(kind, by=by, item=self, effective_at=effective_at, **what)

    # Coming in

    @classmethod
    def create(
        cls,
        product: "Product",
        title: str,
        place: Place,
        *,
        by: Member,
        description: str = "",
        type: ItemType = ItemType.FEATURE,  # noqa: A002
        size: str = "",
        labels: list[Label] | None = None,
        origin: Origin = Origin.PLANNED,
        effective_at: dt.datetime | None = None,
        import_key: str | None = None,
        number: int | None = None,
        limit_reason: str | None = None,
    ) -> "Item":
        """Create an item at a place; for those who may not rank, that must be the bottom of the backlog.

        A WIP limit that refuses makes this fail; whatever only warns is added to the item's `cautions`. `number` must
        never have been used in this product; by default it is the next one.
        """
        by.must(Action.CREATE_ITEM)
        now = effective_at or clock.now()
        column = place.column
        if not by.may(Action.RANK) and column.stage is not Stage.BACKLOG:
            raise Forbidden("New items go in at the bottom of the backlog; the product owner ranks them.")
        arriving = place.arriving if import_key is None else 0
        breach = column.admit(arriving, occupancy=place.occupancy, reason=limit_reason)
        item = cls(
            product=product,
            product_id=product.id,
            number=number or product.take_item_number(),
            column=column,
            column_id=column.id,
            rank=place.rank,
            title=title,
            description=description,
            type=type,
            size=size,
            value=None,
            effort=None,
            class_of_service=ClassOfService.STANDARD,
            origin=origin,
            revision=1,
            import_key=import_key,
            created_at=now,
            entered_at=now,
        )
        started = column.stage not in (Stage.BACKLOG, Stage.READY)
        item.started_at = now if started else None
        item.finished_at = now if column.stage is Stage.DONE else None
        item.undated = DATED
        item.discarded_at = None
        item.assignees, item.labels, item.criteria, item.blocks = [], list(labels or []), [], []
        item.links = []
        column.mark_used()
        item.record(
            "created",
            by=by,
            effective_at=now,
            number=item.number,
            title=item.title,
            description=item.description,
            type=item.type.value,
            size=item.size,
            labels=[label.name for label in item.labels],
            column=column.number,
            stage=column.stage.value,
            after=place.after,
        )
        if breach:
            item.note_breach(breach, by=by)
        if started:
            item.cautions.append(NO_CRITERIA)
        return item

    @property
    def former_key(self) -> str:
        """The key it had in the list it was imported from; "" if it had none, even if the import made one up."""
        key = self.import_key or ""
        return "" if key.startswith(MADE_UP_KEY) else key

    @property
    def cautions(self) -> list[Caution]:
        """What the command that created it was allowed to do but people should know about."""
        cautions: list[Caution] = self.__dict__.setdefault("_cautions", [])
        return cautions

    def note_breach(self, breach: Breach, *, by: Member) -> None:
        """Record that its arrival in a column broke the limit, with the reason if one was given."""
        self.cautions.append(Caution("wip_limit", breach.sentence))
        self.record(
            "limit_broken",
            by=by,
            column=breach.column,
            limit=breach.limit,
            count=breach.count,
            reason=breach.reason,
        )

    # Place

    def move_to(
        self,
        place: Place,
        *,
        by: Member,
        limit_reason: str | None = None,
        passed_over_reason: str | None = None,
        effective_at: dt.datetime | None = None,
        undated: Undated = DATED,
    ) -> list[Caution]:
        """Move the item to a place in a column, with all that follows: clock, pull, limits, readiness.

        Returns what was allowed but people should know about. A move to where it already stands records nothing.
        `undated` says that the day of the start or finish which this move brings about is unknown.
        """
        self.refuse_discarded()
        move = Move(self, place, by, limit_reason, passed_over_reason, effective_at or clock.now(), undated)
        return move.carry_out()

    def restore(self, place: Place, *, by: Member, limit_reason: str | None = None) -> list[Caution]:
        """Bring a discarded item back into its column at the given place, if the column's limit allows it."""
        if not self.is_discarded:
            raise Refused("It is not discarded.")
        cautions = Move(self, place, by, limit_reason, None, clock.now()).come_back()
        self.discarded_at = self.discard_reason = None
        self.rank = place.rank
        for question in place.blocking:
            question.hold_up(by=by)
        return cautions

    def explain(self, liberty: Liberty, reason: str, *, by: Member) -> None:
        """Give the reason why a move of this item passed over others or broke a limit; the last reason given counts.

        Only the person who moved it may do so.
        """
        if liberty.actor_id != by.user_id:
            raise Forbidden("Only the person who moved it can say why.")
        text = " ".join(reason.split())
        if not text or len(text) > 200:
            raise Invalid({"reason": "Say in 1 to 200 characters why."})
        if text != liberty.reason:
            self.record("reason_given", by=by, about=liberty.kind.value, of_version=liberty.version, reason=text)

    # Text

    def edit(self, changes: dict[str, Any], *, revision: int, by: Member, since: "Sequence[Event]" = ()) -> None:
        """Change title, description, type, size, class_of_service, value, effort or labels (a list of Label) as given.

        Raises Stale if the text is no longer that of `revision`; both texts can then be shown. If all edits `since`
        then are given (newest first), it raises Stale only where they changed the same fields. Only the owner's side
        may change the class of service and the value; those who do the work may change the effort too.
        """
        self.refuse_discarded()
        if since:
            changes, revision = self._merge_edits(changes, since), self.revision
        for field, action in _OWNERS_FIELDS.items():
            if changes.get(field, getattr(self, field)) != getattr(self, field):
                by.must(action)
        if revision != self.revision:
            raise Stale({"revision": self.revision, **{field: getattr(self, field) for field in TEXT_FIELDS}})
        differences: dict[str, list[Any]] = {}
        for field in TEXT_FIELDS:
            if field in changes:
                before = getattr(self, field)
                setattr(self, field, changes[field])
                if getattr(self, field) != before:
                    differences[field] = [before, getattr(self, field)]
        if "labels" in changes:
            before_labels = [label.name for label in self.labels]
            after_labels = sorted({label.name for label in changes["labels"]}, key=str.casefold)
            if sorted(before_labels, key=str.casefold) != after_labels:
                self.labels = list(changes["labels"])
                differences["labels"] = [before_labels, after_labels]
        if differences:
            self.revision += 1
            self.record("edited", by=by, changes=differences)

    def _merge_edits(self, changes: dict[str, Any], since: "Sequence[Event]") -> dict[str, Any]:
        now = {"labels": self.labels, **{field: getattr(self, field) for field in TEXT_FIELDS}}
        mine, clashes = merge_edits(changes, now, since)
        if clashes:
            current = {"revision": self.revision, **{field: now[field] for field in TEXT_FIELDS}}
            raise Stale(current, by=next(iter(clashes.values())), mine=mine)
        return mine

    def make_part_of(self, whole: "Item | None", *, has_parts: bool, by: Member) -> None:
        """Make this item a part of another one, or of none; one level only (`has_parts`: it has parts itself)."""
        self.refuse_discarded()
        if whole is not None:
            if whole.id == self.id:
                raise Refused("An item can’t be a part of itself.")
            if whole.product_id != self.product_id:
                raise Refused("A part must belong to the same product.")
            if whole.part_of_id is not None or has_parts:
                raise Refused("Parts go one level deep: a part can’t have parts.")
            if whole.is_discarded:
                raise Refused("A discarded item can’t take parts.")
        if (whole.id if whole else None) == self.part_of_id:
            return
        self.part_of_id = whole.id if whole else None
        self.record("made_part", by=by, whole=whole.number if whole else None)

    # People

    def assign(self, people: list[User], *, by: Member, effective_at: dt.datetime | None = None) -> None:
        """Set exactly these assignees; each must be a member, which the loader has ensured."""
        self.refuse_discarded()
        if len(people) > 20:
            raise Refused("At most 20 people can be assigned to one item.")
        before = sorted(user.id for user in self.assignees)
        after = sorted({user.id for user in people})
        if before != after:
            self.assignees = list(people)
            self.record("assigned", by=by, effective_at=effective_at, people=after, was=before)

    # Talk

    def comment(self, body: str, *, by: Member) -> Comment:
        """Add a comment (Markdown, up to 20,000 characters)."""
        comment = Comment(author=by.user, body=tidy_comment(body), at=clock.now(), edited_at=None)
        session = orm.object_session(self)
        if session is None or self.id is None:
            self.comments.add(comment)
        else:
            comment.item_id = self.id
            session.add(comment)
        self.record("commented", by=by)
        return comment

    # Criteria, blocks, links and its milestone: their verbs stand with these nouns

    add_criterion = criterion_verbs.add_criterion
    change_criterion = criterion_verbs.change_criterion
    remove_criterion = criterion_verbs.remove_criterion
    tick = criterion_verbs.tick

    block = block_verbs.block
    open_block = block_verbs.open_block
    unblock = block_verbs.unblock
    close_block_of = block_verbs.close_block_of

    @property
    def open_blocks(self) -> list[Block]:
        """The block intervals that hold it up now."""
        return [block for block in self.blocks if block.is_open]

    link = link_verbs.link
    unlink = link_verbs.unlink

    aim_for = milestone_verbs.aim_for
    leave_milestone = milestone_verbs.leave_milestone

    # Leaving and coming back

    def discard(
        self, reason: str, *, by: Member, after: int | None = None, effective_at: dt.datetime | None = None
    ) -> None:
        """Take the item out of the order for a reason; it stays readable and can be restored.

        `after` is the number of the item just before it, recorded so that an undo finds the old place.
        """
        if self.is_discarded:
            raise Refused("It is already discarded.")
        if self.is_finished:
            raise Refused("A finished item can’t be discarded.")
        text = " ".join(reason.split())
        if not text or len(text) > 500:
            raise Invalid({"reason": "Say in 1 to 500 characters why."})
        self.discarded_at = effective_at or clock.now()
        self.discard_reason = text
        self.rank = None
        self.record("discarded", by=by, effective_at=effective_at, reason=text, after=after)
        block_verbs.close_blocks(self, by=by)

    def refuse_discarded(self) -> None:
        """Raise Refused if it is discarded: nothing can be done with it until it is restored."""
        if self.is_discarded:
            raise Refused(f"{self.ref} is discarded. Restore it first.")


assignment = sa.Table(
    "assignment",
    Model.metadata,
    sa.Column("item_id", sa.ForeignKey("item.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("user.id"), primary_key=True, index=True),
)
