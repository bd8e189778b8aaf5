"""The words of the demo workspace: people, items, questions and what was said about them. Holds no logic."""

from dataclasses import dataclass, field

PEOPLE = (
    ("ingrid", "Ingrid Lund", "owner"),
    ("nils", "Nils Aas", "delegate"),
    ("berit", "Berit Holm", "lead"),
    ("anders", "Anders Olsen", "developer"),
    ("jonas", "Jonas Nygaard", "developer"),
    ("mia", "Mia Kvist", "developer"),
    ("sara", "Sara Dahl", "developer"),
)

STAKEHOLDERS = (
    ("Sunniva Berg", "sunniva.berg", "Finance", "full", "You pay the invoices of the season cards."),
    ("Tor Haugen", "tor.haugen", "Crew", "mine", "You check the tickets on board."),
    ("Eva Moen", "eva.moen", "Marketing", "brief", "You announce what is new."),
    ("Lars Vik", "lars.vik", "Harbour office", "full", "Your system counts the passengers."),
    ("Kari Strand", "kari.strand", "Customer service", "full", "Passengers call you first."),
    ("Per Johan Sæther", "per.saether", "Management", "brief", "You asked for the dates of the season."),
    ("Amina Yusuf", "amina.yusuf", "Tourist office", "full", "You sell our tickets at the desk."),
    ("Ragnhild Foss", "ragnhild.foss", "Municipality", "full", "You pay for the school children."),
)

#: Finished in the past, in this order; (title, type, labels).
FINISHED = (
    ("Buy a single ticket without an account", "feature", "booking"),
    ("Ticket as a QR code that works offline", "feature", "boarding"),
    ("Children under six travel free", "feature", "prices"),
    ("The price is shown before the passenger's name is asked", "feature", "booking"),
    ("Payment fails silently on older phones", "bug", "payment"),
    ("Reserve a place for a car", "feature", "booking,vehicles"),
    ("Show how full each sailing is", "feature", "timetable"),
    ("Confirmation by text message", "feature", "messages"),
    ("Two scanners at the gate count a ticket once", "feature", "boarding"),
    ("How do other lines sell wheelchair places?", "spike", "access"),
    ("Wheelchair places on every sailing", "feature", "access"),
    ("Return ticket with an open date", "feature", "booking"),
    ("Wrong day shown for sailings after midnight", "bug", "timetable"),
    ("Sign in by a mailed link", "feature", "account"),
    ("My trips, past and coming", "feature", "account"),
    ("Refund in full when a sailing is cancelled", "feature", "refunds"),
    ("Daily takings for Finance", "feature", "reports"),
    ("Move the database to the new machine", "chore", "operations"),
    ("Prices with and without tax on the receipt", "feature", "payment,reports"),
    ("Search remembers the last harbour", "feature", "search"),
    ("The gate beeps differently for children's tickets", "feature", "boarding"),
    ("Bicycle tickets", "feature", "vehicles"),
    ("Caravan longer than booked: pay the difference", "feature", "vehicles,payment"),
    ("Timetable in English and German", "feature", "timetable"),
    ("Ticket controller sees connecting trips", "feature", "boarding"),
    ("The search button is hidden behind the keyboard", "bug", "search"),
    ("Pay with the phone's wallet", "feature", "payment"),
    ("Terms of carriage, readable", "chore", "texts"),
    ("Warn before the last ferry of the day", "feature", "messages"),
    ("Book for somebody else", "feature", "booking"),
    ("Duplicate charges after a lost connection", "bug", "payment"),
    ("Show the deck a car is on", "feature", "vehicles"),
    ("Load test before the summer tickets", "chore", "operations"),
    ("Harbour screens show the gate", "feature", "timetable"),
    ("Report of lost property", "feature", "service"),
    ("Cash register for the kiosk on board", "feature", "payment"),
    ("Island residents' discount", "feature", "prices"),
    ("Receipt by e-mail in three languages", "feature", "messages"),
    ("Tickets in the phone’s wallet", "feature", "boarding"),
    ("Prices per season instead of per month", "feature", "prices"),
)


