"""Lists that want to do harm, and people who act while another looks at one: nothing comes in that was not shown, and
no list keeps everybody else waiting."""

import io
import time
from functools import partial
from typing import Any

import pytest

from kanban.models import Item, Label
from kanban.transfer import reading, rehearsal
from tests.blueprints.test_hostile_races import at_once, count
from tests.blueprints.test_import_export import LIST, TITLES, fields_of, look
from tests.builders import Browser, World, sound


def bring(browser: Browser, fields: dict[str, Any]) -> int:
    return browser.post(LIST, fields).status_code


def test_a_name_of_two_lines_comes_back_as_browsers_send_it(world: World) -> None:
    """A form turns every line break into CR LF, whatever stood in the file."""
    olga = world.browser("olga")
    page = look(olga, b'Title,"Where\nit is"\nPaint the pier,North\n', **{"as-1": "labels"})
    fields = fields_of(page.text)
    fields["seen"] = [each.replace("\n", "\r\n") for each in fields["seen"]]
    assert bring(olga, fields) == 303
    assert world.order("Backlog") == ["Paint the pier"]


def test_a_second_press_leads_to_the_backlog_as_the_first_does(both: World) -> None:
    olga = both.browser("olga")
    page = look(olga, TITLES).text
    hidden = dict.fromkeys(("command", "next"), "")
    for name in hidden:
        hidden[name] = page.partition(f'name="{name}" value="')[2].partition('"')[0]
    assert hidden["command"]
    fields = {**fields_of(page), **hidden}
    for _press in range(3):
        answer = olga.post(LIST, fields)
        assert (answer.status_code, answer.location) == (303, "/products/FE/backlog")
    other = olga.post(LIST, {**fields, "as-4": "title"})
    assert other.status_code == 422
    assert "Nothing has come in yet" in other.text
    assert count(both, Item) == 2


def test_two_bring_in_the_same_list_at_once(both: World) -> None:
    fields = fields_of(look(both.browser("olga"), TITLES).text)
    told = at_once(*(partial(bring, both.browser(who), fields) for who in ("olga", "dora", "olga")))
    assert set(told) <= {303, 422}
    assert 303 in told
    assert count(both, Item) == 2
    sound(both)


def test_the_same_command_sent_twice_at_once_brings_it_in_once(both: World) -> None:
    fields = {**fields_of(look(both.browser("olga"), TITLES).text), "command": "one"}
    version = both.version()
    assert at_once(*(partial(bring, both.browser("olga"), fields) for _ in range(3))) == [303] * 3
    assert (count(both, Item), both.version()) == (2, version + 1)


def test_where_a_column_changed_since_the_look_it_is_looked_at_again(world: World) -> None:
    olga = world.browser("olga")
    source = b"Title,Status\nPaint the pier,Tasting\n"
    fields = fields_of(look(olga, source).text)
    with world.changing() as (_session, product, member):
        column = next(each for each in product.standing if each.name == "Review")
        column.change(name="Tasting", by=member)
    before = world.version()
    answer = olga.post(LIST, fields)
    assert answer.status_code == 422
    assert "Nothing has come in yet" in answer.text
    assert world.version() == before
    assert bring(olga, fields_of(answer.text)) == 303
    assert world.order("Tasting") == ["Paint the pier"]


def test_who_is_no_member_any_more_brings_nothing_in(world: World) -> None:
    dora = world.browser("dora")
    fields = fields_of(look(dora, TITLES).text)
    world.browser("olga").post(f"/products/FE/settings/members/{world.ids['dora']}/remove")
    assert bring(dora, fields) in (403, 404)
    assert count(world, Item) == 0


def test_a_file_sent_where_a_looked_at_list_belongs_is_no_bug(world: World) -> None:
    olga = world.browser("olga")
    answer = olga.post(LIST, {"file": (io.BytesIO(TITLES), "items.csv"), "command": "one"})
    assert answer.status_code == 422
    assert count(world, Item) == 0


def test_only_the_first_remarks_are_shown(world: World) -> None:
    rows = "".join(f"Item {number},{'Unheard of ' * 20}{number}\n" for number in range(1_000))
    page = look(world.browser("olga"), f"Title,Status\n{rows}".encode()).text
    assert page.count("is neither a known status") <= 20
    assert "And 98" in page
    assert len(page) < 150_000


def test_a_list_has_no_end_of_labels(world: World) -> None:
    rows = "".join(f'Item,"{",".join(f"label {row} {place}" for place in range(15))}"\n' for row in range(100))
    page = look(world.browser("olga"), f"Title,Labels\n{rows}".encode())
    assert "more than 1,000 different labels" in page.text
    assert bring(world.browser("olga"), fields_of(page.text)) == 422
    assert count(world, Label) == 0


def test_lists_wait_for_one_another_rather_than_take_all_memory(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "_PATIENCE_S", 0.01)
    assert rehearsal._room.acquire(blocking=False)  # noqa: SLF001
    try:
        answer = look(world.browser("olga"), TITLES)
        assert answer.status_code == 503
        assert "Retry-After" in answer.headers
    finally:
        rehearsal._room.release()  # noqa: SLF001
    assert look(world.browser("olga"), TITLES).status_code == 200


def test_a_name_that_no_column_bears_is_refused(world: World) -> None:
    page = look(world.browser("olga"), b"Title,Sprint" + b"x" * 2_000 + b"\nPaint,North\n")
    assert page.status_code == 422
    assert "should name the columns" in page.text


def test_a_table_of_nothing_is_too_large(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_CELLS", 100)
    page = look(world.browser("olga"), b"Title,Where\n" + b",,,,,,,,,,\n" * 12)
    assert page.status_code == 422
    assert "more than 100 cells" in page.text


def test_empty_cells_above_the_names_are_nothing(world: World) -> None:
    page = look(world.browser("olga"), b"Our backlog,,\nof today\nKey,Title,Status\nA-1,Paint the pier,To Do\n")
    assert page.status_code == 200
    assert "One item is new." in page.text


def test_parts_of_parts_of_parts_take_no_time(world: World) -> None:
    """Each row climbed to its topmost parent by itself: a chain of 2,000 took ten seconds, one of 20,000 a day."""
    rows = "".join(f"K-{number},Item,K-{number - 1}\n" for number in range(1, 3_000))
    began = time.monotonic()
    page = look(world.browser("olga"), f"Key,Title,Parent\n{rows}".encode())
    assert "2999 items are new." in page.text
    assert time.monotonic() - began < 10


def test_more_labels_than_an_item_has_are_refused_before_they_are_made(world: World) -> None:
    world.item("Pier")
    olga, many = world.browser("olga"), ",".join(f"label {number}" for number in range(200_000))
    answer = olga.post("/products/FE/labels", {"items": "FE-1", "new": many}, hx=True)
    assert answer.status_code == 422
    assert "An item can have at most 20 labels." in answer.text  # and not: FE-1 would have 200,000
    assert count(world, Label) == 0
