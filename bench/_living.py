"""Tells the story of a product in use, week after week, by the verbs that people use. Not a benchmark itself."""

import datetime as dt
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from bench._filling import KEY, cookie, open_sign_in
from kanban import clock, migrating
from kanban.app import create_app
from kanban.background.notifying import notify
from kanban.config import Config
from kanban.demo import stakeholders
from kanban.demo.people import PEOPLE, make_people
from kanban.demo.workspace import Workspace
from kanban.extensions import db
from kanban.models import (
    Becomes,
    Cause,
    Commitment,
    Decision,
    Delivery,
    DeliveryState,
    Item,
    Problem,
    Product,
    Question,
    Request,
    Stakeholder,
    StatusUpdate,
)
from kanban.reads import locked
from kanban.reads.problems import problem_in
from kanban.reads.promises.calendar import read_calendar
from kanban.reads.promises.promises import promise_numbered
from kanban.reads.requests.requests import request_in
from kanban.reads.updates import updates
from kanban.reads.updates.beginning import read_beginning
from kanban.transactions import begin_write

#: How many items arrive in a week, and how many of them are finished within two weeks.
ARRIVE, FINISH = 12, 11
_TEAM = [name for name, _, role in PEOPLE if role in ("lead", "developer")]


def live(data: Path, weeks: int) -> str:
    """Create the tables and the product, and tell `weeks` weeks up to now; returns its owner's cookie header."""
    config = Config.from_environment({"KANBAN_DATA_DIR": str(data)})
    migrating.upgrade(config)
    app = create_app(config)
    with app.app_context():
        session, now = begin_write(), clock.now()
        people = make_people(session, None)
        product = Workspace(session, people, KEY, "Bench", now)
        begun = now - dt.timedelta(weeks=weeks)
        with clock.at(begun):
            product.open(goal="Tickets without a queue.", limits={}, policies={})
        stakeholders.invite(product, begun)
        life = _Life(product)
        for week in range(weeks):
            life.tell(week, begun + dt.timedelta(weeks=week))
        product.play()
        session.execute(sa.update(Delivery).values(state=DeliveryState.SENT, sent_at=now))
        secret, product_id = open_sign_in(session, people["ingrid"]), product.product_id
        session.commit()
        db.session.remove()
    notify(app, product_id)
    with app.app_context():
        db.engine.dispose()
    return cookie(app, secret)


