"""The demo workspace: a ferry-ticket product with ninety believable days behind it, made through the same verbs that
people use, with a moved clock. It writes into an empty installation and mails nobody."""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.demo import correcting, problems, promises, reacting, reports, requests, roadmap, scoring, story, track
from kanban.errors import Refused
from kanban.models import (
    Becomes,
    Delivery,
    DeliveryState,
    Item,
    ItemType,
    Level,
    LinkKind,
    Member,
    Product,
    Question,
    Stakeholder,
    User,
)
from kanban.policy import Role
from kanban.reads import labels, links, locked, place

_DAYS = 91


def fill(session: orm.Session, *, guest: User | None = None) -> list[tuple[str, User]]:
    """Fill an empty installation inside the write transaction under way and answer (role, person) of the first of
    each role. A `guest` plays the product owner. The caller commits."""
    if session.scalar(sa.select(sa.func.count()).select_from(Product)):
        raise Refused("There are products here already. The demo workspace fills an empty installation only.")
    now = clock.now()
    people = _make_people(session, guest)
    ferry = _Workspace(session, people, "FERRY", "Ferry tickets", now)
    with clock.at(now - dt.timedelta(days=_DAYS)):
        ferry.open(
            goal="Anyone can buy, change and use a ferry ticket from a phone, in the queue, in one minute.",
            limits={"Ready": 8, "In progress": 3, "Review": 3},
            policies={
                "In progress": "Criteria written, no blocking question",
                "Acceptance": "Accepted by the product owner",
            },
        )
    _tell_ferry(ferry)
    quay = _Workspace(session, people, "QUAY", "Harbour screens", now)
    with clock.at(now - dt.timedelta(days=40)):
        quay.open(goal="Nobody at the quay asks when the next ferry leaves.", limits={"In progress": 2}, policies={})
    _tell_quay(quay)
    waiting = sa.update(Delivery).where(Delivery.state == DeliveryState.WAITING)
    session.execute(waiting.values(state=DeliveryState.KEPT))
    return [(role, people[name]) for name, _, role in story.PEOPLE[:4]]


def _make_people(session: orm.Session, guest: User | None) -> dict[str, User]:
    people = {
        name: User(email=f"{name}@ferry.example", name=full, time_zone="Europe/Oslo", is_admin=name == "ingrid")
        for name, full, _ in story.PEOPLE
    }
    if guest is not None:
        people["ingrid"] = guest
    session.add_all(people.values())
    session.flush()
    return people


@dataclass
class _Workspace:
    """One product being told: commands are collected with their instants and carried out in the order of time."""

    session: orm.Session
    people: dict[str, User]
    key: str
    name: str
    now: dt.datetime
    product_id: int = 0
    numbers: dict[str, int] = field(default_factory=dict)
    script: list[tuple[dt.datetime, int, Callable[[], None]]] = field(default_factory=list)

    def open(self, *, goal: str, limits: dict[str, int], policies: dict[str, str]) -> None:
        """Open the product with its columns, limits and members."""
        owner = self.people["ingrid"]
        product = Product.open(
            key=self.key, name=self.name, owner=owner, goal=goal, time_zone="Europe/Oslo", cadence_days=14
        )
        self.session.add(product)
        self.session.flush()
        self.product_id = product.id
        product = self.lock()
        member = self.member("ingrid")
        locked.with_members(self.session, product)
        for name, _, role in story.PEOPLE:
            if role != "owner":
                product.let_in(self.people[name], Role(role), by=member)
        for column in product.standing:
            product.change_column(
                column, by=member, wip_limit=limits.get(column.name), policy=policies.get(column.name, "")
            )
        self.session.flush()

    def at(self, instant: dt.datetime, act: Callable[[], None]) -> None:
        """Have something happen at an instant."""
        self.script.append((instant, len(self.script), act))

    def play(self) -> None:
        """Carry the script out in the order of time, one command a version."""
        for instant, _, act in sorted(self.script, key=lambda entry: entry[:2]):
            with clock.at(instant):
                act()
                self.session.flush()

    def member(self, name: str) -> Member:
        """A person's membership."""
        found = locked.membership(self.session, self.product_id, self.people[name].id)
        assert found is not None
        return found

    def create(
        self, number_name: str, title: str, *, kind: str = "feature", labelled: str = "", description: str = ""
    ) -> None:
        product = self.lock()
        column = product.standing[0]
        item = Item.create(
            product,
            title,
            place.read_place(self.session, product, column, place.BOTTOM),
            by=self.member("ingrid"),
            description=description,
            type=ItemType(kind),
            labels=labels.labels_named(self.session, product, labelled.split(",") if labelled else []),
        )
        self.session.add(item)
        self.session.flush()
        self.numbers[number_name] = item.number

    def move(self, name: str, column: str, by: str, wish: place.Wish = place.BOTTOM) -> None:
        product, item = self.item(name)
        target = next(c for c in product.standing if c.name == column)
        where = place.read_place(self.session, product, target, wish, item=item, pulling=False)
        item.move_to(where, by=self.member(by))

    def pull(self, name: str, by: str) -> None:
        """Into progress; what was passed over is only looked for where the story says so, since that costs time."""
        product, item = self.item(name)
        why = story.PASSED_OVER.get(name)
        target = next(c for c in product.standing if c.name == "In progress")
        where = place.read_place(self.session, product, target, place.BOTTOM, item=item, pulling=why is not None)
        item.move_to(where, by=self.member(by), passed_over_reason=why or None, limit_reason=story.OVER_LIMIT.get(name))

    def item(self, name: str) -> tuple[Product, Item]:
        product = self.lock()
        item = locked.item_in(self.session, product, self.numbers[name], ("assignees", "labels", "criteria", "blocks"))
        assert item is not None
        return product, item

    def lock(self) -> Product:
        product = locked.lock_product(self.session, self.product_id)
        assert product is not None
        return product


