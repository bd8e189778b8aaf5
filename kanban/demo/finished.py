"""The finished items of the demo workspace, each from its creation to done."""

import datetime as dt
import random

from kanban.demo import questions
from kanban.demo.current import born_at
from kanban.demo.pulling import pull
from kanban.demo.workspace import Workspace

#: (title, type, labels) in the order of their finish.
FINISHED = (
    ("Buy a single ticket without an account", "feature", "booking"),
    ("Ticket as a QR code that works offline", "feature", "boarding"),
    ("Children under six travel free", "feature", "prices"),
    ("The price is shown before the passenger’s name is asked", "feature", "booking"),
    ("Payment fails silently on older phones", "bug", "payment"),
    ("Reserve a space for a car", "feature", "booking,vehicles"),
    ("Show how full each sailing is", "feature", "timetable"),
    ("Confirmation by text message", "feature", "messages"),
    ("Two scanners at the gate count a ticket once", "feature", "boarding"),
    ("How do other ferry lines sell wheelchair spaces?", "spike", "access"),
    ("Wheelchair spaces on every sailing", "feature", "access"),
    ("Return ticket with an open date", "feature", "booking"),
    ("Wrong day shown for sailings after midnight", "bug", "timetable"),
    ("Sign in with an emailed link", "feature", "account"),
    ("My trips, past and coming", "feature", "account"),
    ("Refund in full when a sailing is cancelled", "feature", "refunds"),
    ("Daily takings for Finance", "feature", "reports"),
    ("Move the database to the new server", "chore", "operations"),
    ("Prices with and without VAT on the receipt", "feature", "payment,reports"),
    ("Search remembers the last harbour", "feature", "search"),
    ("The gate beeps differently for children’s tickets", "feature", "boarding"),
    ("Bicycle tickets", "feature", "vehicles"),
    ("Caravan longer than booked: pay the difference", "feature", "vehicles,payment"),
    ("Timetable in English and German", "feature", "timetable"),
    ("Ticket inspectors see connecting trips", "feature", "boarding"),
    ("The search button is hidden behind the keyboard", "bug", "search"),
    ("Pay with the phone’s wallet", "feature", "payment"),
    ("Terms of carriage in plain English", "chore", "texts"),
    ("Warn before the last ferry of the day", "feature", "messages"),
    ("Book for somebody else", "feature", "booking"),
    ("Duplicate charges after a lost connection", "bug", "payment"),
    ("Show the deck a car is on", "feature", "vehicles"),
    ("Load test before summer tickets go on sale", "chore", "operations"),
    ("Harbour screens show the gate", "feature", "timetable"),
    ("Report lost property", "feature", "service"),
    ("A till for the kiosk on board", "feature", "payment"),
    ("Island residents’ discount", "feature", "prices"),
    ("Receipt by e-mail in three languages", "feature", "messages"),
    ("Tickets in the phone’s wallet", "feature", "boarding"),
    ("Prices per season instead of per month", "feature", "prices"),
)


def tell(ferry: Workspace, dice: random.Random, start: dt.datetime) -> None:
    """Schedule their way from backlog to done, about one finish every two days."""
    for index, (title, kind, labelled) in enumerate(FINISHED):
        _tell_one(ferry, dice, start, index, title, kind, labelled)


def _tell_one(
    ferry: Workspace, dice: random.Random, start: dt.datetime, index: int, title: str, kind: str, labelled: str
) -> None:
    name = _name_of_number(index)
    finish = ferry.now - dt.timedelta(days=_weekday_shift(ferry, 86 - index * 2.05), hours=dice.uniform(1, 5))
    cycle = min(max(round(dice.lognormvariate(1.45, 0.55)), 1), 19)
    begin = max(finish - dt.timedelta(days=cycle - 0.7), start + dt.timedelta(hours=6))
    who = dice.choice(("anders", "jonas", "mia", "sara"))
    span = finish - begin
    born = start + dt.timedelta(minutes=index + 5) if index < 39 else born_at(ferry, 45)
    ferry.at(born, lambda: ferry.create(name, title, kind=kind, labelled=labelled))
    ferry.at(begin - dt.timedelta(hours=3), lambda: ferry.move(name, "Ready", "ingrid"))
    ferry.at(begin, lambda: pull(ferry, name, who))
    if index % 9 == 4:
        ferry.at(begin + span * 0.2, lambda: _block(ferry, name, who))
        ferry.at(begin + span * 0.5, lambda: ferry.item(name)[1].unblock(by=ferry.member(who)))
    ferry.at(begin + span * 0.6, lambda: ferry.move(name, "Review", who))
    ferry.at(begin + span * 0.85, lambda: ferry.move(name, "Acceptance", who))
    ferry.at(finish, lambda: ferry.move(name, "Done", "ingrid"))
    questions.tell_answered(ferry, index, name, begin=begin, earliest=start + dt.timedelta(hours=1))


def _name_of_number(index: int) -> str:
    """The name of a finished item: numbers 1 to 39, then 45, since the story uses 40 to 44 for unfinished items."""
    return f"item {(*range(1, 40), 45)[index]}"


def _weekday_shift(ferry: Workspace, days: float) -> float:
    weekday = (ferry.now - dt.timedelta(days=days)).weekday()
    return days + max(weekday - 4, 0)


def _block(ferry: Workspace, name: str, who: str) -> None:
    ferry.item(name)[1].block(
        "The shop has the test terminal until tomorrow", by=ferry.member(who), waiting_for="the shop"
    )
