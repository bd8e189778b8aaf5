"""Stakeholders, over the API: listing them, adding one or many, changing and removing them."""

from typing import Any

from flask import Response

from kanban import access
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api, changed
from kanban.extensions import db
from kanban.models import Stakeholder
from kanban.models.stakeholder import read_address
from kanban.policy import Action
from kanban.reads.stakeholders import changing
from kanban.reads.stakeholders.entries import Entry
from kanban.reads.stakeholders.stakeholders import find_stakeholder, known_addresses, list_stakeholders, welcome


@api.get("/products/<key>/stakeholders", responses={200: answers.StakeholderList})
@access.needs(Action.SEE_STAKEHOLDERS)
def list_people(path: asks.OfProduct, query: asks.Page) -> answers.StakeholderList:
    """The product's stakeholders, in the order of their ids."""
    product = access.see_product(path.key)
    after = asks.read_id(query.after)
    rows = sorted(list_stakeholders(db.session(), product), key=lambda row: row.id)
    found = [row for row in rows if row.id > after]
    data = [answers.Stakeholder.model_validate(row) for row in found[: query.limit]]
    return answers.StakeholderList(data=data, next=str(data[-1].id) if len(found) > query.limit else None)


@api.post(
    "/products/<key>/stakeholders",
    responses={201: answers.PeopleAdded, 200: answers.PeopleAdded},
)
@access.needs(Action.EDIT_STAKEHOLDERS)
def add_person(path: asks.OfProduct, body: asks.NewStakeholders) -> Response:
    """Add a stakeholder, or up to 500, all or none; people who are already on the list stay as they are."""
    product, session = access.change_product(path.key), db.session()
    asked = body.root
    given = asked if isinstance(asked, list) else [asked]
    entries = [Entry(each.name, each.email, each.organisation, each.level, each.reason) for each in given]
    welcomed = welcome(session, product, entries, by=access.member())
    if not isinstance(asked, list):
        return changed(product, answers.StakeholderChanged(**_fields([*welcomed.added, *welcomed.known][0])), 201)
    wanted = dict.fromkeys(read_address(entry.email) for entry in entries)
    people = known_addresses(session, product, wanted)
    data = [answers.Stakeholder(**_fields(people[email])) for email in wanted]
    return changed(product, answers.StakeholdersAdded(data=data, added=len(welcomed.added)), 201)


@api.patch("/products/<key>/stakeholders/<int:stakeholder_id>", responses={200: answers.StakeholderChanged})
@access.needs(Action.EDIT_STAKEHOLDERS)
def change_person(path: asks.OfStakeholder, body: asks.StakeholderEdit) -> Response:
    """Change the given fields of a stakeholder: name, address, organisation, level and reason.

    Mails that wait or were refused go to the new address.
    """
    product = access.change_product(path.key)
    person = find_stakeholder(db.session(), product, path.stakeholder_id)
    changing.change_person(db.session(), product, person, **body.model_dump(exclude_none=True), by=access.member())
    return changed(product, answers.StakeholderChanged(**_fields(person)))


@api.delete("/products/<key>/stakeholders/<int:stakeholder_id>", responses={200: answers.StakeholderChanged})
@access.needs(Action.EDIT_STAKEHOLDERS)
def remove_person(path: asks.OfStakeholder) -> Response:
    """Take a stakeholder off the list: waiting mails are not sent, and their personal links stop working."""
    product = access.change_product(path.key)
    person = find_stakeholder(db.session(), product, path.stakeholder_id)
    person.remove(product, by=access.member())
    return changed(product, answers.StakeholderChanged(**_fields(person)))


def _fields(person: Stakeholder) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "organisation": person.organisation,
        "level": person.level.value,
    }
