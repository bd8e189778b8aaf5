"""Behind a personal link: GET shows, POST acts, each link is good for one thing, and a dead one says nothing."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.mail import links
from kanban.mail.links import Purpose
from kanban.models import Delivery, Level
from tests.builders import World
from tests.reporting import add_stakeholders, answers, begin, deliveries, link_of, person, publish


@pytest.fixture
def told(world: World) -> World:
    """Update 1 was published to Sunniva and Tor."""
    add_stakeholders(world, "Sunniva", "Tor")
    publish(world, begin(world), "Six weeks late")
    return world


def test_the_page_shows_the_update_and_whose_link_it_is(told: World) -> None:
    page = told.browser().get(link_of(told, "Sunniva", Purpose.READ))
    assert page.status_code == 200
    for words in ("Six weeks late", "personal page of Sunniva", "Not you?", "I have read this"):
        assert words in page.text
    assert "Tor" not in page.text


def test_no_cookie_no_search_engine_no_referrer(told: World) -> None:
    for purpose in Purpose:
        answer = told.browser().get(link_of(told, "Sunniva", purpose))
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert '<meta name="referrer" content="no-referrer">' in answer.text


@pytest.mark.parametrize("purpose", list(Purpose))
def test_looking_changes_nothing_however_often_a_scanner_comes(told: World, purpose: Purpose) -> None:
    browser, link = told.browser(), link_of(told, "Sunniva", purpose)
    for _ in range(3):
        assert browser.get(link).status_code == 200
        assert browser.client.head(link).status_code == 200
    assert (answers(told), deliveries(told, "receipt")) == ([], [])
    assert person(told, "Sunniva").level is Level.FULL


def test_reading_is_acknowledged_once_and_answered_by_a_receipt(both: World) -> None:
    add_stakeholders(both, "Sunniva")
    publish(both, begin(both))
    browser, link = both.browser(), link_of(both, "Sunniva", Purpose.READ)
    assert "can see that you have read this" in browser.post(link).text
    assert browser.post(link).status_code == 200
    assert "can see that you have read this" in browser.get(link).text
    assert answers(both) == ["acknowledged"]
    assert deliveries(both, "receipt") == [("Sunniva", "waiting")]
    assert "read it" in both.browser("olga").get("/products/FE/updates/1").text


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_one_click_stops_the_mails_without_cookie_token_or_redirect(both: World, content_type: str) -> None:
    add_stakeholders(both, "Sunniva")
    publish(both, begin(both))
    link = link_of(both, "Sunniva", Purpose.STOP)
    client = both.app.test_client(use_cookies=False)
    for _ in range(2):
        answer = client.post(link, data={"List-Unsubscribe": "One-Click"}, content_type=content_type)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
    assert person(both, "Sunniva").level is Level.NONE
    assert answers(both) == ["unsubscribed"]
    assert deliveries(both, "receipt") == [("Sunniva", "waiting")]


def test_a_mail_program_of_another_site_may_press_it(told: World) -> None:
    client = told.app.test_client(use_cookies=False)
    headers = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
    answer = client.post(
        link_of(told, "Sunniva", Purpose.STOP), data={"List-Unsubscribe": "One-Click"}, headers=headers
    )
    assert answer.status_code == 200


def test_the_level_is_chosen_and_one_can_come_back(told: World) -> None:
    browser, link = told.browser(), link_of(told, "Sunniva", Purpose.PREFERENCES)
    assert "Saved." in browser.post(link, {"level": "brief"}).text
    assert person(told, "Sunniva").level is Level.BRIEF
    browser.post(link, {"level": "none"})
    browser.post(link, {"level": "full"})
    assert person(told, "Sunniva").level is Level.FULL
    assert deliveries(told, "receipt") == [("Sunniva", "waiting")] * 3
    for nonsense in ({"level": "all"}, {}, {"level": "full"}):
        assert browser.post(link, nonsense).status_code == 200
    assert len(deliveries(told, "receipt")) == 3


def test_a_link_is_good_for_one_thing_only(told: World) -> None:
    browser = told.browser()
    browser.post(link_of(told, "Sunniva", Purpose.READ), {"level": "none", "List-Unsubscribe": "One-Click"})
    assert person(told, "Sunniva").level is Level.FULL
    browser.post(link_of(told, "Sunniva", Purpose.PREFERENCES), {"List-Unsubscribe": "One-Click"})
    assert person(told, "Sunniva").level is Level.FULL
    browser.post(link_of(told, "Sunniva", Purpose.STOP), {"level": "brief"})
    assert person(told, "Sunniva").level is Level.NONE
    assert answers(told) == ["acknowledged", "unsubscribed"]


def test_the_page_leads_to_what_its_own_mail_leads_to_and_to_nothing_of_others(told: World) -> None:
    page = told.browser().get(link_of(told, "Sunniva", Purpose.READ)).text
    for purpose in (Purpose.ASK, Purpose.PREFERENCES, Purpose.STOP, Purpose.REPORT):
        assert link_of(told, "Sunniva", purpose) in page
    for purpose in Purpose:
        assert link_of(told, "Tor", purpose) not in page


def test_another_persons_delivery_can_not_be_named_in_a_link(told: World) -> None:
    mine, theirs = (link_of(told, name, Purpose.READ).removeprefix("/u/") for name in ("Sunniva", "Tor"))
    letter, _, serial, signature = mine.split("-")
    forged = f"/u/{letter}-{theirs.split('-')[1]}-{serial}-{signature}"
    assert told.browser().get(forged).status_code == 404
    assert told.browser().post(forged).status_code == 404
    assert answers(told) == []


@pytest.mark.parametrize("token", ["x", "r-1-1-" + "a" * 32, "s-999-1-" + "a" * 32, "r-0-1-abc", "%00", "r-1-1"])
def test_a_link_that_never_was_answers_like_a_dead_one(told: World, token: str) -> None:
    for answer in (told.browser().get(f"/u/{token}"), told.browser().post(f"/u/{token}")):
        assert answer.status_code == 404
        assert "This link does not work" in answer.text
        assert "Set-Cookie" not in answer.headers


def test_a_removed_persons_links_do_nothing(told: World) -> None:
    saved = {purpose: link_of(told, "Sunniva", purpose) for purpose in Purpose}
    told.browser("olga").post(f"/products/FE/stakeholders/{person(told, 'Sunniva').id}/remove")
    current = {purpose: link_of(told, "Sunniva", purpose) for purpose in Purpose}
    for link in (*saved.values(), *current.values()):
        assert told.browser().get(link).status_code == 404
        assert told.browser().post(link, {"level": "full"}).status_code == 404
    assert answers(told) == []


def test_earlier_updates_sent_to_the_same_person_are_listed(told: World) -> None:
    add_stakeholders(told, "Late")
    publish(told, begin(told), "Four weeks late")
    page = told.browser().get(link_of(told, "Sunniva", Purpose.READ, 2)).text
    assert link_of(told, "Sunniva", Purpose.READ, 1) in page
    assert "Six weeks late" in page
    assert "Six weeks late" not in told.browser().get(link_of(told, "Late", Purpose.READ, 2)).text


def test_earlier_updates_carry_the_products_day(world: World) -> None:
    with world.changing() as (_session, product, _member):
        product.time_zone = "Europe/Oslo"
    add_stakeholders(world, "Sunniva")
    for evening in (1, 2):
        with clock.at(dt.datetime(2026, 11, evening, 23, 30, tzinfo=dt.UTC)):
            publish(world, begin(world), "Late again")
    page = world.browser().get(link_of(world, "Sunniva", Purpose.READ, 2)).text
    assert re.findall(r'<time datetime="([^"]+)"', page) == ["2026-11-03", "2026-11-02"]


def test_a_receipts_link_leads_to_what_one_gets(told: World) -> None:
    told.browser().post(link_of(told, "Sunniva", Purpose.STOP))
    with told.reading() as session:
        receipt = session.scalars(sa.select(Delivery).where(Delivery.kind == "receipt")).one()
        token = links.sign(told.app.config["KANBAN"].secret_key, Purpose.PREFERENCES, receipt.id, 1)
        reading = links.sign(told.app.config["KANBAN"].secret_key, Purpose.READ, receipt.id, 1)
    told.browser().post(f"/u/{token}", {"level": "full"})
    assert person(told, "Sunniva").level is Level.FULL
    assert told.browser().get(f"/u/{reading}").status_code == 404
    assert told.browser().post(f"/u/{reading}").status_code == 404


def test_the_page_stays_frozen_and_what_was_typed_stays_text(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    probe = "<script>alert(1)</script>"
    world.item(probe, "Done")
    publish(world, begin(world), probe)
    link = link_of(world, "Sunniva", Purpose.READ)
    before = world.browser().get(link).text
    assert "<script>alert" not in before
    world.change("FE-1", "edit", {"title": "Changed"}, revision=1)
    assert world.browser().get(link).text == before
