"""Steps of requests for tests of pages: somebody asks, the owner decides, and the person's own page."""

from typing import Any

import sqlalchemy as sa

from kanban.mail import links, prepare
from kanban.mail.compose import WrittenMail, renderer
from kanban.mail.links import SignedAddress
from kanban.mail.office import PostOffice
from kanban.models import Delivery, Request, Stakeholder
from kanban.reads import locked
from kanban.reads.people.people import owner_of
from kanban.reads.requests import requests
from tests.builders import World


def ask(world: World, name: str, title: str = "Refund a coach", body: str = "They cancel together.") -> int:
    """Let a stakeholder ask for something; returns the request's number."""
    with world.changing() as (session, product, _member):
        person = session.scalars(sa.select(Stakeholder).where(Stakeholder.name == name)).one()
        owner = owner_of(session, product)
        request = Request.ask(product, title, body, person=person, owner=owner, n_open=0)
        session.add(request)
        return request.number


def decide(world: World, number: int, verb: str, *values: Any, by: str = "olga", **named: Any) -> None:
    """Call one verb of a request; a reference such as FE-1 stands for its item, a number for another request."""
    with world.changing(by) as (session, product, member):
        request = requests.request_in(session, product, number)
        assert request is not None
        given = [
            locked.item_in(session, product, int(value[3:]), ()) if str(value).startswith("FE-") else value
            for value in values
        ]
        given = [requests.request_in(session, product, each) if type(each) is int else each for each in given]
        getattr(request, verb)(*given, by=member, **named)


def mine(world: World, name: str) -> str:
    """The address of this person's own requests, from the newest mail to them."""
    with world.reading() as session:
        query = sa.select(sa.func.max(Delivery.id), sa.func.max(Stakeholder.link_serial))
        query = query.join(Stakeholder, Stakeholder.id == Delivery.stakeholder_id).where(Stakeholder.name == name)
        delivery_id, serial = session.execute(query).one()
    return "/requests/mine/" + links.sign_address(
        world.app.config["KANBAN"].secret_key, SignedAddress.MINE, delivery_id, serial
    )


def stored(world: World, number: int = 1) -> Request:
    """A request with its people and steps, as stored."""
    with world.changing() as (session, product, _member):
        request = requests.request_in(session, product, number)
        assert request is not None
        session.expunge_all()
        session.rollback()
        return request


def newest_mail(world: World, kind: str) -> WrittenMail:
    """What the newest mail of this kind says."""
    with world.reading() as session:
        delivery_id = session.scalars(sa.select(sa.func.max(Delivery.id)).where(Delivery.kind == kind)).one()
        delivery = prepare.load(session, delivery_id)
        assert delivery is not None
        assert prepare.objection(session, delivery) == ""
        office = PostOffice.from_config(world.app.config["KANBAN"])
        return prepare.kept_copy(session, delivery, office, renderer(world.app.jinja_env), show_links=True)