def _tell_ferry(ferry: _Workspace) -> None:
    dice = random.Random(26)  # noqa: S311
    start = ferry.now - dt.timedelta(days=_DAYS)
    for index, (title, kind, labelled) in enumerate(story.FINISHED):
        _tell_finished(ferry, dice, start, index, title, kind, labelled)
    for current in story.CURRENT:
        _tell_current(ferry, dice, current)
    for number, reason in story.DISCARDED:
        ferry.at(ferry.now - dt.timedelta(days=6, hours=2), _discarding(ferry, f"item {number}", reason))
    for name, asker, days, blocking, body in story.WAITING_QUESTIONS:
        ferry.at(ferry.now - dt.timedelta(days=days), _asking(ferry, f"item {name}", asker, body, blocking=blocking))
    for number, needed, who, days in story.NEEDS:
        ferry.at(ferry.now - dt.timedelta(days=days, hours=3), _needing(ferry, f"item {number}", f"item {needed}", who))
    _invite_stakeholders(ferry, start + dt.timedelta(days=1))
    for report in story.UPDATES:
        ferry.at(ferry.now - dt.timedelta(days=report.days_ago, hours=2), _reporting(ferry, report))
    promising = promises.Promising(ferry.session, ferry.lock, lambda: ferry.member("ingrid"), ferry.now)
    for days, act in promising.script():
        ferry.at(ferry.now - dt.timedelta(days=days, hours=4), act)
    remembering = track.Remembering(ferry.session, ferry.product_id, _DAYS)
    for days, act in remembering.script():
        ferry.at(ferry.now - dt.timedelta(days=days), act)
    for hours, act in scoring.Scoring(ferry.session, ferry.lock, lambda: ferry.member("ingrid")).script():
        ferry.at(ferry.now - dt.timedelta(hours=hours), act)
    for days, hours, act in reacting.Reacting(ferry.session, ferry.lock, lambda: ferry.member("ingrid")).script():
        ferry.at(ferry.now - dt.timedelta(days=days, hours=hours), act)
    for days, act in problems.Troubling(ferry.session, ferry.lock, lambda: ferry.member("ingrid")).script():
        ferry.at(ferry.now - dt.timedelta(days=days), act)
    for days, act in requests.Wishing(ferry.session, ferry.lock, lambda: ferry.member("ingrid")).script():
        ferry.at(ferry.now - dt.timedelta(days=days), act)
    ticking = roadmap.publishing(ferry.session, ferry.lock, lambda: ferry.member("ingrid"))
    ferry.at(ferry.now - dt.timedelta(days=roadmap.DAYS_AGO), ticking)
    correction = correcting.Correcting(ferry.session, ferry.lock, lambda: ferry.member("ingrid"))
    ferry.at(ferry.now - dt.timedelta(days=correcting.DAYS_AGO, hours=2), correction.correct)
    _set_order(ferry)
    ferry.play()