@dataclass(frozen=True)
class Current:
    """An item that is not finished: `stands` is the column's name, `days` how long it is in progress or waits."""

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
            "A card bought on any day is valid for thirty days from then",
            "The gate shows the name so that it can be compared",
            "A lost card is replaced once without charge",
            "Renewal is offered five days before the end",
            "The price follows the route, not the number of trips",
        ),
        5,
        labels="prices",
        description="Commuters buy ten single tickets a week today. They asked for one card and one price.",
    ),
    Current(
        51,
        "Dogs, bicycles and other company",
        "Acceptance",
        2,
        "jonas",
        ("A dog travels free", "A bicycle needs a ticket", "A cargo bicycle counts as a motorcycle"),
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
            "The harbour screens say so as well",
        ),
        4,
        labels="messages",
        description="When the wind is above 20 m/s the captain cancels. Today the office calls people one by one.",
        comments=(("sara", "The gateway takes 100 messages a second, so a full ferry is told in six."),),
    ),
    Current(
        53,
        "Faster search on slow harbour wifi",
        "Review",
        1,
        "jonas",
        ("First result within two seconds on a 2G connection", "Works without pictures"),
        2,
        labels="search",
    ),
    Current(
        52,
        "Pay with an invoice for companies",
        "In progress",
        2,
        "jonas",
        (
            "A company is known by its number in the register",
            "One invoice a month lists every trip",
            "The credit limit stops further bookings with a clear sentence",
            "Finance can hold back one line of an invoice",
            "Unpaid for sixty days: bookings are by card only",
        ),
        2,
        labels="payment",
        description=(
            "Companies pay by card today and hand in receipts.\n\n"
            "Finance wants **one invoice a month**, by company number."
        ),
    ),
    Current(
        49,
        "Timetable import from the harbour system",
        "In progress",
        14,
        "anders",
        (
            "A sailing that the harbour moved shows its new time within five minutes",
            "Everyone booked on it gets a message",
            "A file that cannot be read leaves the old timetable alone",
            "More than two hours late counts as cancelled",
        ),
        3,
        labels="timetable",
        description=(
            "The harbour changes its timetable twice a week. Today somebody types it in on Sunday evening; "
            "twice this autumn nobody did."
        ),
        comments=(
            ("anders", "Their test system sends `late`, `very late` and `unknown`. There is no field for minutes."),
            ("sara", "I asked the harbour for the list of codes. They answer on Tuesdays."),
        ),
    ),
    Current(
        55,
        "Seat map for the night ferry",
        "In progress",
        4,
        "mia",
        ("Window, aisle and lounge can be told apart", "A family sits together", "The map can be read on a phone"),
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
            "Up to two hours before departure the price comes back in full",
            "Later, half of it",
            "The refund goes the way the payment came",
            "Finance sees refunds by reason",
        ),
        labels="refunds",
    ),
    Current(
        61,
        "Show sailing times in the traveller’s own time zone",
        "Ready",
        3,
        "",
        ("Local time of the harbour comes first", "Both are shown when they differ"),
        labels="timetable",
    ),
    Current(
        44,
        "Group booking for schools, up to sixty passengers",
        "Ready",
        6,
        "",
        (
            "Up to sixty names by pasting a list",
            "Names can change until the day before",
            "One teacher for ten pupils travels free",
            "The invoice goes to the school",
            "The gate counts the group as one",
            "A group that comes too late is moved together",
        ),
        labels="booking",
    ),
    Current(
        70,
        "Print a boarding list for the purser",
        "Ready",
        6,
        "",
        ("Sorted by cabin", "Prints on one page for a half full ferry", "Marks passengers who need help"),
        labels="boarding",
    ),
    Current(
        73,
        "Discount codes for the tourist office",
        "Backlog",
        9,
        "",
        ("A code works once", "Or until a date", "Each code shows what it cost"),
        labels="prices",
    ),
    Current(
        66,
        "Change a booking without calling us",
        "Backlog",
        21,
        "",
        ("Another date", "Another car", "Another name", "The difference is paid or returned", "Up to one hour before"),
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
        ("Shown without asking for a reason", "Counted per sailing", "The crew sees it", "Works with a screen reader"),
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
    Current(41, "Upgrade the payment library before it ends", "Backlog", 55, type="chore", labels="payment,operations"),
    Current(42, "Luggage labels for hotels", "Backlog", 54, labels="service"),
    Current(43, "Cabin with a cot", "Backlog", 53, labels="booking"),
    Current(46, "What would a family card cost us?", "Backlog", 50, type="spike", labels="prices"),
    Current(48, "Show the lunch menu with the sailing", "Backlog", 48, labels="service"),
    Current(50, "The receipt prints the old logo", "Backlog", 46, type="bug", labels="texts"),
    Current(54, "Ferry pass for the whole archipelago", "Backlog", 41, labels="prices"),
    Current(56, "Tell the hotel when a guest will be late", "Backlog", 40, labels="messages"),
    Current(57, "Harbour parking together with the ticket", "Backlog", 39, labels="booking,vehicles"),
    Current(60, "Freight bookings for regular customers", "Backlog", 37, labels="vehicles"),
    Current(63, "Search by island rather than by harbour", "Backlog", 31, labels="search"),
    Current(65, "Names with accents are cut on the boarding list", "Backlog", 29, type="bug", labels="boarding"),
    Current(67, "Photo of the car for the loading crew", "Backlog", 27, labels="vehicles"),
    Current(69, "Electric cars: charge while you travel", "Backlog", 24, labels="vehicles"),
    Current(71, "Delete my account", "Backlog", 18, labels="account"),
    Current(72, "Nightly copy of the tickets to the archive", "Backlog", 17, type="chore", labels="operations"),
    Current(74, "Quiet lounge can be booked", "Backlog", 14, labels="booking"),
    Current(76, "Dark colours for the gate at night", "Backlog", 12, labels="boarding"),
    Current(78, "Ask for the flag state of foreign trucks", "Backlog", 8, labels="vehicles"),
    Current(79, "Remind people of a booking they did not finish", "Backlog", 7, labels="messages"),
)

