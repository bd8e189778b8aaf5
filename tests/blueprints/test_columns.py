"""Columns changed in their own heads on the board: who may, what comes back, and that stages keep their order."""

import re
from html import unescape

import pytest

from kanban.models import Column
from kanban.reads.board.cards import DONE_SHOWN
from kanban.reads.invariants import broken_invariants
from tests.blueprints.test_settings import columns
from tests.builders import World

BOARD = "/products/FE/board"
COLUMNS = "/products/FE/settings/columns"


def ids(world: World) -> dict[str, int]:
    return {name: column.id for name, column in columns(world).items()}


def column(world: World, name: str) -> Column:
    return columns(world)[name]


def test_only_the_owner_sees_a_menu_in_the_heads(world: World) -> None:
    assert 'data-columns="' in world.browser("olga").get(BOARD).text
    for name in ("dora", "lea", "dev", "vic"):
        page = world.browser(name).get(BOARD).text
        assert COLUMNS not in page.partition("<main")[2]
        assert "data-handle" not in page
    world.browser("olga").post("/products/FE/settings/archive")
    assert COLUMNS not in world.browser("olga").get(BOARD).text.partition("<main")[2]


@pytest.mark.parametrize("name", ["dora", "lea", "dev", "vic"])
def test_the_forms_are_the_owner_s_alone(world: World, name: str) -> None:
    review = ids(world)["Review"]
    for path in (f"{COLUMNS}/new?behind={review}", f"{COLUMNS}/{review}"):
        assert world.browser(name).get(path).status_code == 403
        assert world.browser("sam").get(path).status_code == 404
        assert world.browser("olga").get(path).status_code == 200
    assert world.browser("olga").get(f"{COLUMNS}/999999").status_code == 404


def test_a_name_alone_renames_and_leaves_the_rest_as_it_is(both: World) -> None:
    browser, review = both.browser("olga"), ids(both)["Acceptance"]
    whole = {"name": "Acceptance", "wip_limit": "999", "wip_mode": "ask", "policy": "Shown", "accepts": "1"}
    browser.post(f"{COLUMNS}/{review}", whole)
    answer = browser.post(f"{COLUMNS}/{review}", {"name": "قبول 🚢", "view": "board"}, hx=True)
    assert answer.status_code == 200
    assert 'id="board"' in answer.text and "قبول 🚢" in answer.text
    found = column(both, "قبول 🚢")
    assert (found.wip_limit, found.wip_mode.value, found.policy, found.accepts) == (999, "ask", "Shown", True)


def test_a_new_column_stands_right_of_the_one_it_was_added_from(both: World) -> None:
    browser, here = both.browser("olga"), ids(both)["Review"]
    form = browser.get(f"{COLUMNS}/new?behind={here}", hx=True).text
    assert 'name="stage" value="review"' in form, "between two columns of one stage there is nothing to choose"
    values = {"name": "Trial", "stage": "review", "behind": str(here), "view": "board"}
    assert browser.post(COLUMNS, values).headers["Location"].startswith(BOARD)
    assert list(columns(both)) == ["Backlog", "Ready", "In progress", "Review", "Trial", "Acceptance", "Done"]
    with both.reading() as session:
        assert broken_invariants(session) == []


def test_the_stages_offered_for_a_new_column_keep_the_order_of_stages(world: World) -> None:
    browser, doing = world.browser("olga"), ids(world)["In progress"]
    form = browser.get(f"{COLUMNS}/new?behind={doing}").text
    assert 'value="doing"' in form and 'value="review"' in form
    assert 'value="ready"' not in form and 'value="done"' not in form
    answer = browser.post(COLUMNS, {"name": "Late", "stage": "done", "behind": str(doing), "view": "board"})
    assert answer.status_code == 409
    assert "in the order of their stages" in answer.text
    assert "Late" not in columns(world)


def test_a_column_is_put_beside_another_one_of_its_stage_and_no_other(both: World) -> None:
    browser, known = both.browser("olga"), ids(both)
    address = f"{COLUMNS}/{known['Acceptance']}/move"
    answer = browser.post(address, {"place": f"before:{known['Review']}", "view": "board"}, hx=True)
    assert answer.text.index(">Acceptance<") < answer.text.index(">Review<")
    order = ["Backlog", "Ready", "In progress", "Acceptance", "Review", "Done"]
    assert list(columns(both)) == order
    version = both.version()
    for place in (
        f"after:{known['Done']}",
        f"before:{known['Ready']}",
        "after:999999",
        f"after:{known['Acceptance']}",
        "x",
    ):
        assert browser.post(address, {"place": place, "view": "board"}, hx=True).status_code == 409
    assert browser.post(address, {"place": f"after:{known['In progress']}"}, hx=True).status_code == 200
    assert (list(columns(both)), both.version()) == (order, version)
    with both.reading() as session:
        assert broken_invariants(session) == []


def test_the_settings_get_their_own_columns_back(world: World) -> None:
    known = ids(world)
    place = {"place": f"after:{known['Acceptance']}", "view": "settings"}
    answer = world.browser("olga").post(f"{COLUMNS}/{known['Review']}/move", place, hx=True)
    assert 'id="columns"' in answer.text
    assert answer.text.index('value="Acceptance"') < answer.text.index('value="Review"')


