"""Items out of a list from elsewhere, looked at before anything is written; the product as a list of its own."""

import base64
import io
import re
import zlib
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from kanban import access
from kanban.blueprints import import_export
from kanban.models import WipMode
from kanban.reads import words
from kanban.transfer.preview import READINGS
from kanban.transfer.reading import MAX_BYTES
from tests.builders import Browser, World, sound
from tests.renaming import rename_after

DATA = Path(__file__).parent.parent / "data"
LIST = "/products/FE/import"
TITLES = b"Key,Title,Status,Labels,Sprint\nA-1,Paint the pier,Next,pier,North\nA-2,Sell at night,Done,night,South\n"


def look(browser: Browser, source: bytes, **fields: Any) -> TestResponse:
    return browser.post(f"{LIST}/look", {"file": (io.BytesIO(source), "items.csv"), **fields})


def fields_of(page: str) -> dict[str, Any]:
    """What the form of a look sends back as it stands."""
    form = page.partition('<form class="import')[2].partition("</form>")[0]
    found: dict[str, Any] = {"list": form.partition('<textarea name="list" hidden readonly>')[2].partition("<")[0]}
    for name, options in re.findall(r'<select name="([^"]+)"(.*?)</select>', form, re.DOTALL):
        [found[name]] = re.findall(r'<option value="([^"]+)" selected>', options)
    found["seen"] = [unescape(each) for each in re.findall(r'name="seen" value="([^"]*)"', form)]
    return found


def reading(page: str) -> dict[str, str]:
    """What each column of the file is read as."""
    names = re.findall(r'<th scope="row" dir="auto">([^<]*)</th>\s*<td><span class="select">', page)
    selects = re.findall(r'<select name="as-\d+".*?</select>', page, re.DOTALL)
    chosen = [re.findall(r'<option value="([^"]+)" selected>', each)[0] for each in selects]
    return dict(zip(map(unescape, names), chosen, strict=True))


def labels(world: World, ref: str) -> list[str]:
    with world.reading() as session:
        return sorted(label.name for label in session.merge(world.found(ref)).labels)


def test_a_list_is_looked_at_and_then_brought_in(world: World) -> None:
    olga, version = world.browser("olga"), world.version()
    page = look(olga, TITLES)
    assert page.status_code == 200
    assert "2 items are new." in page.text
    assert re.findall(r"<li><b>(\d+)</b> ([^<]+)</li>", page.text) == [("1", "Ready"), ("1", "Done")]
    assert reading(page.text) == {
        "Key": "key",
        "Title": "title",
        "Status": "status",
        "Labels": "labels",
        "Sprint": "ignore",
    }
    assert world.version() == version
    brought = olga.post(LIST, fields_of(page.text))
    assert brought.status_code == 303
    assert "2 items are new." in olga.get(brought.location).text
    assert (world.order("Ready"), world.order("Done")) == (["Paint the pier"], ["Sell at night"])
    assert world.version() == version + 1


def test_it_is_said_before_and_when_it_is_tried_that_an_import_stays(world: World) -> None:
    olga = world.browser("olga")
    page = look(olga, TITLES).text
    assert "An import can’t be undone." in unescape(page)
    brought = olga.get(olga.post(LIST, fields_of(page)).location).text
    way = f"/products/FE/undo/{world.version()}"
    assert brought.count(way) == 1 and f'<form hidden method="post" action="{way}" data-undo>' in brought
    refused = olga.post(way, {}, hx=True)
    assert refused.status_code == 409
    assert "An import can’t be undone. Discard what you don’t want." in unescape(refused.text)
    assert (world.order("Ready"), world.order("Done")) == (["Paint the pier"], ["Sell at night"])
    nothing = look(olga, TITLES).text
    assert "be undone" not in nothing
    assert "/undo/" not in olga.get(olga.post(LIST, fields_of(nothing)).location or "/products/FE/backlog").text


def test_the_same_list_twice_adds_nothing_twice(world: World) -> None:
    olga = world.browser("olga")
    olga.post(LIST, fields_of(look(olga, TITLES).text))
    version = world.version()
    again = look(olga, TITLES + b"A-3,Third,Next,,\n")
    assert "One item is new." in again.text
    assert "2 are already here and stay as they are." in again.text
    nothing = look(olga, TITLES)
    assert "Nothing in it is new." in nothing.text
    assert "Bring in" not in nothing.text
    olga.post(LIST, fields_of(nothing.text))
    assert world.version() == version


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.glob("*.csv")))
def test_what_the_look_says_is_what_comes_in(world: World, name: str) -> None:
    olga = world.browser("olga")
    page = look(olga, (DATA / name).read_bytes())
    counts = {column: int(count) for count, column in re.findall(r"<li><b>(\d+)</b> ([^<]+)</li>", page.text)}
    assert olga.post(LIST, fields_of(page.text)).status_code == 303
    for column in ("Backlog", "Ready", "In progress", "Review", "Done"):
        assert len(world.order(column)) == counts.get(column, 0)


