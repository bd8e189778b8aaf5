"""A product: its settings, columns, members, and the version that locks and orders everything done to it."""

import datetime as dt
import re
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, WriteOnlyMapped, mapped_column

from kanban import clock
from kanban.errors import Invalid, Refused
from kanban.flow.stage import Stage
from kanban.markup import Refs
from kanban.models.base import Model
from kanban.models.column import STAGE_ORDER, Column
from kanban.models.event import Event
from kanban.models.member import Member
from kanban.models.user import User
from kanban.policy import Role

if TYPE_CHECKING:
    from kanban.models.delivery import Delivery
    from kanban.models.item import Item


class Product(Model):
    """A product, the unit of locking and of order: each change of anything in it takes its next `version`.

    `recorded` holds the events of the current command, in order; empty means that nothing changed.
    """

    __tablename__ = "product"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    goal: Mapped[str] = mapped_column(default="")
    time_zone: Mapped[str] = mapped_column(default="UTC")
    cadence_days: Mapped[int] = mapped_column(default=14)
    delegates_publish: Mapped[bool] = mapped_column(default=False)
    working_days: Mapped[str] = mapped_column(default="12345", server_default=sa.text("'12345'"))
    version: Mapped[int] = mapped_column(default=1)
    next_item: Mapped[int] = mapped_column(default=1)
    next_column: Mapped[int] = mapped_column(default=1)
    next_question: Mapped[int] = mapped_column(default=1)
    next_update: Mapped[int] = mapped_column(default=1)
    next_milestone: Mapped[int] = mapped_column(default=1, server_default=sa.text("1"))
    next_commitment: Mapped[int] = mapped_column(default=1, server_default=sa.text("1"))
    next_decision: Mapped[int] = mapped_column(default=1, server_default=sa.text("1"))
    next_problem: Mapped[int] = mapped_column(default=1, server_default=sa.text("1"))
    next_request: Mapped[int] = mapped_column(default=1, server_default=sa.text("1"))
    next_webhook: Mapped[int] = mapped_column(default=1, server_default=sa.text("1"))
    form_open: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    form_serial: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    archived_at: Mapped[dt.datetime | None]

    columns: Mapped[list[Column]] = orm.relationship(
        back_populates="product", order_by=Column.position, lazy="raise_on_sql", cascade="all"
    )
    members: Mapped[list[Member]] = orm.relationship(
        back_populates="product", lazy="raise_on_sql", cascade="all, delete-orphan"
    )
    events: WriteOnlyMapped[Event] = orm.relationship(cascade="save-update", passive_deletes="all")
    deliveries: WriteOnlyMapped["Delivery"] = orm.relationship(cascade="save-update", passive_deletes="all")
    items: WriteOnlyMapped["Item"] = orm.relationship(
        back_populates="product", cascade="save-update", passive_deletes="all"
    )

    @orm.validates("key")
    def _check_key(self, _key: str, value: str) -> str:
        key = value.strip().upper()
        if not re.fullmatch(r"[A-Z]{2,8}", key):
            raise Invalid({"key": "A key needs 2 to 8 letters from A to Z."})
        return key

    @orm.validates("name")
    def _tidy_name(self, _key: str, value: str) -> str:
        name = " ".join(value.split())
        if not name or len(name) > 120:
            raise Invalid({"name": "A product’s name needs 1 to 120 characters."})
        return name

    @orm.validates("goal")
    def _check_goal(self, _key: str, value: str) -> str:
        if len(value) > 2000:
            raise Invalid({"goal": "A goal can have at most 2,000 characters."})
        return value.strip()

    @orm.validates("time_zone")
    def _check_zone(self, _key: str, value: str) -> str:
        if value not in available_timezones():
            raise Invalid({"time_zone": "That time zone is not known."})
        return value

    @orm.validates("cadence_days")
    def _check_cadence(self, _key: str, value: int) -> int:
        if not 0 <= value <= 365:
            raise Invalid({"cadence_days": "Give 1 to 365 days between updates; 0 means that none is due."})
        return value

    @orm.validates("working_days")
    def _check_working_days(self, _key: str, value: str) -> str:
        days = "".join(sorted(set(value)))
        if not days or set(days) - set("1234567"):
            raise Invalid({"working_days": "At least one day of the week must be a working day."})
        return days

    @classmethod
    def open(
        cls, *, key: str, name: str, owner: User, goal: str = "", time_zone: str = "UTC", cadence_days: int = 14
    ) -> "Product":
        """Create a product with the default columns, owned by `owner`; its creation is version 1."""
        product = cls(key=key, name=name, goal=goal, time_zone=time_zone, cadence_days=cadence_days)
        product.version = product.next_item = product.next_column = product.next_question = product.next_update = 1
        product.next_milestone = product.next_commitment = product.next_decision = product.next_request = 1
        product.next_problem = product.next_webhook = 1
        product.form_open, product.form_serial = False, 0
        product.delegates_publish, product.working_days = False, "12345"
        product.members = [Member(user=owner, role=Role.OWNER)]
        product.columns = []
        product.record("product_opened", by=owner, key=product.key, name=product.name)
        Column.add_defaults(product, by=owner)
        return product

    @property
    def zone(self) -> ZoneInfo:
        """The time zone whose calendar days count for this product."""
        return ZoneInfo(self.time_zone)

    @property
    def refs(self) -> Refs:
        """The item references that exist so far: the product's key and its highest item number."""
        return Refs(self.key, self.next_item - 1)

    @property
    def recorded(self) -> list[Event]:
        """The events of the current command."""
        events: list[Event] = self.__dict__.setdefault("_recorded", [])
        return events

    @property
    def _log(self) -> orm.WriteOnlyCollection[Event]:
        """The collection that all events are added to; cached, since building it takes longer than adding to it."""
        if "_open_log" not in self.__dict__:
            self.__dict__["_open_log"] = self.events
        log: orm.WriteOnlyCollection[Event] = self.__dict__["_open_log"]
        return log

    def record(
        self,
        kind: str,
        *,
        by: Member | User | None,
        item: "Item | None" = None,
        effective_at: dt.datetime | None = None,
        **what: Any,
    ) -> Event:
        """Write one entry to the log, under the version that was taken with the lock."""
        now = clock.now()
        event = Event(
            version=self.version,
            seq=len(self.recorded) + 1,
            kind=kind,
            data=what,
            actor_id=by.user_id if isinstance(by, Member) else by.id if by else None,
            at=now,
            effective_at=effective_at or now,
        )
        self.recorded.append(event)
        self._enter(event, item)
        if item is not None:
            item.changed_version = self.version
        return event

    def _enter(self, event: Event, item: "Item | None") -> None:
        """Add an event to the log, if possible as a plain row, which costs a third of an object.

        Such rows wait in the session's `info["log"]`, if it has one (see transactions.begin_write), until the objects
        that they refer to are written. Inside a savepoint, which may be rolled back, the event is added as an object.
        """
        session = orm.object_session(self)
        log: list[Event] | None = session.info.get("log") if session is not None else None
        if session is None or log is None or self.id is None or session.in_nested_transaction():
            event.item = item
            self._log.add(event)
            return
        event.product_id = self.id
        if item is not None:
            event.item_id = item.id
            orm.attributes.set_committed_value(event, "item", item)
            if item.id is None:
                session.add(item)
        log.append(event)

    # Columns

    @property
    def standing(self) -> list[Column]:
        """The columns in their order, without removed ones."""
        return sorted((c for c in self.columns if c.removed_at is None), key=lambda c: c.position)

    def first_column(self, *stages: Stage) -> Column | None:
        """The first standing column of the first of these stages that has one."""
        for stage in stages:
            for column in self.standing:
                if column.stage is stage:
                    return column
        return None

    @property
    def queue_stage(self) -> Stage:
        """Where *Pull next* takes from: ready, or backlog where there is no ready column."""
        return Stage.READY if self.first_column(Stage.READY) else Stage.BACKLOG

    @property
    def accepting(self) -> bool:
        """Whether one of the columns is marked as the place where the owner's side accepts items."""
        return any(column.accepts for column in self.standing)

    def stages_behind(self, column: Column) -> list[Stage]:
        """The stages that a new column right after this one may have, so that stages stay in their order."""
        follower = next(iter(self.standing[self.standing.index(column) + 1 :]), None)
        last = follower.stage if follower else Stage.DONE
        return [stage for stage in Stage if column.stage.position <= stage.position <= last.position]

    def order_columns(self, numbers: list[int], *, by: Member) -> None:
        """Put the columns in this order (their numbers); stages must stay in stage order."""
        by_number = {column.number: column for column in self.standing}
        if sorted(numbers) != sorted(by_number):
            raise Refused("The columns have changed in the meantime. Look again and repeat the move.")
        ordered = [by_number[number] for number in numbers]
        stages = [column.stage.position for column in ordered]
        if stages != sorted(stages):
            raise Refused(STAGE_ORDER)
        if ordered == self.standing:
            return
        for position, column in enumerate(ordered):
            column.position = position
        self.record("columns_ordered", by=by, order=numbers)

    # Settings and members

    def configure(self, *, by: Member, **changes: Any) -> None:
        """Change name, goal, time_zone, cadence_days, delegates_publish or working_days ("12345": Monday to Friday)."""
        differences = {}
        for field, value in changes.items():
            before = getattr(self, field)
            setattr(self, field, value)
            if getattr(self, field) != before:
                differences[field] = [before, getattr(self, field)]
        if differences:
            self.record("product_changed", by=by, changes=differences)

    @property
    def owner(self) -> Member:
        """The one accountable product owner."""
        return next(member for member in self.members if member.role is Role.OWNER)

    def member_for(self, user: User) -> Member | None:
        """This person's membership, or None."""
        return next((member for member in self.members if member.user_id == user.id or member.user is user), None)

    def let_in(self, user: User, role: Role, *, by: Member) -> None:
        """Make a person a member, or change a member's role; ownership changes only by `hand_over` or `appoint`."""
        member = self.member_for(user)
        if role is Role.OWNER or (member and member.role is Role.OWNER):
            raise Refused("A product has exactly one owner. Hand it over instead.")
        if not user.is_active:
            raise Refused(f"{user.name} no longer has access to this installation.")
        if member is None:
            self.members.append(Member(user=user, user_id=user.id, role=role))
        elif member.role is role:
            return
        else:
            member.role = role
        self.record("member_let_in", by=by, person=user.id, role=role.value)

    def let_go(self, user: User, *, by: Member) -> None:
        """End a person's membership; what they wrote stays."""
        member = self.member_for(user)
        if member is None:
            return
        if member.role is Role.OWNER:
            raise Refused("The owner can’t leave. Hand the product over first.")
        self.members.remove(member)
        self.record("member_let_go", by=by, person=user.id)

    def hand_over(self, user: User, *, by: Member) -> tuple[Member, Member]:
        """Make another member the owner; the former owner stays as delegate. Returns (former, new).

        The caller flushes the former owner's new role before the new owner's, because a unique index allows only one
        owner.
        """
        former, heir = self.owner, self.member_for(user)
        if heir is None or not user.is_active:
            raise Refused("Only an active member of this product can become its owner.")
        if heir is former:
            raise Refused(f"{user.name} already owns this product.")
        former.role = Role.DELEGATE
        self.record("handed_over", by=by, person=user.id, former=former.user_id)
        return former, heir

    def appoint(self, user: User, *, by: User) -> Member:
        """Make any active person the owner, on behalf of an administrator; returns their membership.

        The former owner stays as delegate, or leaves if they no longer have access. The caller flushes before it gives
        the new owner's membership its role, because a unique index allows only one owner.
        """
        former = self.owner
        if not user.is_active:
            raise Refused(f"{user.name} no longer has access to this installation.")
        if former.user_id == user.id:
            raise Refused(f"{user.name} already owns this product.")
        heir = self.member_for(user)
        if heir is None:
            heir = Member(user=user, user_id=user.id, role=Role.DELEGATE)
            self.members.append(heir)
        former.role = Role.DELEGATE
        self.record("handed_over", by=by, person=user.id, former=former.user_id)
        if not former.user.is_active:
            self.members.remove(former)
            self.record("member_let_go", by=by, person=former.user_id)
        return heir

    def archive(self, *, by: Member) -> None:
        """Archive the product; it can still be read."""
        if self.archived_at is None:
            self.archived_at = clock.now()
            self.record("product_archived", by=by)

    def refuse_archived(self) -> None:
        """Raise Refused if the product is archived: nothing in it may change."""
        if self.archived_at is not None:
            raise Refused(f"{self.name} is archived. Bring it back first.", "archived")

    def bring_back(self, *, by: Member) -> None:
        """Bring an archived product back into use."""
        if self.archived_at is not None:
            self.archived_at = None
            self.record("product_brought_back", by=by)

    def take_item_number(self) -> int:
        """Reserve the next item number; numbers are never reused."""
        number, self.next_item = self.next_item, self.next_item + 1
        return number
