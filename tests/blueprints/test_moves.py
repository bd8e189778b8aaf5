"""Moving an item: the small page that works without script, the move as the board sends it, refusals, and undo."""

import re

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from kanban.models import Column, Event, WipMode
from kanban.reads.board import moves
from tests.builders import World


def column(world: World, name: str) -> int:
    """A column's id."""
    with world.reading() as session:
        return session.scalars(sa.select(Column.id).where(Column.name == name)).one()


def move(world: World, who: str, ref: str, to: str, place: str = "bottom", **more: str) -> TestResponse:
    """As the board's script sends it."""
    fields = {"column": column(world, to), "place": place, **more}
    return world.browser(who).post(f"/items/{ref}/move", fields, hx=True)


# The page


def test_the_page_offers_columns_and_cards(world: World) -> None:
    world.item("One", "Ready")
    world.item("Two", "Review")
    html = world.browser("olga").get(f"/items/FE-1/move?column={column(world, 'Review')}").text
    assert offered(html) == ["Backlog", "Ready", "In progress", "Review", "Acceptance", "Done"]
    assert "Below FE-2 Two" in html


def test_the_dialog_leads_to_the_item_and_the_page_to_the_board(world: World) -> None:
    """On board and in backlog the script carries the move; elsewhere, as on the item's own page, nobody is thrown out."""
    world.item("One", "Ready")
    browser, address, fields = world.browser("olga"), "/items/FE-1/move", {"column": str(column(world, "Review"))}
    [after] = re.findall(r'name="next" value="([^"]+)"', browser.get(address, hx=True).text)
    assert browser.post(address, {**fields, "next": after}).location == "/items/FE-1"
    assert 'name="next"' not in main_of(browser.get(address).text)
    assert browser.post(address, fields).location == "/products/FE/board"


def main_of(html: str) -> str:
    return html.partition("<main")[2]


def offered(html: str) -> list[str]:
    return re.findall(r'<option value="\d+"[^>]*>([^<]+?) · [^<]+</option>', html)


def places(html: str) -> list[str]:
    return re.findall(r'<option value="(top|bottom|after:FE-\d+)"', html)


def test_every_card_of_a_long_column_is_found(both: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "_OFFERED", 3)
    for title in ("One", "Jetty", "Ramp", "Buoy", "Old jetty"):
        both.item(title, "Ready")
    browser, address = both.browser("olga"), "/items/FE-1/move"
    ready = f"{address}?column={column(both, 'Ready')}"
    html = browser.get(ready, hx=True).text
    assert places(html) == ["top", "top", "after:FE-2", "after:FE-3", "after:FE-4", "bottom"]
    assert "Find a card in this column" in html
    for find, refs in (("jetty", ["2", "5"]), ("FE-5", ["5"]), ("5", ["5"]), ("nothing", []), ("%", [])):
        html = browser.get(f"{ready}&find={find.replace('%', '%25')}", hx=True).text
        assert places(html) == ["top", *(f"after:FE-{ref}" for ref in refs), "bottom"], find
    assert "Find a card" not in browser.get(f"{address}?column={column(both, 'Review')}", hx=True).text
    assert "Find a card" not in both.browser("dev").get(ready, hx=True).text  # the order of ready is the owner's


def test_the_page_is_a_page_and_for_a_script_a_fragment(world: World) -> None:
    world.item("One", "Ready")
    assert "<html" in world.browser("olga").get("/items/FE-1/move").text
    fragment = world.browser("olga").get("/items/FE-1/move", hx=True).text
    assert "<html" not in fragment
    assert 'name="place"' in fragment


def preset(html: str) -> list[str]:
    """What stands in the fields that are chosen from, before anybody has chosen."""
    return [" ".join(text.split()) for text in re.findall(r"<option [^>]*selected>([^<]+)<", html)]


@pytest.mark.parametrize(
    ("who", "stands", "asked"),
    [
        ("olga", "Backlog", ["Ready · 0 items", "At the bottom"]),
        ("olga", "Ready", ["In progress · 0 items", "At the bottom"]),
        ("olga", "Acceptance", ["Done · 0 items"]),
        ("olga", "Done", ["Acceptance · 0 items", "At the bottom"]),
        ("dev", "Backlog", ["In progress · 0 items"]),
        ("dev", "In progress", ["Review · 0 items", "At the bottom"]),
        ("dev", "Acceptance", ["Review · 0 items", "At the bottom"]),
    ],
)
def test_the_next_column_is_chosen_beforehand(world: World, who: str, stands: str, asked: list[str]) -> None:
    """The one that whoever moves it may choose; back from the last."""
    world.item("One", stands)
    html = world.browser(who).get("/items/FE-1/move", hx=True).text
    assert preset(html) == asked
    assert f"It is in {stands}." in html


