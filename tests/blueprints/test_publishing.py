"""Publishing a draft once: the last look, the frozen words, one mail a person."""

import pytest
import sqlalchemy as sa

from kanban.models import Level, Stakeholder, UpdateState
from kanban.reads.updates import updates as read_updates
from tests.builders import World
from tests.reporting import UPDATES, add_stakeholders, begin, deliveries, form_of, found


def test_publishing_freezes_it_and_writes_one_mail_a_person(both: World) -> None:
    add_stakeholders(both, "Sunniva", "Tor", "Eva")
    with both.writing() as session:
        session.scalars(sa.select(Stakeholder).where(Stakeholder.name == "Eva")).one().level = Level.NONE
    begin(both)
    browser = both.browser("olga")
    browser.post(f"{UPDATES}/1", form_of(both, 1, headline="Six weeks late"))
    assert "Publish to 2 people" in browser.get(f"{UPDATES}/1/publish").text
    answer = browser.post(f"{UPDATES}/1/publish", {"revision": "2", "command": "abc", "next": f"{UPDATES}/1"})
    assert answer.headers["Location"] == f"{UPDATES}/1"
    assert deliveries(both) == [("Sunniva", "waiting"), ("Tor", "waiting")]
    assert both.kinds() == ["update_published"]
    again = browser.post(f"{UPDATES}/1/publish", {"revision": "2", "command": "abc", "next": f"{UPDATES}/1"})
    assert again.status_code == 303
    assert len(deliveries(both)) == 2


@pytest.mark.parametrize(("name", "allowed", "status"), [("dora", True, 303), ("dora", False, 403), ("lea", True, 403)])
def test_a_delegate_publishes_where_the_product_allows_it(world: World, name: str, allowed: bool, status: int) -> None:
    begin(world)
    with world.changing() as (_session, product, member):
        product.configure(by=member, delegates_publish=allowed)
    world.browser("olga").post(f"{UPDATES}/1", form_of(world, 1, headline="Ready"))
    browser = world.browser(name)
    assert browser.get(f"{UPDATES}/1/publish").status_code == (200 if status == 303 else 403)
    assert browser.post(f"{UPDATES}/1/publish", {"revision": "2"}).status_code == status
    assert (found(world, 1).state is UpdateState.PUBLISHED) == (status == 303)


def test_what_was_not_looked_at_is_not_published(world: World) -> None:
    begin(world)
    browser = world.browser("olga")
    browser.post(f"{UPDATES}/1", form_of(world, 1, headline="Ready"))
    world.browser("dora").post(f"{UPDATES}/1", form_of(world, 1, headline="Something else"))
    assert browser.post(f"{UPDATES}/1/publish", {"revision": "2"}).status_code == 409
    assert found(world, 1).state is UpdateState.DRAFT


def test_the_last_look_shows_every_word_that_goes_out(world: World) -> None:
    begin(world)
    words = {"headline": "Ready", "summary": "Read this twice", "health_reason": "We are sure"}
    lines = [{"kind": "problems", "lines": [{"text": "The quay is closed", "note": "until spring"}]}]
    with world.changing("dora") as (session, product, member):
        update = read_updates.update_under_lock(session, product, 1)
        assert update is not None
        update.edit({**words, "sections": lines}, by=member)
    page = world.browser("olga").get(f"{UPDATES}/1/publish").text
    for word in (*words.values(), "The quay is closed", "until spring"):
        assert word in page, word


def test_without_a_headline_nothing_goes_out(world: World) -> None:
    begin(world)
    browser = world.browser("olga")
    assert "It needs a headline" in browser.get(f"{UPDATES}/1/publish").text
    assert browser.post(f"{UPDATES}/1/publish", {"revision": "1"}).status_code == 409


def test_without_stakeholders_it_is_published_for_the_members(world: World) -> None:
    begin(world)
    browser = world.browser("olga")
    browser.post(f"{UPDATES}/1", form_of(world, 1, headline="Ready"))
    assert "not mailed to anybody" in browser.get(f"{UPDATES}/1/publish").text
    assert browser.post(f"{UPDATES}/1/publish", {"revision": "2"}).status_code == 303
    assert "Ready" in world.browser("vic").get(f"{UPDATES}/1").text
