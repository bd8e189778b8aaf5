"""A stakeholder asks back about an update: asked behind the link, in the owner's queue, answered by mail; and what
happens to links that are lost or reached somebody else."""

import datetime as dt
import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.mail import links
from kanban.mail.links import Purpose
from kanban.models import Delivery, Product, Stakeholder, UpdateQuestion
from kanban.reads.invariants import broken_invariants
from tests.blueprints.test_inbox import heard
from tests.builders import World
from tests.reporting import add_stakeholders, answers, begin, deliveries, link_of, person, publish

PROBE = "<script>alert(1)</script>"


@pytest.fixture
def told(world: World) -> World:
    """Update 1 was published to Sunniva and Tor."""
    return _told(world)


@pytest.fixture
def told_both(both: World) -> World:
    """The same on both databases."""
    return _told(both)


def _told(world: World) -> World:
    add_stakeholders(world, "Sunniva", "Tor")
    publish(world, begin(world), "Six weeks late")
    return world


def ask(world: World, body: str, name: str = "Sunniva") -> int:
    return world.browser().post(link_of(world, name, Purpose.ASK), {"body": body}).status_code


def questions(world: World) -> list[UpdateQuestion]:
    with world.reading() as session:
        found = list(session.scalars(sa.select(UpdateQuestion).order_by(UpdateQuestion.number)))
        session.expunge_all()
        return found


def mails_to(world: World, kind: str) -> list[int | None]:
    with world.reading() as session:
        return list(session.scalars(sa.select(Delivery.user_id).where(Delivery.kind == kind)))


def version(world: World) -> int:
    with world.reading() as session:
        return session.scalars(sa.select(Product.version)).one()


def test_a_question_that_is_sent_twice_is_asked_once_and_its_field_is_empty(told: World) -> None:
    page = told.browser()
    link = link_of(told, "Sunniva", Purpose.ASK)
    for _ in range(2):
        text = page.post(link, {"body": "Why the delay?"}).text
        assert re.search(r'<textarea id="question"[^>]*></textarea>', text)
        assert text.count("Why the delay?") == 1
    assert [each.body for each in questions(told)] == ["Why the delay?"]


