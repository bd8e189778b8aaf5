"""Status updates: first a draft that a person edits, then a frozen snapshot that page, mail and print show for good."""

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.errors import Invalid, Refused
from kanban.models.base import Model, enum_type
from kanban.models.delivery import Delivery, DeliveryState
from kanban.models.member import Member
from kanban.models.stakeholder import Stakeholder
from kanban.policy import Action, Role
from kanban.status.draft_text import LINE_FIELDS as LINE_FIELDS
from kanban.status.draft_text import SECTION_KINDS as SECTION_KINDS
from kanban.status.health import Ground, Judged

if TYPE_CHECKING:
    from kanban.models.product import Product


#: How far ahead an update can be scheduled.
FARTHEST = dt.timedelta(days=60)
_IS_SCHEDULED = sa.text("goes_out_at IS NOT NULL")


class Health(StrEnum):
    """The state of the promises, in the owner's judgement."""

    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"
    UNKNOWN = "unknown"
    PAUSED = "paused"
    DONE = "done"


class UpdateState(StrEnum):
    """A draft can be edited, a published update can't."""

    DRAFT = "draft"
    PUBLISHED = "published"


class StatusUpdate(Model):
    """One update.

    sections         list of {kind, lines}; each line is a dict of LINE_FIELDS
    since_version    the version of the log from which the facts are gathered
    snapshot         what was published, complete except for people's names
    audience         ids of the stakeholders whom a delay notice is for; None: everybody on the list
    filled           the lines filled in from the facts, as {kind, …}; whatever differs from them, a person wrote
    answers          the owner's answers to findings of the honesty checks: {key of a finding: {mentioned, reason}}
    handed_revision  the revision of the draft that was handed to the owner

    A scheduled draft goes out at `goes_out_at` as it is, as if `scheduled_by_id` published it then, unless something
    differs from what was `known` when it was scheduled (see status.known). Until then nobody can change it. `held` says
    why it did not go out the last time: {was_due: an instant, by: a person's id, why: sentences}.
    """

    __tablename__ = "status_update"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"), index=True)
    number: Mapped[int]
    state: Mapped[UpdateState] = mapped_column(enum_type(UpdateState), default=UpdateState.DRAFT)
    headline: Mapped[str] = mapped_column(default="")
    summary: Mapped[str] = mapped_column(default="")
    health: Mapped[Health] = mapped_column(enum_type(Health), default=Health.UNKNOWN)
    health_reason: Mapped[str] = mapped_column(default="")
    sections: Mapped[list[Any]] = mapped_column(default=list)
    since_version: Mapped[int]
    since_at: Mapped[dt.datetime | None]
    answers: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict, server_default="{}")
    filled: Mapped[list[Any]] = mapped_column(sa.JSON, default=list, server_default="[]")
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    published_at: Mapped[dt.datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    snapshot: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    corrects_id: Mapped[int | None] = mapped_column(sa.ForeignKey("status_update.id"))
    audience: Mapped[list[Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    handed_at: Mapped[dt.datetime | None]
    handed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    handed_revision: Mapped[int | None]
    goes_out_at: Mapped[dt.datetime | None]
    scheduled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    known: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    held: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))

    product: Mapped["Product"] = orm.relationship(lazy="raise_on_sql")
    deliveries: Mapped[list[Delivery]] = orm.relationship(back_populates="update", lazy="raise_on_sql")

    __table_args__ = (
        sa.UniqueConstraint("product_id", "number"),
        sa.CheckConstraint("(state = 'published') = (published_at IS NOT NULL)", name="published"),
        sa.CheckConstraint(
            "(handed_at IS NULL) = (handed_by_id IS NULL) AND (handed_at IS NULL) = (handed_revision IS NULL)",
            name="handed",
        ),
        sa.CheckConstraint(
            "(goes_out_at IS NULL) = (scheduled_by_id IS NULL) AND (goes_out_at IS NULL) = (known IS NULL)"
            " AND (goes_out_at IS NULL OR state = 'draft')",
            name="scheduled",
        ),
        sa.Index(
            "ix_status_update_goes_out_at", "goes_out_at", sqlite_where=_IS_SCHEDULED, postgresql_where=_IS_SCHEDULED
        ),
    )

    @classmethod
    def draft(
        cls,
        product: "Product",
        *,
        by: Member,
        sections: list[dict[str, Any]],
        since_version: int,
        since_at: dt.datetime | None,
        health: Health,
        corrects: "StatusUpdate | None" = None,
        audience: list[int] | None = None,
    ) -> "StatusUpdate":
        """Create a draft from facts already gathered.

        A correction starts with the words of the update that it corrects, and goes to the same people.
        """
        by.must(Action.DRAFT_UPDATE)
        if corrects is not None and corrects.state is not UpdateState.PUBLISHED:
            raise Refused("Only a published update can be corrected.")
        number, product.next_update = product.next_update, product.next_update + 1
        update = cls(
            product=product,
            product_id=product.id,
            number=number,
            state=UpdateState.DRAFT,
            headline=corrects.headline if corrects else "",
            summary=corrects.summary if corrects else "",
            health=corrects.health if corrects else health,
            health_reason=corrects.health_reason if corrects else "",
            sections=_clean_sections(sections),
            since_version=since_version,
            since_at=since_at,
            answers={},
            # A correction and a delay notice are about what happened then; their lines don't follow today's facts.
            filled=[]
            if corrects or audience is not None
            else [{**line, "kind": part["kind"]} for part in sections for line in part["lines"]],
            revision=1,
            created_by_id=by.user_id,
            created_at=clock.now(),
            corrects_id=corrects.id if corrects else None,
            audience=corrects.audience if corrects else audience,
            deliveries=[],
        )
        product.record("update_drafted", by=by, update=number)
        return update

    def edit(self, changes: dict[str, Any], *, by: Member, filled: Sequence[Mapping[str, str]] = ()) -> None:
        """Change headline, summary, health, health_reason, sections or answers (only those given) of a draft.

        `filled` are those of the lines that were filled in from the facts.
        """
        self._must_be_open()
        limits = {"headline": 200, "summary": 5000, "health_reason": 1000}
        changed = False
        for field, limit in limits.items():
            if field in changes:
                text = str(changes[field]).replace("\x00", "").replace("\r\n", "\n").strip()
                if len(text) > limit:
                    raise Invalid({field: f"At most {limit:,} characters fit here."})
                text = " ".join(text.split()) if field == "headline" else text
                changed |= text != getattr(self, field)
                setattr(self, field, text)
        if "health" in changes:
            health = Health(changes["health"])
            changed |= health is not self.health
            self.health = health
        if "sections" in changes:
            sections = _clean_sections(changes["sections"])
            changed |= sections != self.sections
            self.sections = sections
        if "answers" in changes:
            answers = {**self.answers, **_clean_answers(changes["answers"])}
            answers = {key: answer for key, answer in answers.items() if answer["mentioned"] or answer["reason"]}
            changed |= answers != self.answers
            self.answers = answers
        self.filled = [*self.filled, *map(dict, filled)]
        if changed:
            self.revision += 1
            self.product.record("update_edited", by=by, update=self.number)

    def hand_over(self, *, by: Member, judged: Judged | None = None, owner_since: dt.datetime | None = None) -> None:
        """Hand the draft to the owner to publish; it must be complete.

        Does nothing if they were handed these very words already, since they became the owner (`owner_since`).
        """
        by.must(Action.DRAFT_UPDATE)
        self._must_be_open()
        if by.role is Role.OWNER:
            raise Refused("You can publish it yourself.")
        self._must_be_complete(judged)
        is_theirs = self.handed_at is not None and (owner_since is None or self.handed_at > owner_since)
        if is_theirs and self.handed_revision == self.revision:
            return
        told = self.product.record("update_handed_over", by=by, update=self.number)
        self.handed_at, self.handed_by_id, self.handed_revision = told.at, by.user_id, self.revision

    def publish(
        self,
        people: list[Stakeholder],
        *,
        before: Health | None,
        by: Member,
        corrects_number: int | None = None,
        judged: Judged | None = None,
        is_due: bool = False,
    ) -> None:
        """Freeze what readers see and put one delivery for each stakeholder into the outbox.

        `before` is the health in the previous update; `judged` is what the facts suggest for this one: if its health
        differs from that, it needs a reason. `is_due` says that the update was scheduled and its time has come.
        """
        by.must(Action.PUBLISH)
        self._must_be_draft()
        self._must_be_complete(judged)
        self.state = UpdateState.PUBLISHED
        self.published_at = clock.now()
        self.published_by_id = by.user_id
        self.snapshot = self.as_read(
            self.published_at, owner_id=by.user_id, before=before, corrects_number=corrects_number, judged=judged
        )
        self._unschedule()
        # No longer needed; and whoever searches for a person's name before erasing them would not find it in `filled`.
        self.filled, self.held = [], None
        told: dict[str, Any] = {"scheduled": True} if is_due else {}
        self.product.record("update_published", by=by, update=self.number, health=self.health.value, **told)
        for person in people:
            if person.gets_updates and self.is_for(person):
                delivery = Delivery.to_stakeholder("update", person)
                delivery.product_id, delivery.state = self.product_id, DeliveryState.WAITING
                self.deliveries.append(delivery)

    def send_kept(self, mails: Sequence[Delivery], *, corrected_by: int | None, by: Member) -> None:
        """Put mails that were kept for want of a mail server into the outbox after all.

        The log gets no new entry, since it already has one for the publishing of the update.
        """
        by.must(Action.PUBLISH)
        if corrected_by is not None:
            raise Refused(f"Update {corrected_by} corrects this one, so it is no longer sent to anybody.")
        for mail in mails:
            mail.go_late()

    # Publishing later

    @property
    def is_scheduled(self) -> bool:
        """Whether it is going to go out by itself."""
        return self.goes_out_at is not None

    def schedule(self, at: dt.datetime, *, known: dict[str, Any], by: Member, judged: Judged | None = None) -> None:
        """Schedule it for a later instant, if it could be published now.

        It then goes out as it is now, provided that what is `known` about it still holds at that time. If it was
        scheduled before, the new instant replaces the old one.
        """
        by.must(Action.PUBLISH)
        self._must_be_draft()
        self._must_be_complete(judged)
        if not clock.now() < at <= clock.now() + FARTHEST:
            raise Invalid({"at": "Choose a time in the future, at most 60 days ahead."})
        self.goes_out_at, self.scheduled_by_id, self.known, self.held = at, by.user_id, known, None
        when = at.astimezone(dt.UTC).isoformat()
        self.product.record("update_scheduled", by=by, update=self.number, goes_out_at=when)

    def take_back(self, *, by: Member) -> None:
        """Cancel its schedule: it is a draft again, which anybody who may draft updates can change."""
        by.must(Action.DRAFT_UPDATE)
        self._must_be_draft()
        if self.is_scheduled:
            self._unschedule()
            self.product.record("update_taken_back", by=by, update=self.number)

    def hold(self, why: Sequence[str]) -> None:
        """Hold it back when its time has come, for the reasons given as sentences; it is a draft again."""
        assert self.goes_out_at is not None
        was_due = self.goes_out_at.astimezone(dt.UTC).isoformat()
        self.held = {"was_due": was_due, "by": self.scheduled_by_id, "why": list(why)}
        self.product.record("update_held", by=None, update=self.number, person=self.scheduled_by_id)
        self._unschedule()

    def _unschedule(self) -> None:
        self.goes_out_at = self.scheduled_by_id = self.known = None

    def is_for(self, person: Stakeholder) -> bool:
        """Whether it is meant for this person."""
        return self.audience is None or person.id in self.audience

    def as_read(
        self,
        at: dt.datetime,
        *,
        owner_id: int,
        before: Health | None,
        corrects_number: int | None = None,
        judged: Judged | None = None,
    ) -> dict[str, Any]:
        """What its readers see if it is published at this instant; the preview of a draft shows the same."""
        return {
            "product_key": self.product.key,
            "product_name": self.product.name,
            "number": self.number,
            "since": self.since_at.isoformat() if self.since_at else None,
            "published_at": at.isoformat(),
            "published_on": clock.day_of(at, self.product.zone).isoformat(),
            "owner_id": owner_id,
            "headline": self.headline,
            "summary": self.summary,
            "health": self.health.value,
            "health_before": before.value if before else None,
            "health_reason": self.health_reason,
            "corrects": corrects_number,
            **(_frozen(judged, self.health.value) if judged else {}),
            **({"notice": True} if self.audience is not None else {}),
            "sections": [section for section in self.sections if section["lines"]],
        }

    def throw_away(self, *, by: Member) -> None:
        """Note in the log that a draft was thrown away; the caller deletes the row. Its number is not used again."""
        self._must_be_draft()
        self.product.record("update_thrown_away", by=by, update=self.number)

    def _must_be_draft(self) -> None:
        if self.state is not UpdateState.DRAFT:
            raise Refused("A published update can’t be changed. Write a correction instead.")

    def _must_be_open(self) -> None:
        """Raise Refused unless it can be edited: a scheduled update must go out as it was when it was scheduled."""
        self._must_be_draft()
        if self.is_scheduled:
            raise Refused("It is scheduled to go out as it is. Take it back to change it.", "scheduled")

    def _must_be_complete(self, judged: Judged | None) -> None:
        lacks = {}
        if not self.headline:
            lacks["headline"] = "An update needs a headline: the one sentence people will remember."
        if judged and judged.suggestion.differs(self.health.value) and not self.health_reason:
            lacks["health_reason"] = "The facts suggest a different health. Say why you see it differently."
        if lacks:
            raise Invalid(lacks)


def _frozen(judged: Judged, claim: str) -> dict[str, Any]:
    """The part of the snapshot that says what the facts suggested, beside the health that was claimed."""
    says = judged.suggestion.ground is Ground.FORECAST or judged.suggestion.differs(claim)
    return {
        "health_computed": judged.suggestion.health if says else None,
        "health_grounds": list(judged.reasons),
        "checks": list(judged.checks),
    }


def _clean_answers(answers: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(answers, dict) or len(answers) > 200:
        raise Invalid({"answers": "Answers are given by the key of what was found."})
    clean = {}
    for key, answer in answers.items():
        reason = " ".join(str(answer.get("reason") or "").replace("\x00", "").split())
        if len(reason) > 1000:
            raise Invalid({"answers": "A reason can have at most 1,000 characters."})
        clean[str(key)[:1100]] = {"mentioned": bool(answer.get("mentioned")), "reason": reason}
    return clean


def _clean_sections(sections: Any) -> list[dict[str, Any]]:
    """Sections in their fixed order with known fields only; Invalid if the shape is wrong."""
    by_kind: dict[str, list[dict[str, str]]] = {kind: [] for kind in SECTION_KINDS}
    if not isinstance(sections, list):
        raise Invalid({"sections": "Sections are a list of {kind, lines}."})
    for section in sections:
        if not isinstance(section, dict) or section.get("kind") not in by_kind:
            raise Invalid({"sections": "A section’s kind is one of " + ", ".join(SECTION_KINDS) + "."})
        lines = section.get("lines", [])
        if not isinstance(lines, list) or len(lines) > 200:
            raise Invalid({"sections": "A section can have at most 200 lines."})
        by_kind[section["kind"]].extend(line for line in map(_clean_line, lines) if line["text"] or line["ref"])
    return [{"kind": kind, "lines": by_kind[kind]} for kind in SECTION_KINDS]


def _clean_line(line: Any) -> dict[str, str]:
    if not isinstance(line, dict):
        raise Invalid({"sections": "A line is an object with a text."})
    clean = {field: " ".join(str(line.get(field) or "").replace("\x00", "").split()) for field in LINE_FIELDS}
    if any(len(text) > 1000 for text in clean.values()):
        raise Invalid({"sections": "A line can have at most 1,000 characters."})
    return clean
