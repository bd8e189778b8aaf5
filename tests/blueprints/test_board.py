"""The board's page, its fragments for open screens, and *Pull next*."""

import re
import threading

import pytest
import sqlalchemy as sa
from flask import Flask

from kanban.models import Event, Item, WipMode
from tests.builders import World
from tests.counting import counting

PAGE = "/products/FE/board"
CHANGES = "/products/FE/board/changes"
PULL = "/products/FE/pull"


def refs_in(html: str) -> list[str]:
    return re.findall(r'data-item="([^"]+)"', html)


def column_in(html: str, name: str) -> list[str]:
    """The cards of one column of the page."""
    boxes = html.split('<section class="col')[1:]
    return next(refs_in(box) for box in boxes if re.search(rf"<h2[^>]*>{name}</h2>", box))


# The page


def test_the_board_shows_ready_to_done_and_not_the_backlog(both: World) -> None:
    both.item("Later", "Backlog")
    both.item("Next", "Ready")
    both.item("Now", "In progress")
    both.item("Over", "Done")
    html = both.browser("dev").get(PAGE).text
    assert refs_in(html) == ["FE-2", "FE-3", "FE-4"]
    assert column_in(html, "In progress") == ["FE-3"]


def test_a_card_pictures_three_people_or_two_and_how_many_more(world: World) -> None:
    world.item("Next", "Ready")
    names = {"olga": "Olga", "dora": "Dora", "dev": "Dev", "deb": "Deb"}
    for count, told in ((3, ["Dev", "Dora", "Olga"]), (4, ["Deb", "Dev", "Dora, Olga"])):
        people = [world.ids[name] for name in list(names)[:count]]
        world.browser("olga").post("/items/FE-1/assign", {"people": people}, hx=True)
        html = world.browser("dev").get(PAGE).text
        card = html[html.index('<article class="card"') :].partition("</article>")[0]
        assert re.findall(r'role="img" aria-label="([^"]*)"', card) == told
    assert ">+2</span>" in card


@pytest.mark.parametrize("who", ["olga", "dora", "lea", "dev", "vic"])
def test_every_member_sees_the_same_board(world: World, who: str) -> None:
    world.item("Next", "Ready")
    assert refs_in(world.browser(who).get(PAGE).text) == ["FE-1"]


def test_a_stranger_finds_no_board(world: World) -> None:
    world.item("Secret", "Ready")
    for path in (PAGE, CHANGES + "?since=0"):
        answer = world.browser("sam").get(path)
        assert answer.status_code == 404
        assert "Secret" not in answer.text


def test_somebody_not_signed_in_is_led_to_the_sign_in(world: World) -> None:
    assert "/sign-in" in world.browser().get(PAGE).headers["Location"]


@pytest.mark.parametrize(
    ("who", "moves"), [("olga", True), ("dora", True), ("dev", True), ("lea", False), ("vic", False)]
)
def test_only_those_who_may_move_get_what_moves(world: World, who: str, moves: bool) -> None:
    world.item("Next", "Ready")
    html = world.browser(who).get(PAGE).text
    assert ("data-movable" in html) == moves
    assert ('href="/items/FE-1/move"' in html) == moves
    assert (PULL in html) == moves


def test_a_full_column_says_so(world: World) -> None:
    world.limit("In progress", 1, WipMode.WARN)
    world.item("Now", "In progress")
    html = world.browser("vic").get(PAGE).text
    assert re.search(r'class="col is-full"[^>]*data-stage="doing"', html)
    assert "1 of 1" in html


def test_titles_and_labels_are_text(world: World) -> None:
    world.item("<b>Bold</b> & “quoted”", "Ready")
    html = world.browser("olga").get(PAGE).text
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; “quoted”" in html


