"""An owner hears in the inbox who of the stakeholders has read an update: one line an update, for whoever wants it."""

import pytest
import sqlalchemy as sa

from kanban.mail.links import Purpose
from kanban.models import NotificationKind, Way
from kanban.reads.inbox import inbox
from kanban.reads.inbox.inbox import Line
from tests.blueprints.test_inbox import choose, heard
from tests.builders import World
from tests.reporting import add_stakeholders, begin, link_of, publish


def lines(world: World, name: str = "olga") -> list[Line]:
    with world.reading() as session:
        return inbox.read_inbox(session, world.ids[name])


def read_by(world: World, *names: str) -> None:
    for name in names:
        assert world.browser().post(link_of(world, name, Purpose.READ)).status_code == 200


def become(world: World, role: str) -> None:
    """Olga is only that in the product from now on."""
    with world.writing() as session:
        session.execute(
            sa.text("UPDATE member SET role = :role WHERE user_id = :id"), {"role": role, "id": world.ids["olga"]}
        )


@pytest.fixture
def told(both: World) -> World:
    add_stakeholders(both, "Sunniva", "Tor", "Rita")
    publish(both, begin(both), "Six weeks late")
    return both


def test_readers_of_an_update_are_one_line_that_counts_until_it_is_read(told: World) -> None:
    read_by(told, "Sunniva", "Tor", "Tor")
    [line] = lines(told)
    assert (line.kind, line.what, line.items, line.title) == ("acknowledged", "acknowledged", 2, "Six weeks late")
    assert line.path == "/products/FE/updates/1"
    page = told.browser("olga").get("/inbox").text
    assert "Tor and Sunniva have read an update" in page and "Six weeks late" in page
    answer = told.browser("olga").post(f"/inbox/{line.id}/open")
    assert answer.headers["Location"].endswith("/products/FE/updates/1")
    assert [each.is_read for each in lines(told)] == [True]
    read_by(told, "Rita")
    [line] = lines(told)
    assert (line.items, line.is_read, line.who) == (1, False, ("Rita",))
    assert "Rita has read an update" in told.browser("olga").get("/inbox").text
    assert [lines(told, name) for name in ("dora", "dev", "lea", "vic", "sam")] == [[]] * 5
    assert heard(told, "olga") == [("acknowledged", "acknowledged")], "and no mail at once"
    assert [kind for kind, _ in told.mails() if kind == "notification"] == []


def test_of_many_readers_the_last_two_are_named_and_the_others_counted(told: World) -> None:
    add_stakeholders(told, "Ada", "Bo")
    publish(told, begin(told), "Seven weeks late")
    for name in ("Sunniva", "Tor", "Rita", "Ada"):
        assert told.browser().post(link_of(told, name, Purpose.READ, 2)).status_code == 200
    assert "Ada, Rita and 2 others have read an update" in told.browser("olga").get("/inbox").text
    assert told.browser().post(link_of(told, "Bo", Purpose.READ, 2)).status_code == 200
    assert "Bo, Ada and 3 others have read an update" in told.browser("olga").get("/inbox").text
    become(told, "lead")
    assert "Bo, Ada and 3 others have read an update" in told.browser("olga").get("/inbox").text


@pytest.mark.parametrize("role", ["developer", "viewer"])
def test_whoever_sees_no_stakeholders_any_more_is_not_told_how_many_there_are(told: World, role: str) -> None:
    read_by(told, "Sunniva", "Tor")
    [line] = lines(told)
    become(told, role)
    assert lines(told) == []
    with told.reading() as session:
        assert session.scalar(sa.select(inbox.unread_of(told.ids["olga"]))) == 0
        assert told.ids["olga"] not in inbox.readers_waiting(session)
    assert "have read" not in told.browser("olga").get("/inbox").text
    followed = told.browser("olga").post(f"/inbox/{line.id}/open")
    assert followed.headers["Location"] == "/inbox"


def test_whoever_wants_none_of_it_gets_none(told: World) -> None:
    choose(told, "olga", NotificationKind.ACKNOWLEDGED, Way.OFF)
    read_by(told, "Sunniva")
    assert lines(told) == []
    choose(told, "olga", NotificationKind.ACKNOWLEDGED, Way.AT_ONCE)
    read_by(told, "Tor", "Rita")
    assert [line.items for line in lines(told)] == [2]
    assert [kind for kind, _ in told.mails() if kind == "notification"] == ["notification"]
    page = told.browser("olga").get("/me").text
    assert "A stakeholder has read an update" in page


def test_what_was_told_goes_with_the_membership(told: World) -> None:
    read_by(told, "Sunniva")
    with told.writing() as session:
        session.execute(sa.text("DELETE FROM member WHERE user_id = :id"), {"id": told.ids["olga"]})
    assert lines(told) == []
