"""A stakeholder's address is corrected: whose it may not be, which links end, and what becomes of the mails."""

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.mail.links import Purpose
from kanban.mail.outbox import Outbox, Outcome
from kanban.models import Delivery, DeliveryState, Event, Level
from kanban.models.delivery import ACTS_FOR
from tests.blueprints.test_kept_mails import set_up_mail, text_of, work
from tests.builders import World, sound
from tests.mail.server import Behaviour, MailServer
from tests.reporting import UPDATES, add_stakeholders, begin, deliveries, link_of, person, publish

PEOPLE = "/products/FE/stakeholders"
OLD, NEW = "sunniva@island.example.org", "sunniva@ferry.example.org"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer().running() as server:
        yield server


def here(world: World, name: str = "Sunniva") -> str:
    return f"{PEOPLE}/{person(world, name).id}"


def correct(world: World, address: str = NEW, *, name: str = "Sunniva", by: str = "olga") -> tuple[int, str]:
    """Correct the address with the form as its page sends it; answers the status and the page that is seen then."""
    one, browser = person(world, name), world.browser(by)
    form = {"name": one.name, "was_name": one.name, "email": address, "was_email": one.email, "level": one.level.value}
    answer = browser.post(here(world, name), form)
    return answer.status_code, answer.text if answer.status_code != 303 else browser.get(PEOPLE).text


def mark_refused(world: World, *, name: str = "Sunniva", kind: str = "update") -> None:
    with world.writing() as session:
        mine = sa.and_(Delivery.stakeholder_id == person(world, name).id, Delivery.kind == kind)
        refused = {"state": DeliveryState.REFUSED, "trouble": f"550 {OLD} unknown", "attempts": 3}
        session.execute(sa.update(Delivery).where(mine).values(**refused))


def test_the_form_has_the_address_and_says_what_another_one_means(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    for hx in (False, True):
        page = world.browser("dora").get(f"{here(world)}/edit", hx=hx).text
        assert f'name="email" type="email" value="{OLD}"' in page
        assert "If it changes, links sent so far stop working." in page
        assert "refused" not in page


def test_a_corrected_address_ends_what_the_wrong_one_got(both: World) -> None:
    add_stakeholders(both, "Sunniva")
    publish(both, begin(both))
    old = {purpose: link_of(both, "Sunniva", purpose) for purpose in Purpose}
    status, page = correct(both, by="dora")
    assert (status, f"Sunniva now gets mails at {NEW}." in page) == (303, True)
    assert person(both, "Sunniva").email == NEW and OLD not in page
    for link in old.values():
        assert both.browser().get(link).status_code == 404
        assert both.browser().post(link).status_code == 404
    assert both.browser().get(link_of(both, "Sunniva", Purpose.READ)).status_code == 200
    assert both.kinds() == ["stakeholder_changed", "stakeholder_links_renewed"]
    with both.reading() as session:
        told = str(list(session.scalars(sa.select(Event.data))))
    assert OLD not in told and NEW not in told
    assert sound(both)


def test_written_otherwise_it_is_the_same_address_and_its_links_stay(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    publish(world, begin(world))
    version = world.version()
    status, page = correct(world, " SUNNIVA@Island.Example.ORG ")
    assert (status, "gets mails at" in page, world.version()) == (303, False, version)
    assert world.browser().get(link_of(world, "Sunniva", Purpose.READ)).status_code == 200
    assert person(world, "Sunniva").link_serial == 1


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "does not look like"),
        ("sunniva", "does not look like"),
        ("sunniva@ferry.example.org\r\nBcc: x@y.example", "does not look like"),
        ("tor@island.example.org", "Tor already has this address."),
        ("TOR@island.example.org", "Tor already has this address."),
        ("eva@island.example.org", "Eva had this address and is off the list."),
    ],
)
def test_an_address_that_can_not_be_theirs_is_named_beside_the_field(both: World, address: str, words: str) -> None:
    add_stakeholders(both, "Sunniva", "Tor", "Eva")
    both.browser("olga").post(f"{here(both, 'Eva')}/remove")
    version = both.version()
    status, page = correct(both, address)
    assert (status, words in page) == (422, True)
    assert 'aria-invalid="true"' in page.split('id="person-email"')[1].split(">")[0]
    assert (person(both, "Sunniva").email, both.version()) == (OLD, version)