def test_a_question_goes_to_the_owners_queue_and_the_answer_back_by_mail(told_both: World) -> None:
    assert ask(told_both, "May we still sell season cards?") == 200
    assert mails_to(told_both, "stakeholder_asked") == [told_both.ids["olga"]]
    assert deliveries(told_both, "receipt") == [("Sunniva", "waiting")]
    olga = told_both.browser("olga")
    queue = olga.get("/questions").text
    assert "May we still sell season cards?" in queue
    assert "One is waiting on you" in queue
    assert "season cards" not in told_both.browser("dev").get("/questions").text
    assert heard(told_both, "olga") == [], "what waits is told at the head of the inbox"
    assert "One question is waiting on you" in olga.get("/inbox").text
    number = questions(told_both)[0].number
    answer = olga.post(f"/products/FE/asked/{number}/answer", {"body": "Yes, from Monday", "view": "queue"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/questions")
    assert "season cards" not in olga.get("/questions").text
    assert heard(told_both, "olga", unread=True) == []
    assert heard(told_both, "olga") == [("stakeholder", "stakeholder_asked")]
    inbox = olga.get("/inbox").text
    assert "waiting on you" not in inbox and "Sunniva asks about an update" in inbox
    assert "Six weeks late" in inbox, "the row says about which update"
    assert deliveries(told_both, "stakeholder_answered") == [("Sunniva", "waiting")]
    page = told_both.browser().get(link_of(told_both, "Sunniva", Purpose.READ)).text
    assert "Yes, from Monday" in page
    assert "Yes, from Monday" not in told_both.browser().get(link_of(told_both, "Tor", Purpose.READ)).text
    with told_both.reading() as session:
        assert broken_invariants(session) == []


def test_who_answers_is_told_where_the_answer_goes(told: World) -> None:
    for body in ("Why?", "When?", "And then?"):
        ask(told, body)
    olga, form = told.browser("olga"), {"body": "Yes", "view": "queue"}
    for number, said in (
        (1, "Sunniva can read the answer through their link."),
        (2, "Sunniva gets the answer by mail."),
    ):
        answer = olga.post(f"/products/FE/asked/{number}/answer", form, hx=True).text
        assert answer.index('id="queue"') < answer.index(said) and 'hx-target="#toasts"' in answer
        told.app.config["KANBAN"] = replace(told.app.config["KANBAN"], smtp_url="smtp://mail.example.org")
    with told.writing() as session:
        session.execute(sa.update(Stakeholder).values(removed_at=clock.now()))
    olga.post("/products/FE/asked/3/answer", form)
    assert "The answer is kept, but nobody gets it: they are no longer on the list." in olga.get("/questions").text


def test_a_very_long_question_leaves_the_others_in_sight(told: World) -> None:
    ask(told, "Why? " * 400)
    ask(told, "And when?")
    queue = told.browser("olga").get("/questions").text
    assert queue.count('class="ask-text said long" tabindex="0"') == 1
    assert queue.count('class="ask-text said"') == 1


def test_who_answers(told: World) -> None:
    ask(told, "Why?")
    for name, status in {"dev": 403, "lea": 403, "vic": 403, "sam": 404, "dora": 303}.items():
        answer = told.browser(name).post("/products/FE/asked/1/answer", {"body": f"Said by {name}"})
        assert answer.status_code == status, name
    assert questions(told)[0].answer == "Said by dora"
    assert told.browser("olga").post("/products/FE/asked/1/answer", {"body": "Again"}).status_code == 409
    assert "Said by dora" in told.browser("olga").get("/products/FE/updates/1").text
    assert "Said by dora" not in told.browser("dev").get("/products/FE/updates/1").text


def test_an_empty_answer_says_so_and_keeps_the_question_open(told: World) -> None:
    ask(told, "Why?")
    answer = told.browser("olga").post("/products/FE/asked/1/answer", {"body": " "})
    assert answer.status_code == 422
    assert "Write the answer first." in answer.text
    assert questions(told)[0].is_open


@pytest.mark.parametrize(("body", "sentence"), [(" \n ", "Write your question first."), ("x" * 5001, "At most 5,000")])
def test_an_empty_question_gets_a_plain_sentence_and_changes_nothing(told: World, body: str, sentence: str) -> None:
    before = version(told)
    answer = told.browser().post(link_of(told, "Sunniva", Purpose.ASK), {"body": body})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "10,000" not in answer.text
    assert (questions(told), deliveries(told, "receipt"), version(told)) == ([], [], before)


def test_the_same_question_sent_twice_is_asked_once(told: World) -> None:
    assert [ask(told, "Why?\r\nReally?"), ask(told, "Why?\r\nReally?")] == [200, 200]
    assert len(questions(told)) == 1
    assert len(deliveries(told, "receipt")) == len(mails_to(told, "stakeholder_asked")) == 1


def test_nobody_floods_the_owner(told: World) -> None:
    codes = [ask(told, f"Why {number}?") for number in range(12)]
    assert codes == [200] * 10 + [409] * 2
    assert len(questions(told)) == 10
    assert ask(told, "I only have one", "Tor") == 200


def test_html_in_a_question_is_text_everywhere(told: World) -> None:
    ask(told, PROBE)
    for page in (
        told.browser().get(link_of(told, "Sunniva", Purpose.READ)).text,
        told.browser("olga").get("/questions").text,
        told.browser("olga").get("/products/FE/updates/1").text,
    ):
        assert "&lt;script&gt;alert" in page
        assert "<script>alert" not in page


def test_a_link_for_reading_asks_nothing_and_one_for_asking_acknowledges_nothing(told: World) -> None:
    told.browser().post(link_of(told, "Sunniva", Purpose.READ), {"body": "Why?", "level": "none", "line": "0"})
    assert questions(told) == []
    ask(told, "Why?")
    assert answers(told) == ["acknowledged", "asked"]
    for purpose in (Purpose.ASK, Purpose.DECIDE, Purpose.STOP, Purpose.PREFERENCES):
        letter, rest = link_of(told, "Sunniva", Purpose.READ).removeprefix("/u/").split("-", 1)
        swapped = f"/u/{link_of(told, 'Sunniva', purpose)[3]}-{rest}"
        assert letter == "r"
        assert told.browser().post(swapped, {"body": "Why else?"}).status_code == 404


def test_old_links_read_and_stop_but_ask_no_more(told: World) -> None:
    with clock.at(clock.now() + dt.timedelta(days=91)):
        answer = told.browser().post(link_of(told, "Sunniva", Purpose.ASK), {"body": "Why?"})
        assert answer.status_code == 409
        assert "too old" in answer.text
        page = told.browser().get(link_of(told, "Sunniva", Purpose.READ))
        assert page.status_code == 200
        assert "reply to its mail" in page.text
        assert told.browser().post(link_of(told, "Sunniva", Purpose.STOP)).status_code == 200
    assert questions(told) == []


def test_who_was_removed_asks_nothing_and_is_told_nothing(told: World) -> None:
    ask(told, "Why?")
    link = link_of(told, "Sunniva", Purpose.ASK)
    told.browser("olga").post(f"/products/FE/stakeholders/{person(told, 'Sunniva').id}/remove")
    assert told.browser().post(link, {"body": "And now?"}).status_code == 404
    assert told.browser("olga").post("/products/FE/asked/1/answer", {"body": "Because"}).status_code == 303
    assert deliveries(told, "stakeholder_answered") == []


def test_who_answers_somebody_off_the_list_is_told_that_nobody_is_mailed(told: World) -> None:
    ask(told, "Why?")
    olga, warned = told.browser("olga"), "kept but not mailed: they are no longer on the list"
    pages = ("/questions", "/products/FE/updates/1", "/products/FE/asked/1")
    assert not any(warned in olga.get(page).text for page in pages)
    olga.post(f"/products/FE/stakeholders/{person(told, 'Sunniva').id}/remove")
    assert all(warned in olga.get(page).text for page in pages)


def test_an_archived_product_is_asked_nothing(told: World) -> None:
    with told.writing() as session:
        session.execute(sa.update(Product).values(archived_at=clock.now()))
    assert ask(told, "Why?") == 409
    assert questions(told) == []


def test_the_owners_mail_goes_to_who_owns_it_then(told: World) -> None:
    told.browser("olga").post("/products/FE/settings/hand-over", {"person": str(told.ids["dora"])})
    ask(told, "Why?")
    assert mails_to(told, "stakeholder_asked") == [told.ids["dora"]]
    assert "Why?" in told.browser("dora").get("/questions").text


# Not you, and lost links


def test_not_you_ends_every_link_and_tells_the_owner(told: World) -> None:
    saved = {purpose: link_of(told, "Sunniva", purpose) for purpose in Purpose}
    answer = told.browser().post(saved[Purpose.REPORT])
    assert "no longer work" in answer.text
    for purpose, link in saved.items():
        assert told.browser().post(link, {"body": "Why?"}).status_code == 404, purpose
    assert mails_to(told, "link_reported") == [told.ids["olga"]]
    assert deliveries(told, "receipt") == [("Sunniva", "waiting")]
    assert told.browser().get(link_of(told, "Sunniva", Purpose.READ)).status_code == 200
    assert told.browser().get(link_of(told, "Tor", Purpose.READ)).status_code == 200


def test_a_lost_link_is_sent_again_and_nobody_learns_who_is_known(told: World) -> None:
    browser = told.browser()
    known, unknown = (
        re.sub(r'name="csrf_token" value="[^"]+"', "", browser.post("/lost-link", {"email": address}).text)
        for address in ("Sunniva@island.example.org", "nobody@island.example.org")
    )
    assert known.replace("Sunniva@", "nobody@").replace("sunniva@", "nobody@") == unknown
    assert deliveries(told, "lost_link") == [("Sunniva", "waiting")]
    browser.post("/lost-link", {"email": "sunniva@island.example.org"})
    assert len(deliveries(told, "lost_link")) == 1
    assert [browser.post("/lost-link", {"email": "x@example.org"}).status_code for _ in range(4)][-1] == 429


@pytest.mark.parametrize("nonsense", ["", "x", "a@b\r\nBcc: c@d.org", "a" * 400])
def test_no_address_is_no_address(told: World, nonsense: str) -> None:
    assert told.browser().post("/lost-link", {"email": nonsense}).status_code == 422
    assert deliveries(told, "lost_link") == []


def test_who_was_removed_gets_no_link(told: World) -> None:
    told.browser("olga").post(f"/products/FE/stakeholders/{person(told, 'Sunniva').id}/remove")
    assert told.browser().post("/lost-link", {"email": "sunniva@island.example.org"}).status_code == 200
    assert deliveries(told, "lost_link") == []


def test_the_mails_say_what_was_asked_and_answered(told: World) -> None:
    ask(told, "May we\r\nBcc: eve@example.org\r\nsell cards?")
    before = _letters(told)
    told.browser("olga").post("/products/FE/asked/1/answer", {"body": "Yes\r\nSubject: No"})
    told.browser().post("/lost-link", {"email": "tor@island.example.org"})
    told.browser().post(link_of(told, "Tor", Purpose.REPORT))
    letters = {letter.message_id.split(".")[0]: letter for letter in [*before, *_letters(told)]}
    asked, answered = letters["stakeholder_asked"], letters["stakeholder_answered"]
    assert asked.to.address == "olga@example.org"
    assert asked.reply_to is not None and asked.reply_to.address == "sunniva@island.example.org"
    assert asked.subject == "Sunniva asks about update 1: Six weeks late"
    assert "/products/FE/updates/1#asked-1" in asked.text
    assert answered.to.address == "sunniva@island.example.org"
    assert answered.reply_to is not None and answered.reply_to.address == "olga@example.org"
    assert "Subject: No" in answered.text and answered.subject == "Olga answered: Six weeks late"
    assert "tor@island.example.org" in letters["link_reported"].text
    assert f"/products/FE/stakeholders/{person(told, 'Tor').id}/edit" in letters["link_reported"].text
    for letter in letters.values():
        headers = letter.as_message().keys()
        assert "Bcc" not in headers and len(headers) == len(set(headers))


def _letters(world: World) -> list[Any]:
    from kanban.mail import prepare
    from kanban.mail.compose import renderer
    from kanban.mail.office import PostOffice

    with world.app.app_context():
        office = PostOffice.from_config(world.app.config["KANBAN"])
        render = renderer(world.app.jinja_env)
        with world.reading() as session:
            ids = list(session.scalars(sa.select(Delivery.id).where(Delivery.kind != "update").order_by(Delivery.id)))
            found = [each for each in (prepare.load(session, one) for one in ids) if each is not None]
            due = [each for each in found if not prepare.objection(session, each)]
            return [prepare.letter_for(session, each, office, render) for each in due]


def test_a_link_to_an_update_is_signed_for_its_product_only(told: World) -> None:
    token = links.sign("another installation's key", Purpose.ASK, 1, 1)
    assert told.browser().post(f"/u/{token}", {"body": "Why?"}).status_code == 404