def _tell_finished(
    ferry: _Workspace, dice: random.Random, start: dt.datetime, index: int, title: str, kind: str, labelled: str
) -> None:
    name = _name_of_number(index)
    finish = ferry.now - dt.timedelta(days=_weekday_shift(ferry, 86 - index * 2.05), hours=dice.uniform(1, 5))
    cycle = min(max(round(dice.lognormvariate(1.45, 0.55)), 1), 19)
    begin = max(finish - dt.timedelta(days=cycle - 0.7), start + dt.timedelta(hours=6))
    who = dice.choice(("anders", "jonas", "mia", "sara"))
    span = finish - begin
    born = start + dt.timedelta(minutes=index + 5) if index < 39 else _born(ferry, 45)
    ferry.at(born, lambda: ferry.create(name, title, kind=kind, labelled=labelled))
    ferry.at(begin - dt.timedelta(hours=3), lambda: ferry.move(name, "Ready", "ingrid"))
    ferry.at(begin, lambda: ferry.pull(name, who))
    if index % 9 == 4:
        ferry.at(begin + span * 0.2, lambda: _block(ferry, name, who))
        ferry.at(begin + span * 0.5, lambda: ferry.item(name)[1].unblock(by=ferry.member(who)))
    ferry.at(begin + span * 0.6, lambda: ferry.move(name, "Review", who))
    ferry.at(begin + span * 0.85, lambda: ferry.move(name, "Acceptance", who))
    ferry.at(finish, lambda: ferry.move(name, "Done", "ingrid"))
    for position, asker, hours, body, answer, becomes in story.ANSWERED_QUESTIONS:
        if position == index:
            asked = begin + span * 0.1
            ferry.at(asked, _asking(ferry, name, asker, body, blocking=False))
            ferry.at(asked + dt.timedelta(hours=hours), _answering(ferry, name, answer, becomes))
            ferry.at(asked + dt.timedelta(hours=hours + 1), _accepting(ferry, name, asker))


def _name_of_number(index: int) -> str:
    """The finished ones are numbered 1 to 37, then 38, 39 and 45 as the story has it."""
    return f"item {(*range(1, 40), 45)[index]}"


def _weekday_shift(ferry: _Workspace, days: float) -> float:
    weekday = (ferry.now - dt.timedelta(days=days)).weekday()
    return days + max(weekday - 4, 0)


def _tell_current(ferry: _Workspace, dice: random.Random, current: story.Current) -> None:
    name = f"item {current.number}"
    ferry.at(_born(ferry, current.number), lambda: _create_current(ferry, name, current))
    if current.stands == "Backlog":
        return
    began = ferry.now - dt.timedelta(days=current.days - 1, hours=2, minutes=current.number % 7)
    ready = began if current.stands == "Ready" else began - dt.timedelta(days=dice.uniform(1, 3))
    ferry.at(ready, lambda: ferry.move(name, "Ready", "ingrid"))
    if current.stands == "Ready":
        return
    ferry.at(began, lambda: ferry.pull(name, current.who))
    ferry.at(began + dt.timedelta(minutes=30), lambda: _tick(ferry, name, current))
    late = ferry.now - dt.timedelta(hours=1, minutes=current.number % 50)
    if current.stands in ("Review", "Acceptance"):
        ferry.at(late - dt.timedelta(minutes=25), lambda: ferry.move(name, "Review", current.who))
    if current.stands == "Acceptance":
        ferry.at(late, lambda: ferry.move(name, "Acceptance", current.who))


def _born(ferry: _Workspace, number: int) -> dt.datetime:
    """Items from 40 on came in one after another over the last two months."""
    return ferry.now - dt.timedelta(days=62 - (number - 40) * 1.5)


def _create_current(ferry: _Workspace, name: str, current: story.Current) -> None:
    ferry.create(name, current.title, kind=current.type, labelled=current.labels, description=current.description)
    if current.criteria:
        _, item = ferry.item(name)
        for text in current.criteria:
            item.add_criterion(text, by=ferry.member("ingrid"))


