"""The problem register: open problems, oldest first, and those that ended."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Problem, Product
from kanban.status.honesty import PROBLEM_DAYS


@dataclass(frozen=True)
class ProblemLine:
    """One problem; days are in the product's time zone.

    `days` is for how long it has been open, or was; the first day counts as 1.
    """

    number: int
    text: str
    owner: str
    next_step: str
    due_on: dt.date | None
    revision: int
    opened_on: dt.date
    closed_on: dt.date | None
    ending: str
    days: int
    is_late: bool

    @property
    def is_adrift(self) -> bool:
        """Whether it has been open too long without an owner or a next step."""
        return self.closed_on is None and self.days > PROBLEM_DAYS and not (self.owner and self.next_step)


def list_problems(session: orm.Session, product: Product, *, only_open: bool = False) -> list[ProblemLine]:
    """Open problems first, the oldest on top; then those that ended, the newest first. One query."""
    query = sa.select(Problem).where(Problem.product_id == product.id).order_by(Problem.number)
    if only_open:
        query = query.where(Problem.closed_at.is_(None))
    lines = [_line(product, problem) for problem in session.scalars(query)]
    ended = [line for line in lines if line.closed_on is not None]
    return [line for line in lines if line.closed_on is None] + sorted(
        ended, key=lambda line: (line.closed_on, line.number), reverse=True
    )


def line_of(product: Product, problem: Problem) -> ProblemLine:
    """One problem as a line of the register."""
    return _line(product, problem)


def problem_in(session: orm.Session, product: Product, number: int) -> Problem | None:
    """A problem of the product by its number."""
    problem = session.scalar(sa.select(Problem).where(Problem.product_id == product.id, Problem.number == number))
    if problem is not None:
        orm.attributes.set_committed_value(problem, "product", product)
    return problem


def count_open(lines: Sequence[ProblemLine]) -> int:
    """How many problems are open."""
    return sum(line.closed_on is None for line in lines)


def _line(product: Product, problem: Problem) -> ProblemLine:
    opened_on = clock.day_of(problem.opened_at, product.zone)
    closed_on = clock.day_of(problem.closed_at, product.zone) if problem.closed_at else None
    today = clock.today(product.zone)
    return ProblemLine(
        number=problem.number,
        text=problem.text,
        owner=problem.owner,
        next_step=problem.next_step,
        due_on=problem.due_on,
        revision=problem.revision,
        opened_on=opened_on,
        closed_on=closed_on,
        ending=problem.ending or "",
        days=((closed_on or today) - opened_on).days + 1,
        is_late=closed_on is None and problem.due_on is not None and problem.due_on < today,
    )
