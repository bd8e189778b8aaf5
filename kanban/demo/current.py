"""The unfinished items of the demo workspace: their texts, where they are and how they got there."""

import datetime as dt
import random
from dataclasses import dataclass, field
from functools import partial

from kanban.demo.pulling import pull
from kanban.demo.workspace import Act, Workspace
from kanban.models import LinkKind
from kanban.reads import locked
from kanban.reads.board import place
from kanban.reads.items import links


@dataclass(frozen=True)
class Current:
    """An unfinished item: `stands` is its column's name, `days` how long it has been in progress or waiting."""

    number: int
    title: str
    stands: str
    days: int = 20
    who: str = ""
    criteria: tuple[str, ...] = ()
    met: int = 0
    type: str = "feature"
    labels: str = ""
    description: str = ""
    comments: tuple[tuple[str, str], ...] = field(default=())


CURRENT = (
    Current(
        40,
        "Season card for commuters",
        "Acceptance",
        3,
        "mia",
        (
            "A card is valid for thirty days from the day it is bought",
            "The gate shows the name so that staff can check it",
            "A lost card is replaced once, free of charge",
            "Renewal is offered five days before the card expires",
            "The price follows the route, not the number of trips",
        ),
        5,
        labels="prices",
        description="Today, commuters buy ten single tickets a week. They want one card at one price.",
    ),
    Current(
        51,
        "Dogs, bicycles and other company",
        "Acceptance",
        2,
        "jonas",
        ("Dogs travel free", "A bicycle needs a ticket", "A cargo bike counts as a motorcycle"),
        3,
        labels="booking",
    ),
    Current(
        47,
        "Cancel a sailing and tell everyone booked on it",
        "Review",
        5,
        "anders",
        (
            "Everyone booked gets a message within five minutes",
            "The message offers the next two sailings",
            "Nobody can book a cancelled sailing",
            "The harbour screens show it too",
        ),
        4,
        labels="messages",
        description="In a gale the captain cancels. Today the office rings everyone, one by one.",
        comments=(("sara", "The gateway sends 100 messages a second, so everyone on a full ferry hears within six."),),
    ),
    Current(
        53,
        "Faster search on slow harbour wifi",
        "Review",
        1,
        "jonas",
        ("First result within two seconds on a 2G connection", "Works without images"),
        2,
        labels="search",
    ),
    Current(
        52,
        "Companies can pay by invoice",
        "In progress",
        2,
        "jonas",
        (
            "A company is identified by its registration number",
            "One invoice a month lists every trip",
            "Over the credit limit, bookings are refused with a clear message",
            "Finance can put one line of an invoice on hold",
            "After sixty days unpaid, bookings are by card only",
        ),
        2,
        labels="payment",
        description=(
            "Companies pay by card today and send in receipts.\n\n"
            "Finance wants **one invoice a month** for each company."
        ),
    ),
    Current(
        49,
        "Timetable import from the harbour system",
        "In progress",
        14,
        "anders",
        (
            "When the harbour moves a sailing, its new time shows within five minutes",
            "Everyone booked on it gets a message",
            "A file that can’t be read leaves the old timetable alone",
            "More than two hours late counts as cancelled",
        ),
        3,
        labels="timetable",
        description=(
            "The harbour changes its timetable twice a week. Today somebody types it in on a Sunday evening; "
            "twice this autumn, nobody did."
        ),
        comments=(
            ("anders", "Their test system sends `late`, `very late` and `unknown`. There is no field for minutes."),
            ("sara", "I’ve asked the harbour for a list of the codes. They answer on Tuesdays."),
        ),
    ),
    Current(
        55,
        "Seat map for the night ferry",
        "In progress",
        4,
        "mia",
        (
            "Window, aisle and lounge seats are easy to tell apart",
            "A family can sit together",
            "The map can be read on a phone",
        ),
        1,
        labels="booking",
    ),
    Current(
        58,
        "Refund a ticket up to two hours before departure",
        "Ready",
        1,
        "",
        (
            "Up to two hours before departure, the full price is refunded",
            "After that, half of it",
            "The refund goes back to the card that paid",
            "Finance can see refunds by reason",
        ),
        labels="refunds",
    ),
    Current(
        61,
        "Show sailing times in the traveller’s own time zone",
        "Ready",
        3,
        "",
        ("The harbour’s local time comes first", "Both are shown when they differ"),
        labels="timetable",
    ),
    Current(
        44,
        "Group booking for schools, up to sixty passengers",
        "Ready",
        6,
        "",
        (
            "Up to sixty names can be pasted as a list",
            "Names can change until the day before",
            "One teacher travels free for every ten pupils",
            "The invoice goes to the school",
            "The gate counts the group as one",
            "A group that misses its sailing is moved together",
        ),
        labels="booking",
    ),
    Current(
        70,
        "Print a boarding list for the purser",
        "Ready",
        6,
        "",
        ("Sorted by cabin", "Fits on one page when the ferry is half full", "Marks passengers who need assistance"),
        labels="boarding",
    ),
    Current(
        73,
        "Discount codes for the tourist office",
        "Backlog",
        9,
        "",
        ("A code works once", "Or as often as you like until a date", "Each code shows what it cost us"),
        labels="prices",
    ),
    Current(
        66,
        "Change a booking without calling us",
        "Backlog",
        21,
        "",
        (
            "Another date",
            "Another car",
            "Another name",
            "The difference is charged or refunded",
            "Up to an hour before",
        ),
        labels="booking",
    ),
    Current(
        75,
        "Waiting list for full sailings",
        "Backlog",
        12,
        "",
        ("First come, first served", "A place is held for twenty minutes"),
        labels="booking",
    ),
    Current(62, "Loyalty points, first version", "Backlog", 33, labels="prices"),
    Current(
        77,
        "Accessible cabins shown in search",
        "Backlog",
        11,
        "",
        (
            "Shown without asking for a reason",
            "Counted per sailing",
            "The crew can see it",
            "Works with a screen reader",
        ),
        labels="access,search",
    ),
    Current(68, "Staff tickets", "Backlog", 25, "", ("By staff number",), labels="prices"),
    Current(80, "Weather warnings on the ticket page", "Backlog", 5, labels="messages"),
    Current(64, "Sell onward bus tickets", "Backlog", 30, labels="booking"),
    Current(81, "Gift vouchers", "Backlog", 3, labels="prices"),
    Current(
        59,
        "Corporate travel reports",
        "Backlog",
        38,
        "",
        ("By cost centre", "As a file for their system"),
        labels="reports",
    ),
    Current(
        41, "Upgrade the payment library before support ends", "Backlog", 55, type="chore", labels="payment,operations"
    ),
    Current(42, "Luggage labels for hotels", "Backlog", 54, labels="service"),
    Current(43, "Cabin with a cot", "Backlog", 53, labels="booking"),
    Current(46, "What would a family card cost us?", "Backlog", 50, type="spike", labels="prices"),
    Current(48, "Show the lunch menu with the sailing", "Backlog", 48, labels="service"),
    Current(50, "Receipts still show the old logo", "Backlog", 46, type="bug", labels="texts"),
    Current(54, "Ferry pass for the whole archipelago", "Backlog", 41, labels="prices"),
    Current(56, "Tell the hotel when a guest will be late", "Backlog", 40, labels="messages"),
    Current(57, "Book harbour parking with the ticket", "Backlog", 39, labels="booking,vehicles"),
    Current(60, "Freight bookings for regular customers", "Backlog", 37, labels="vehicles"),
    Current(63, "Search by island rather than by harbour", "Backlog", 31, labels="search"),
    Current(65, "Names with accents are cut short on the boarding list", "Backlog", 29, type="bug", labels="boarding"),
    Current(67, "Photo of the car for the loading crew", "Backlog", 27, labels="vehicles"),
    Current(69, "Electric cars: charge while you travel", "Backlog", 24, labels="vehicles"),
    Current(71, "Delete my account", "Backlog", 18, labels="account"),
    Current(72, "Nightly copy of the tickets to the archive", "Backlog", 17, type="chore", labels="operations"),
    Current(74, "Seats in the quiet lounge", "Backlog", 14, labels="booking"),
    Current(76, "Dark mode for the gate at night", "Backlog", 12, labels="boarding"),
    Current(78, "Ask where foreign lorries are registered", "Backlog", 8, labels="vehicles"),
    Current(79, "Remind people of a booking they didn’t finish", "Backlog", 7, labels="messages"),
)