@dataclass
class _Life:
    """What happens in a week, and the numbers by which later weeks find it again."""

    product: Workspace
    promises: dict[int, int] = field(default_factory=dict)
    requests: dict[int, list[int]] = field(default_factory=dict)
    problems: dict[int, int] = field(default_factory=dict)
    questions: dict[int, list[int]] = field(default_factory=dict)

    def tell(self, week: int, monday: dt.datetime) -> None:
        """Schedule one week, and what it leads to in later ones."""
        at = self.product.at
        for number in range(ARRIVE):
            name, title = f"{week}.{number}", f"Ferry tickets, step {number + 1} of week {week + 1}"
            at(monday + dt.timedelta(minutes=number), partial(self.product.create, name, title))
            if number < FINISH:
                self._finish(name, monday + dt.timedelta(days=7 + number % 3), number)
        days: tuple[tuple[float, Any], ...] = (
            (0.2, self._promise),
            (1.0, self._ask),
            (1.4, self._answer),
            (2.0, self._wish),
            (3.0, self._decide),
            (3.2, self._raise),
            (4.0, self._report),
            (5.0, self._choose),
            (9.0, self._slip),
            (16.0, self._end),
        )
        for day, act in days:
            if (when := monday + dt.timedelta(days=day)) < self.product.now:
                at(when, partial(act, week))

    def _finish(self, name: str, begun: dt.datetime, number: int) -> None:
        who = _TEAM[number % len(_TEAM)]
        for step, column in enumerate(("Ready", "In progress", "Review", "Done")):
            when = begun + dt.timedelta(days=step * (1 + number % 3) * 0.5)
            if when < self.product.now:
                self.product.at(when, partial(self.product.move, name, column, who if step in (1, 2) else "ingrid"))

    def _item(self, week: int, number: int) -> tuple[Product, Item]:
        return self.product.item(f"{week}.{number}")

    def _promise(self, week: int) -> None:
        product, item = self._item(week, 0)
        calendar = read_calendar(self.product.session, product)
        promised = Commitment.promise(
            product,
            item,
            statement=f"Step 1 of week {week + 1}",
            due_on=calendar.next_working(clock.today(product.zone) + dt.timedelta(days=10)),
            people=self._people()[:2],
            calendar=calendar,
            is_promised=False,
            is_finished=False,
            by=self.product.owner(),
        )
        self.product.session.add(promised)
        self.promises[week] = promised.number

    def _slip(self, week: int) -> None:
        if week % 3:
            return
        product = self.product.lock()
        promised = promise_numbered(self.product.session, product, self.promises[week])
        assert promised is not None
        calendar = read_calendar(self.product.session, product)
        promised.change(
            calendar.next_working(clock.today(product.zone) + dt.timedelta(days=7)),
            cause=Cause.EXTERNAL,
            explanation="The harbour is a week late.",
            calendar=calendar,
            is_finished=False,
            by=self.product.owner(),
        )

    def _ask(self, week: int) -> None:
        self.questions[week] = []
        for number, who in enumerate(_TEAM[:3]):
            _, item = self._item(week, number)
            item.comment("Passengers ask for it every week.", by=self.product.member(who))
            asked = Question.ask(
                item,
                f"Who is a passenger in step {number + 1} of week {week + 1}?",
                by=self.product.member(who),
                addressee=self.product.people["ingrid"],
                blocking=not number,
            )
            self.product.session.add(asked)
            self.product.session.flush()
            self.questions[week].append(asked.id)

    def _answer(self, week: int) -> None:
        for number, becomes in enumerate((Becomes.CRITERION, Becomes.DECISION, None)):
            product, _ = self._item(week, number)
            asked = locked.question_in(self.product.session, product, self.questions[week][number])
            assert asked is not None
            asked.answer("Whoever has a ticket.", by=self.product.owner(), becomes=becomes)
            self.product.session.flush()

    def _wish(self, week: int) -> None:
        self.requests[week] = []
        for place_of, person in enumerate(self._people()[2:5]):
            product, title = self.product.lock(), f"Wish {place_of + 1} of week {week + 1}"
            owner = self.product.owner().user
            asked = Request.ask(product, title, "Every third call is about it.", person=person, owner=owner, n_open=0)
            self.product.session.add(asked)
            self.requests[week].append(asked.number)

    def _decide(self, week: int) -> None:
        for place_of, number in enumerate(self.requests[week]):
            product, item = self._item(week, place_of)
            asked = request_in(self.product.session, product, number)
            assert asked is not None
            if place_of:
                asked.decline("Not this year.", by=self.product.owner())
            else:
                asked.accept(item, words="Yes.", by=self.product.owner())

    def _raise(self, week: int) -> None:
        product = self.product.lock()
        problem = Problem.raise_in(product, f"The harbour is down, week {week + 1}", by=self.product.owner())
        self.product.session.add(problem)
        self.problems[week] = problem.number

    def _end(self, week: int) -> None:
        product = self.product.lock()
        problem = problem_in(self.product.session, product, self.problems[week])
        assert problem is not None
        problem.close("It is up again.", by=self.product.owner())

    def _report(self, week: int) -> None:
        session, owner, product = self.product.session, self.product.owner(), self.product.lock()
        update = StatusUpdate.draft(product, by=owner, **read_beginning(session, product).keywords)
        session.add(update)
        session.flush()
        asks = [
            {"ref": "", "text": f"May we sell ahead of week {week + 1}, {who}?", "note": who, "options": "Yes | No"}
            for who in ("Sunniva Berg", "Kari Strand")
        ]
        sections = [
            {**part, "lines": [*(asks if part["kind"] == "decisions" else []), *part["lines"]]}
            for part in update.sections
        ]
        update.edit({"headline": f"Week {week + 1} went well", "sections": sections}, by=owner)
        before = updates.last_published(session, product)
        update.publish(updates.recipients(session, product), before=before.health if before else None, by=owner)

    def _choose(self, week: int) -> None:
        product = self.product.lock()
        update = updates.last_published(self.product.session, product)
        assert update is not None
        orm.attributes.set_committed_value(update, "product", product)
        person = self._people()[0]
        self.product.session.add(Decision.choose(update, 0, "Yes", context="As ever.", person=person))

    def _people(self) -> list[Stakeholder]:
        query = sa.select(Stakeholder).where(Stakeholder.product_id == self.product.product_id)
        return list(self.product.session.scalars(query.order_by(Stakeholder.id)))