def test_in_its_own_column_it_stays_where_it_is_unless_told_otherwise(world: World) -> None:
    for title in ("One", "Two", "Three"):
        world.item(title, "Review")
    review = column(world, "Review")
    for ref, place in (("FE-1", "top"), ("FE-2", "after:FE-1")):
        html = world.browser("dev").get(f"/items/{ref}/move?column={review}", hx=True).text
        assert preset(html) == ["Review · 3 items", "Where it is now"]
        assert places(html)[0] == place
        move(world, "dev", ref, "Review", place)
    assert world.order("Review") == ["One", "Two", "Three"]


def test_the_page_says_how_full_each_column_is(world: World) -> None:
    for name, limit, count in (("Ready", 4, 1), ("In progress", 1, 1), ("Review", 1, 2), ("Acceptance", 1, 1)):
        world.limit(name, limit, WipMode.OFF if name == "Acceptance" else WipMode.WARN)
        for _ in range(count):
            world.item("One", name)
    html = world.browser("olga").get("/items/FE-1/move", hx=True).text
    assert re.findall(r'<option value="\d+"[^>]*>([^<]+)</option>', html) == [
        "Backlog · 0 items",
        "Ready · 1 of 4",
        "In progress · 1 of 1, full",
        "Review · 2 of 1, over the limit",
        "Acceptance · 1 item",
        "Done · 0 items",
    ]


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        (WipMode.OFF, ""),
        (WipMode.WARN, "Will hold 2 of 1, over its limit."),
        (WipMode.ASK, "The column is full. Why let it in anyway?"),
        (WipMode.REFUSE, "In progress is full: 1 of 1. Finish or move something first."),
    ],
)
def test_the_page_says_before_what_a_full_column_will_say(world: World, mode: WipMode, said: str) -> None:
    world.limit("In progress", 1, mode)
    world.item("One", "In progress")
    world.item("Two", "Ready")
    html = world.browser("dev").get("/items/FE-2/move", hx=True).text
    assert said in html
    assert ('role="alert"' in html) == (mode in (WipMode.WARN, WipMode.REFUSE))
    assert ('name="limit_reason"' in html) == (mode is WipMode.ASK)
    own = world.browser("dev").get(f"/items/FE-1/move?column={column(world, 'In progress')}", hx=True).text
    assert 'role="alert"' not in own and "limit_reason" not in own


def test_the_page_names_what_a_developer_passes_over(world: World) -> None:
    for title in ("One", "Two"):
        world.item(title, "Ready")
    said = "This passes over what could be pulled first: FE-1. You’ll be asked why after the move."
    assert said in world.browser("dev").get("/items/FE-2/move", hx=True).text
    assert "passed over" not in world.browser("dev").get("/items/FE-1/move", hx=True).text
    assert "passed over" not in world.browser("olga").get("/items/FE-2/move", hx=True).text


@pytest.mark.parametrize("mode", WipMode)
def test_a_move_that_will_be_refused_promises_nothing_for_afterwards(world: World, mode: WipMode) -> None:
    world.limit("In progress", 1, mode)
    for title, where in (("One", "In progress"), ("Two", "Ready"), ("Three", "Ready")):
        world.item(title, where)
    html = world.browser("dev").get("/items/FE-3/move", hx=True).text
    assert ("You’ll be asked why after the move." in html) == (mode is not WipMode.REFUSE)
    assert ("It keeps its place in the order." in html) == (mode is not WipMode.REFUSE)


def test_where_the_order_is_the_owners_a_developer_is_asked_for_no_place(world: World) -> None:
    world.item("One", "Ready")
    world.item("Two", "In progress")
    for ref, to in (("FE-1", "In progress"), ("FE-2", "Ready")):
        html = world.browser("dev").get(f"/items/{ref}/move?column={column(world, to)}", hx=True).text
        assert 'name="place"' not in html and "It keeps its place in the order." in html
        assert 'name="place"' in world.browser("olga").get(f"/items/{ref}/move?column={column(world, to)}").text


def test_the_page_says_that_an_open_question_keeps_it_out_of_done(world: World) -> None:
    world.item("One", "In progress")
    world.ask("FE-1", "Which colour?", blocking=True)
    held = "A blocking question on it is still open. Answer or withdraw it first."
    assert held in world.browser("olga").get(f"/items/FE-1/move?column={column(world, 'Done')}").text
    assert held in move(world, "olga", "FE-1", "Done").text
    assert held not in world.browser("olga").get("/items/FE-1/move").text