#: The order of ready and backlog from the top, by number; the rest follows by number.
ORDER = (58, 61, 44, 70, 73, 66, 75, 62, 77, 68, 80, 64, 81, 59)

DISCARDED = ((56, "The hotels do not want it: they ask the guest."), (48, "The kitchen changes the menu at sea."))

#: (item, the one it needs, who said so, days ago); the first waits for a sailing message that is finished.
NEEDS = ((47, 8, "anders", 7), (66, 58, "ingrid", 4), (70, 65, "sara", 3))

#: Which items were pulled before higher ones, and why ("": nobody said).
PASSED_OVER = {
    "item 38": "Too large for now",
    "item 39": "Needs someone else’s skill",
    "item 40": "Too large for now",
    "item 51": "",
    "item 52": "Agreed with the owner",
    "item 53": "Too large for now",
}
#: Why some items came in although In progress was full.
OVER_LIMIT = {"item 40": "Somebody is away", "item 52": "Urgent", "item 53": "Somebody is away"}

#: (item, asker, days ago, blocking, body) – all still waiting for the owner.
WAITING_QUESTIONS = (
    (
        49,
        "anders",
        4.0,
        True,
        "Which delays count as cancelled? The harbour sends “late”, “very late” and “unknown”, and the refund rule "
        "needs one of two.",
    ),
    (62, "mia", 2.0, True, "Do points expire? Finance wants a year, Marketing wants never."),
    (44, "jonas", 0.21, False, "Is a teacher a passenger or does she travel free with thirty pupils?"),
)

#: (position among the finished, asker, hours until the answer, body, answer, what it became)
ANSWERED_QUESTIONS = (
    (
        5,
        "jonas",
        3,
        "Is a trailer part of the car's length?",
        "Yes. Length is measured bumper to bumper, hitch included.",
        "criterion",
    ),
    (
        8,
        "sara",
        26,
        "What happens when both scanners are offline?",
        "They let people on and count again later. The ferry leaves on time.",
        "decision",
    ),
    (11, "anders", 5, "How long is an open return valid?", "One year from the day of purchase.", "criterion"),
    (
        15,
        "mia",
        2,
        "Refund to a card that has expired?",
        "Customer service calls. We do not automate this.",
        "decision",
    ),
    (
        22,
        "anders",
        49,
        "Who measures the caravan?",
        "The loading crew, with the gate's stick. They enter it in metres.",
        "criterion",
    ),
    (26, "jonas", 4, "Do we show the wallet button on desktops?", "No.", None),
    (30, "sara", 7, "May we refund duplicates without asking?", "Yes, up to 100 euro. Finance agreed.", "decision"),
    (
        36,
        "mia",
        6,
        "Who counts as a resident?",
        "Whoever is in the municipality's register on the day of purchase.",
        "criterion",
    ),
)


@dataclass(frozen=True)
class Report:
    """A status update; its delays come from the promises that moved."""

    days_ago: int
    health: str
    headline: str
    summary: str
    reason: str = ""
    decisions: tuple[tuple[str, str, str], ...] = ()  # what, of whom, the options


