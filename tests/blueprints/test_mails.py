"""The mails of an update, as they will be and as they were sent."""

import re

import sqlalchemy as sa

from kanban.models import Delivery, Stakeholder
from tests.builders import World
from tests.reporting import UPDATES, add_stakeholders, begin, form_of, publish


def test_the_preview_is_the_mail_in_a_frame_that_can_do_nothing(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    begin(world)
    browser = world.browser("olga")
    browser.post(f"{UPDATES}/1", form_of(world, 1, headline="Six weeks late"))
    page = browser.get(f"{UPDATES}/1/preview")
    assert page.text.count("sandbox") == 2
    assert "Sunniva" in page.text
    mail = browser.get(f"{UPDATES}/1/preview/mail")
    assert "Six weeks late" in mail.text
    policy = mail.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "frame-ancestors 'self'" in policy
    assert not re.search(r"/u/[a-z]-\d", page.text + mail.text)


def test_a_copy_that_was_kept_is_read_here_with_its_links_masked(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    publish(world, begin(world), "Six weeks late")
    with world.reading() as session:
        delivery_id = session.scalars(sa.select(Delivery.id)).one()
    browser = world.browser("lea")
    page = browser.get(f"{UPDATES}/1/mails/{delivery_id}")
    assert "to Sunniva" in page.text
    mail = browser.get(f"{UPDATES}/1/mails/{delivery_id}/mail")
    assert "Six weeks late" in mail.text
    assert not re.search(r"/u/[a-z]-\d", page.text + mail.text)
    assert browser.get(f"{UPDATES}/1/mails/{delivery_id + 1}").status_code == 404
    assert world.browser("dev").get(f"{UPDATES}/1/mails/{delivery_id}").status_code == 403


def test_the_demos_readers_are_nobody_so_their_page_may_be_opened(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    with world.writing() as session:
        session.scalars(sa.select(Stakeholder)).one().email = "sunniva@island.example"
    publish(world, begin(world))
    with world.reading() as session:
        delivery_id = session.scalars(sa.select(Delivery.id)).one()
    browser = world.browser("olga")
    page = browser.get(f"{UPDATES}/1/mails/{delivery_id}").text
    link = re.search(r'href="(/u/[^"]+)"', page)
    assert link is not None
    assert "personal page of Sunniva" in world.browser().get(link.group(1)).text


def test_the_brief_form_is_previewed_as_well(world: World) -> None:
    world.item("Wallet", "Done")
    begin(world)
    browser = world.browser("olga")
    assert "Wallet" in browser.get(f"{UPDATES}/1/preview/mail").text
    assert "Wallet" not in browser.get(f"{UPDATES}/1/preview/mail?level=brief").text
    assert "level=brief" in browser.get(f"{UPDATES}/1/preview?level=brief").text
