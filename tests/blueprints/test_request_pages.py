"""A person's own requests behind their link: where each stands and why, what they may do there, and what mails say."""

import datetime as dt
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.background import following
from kanban.extensions import limiter
from kanban.models import Delivery, Newcomer, Request, RequestFile, RequestState
from kanban.models.stakeholder import FORMER
from tests.builders import World, sound
from tests.reporting import add_stakeholders, begin, deliveries, link_of, person, publish
from tests.requesting import ask, decide, mine, newest_mail, stored

SETTLED = following.SETTLED_AFTER + dt.timedelta(seconds=1)


@pytest.fixture(autouse=True)
def unlimited() -> Iterator[None]:
    """No test meets what another one used up."""
    yield
    limiter.reset()


@pytest.fixture
def asked(world: World) -> World:
    """Sunniva asked for request 1; Tor is on the list as well."""
    add_stakeholders(world, "Sunniva", "Tor")
    ask(world, "Sunniva")
    return world


def settle(world: World) -> int:
    """A minute later the program looks whether items were done meanwhile."""
    with clock.at(clock.now() + SETTLED):
        return following.follow_items(world.app)


def test_the_page_shows_ones_own_requests_and_nobody_elses(asked: World) -> None:
    ask(asked, "Tor", "A secret of Tor")
    page = asked.browser().get(mine(asked, "Sunniva"))
    for words in ("Refund a coach", "They cancel together.", "Waiting for a decision", "personal page of Sunniva"):
        assert words in page.text
    assert "secret" not in page.text
    assert "Set-Cookie" not in page.headers


def test_a_stakeholder_comes_there_from_their_update_and_asks(both: World) -> None:
    add_stakeholders(both, "Sunniva")
    publish(both, begin(both))
    from kanban.mail.links import Purpose

    browser = both.browser()
    page = browser.get(link_of(both, "Sunniva", Purpose.READ)).text
    address = page.split('href="/requests/mine/')[1].split('"')[0]
    form = {"act": "ask", "title": "Dogs on board", "body": "", "file": (io.BytesIO(b"Wuff"), "dog.txt")}
    answer = browser.post(f"/requests/mine/{address}", form)
    assert "Olga has it. What becomes of it will appear here: no mail can be sent from here." in answer.text
    assert "dog.txt" in answer.text
    again = {name: form[name] for name in ("act", "title", "body")}
    assert browser.post(f"/requests/mine/{address}", {**again, "seen": "1"}).status_code == 200
    assert [each for each in deliveries(both, "request_received")] == [("Sunniva", "waiting")]
    assert both.mails() == [("request_heard", "olga@example.org")]
    assert sound(both)


@pytest.mark.parametrize(("field", "value"), [("title", ""), ("title", "x" * 201), ("body", "x" * 5001)])
def test_what_does_not_fit_keeps_what_was_typed(asked: World, field: str, value: str) -> None:
    form = {"act": "ask", "title": "Dogs", "body": "They bark.", "seen": "1", field: value}
    answer = asked.browser().post(mine(asked, "Sunniva"), form)
    assert answer.status_code == 422
    assert ("They bark." if field == "title" else "Dogs") in answer.text


def test_ones_own_and_public_requests_are_shown_before_a_new_one_is_taken(asked: World) -> None:
    browser, form = asked.browser(), {"act": "ask", "title": "Refund a coach quickly"}
    assert "You asked for this already" in browser.post(mine(asked, "Sunniva"), form).text
    assert "Refund a coach</a>" not in browser.get(f"{mine(asked, 'Sunniva')}/similar?title=dogs").text
    decide(asked, 1, "show_title", True)
    ask(asked, "Tor", "Something else", "For other reasons.")
    assert "First check whether yours is one of these" in browser.post(mine(asked, "Tor"), form).text
    supported = browser.post(mine(asked, "Tor"), {**form, "seen": "1", "supports": "1"})
    assert "you said “me too”" in supported.text
    assert "They cancel together." not in supported.text
    assert [each.name for each in stored(asked).supporters] == ["Tor"]


def test_what_was_said_already_is_said_to_be_known(asked: World) -> None:
    browser, form = asked.browser(), {"act": "ask", "title": "Refund a coach quickly", "seen": "1"}
    decide(asked, 1, "show_title", True)
    ask(asked, "Tor", "Something else", "For other reasons.")
    door = mine(asked, "Tor")
    browser.post(door, {**form, "supports": "1"})
    again = browser.post(door, {**form, "supports": "1"}).text
    assert "You have already told us this: it is listed below" in again
    assert "Refund a coach quickly" not in again
    similar = browser.get(f"{door}/similar?title=refund").text
    assert "You said “me too” to this already" in similar
    assert "Is it one of these?" not in similar
    twice = {"act": "ask", "title": "Something else", "body": "For other reasons.", "seen": "1"}
    assert "You have already told us this: it is listed below" in browser.post(door, twice).text


