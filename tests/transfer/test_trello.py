"""A board that Trello exported as JSON is read as its CSV would be, with the days that only the JSON knows."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanban.flow.stage import Stage
from kanban.transfer.mapping import suggest_mapping
from kanban.transfer.reading import read_table
from kanban.transfer.staging import Staged, read_items
from kanban.transfer.trello import HEADER, records_of
from kanban.transfer.vocabulary import Field

MADE = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


def card(number: int, list_id: str, **more: Any) -> dict[str, Any]:
    made = int(MADE.timestamp()) + number
    return {"id": f"{made:08x}{number:016x}", "name": f"Card {number}", "idList": list_id, "pos": number, **more}


def moved(number: int, day: int, *, to: str) -> dict[str, Any]:
    at = f"2026-10-{day:02}T09:00:00.000Z"
    data = {"card": {"id": card(number, to)["id"]}, "listBefore": {"id": "?"}, "listAfter": {"id": to}}
    return {"type": "updateCard", "date": at, "data": data}


BOARD: dict[str, Any] = {
    "name": "Ferry",
    "lists": [
        {"id": "todo", "name": "To Do"},
        {"id": "doing", "name": "Doing"},
        {"id": "done", "name": "Done"},
        {"id": "old", "name": "Ideas", "closed": True},
    ],
    "members": [{"id": "m1", "fullName": "Ana Silva"}, {"id": "m2", "fullName": "Bo Berg"}],
    "labels": [],
    "cards": [
        card(3, "done", desc="As it was", idMembers=["m1", "m2", "gone"]),
        card(2, "doing", labels=[{"name": "web"}, {"name": "", "color": "red"}], due="2026-12-24T11:00:00.000Z"),
        card(1, "todo"),
        card(4, "todo", closed=True),
        card(5, "old"),
        card(6, "todo", isTemplate=True),
    ],
    "checklists": [
        {
            "id": "c",
            "idCard": card(3, "done")["id"],
            "name": "Steps",
            "checkItems": [
                {"name": "second", "state": "incomplete", "pos": 2},
                {"name": "first", "state": "complete", "pos": 1},
            ],
        }
    ],
    "actions": [
        moved(3, 20, to="done"),
        moved(3, 12, to="doing"),
        moved(2, 14, to="doing"),
        {
            "type": "updateCard",
            "date": "2026-10-09T09:00:00.000Z",
            "data": {"card": {"id": card(4, "todo")["id"], "closed": True}, "old": {"closed": False}},
        },
    ],
}


def staged(board: Any) -> Staged:
    table = read_table(json.dumps(board).encode())
    return read_items(table, suggest_mapping(table), "UTC")


def october(day: int) -> datetime:
    return datetime(2026, 10, day, 9, 0, tzinfo=UTC)


def test_cards_come_in_the_order_of_their_lists_with_all_that_a_list_can_bring() -> None:
    found = staged(BOARD)
    assert found.problems == ()
    assert [item.title for item in found.items] == ["Card 1", "Card 4", "Card 2", "Card 3", "Card 5"]
    first, _archived, doing, done, _old = found.items
    assert (first.stage, first.created_at, first.key) == (
        *(Stage.BACKLOG, datetime(2026, 9, 1, 8, 0, 1, tzinfo=UTC), card(1, "todo")["id"]),
    )
    assert doing.labels == ("web", "red")
    assert doing.description == "Due in the original list: 2026-12-24"
    assert done.people == ("Ana Silva; Bo Berg",)
    assert done.description == "As it was\n\n**Steps**\n\n- [x] first\n- [ ] second"


def test_the_history_of_a_card_tells_when_work_on_it_began_and_ended() -> None:
    _first, _archived, doing, done, _old = staged(BOARD).items
    assert (doing.stage, doing.started_at, doing.finished_at) == (Stage.DOING, october(14), None)
    assert (done.stage, done.started_at, done.finished_at) == (Stage.DONE, october(12), october(20))


def test_archived_cards_and_those_of_archived_lists_arrive_discarded() -> None:
    archived, old = (item for item in staged(BOARD).items if item.removed)
    assert (archived.title, archived.removed_at) == ("Card 4", october(9))
    assert old.title == "Card 5"


def test_a_card_that_was_brought_back_is_not_archived() -> None:
    back = {
        "type": "updateCard",
        "date": "2026-10-10T09:00:00.000Z",
        "data": {"card": {"id": card(4, "todo")["id"], "closed": False}, "old": {"closed": True}},
    }
    cards = [card(4, "todo")]
    [item] = staged({**BOARD, "cards": cards, "actions": [*BOARD["actions"], back]}).items
    assert not item.removed


def test_without_the_history_a_done_card_has_no_day() -> None:
    done = next(item for item in staged({**BOARD, "actions": []}).items if item.stage is Stage.DONE)
    assert (done.started_at, done.finished_at) == (None, None)


def test_each_column_is_known_by_its_name() -> None:
    read = dict(suggest_mapping(read_table(json.dumps(BOARD))).described())
    assert Field.IGNORE not in read.values()
    assert set(read) == set(HEADER)


def test_the_look_says_what_the_rows_are() -> None:
    assert staged(BOARD).notes[0].startswith("A Trello board: row 2 is the first card of its first list.")


def test_what_no_database_takes_is_left_out() -> None:
    [item] = staged({**BOARD, "cards": [card(1, "todo", desc="a\x00b\ud800c\x1bd\ne")]}).items
    assert item.description == "abcd\ne"


@pytest.mark.parametrize("text", ['{"cards": [], "idList": 1', '{"name": "Board"}', "Title\nA"])
def test_anything_else_is_no_board(text: str) -> None:
    assert records_of(text) is None


anything = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    ["id", "name", "desc", "idList", "labels", "idMembers", "closed", "due", "pos", "data", "card", "listAfter", "type"]
)
things = st.lists(st.dictionaries(names, anything, max_size=6) | anything, max_size=4)


@given(st.fixed_dictionaries(dict.fromkeys(("cards", "lists", "members", "checklists", "actions"), things | anything)))
def test_nothing_in_it_can_break_the_reading(board: dict[str, Any]) -> None:
    records = records_of(json.dumps({**board, "idList": ""}))
    assert records is not None
    assert all(len(record) == len(HEADER) and all(isinstance(cell, str) for cell in record) for record in records)