def test_an_empty_board_offers_the_first_step(world: World) -> None:
    html = world.browser("olga").get(PAGE).text
    assert "Nothing is on the board yet" in html
    assert 'href="/products/FE/backlog"' in html
    assert "Nothing is on the board yet" not in world.browser("vic").get(CHANGES + "?since=0", hx=True).text


def test_a_blocked_card_says_why_and_since_when(world: World) -> None:
    ref = world.item("Import", "In progress")
    world.change(ref, "block", "No test system.", waiting_for="the harbour", by="dev")
    html = world.browser("olga").get(PAGE).text
    assert "Waiting on the harbour since today: No test system." in html


@pytest.mark.parametrize(
    ("who", "may"), [("olga", "assign block ask label"), ("dev", "assign block ask label"), ("lea", "ask"), ("vic", "")]
)
def test_quick_actions_are_those_that_one_may(world: World, who: str, may: str) -> None:
    assert f'data-may="{may}"' in world.browser(who).get(PAGE).text


# What open screens fetch


def test_changes_are_fragments_of_what_was_touched(both: World) -> None:
    both.item("One", "Ready")
    both.item("Two", "Ready")
    since = both.version()
    both.move("FE-2", "Review")
    html = both.browser("vic").get(f"{CHANGES}?since={since}", hx=True).text
    assert re.findall(r'data-change="([^"]+)"', html) == ["FE-2"]
    assert f'data-version="{since + 1}"' in html
    assert html.count("data-of=") == 5


def test_changes_of_named_items(world: World) -> None:
    for title in ("One", "Two"):
        world.item(title, "Ready")
    html = world.browser("olga").get(f"{CHANGES}?items=FE-2,XX-1,nonsense", hx=True).text
    assert re.findall(r'data-change="([^"]+)"', html) == ["FE-2"]
    assert 'data-after="FE-1"' in html