def test_each_outcome_stands_on_the_page_with_who_decided_and_why_and_comes_by_mail(asked: World) -> None:
    browser = asked.browser()
    decide(asked, 1, "postpone", words="After the summer.", by="dora")
    page = browser.get(mine(asked, "Sunniva")).text
    for words in ("Put off", "Dora", "After the summer."):
        assert words in page
    mail = newest_mail(asked, "request_outcome")
    assert mail.subject == "Not now: Refund a coach"
    assert "because you asked for it" in mail.text
    assert "Dora writes:" in mail.text
    assert "After the summer." in mail.html
    decide(asked, 1, "decline", "Too dear.")
    page = browser.get(mine(asked, "Sunniva")).text
    assert "Not taken up" in page
    assert page.index("Too dear.") < page.index("After the summer."), "earlier steps stand below"
    assert newest_mail(asked, "request_outcome").subject == "Not taken up: Refund a coach"
    decide(asked, 1, "reopen", words="Money came.")
    decide(asked, 1, "accept", asked.item("Refunds of groups, internally"))
    page = browser.get(mine(asked, "Sunniva")).text
    assert "It is waiting its turn." in page
    assert "There is no forecast yet: too little has been finished lately to learn from." in page
    assert "internally" not in page
    assert "FE-1" not in page + newest_mail(asked, "request_outcome").text


def test_who_asked_for_the_same_follows_the_one_it_goes_on_as(asked: World) -> None:
    ask(asked, "Tor", "Give coaches their money back")
    decide(asked, 2, "mark_duplicate", 1)
    decide(asked, 1, "accept", asked.item("Refunds"), words="In spring.")
    page = asked.browser().get(mine(asked, "Tor")).text
    for words in ("Asked for before", "Request 1:", "Taken up", "In spring.", "It is waiting its turn."):
        assert words in page
    assert "Refund a coach" not in page, "another person's words were shown"
    assert "Refund a coach" not in newest_mail(asked, "request_outcome").text
    assert "because you said “me too”" in newest_mail(asked, "request_outcome").text, "it was another who asked for it"
    assert ("Tor", "waiting") in deliveries(asked, "request_outcome")


# What the item does


def test_a_request_that_can_not_follow_its_item_keeps_no_other_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_stakeholders(world, "Sunniva")
    follow = Request.follow

    def fail_for_the_first(request: Request) -> None:
        if request.number == 1:
            raise ValueError("no such state")
        follow(request)

    for number in (1, 2):
        ask(world, "Sunniva", f"Need {number}")
        ref = world.item(f"Item {number}", "In progress")
        decide(world, number, "accept", ref)
        world.move(ref, "Done")
    monkeypatch.setattr(Request, "follow", fail_for_the_first)
    settle(world)
    with world.reading() as session:
        states = dict(session.execute(sa.select(Request.number, Request.state)).all())
    assert states == {1: RequestState.ACCEPTED, 2: RequestState.DONE}


def test_done_is_told_once_a_minute_has_passed_and_asks_whether_it_helps(both: World) -> None:
    add_stakeholders(both, "Sunniva")
    ask(both, "Sunniva")
    ref = both.item("Refunds")
    decide(both, 1, "accept", ref)
    both.move(ref, "In progress")
    assert "It is being worked on." in both.browser().get(mine(both, "Sunniva")).text
    both.move(ref, "Done")
    assert following.follow_items(both.app) == 0, "a slip of the hand is told at once"
    assert settle(both) == 1
    assert settle(both) == 0
    mail = newest_mail(both, "request_outcome")
    assert mail.subject == "Done: Refund a coach"
    assert "Does that solve it?" in mail.text
    address, browser = mine(both, "Sunniva"), both.browser()
    assert "Does that solve it?" in browser.get(address).text
    form = {"act": "solved", "request": "1", "solved": "no", "words": "Only for two."}
    said = browser.post(address, form).text
    assert "is not solved yet" in said
    assert 'class="thanks"' not in said, "a no is no good news"
    assert (stored(both).solved, both.mails()[-1][0]) == (False, "request_heard")
    assert "Only for two." in newest_mail(both, "request_heard").text
    assert "is not solved yet" in newest_mail(both, "receipt").text
    assert "Thank you" in browser.post(address, {**form, "solved": "yes"}).text
    assert sound(both)


def test_an_item_taken_back_within_the_minute_tells_nobody(asked: World) -> None:
    ref = asked.item("Refunds")
    decide(asked, 1, "accept", ref)
    asked.move(ref, "Done")
    asked.move(ref, "In progress")
    before = len(deliveries(asked, "request_outcome"))
    assert settle(asked) == 0
    assert len(deliveries(asked, "request_outcome")) == before


def test_an_item_taken_up_again_or_discarded_is_told_as_well(asked: World) -> None:
    ref = asked.item("Refunds")
    decide(asked, 1, "accept", ref)
    asked.move(ref, "Done")
    settle(asked)
    asked.move(ref, "In progress")
    settle(asked)
    assert stored(asked).state is RequestState.ACCEPTED
    assert "isn’t done after all" in newest_mail(asked, "request_outcome").text
    asked.change(ref, "discard", "An internal reason")
    settle(asked)
    assert (stored(asked).state, stored(asked).item) == (RequestState.NEW, None)
    page = asked.browser().get(mine(asked, "Sunniva")).text
    assert "The work planned for it was dropped" in page
    assert "internal reason" not in page
    assert sound(asked)


