"""The requests of the demo workspace: new, put off, accepted, promised, joined, declined, and done and judged."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Commitment, Member, Product, Request, Stakeholder
from kanban.reads.calendar import read_calendar
from kanban.reads.locked import item_in
from kanban.reads.requests import count_open, request_in

Act = Callable[[], None]


@dataclass(frozen=True)
class Told:
    """One request and what became of it, so many days ago each; `item` and `same_as` are numbers, `done` the days since
    its people heard that it is done. Whoever wrote it down said so on the phone; else it came by a link."""

    days_ago: float
    who: str
    title: str
    body: str = ""
    on_phone: bool = False
    supporters: tuple[tuple[float, str], ...] = ()
    decided: float = 0
    item: int = 0
    same_as: int = 0
    later: bool = False
    words: str = ""
    done: float = 0
    solved: str = ""
    promised: tuple[float, int, str] | None = None


_TOLD = (
    Told(
        44,
        "ragnhild.foss",
        "One booking for a whole school class",
        "Sixty children, four teachers, one invoice. Today somebody types sixty names in the evening.",
        decided=42,
        item=44,
        words="We take it up. Names can come as a list from the school.",
    ),
    Told(
        38,
        "lars.vik",
        "The gate on the harbour screens",
        "People run to the wrong gate when two ferries leave within ten minutes.",
        decided=36,
        item=34,
        words="Yes, as soon as the screens can be reached from the new machine.",
        done=15,
        solved="No one has run to the wrong gate since.",
    ),
    Told(
        33,
        "kari.strand",
        "Money back shortly before departure",
        "Every third call is about a trip that cannot be made. We say no for want of a button.",
        supporters=((30, "sunniva.berg"),),
        decided=31,
        item=58,
        words="It comes up to two hours before departure; later than that the place is lost to others.",
    ),
    Told(
        24,
        "eva.moen",
        "A countdown to the next departure on the front page",
        decided=22,
        words="The front page is where people buy. A countdown hurries them past the price.",
    ),
    Told(
        17,
        "tor.haugen",
        "A larger photo of the car for the loading crew",
        "In the rain we cannot read the plate on the small one.",
        on_phone=True,
        decided=15,
        later=True,
        words="Not before the season cards; then we look at the whole page of the loading crew.",
        promised=(14, 120, "The loading crew reads every plate"),
    ),
    Told(
        11,
        "amina.yusuf",
        "Refund at the desk when a guest falls ill",
        "Our guests ask us, since we sold it to them.",
        decided=10,
        same_as=3,
        words="It is the same button. You hear from us when the desk has it.",
    ),
    Told(
        4.6,
        "sunniva.berg",
        "Takings of a month by harbour",
        "The auditors ask for it each quarter, and we add it up by hand from the daily list.",
        supporters=((3.5, "per.saether"),),
    ),
    Told(
        1.3,
        "per.saether",
        "A card for the whole family",
        "Families ask at the counter why two grown-ups and three children pay five times.",
        supporters=((1.1, "eva.moen"), (0.8, "amina.yusuf"), (0.6, "kari.strand")),
    ),
)


@dataclass
class Wishing:
    """The commands that ask, support, decide and judge; `lock` begins each."""

    session: orm.Session
    lock: Callable[[], Product]
    owner: Callable[[], Member]
    numbers: dict[str, int] = field(default_factory=dict)

    def script(self) -> list[tuple[float, Act]]:
        """(days ago, what then happened)."""
        acts: list[tuple[float, Act]] = []
        for told in _TOLD:
            acts.append((told.days_ago, lambda told=told: self._ask(told)))  # type: ignore[misc]
            for days_ago, who in told.supporters:
                acts.append((days_ago, lambda told=told, who=who: self._support(told, who)))  # type: ignore[misc]
            if told.decided:
                acts.append((told.decided, lambda told=told: self._decide(told)))  # type: ignore[misc]
            if told.promised:
                acts.append((told.promised[0], lambda told=told: self._promise(told)))  # type: ignore[misc]
            if told.done:
                acts.append((told.done, lambda told=told: self._found(told, self.lock()).finish()))  # type: ignore[misc]
                acts.append((told.done - 1, lambda told=told: self._judge(told)))  # type: ignore[misc]
        return acts

    def _ask(self, told: Told) -> None:
        product, owner = self.lock(), self.owner()
        person = self._person(product, told.who)
        waiting = count_open(self.session, person)
        by = owner if told.on_phone else None
        request = Request.ask(product, told.title, told.body, person=person, owner=owner.user, n_open=waiting, by=by)
        self.session.add(request)
        self.numbers[told.title] = request.number

    def _support(self, told: Told, who: str) -> None:
        product = self.lock()
        self._found(told, product).support(self._person(product, who))

    def _decide(self, told: Told) -> None:
        product, by = self.lock(), self.owner()
        request = self._found(told, product)
        if told.item:
            item = item_in(self.session, product, told.item, ())
            assert item is not None
            request.accept(item, by=by, words=told.words)
        elif told.same_as:
            other = request_in(self.session, product, told.same_as)
            assert other is not None
            request.mark_duplicate(other, by=by, words=told.words)
        elif told.later:
            request.postpone(by=by, words=told.words)
        else:
            request.decline(told.words, by=by)

    def _promise(self, told: Told) -> None:
        product = self.lock()
        request, calendar = self._found(told, product), read_calendar(self.session, product)
        assert told.promised is not None
        _, due_in, statement = told.promised
        due_on = clock.today(product.zone) + dt.timedelta(days=round(told.promised[0]) + due_in)
        commitment = Commitment.promise(
            product,
            request,
            due_on=calendar.next_working(due_on),
            statement=statement,
            people=request.people,
            calendar=calendar,
            is_promised=False,
            is_finished=False,
            by=self.owner(),
        )
        self.session.add(commitment)

    def _judge(self, told: Told) -> None:
        product = self.lock()
        person = self._person(product, told.who)
        self._found(told, product).say_solved(True, told.solved, person=person, owner=self.owner().user)

    def _found(self, told: Told, product: Product) -> Request:
        found = request_in(self.session, product, self.numbers[told.title])
        assert found is not None
        return found

    def _person(self, product: Product, name: str) -> Stakeholder:
        query = sa.select(Stakeholder).where(
            Stakeholder.product_id == product.id, Stakeholder.email == f"{name}@island.example"
        )
        return self.session.scalars(query).one()