def test_a_members_address_may_be_a_stakeholders(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    assert correct(world, "vic@example.org")[0] == 303
    assert person(world, "Sunniva").email == "vic@example.org"


def test_what_two_make_of_one_address_is_told(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    browser, path = world.browser("olga"), here(world)
    correct(world)
    answer = browser.post(path, {"email": "other@ferry.example.org", "was_email": OLD})
    assert (answer.status_code, f"“{NEW}”" in answer.text) == (422, True)
    assert person(world, "Sunniva").email == NEW


def test_a_mail_that_waits_goes_to_the_new_address(world: World, server: MailServer) -> None:
    add_stakeholders(world, "Sunniva")
    set_up_mail(world, server.url)
    publish(world, begin(world))
    correct(world)
    work(world)
    assert list(server.taken) == [NEW]


def test_a_mail_that_was_put_off_is_tried_at_the_new_address_at_once(both: World, server: MailServer) -> None:
    add_stakeholders(both, "Sunniva")
    set_up_mail(both, server.url)
    server.misbehave(OLD, Behaviour.REFUSE_FOR_NOW, times=9)
    publish(both, begin(both))
    work(both)
    assert deliveries(both) == [("Sunniva", "waiting")]
    correct(both)
    work(both)
    assert (list(server.taken), deliveries(both)) == ([NEW], [("Sunniva", "sent")])


@pytest.mark.parametrize("end", [DeliveryState.SENT, DeliveryState.REFUSED])
def test_a_mail_that_is_under_way_to_the_old_address_goes_to_the_new_one_as_well(
    both: World, server: MailServer, end: DeliveryState
) -> None:
    add_stakeholders(both, "Sunniva")
    set_up_mail(both, server.url)
    publish(both, begin(both))
    sender = Outbox()
    with both.app.app_context():
        first = sender.take()
    correct(both)
    with both.app.app_context():
        again = sender.take()
        assert first and again and again.attempt > first.attempt
        sender.record_outcome(first, Outcome(end))
        sender.record_outcome(again, Outcome(DeliveryState.WAITING))
    work(both)
    assert (list(server.taken), deliveries(both)) == ([NEW], [("Sunniva", "sent")])


def test_the_update_that_the_wrong_address_refused_goes_to_the_right_one_once(both: World, server: MailServer) -> None:
    add_stakeholders(both, "Sunniva", "Tor")
    set_up_mail(both, server.url)
    server.misbehave(OLD, Behaviour.REFUSE_FOREVER, times=2)
    for headline in ("All is well", "All is better"):
        publish(both, begin(both), headline)
        work(both)
    assert "and so does one that was refused" in both.browser("olga").get(f"{here(both)}/edit").text
    assert "One mail that was refused goes there." in correct(both)[1]
    work(both)
    (mail,) = server.taken[NEW]
    assert mail["Subject"] == "Ferry: All is better"
    assert "your first mail" in text_of(mail)
    assert deliveries(both)[:2] == [("Sunniva", "refused"), ("Sunniva", "sent")]
    correct(both, "sunniva@third.example.org")
    work(both)
    assert sorted(server.taken) == [NEW, "tor@island.example.org"]


def test_the_first_mail_at_the_right_address_says_who_put_them_on_the_list(both: World, server: MailServer) -> None:
    set_up_mail(both, server.url)
    with clock.at(clock.now() - dt.timedelta(hours=1)):
        add_stakeholders(both, "Sunniva")
        publish(both, begin(both))
        work(both)
    publish(both, begin(both), "All is better")
    correct(both)
    work(both)
    publish(both, begin(both), "All is best")
    work(both)
    firsts = ["your first mail" in text_of(mail) for mail in (*server.taken[OLD], *server.taken[NEW])]
    assert firsts == [True, True, False]


def test_an_earlier_update_that_was_refused_stays_where_a_later_one_arrived(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    publish(world, begin(world))
    mark_refused(world)
    publish(world, begin(world), "All is better")
    with world.writing() as session:
        session.execute(sa.update(Delivery).where(Delivery.update_id > 1).values(state=DeliveryState.SENT))
    assert "refused" not in correct(world)[1]
    assert deliveries(world) == [("Sunniva", "refused"), ("Sunniva", "sent")]


def test_who_wants_no_updates_is_sent_none_at_the_new_address(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    publish(world, begin(world))
    mark_refused(world)
    world.browser("olga").post(here(world), {"level": "none"})
    correct(world)
    assert (person(world, "Sunniva").level, deliveries(world)) == (Level.NONE, [("Sunniva", "refused")])


def test_an_update_that_is_corrected_or_long_past_is_not_sent_again(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    publish(world, begin(world))
    mark_refused(world)
    with clock.at(clock.now() + ACTS_FOR):
        correct(world)
    assert deliveries(world) == [("Sunniva", "refused")]
    world.browser("olga").post(f"{UPDATES}/1/correct")
    add_stakeholders(world, "Tor")
    publish(world, 2, "All is not well")
    with world.writing() as session:
        session.execute(sa.delete(Delivery).where(Delivery.update_id == 2))
    correct(world, "sunniva@third.example.org")
    assert deliveries(world) == [("Sunniva", "refused")]


def test_what_became_of_a_request_goes_to_the_right_address(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    with world.writing() as session:
        sunniva = person(world, "Sunniva")
        session.add(Delivery(kind="lost_link", stakeholder_id=sunniva.id, context={}, product_id=sunniva.product_id))
    mark_refused(world, kind="lost_link")
    assert "One mail that was refused goes there." in correct(world)[1]
    assert deliveries(world, "lost_link") == [("Sunniva", "waiting")]
    with world.reading() as session:
        assert [OLD in str(row) for row in session.scalars(sa.select(Delivery.trouble))] == [False]


def test_the_lost_link_goes_to_the_new_address_alone(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    correct(world)
    for address in (OLD, NEW):
        world.browser().post("/lost-link", {"email": address})
    assert deliveries(world, "lost_link") == [("Sunniva", "waiting")]


def test_a_removed_persons_address_is_not_corrected(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    path = here(world)
    world.browser("olga").post(f"{path}/remove")
    assert world.browser("olga").post(path, {"email": NEW}).status_code == 404