def test_a_developer_is_not_offered_what_is_the_owners(world: World) -> None:
    world.item("One", "Ready")
    html = world.browser("dev").get("/items/FE-1/move").text
    assert offered(html) == ["In progress", "Review", "Acceptance"]


@pytest.mark.parametrize(("who", "status"), [("lea", 403), ("vic", 403), ("sam", 404)])
def test_who_may_not_move_sees_no_form_and_changes_nothing(world: World, who: str, status: int) -> None:
    world.item("One", "Ready")
    version = world.version()
    assert world.browser(who).get("/items/FE-1/move").status_code == status
    assert move(world, who, "FE-1", "Review").status_code == status
    assert world.version() == version


def test_the_form_without_script_leads_back_to_the_board(both: World) -> None:
    both.item("One", "Ready")
    fields = {"column": column(both, "In progress"), "place": "top", "command": "c1"}
    answer = both.browser("dev").post("/items/FE-1/move", fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/products/FE/board")
    assert both.found("FE-1").column.name == "In progress"


# The move


@pytest.mark.parametrize(
    ("place", "order"),
    [
        ("top", ["Three", "One", "Two"]),
        ("bottom", ["One", "Two", "Three"]),
        ("after:FE-1", ["One", "Three", "Two"]),
        ("before:FE-2", ["One", "Three", "Two"]),
        ("before:FE-1", ["Three", "One", "Two"]),
        ("after:FE-99", ["One", "Two", "Three"]),
        ("after:XX-1", ["One", "Two", "Three"]),
        ("after:FE-3", ["One", "Two", "Three"]),
        ("sideways", ["One", "Two", "Three"]),
    ],
)
def test_a_place_is_told_by_a_neighbour(world: World, place: str, order: list[str]) -> None:
    world.item("One", "Review")
    world.item("Two", "Review")
    world.item("Three", "Ready")
    assert move(world, "olga", "FE-3", "Review", place).status_code == 200
    assert world.order("Review") == order


def test_the_answer_tells_where_the_card_stands(world: World) -> None:
    world.item("One", "Review")
    world.item("Two", "Ready")
    html = move(world, "olga", "FE-2", "Review").text
    review = column(world, "Review")
    assert f'data-change="FE-2" data-column="{review}" data-after="FE-1"' in html
    assert "FE-2 moved to Review." in html
    assert f"/products/FE/undo/{world.version()}" in html


def test_the_way_back_in_the_answer_works_with_the_token_that_it_carries(world: World) -> None:
    """It is the one that the move came with, as long as that was proved: no foreign one gets into a form."""
    world.item("One", "Ready")
    olga, dev = world.browser("olga"), world.browser("dev")
    fields = {"column": column(world, "Review"), "place": "top"}
    refused = olga.post("/items/FE-1/move", {**fields, "csrf_token": dev.token}, hx=True)
    assert refused.status_code == 403
    assert dev.token not in refused.text
    html = olga.post("/items/FE-1/move", fields, hx=True).text
    [token] = re.findall(r'name="csrf_token" value="([^"]+)"', html)
    back = olga.client.post(f"/products/FE/undo/{world.version()}", data={"csrf_token": token})
    assert back.status_code == 303
    assert world.order("Ready") == ["One"]
    shown = olga.client.get("/items/FE-1/move", data={"csrf_token": dev.token}).text
    assert dev.token not in shown


def test_what_a_developer_starts_stays_in_the_owners_order(world: World) -> None:
    for title in ("One", "Two"):
        world.item(title, "In progress")
    world.item("Three", "Ready")
    move(world, "dev", "FE-3", "In progress", "top")
    assert world.order("In progress") == ["One", "Two", "Three"]
    move(world, "dev", "FE-3", "In progress", "top")
    assert world.order("In progress") == ["Three", "One", "Two"]


def test_the_page_after_a_move_without_script_says_what_happened(world: World) -> None:
    world.item("One", "Ready")
    world.item("Two", "Ready")
    olga = world.browser("olga")
    form = {"column": column(world, "In progress"), "place": "bottom"}
    assert "FE-1 moved to In progress." in olga.get(olga.post("/items/FE-1/move", form).location).text
    version = world.version()
    assert "moved to In progress." not in olga.get(olga.post("/items/FE-1/move", form).location).text
    taken_back = olga.post(f"/products/FE/undo/{version}")
    assert "Undone: FE-1 is back in Ready." in olga.get(taken_back.location).text
    world.limit("Review", 1, WipMode.WARN)
    world.item("Three", "Review")
    page = olga.get(olga.post("/items/FE-2/move", {"column": column(world, "Review")}).location).text
    assert "FE-2 moved to Review." in page


def test_a_drop_where_it_stands_takes_no_version(both: World) -> None:
    both.item("One", "Ready")
    both.item("Two", "Ready")
    version = both.version()
    answer = move(both, "olga", "FE-2", "Ready", "after:FE-1")
    assert answer.status_code == 200
    assert both.version() == version
    assert "undo" not in answer.text


def test_a_move_sent_twice_happens_once(both: World) -> None:
    both.item("One", "Ready")
    fields = {"column": column(both, "Review"), "place": "top", "command": "c1"}
    browser = both.browser("dev")
    first = browser.post("/items/FE-1/move", fields, hx=True)
    version = both.version()
    again = browser.post("/items/FE-1/move", fields, hx=True)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["X-Kanban-Replay"] == str(version)
    assert both.version() == version


def test_the_same_command_for_another_move_is_refused(world: World) -> None:
    world.item("One", "Ready")
    browser = world.browser("dev")
    browser.post("/items/FE-1/move", {"column": column(world, "Review"), "command": "c1"}, hx=True)
    other = browser.post("/items/FE-1/move", {"column": column(world, "Acceptance"), "command": "c1"}, hx=True)
    assert other.status_code == 422
    assert world.found("FE-1").column.name == "Review"


def test_a_column_of_another_product_is_no_column(world: World) -> None:
    world.item("One", "Ready")
    answer = world.browser("olga").post("/items/FE-1/move", {"column": 9999}, hx=True)
    assert answer.status_code == 422
    assert "That column is gone." in answer.text


def test_one_step_up_and_down(world: World) -> None:
    for title in ("One", "Two", "Three"):
        world.item(title, "Review")
    browser = world.browser("dev")
    browser.post("/items/FE-3/move", {"way": "up"}, hx=True)
    assert world.order("Review") == ["One", "Three", "Two"]
    browser.post("/items/FE-1/move", {"way": "down"}, hx=True)
    assert world.order("Review") == ["Three", "One", "Two"]


# Refusals


def test_the_order_of_ready_is_not_the_developers(world: World) -> None:
    world.item("One", "Ready")
    world.item("Two", "Ready")
    answer = move(world, "dev", "FE-2", "Ready", "top")
    assert answer.status_code == 403
    assert "The order of Ready is the product owner’s." in answer.text
    assert world.order("Ready") == ["One", "Two"]


def test_only_the_owners_side_accepts(world: World) -> None:
    world.item("One", "Acceptance")
    answer = move(world, "dev", "FE-1", "Done")
    assert answer.status_code == 403
    assert "can accept items into Done" in answer.text
    assert move(world, "dora", "FE-1", "Done").status_code == 200


def test_a_full_column_refuses_with_a_sentence(both: World) -> None:
    both.limit("Review", 1, WipMode.REFUSE)
    both.item("One", "Review")
    both.item("Two", "Ready")
    version = both.version()
    answer = move(both, "olga", "FE-2", "Review")
    assert (answer.status_code, answer.headers["X-Kanban-Code"]) == (409, "wip_limit")
    assert "Review is full: 1 of 1." in answer.text
    assert both.version() == version


def test_a_column_that_asks_takes_the_card_with_a_reason(world: World) -> None:
    world.limit("Review", 1, WipMode.ASK)
    world.item("One", "Review")
    world.item("Two", "Ready")
    asked = move(world, "dev", "FE-2", "Review")
    assert (asked.status_code, asked.headers["X-Kanban-Code"]) == (409, "reason_required")
    assert move(world, "dev", "FE-2", "Review", limit_reason="The customer waits.").status_code == 200
    with world.reading() as session:
        broken = session.scalars(sa.select(Event).where(Event.kind == "limit_broken")).one()
    assert broken.data["reason"] == "The customer waits."


def test_the_page_asks_for_the_reason_before(world: World) -> None:
    world.limit("Review", 1, WipMode.ASK)
    world.item("One", "Review")
    world.item("Two", "Ready")
    review = column(world, "Review")
    assert 'name="limit_reason"' in world.browser("dev").get(f"/items/FE-2/move?column={review}").text
    assert 'name="limit_reason"' not in world.browser("dev").get("/items/FE-2/move").text


def test_a_column_that_warns_takes_the_card_and_says_so(world: World) -> None:
    world.limit("Review", 1, WipMode.WARN)
    world.item("One", "Review")
    world.item("Two", "Ready", criteria=("x",))
    answer = move(world, "dev", "FE-2", "Review")
    assert answer.status_code == 200
    assert "Review holds 2 of 1: over its limit." in answer.text


def test_passing_over_a_higher_item_is_recorded(world: World) -> None:
    world.item("One", "Ready", criteria=("x",))
    world.item("Two", "Ready", criteria=("x",))
    move(world, "dev", "FE-2", "In progress", passed_over_reason="I know this part.")
    with world.reading() as session:
        passed = session.scalars(sa.select(Event).where(Event.kind == "passed_over")).one()
    assert passed.data == {"items": [1], "reason": "I know this part."}


def test_nobody_moves_a_discarded_item(world: World) -> None:
    world.item("One", "Ready")
    world.change("FE-1", "discard", "Not wanted.")
    assert move(world, "olga", "FE-1", "Review").status_code == 409


def test_accepting_tells_of_criteria_that_are_not_ticked(both: World) -> None:
    both.item("Refunds", "Acceptance", criteria=("Within an hour", "In full"))
    told = move(both, "olga", "FE-1", "Done").text
    assert "2 of its 2 acceptance criteria are not ticked: Within an hour; In full." in told


def test_whoever_moves_into_done_sees_the_criteria_before_and_gives_no_place(both: World) -> None:
    both.item("Refunds", "Acceptance", criteria=("Within an hour", "In full"))
    olga = both.browser("olga")
    page = olga.get(f"/items/FE-1/move?column={column(both, 'Done')}").text
    assert "Within an hour" in page and page.count("not ticked") == 2
    assert 'name="place"' not in page
    assert "Within an hour" not in olga.get(f"/items/FE-1/move?column={column(both, 'Review')}").text


# What stands at an end already, and what is taken up again


@pytest.mark.parametrize(
    ("ref", "way"), [("FE-1", {"way": "up"}), ("FE-1", {"place": "top"}), ("FE-3", {"place": "bottom"})]
)
def test_what_stands_at_the_end_of_its_column_stays_there(world: World, ref: str, way: dict[str, str]) -> None:
    """Others of the one order stand between it and the rest of its column: it must not sink below them."""
    for title, into in (("One", "Backlog"), ("Two", "Ready"), ("Three", "Backlog"), ("Four", "Ready")):
        world.item(title, into)
    for number, above in ((3, 2), (4, 3)):
        world.browser("olga").post(f"/items/FE-{number}/move", {"place": f"after:FE-{above}"}, hx=True)
    before = world.version()
    assert world.browser("olga").post(f"/items/{ref}/move", way, hx=True).status_code == 200
    assert world.order() == ["One", "Two", "Three", "Four"]
    assert world.version() == before


def test_a_done_item_that_is_taken_up_again_is_held_by_its_open_question(world: World) -> None:
    ref = world.item("One", "Ready")
    question = world.ask(ref, "Which ferry?", blocking=True)
    move(world, "olga", ref, "Done")
    assert world.found(ref).open_blocks == []
    move(world, "olga", ref, "In progress")
    assert world.kinds() == ["moved", "blocked"]
    world.browser("olga").post(f"/questions/{question}/answer", {"body": "The blue one"})
    assert world.found(ref).open_blocks == []


@pytest.mark.parametrize("way", ["up", "down"])
def test_a_discarded_item_can_not_be_stepped(world: World, way: str) -> None:
    ref = world.item("One")
    world.change(ref, "discard", "Nobody needs it")
    assert world.browser("olga").post(f"/items/{ref}/move", {"way": way}, hx=True).status_code == 409


# Meanwhile


def test_whoever_drops_what_somebody_else_has_moved_meanwhile_is_told(both: World) -> None:
    both.item("One", "In progress")
    both.item("Two", "In progress")
    seen = str(both.version())
    move(both, "dev", "FE-1", "Review")
    held = "While you were moving it: Dev moved it from In progress to Review."
    assert held in move(both, "olga", "FE-1", "In progress", "top", seen=seen).text
    assert both.found("FE-1").column.name == "In progress"
    told = [
        move(both, "olga", "FE-1", "Review", seen=str(both.version())),  # it had been seen
        move(both, "olga", "FE-1", "In progress", seen=seen.replace(seen, str(both.version() - 1))),  # one's own move
        move(both, "olga", "FE-2", "Review", seen=seen),  # another item
        move(both, "olga", "FE-1", "Review", seen="x"),
        move(both, "olga", "FE-1", "In progress", seen="-9" + "9" * 40),
    ]
    assert ["While you were moving it" in answer.text for answer in told] == [False] * 5