def test_the_rest_of_a_column_follows_as_a_fragment_or_a_page(both: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kanban.reads.board.cards.PAGE", 2)
    for number in range(5):
        both.item(f"Item {number}", "Ready")
    both.item("Elsewhere", "Review")
    browser = both.browser("vic")
    part = f"/products/FE/columns/{both.found('FE-1').column_id}/cards"
    answer = browser.get(f"{part}?after=FE-2", hx=True)
    assert refs_in(answer.text) == ["FE-3", "FE-4"]
    assert f'href="{part}?after=FE-4"' in answer.text
    assert "<html" not in answer.text
    page = browser.get(f"{part}?after=FE-4")
    assert refs_in(page.text) == ["FE-5"]
    assert "Show more" not in page.text
    assert "Back to the board" in page.text
    assert "data-lost" in browser.get(f"{part}?after=FE-6", hx=True).text
    assert refs_in(browser.get(f"{part}?after=FE-6").text) == ["FE-1", "FE-2"]


def test_only_columns_of_this_board_have_parts(world: World) -> None:
    world.item("One", "Done")
    world.item("Two", "Backlog")
    browser = world.browser("olga")
    for column in (world.found("FE-1").column_id, world.found("FE-2").column_id, 999):
        assert browser.get(f"/products/FE/columns/{column}/cards").status_code == 404


def test_a_filter_leaves_a_full_column_full_on_the_page_and_in_changes(world: World) -> None:
    """The screen takes both for the same, and shows its limit; the count is the filter's."""
    world.limit("In progress", 1, WipMode.WARN)
    world.item("Blue ferry", "In progress")
    world.item("Red ferry", "In progress")
    for address in (f"{PAGE}?q=blue", f"{CHANGES}?items=FE-1&q=blue"):
        html = world.browser("vic").get(address, hx=True).text
        assert re.search(r'data-of="\d+" data-all="1" data-full="over the limit"[^>]*>1 found<', html), address


def test_a_count_that_was_drawn_before_follows_the_limit_and_the_cards(world: World) -> None:
    world.item("One", "In progress")
    dev, shown = world.browser("dev"), []
    for change in (
        lambda: None,
        lambda: world.limit("In progress", 2, WipMode.WARN),
        lambda: world.item("Two", "Ready"),
    ):
        change()
        shown.append(re.findall(r'data-of="\d+"[^>]*>([^<]*)<', dev.get(f"{CHANGES}?items=FE-1", hx=True).text))
    assert [counts[:2] for counts in shown] == [["0", "1"], ["0", "1 of 2"], ["1", "1 of 2"]]


def test_an_empty_board_names_another_step_once_the_first_item_is_written(world: World) -> None:
    olga = world.browser("olga")
    page = olga.get(PAGE).text
    assert "Write the first item" in page
    part = re.search(r'id="board-first".* data-refresh="([^"]*)" data-product="FE"', page)
    assert part, page
    made = olga.post("/products/FE/items", {"title": "One"}, hx=True).text
    assert 'href="/items/FE-1" data-panel' in made
    told = olga.get(part[1], hx=True).text
    assert "Go to the backlog" in told
    assert "Write the first item" not in told
    world.item("Two", "Ready")
    assert "data-refresh" not in olga.get(part[1], hx=True).text


def test_a_filter_in_the_address_narrows_page_parts_and_changes(world: World) -> None:
    world.item("Blue ferry", "Ready")
    world.item("Red ferry", "Ready")
    world.item("Blue harbour", "Review")
    browser = world.browser("vic")
    page = browser.get(f"{PAGE}?q=blue&colour=green")
    assert refs_in(page.text) == ["FE-1", "FE-3"]
    assert "2 of 3 cards" in page.text
    assert re.search(r'data-of="\d+" data-all="1" title="1 of 2 match the filter">1 found<', page.text)
    assert 'data-filter="q=blue"' in page.text
    assert 'name="q" value="blue"' in page.text
    column = world.found("FE-1").column_id
    assert refs_in(browser.get(f"/products/FE/columns/{column}/cards?q=red", hx=True).text) == ["FE-2"]
    changes = browser.get(f"{CHANGES}?items=FE-1,FE-2&q=blue", hx=True).text
    assert refs_in(changes) == ["FE-1"]
    assert 'data-change="FE-2" data-gone' in changes
    assert "Nothing is on the board yet" not in browser.get(f"{PAGE}?q=nowhere").text


def test_a_move_on_a_narrowed_board_is_answered_in_its_terms(world: World) -> None:
    """Below the card in sight means right below it; the answer names the neighbour that the screen has."""
    for title in ("Blue one", "Red one", "Blue two", "Red two", "Blue three"):
        world.item(title, "Ready")
    fields = {"column": world.found("FE-1").column_id, "place": "after:FE-3"}
    answer = world.browser("olga").post("/items/FE-1/move?q=blue", fields, hx=True)
    assert world.order("Ready") == ["Red one", "Blue two", "Blue one", "Red two", "Blue three"]
    assert 'data-change="FE-1"' in answer.text
    assert 'data-after="FE-3"' in answer.text
    answer = world.browser("olga").post("/items/FE-5/move?q=blue", {**fields, "place": "top"}, hx=True)
    assert 'data-after=""' in answer.text


def test_what_left_the_board_is_told_as_gone(world: World) -> None:
    world.item("One", "Ready")
    world.change("FE-1", "discard", "Not wanted.")
    html = world.browser("olga").get(f"{CHANGES}?items=FE-1", hx=True).text
    assert re.search(r'data-change="FE-1" data-gone', html)
    assert 'data-item="FE-1"' not in html


# Pull next


def test_pull_takes_the_top_item_and_assigns_it(both: World) -> None:
    both.item("First", "Ready")
    both.item("Second", "Ready")
    answer = both.browser("dev").post(PULL)
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    item = both.found("FE-1")
    assert [user.name for user in item.assignees] == ["Dev"]
    assert item.started_at is not None
    assert both.kinds() == ["moved", "assigned"]


def test_pull_answers_a_script_with_the_card_and_an_undo(world: World) -> None:
    world.item("First", "Ready", criteria=("fast",))
    answer = world.browser("dev").post(PULL, hx=True)
    assert 'data-change="FE-1"' in answer.text
    assert "FE-1 is yours." in answer.text
    assert f"/products/FE/undo/{world.version()}" in answer.text


def test_pull_passes_by_what_is_held_up(world: World) -> None:
    for title in ("Blocked", "Asked", "Free"):
        world.item(title, "Ready")
    world.change("FE-1", "block", "No.", by="dev")
    world.ask("FE-2", "Which?", blocking=True)
    world.browser("dev").post(PULL, hx=True)
    assert world.found("FE-3").started_at is not None


def test_nothing_to_pull_is_said(world: World) -> None:
    version = world.version()
    answer = world.browser("dev").post(PULL, hx=True)
    assert answer.status_code == 409
    assert answer.headers["X-Kanban-Code"] == "nothing_to_pull"
    assert "Nothing is ready to be pulled." in answer.text
    assert world.version() == version


def test_no_room_is_said_and_nothing_moves(both: World) -> None:
    both.limit("In progress", 1, WipMode.REFUSE)
    both.item("Now", "In progress")
    both.item("Next", "Ready")
    answer = both.browser("dev").post(PULL, hx=True)
    assert answer.status_code == 409
    assert "In progress is full: 1 of 1." in answer.text
    assert both.found("FE-2").started_at is None


def test_no_room_without_script_is_a_page(world: World) -> None:
    world.limit("In progress", 1, WipMode.REFUSE)
    world.item("Now", "In progress")
    world.item("Next", "Ready")
    answer = world.browser("dev").post(PULL)
    assert answer.status_code == 409
    assert "<h1" in answer.text
    assert "In progress is full: 1 of 1." in answer.text


@pytest.mark.parametrize(("who", "status"), [("lea", 403), ("vic", 403), ("sam", 404)])
def test_who_may_not_pull(world: World, who: str, status: int) -> None:
    world.item("Next", "Ready")
    assert world.browser(who).post(PULL, hx=True).status_code == status
    assert world.found("FE-1").started_at is None


def test_two_who_pull_at_once_get_two_items(both: World) -> None:
    for number in range(6):
        both.item(f"Item {number}", "Ready")
    browsers = [both.browser(name) for name in ("dev", "deb", "dora", "olga")]
    answers: list[int] = []
    start = threading.Barrier(len(browsers))

    def pull(index: int) -> None:
        start.wait()
        answers.extend(browsers[index].post(PULL, hx=True).status_code for _ in range(2))

    threads = [threading.Thread(target=pull, args=(index,)) for index in range(len(browsers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] * 6 + [409] * 2
    with both.reading() as session:
        pulled = session.execute(
            sa.select(Event.item_id, sa.func.count()).where(Event.kind == "moved").group_by(Event.item_id)
        )
        assert [count for _item, count in pulled] == [1] * 6
        assert session.scalar(sa.select(sa.func.count()).where(Item.started_at.is_not(None))) == 6


def test_the_same_pull_sent_twice_takes_one(world: World) -> None:
    world.item("First", "Ready")
    world.item("Second", "Ready")
    browser = world.browser("dev")
    for _ in range(2):
        assert browser.post(PULL, {"command": "c1"}, hx=True).status_code == 200
    assert world.found("FE-2").started_at is None


def test_every_page_of_the_board_takes_few_queries(sqlite_app: Flask) -> None:
    """The rail, the gate and the board together."""
    world = World(sqlite_app)
    for number in range(30):
        world.item(f"Item {number}", "Ready", criteria=("x",))
    browser = world.browser("olga")
    browser.get(PAGE)
    with counting() as asked:
        browser.get(PAGE)
    assert len(asked) <= 24
