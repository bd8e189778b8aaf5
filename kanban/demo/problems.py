"""The problem register of the demo workspace: one that ended, one that is looked after, one that nobody owns."""

import datetime as dt
from dataclasses import dataclass
from functools import partial

from kanban import clock
from kanban.demo.workspace import Workspace
from kanban.models import Problem
from kanban.reads.problems import list_problems, problem_in


@dataclass(frozen=True)
class DemoProblem:
    """A problem that was raised `days_ago`, and if it has ended, how and how many days ago."""

    days_ago: float
    text: str
    owner: str = ""
    next_step: str = ""
    due_in: int | None = None
    ended: str = ""
    ended_days_ago: float = 0


_TOLD = (
    DemoProblem(
        58.5,
        "We share the test terminal with the shop and lose two days a week.",
        "Nils Aas",
        "Ask the bank for a second terminal",
        10,
        "The shop now has a terminal of its own.",
        31.5,
    ),
    DemoProblem(
        20.5,
        "The harbour’s test system is down at weekends, and nobody restarts it.",
        "Astrid Nilsen",
        "Ask the harbour’s operators to watch it",
        26,
    ),
    DemoProblem(16.5, "The harbour has not said when its register of companies will open."),
)


def tell(ferry: Workspace) -> None:
    """Schedule raising and closing the problems."""
    for given in _TOLD:
        ferry.ago(partial(_raise, ferry, given), days=given.days_ago)
        if given.ended:
            ferry.ago(partial(_close, ferry, given), days=given.ended_days_ago)


def _raise(ferry: Workspace, given: DemoProblem) -> None:
    product = ferry.lock()
    due_on = clock.today(product.zone) + dt.timedelta(days=given.due_in) if given.due_in else None
    ferry.session.add(
        Problem.raise_in(
            product, given.text, owner=given.owner, next_step=given.next_step, due_on=due_on, by=ferry.owner()
        )
    )


def _close(ferry: Workspace, given: DemoProblem) -> None:
    product = ferry.lock()
    number = next(line.number for line in list_problems(ferry.session, product) if line.text == given.text)
    problem = problem_in(ferry.session, product, number)
    assert problem is not None
    problem.close(given.ended, by=ferry.owner())