def test_a_column_is_read_as_somebody_says(world: World) -> None:
    olga = world.browser("olga")
    page = look(olga, TITLES, **{"as-4": "labels"})
    assert reading(page.text)["Sprint"] == reading(page.text)["Labels"] == "labels"
    olga.post(LIST, fields_of(page.text))
    assert labels(world, "FE-1") == ["North", "pier"]


def test_a_column_that_another_takes_the_place_of_is_left_out(world: World) -> None:
    olga = world.browser("olga")
    page = look(olga, TITLES, **{"as-4": "title"})
    assert (reading(page.text)["Title"], reading(page.text)["Sprint"]) == ("ignore", "title")
    olga.post(LIST, fields_of(page.text))
    assert world.order("Ready") == ["North"]


def test_without_a_title_one_is_chosen(world: World) -> None:
    olga, source = world.browser("olga"), b"Thing = more,Where\nPaint the pier,Here\nSell at night,There\n"
    page = look(olga, source)
    assert page.status_code == 200
    assert "No column is read as the title yet." in page.text
    assert "Bring in" not in page.text
    assert olga.post(LIST, fields_of(page.text)).status_code == 422
    chosen = look(olga, source, **{"as-0": "title"})
    olga.post(LIST, fields_of(chosen.text))
    assert world.order("Backlog") == ["Paint the pier", "Sell at night"]


def test_a_date_that_can_be_read_in_two_ways_is_asked_about(world: World) -> None:
    olga, source = world.browser("olga"), b"Title,Created\nPaint the pier,03/04/2025\n"
    page = look(olga, source)
    assert "can be read in two ways" in page.text
    assert "--map" not in page.text
    refused = olga.post(LIST, fields_of(page.text))
    assert refused.status_code == 422
    assert world.order("Backlog") == []
    for order, day in (("dmy", "3 Apr 2025"), ("mdy", "4 Mar 2025")):
        told = look(olga, source, **{"as-1": f"created:{order}"})
        assert day in told.text
        assert reading(told.text)["Created"] == f"created:{order}"
    olga.post(LIST, fields_of(told.text))
    assert world.found("FE-1").created_at.date().isoformat() == "2025-03-04"


def test_what_would_be_read_otherwise_than_it_was_looked_at_is_looked_at_again(world: World) -> None:
    olga = world.browser("olga")
    fields = fields_of(look(olga, TITLES).text)
    again = olga.post(LIST, {**fields, "as-4": "title"})
    assert again.status_code == 422
    assert "2 items are new." in again.text
    assert world.order("Ready") == []
    assert olga.post(LIST, fields_of(again.text)).status_code == 303
    assert world.order("Ready") == ["North"]


def test_what_is_wrong_in_the_file_is_named_and_nothing_comes_in(world: World) -> None:
    olga = world.browser("olga")
    page = look(olga, b"Title,Created\n,2025-01-01\nPaint the pier,yesterday\n")
    assert "2 things must be fixed in the file" in page.text
    assert re.findall(r"<b>(Row \d)</b>", page.text) == ["Row 2", "Row 3"]
    assert olga.post(LIST, fields_of(page.text)).status_code == 422
    assert world.order("Backlog") == []


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\x00\x01\x02\xff" * 100,
        b"PK\x03\x04workbook",
        b'title\n"never closed\n',
        b"title\n",
        b"title\n" + b"x\n" * 20_001,
    ],
)
def test_what_is_no_list_is_answered_with_a_sentence(world: World, source: bytes) -> None:
    answer = look(world.browser("olga"), source)
    assert answer.status_code == 422
    assert 'class="error"' in answer.text


@pytest.mark.parametrize(
    "carried",
    [
        "",
        "no base64!",
        base64.b64encode(b"nothing packed").decode(),
        base64.b64encode(zlib.compress(b"title\nHalf")[:-6]).decode(),
        base64.b64encode(zlib.compress(b"x" * (MAX_BYTES * 3))).decode(),
    ],
)
def test_a_list_that_came_back_otherwise_than_it_went_brings_nothing(world: World, carried: str) -> None:
    olga = world.browser("olga")
    for path in (LIST, f"{LIST}/look"):
        answer = olga.post(path, {"list": carried})
        assert answer.status_code == 422
        assert 'class="error"' in answer.text
    assert world.order("Backlog") == []


def test_a_list_too_large_for_a_form_is_refused_before_it_is_sent_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_export, "_MOST_CARRIED", 20)
    answer = look(world.browser("olga"), TITLES)
    assert answer.status_code == 422
    assert "This list is too large for a page." in answer.text


def test_what_people_wrote_in_a_file_stays_text(world: World) -> None:
    olga = world.browser("olga")
    source = 'Title,<b>Ünder="x"</b>,=1+1\n<script>alert(1)</script>,"مرحبا 🚢","=HYPERLINK(1)"\n'.encode()
    page = look(olga, source, **{"as-1": "labels"})
    assert "<script>alert" not in page.text
    assert "<b>Ü" not in page.text
    assert reading(page.text)['<b>Ünder="x"</b>'] == "labels"
    assert olga.post(LIST, fields_of(page.text)).status_code == 303
    assert labels(world, "FE-1") == ["مرحبا 🚢"]