#: The order of ready and backlog from the top, by number; the rest follows by number.
ORDER = (58, 61, 44, 70, 73, 66, 75, 62, 77, 68, 80, 64, 81, 59)

DISCARDED = (
    (56, "The hotels don’t want it: they ask the guests themselves."),
    (48, "The kitchen changes the menu at sea."),
)

#: (item, the one it needs, who said so, days ago); the first one needs a finished item about messages.
NEEDS = ((47, 8, "anders", 7), (66, 58, "ingrid", 4), (70, 65, "sara", 3))


def tell(ferry: Workspace, dice: random.Random) -> None:
    """Schedule how all items got to where they are, which ones were discarded and which ones need others."""
    for current in CURRENT:
        _tell_one(ferry, dice, current)
    for number, reason in DISCARDED:
        ferry.ago(_discarding(ferry, f"item {number}", reason), days=6, hours=2)
    for number, needed, who, days in NEEDS:
        ferry.ago(_needing(ferry, f"item {number}", f"item {needed}", who), days=days, hours=3)


def set_order(ferry: Workspace) -> None:
    """Schedule ranking ready and backlog as in ORDER, from the bottom to the top, an hour before now."""
    while_ago = ferry.now - dt.timedelta(hours=1)
    standing = {current.number: current.stands for current in CURRENT}
    below = None
    for step, number in enumerate(reversed(ORDER)):
        name, column = f"item {number}", standing[number]
        wish = place.TOP if below is None else place.TargetPosition(before=below)
        below = number
        ferry.at(
            while_ago + dt.timedelta(minutes=step),
            partial(ferry.move, name, column, "ingrid", wish),
        )


