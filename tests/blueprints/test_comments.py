"""Comments reworded and removed: by whom, what stays of them, and who hears of it."""

import datetime as dt

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from kanban import clock
from kanban.models import Comment, Event
from kanban.reads.inbox import inbox
from tests.builders import World, sound


@pytest.fixture
def said(both: World) -> int:
    """dev's comment on FE-1, by its id."""
    both.item("Wallet", "In progress")
    both.browser("dev").post("/items/FE-1/comments", {"body": "Seen *it*"})
    return newest(both).id


def newest(world: World) -> Comment:
    with world.reading() as session:
        found = session.scalars(sa.select(Comment).order_by(Comment.id.desc()).limit(1)).one()
        session.expunge(found)
        return found


def change(
    world: World, comment_id: int, body: str, *, who: str = "dev", status: int = 200, **more: str
) -> TestResponse:
    answer = world.browser(who).post(f"/items/FE-1/comments/{comment_id}", {"body": body, **more}, hx=True)
    assert answer.status_code == status, answer.text
    return answer


def remove(world: World, comment_id: int, *, who: str = "dev", status: int = 200) -> TestResponse:
    answer = world.browser(who).post(f"/items/FE-1/comments/{comment_id}/remove", hx=True)
    assert answer.status_code == status, answer.text
    return answer


def test_whoever_wrote_it_words_it_anew_and_everybody_sees_that(both: World, said: int) -> None:
    page = change(both, said, "Seen it **twice**").text
    assert "<strong>twice</strong>" in page
    assert "(edited)" in page
    assert newest(both).edited_at is not None
    other = both.browser("olga").get("/items/FE-1").text
    assert "(edited)" in other and "Dev changed a comment" in other
    sound(both)


def test_the_same_words_are_no_change(both: World, said: int) -> None:
    version = both.version()
    assert "(edited)" not in change(both, said, "  Seen *it* \r\n").text
    assert both.version() == version


@pytest.mark.parametrize("who", ["olga", "deb", "lea"])
def test_nobody_puts_words_into_the_mouth_of_another(both: World, said: int, who: str) -> None:
    change(both, said, "I never said it", who=who, status=403)
    assert newest(both).body == "Seen *it*"
    assert f'action="/items/FE-1/comments/{said}"' not in both.browser(who).get("/items/FE-1").text


def test_it_is_removed_for_good_by_its_author_and_by_the_owners_side(both: World, said: int) -> None:
    remove(both, said, who="deb", status=403)
    assert "Seen" not in remove(both, said).text
    assert "Dev removed a comment" in both.browser("deb").get("/items/FE-1").text
    both.browser("dev").post("/items/FE-1/comments", {"body": "The password is hunter2"})
    remove(both, newest(both).id, who="olga")
    page = both.browser("olga").get("/items/FE-1").text
    assert "Olga removed a comment by Dev" in page
    assert both.browser("olga").get("/search?q=hunter2").text.count("FE-1") == 0
    with both.reading() as session:
        assert "hunter2" not in str(session.scalars(sa.select(Event.data)).all())
    remove(both, said, status=404)
    sound(both)


def test_a_second_window_that_is_behind_is_told_so_and_keeps_its_words(both: World, said: int) -> None:
    change(both, said, "One window", began="")
    answer = change(both, said, "The other window", began="", status=422).text
    assert "in another window" in answer
    assert "The other window</textarea>" in answer
    assert newest(both).body == "One window"


@pytest.mark.parametrize("body", ["", " \n ", "x" * 20_001])
def test_what_can_not_be_kept_comes_back_with_a_sentence(both: World, said: int, body: str) -> None:
    assert "A comment needs 1 to 20,000 characters." in change(both, said, body, status=422).text
    assert newest(both).body == "Seen *it*"


def test_a_comment_on_another_item_is_not_there(both: World, said: int) -> None:
    both.item("Other")
    for path in ("", "/remove"):
        answer = both.browser("dev").post(f"/items/FE-2/comments/{said}{path}", {"body": "Mine"}, hx=True)
        assert answer.status_code == 404


def told_of(world: World, name: str) -> list[tuple[str, str, str]]:
    """(kind, event, words shown) of what this person has in the inbox, oldest first."""
    world.tell_members()
    with world.reading() as session:
        lines = inbox.read_inbox(session, world.ids[name])
        return [(line.kind, line.what, line.comment) for line in reversed(lines)]


def test_whoever_is_mentioned_only_now_hears_of_it_and_nobody_twice(both: World, said: int) -> None:
    both.tell_members()  # of the comment as it was
    change(both, said, "Seen it, @Deb")
    change(both, said, "Seen it, @Deb and @Olga")
    assert told_of(both, "deb") == [("mention", "comment_edited", "")]
    assert told_of(both, "olga") == [("mention", "comment_edited", "")]
    page = both.browser("deb").get("/inbox").text
    assert "Dev mentioned you" in page


def test_the_inbox_shows_no_other_comment_in_the_place_of_one_that_is_gone(
    both: World, said: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = clock.now() + dt.timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    both.browser("dev").post("/items/FE-1/comments", {"body": "@Deb, look at this"})
    assert told_of(both, "deb") == [("mention", "commented", "@Deb, look at this")]
    remove(both, newest(both).id)
    assert told_of(both, "deb") == [("mention", "commented", "")]
