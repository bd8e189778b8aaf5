"""Several items of the backlog get a place as one: where they land, what is refused, one version, one undo."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from kanban.models import Event, Item
from kanban.reads.board.place import TargetPosition
from tests.builders import World, sound
from tests.counting import counting

RANKS = "/products/FE/ranks"


@pytest.fixture
def queue(both: World) -> World:
    """A to F in the backlog, FE-1 to FE-6, with P in progress between C and D, and R ready at the very end."""
    for title in "ABC":
        both.item(title)
    both.item("P", "In progress")
    for title in "DEF":
        both.item(title)
    both.item("R", "Ready")
    both.move("FE-4", "In progress", wish=TargetPosition(after=3))
    return both


REFS = {title: f"FE-{at}" for at, title in enumerate("ABCPDEFR", 1)}


def refs(titles: str) -> str:
    return " ".join(REFS[title] for title in titles)


def rank(world: World, titles: str, place: str, *, who: str = "olga", status: int = 200, **more: Any) -> TestResponse:
    answer = world.browser(who).post(RANKS, {"items": refs(titles), "place": place, **more}, hx=True)
    assert answer.status_code == status, answer.text
    return answer


def shown(world: World) -> str:
    return "".join(world.order("Backlog", "Ready"))


@pytest.mark.parametrize(
    ("titles", "place", "order"),
    [
        ("EB", "top", "BEACDFR"),
        ("EB", "bottom", "ACDFRBE"),
        ("BR", "2", "ABRCDEF"),
        ("BR", "99", "ACDEFBR"),
        ("CD", "up", "ACDBEFR"),
        ("CE", "up", "ACEBDFR"),
        ("CE", "down", "ABDFCER"),
        ("AB", "up", "ABCDEFR"),
        ("FR", "down", "ABCDEFR"),
        ("AF", f"after:{REFS['C']}", "BCAFDER"),
        ("AF", f"before:{REFS['D']}", "BCAFDER"),
        ("BD", f"after:{REFS['B']}", "ABDCEFR"),
        ("BE", f"before:{REFS['E']}", "ACDBEFR"),
        ("AB", "after:FE-99", "CDEFRAB"),
        ("AB", "after:HR-1", "CDEFRAB"),
        ("EF", f"after:{REFS['P']}", "ABCEFDR"),
        ("ABDEFR", f"after:{REFS['C']}", "CABDEFR"),
        ("ABCDEFR", "top", "ABCDEFR"),
    ],
)
def test_the_block_lands_side_by_side_and_keeps_its_inner_order(
    queue: World, titles: str, place: str, order: str
) -> None:
    version = queue.version()
    answer = rank(queue, titles, place)
    assert shown(queue) == order
    assert queue.version() == version + (order != "ABCDEFR")
    sound(queue)
    if order == "ABCDEFR":
        assert answer.text == ""
        return
    assert set(queue.kinds()) == {"moved"}
    undo = re.findall(r'action="(/products/FE/undo/\d+)"', answer.text)[0]
    assert queue.browser("olga").post(undo, hx=True).status_code == 200
    assert shown(queue) == "ABCDEFR"
    sound(queue)


def test_only_what_goes_elsewhere_is_in_the_log(queue: World) -> None:
    rank(queue, "BCE", f"after:{REFS['C']}")
    with queue.reading() as session:
        last = sa.select(Event).where(Event.version == queue.version())
        assert [event.item_id for event in session.scalars(last)] == [
            session.scalar(sa.select(Item.id).where(Item.title == "E"))
        ]


def test_a_used_up_gap_is_respaced_under_the_same_lock(queue: World) -> None:
    for _ in range(40):
        rank(queue, "EF", f"after:{REFS['A']}")
        rank(queue, "BC", f"after:{REFS['A']}")
    assert shown(queue) == "ABCEFDR"
    sound(queue)


@pytest.mark.parametrize("bad", ["FE-4", "FE-99", "HR-1", "nonsense", "FE-7"])
def test_one_that_has_left_the_backlog_stops_all_with_a_sentence(queue: World, bad: str) -> None:
    queue.change("FE-7", "discard", "Not wanted")
    version = queue.version()
    items = {"items": [REFS["A"], bad], "place": "bottom"}
    answer = queue.browser("olga").post(RANKS, items, hx=True)
    assert answer.status_code == 409
    assert "Nothing was moved" in answer.text
    assert queue.version() == version
    sound(queue)


@pytest.mark.parametrize(
    ("fields", "sentence"), [({"place": "0"}, "number"), ({"place": "x"}, "number"), ({}, "number")]
)
def test_a_place_that_is_none_is_asked_for_again(queue: World, fields: dict[str, str], sentence: str) -> None:
    answer = queue.browser("olga").post(RANKS, {"items": REFS["B"], **fields})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert shown(queue) == "ABCDEFR"


@pytest.mark.parametrize(("who", "status"), [("olga", 200), ("dora", 200), ("dev", 403), ("lea", 403), ("sam", 404)])
def test_the_order_is_the_owners_side(queue: World, who: str, status: int) -> None:
    rank(queue, "EF", "top", who=who, status=status)
    assert shown(queue) == ("EFABCDR" if status == 200 else "ABCDEFR")
    assert queue.browser(who).get(RANKS).status_code == status


def test_somebody_elses_move_of_one_of_them_keeps_the_block_from_going_back(queue: World) -> None:
    answer = rank(queue, "EF", "top")
    rank(queue, "E", "bottom", who="dora")
    undo = re.findall(r'action="(/products/FE/undo/\d+)"', answer.text)[0]
    refused = queue.browser("olga").post(undo, hx=True)
    assert refused.status_code == 409
    assert "changed since" in refused.text
    assert shown(queue) == "FABCDRE"


def test_without_script_a_page_offers_them_all_and_leads_back(queue: World) -> None:
    browser = queue.browser("olga")
    assert browser.get(RANKS).text.count('name="items"') == 7
    page = browser.get(f"{RANKS}?items={REFS['B']}")
    assert 'value="2"' in page.text
    answer = browser.post(RANKS, {"items": [REFS["E"], REFS["F"]], "place": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/products/FE/backlog")
    assert shown(queue) == "EFABCDR"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(
        st.tuples(
            st.sets(st.sampled_from("ABCDEFR"), min_size=1),
            st.sampled_from(["top", "bottom", "up", "down", "3", *(f"after:FE-{n}" for n in range(1, 9))]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_no_blocks_ever_break_the_log(world: World, acts: list[tuple[set[str], str]]) -> None:
    if not world.order():
        for title in "ABCPDEFR":
            world.item(title, "In progress" if title == "P" else "Backlog")
    for chosen, place in acts:
        before = shown(world)
        rank(world, "".join(chosen), place)
        moved = [title for title in shown(world) if title in chosen]
        assert moved == [title for title in before if title in chosen], "its inner order is lost"
        rest = [title for title in shown(world) if title not in chosen]
        assert rest == [title for title in before if title not in chosen], "another one moved"
    sound(world)


def taken_back(world: World, answer: TestResponse) -> TestResponse:
    undo = re.findall(r'action="(/products/FE/undo/\d+)"', answer.text)[0]
    return world.browser("olga").post(undo, hx=True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.sets(st.sampled_from("ABCDEFR"), min_size=2),
    place=st.sampled_from(["top", "bottom", "2", *(f"after:FE-{n}" for n in range(1, 9))]),
    meanwhile=st.lists(st.tuples(st.sampled_from("ABCDEFR"), st.sampled_from(["top", "bottom", "3"])), max_size=2),
)
def test_a_block_goes_back_beside_its_old_neighbours_whatever_moved_meanwhile(
    world: World, first: set[str], place: str, meanwhile: list[tuple[str, str]]
) -> None:
    if not world.order():
        for title in "ABCPDEFR":
            world.item(title, "In progress" if title == "P" else "Backlog")
    before = shown(world)
    answer = rank(world, "".join(first), place)
    between = [(title, where) for title, where in meanwhile if title not in first]
    for title, where in between:
        rank(world, title, where)
    if answer.text:
        assert taken_back(world, answer).status_code == 200
        if not between:
            assert shown(world) == before
    sound(world)


def test_a_block_whose_old_neighbour_is_discarded_goes_back_to_the_end(queue: World) -> None:
    answer = rank(queue, "BE", "top")
    assert shown(queue) == "BEACDFR"
    queue.browser("olga").post(f"/items/{REFS['D']}/discard", {"reason": "Not wanted"}, hx=True)
    assert taken_back(queue, answer).status_code == 200
    assert shown(queue) == "ABCFER"
    sound(queue)


def test_a_large_block_and_its_way_back_ask_the_database_as_often_as_a_small_one(both: World) -> None:
    titles = [f"item {number}" for number in range(60)]
    for title in titles:
        both.item(title)
    counts = []
    for count in (3, 50):
        with counting() as asked:
            answer = both.browser("olga").post(
                RANKS, {"items": " ".join(f"FE-{60 - at}" for at in range(count)), "place": "top"}, hx=True
            )
        with counting() as asked_back:
            assert taken_back(both, answer).status_code == 200
        counts.append((len(asked), len(asked_back)))
        assert both.order("Backlog") == titles
    assert counts[0] == counts[1]
    sound(both)
