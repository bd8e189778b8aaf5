"""One stakeholder's page, their data handed out, and their erasure: nothing of name and address is left."""

import pytest
import sqlalchemy as sa

from kanban.mail.links import Purpose
from kanban.models import Delivery, DeliveryState, Stakeholder
from kanban.models.stakeholder import FORMER
from kanban.reads.invariants import broken_invariants
from kanban.reads.stakeholders.entries import Entry
from kanban.reads.stakeholders.stakeholders import welcome
from tests.blueprints.test_notices import move, promised, workday
from tests.builders import World
from tests.reporting import add_stakeholders, begin, deliveries, form_of, found, link_of, person, publish

PEOPLE = "/products/FE/stakeholders"
__all__ = ["promised", "workday"]


def here(world: World, name: str = "Sunniva") -> str:
    return f"{PEOPLE}/{person(world, name).id}"


def test_the_page_tells_promises_mails_and_answers(promised: World) -> None:
    move(promised, 30)
    publish(promised, begin(promised))
    promised.browser().post(link_of(promised, "Sunniva", Purpose.READ))
    page = promised.browser("lea").get(here(promised)).text
    assert "Season cards" in page
    assert "slipped once" in page
    assert "read it" in page
    assert "Receipt" in page
    assert "Erase" not in page
    assert "Season cards" not in promised.browser("lea").get(here(promised, "Eva")).text


@pytest.mark.parametrize(("name", "status"), [("lea", 200), ("dev", 403), ("vic", 403), ("sam", 404)])
def test_who_sees_the_page_and_the_mails(world: World, name: str, status: int) -> None:
    add_stakeholders(world, "Sunniva")
    publish(world, begin(world))
    world.browser().post(link_of(world, "Sunniva", Purpose.READ))
    with world.reading() as session:
        receipt = session.scalars(sa.select(Delivery.id).where(Delivery.kind == "receipt")).one()
    browser = world.browser(name)
    assert browser.get(here(world)).status_code == status
    mail = browser.get(f"{here(world)}/mails/{receipt}")
    assert mail.status_code == status
    assert "/u/p-" not in mail.text
    assert browser.get(f"{here(world)}/mails/999").status_code in (404, status)


@pytest.mark.parametrize(("name", "status"), [("dora", 403), ("lea", 403), ("dev", 403), ("sam", 404)])
def test_only_the_owner_hands_out_and_erases(world: World, name: str, status: int) -> None:
    add_stakeholders(world, "Sunniva")
    browser = world.browser(name)
    for path in ("export.json", "erase"):
        assert browser.get(f"{here(world)}/{path}").status_code == status
    assert browser.post(f"{here(world)}/erase").status_code == status
    assert person(world, "Sunniva").erased_at is None


def test_whoever_stands_in_another_product_is_not_found_here(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    publish(world, begin(world))
    browser = world.browser("olga")
    browser.post("/products/new", {"key": "HR", "name": "Other", "time_zone": "UTC", "cadence_days": "14"})
    there = here(world).replace("/FE/", "/HR/")
    for path in (there, f"{there}/export.json", f"{there}/erase", f"{there}/mails/1"):
        assert browser.get(path).status_code == 404
    assert browser.post(f"{there}/erase").status_code == 404


def test_the_export_holds_everything_and_no_link(promised: World) -> None:
    move(promised, 30)
    publish(promised, begin(promised))
    promised.browser().post(link_of(promised, "Sunniva", Purpose.READ))
    answer = promised.browser("olga").get(f"{here(promised)}/export.json")
    data = answer.json
    assert data is not None
    assert data["person"]["email"] == "sunniva@island.example.org"
    assert data["promises"][0]["changes"][0]["explanation"] == "The printer is late"
    assert [mail["kind"] for mail in data["mails"]] == ["receipt", "update"]
    assert data["mails"][1]["answers"][0]["kind"] == "acknowledged"
    assert "/u/" not in answer.text
    assert "tor@" not in answer.text
    assert "attachment" in answer.headers["Content-Disposition"]


def test_erased_means_not_a_trace_in_the_database(promised: World) -> None:
    browser = promised.browser("olga")
    publish(promised, begin(promised))
    person_id = person(promised, "Sunniva").id
    before, old = found(promised, 1).snapshot, link_of(promised, "Sunniva", Purpose.READ)
    with promised.writing() as session:
        mail = session.scalars(sa.select(Delivery).where(Delivery.stakeholder_id == person_id)).one()
        mail.trouble = "550 sunniva@island.example.org unknown"
    form = {"name": "Sunniva", "email": "sunniva@island.example.org", "level": "full", "command": "once"}
    browser.post(PEOPLE, form)
    assert browser.post(f"{here(promised)}/erase").status_code == 303
    path = promised.app.config["KANBAN"].database_url.removeprefix("sqlite:///")
    for suffix in ("", "-wal"):
        try:
            with open(path + suffix, "rb") as file:
                content = file.read().lower()
        except FileNotFoundError:
            continue
        assert b"sunniva" not in content
    assert promised.browser().get(old).status_code == 404
    assert found(promised, 1).snapshot == before
    assert FORMER in browser.get("/products/FE/promises").text
    assert "sunniva@" not in browser.get(PEOPLE).text
    with promised.reading() as session:
        assert broken_invariants(session) == []


def test_an_erased_persons_mail_does_not_go_out(world: World) -> None:
    add_stakeholders(world, "Sunniva", "Tor")
    publish(world, begin(world))
    world.browser("olga").post(f"{here(world)}/erase")
    with world.reading() as session:
        states = dict(session.execute(sa.select(Delivery.stakeholder_id, Delivery.state)).all())
    assert sorted(states.values()) == [DeliveryState.CANCELLED, DeliveryState.WAITING]


def test_the_same_address_may_come_anew_and_is_somebody_else(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    world.browser("olga").post(f"{here(world)}/erase")
    add_stakeholders(world, "Sunniva")
    with world.reading() as session:
        people = session.scalars(sa.select(Stakeholder).order_by(Stakeholder.id)).all()
    assert [each.name for each in people] == [FORMER, "Sunniva"]
    assert deliveries(world) == []


def test_before_it_the_texts_that_name_the_person_are_listed(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    world.item("Call Sunniva about it")
    world.item("Nothing of them")
    page = world.browser("olga").get(f"{here(world)}/erase").text
    assert "FE-1" in page
    assert "FE-2" not in page


@pytest.mark.parametrize("name", ["Sunniva", "Zoë"])
def test_it_is_searched_wherever_people_write(both: World, name: str) -> None:
    with both.changing() as (session, product, member):
        welcome(session, product, [Entry(name, "one@island.example.org", "Finance")], by=member)
    refs = {kind: both.item(kind) for kind in ("answer", "criterion", "block")}
    question = both.ask(refs["answer"], "Who signs?")
    both.question(question, "answer", f"Ask {name} first", by="olga")
    both.change(refs["criterion"], "add_criterion", f"{name} has seen it")
    both.change(refs["block"], "block", "No signature", waiting_for=name)
    olga = both.browser("olga")
    olga.post("/products/FE/decisions", {"body": "We go on", "who": f"{name} and Tor", "decided_on": ""})
    begin(both)
    lines = [{"kind": "next", "text": f"Meet {name}"}]
    olga.post("/products/FE/updates/1", form_of(both, 1, lines=lines))
    with both.reading() as session:
        one = session.scalars(sa.select(Stakeholder.id)).one()
    listed = olga.get(f"/products/FE/stakeholders/{one}/erase").text.partition("Correct those yourself")[2]
    for words in (*refs.values(), "decision <a", "update <a"):
        assert words in listed, words
