"""Without a mail server no page promises a mail, and nothing is taken that only a mail could confirm."""

import dataclasses
import re

import pytest

from kanban.mail.links import Purpose
from kanban.models import Delivery, Newcomer
from tests.blueprints.test_request_forms import WORDS, count, open_form
from tests.blueprints.test_requests import LIST, asked, person
from tests.builders import World
from tests.reporting import add_stakeholders, begin, link_of, publish
from tests.requesting import ask, mine

PROMISE = re.compile(r"by mail|on its way|gets? a mail|a mail brings|receipt comes|goes out", re.IGNORECASE)


@pytest.mark.parametrize("sends", [True, False])
def test_the_public_form_says_so_and_takes_nothing(world: World, sends: bool) -> None:
    form, browser = open_form(world), world.browser()
    if not sends:
        world.app.config["KANBAN"] = dataclasses.replace(world.app.config["KANBAN"], smtp_url=None)
    shown, sent = browser.get(form).text, browser.post(form, WORDS)
    assert (bool(PROMISE.search(shown)), "<form" in shown) == (sends, sends)
    assert ("tell Olga some other way" in shown) is not sends
    assert sent.status_code == (200 if sends else 409)
    assert bool(PROMISE.search(sent.text)) is sends
    assert (count(world, Newcomer), count(world, Delivery)) == ((1, 1) if sends else (0, 0))


def test_no_page_of_a_stakeholder_promises_a_mail(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    ask(world, "Sunniva")
    publish(world, begin(world))
    page, browser = mine(world, "Sunniva"), world.browser()
    read, stop, preferences = (link_of(world, "Sunniva", p) for p in (Purpose.READ, Purpose.STOP, Purpose.PREFERENCES))
    answers = [
        browser.get(page),
        browser.get(f"{page}?confirmed=1"),
        browser.post(page, {"act": "ask", "title": "Dogs on board", "seen": "1"}),
        browser.get(read),
        browser.post(read, {"act": "acknowledge"}),
        browser.post(link_of(world, "Sunniva", Purpose.ASK), {"body": "When?"}),
        browser.get(read),
        browser.post(preferences, {"level": "brief"}),
        browser.post(stop),
        browser.get("/lost-link"),
        browser.post("/lost-link", {"email": "sunniva@island.example.org"}),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.request.path
        assert not PROMISE.search(answer.text), PROMISE.search(answer.text)


def test_whoever_decides_is_not_told_that_somebody_is_mailed(world: World) -> None:
    who, olga = person(world), world.browser("olga")
    numbers = [asked(world, f"Wish {n}", who) for n in range(3)]
    for verb in ("accept", "later", "decline"):
        assert not PROMISE.search(olga.get(f"{LIST}/{numbers[0]}/{verb}", hx=True).text)
    done = [
        olga.post(f"{LIST}/{numbers[0]}/accept", {"title": "Refunds"}, hx=True),
        olga.post(f"{LIST}/{numbers[1]}/later", hx=True),
        olga.post(f"{LIST}/{numbers[2]}/decline", {"words": "No."}, hx=True),
    ]
    for answer in done:
        assert answer.status_code == 200 and "read it on their own pages" in answer.text
        assert not PROMISE.search(answer.text)
