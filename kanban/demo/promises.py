"""The promises and milestones of the demo workspace: kept, slipped, late, withdrawn and open, by the same verbs."""

import datetime as dt
from collections.abc import Callable

from sqlalchemy import orm

from kanban import clock
from kanban.demo import story
from kanban.models import (
    Cause,
    Closure,
    Commitment,
    DeliveryState,
    Item,
    Member,
    Milestone,
    Product,
    Response,
    ResponseKind,
)
from kanban.reads import milestones, notices, promises, updates
from kanban.reads.calendar import list_closures, read_calendar
from kanban.reads.draft import judge_saved
from kanban.status.facts import plain

Act = Callable[[], None]


class Promising:
    """Tells the story of one product's promises; `lock` begins each command, `now` is the day that days count from."""

    def __init__(
        self, session: orm.Session, lock: Callable[[], Product], owner: Callable[[], Member], now: dt.datetime
    ) -> None:
        self._session, self._lock, self._owner, self._now = session, lock, owner, now
        self._numbers: dict[str, int] = {}

    def script(self) -> list[tuple[float, Act]]:
        """Pairs of days ago and what happened then."""
        acts: list[tuple[float, Act]] = [(90.0, self._close_christmas)]
        for told in story.MILESTONES:
            acts.append((told.days_ago, lambda told=told: self._make(told)))  # type: ignore[misc]
            for days_ago, number in told.joined:
                acts.append((days_ago, lambda told=told, number=number: self._join(told, number)))  # type: ignore[misc]
        for given in story.PROMISES:
            acts.append((given.days_ago, lambda given=given: self._promise(given)))  # type: ignore[misc]
            for slip in given.slips:
                acts.append((slip.days_ago, lambda given=given, slip=slip: self._slip(given, slip)))  # type: ignore[misc]
                if slip.told:
                    acts.append((slip.days_ago - 0.02, lambda given=given: self._tell(given)))  # type: ignore[misc]
            if given.withdrawn:
                acts.append((given.withdrawn_days_ago, lambda given=given: self._withdraw(given)))  # type: ignore[misc]
        return acts

    def _close_christmas(self) -> None:
        for year in (self._now.year, self._now.year + 1):
            product = self._lock()
            known = list_closures(self._session, product)
            days = (dt.date(year, 12, 24), dt.date(year, 12, 26))
            self._session.add(Closure.close(product, *days, "Christmas", known=known, by=self._owner()))
            self._session.flush()

    def _make(self, told: story.ToldMilestone) -> None:
        product = self._lock()
        milestone = Milestone.make(product, told.name, top=told.top, by=self._owner())
        self._session.add(milestone)
        self._session.flush()
        refs = [f"{product.key}-{number}" for number in told.numbers]
        for item in milestones.items_named(self._session, product, refs):
            item.aim_for(milestone, is_reached=False, by=self._owner())

    def _join(self, told: story.ToldMilestone, number: int) -> None:
        product = self._lock()
        milestone = self._subject(product, told.name)
        assert isinstance(milestone, Milestone)
        item = milestones.items_named(self._session, product, [f"{product.key}-{number}"])[0]
        item.aim_for(milestone, is_reached=False, by=self._owner())

    def _promise(self, given: story.Promise) -> None:
        product = self._lock()
        subject = self._subject(product, given.about)
        emails = [f"{name}@island.example" for name in given.people]
        commitment = Commitment.promise(
            product,
            subject,
            due_on=self._day(product, given.due),
            statement=given.statement,
            people=promises.stakeholders_named(self._session, product, emails=emails),
            calendar=read_calendar(self._session, product),
            is_promised=promises.is_promised(self._session, subject),
            is_finished=promises.is_finished(self._session, product, subject),
            by=self._owner(),
        )
        self._session.add(commitment)
        self._numbers[given.statement] = commitment.number

    def _slip(self, given: story.Promise, slip: story.Slip) -> None:
        product = self._lock()
        self._found(product, given).change(
            self._day(product, slip.due),
            cause=Cause(slip.cause),
            explanation=slip.why,
            mitigation=slip.until,
            calendar=read_calendar(self._session, product),
            is_finished=False,
            by=self._owner(),
        )

    def _tell(self, given: story.Promise) -> None:
        """A delay notice to those to whom it was promised, read by them."""
        product, owner = self._lock(), self._owner()
        notice = notices.write_notice(self._session, product, self._found(product, given), locale="en", gettext=plain)
        update = notice.begin(self._session, product, by=owner)
        last = updates.last_published(self._session, product)
        judged = judge_saved(self._session, product, update).judged
        update.publish(notice.people, before=last.health if last else None, by=owner, judged=judged)
        self._session.flush()
        for delivery in update.deliveries:
            delivery.state, delivery.sent_at = DeliveryState.SENT, clock.now() + dt.timedelta(seconds=20)
            read_at = clock.now() + dt.timedelta(hours=1)
            self._session.add(Response(delivery_id=delivery.id, kind=ResponseKind.ACKNOWLEDGED, body="", at=read_at))

    def _withdraw(self, given: story.Promise) -> None:
        self._found(self._lock(), given).withdraw(given.withdrawn, is_finished=False, by=self._owner())

    def _found(self, product: Product, given: story.Promise) -> Commitment:
        found = promises.promise_numbered(self._session, product, self._numbers[given.statement])
        assert found is not None
        return found

    def _subject(self, product: Product, about: int | str) -> Item | Milestone:
        if isinstance(about, int):
            return milestones.items_named(self._session, product, [f"{product.key}-{about}"])[0]
        line = next(each for each in milestones.list_milestones(self._session, product) if each.name == about)
        found = milestones.find_milestone(self._session, product, line.number)
        assert found is not None
        return found

    def _day(self, product: Product, days: int) -> dt.date:
        """The working day on or after so many days from now; days in the past of the story may lie before now."""
        today = clock.day_of(self._now, product.zone)
        return read_calendar(self._session, product).next_working(today + dt.timedelta(days=days))