UPDATES = (
    Report(84, "on_track", "Open returns and group prices are on the way", "The new search is out and people use it."),
    Report(
        70,
        "on_track",
        "Tickets work without a connection at the gate",
        "Two ferries sail with it. The third follows when its scanners have arrived.",
    ),
    Report(
        56,
        "at_risk",
        "Wallet payment waits for the bank's certificate",
        "Everything else is on time.",
        "One promise hangs on somebody else's calendar.",
    ),
    Report(
        42,
        "at_risk",
        "Refunds go out by themselves; the wallet is three weeks away",
        "Finance closes the month without lists.",
        "The forecast looks at the pace of the last weeks. Two of us go over to the invoices when the wallet is out, "
        "and their day is six weeks away.",
    ),
    Report(
        28,
        "off_track",
        "Wallet payment is live, three weeks later than we said",
        "One ticket in five is bought that way already.",
        "The invoices cannot be kept at this pace. Their new day follows when the harbour has named one.",
    ),
    Report(
        14,
        "off_track",
        "Company invoices depend on the harbour's register",
        "Season cards and refunds are on time.",
        "The invoices cannot be kept at any likely pace.",
        (
            (
                "May the first companies pay on account while the register is missing?",
                "Sunniva Berg, Finance",
                "Yes, up to 5,000 euro a month | Yes, without a limit | No, by card until the register is there",
            ),
        ),
    ),
)


@dataclass(frozen=True)
class ToldMilestone:
    """A milestone of these items, or of the next `top`; who `joined` later, as (days ago, item)."""

    days_ago: float
    name: str
    numbers: tuple[int, ...] = ()
    top: int | None = None
    joined: tuple[tuple[float, int], ...] = ()


MILESTONES = (
    ToldMilestone(19, "Commuters travel on one card", (37, 40, 45, 58)),
    ToldMilestone(19, "Companies pay without receipts", (52, 59), joined=((11, 68),)),
    ToldMilestone(12, "The next eight", top=8),
)


@dataclass(frozen=True)
class Slip:
    """A promise moves to a day so many days from now."""

    days_ago: float
    due: int
    cause: str
    why: str
    until: str = ""
    told: bool = False


@dataclass(frozen=True)
class Promise:
    """A promise about an item (its number) or a milestone (its name), for a day so many days from now."""

    about: int | str
    statement: str
    days_ago: float
    due: int
    people: tuple[str, ...]
    slips: tuple[Slip, ...] = ()
    withdrawn: str = ""
    withdrawn_days_ago: float = 0


PROMISES = (
    Promise(
        16,
        "A cancelled sailing is paid back in full, without asking",
        83,
        -48,
        ("kari.strand", "sunniva.berg"),
    ),
    Promise(
        27,
        "Pay with the phone's wallet",
        74,
        -50,
        ("eva.moen", "per.saether"),
        (
            Slip(
                57, -29, "external", "The bank's certificate takes three weeks instead of one.", "Cards work as before."
            ),
        ),
    ),
    Promise(33, "We know that the summer's load is carried", 60, -25, ("per.saether",)),
    Promise(
        52,
        "Companies pay with an invoice",
        43,
        5,
        ("sunniva.berg", "per.saether"),
        (
            Slip(24, 14, "decision_awaited", "Finance decides about the credit limit a week later than agreed."),
            Slip(
                15,
                56,
                "external",
                "The harbour system cannot yet tell a company from a person; their next release will.",
                "The three largest companies send us a list once a month.",
            ),
        ),
    ),
    Promise(40, "Commuters buy one card for thirty days", 20, 3, ("ragnhild.foss", "kari.strand")),
    Promise(49, "The timetable follows the harbour by itself", 25, -4, ("lars.vik", "tor.haugen")),
    Promise(
        62,
        "Loyalty points, first version",
        24,
        40,
        ("eva.moen",),
        withdrawn="Finance and Marketing do not agree on what a point is worth. Nothing is promised until they do.",
        withdrawn_days_ago=8,
    ),
    Promise(44, "Schools book for a whole class", 11, 16, ("kari.strand",)),
    Promise(66, "Passengers change a booking themselves", 11, 44, ("kari.strand", "amina.yusuf")),
    Promise("Commuters travel on one card", "Commuters travel on one card", 18, 24, ("ragnhild.foss", "amina.yusuf")),
    Promise(
        "Companies pay without receipts",
        "Companies pay without receipts",
        18,
        50,
        ("sunniva.berg",),
        (
            Slip(
                9,
                77,
                "dependency",
                "It needs the invoices, and they wait for the harbour's register.",
                "Receipts go out as one file a month.",
                told=True,
            ),
        ),
    ),
)

SMALL_PRODUCT = (
    ("Show the next three departures, large", "Done", 30),
    ("Turn the screens off at night", "Done", 16),
    ("Departures in the colour of the line", "Done", 9),
    ("Announce the gate by voice", "In progress", 6),
    ("Say why a ferry is late", "Ready", 4),
    ("Sunlight makes the east screen unreadable", "Ready", 2),
    ("Show the weather at the other side", "Backlog", 12),
    ("Let the office write one line of its own", "Backlog", 8),
)
