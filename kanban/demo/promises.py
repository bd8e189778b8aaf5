"""The promises and milestones of the demo workspace: kept, slipped, late, withdrawn and open ones."""

import datetime as dt
from dataclasses import dataclass, field
from functools import partial

from kanban import clock
from kanban.demo.workspace import Act, Workspace
from kanban.models import (
    Cause,
    Closure,
    Commitment,
    DeliveryState,
    Item,
    Milestone,
    Product,
    Response,
    ResponseKind,
)
from kanban.reads.promises import milestones, notices, promises
from kanban.reads.promises.calendar import list_closures, read_calendar
from kanban.reads.updates import updates
from kanban.reads.updates.draft import judge_saved
from kanban.status.gettext import plain


@dataclass(frozen=True)
class DemoMilestone:
    """A milestone of these items, or of the next `top`; `joined` are items added later, as (days ago, item)."""

    days_ago: float
    name: str
    numbers: tuple[int, ...] = ()
    top: int | None = None
    joined: tuple[tuple[float, int], ...] = ()


MILESTONES = (
    DemoMilestone(19, "Commuters travel on one card", (37, 40, 45, 58)),
    DemoMilestone(19, "Companies pay without receipts", (52, 59), joined=((11, 68),)),
    DemoMilestone(12, "The next eight", top=8),
)


@dataclass(frozen=True)
class Slip:
    """A promise moves to another day; `due` counts days from now."""

    days_ago: float
    due: int
    cause: str
    why: str
    until: str = ""
    is_announced: bool = False


@dataclass(frozen=True)
class Promise:
    """A promise about an item (its number) or a milestone (its name); `due` counts days from now."""

    about: int | str
    statement: str
    days_ago: float
    due: int
    people: tuple[str, ...]
    slips: tuple[Slip, ...] = ()
    withdrawn: str = ""
    withdrawn_days_ago: float = 0


PROMISES = (
    Promise(
        16,
        "A cancelled sailing is refunded in full, without having to ask",
        83,
        -48,
        ("kari.strand", "sunniva.berg"),
    ),
    Promise(
        27,
        "Pay with the phone’s wallet",
        74,
        -50,
        ("eva.moen", "per.saether"),
        (
            Slip(
                57,
                -29,
                "external",
                "The bank’s certificate is taking three weeks instead of one.",
                "Cards work as before.",
            ),
        ),
    ),
    Promise(33, "We know that we can carry the summer load", 60, -25, ("per.saether",)),
    Promise(
        52,
        "Companies pay by invoice",
        43,
        5,
        ("sunniva.berg", "per.saether"),
        (
            Slip(24, 14, "decision_awaited", "Finance will decide on the credit limit a week later than agreed."),
            Slip(
                15,
                56,
                "external",
                "The harbour’s system can’t yet tell a company from a person; their next release will.",
                "The three largest companies send us a list once a month.",
            ),
        ),
    ),
    Promise(40, "Commuters can buy one card for thirty days", 20, 3, ("ragnhild.foss", "kari.strand")),
    Promise(49, "The timetable follows the harbour automatically", 25, -4, ("lars.vik", "tor.haugen")),
    Promise(
        62,
        "Loyalty points, first version",
        24,
        40,
        ("eva.moen",),
        withdrawn="Finance and Marketing can’t agree what a point is worth. We promise nothing until they do.",
        withdrawn_days_ago=8,
    ),
    Promise(44, "Schools can book for a whole class", 11, 15, ("kari.strand",)),
    Promise(66, "Passengers can change a booking themselves", 11, 44, ("kari.strand", "amina.yusuf")),
    Promise("Commuters travel on one card", "Commuters travel on one card", 18, 24, ("ragnhild.foss", "amina.yusuf")),
    Promise(
        "Companies pay without receipts",
        "Companies pay without receipts",
        18,
        50,
        ("sunniva.berg",),
        (
            Slip(
                9,
                77,
                "dependency",
                "It needs the invoices, and those are waiting for the harbour’s register.",
                "Receipts go out as one file a month.",
                is_announced=True,
            ),
        ),
    ),
)


def tell(ferry: Workspace) -> None:
    """Schedule milestones, promises, their changes and withdrawals, and delay notices."""
    _Promising(ferry).tell()


