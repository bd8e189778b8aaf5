"""The questions of the demo workspace: answered ones on finished items, and those that still wait for the owner."""

import datetime as dt
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from kanban.demo.workspace import Act, Workspace
from kanban.models import Becomes, Question
from kanban.reads import locked

OSLO = ZoneInfo("Europe/Oslo")

#: (item, asker, days ago, blocking, body); all of them still wait for the owner.
WAITING_QUESTIONS = (
    (
        49,
        "anders",
        4.0,
        True,
        "Which delays count as cancelled? The harbour sends “late”, “very late” and “unknown”, and the refund rule "
        "needs a yes or a no.",
    ),
    (62, "mia", 2.0, True, "Do points expire? Finance says after a year, Marketing says never."),
    (44, "jonas", 0.21, False, "Does a teacher count as a passenger, or travel free with thirty pupils?"),
)

#: (index in FINISHED, asker, hours until the answer, body, answer, what it became)
ANSWERED_QUESTIONS = (
    (
        5,
        "jonas",
        3,
        "Does a trailer count towards the car’s length?",
        "Yes. We measure from bumper to bumper, tow bar included.",
        "criterion",
    ),
    (
        8,
        "sara",
        26,
        "What happens when both scanners are offline?",
        "Staff let people on and count afterwards. The ferry leaves on time.",
        "decision",
    ),
    (11, "anders", 5, "How long is an open return valid?", "One year from the day of purchase.", "criterion"),
    (
        15,
        "mia",
        2,
        "What if the card to be refunded has expired?",
        "Customer service rings them. We won’t automate this.",
        "decision",
    ),
    (
        22,
        "anders",
        49,
        "Who measures the caravan?",
        "The loading crew, with the measuring stick at the gate. They enter it in metres.",
        "criterion",
    ),
    (26, "jonas", 4, "Do we show the wallet button on desktops?", "No.", None),
    (
        30,
        "sara",
        7,
        "Can we refund duplicates without asking?",
        "Yes, up to 100 euros. Finance has agreed.",
        "decision",
    ),
    (
        36,
        "mia",
        6,
        "Who counts as a resident?",
        "Anyone on the council’s register on the day of purchase.",
        "criterion",
    ),
)


def tell_waiting(ferry: Workspace) -> None:
    """Schedule the questions that nobody has answered."""
    for number, asker, days, blocking, body in WAITING_QUESTIONS:
        ferry.ago(_asking(ferry, f"item {number}", asker, body, blocking=blocking), days=days)


def tell_answered(ferry: Workspace, position: int, name: str, *, begin: dt.datetime, earliest: dt.datetime) -> None:
    """Schedule the question about a finished item, asked in the morning before `begin`, its answer and acceptance."""
    asked = max(_morning_before(begin), earliest)
    for about, asker, hours, body, answer, becomes in ANSWERED_QUESTIONS:
        if about == position:
            ferry.at(asked, _asking(ferry, name, asker, body, blocking=False))
            ferry.at(asked + dt.timedelta(hours=hours), _answering(ferry, name, answer, becomes))
            ferry.at(asked + dt.timedelta(hours=hours + 1), _accepting(ferry, name, asker))


def _morning_before(instant: dt.datetime) -> dt.datetime:
    """Half past nine in Oslo on the last working day before an instant."""
    day = instant.astimezone(OSLO).date() - dt.timedelta(days=1)
    while day.weekday() > 4:
        day -= dt.timedelta(days=1)
    return dt.datetime.combine(day, dt.time(9, 30), OSLO).astimezone(dt.UTC)


def _asking(ferry: Workspace, name: str, asker: str, body: str, *, blocking: bool) -> Act:
    def ask() -> None:
        _, item = ferry.item(name)
        question = Question.ask(item, body, by=ferry.member(asker), addressee=ferry.people["ingrid"], blocking=blocking)
        ferry.session.add(question)

    return ask


def _answering(ferry: Workspace, name: str, body: str, becomes: str | None) -> Act:
    def answer() -> None:
        kept = Becomes(becomes) if becomes else None
        _question_on(ferry, name).answer(body, by=ferry.owner(), becomes=kept)

    return answer


def _accepting(ferry: Workspace, name: str, asker: str) -> Act:
    return lambda: _question_on(ferry, name).accept(by=ferry.member(asker))


def _question_on(ferry: Workspace, name: str) -> Question:
    product, item = ferry.item(name)
    question_id = ferry.session.scalar(sa.select(sa.func.max(Question.id)).where(Question.item_id == item.id))
    question = locked.question_in(ferry.session, product, question_id or 0)
    assert question is not None
    return question
