"""What the log says about the problem register, and the check that today's table says the same."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Event, Problem, Product

_FIELDS = ("text", "owner", "next_step", "due_on")


@dataclass
class ReplayedProblems:
    """Each problem by its number as {text, owner, next_step, due_on, ending}; days as text."""

    problems: dict[int, dict[str, Any]] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Apply one event whose kind is in STEPS; ValueError if it can't follow the events before it."""
        STEPS[event.kind](self, event.data)


def _raised(replayed: ReplayedProblems, data: dict[str, Any]) -> None:
    if data["problem"] != len(replayed.problems) + 1:
        raise ValueError("problems are numbered one after another")
    replayed.problems[data["problem"]] = {**{name: data[name] for name in _FIELDS}, "ending": None}


def _changed(replayed: ReplayedProblems, data: dict[str, Any]) -> None:
    problem = replayed.problems[data["problem"]]
    for name, (was, now) in data["changes"].items():
        if problem["ending"] is not None or problem[name] != was:
            raise ValueError("a change begins where the one before it ended, and before the problem did")
        problem[name] = now


def _closed(replayed: ReplayedProblems, data: dict[str, Any]) -> None:
    if replayed.problems[data["problem"]]["ending"] is not None:
        raise ValueError("a problem ends once")
    replayed.problems[data["problem"]]["ending"] = data["ending"]


STEPS: dict[str, Any] = {"problem_raised": _raised, "problem_changed": _changed, "problem_closed": _closed}


def broken_problems(session: orm.Session, product: Product, replayed: ReplayedProblems) -> Iterator[str]:
    """A sentence if the register differs from the log."""
    rows = session.execute(
        sa.select(Problem.number, Problem.text, Problem.owner, Problem.next_step, Problem.due_on, Problem.ending).where(
            Problem.product_id == product.id
        )
    ).all()
    standing = {
        row.number: {
            "text": row.text,
            "owner": row.owner,
            "next_step": row.next_step,
            "due_on": row.due_on.isoformat() if row.due_on else None,
            "ending": row.ending,
        }
        for row in rows
    }
    if standing != replayed.problems or product.next_problem != len(rows) + 1:
        yield "the problems are not those that the log tells"
