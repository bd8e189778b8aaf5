"""Since you last looked: what others changed is marked until the visit in which it was seen has ended."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.models import Product
from kanban.reads import seen
from tests.builders import Browser, World

BOARD, BACKLOG, SEEN = "/products/FE/board", "/products/FE/backlog", "/products/FE/seen"
NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)  # a Tuesday


def marked(browser: Browser, page: str = BOARD) -> list[str]:
    """The references with a dot."""
    return re.findall(r'class="(?:card|row)[^"]* is-news"(?: id="[^"]*")? data-item="([^"]+)"', browser.get(page).text)


def _version(world: World) -> str:
    """The version that the product is at."""
    with world.reading() as session:
        return str(session.scalars(sa.select(Product.version).where(Product.key == "FE")).one())


def look(browser: Browser, at_version: str) -> None:
    assert browser.post(SEEN, {"version": at_version}, hx=True).status_code == 204


def test_what_others_change_after_a_visit_is_new_to_the_next_one(both: World) -> None:
    world = both
    with clock.at(NOON) as now:
        one, two = world.item("One", "Ready"), world.item("Two", "Ready")
        row, other = world.item("Row"), world.item("Other")
        dev = world.browser("dev")
        assert marked(dev) == [], "nothing is new to who never looked"
        look(dev, _version(world))
        world.change(one, "comment", "Seen by you", by="dev")
        world.change(two, "comment", "New to you", by="olga")
        world.change(row, "comment", "New to you", by="olga")
        now.advance(days=1)
        for _ in range(2):
            assert marked(dev) == [two] and marked(dev, BACKLOG) == [two, row], "reading changes nothing"
        page = dev.get(BOARD).text
        assert "1 changed since Tuesday" in page and "changed since you last looked" in page

        look(dev, _version(world))
        now.advance(minutes=20)
        world.change(one, "comment", "Meanwhile", by="olga")
        assert marked(dev) == [one, two], "the visit goes on: a reload loses nothing"
        look(dev, _version(world))
        now.advance(hours=2)
        assert marked(dev) == [] and marked(dev, BACKLOG) == [], "the next visit begins where this one ended"
        assert other


def test_a_filter_shows_only_what_is_new_and_a_button_ends_it(world: World) -> None:
    with clock.at(NOON) as now:
        one, two, row, other = (
            world.item(title, where)
            for title, where in (("One", "Ready"), ("Two", "Ready"), ("Row", "Backlog"), ("Other", "Backlog"))
        )
        dev = world.browser("dev")
        look(dev, _version(world))
        base = _version(world)
        world.change(two, "comment", "New to you", by="olga")
        world.change(one, "comment", "Mine", by="dev")
        world.change(row, "comment", "New to you", by="olga")
        now.advance(hours=1)
        page = dev.get(BOARD).text
        assert f'name="changed" value="{base}"' in page
        narrowed = dev.get(f"{BOARD}?changed={base}").text
        assert re.findall(r'<article class="card[^"]*" data-item="([^"]+)"', narrowed) == [two]
        hidden = re.findall(r'data-item="([^"]+)" hidden', dev.get(f"{BACKLOG}?q=changed").text)
        assert other in hidden and row not in hidden
        answer = dev.post(SEEN, {"all": "1", "next": BACKLOG})
        assert (answer.status_code, answer.headers["Location"]) == (303, BACKLOG)
        assert marked(dev) == [] and "changed since" not in dev.get(BOARD).text.replace("changed since you last", "")


def test_an_old_screen_does_not_turn_the_mark_back_nor_a_wrong_one_ahead(world: World) -> None:
    with clock.at(NOON) as now:
        one = world.item("One", "Ready")
        dev = world.browser("dev")
        look(dev, "999999")
        world.change(one, "comment", "New to you", by="olga")
        now.advance(hours=1)
        assert marked(dev) == [one]
        look(dev, "1")
        now.advance(hours=1)
        assert marked(dev) == [one]


def test_each_person_has_a_mark_of_their_own_and_only_members_have_one(world: World) -> None:
    one = world.item("One", "Ready")
    with clock.at(NOON) as now:
        for name in ("dev", "vic"):
            look(world.browser(name), _version(world))
        world.change(one, "comment", "Mine", by="dev")
        now.advance(hours=1)
        assert marked(world.browser("vic")) == [one] and marked(world.browser("dev")) == []
        assert world.browser("sam").post(SEEN, {"version": "1"}, hx=True).status_code == 404
        assert world.browser().post(SEEN, {"version": "1"}, hx=True).status_code == 401


def test_of_very_many_the_last_ones_are_marked_and_the_line_says_that_there_are_more(
    both: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "MOST", 2)
    monkeypatch.setattr(seen, "_CHANGED", seen._CHANGED.limit(3))
    with clock.at(NOON) as now:
        refs = [both.item(title, "Ready") for title in ("One", "Two", "Three")]
        dev = both.browser("dev")
        look(dev, _version(both))
        for ref in (refs[2], refs[0]):
            both.change(ref, "comment", "New to you", by="olga")
        assert "2 changed today" in dev.get(BOARD).text
        both.change(refs[1], "comment", "New to you", by="olga")
        both.change(refs[2], "comment", "Once more", by="olga")
        assert sorted(marked(dev)) == refs[1:]
        assert "more than 2 changed today" in dev.get(BOARD).text
        now.advance(days=1)
        assert "more than 2 changed since Tuesday" in dev.get(BOARD).text