def born_at(ferry: Workspace, number: int) -> dt.datetime:
    """When an item with a number from 40 on was created: one after another over the last two months."""
    return ferry.now - dt.timedelta(days=62 - (number - 40) * 1.5)


def _tell_one(ferry: Workspace, dice: random.Random, current: Current) -> None:
    name = f"item {current.number}"
    ferry.at(born_at(ferry, current.number), lambda: _create_current(ferry, name, current))
    if current.stands == "Backlog":
        return
    began = ferry.now - dt.timedelta(days=current.days - 1, hours=2, minutes=current.number % 7)
    ready = began if current.stands == "Ready" else began - dt.timedelta(days=dice.uniform(1, 3))
    ferry.at(ready, lambda: ferry.move(name, "Ready", "ingrid"))
    if current.stands == "Ready":
        return
    ferry.at(began, lambda: pull(ferry, name, current.who))
    ferry.at(began + dt.timedelta(minutes=30), lambda: _tick(ferry, name, current))
    late = ferry.now - dt.timedelta(hours=1, minutes=current.number % 50)
    if current.stands in ("Review", "Acceptance"):
        ferry.at(late - dt.timedelta(minutes=25), lambda: ferry.move(name, "Review", current.who))
    if current.stands == "Acceptance":
        ferry.at(late, lambda: ferry.move(name, "Acceptance", current.who))


def _create_current(ferry: Workspace, name: str, current: Current) -> None:
    ferry.create(name, current.title, kind=current.type, labelled=current.labels, description=current.description)
    if current.criteria:
        _, item = ferry.item(name)
        for text in current.criteria:
            item.add_criterion(text, by=ferry.owner())


def _tick(ferry: Workspace, name: str, current: Current) -> None:
    _, item = ferry.item(name)
    for number in range(1, current.met + 1):
        item.tick(number, met=True, by=ferry.member(current.who))
    for author, body in current.comments:
        item.comment(body, by=ferry.member(author))


def _discarding(ferry: Workspace, name: str, reason: str) -> Act:
    return lambda: ferry.item(name)[1].discard(reason, by=ferry.owner())


def _needing(ferry: Workspace, name: str, needed: str, who: str) -> Act:
    def link() -> None:
        product = ferry.lock()
        item, other = (
            locked.item_in(ferry.session, product, ferry.numbers[each], ("links",)) for each in (name, needed)
        )
        assert item is not None
        assert other is not None
        item.link(LinkKind.NEEDS, other, needs=links.needs_in(ferry.session, product), by=ferry.member(who))

    return link
