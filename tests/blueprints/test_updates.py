"""Updates as they are read: the list, and what stays as it was."""

import json

import sqlalchemy as sa

from kanban.models import Delivery, DeliveryState
from tests.builders import World
from tests.reporting import UPDATES, add_stakeholders, begin, found, publish


def test_the_empty_page_offers_the_first_update_to_those_who_write_it(world: World) -> None:
    assert "Write the first update" in world.browser("olga").get(UPDATES).text
    assert "Write the first update" not in world.browser("vic").get(UPDATES).text


def test_a_draft_stands_on_top_for_the_owners_side_and_leads_and_is_unknown_to_others(world: World) -> None:
    publish(world, begin(world), "First")
    begin(world)
    for name in ("olga", "dora", "lea"):
        page = world.browser(name).get(UPDATES).text
        assert page.index("No headline yet") < page.index("First")
    for name in ("dev", "vic"):
        browser = world.browser(name)
        assert "No headline yet" not in browser.get(UPDATES).text
        assert browser.get(f"{UPDATES}/2").status_code == 404
        assert browser.get(f"{UPDATES}/1").status_code == 200


def test_how_the_mails_fare_is_for_the_owners_side_and_leads(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    publish(world, begin(world))
    for name in ("olga", "dora", "lea"):
        assert "Sunniva" in world.browser(name).get(f"{UPDATES}/1").text
    for name in ("dev", "vic"):
        browser = world.browser(name)
        assert "Sunniva" not in browser.get(f"{UPDATES}/1").text
        assert browser.get(f"{UPDATES}/1/preview").status_code == 403


def test_a_stranger_finds_nothing(world: World) -> None:
    begin(world)
    stranger = world.browser("sam")
    for path in (UPDATES, f"{UPDATES}/1", f"{UPDATES}/1/preview", f"{UPDATES}/1/publish"):
        assert stranger.get(path).status_code == 404
    for path in (UPDATES, f"{UPDATES}/1", f"{UPDATES}/1/publish", f"{UPDATES}/1/throw-away", f"{UPDATES}/1/correct"):
        assert stranger.post(path).status_code == 404


def test_what_was_kept_is_not_said_to_have_been_got(world: World) -> None:
    add_stakeholders(world, "Sunniva", "Tor")
    publish(world, begin(world), "Six weeks late")
    page = world.browser("olga").get(f"{UPDATES}/1").text
    assert "Who got it" in page and "reached nobody" not in page
    with world.writing() as session:
        session.execute(sa.update(Delivery).values(state=DeliveryState.KEPT))
    page = world.browser("olga").get(f"{UPDATES}/1").text
    assert "Who got it" not in page
    assert "There was no mail server: 2 mails were kept here and have reached nobody." in page


def test_a_published_update_is_the_same_to_the_byte_after_the_product_changed(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    ref = world.item("Wallet", "Done")
    publish(world, begin(world), "Wallet is out")
    before = found(world, 1)
    mail = world.browser("olga").get(f"{UPDATES}/1/preview/mail").text
    world.change(ref, "edit", {"title": "Purse"}, revision=1)
    world.move(ref, "In progress")
    with world.changing() as (_session, product, member):
        product.configure(by=member, name="Something else", goal="Another goal")
    after = found(world, 1)
    assert json.dumps(after.snapshot) == json.dumps(before.snapshot)
    assert (after.headline, after.sections) == (before.headline, before.sections)
    page = world.browser("vic").get(f"{UPDATES}/1").text
    assert "Wallet" in page
    assert "Purse" not in page
    assert world.browser("olga").get(f"{UPDATES}/1/preview/mail").text == mail
