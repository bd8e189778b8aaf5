"""Deciding what an update asks for, behind the link: who may, once, into the log, and what it lifts."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from kanban.mail.links import Purpose
from kanban.models import Block, Decision, Delivery, StatusUpdate, UpdateState
from kanban.reads.invariants import broken_invariants
from tests.builders import World
from tests.reporting import add_stakeholders, answers, begin, deliveries, link_of, person, publish

ASKED = {"text": "May small refunds skip approval?", "note": "Sunniva", "new_date": "2026-11-27"}


def told(world: World, **line: Any) -> World:
    """Update 1 asks Sunniva to decide; Tor got it too."""
    add_stakeholders(world, "Sunniva", "Tor")
    number = begin(world)
    publish(world, number, "Six weeks late")
    with world.writing() as session:
        update = session.scalars(sa.select(StatusUpdate)).one()
        lines = [{"ref": "", "old_date": "", "cause": "", **ASKED, **line}]
        update.snapshot = {**(update.snapshot or {}), "sections": [{"kind": "decisions", "lines": lines}]}
    return world


def decide(world: World, name: str = "Sunniva", **fields: str) -> TestResponse:
    form = {"line": "0", "option": "Yes, up to 100 euro", **fields}
    return world.browser().post(link_of(world, name, Purpose.DECIDE), form)


def decisions(world: World) -> list[Decision]:
    with world.reading() as session:
        found = list(session.scalars(sa.select(Decision).order_by(Decision.number)))
        session.expunge_all()
        return found


def test_a_decision_lands_in_the_log_and_lifts_the_block_that_waits_for_it(both: World) -> None:
    ref = both.item("Refunds", "In progress")
    both.change(ref, "block", "Finance has to decide", waiting_for="Sunniva")
    told(both, ref=ref)
    answer = decide(both, remark="Until March")
    assert "It is decided." in answer.text
    [made] = decisions(both)
    assert (made.body, made.stakeholder_id) == ("Yes, up to 100 euro", person(both, "Sunniva").id)
    assert "Until March" in made.context
    log = both.browser("vic").get("/products/FE/decisions").text
    for words in ("Yes, up to 100 euro", "May small refunds skip approval?", "Sunniva", "from update 1", ref):
        assert words in log
    with both.reading() as session:
        assert session.scalars(sa.select(Block.until)).one() is not None
        assert broken_invariants(session) == []
        owner = session.scalars(sa.select(Delivery.user_id).where(Delivery.kind == "stakeholder_decided")).all()
        assert owner == [both.ids["olga"]]
    assert deliveries(both, "receipt") == [("Sunniva", "waiting")]
    both.tell_members()
    inbox = both.browser("olga").get("/inbox").text
    assert "Sunniva decided" in inbox and "A stakeholder decided" not in inbox
    assert answers(both) == ["decided"]
    assert "Yes, up to 100 euro" in both.browser("dev").get(f"/items/{ref}").text


@pytest.mark.parametrize(("written", "shown"), [("2026-11-27", "27 Nov"), ("before Christmas", "before Christmas")])
def test_by_when_it_is_needed_stands_beside_it_also_in_words(world: World, written: str, shown: str) -> None:
    told(world, new_date=written)
    page = world.browser().get(link_of(world, "Sunniva", Purpose.DECIDE)).text
    assert re.search(rf"needed by (<[^>]*>)*{shown}", page)


def test_the_update_that_asked_says_what_was_decided_to_every_member(world: World) -> None:
    told(world)
    pages = [world.browser(name) for name in ("olga", "vic")]
    assert not any('id="decided"' in browser.get("/products/FE/updates/1").text for browser in pages)
    decide(world, remark="Until March")
    for browser in pages:
        told_there = browser.get("/products/FE/updates/1").text.partition('id="decided"')[2].partition("</section>")[0]
        assert "Yes, up to 100 euro" in told_there and "Until March" in told_there and "Sunniva" in told_there
    assert 'href="#decided"' in pages[0].get("/products/FE/updates/1").text


def test_a_block_that_waits_for_something_else_stays(world: World) -> None:
    ref = world.item("Refunds", "In progress")
    world.change(ref, "block", "The test harbour is down", waiting_for="Operations")
    told(world, ref=ref)
    decide(world)
    with world.reading() as session:
        assert session.scalars(sa.select(Block.until)).one() is None


def test_a_page_has_one_main_button_and_it_decides_where_a_decision_is_asked_for(world: World) -> None:
    told(world)
    primary = r'<button class="btn primary"[^>]*>([^<]+)'
    page = world.browser().get(link_of(world, "Sunniva", Purpose.READ)).text
    assert re.findall(primary, page) == ["Decide"]
    assert "I have read this" in page
    assert re.findall(primary, world.browser().get(link_of(world, "Tor", Purpose.READ)).text) == ["I have read this"]


def test_only_the_person_who_is_asked_decides(world: World) -> None:
    told(world)
    assert "Decide" not in world.browser().get(link_of(world, "Tor", Purpose.READ)).text
    assert "asked of Sunniva" in world.browser().get(link_of(world, "Tor", Purpose.READ)).text
    assert decide(world, "Tor").status_code == 409
    assert decisions(world) == []
    assert decide(world).status_code == 200


def test_the_first_answer_counts_and_the_second_reads_it(world: World) -> None:
    told(world, note="")
    assert decide(world, "Tor", option="No").status_code == 200
    for name in ("Sunniva", "Tor"):
        page = decide(world, name)
        assert page.status_code == 200
        assert "decided by Tor" in page.text
    assert [each.body for each in decisions(world)] == ["No"]
    assert deliveries(world, "receipt") == [("Tor", "waiting")]


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"option": "Perhaps"}, 422, "Choose one of the answers."),
        ({"option": ""}, 422, "Choose one of the answers."),
        ({"line": "7"}, 409, "no longer asked to decide this"),
        ({"line": ""}, 409, "no longer asked to decide this"),
        ({"line": "-1"}, 409, "no longer asked to decide this"),
        ({"option": "Yes", "remark": "x" * 6000}, 422, "At most 5,000"),
    ],
)
def test_only_what_is_offered_can_be_chosen(world: World, fields: dict[str, str], status: int, sentence: str) -> None:
    told(world, options="Yes | No")
    answer = decide(world, **fields)
    assert answer.status_code == status
    assert sentence in answer.text
    assert decisions(world) == []


def test_an_option_is_chosen_from_those_offered(world: World) -> None:
    told(world, options="Yes | No | Ask again in spring")
    page = world.browser().get(link_of(world, "Sunniva", Purpose.READ)).text
    assert page.count('type="radio"') == 3
    assert decide(world, option="Ask again in spring").status_code == 200


def test_looking_decides_nothing(world: World) -> None:
    told(world)
    for purpose in Purpose:
        world.browser().get(link_of(world, "Sunniva", purpose) + "?line=0&option=Yes&body=Why")
    assert (decisions(world), answers(world)) == ([], [])


def test_html_in_a_decision_is_text(world: World) -> None:
    told(world)
    decide(world, option="<script>alert(1)</script>", remark="<img src=x>")
    for page in (
        world.browser().get(link_of(world, "Sunniva", Purpose.READ)),
        world.browser("olga").get("/products/FE/decisions"),
    ):
        assert "<script>alert" not in page.text
        assert "<img src=x>" not in page.text


def test_an_update_that_asks_nothing_decides_nothing(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    publish(world, begin(world))
    assert "asks for no decision" in world.browser().get(link_of(world, "Sunniva", Purpose.DECIDE)).text
    assert decide(world).status_code == 409


def test_a_correction_does_not_ask_again_for_what_was_decided_since(world: World) -> None:
    told(world)
    olga, draft = world.browser("olga"), "/products/FE/updates/2"
    olga.post("/products/FE/updates/1/correct")
    assert "was decided on" not in olga.get(draft).text
    assert decide(world).status_code == 200
    found = "“May small refunds skip approval?” is still asked, but was decided on"
    assert found in olga.get(draft).text
    assert found in olga.get(f"{draft}/publish").text


def test_a_correction_knows_what_was_decided_before_it(world: World) -> None:
    told(world)
    decide(world)
    world.browser("olga").post("/products/FE/updates/1/correct")
    publish(world, 2, "Four weeks late")
    with world.writing() as session:
        first, second = session.scalars(sa.select(StatusUpdate).order_by(StatusUpdate.number))
        assert second.state is UpdateState.PUBLISHED
        second.snapshot = {**(second.snapshot or {}), "sections": (first.snapshot or {})["sections"]}
    page = world.browser().get(link_of(world, "Sunniva", Purpose.READ, 2)).text
    assert "Yes, up to 100 euro" in page
    answer = world.browser().post(link_of(world, "Sunniva", Purpose.DECIDE, 2), {"line": "0", "option": "No"})
    assert answer.status_code == 200
    assert len(decisions(world)) == 1
