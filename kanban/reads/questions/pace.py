"""How fast a person answered lately, in working time, and what became of the answers; shown to that person only."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.flow.calendar import Calendar
from kanban.flow.metrics import percentile
from kanban.flow.working_time import DAY, working_time
from kanban.models import Answer, AnswerKind, Closure, Product, Question, User
from kanban.reads.promises.calendar import calendar_of

_WINDOW = dt.timedelta(days=30)


@dataclass(frozen=True)
class Worked:
    """A length of working time: shown in whole days from two working days on, below that as a duration."""

    length: dt.timedelta

    @property
    def days(self) -> int:
        """Whole working days, rounded; 0 if it is less than two."""
        return round(self.length / DAY) if self.length >= 2 * DAY else 0


@dataclass(frozen=True)
class Pace:
    """The last 30 days: half and 85 % of the first answers came within these working times.

    `kept` is how many of all `answers` became criteria or decisions.
    """

    half: Worked
    most: Worked
    kept: int
    answers: int


def read_pace(session: orm.Session, user: User) -> Pace | None:
    """The pace of this person; None without any answer. Three queries.

    Only the first answer to a question counts for the time, but every answer for what became of it.
    """
    earlier = orm.aliased(Answer)
    again = sa.exists().where(
        earlier.question_id == Answer.question_id, earlier.kind == AnswerKind.ANSWER, earlier.id < Answer.id
    )
    rows = session.execute(
        sa.select(Answer.at, Answer.becomes, Question.asked_at, Question.product_id, again.label("again"))
        .join(Question, Question.id == Answer.question_id)
        .where(Answer.author_id == user.id, Answer.kind == AnswerKind.ANSWER, Answer.at >= clock.now() - _WINDOW)
    ).all()
    days = _calendars(session, {row.product_id for row in rows if not row.again})
    seconds = [
        int(working_time(row.asked_at, row.at, *days[row.product_id]).total_seconds()) for row in rows if not row.again
    ]
    half, most = percentile(seconds, 50), percentile(seconds, 85)
    if half is None or most is None:
        return None
    return Pace(
        half=Worked(dt.timedelta(seconds=half)),
        most=Worked(dt.timedelta(seconds=most)),
        kept=sum(row.becomes is not None for row in rows),
        answers=len(rows),
    )


def _calendars(session: orm.Session, ids: Collection[int]) -> dict[int, tuple[Calendar, str]]:
    """The working calendar and the time zone of each of these products."""
    if not ids:
        return {}
    closures: dict[int, list[Closure]] = defaultdict(list)
    for closure in session.scalars(sa.select(Closure).where(Closure.product_id.in_(ids))):
        closures[closure.product_id].append(closure)
    products = session.execute(
        sa.select(Product.id, Product.working_days, Product.time_zone).where(Product.id.in_(ids))
    )
    return {row.id: (calendar_of(closures[row.id], row.working_days), row.time_zone) for row in products}
