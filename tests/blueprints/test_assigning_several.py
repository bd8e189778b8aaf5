"""The people of several items at once: assigned and taken off, all or none, with one undo."""

import pytest
from werkzeug.test import TestResponse

from tests.builders import World, sound

ASSIGN = "/products/FE/assign"


@pytest.fixture
def three(both: World) -> World:
    """One to Three, FE-1 to FE-3, the last in progress; held by dev, by dev and olga, by nobody."""
    for title, people in (("One", ["dev"]), ("Two", ["dev", "olga"]), ("Three", [])):
        ref = both.item(title, "In progress" if title == "Three" else "Backlog")
        if people:
            both.browser("olga").post(f"/items/{ref}/assign", {"people": [str(both.ids[who]) for who in people]})
    return both


def assign(world: World, refs: str, *, who: str = "dev", status: int = 200, **people: str) -> TestResponse:
    fields = {name: [str(world.ids[one]) for one in names.split()] for name, names in people.items()}
    answer = world.browser(who).post(ASSIGN, {"items": refs, **fields}, hx=True)
    assert answer.status_code == status, answer.text
    return answer


def held(world: World) -> list[str]:
    """Who holds each item, in the order of their numbers."""
    names = {world.ids[who]: who for who in ("dev", "deb", "olga")}
    found = (world.found(f"FE-{number}").assignees for number in range(1, 4))
    return [" ".join(sorted(names[user.id] for user in people)) for people in found]


def test_some_come_and_others_go_in_one_command(three: World) -> None:
    before, version = held(three), three.version()
    told = assign(three, "FE-1 fe-2 FE-3", on="deb", off="dev").text
    assert "Changed the people on 3 items." in told
    assert held(three) == ["deb", "deb olga", "deb"]
    assert three.version() == version + 1
    sound(three)
    assert three.browser("dev").post(f"/products/FE/undo/{version + 1}", hx=True).status_code == 200
    assert held(three) == before
    sound(three)


def test_the_form_begins_with_oneself_and_tells_who_may_come_and_go(three: World) -> None:
    text = three.browser("deb").get(f"{ASSIGN}?items=FE-1+FE-2", hx=True).text
    come, go = text.partition("Take off")[::2]
    ids = {who: f'value="{number}"' for who, number in three.ids.items()}
    assert ids["dev"] not in come
    assert come.index(ids["deb"]) < come.index(ids["olga"])
    assert "on 2 of 2" in go
    assert "on 1 of 2" in go
    assert ids["deb"] not in go


def test_only_those_that_differ_are_changed(three: World) -> None:
    assert "Changed the people on one item." in assign(three, "FE-1 FE-2", on="olga").text
    version = three.version()
    assert "Nothing changed." in assign(three, "FE-1 FE-2", on="olga", off="deb").text
    assert three.version() == version


def test_who_is_in_both_stays(three: World) -> None:
    assign(three, "FE-1 FE-3", on="dev", off="dev")
    assert held(three) == ["dev", "dev olga", "dev"]


@pytest.mark.parametrize("bad", ["FE-99", "HR-1", "nonsense", "FE-0"])
def test_one_that_is_not_there_keeps_all_of_them(three: World, bad: str) -> None:
    before = held(three)
    assert "Nothing was changed" in assign(three, f"FE-1 {bad}", status=409, on="deb").text
    assert held(three) == before


def test_a_stranger_is_refused_and_nothing_named_is_told(three: World) -> None:
    before = held(three)
    answer = three.browser("dev").post(ASSIGN, {"items": "FE-1", "on": ["999999"]}, hx=True)
    assert answer.status_code == 409
    assert "no longer in this product" in answer.text
    assert "Choose one item or more." in assign(three, "", status=422, on="deb").text
    assert held(three) == before


def test_without_script_the_whole_backlog_is_offered(three: World) -> None:
    page = three.browser("dev").get(ASSIGN).text
    assert 'value="FE-1"' in page
    assert 'value="FE-3"' not in page  # in progress, and nobody chose it