@dataclass
class _Promising:
    """The commands about promises; `numbers` maps a promise's statement to its number."""

    ferry: Workspace
    numbers: dict[str, int] = field(default_factory=dict)

    def tell(self) -> None:
        self._ago(90, self._close_christmas)
        for each in MILESTONES:
            self._ago(each.days_ago, partial(self._make, each))
            for days_ago, number in each.joined:
                self._ago(days_ago, partial(self._join, each, number))
        for given in PROMISES:
            self._ago(given.days_ago, partial(self._promise, given))
            for slip in given.slips:
                self._ago(slip.days_ago, partial(self._slip, given, slip))
                if slip.is_announced:
                    self._ago(slip.days_ago - 0.02, partial(self._tell, given))
            if given.withdrawn:
                self._ago(given.withdrawn_days_ago, partial(self._withdraw, given))

    def _ago(self, days: float, act: Act) -> None:
        self.ferry.ago(act, days=days, hours=4)

    def _close_christmas(self) -> None:
        for year in (self.ferry.now.year, self.ferry.now.year + 1):
            product = self.ferry.lock()
            known = list_closures(self.ferry.session, product)
            days = (dt.date(year, 12, 24), dt.date(year, 12, 26))
            self.ferry.session.add(Closure.close(product, *days, "Christmas", known=known, by=self.ferry.owner()))
            self.ferry.session.flush()

    def _make(self, each: DemoMilestone) -> None:
        product = self.ferry.lock()
        milestone = Milestone.make(product, each.name, top=each.top, by=self.ferry.owner())
        self.ferry.session.add(milestone)
        self.ferry.session.flush()
        refs = [f"{product.key}-{number}" for number in each.numbers]
        for item in milestones.items_named(self.ferry.session, product, refs):
            item.aim_for(milestone, is_reached=False, by=self.ferry.owner())

    def _join(self, each: DemoMilestone, number: int) -> None:
        product = self.ferry.lock()
        milestone = self._subject(product, each.name)
        assert isinstance(milestone, Milestone)
        item = milestones.items_named(self.ferry.session, product, [f"{product.key}-{number}"])[0]
        item.aim_for(milestone, is_reached=False, by=self.ferry.owner())

    def _promise(self, given: Promise) -> None:
        product = self.ferry.lock()
        subject = self._subject(product, given.about)
        emails = [f"{name}@island.example" for name in given.people]
        commitment = Commitment.promise(
            product,
            subject,
            due_on=self._day(product, given.due),
            statement=given.statement,
            people=promises.stakeholders_named(self.ferry.session, product, emails=emails),
            calendar=read_calendar(self.ferry.session, product),
            is_promised=promises.is_promised(self.ferry.session, subject),
            is_finished=promises.is_finished(self.ferry.session, product, subject),
            by=self.ferry.owner(),
        )
        self.ferry.session.add(commitment)
        self.numbers[given.statement] = commitment.number

    def _slip(self, given: Promise, slip: Slip) -> None:
        product = self.ferry.lock()
        self._found(product, given).change(
            self._day(product, slip.due),
            cause=Cause(slip.cause),
            explanation=slip.why,
            mitigation=slip.until,
            calendar=read_calendar(self.ferry.session, product),
            is_finished=False,
            by=self.ferry.owner(),
        )

    def _tell(self, given: Promise) -> None:
        """Publish a delay notice to the people to whom it was promised, and have them read it."""
        product, owner = self.ferry.lock(), self.ferry.owner()
        notice = notices.write_notice(
            self.ferry.session, product, self._found(product, given), locale="en", gettext=plain
        )
        update = notice.begin(self.ferry.session, product, by=owner)
        last = updates.last_published(self.ferry.session, product)
        judged = judge_saved(self.ferry.session, product, update).judged
        update.publish(notice.people, before=last.health if last else None, by=owner, judged=judged)
        self.ferry.session.flush()
        for delivery in update.deliveries:
            delivery.state, delivery.sent_at = DeliveryState.SENT, clock.now() + dt.timedelta(seconds=20)
            read_at = clock.now() + dt.timedelta(hours=1)
            self.ferry.session.add(
                Response(delivery_id=delivery.id, kind=ResponseKind.ACKNOWLEDGED, body="", at=read_at)
            )

    def _withdraw(self, given: Promise) -> None:
        self._found(self.ferry.lock(), given).withdraw(given.withdrawn, is_finished=False, by=self.ferry.owner())

    def _found(self, product: Product, given: Promise) -> Commitment:
        found = promises.promise_numbered(self.ferry.session, product, self.numbers[given.statement])
        assert found is not None
        return found

    def _subject(self, product: Product, about: int | str) -> Item | Milestone:
        if isinstance(about, int):
            return milestones.items_named(self.ferry.session, product, [f"{product.key}-{about}"])[0]
        line = next(each for each in milestones.list_milestones(self.ferry.session, product) if each.name == about)
        found = milestones.find_milestone(self.ferry.session, product, line.number)
        assert found is not None
        return found

    def _day(self, product: Product, days: int) -> dt.date:
        """The working day on or after `days` from now; `days` may be negative."""
        today = clock.day_of(self.ferry.now, product.zone)
        return read_calendar(self.ferry.session, product).next_working(today + dt.timedelta(days=days))