def _tick(ferry: _Workspace, name: str, current: story.Current) -> None:
    _, item = ferry.item(name)
    for number in range(1, current.met + 1):
        item.tick(number, met=True, by=ferry.member(current.who))
    for author, body in current.comments:
        item.comment(body, by=ferry.member(author))


def _block(ferry: _Workspace, name: str, who: str) -> None:
    ferry.item(name)[1].block(
        "The test terminal is with the shop until tomorrow", by=ferry.member(who), waiting_for="the shop"
    )


def _discarding(ferry: _Workspace, name: str, reason: str) -> Callable[[], None]:
    return lambda: ferry.item(name)[1].discard(reason, by=ferry.member("ingrid"))


def _needing(ferry: _Workspace, name: str, needed: str, who: str) -> Callable[[], None]:
    def link() -> None:
        product = ferry.lock()
        item, other = (
            locked.item_in(ferry.session, product, ferry.numbers[each], ("links",)) for each in (name, needed)
        )
        assert item is not None
        assert other is not None
        item.link(LinkKind.NEEDS, other, needs=links.needs_in(ferry.session, product), by=ferry.member(who))

    return link


def _asking(ferry: _Workspace, name: str, asker: str, body: str, *, blocking: bool) -> Callable[[], None]:
    def ask() -> None:
        _, item = ferry.item(name)
        question = Question.ask(item, body, by=ferry.member(asker), addressee=ferry.people["ingrid"], blocking=blocking)
        ferry.session.add(question)

    return ask


def _question_on(ferry: _Workspace, name: str) -> Question:
    product, item = ferry.item(name)
    question_id = ferry.session.scalar(sa.select(sa.func.max(Question.id)).where(Question.item_id == item.id))
    question = locked.question_in(ferry.session, product, question_id or 0)
    assert question is not None
    return question


def _answering(ferry: _Workspace, name: str, body: str, becomes: str | None) -> Callable[[], None]:
    def answer() -> None:
        kept = Becomes(becomes) if becomes else None
        _question_on(ferry, name).answer(body, by=ferry.member("ingrid"), becomes=kept)

    return answer


def _accepting(ferry: _Workspace, name: str, asker: str) -> Callable[[], None]:
    return lambda: _question_on(ferry, name).accept(by=ferry.member(asker))


def _reporting(ferry: _Workspace, report: story.Report) -> Callable[[], None]:
    return lambda: reports.publish_report(ferry.session, ferry.lock, ferry.member("ingrid"), report)


def _invite_stakeholders(ferry: _Workspace, instant: dt.datetime) -> None:
    with clock.at(instant):
        ferry.session.add_all(
            Stakeholder(
                product_id=ferry.product_id,
                name=name,
                email=f"{address}@island.example",
                organisation=organisation,
                level=Level(level),
                reason=reason,
                added_by_id=ferry.people["ingrid"].id,
            )
            for name, address, organisation, level, reason in story.STAKEHOLDERS
        )


def _set_order(ferry: _Workspace) -> None:
    """Rank ready and backlog as the story has it, from the bottom of the list to its top, a while ago."""
    while_ago = ferry.now - dt.timedelta(hours=1)
    standing = {current.number: current.stands for current in story.CURRENT}
    below = None
    for step, number in enumerate(reversed(story.ORDER)):
        name, column = f"item {number}", standing[number]
        wish = place.TOP if below is None else place.Wish(before=below)
        below = number
        ferry.at(
            while_ago + dt.timedelta(minutes=step),
            lambda name=name, column=column, wish=wish: ferry.move(name, column, "ingrid", wish),  # type: ignore[misc]
        )


def _tell_quay(quay: _Workspace) -> None:
    start = quay.now - dt.timedelta(days=39)
    for index, (title, column, days) in enumerate(story.SMALL_PRODUCT):
        quay.at(start + dt.timedelta(minutes=index), lambda title=title: quay.create(title, title))  # type: ignore[misc]
        when = quay.now - dt.timedelta(days=days)
        road = ("Ready", "In progress", "Acceptance", "Done")
        steps = road[: road.index(column) + 1] if column in road else ()
        for position, step in enumerate(steps):
            by = "ingrid" if step in ("Ready", "Done") else "sara"
            moment = when + dt.timedelta(days=position, hours=-5)
            quay.at(min(moment, quay.now), lambda title=title, step=step, by=by: quay.move(title, step, by))  # type: ignore[misc]
    quay.play()