@pytest.mark.parametrize(
    ("change", "words"),
    [({"name": "done"}, "Another column has this name."), ({"wip_limit": "0"}, "from 1 to 10,000")],
)
def test_what_is_wrong_is_said_beside_its_field_in_the_dialog(world: World, change: dict[str, str], words: str) -> None:
    form = {"name": "Review", "wip_limit": "", "wip_mode": "warn", "policy": "Kept", "view": "board", **change}
    for hx in (True, False):
        answer = world.browser("olga").post(f"{COLUMNS}/{ids(world)['Review']}", form, hx=hx)
        assert answer.status_code == 422
        assert words in answer.text and "Kept" in answer.text and "data-column-form" in answer.text
    again = {"name": "Review", "stage": "review", "behind": str(ids(world)["Review"]), "view": "board"}
    answer = world.browser("olga").post(COLUMNS, again, hx=True)
    assert answer.status_code == 422
    assert "Another column has this name." in answer.text


def test_a_column_with_cards_stays_and_an_empty_one_goes_with_a_word(world: World) -> None:
    world.item("Here", "Ready")
    browser, known = world.browser("olga"), ids(world)
    answer = browser.post(f"{COLUMNS}/{known['Ready']}/remove", {"view": "board"}, hx=True)
    assert answer.status_code == 409
    assert "Ready still holds one item. Move it first." in answer.text
    answer = browser.post(f"{COLUMNS}/{known['Review']}/remove", {"view": "board"}, hx=True)
    assert "Review is removed." in answer.text
    assert f'data-column-box="{known["Review"]}"' not in answer.text
    assert "Review" not in columns(world)


def test_the_board_that_comes_back_is_narrowed_as_the_screen_is(world: World) -> None:
    world.item("Seen", "Ready")
    world.item("Hidden", "Ready")
    answer = world.browser("olga").post(
        f"{COLUMNS}/{ids(world)['Ready']}?q=seen", {"name": "Next", "view": "board"}, hx=True
    )
    assert "Seen" in answer.text
    assert "Hidden" not in answer.text


# What is said where nothing stands


@pytest.mark.parametrize(
    ("name", "new", "waiting"),
    [
        ("olga", "Write the first item", "choose Move to… in the menu of its row"),
        ("dora", "Add many", "choose Move to… in the menu of its row"),
        ("dev", "the product owner ranks it", "says they are ready"),
        ("vic", "which is still empty", "says they are ready"),
    ],
)
def test_an_empty_board_says_what_belongs_there_to_each_role(world: World, name: str, new: str, waiting: str) -> None:
    page = world.browser(name).get(BOARD).text
    assert new in page and waiting not in page
    assert ("/items/new" in page) == (name != "vic")
    world.item("Wanted", "Backlog")
    page = world.browser(name).get(BOARD).text
    assert waiting in page and new not in page
    world.item("Next", "Ready")
    assert 'class="board-empty"' not in world.browser(name).get(BOARD).text


def test_only_a_developer_is_offered_the_next_item_in_an_empty_column_of_work(world: World) -> None:
    world.item("Next", "Ready")
    for name, offered in (("dev", 1), ("olga", 0), ("dora", 0), ("vic", 0)):
        assert world.browser(name).get(BOARD).text.count("Pull the next item") == offered
    assert "Pull the next item" not in world.browser("dev").get(f"{BOARD}?q=nowhere").text


def test_who_ranks_is_told_in_an_empty_first_column_how_an_item_gets_there(world: World) -> None:
    world.item("Now", "In progress")
    for name, told in (("olga", 1), ("dora", 1), ("dev", 0), ("vic", 0)):
        assert world.browser(name).get(BOARD).text.count("Bring an item from the backlog") == told
    assert "Bring an item from the backlog" not in world.browser("olga").get(f"{BOARD}?q=now").text


def test_below_the_newest_finished_items_stands_the_way_to_the_others(world: World) -> None:
    for number in range(DONE_SHOWN + 1):
        world.item(f"Sailing {number:02}", "Done")
    page = world.browser("olga").get(BOARD).text
    way = re.search(r'The newest 50 of 51 · <a href="([^"]+)">', page)
    assert way is not None
    found = world.browser("olga").get(unescape(way[1])).text
    assert "Sailing 00" not in page and "Sailing 00" in found and "Sailing 50" in found
    assert "Find the others" not in world.browser("olga").get(f"{BOARD}?q=sailing").text


def test_empty_columns_are_quiet_and_say_less_under_a_filter(world: World) -> None:
    world.item("Now", "In progress")
    page = world.browser("olga").get(BOARD).text
    assert 'data-empty="Nothing finished yet"' in page and 'data-empty="Nothing is ready"' in page
    page = world.browser("olga").get(f"{BOARD}?q=now").text
    assert "Nothing finished yet" not in page


def test_hints_are_for_those_who_can_do_what_they_say(world: World) -> None:
    hints = {
        name: set(re.findall(r'data-hint="(\w+)"', world.browser(name).get(BOARD).text))
        for name in ("olga", "dev", "vic")
    }
    assert hints == {"olga": {"cards", "columns"}, "dev": {"cards"}, "vic": set()}
