"""The problem register of the demo workspace: one that ended, one that is looked after, one that nobody owns."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import orm

from kanban import clock
from kanban.models import Member, Problem, Product
from kanban.reads.problems import list_problems, problem_in


@dataclass(frozen=True)
class Told:
    """One problem, from so many days ago; `ended` and its day where it did."""

    days_ago: float
    text: str
    owner: str = ""
    next_step: str = ""
    due_in: int | None = None
    ended: str = ""
    ended_days_ago: float = 0


_TOLD = (
    Told(
        58.5,
        "The test terminal is shared with the shop; two days a week are lost.",
        "Nils Aas",
        "Ask the bank for a second terminal",
        10,
        "The shop has a terminal of its own now.",
        31.5,
    ),
    Told(
        20.5,
        "The test harbour is down at weekends, and nobody restarts it.",
        "Astrid Nilsen",
        "Have the harbour's operator watch it",
        26,
    ),
    Told(16.5, "The harbour's register of companies has no day on which it opens."),
)


@dataclass
class Troubling:
    """The commands that keep the register."""

    session: orm.Session
    lock: Callable[[], Product]
    owner: Callable[[], Member]

    def script(self) -> list[tuple[float, Callable[[], None]]]:
        """(days ago, what then happened)."""
        acts: list[tuple[float, Callable[[], None]]] = []
        for told in _TOLD:
            acts.append((told.days_ago, lambda told=told: self._raise(told)))  # type: ignore[misc]
            if told.ended:
                acts.append((told.ended_days_ago, lambda told=told: self._close(told)))  # type: ignore[misc]
        return acts

    def _raise(self, told: Told) -> None:
        product = self.lock()
        due_on = clock.today(product.zone) + dt.timedelta(days=told.due_in) if told.due_in else None
        self.session.add(
            Problem.raise_in(
                product, told.text, owner=told.owner, next_step=told.next_step, due_on=due_on, by=self.owner()
            )
        )

    def _close(self, told: Told) -> None:
        product = self.lock()
        number = next(line.number for line in list_problems(self.session, product) if line.text == told.text)
        problem = problem_in(self.session, product, number)
        assert problem is not None
        problem.close(told.ended, by=self.owner())
