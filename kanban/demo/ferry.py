"""The demo's large product, ferry tickets: ninety days, put together from the other modules."""

import datetime as dt
import random

from sqlalchemy import orm

from kanban import clock
from kanban.demo import (
    correcting,
    current,
    finished,
    listening,
    problems,
    promises,
    questions,
    reacting,
    reports,
    requests,
    roadmap,
    scoring,
    stakeholders,
    track,
)
from kanban.demo.workspace import Workspace
from kanban.models import User

_DAYS = 91


def tell(session: orm.Session, people: dict[str, User], now: dt.datetime) -> None:
    """Make the product, schedule its story from its opening until now, and play it."""
    ferry = Workspace(session, people, "FERRY", "Ferry tickets", now)
    start = now - dt.timedelta(days=_DAYS)
    with clock.at(start):
        _open(ferry)
    dice = random.Random(26)  # noqa: S311
    stakeholders.invite(ferry, start + dt.timedelta(days=1))
    finished.tell(ferry, dice, start)
    current.tell(ferry, dice)
    questions.tell_waiting(ferry)
    reports.tell(ferry)
    promises.tell(ferry)
    track.tell(ferry, _DAYS)
    scoring.tell(ferry)
    reacting.tell(ferry)
    problems.tell(ferry)
    requests.tell(ferry)
    roadmap.tell(ferry)
    listening.tell(ferry)
    correcting.tell(ferry)
    current.set_order(ferry)
    ferry.play()


def _open(ferry: Workspace) -> None:
    ferry.open(
        goal="Anyone can buy, change and use a ferry ticket from a phone, in the queue, in one minute.",
        limits={"Ready": 8, "In progress": 3, "Review": 3},
        policies={
            "In progress": "Criteria written, no blocking questions",
            "Acceptance": "Accepted by the product owner",
        },
    )
