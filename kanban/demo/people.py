"""The members of the demo workspace's products."""

from sqlalchemy import orm

from kanban.models import User

#: Name in the address, full name, role.
PEOPLE = (
    ("ingrid", "Ingrid Lund", "owner"),
    ("nils", "Nils Aas", "delegate"),
    ("berit", "Berit Holm", "lead"),
    ("anders", "Anders Olsen", "developer"),
    ("jonas", "Jonas Nygaard", "developer"),
    ("mia", "Mia Kvist", "developer"),
    ("sara", "Sara Dahl", "developer"),
)


def make_people(session: orm.Session, guest: User | None) -> dict[str, User]:
    """Create the users, by the name in their address; a `guest` takes the place of the product owner."""
    people = {
        name: User(email=f"{name}@ferry.example", name=full, time_zone="Europe/Oslo", is_admin=name == "ingrid")
        for name, full, _ in PEOPLE
    }
    if guest is not None:
        people["ingrid"] = guest
    session.add_all(people.values())
    session.flush()
    return people
