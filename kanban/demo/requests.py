"""The requests of the demo workspace: new, put off, accepted, promised, joined, declined, and done and judged."""

import datetime as dt
from dataclasses import dataclass, field
from functools import partial

import sqlalchemy as sa

from kanban import clock
from kanban.demo.workspace import Workspace
from kanban.models import Commitment, Product, Request, Stakeholder
from kanban.reads.locked import item_in
from kanban.reads.promises.calendar import read_calendar
from kanban.reads.requests.requests import count_open, request_in


@dataclass(frozen=True)
class DemoRequest:
    """One request and what became of it.

    `days_ago`, `decided` and `done` say how many days ago it was asked, decided and finished. `item` and `same_as` are
    the numbers of the item that it was accepted as, or of the request that it repeats. If `on_phone`, the owner wrote
    it down; otherwise it came through a link.
    """

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
    DemoRequest(
        44,
        "ragnhild.foss",
        "One booking for a whole school class",
        "Sixty children, four teachers, one invoice. Today somebody spends an evening typing in sixty names.",
        decided=42,
        item=44,
        words="We’ll do this. Names can come as a list from the school.",
    ),
    DemoRequest(
        38,
        "lars.vik",
        "Show the gate on the harbour screens",
        "People run to the wrong gate when two ferries leave within ten minutes.",
        decided=36,
        item=34,
        words="Yes, as soon as the new server can reach the screens.",
        done=15,
        solved="No one has run to the wrong gate since.",
    ),
    DemoRequest(
        33,
        "kari.strand",
        "Refunds shortly before departure",
        "Every third call is about a trip somebody can’t make. We say no, for want of a button.",
        supporters=((30, "sunniva.berg"),),
        decided=31,
        item=58,
        words="It will work up to two hours before departure; after that we can’t sell the place to anyone else.",
    ),
    DemoRequest(
        24,
        "eva.moen",
        "A countdown to the next departure on the home page",
        decided=22,
        words="The home page is where people buy. A countdown hurries them past the price.",
    ),
    DemoRequest(
        17,
        "tor.haugen",
        "A larger photo of the car for the loading crew",
        "In the rain we can’t read the number plate on the small one.",
        on_phone=True,
        decided=15,
        later=True,
        words="Not before the season cards; then we’ll look at the loading crew’s whole page.",
        promised=(14, 120, "The loading crew can read every number plate"),
    ),
    DemoRequest(
        11,
        "amina.yusuf",
        "Refund at the desk when a guest falls ill",
        "Our guests ask us, since we sold them the ticket.",
        decided=10,
        same_as=3,
        words="It’s the same button. We’ll tell you when the desk has it.",
    ),
    DemoRequest(
        4.6,
        "sunniva.berg",
        "Monthly takings by harbour",
        "The auditors ask for them every quarter, and we add them up by hand from the daily list.",
        supporters=((3.5, "per.saether"),),
    ),
    DemoRequest(
        1.3,
        "per.saether",
        "A card for the whole family",
        "Families ask at the counter why two adults and three children have to pay five times.",
        supporters=((1.1, "eva.moen"), (0.8, "amina.yusuf"), (0.6, "kari.strand")),
    ),
)


def tell(ferry: Workspace) -> None:
    """Schedule what stakeholders ask and support, and what the owner decides."""
    _Wishing(ferry).tell()


@dataclass
class _Wishing:
    """The commands that ask, support, decide and judge; `numbers` maps a request's title to its number."""

    ferry: Workspace
    numbers: dict[str, int] = field(default_factory=dict)

    def tell(self) -> None:
        ago = self.ferry.ago
        for given in _TOLD:
            ago(partial(self._ask, given), days=given.days_ago)
            if given.supporters:
                ago(partial(self._show_title, given), days=given.supporters[0][0] + 0.1)
            for days_ago, who in given.supporters:
                ago(partial(self._support, given, who), days=days_ago)
            if given.decided:
                ago(partial(self._decide, given), days=given.decided)
            if given.promised:
                ago(partial(self._promise, given), days=given.promised[0])
            if given.done:
                ago(partial(self._finish, given), days=given.done)
                ago(partial(self._judge, given), days=given.done - 1)

    def _ask(self, given: DemoRequest) -> None:
        product, owner = self.ferry.lock(), self.ferry.owner()
        person = self._person(product, given.who)
        waiting = count_open(self.ferry.session, person)
        by = owner if given.on_phone else None
        request = Request.ask(product, given.title, given.body, person=person, owner=owner.user, n_open=waiting, by=by)
        self.ferry.session.add(request)
        self.numbers[given.title] = request.number

    def _show_title(self, given: DemoRequest) -> None:
        product = self.ferry.lock()
        self._found(given, product).show_title(True, by=self.ferry.owner())

    def _support(self, given: DemoRequest, who: str) -> None:
        product = self.ferry.lock()
        self._found(given, product).support(self._person(product, who))

    def _decide(self, given: DemoRequest) -> None:
        product, by = self.ferry.lock(), self.ferry.owner()
        request = self._found(given, product)
        if given.item:
            item = item_in(self.ferry.session, product, given.item, ())
            assert item is not None
            request.accept(item, by=by, words=given.words)
        elif given.same_as:
            other = request_in(self.ferry.session, product, given.same_as)
            assert other is not None
            request.mark_duplicate(other, by=by, words=given.words)
        elif given.later:
            request.postpone(by=by, words=given.words)
        else:
            request.decline(given.words, by=by)

    def _promise(self, given: DemoRequest) -> None:
        product = self.ferry.lock()
        request, calendar = self._found(given, product), read_calendar(self.ferry.session, product)
        assert given.promised is not None
        _, due_in, statement = given.promised
        due_on = clock.today(product.zone) + dt.timedelta(days=round(given.promised[0]) + due_in)
        commitment = Commitment.promise(
            product,
            request,
            due_on=calendar.next_working(due_on),
            statement=statement,
            people=request.people,
            calendar=calendar,
            is_promised=False,
            is_finished=False,
            by=self.ferry.owner(),
        )
        self.ferry.session.add(commitment)

    def _finish(self, given: DemoRequest) -> None:
        self._found(given, self.ferry.lock()).finish()

    def _judge(self, given: DemoRequest) -> None:
        product = self.ferry.lock()
        person = self._person(product, given.who)
        self._found(given, product).say_solved(True, given.solved, person=person, owner=self.ferry.owner().user)

    def _found(self, given: DemoRequest, product: Product) -> Request:
        found = request_in(self.ferry.session, product, self.numbers[given.title])
        assert found is not None
        return found

    def _person(self, product: Product, name: str) -> Stakeholder:
        query = sa.select(Stakeholder).where(
            Stakeholder.product_id == product.id, Stakeholder.email == f"{name}@island.example"
        )
        return self.ferry.session.scalars(query).one()