def test_only_who_asked_says_whether_it_helps(asked: World) -> None:
    decide(asked, 1, "accept", asked.item("Refunds", "Done"))
    settle(asked)
    ask(asked, "Tor", "Something else", "For other reasons.")
    form = {"act": "solved", "request": "1", "solved": "yes"}
    for number in ("1", "99", "x", ""):
        assert asked.browser().post(mine(asked, "Tor"), {**form, "request": number}).status_code == 404
    assert stored(asked).solved is None
    assert asked.browser().post(mine(asked, "Sunniva"), {**form, "solved": "perhaps"}).status_code == 422


# Links, erasure, export


def test_an_old_link_still_shows_and_asks_no_more(asked: World) -> None:
    address = mine(asked, "Sunniva")
    with clock.at(clock.now() + dt.timedelta(days=91)):
        page = asked.browser().get(address)
        assert "this link is too old for that" in page.text
        answer = asked.browser().post(address, {"act": "ask", "title": "Dogs"})
        assert answer.status_code == 409
    assert "Dogs" not in asked.browser().get(address).text


def test_links_die_with_a_report_and_with_the_removal(asked: World) -> None:
    address = mine(asked, "Sunniva")
    with asked.changing() as (session, product, member):
        from kanban.models import Stakeholder

        session.scalars(sa.select(Stakeholder).where(Stakeholder.name == "Sunniva")).one().replace_links(
            product, by=member
        )
    assert asked.browser().get(address).status_code == asked.browser().post(address).status_code == 404
    assert asked.browser().get(mine(asked, "Sunniva")).status_code == 200


def test_a_closed_product_takes_nothing(asked: World) -> None:
    asked.browser("olga").post("/products/FE/settings/archive")
    address = mine(asked, "Sunniva")
    assert asked.browser().get(address).status_code == 200
    assert asked.browser().post(address, {"act": "ask", "title": "Dogs"}).status_code == 409


def test_erased_means_not_a_trace_in_requests_either(asked: World) -> None:
    browser = asked.browser()
    form = {"act": "ask", "title": "Sunniva wants dogs", "seen": "1", "body": "Write to SUNNIVA@island.example.org"}
    browser.post(mine(asked, "Sunniva"), {**form, "file": (io.BytesIO(b"of Sunniva"), "sunniva.txt")})
    ask(asked, "Tor", "What Sunniva said")
    decide(asked, 1, "decline", "Sorry, Sunniva.")
    olga, sunniva = asked.browser("olga"), person(asked, "Sunniva")
    olga.post("/products/FE/settings/requests", {"form": "open"})
    with asked.writing() as session:
        row = Newcomer.come(1, name="Sunniva", email=sunniva.email, title="More", body="", supports=None)
        session.add_all([row, mail := Delivery.to_newcomer("request_confirm", row)])
        mail.product_id = 1
    assert olga.post(f"/products/FE/stakeholders/{sunniva.id}/erase").status_code == 303
    config = asked.app.config["KANBAN"]
    for path in (Path(config.database_url.removeprefix("sqlite:///")), *config.attachments_dir.rglob("*")):
        if path.is_file():
            assert b"sunniva" not in path.read_bytes().lower()
    assert stored(asked, 2).title == f"{FORMER} wants dogs"
    with asked.reading() as session:
        counted = [session.scalar(sa.select(sa.func.count()).select_from(each)) for each in (Newcomer, RequestFile)]
    assert counted == [0, 0]
    assert sound(asked)


def test_the_export_holds_what_the_person_asked_for(asked: World) -> None:
    decide(asked, 1, "decline", "Too dear.")
    there = f"/products/FE/stakeholders/{person(asked, 'Sunniva').id}/export.json"
    answer = asked.browser("olga").get(there)
    [told] = json.loads(answer.data)["requests"]
    answer.close()
    assert (told["title"], told["state"], told["steps"][-1]["words"]) == ("Refund a coach", "declined", "Too dear.")


def test_a_lost_link_brings_the_way_to_the_requests(asked: World) -> None:
    asked.browser().post("/lost-link", {"email": "sunniva@island.example.org"})
    assert "/requests/mine/q-" in newest_mail(asked, "lost_link").text


def test_from_a_request_stands_on_the_item_for_those_who_may_see_requests(asked: World) -> None:
    ref = asked.item("Refunds of groups")
    decide(asked, 1, "accept", ref)
    for name in ("olga", "dora", "lea"):
        assert "/products/FE/requests/1" in asked.browser(name).get(f"/items/{ref}").text
    for name in ("dev", "vic"):
        page = asked.browser(name).get(f"/items/{ref}").text
        assert "Refund a coach" not in page
        assert "/requests/1" not in page
        assert "took up request 1 with it" in page
