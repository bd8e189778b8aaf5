"""A row of the backlog edited in place: all four at once, one undo, and no text lost when two write."""

import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.builders import World


def save(
    world: World, ref: str, *, who: str = "olga", status: int = 200, hx: bool = True, **fields: Any
) -> TestResponse:
    sent = {"title": "Paint it", "type": "bug", "size": "M", "labels": "hull, law", "revision": "1", **fields}
    answer = world.browser(who).post(f"/items/{ref}/line", sent, hx=hx)
    assert answer.status_code == status, answer.text
    return answer


def told(world: World, ref: str) -> tuple[str, str, str, list[str]]:
    item = world.found(ref)
    return item.title, item.type.value, item.size, [label.name for label in item.labels]


def test_title_type_size_and_labels_change_as_one_and_go_back_as_one(both: World) -> None:
    ref = both.item("Paint the hull")
    answer = save(both, ref)
    assert told(both, ref) == ("Paint it", "bug", "M", ["hull", "law"])
    assert both.kinds() == ["edited"]
    undo = re.findall(r'action="(/products/FE/undo/\d+)"', answer.text)[0]
    both.browser("olga").post(undo, hx=True)
    assert told(both, ref) == ("Paint the hull", "feature", "", [])


def test_who_wrote_from_an_older_text_keeps_their_own_and_sees_the_other(world: World) -> None:
    ref = world.item("Paint the hull")
    save(world, ref, who="dora", title="Theirs")
    stale = save(world, ref, title="Mine", status=409)
    assert (stale.headers["X-Kanban-Code"], told(world, ref)[0]) == ("stale", "Theirs")
    assert 'value="Mine"' in stale.text
    assert "Theirs" in stale.text
    assert 'name="revision" value="2"' in stale.text, "sent again on purpose, it counts"
    assert 'value="Mine"' in save(world, ref, title="Mine", status=409, hx=False).text
    assert "Dora has changed this in the meantime." in stale.text


def test_two_who_change_different_things_of_a_row_both_have_their_way(both: World) -> None:
    ref = both.item("Paint the hull")
    same: dict[str, Any] = {"title": "Paint the hull", "type": "feature", "size": "", "labels": ""}
    save(both, ref, who="dora", **{**same, "labels": "harbour"})
    save(both, ref, **{**same, "size": "L"})
    assert told(both, ref) == ("Paint the hull", "feature", "L", ["harbour"])
    # Of what both changed nothing is replaced unasked, and what only the other changed stands there as it is now.
    clash = save(both, ref, who="dev", status=409, **{**same, "title": "Scrape it", "size": "S"})
    assert "Olga has changed this in the meantime." in clash.text
    assert "is there now: “Paint the hull” · “L”." in clash.text
    assert all(f'value="{value}"' in clash.text for value in ("Scrape it", "S", "harbour"))
    save(both, ref, who="dev", **{**same, "title": "Scrape it", "size": "S", "labels": "harbour", "revision": "3"})
    assert told(both, ref) == ("Scrape it", "feature", "S", ["harbour"])


def test_what_is_wrong_is_said_with_all_that_was_typed(world: World) -> None:
    ref = world.item("Paint the hull")
    wrong = save(world, ref, title=" ", size="enormously", labels="kept", status=422)
    assert "needs a title" in wrong.text
    assert 'value="kept"' in wrong.text
    assert "at most 10" in save(world, ref, size="enormously big", status=422).text
    assert save(world, ref, title="Paint the hull", type="feature", size="", labels="").text == ""


@pytest.mark.parametrize(("who", "status"), [("dora", 200), ("dev", 200), ("vic", 403), ("sam", 404)])
def test_those_who_may_edit_the_text_may_edit_it_here(world: World, who: str, status: int) -> None:
    ref = world.item("Paint the hull")
    assert world.browser(who).get(f"/items/{ref}/line").status_code == status
    save(world, ref, who=who, status=status)
    page = world.browser(who).get("/products/FE/backlog?q=hull")
    assert ("data-editable" in page.text) is (status == 200)


def test_without_script_the_form_is_a_page_and_leads_back(world: World) -> None:
    ref = world.item("Paint the hull")
    assert "<main" in world.browser("olga").get(f"/items/{ref}/line").text
    answer = save(world, ref, hx=False, status=303)
    assert answer.headers["Location"] == "/products/FE/backlog"


def test_the_words_of_the_filter_come_back_with_the_address(world: World) -> None:
    world.item("Paint the hull")
    page = world.browser("olga").get('/products/FE/backlog?q=hull"><b>')
    assert 'value="hull&#34;&gt;&lt;b&gt;"' in page.text