def test_every_way_to_read_a_column_can_be_chosen() -> None:
    groups = words.reading_choices()
    assert sorted(value for _group, choices in groups for value, _text in choices) == sorted(READINGS)


def test_a_column_renamed_between_the_look_and_the_lock_shows_the_list_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    olga = world.browser("olga")
    fields = fields_of(look(olga, TITLES).text)
    rename_after(world, monkeypatch, "kanban.blueprints.import_export.read_preview", "Ready")
    again = olga.post(LIST, fields)
    assert again.status_code == 422
    assert "<b>1</b> Soon" in again.text
    assert world.order("Soon") == []
    assert olga.post(LIST, fields_of(again.text)).status_code == 303
    assert world.order("Soon") == ["Paint the pier"]


HELD = (
    b"Key,Title,Status,Members,Story Points,Due Date\n"
    b"A-1,Paint the pier,Next,Dev,5,2027-02-01\n"
    b'A-2,Sell at night,Done,"Ana Silva, dev@example.org",3.0,\n'
    b"A-3,Old gate,Next,Vic,,\n"
)


def test_a_look_tells_who_will_hold_the_items_and_who_will_not(world: World) -> None:
    olga = world.browser("olga")
    page = look(olga, HELD)
    assert [reading(page.text)[name] for name in ("Members", "Story Points", "Due Date")] == ["assignee", "size", "due"]
    assert 'dir="auto">5</td>' in page.text
    assert '<span dir="auto">Dev</span> <b>2</b>' in page.text
    assert page.text.count(">Dev</td>") == 2
    for note in (
        "Not members of this product: Ana Silva (one row).",
        "Leads and viewers can’t hold items: Vic (one row).",
        "One row has a due date. Only the product owner makes promises",
    ):
        assert note in page.text
    olga.post(LIST, fields_of(page.text))
    assert "Dev" in olga.get("/items/FE-2").text
    first = olga.get("/items/FE-1").text
    assert "Due in the original list: 2027-02-01" in first
    assert 'name="size" type="text" value="5"' in first
    assert sound(world)
    version = world.version()
    again = look(olga, HELD)
    assert "Nothing in it is new." in again.text
    assert "Ana Silva (one row)" not in again.text
    olga.post(LIST, fields_of(again.text))
    assert world.version() == version


def test_who_ceased_to_be_a_member_since_the_look_is_told_before_anything_comes_in(world: World) -> None:
    olga = world.browser("olga")
    fields = fields_of(look(olga, HELD).text)
    world.let_go("dev")
    again = olga.post(LIST, fields)
    assert again.status_code == 422
    assert "Not members of this product: Dev (one row)" in again.text
    assert world.order("Ready") == []
    assert olga.post(LIST, fields_of(again.text)).status_code == 303
    assert sound(world)


def test_names_in_a_list_stay_text(world: World) -> None:
    page = look(world.browser("olga"), b"Title,Assignee,Due\nA,<script>alert(1)</script>,<img src=x>\n")
    assert "alert(1)" in page.text
    assert "<script>alert" not in page.text
    assert "<img src=x>" not in page.text


def test_a_limit_that_it_breaks_is_told(world: World) -> None:
    world.limit("Ready", 1, WipMode.REFUSE)
    world.item("Here", "Ready")
    olga = world.browser("olga")
    brought = olga.post(LIST, fields_of(look(olga, TITLES).text))
    assert "Ready holds 2 of 1 now: over its limit." in olga.get(brought.location).text


def test_nothing_comes_into_an_archived_product(world: World) -> None:
    olga = world.browser("olga")
    fields = fields_of(look(olga, TITLES).text)
    olga.post("/products/FE/settings/archive", {"key": "FE"})
    assert olga.post(LIST, fields).status_code == 409
    assert "Items from a file" not in olga.get("/products/FE/settings").text


def test_who_may_bring_items_in_finds_the_way(world: World) -> None:
    for name, may in (("olga", True), ("dora", True), ("dev", False), ("vic", False)):
        browser = world.browser(name)
        assert (LIST in browser.get("/products/FE/settings").text) == may
        assert (LIST in browser.get("/products/FE/backlog").text) == may
        assert (browser.get(LIST).status_code == 200) == may


def test_the_product_goes_out_as_a_list_that_comes_in_again(world: World) -> None:
    olga = world.browser("olga")
    olga.post(LIST, fields_of(look(olga, TITLES).text))
    out = world.browser("vic").get("/products/FE/export.csv")
    assert out.headers["Content-Disposition"] == 'attachment; filename="FE.csv"'
    assert "Paint the pier" in out.text
    assert "Nothing in it is new." in look(olga, out.data).text
    document = world.browser("vic").get("/products/FE/export.json").json or {}
    assert [item["title"] for item in document["items"]] == ["Paint the pier", "Sell at night"]
    assert access.need_of(world.app.view_functions["import_export.export_json"]) is not None
