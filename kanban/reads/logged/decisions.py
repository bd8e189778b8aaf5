"""What the log says about decisions and what stakeholders asked, and the check that today's tables say the same."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Decision, Event, Product, UpdateQuestion


@dataclass
class ReplayedDecisions:
    """Decisions by number, each with the number of the one it supersedes; stakeholders' questions, answered or not."""

    decisions: dict[int, int | None] = field(default_factory=dict)
    asked: dict[int, bool] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Apply one event whose kind is in STEPS; ValueError if it can't follow the events before it."""
        STEPS[event.kind](self, event.data)

    def keep_answer(self, data: dict[str, Any]) -> None:
        """Apply an answer to a question on an item; the oldest answers don't record the number of their decision."""
        if data["becomes"] == "decision":
            self.decisions[data.get("decision", len(self.decisions) + 1)] = data.get("supersedes")


def _decided(replayed: ReplayedDecisions, data: dict[str, Any]) -> None:
    older = data.get("supersedes")
    if data["decision"] in replayed.decisions or (older is not None and older not in replayed.decisions):
        raise ValueError("a decision is written once, and supersedes one that is there")
    replayed.decisions[data["decision"]] = older


def _asked(replayed: ReplayedDecisions, data: dict[str, Any]) -> None:
    replayed.asked[data["asked"]] = False


def _answered(replayed: ReplayedDecisions, data: dict[str, Any]) -> None:
    if replayed.asked[data["asked"]]:
        raise ValueError("it is answered once")
    replayed.asked[data["asked"]] = True


STEPS: dict[str, Any] = {"decided": _decided, "stakeholder_asked": _asked, "stakeholder_answered": _answered}


def broken_decisions(session: orm.Session, product: Product, replayed: ReplayedDecisions) -> Iterator[str]:
    """A sentence for each of the two lists that differs from the log."""
    older = orm.aliased(Decision)
    query = sa.select(Decision.number, older.number).outerjoin(older, older.id == Decision.supersedes_id)
    if {
        number: instead for number, instead in session.execute(query.where(Decision.product_id == product.id))
    } != replayed.decisions:
        yield "the decisions are not those that the log tells"
    asked = sa.select(UpdateQuestion.number, UpdateQuestion.answered_at.is_not(None))
    if {
        number: done for number, done in session.execute(asked.where(UpdateQuestion.product_id == product.id))
    } != replayed.asked:
        yield "what stakeholders asked is not what the log tells"
