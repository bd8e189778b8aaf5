"""The stakeholders of the demo workspace: who waits for what the team makes."""

import datetime as dt

from kanban import clock
from kanban.demo.workspace import Workspace
from kanban.models import Level, Stakeholder

#: Name, name in the address, organisation, level of updates, reason for getting them.
STAKEHOLDERS = (
    ("Sunniva Berg", "sunniva.berg", "Finance", "full", "You pay the invoices for the season cards."),
    ("Tor Haugen", "tor.haugen", "Crew", "mine", "You check the tickets on board."),
    ("Eva Moen", "eva.moen", "Marketing", "brief", "You announce what is new."),
    ("Lars Vik", "lars.vik", "Harbour office", "full", "Your system counts the passengers."),
    ("Kari Strand", "kari.strand", "Customer service", "full", "Passengers ring you first."),
    ("Per Johan Sæther", "per.saether", "Management", "brief", "You asked for the dates of this season."),
    ("Amina Yusuf", "amina.yusuf", "Tourist office", "full", "You sell our tickets at the desk."),
    ("Ragnhild Foss", "ragnhild.foss", "Council", "full", "You pay for the schoolchildren."),
)


def invite(ferry: Workspace, instant: dt.datetime) -> None:
    """Schedule adding them all as stakeholders of the product."""
    with clock.at(instant):
        ferry.session.add_all(
            Stakeholder(
                product_id=ferry.product_id,
                name=name,
                email=f"{address}@island.example",
                organisation=organisation,
                level=Level(level),
                reason=reason,
                added_by_id=ferry.people["ingrid"].id,
            )
            for name, address, organisation, level, reason in STAKEHOLDERS
        )
